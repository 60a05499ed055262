"""Requests on, just below and just above every edge of an edition.

For every line: each threshold of brackets, bands, points, conditions and reliefs; facts at their
bounds; every day on which a window, a relief or an event begins or ends, and the days beside it;
every value of an enum; both truths; each fact absent in turn; places in, above, below and outside.
Combinations are drawn with a fixed seed, so that the same edition gives the same requests.
"""

from datetime import date, timedelta
from fractions import Fraction
from itertools import product as combinations
from random import Random

from tests.reference.decimal_reference import Request, answer, in_window
from tests.reference.reference_facts import (
    RefusedFact,
    condition_holds,
    facts_of_condition,
    facts_of_line,
)

MOST = {"int": 10**12, "decimal": 10**12, "money": 10**13}
STEP = {"int": Fraction(1), "money": Fraction(1, 100), "decimal": Fraction(1, 10**6)}
PLAIN = {"int": ["7"], "money": ["1234567.89"], "decimal": ["3.141593", "100.5"]}
FAR_PAST, FAR_FUTURE = "1999-12-31", "2031-01-01"
COMBINATIONS = 24
HALF_FENS = 2


def text_of(number):
    """Write an exact number of at most six decimals in plain notation."""
    scaled = number * 10**6
    if scaled.denominator != 1:
        raise ValueError(number)
    whole, parts = divmod(int(scaled), 10**6)
    return f"{whole}.{parts:06d}".rstrip("0").rstrip(".")


# ---------------------------------------------------------------- values of facts


def thresholds_of_line(line):
    """Give (fact, number) for every edge that a line's own rate has."""
    rate = line["rate"]
    for bracket in rate.get("brackets", ()):
        yield rate["base"], bracket["upto"]
    for tier in rate.get("tiers", ()):
        yield rate["by"], tier["upto"]
    for base, _ in rate.get("points", ()):
        yield rate["base"], base
    for upto in rate.get("row_bands", ()):
        yield rate["row"], upto
    for key in ("min", "max"):
        if rate["form"] == "percent" and rate.get(key) is not None:
            yield rate["base"], rate[key] / rate["percent"] * 100
    if rate["form"] == "floor_price":
        yield rate["actual_price_fact"], rate["amount"]
    if rate["form"] == "base_plus_excess":
        yield rate["quantity"], rate["included"]
    if line["rounding"] is not None:
        for name in rate["quantities"]:
            yield name, line["rounding"] * 12
    yield from half_fens_of_line(line)


def half_fens_of_line(line):
    """Give (fact, number) at which a price comes to exactly half a fen above an even fen."""
    rate = line["rate"]
    price, name = None, None
    if rate["form"] == "percent":
        price, name = rate["percent"] / 100, rate["base"]
    elif rate["form"] == "per_unit" and len(rate["quantities"]) == 1:
        price, name = rate["amount"], rate["quantities"][0]
    found = 0
    for even in range(0, 2000, 2) if price else ():
        value = (even + Fraction(1, 2)) / 100 / price
        if (value * 100).denominator == 1 and found < HALF_FENS:
            found += 1
            yield name, value


def thresholds_of_conditions(conditions):
    """Give (fact, number) for every numeric comparison."""
    for condition in conditions:
        for test in condition["tests"] if condition else ():
            if isinstance(test["value"], str) and test["value"].replace(".", "").isdigit():
                yield test["fact"], Fraction(test["value"])


def thresholds_of_shares(edition, edges):
    """Give (numerator, number) for every edge of a derived share, at a plain denominator."""
    for name, number in edges:
        derived = edition["facts"][name]["derived"]
        if derived:
            yield derived[0], number * Fraction(PLAIN[edition["facts"][derived[1]]["type"]][0])


