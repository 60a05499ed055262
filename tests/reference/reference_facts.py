"""The reference's facts and conditions: what is known, what is missing, what is refused.

A number is a fraction, a truth a bool, a choice its word. No fact has a default: an absent one
leaves a condition open, neither true nor false.
"""

from fractions import Fraction


class RefusedFact(Exception):
    """A fact that an asked line uses is not acceptable; ``name`` says which."""

    def __init__(self, name):
        super().__init__(name)
        self.name = name


OF_NOBODY = object()  # a share of nothing: it is no number, and on every bound (decision 0030)


def value_of(edition, facts, name):
    """Give a fact's value (a fraction, a truth or a word), or None where it is not known."""
    given = facts.get(name)
    if given is not None:
        kind = edition["facts"][name]["type"]
        return given if kind in ("bool", "enum") else Fraction(given)
    derived = edition["facts"][name]["derived"]
    if derived is None:
        return None
    above, below = (value_of(edition, facts, part) for part in derived)
    if above is None or below is None:
        return None
    return above / below if below else OF_NOBODY


def missing_of(edition, facts, names):
    """Name the facts that would have to be given; a derived one through its parts."""
    missing = set()
    for name in names:
        if value_of(edition, facts, name) is None:
            parts = edition["facts"][name]["derived"] or (name,)
            missing |= {part for part in parts if facts.get(part) is None}
    return missing


def acceptable(about, given):
    """Say whether a value is one of an enum, or a number within bounds and decimals."""
    if about["type"] == "enum":
        return given in about["values"]
    if about["type"] == "bool":
        return isinstance(given, bool)
    number = Fraction(given)
    fine_enough = (number * 10 ** about["decimals"]).denominator == 1
    return fine_enough and about["low"] <= number <= about["high"]


def refuse_bad_facts(edition, facts, names):
    """Refuse facts used by an asked line that are out of bounds or contradict each other."""
    for name in sorted(names):
        if facts.get(name) is not None and not acceptable(edition["facts"][name], facts[name]):
            raise RefusedFact(name)
    for name in sorted(edition["facts"]):
        derived = edition["facts"][name]["derived"]
        if derived is None:
            continue
        above, below = (value_of(edition, facts, part) for part in derived)
        if above is None or below is None or not set(derived) <= set(names):
            continue
        if above > edition["facts"][name]["high"] * below:
            raise RefusedFact(derived[0])
        given = facts.get(name) if name in names else None
        if given is not None and (below == 0 or Fraction(given) != above / below):
            raise RefusedFact(name)


# ---------------------------------------------------------------- conditions, three-valued


def comparison_holds(edition, facts, test):
    """Give True, False, or None where the fact is not known."""
    value = value_of(edition, facts, test["fact"])
    if value is None:
        return None
    wanted, op = test["value"], test["op"]
    if value is OF_NOBODY:
        return op in ("eq", "lte", "gte", "in")
    if op == "in":
        return value in wanted
    if op == "eq":
        return value == (Fraction(wanted) if isinstance(value, Fraction) else wanted)
    bound = Fraction(wanted)
    return {
        "lt": value < bound,
        "lte": value <= bound,
        "gt": value > bound,
        "gte": value >= bound,
    }[op]


def condition_holds(edition, facts, condition):
    """``all``: one false decides. ``any``: one true decides. Otherwise an unknown leaves it open."""
    if condition is None:
        return True
    results = [comparison_holds(edition, facts, test) for test in condition["tests"]]
    decisive = condition["kind"] == "any"
    if decisive in results:
        return decisive
    return None if None in results else not decisive


def open_facts(edition, facts, condition):
    """Name the missing facts that leave a condition open."""
    unknown = [t["fact"] for t in condition["tests"] if comparison_holds(edition, facts, t) is None]
    return missing_of(edition, facts, unknown)


def facts_of_condition(condition):
    """Name the facts a condition looks at."""
    return set() if condition is None else {test["fact"] for test in condition["tests"]}


def facts_of_rate(edition, rate):
    """Name the facts that a rate needs to give a figure."""
    names = set(rate.get("quantities", ()))
    for key in ("base", "by", "quantity", "times", "actual_price_fact"):
        if key in rate:
            names.add(rate[key])
    names |= {coefficient["fact"] for coefficient in rate.get("coefficients", ())}
    if rate["form"] == "matrix":
        names |= {rate["row"], rate["column"]}
    if rate["form"] == "formula":
        words = "".join(c if c.isalnum() or c == "_" else " " for c in rate["expression"]).split()
        names |= {word for word in words if word in edition["facts"]}
    return names


def facts_of_line(edition, line, reliefs):
    """Name every fact that a line, its conditions or its reliefs look at, parts included."""
    names = facts_of_condition(line["when"]) | facts_of_rate(edition, line["rate"])
    for part in (*line["adjustments"], *reliefs):
        names |= facts_of_condition(part["when"])
    for name in tuple(names):
        names |= set(edition["facts"][name]["derived"] or ())
    return names