def values_of_facts(edition, item, line, reliefs):
    """Give, for each fact a line looks at, the values worth asking about."""
    conditions = [line["when"], *(a["when"] for a in line["adjustments"])]
    conditions += [relief["when"] for relief in reliefs]
    edges = [*thresholds_of_line(line), *thresholds_of_conditions(conditions)]
    edges += list(thresholds_of_shares(edition, edges))
    names = facts_of_line(edition, line, reliefs)
    names |= {g["class_fact"] for g in item["alternatives"] if g["class_fact"]}
    values = {}
    for name in sorted(names):
        about = edition["facts"][name]
        if about["derived"]:
            continue
        if about["type"] == "bool":
            values[name] = [True, False]
        elif about["type"] == "enum":
            values[name] = list(about["values"])
        else:
            numbers = [number for fact, number in edges if fact == name and number is not None]
            values[name] = number_values(about, numbers, coefficient_values(line, name))
    return values


def coefficient_values(line, name):
    """Give the published values of a coefficient."""
    for coefficient in line["rate"]["coefficients"]:
        if coefficient["fact"] == name:
            return coefficient["values"] or [Fraction(7, 10), Fraction(1), Fraction(12, 10)]
    return []


def number_values(about, numbers, published):
    """Give bounds, edges and their neighbours, and plain values in between."""
    if published:
        return [text_of(value) for value in published]
    step = STEP[about["type"]]
    most = min(Fraction(MOST[about["type"]]), about["high"] or MOST[about["type"]])
    found = {Fraction(value) for value in PLAIN[about["type"]]} | {Fraction(0), step, most}
    found.add(most - step)
    for number in numbers:
        on = number // step * step  # the last writable value that is not above the edge
        found |= {on - step, on, on + step}
        if about["type"] == "decimal":
            found |= {on - Fraction(1, 100), on + Fraction(1, 100)}
    low = about["low"]
    if about["divisor_low"] is not None and about["type"] != "int":
        low = about["divisor_low"]  # what divides; nobody only makes no share (decision 0030)
    found = sorted(value for value in found if low <= value <= most)
    return [text_of(v) for v in found if about["type"] != "int" or v.denominator == 1]


def usual_facts(edition, item, line, values, day):
    """Choose ordinary facts that make the line owe something, untouched by reliefs if possible.

    Plain values first; then seeded draws, the best of which is kept.
    """
    random = Random(f"usual {line['id']}")
    plain = {}
    for name, choices in values.items():
        ordinary = [v for v in PLAIN.get(edition["facts"][name]["type"], ()) if v in choices]
        plain[name] = ordinary[0] if ordinary else choices[len(choices) // 2]
    plain = {k: v for k, v in plain.items() if not edition["facts"][k]["class_fact"]}
    best, best_score = plain, -1
    for turn in range(DRAWS):
        keep = 0.5 if turn % 2 else 0.0
        trial = {
            name: value if turn == 0 or random.random() < keep else random.choice(values[name])
            for name, value in plain.items()
        }
        score = score_of(edition, item, line, trial, day)
        if score > best_score:
            best, best_score = trial, score
        if score == len(item["reliefs"]) + BEST:
            break
    return best


BEST, DRAWS = 100, 150


def score_of(edition, item, line, facts, day):
    """Prefer facts under which the line gives a figure above nothing and few reliefs hold."""
    idle = sum(
        condition_holds(edition, facts, relief["when"]) is not True for relief in item["reliefs"]
    )
    request = Request(day, home_of(edition, line), (), (line["id"],), facts)
    try:
        reply = answer(edition, request).lines.get(line["id"])
    except RefusedFact:
        return 0
    if reply is None or line["rate"]["form"] in ("not_established", "free"):
        held = condition_holds(edition, facts, line["when"])
        return idle + (BEST if held else 0)
    figure = reply.high if reply.outcome == "range" else reply.amount
    if figure is None or reply.outcome in ("exempt", "below_floor"):
        return idle if reply.outcome != "not_applicable" else 0
    return idle + (BEST if figure != "0.00" and len(figure) < LONG else BEST // 2)


LONG = 14


# ---------------------------------------------------------------- days and places


def shifted(day, days):
    """Give the ISO day some days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_of_item(item):
    """Give every day on which something of an item begins or ends, and the days beside it."""
    days = {FAR_PAST, FAR_FUTURE, "2014-11-30", "2018-06-30", "2026-11-24"}
    for thing in (*item["lines"], *item["reliefs"]):
        for edge in (thing["first"], thing["last"]):
            if edge is not None:
                days |= {shifted(edge, n) for n in (-1, 0, 1)}
    for event in item["events"]:
        if event["day"] is not None:
            days |= {shifted(event["day"], n) for n in (-1, 0, 1)}
    return sorted(days)


def telling_days(item, line):
    """Give one day for each set of reliefs that meets the line, and both ends of its window."""
    days = [day for day in days_of_item(item) if in_window(line, day)]
    seen = {}
    for day in days:
        seen.setdefault(tuple(r["id"] for r in item["reliefs"] if in_window(r, day)), day)
    return sorted({*seen.values(), *days[:1], *days[-1:]})


def regions_of_line(edition, item, line):
    """Give places that are the line's own, below, above and outside, and those of its reliefs."""
    regions = ["000000", "110000", "130000", "130102", "130184", "130300", "133100"]
    for name in {line["place"], *(r["place"] for r in item["reliefs"])} - {None}:
        for code in edition["places"][name]:
            regions += [code, code[:4] + "81", code[:4] + "00", code[:2] + "0000"]
    return sorted(set(regions))


def home_of(edition, line):
    """Give a region where the line holds."""
    code = edition["places"][line["place"]][0]
    return "130000" if code == "000000" else code


# ---------------------------------------------------------------- requests


def requests_of_line(edition, item, line):
    """Give the edge requests of one line; each asks for the whole item."""
    random = Random(line["id"])
    reliefs = [r for r in item["reliefs"] if not r["lines"] or line["id"] in r["lines"]]
    values = values_of_facts(edition, item, line, reliefs)
    days = telling_days(item, line)
    usual = usual_facts(edition, item, line, values, days[0])
    home, asked = home_of(edition, line), (item["id"],)

    def ask(facts, day, region=home, items=asked, lines=()):
        return Request(day, region, items, lines, facts)

    for day in days_of_item(item):
        yield ask(usual, day)
    for day in days:
        for name, choices in values.items():
            yield ask({k: v for k, v in usual.items() if k != name}, day)
            for value in choices:
                yield ask({**usual, name: value}, day)
    for day in days[:1] + days[-1:]:
        yield ask({}, day)
        yield ask(usual, day, items=(), lines=(line["id"],))
        yield ask({}, day, items=(), lines=(line["id"],))
        for region in regions_of_line(edition, item, line):
            yield ask(usual, day, region)
            yield ask(usual, day, region, items=(), lines=(line["id"],))
    if line["rate"]["form"] == "matrix":
        row, column = line["rate"]["row"], line["rate"]["column"]
        for chosen in combinations(values[row], values[column]):
            yield ask({**usual, row: chosen[0], column: chosen[1]}, days[0])
    for _ in range(COMBINATIONS):
        drawn = {name: random.choice(choices) for name, choices in values.items()}
        kept = {k: v for k, v in drawn.items() if random.random() < 0.9}
        region = (
            home if random.random() < 0.7 else random.choice(regions_of_line(edition, item, line))
        )
        yield ask(kept, random.choice(days), region)
    for name, number in thresholds_of_conditions([relief["when"] for relief in reliefs]):
        derived = edition["facts"][name]["derived"]
        for parts in shares_beside(number) if derived else ():
            for day in days:
                yield ask({**usual, **dict(zip(derived, parts, strict=True))}, day)
        for facts in shares_given(usual, name, derived) if derived else ():
            for day in days:
                yield ask(facts, day)
    for relief in reliefs:
        yield from requests_of_relief(edition, ask, values, usual, relief)


def shares_beside(number):
    """Give (numerator, denominator) for shares on an edge and within a millionth of it."""
    many = 10**6
    for beside in ("-2", "-1", "-0.5", "-0.000001", "0", "0.000001", "0.5", "1", "2"):
        yield text_of(number * many + Fraction(beside)), str(many)


def shares_given(usual, name, parts):
    """Give facts that name a share itself: alone, beside one part, and as its parts have it."""
    above, below = parts
    rest = {key: value for key, value in usual.items() if key not in parts}
    yield {**rest, name: "0.01"}
    yield {**rest, name: "0.009999", below: "100"}
    yield {**rest, name: "0.02", above: "1", below: "50"}
    yield {**rest, name: "0.015", above: "3", below: "200"}
    yield {**rest, above: "0", below: "0"}
    yield {**rest, above: "1", below: "0"}
    yield {**rest, above: "20", below: "10"}
    yield {**rest, above: "20.000001", below: "10"}
    yield {**rest, name: "0", above: "0", below: "0"}
    yield {**rest, name: "2.5"}


def requests_of_relief(edition, ask, values, usual, relief):
    """Give combinations of the facts a relief looks at: some under which it holds, some not.

    Asked on both ends of its window and on the days before and after.
    """
    names = set(facts_of_condition(relief["when"]))
    for name in tuple(names):
        names |= set(edition["facts"][name]["derived"] or ())
    names = sorted(names & set(values))
    every = list(combinations(*([*values[name], None] for name in names)))
    Random(relief["id"]).shuffle(every)
    sorted_out = {True: [], False: [], None: []}
    for chosen in every[:2000]:
        facts = {**usual, **dict(zip(names, chosen, strict=True))}
        facts = {name: value for name, value in facts.items() if value is not None}
        sorted_out[condition_holds(edition, facts, relief["when"])].append(facts)
    days = {"2026-11-24"}
    for edge, beyond in ((relief["first"], -1), (relief["last"], 1)):
        if edge is not None:
            days |= {edge, shifted(edge, beyond)}
    for day in sorted(days):
        for kind in (True, False, None):
            for facts in sorted_out[kind][: COMBINATIONS // 3]:
                yield ask(facts, day)
        for held in sorted_out[True][:1]:
            for name in names:
                for value in values[name]:
                    yield ask({**held, name: value}, day)


def requests_without_names():
    """Ask for everything at once, knowing nothing, here and there, on telling days."""
    for day in ("2003-08-14", "2014-11-30", "2017-07-01", "2026-11-24"):
        for region in ("130000", "130102", "130300", "000000", "110000"):
            yield Request(day, region)


def requests_refused(edition, item, line):
    """Ask with facts that have to be refused: negative, dividing by zero, unknown values."""
    reliefs = [r for r in item["reliefs"] if not r["lines"] or line["id"] in r["lines"]]
    values = values_of_facts(edition, item, line, reliefs)
    for day in telling_days(item, line)[-1:]:
        usual = usual_facts(edition, item, line, values, day)
        for name in values:
            for wrong in refused_values(edition["facts"][name]):
                facts = {**usual, name: wrong}
                yield Request(day, home_of(edition, line), (), (line["id"],), facts)
        for name in facts_of_line(edition, line, reliefs):
            if edition["facts"][name]["derived"]:
                facts = {**usual, name: "0.333333"}
                yield Request(day, home_of(edition, line), (), (line["id"],), facts)


def refused_values(about):
    """Give values a fact may not have: beyond its bounds, too fine, an unknown word."""
    if about["type"] == "enum":
        return ["no-such-value"]
    if about["type"] == "bool":
        return []
    finer = Fraction(1, 2 * 10 ** about["decimals"])
    beyond = [text_of(about["high"] + 1), "-1"]
    fine = f"{float(finer):.7f}" if about["decimals"] else "0.5"
    divides = about["divisor_low"] and about["type"] != "int"
    return [*beyond, fine, *(["0"] if divides else [])]


def all_requests(edition):
    """Give every edge request of an edition, each once, by item."""
    by_item = {}
    for item in edition["items"].values():
        seen = {}
        for line in item["lines"]:
            for request in requests_of_line(edition, item, line):
                key = repr(
                    (
                        request.on,
                        request.region,
                        request.items,
                        request.lines,
                        sorted(request.facts.items()),
                    )
                )
                seen.setdefault(key, request)
        by_item[item["id"]] = list(seen.values())
    return by_item
