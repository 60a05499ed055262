"""An independent reference of what a published catalog comes to, in exact fractions.

It shares no code with the engine and reads the edition's files by itself (``edition_files.py``).
It is slow and plain on purpose: every number is a ``Fraction``, every rule is written down once, in
the order in which an answer is made (ended, not applicable, no rate, undetermined by the line's own
condition, exempt, undetermined by a quantity or a relief, then the amount), and nothing is
prepared in advance.

``answer`` gives, for one request, what each line comes to. Where the rules leave more than one
right answer (which facts beyond the deciding ones are named, whether a line of another place is
shown at all) the reply says so, and ``compare.py`` is as lenient as the rules, not more.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from tests.reference.reference_facts import (
    RefusedFact,
    condition_holds,
    facts_of_line,
    facts_of_rate,
    missing_of,
    open_facts,
    refuse_bad_facts,
    value_of,
)
from tests.reference.reference_forms import (
    FORMS,
    HUNDRED,
    base_and_excess,
    outside_table,
    product,
    tier_of,
)

ENDINGS = {
    "cancelled",
    "cancelled_or_suspended",
    "suspended",
    "stopped",
    "exempt_all",
    "rate_set_to_zero",
    "merged_and_stopped",
    "converted_to_tax",
    "superseded_by",
    "government_pricing_ended",
}
ADDED = {"due", "reduced", "provisional", "exempt"}


@dataclass
class Request:
    """One question: a day (ISO text), a place, what is asked, the facts as given."""

    on: str
    region: str = "130000"
    items: tuple = ()
    lines: tuple = ()
    facts: dict = field(default_factory=dict)


@dataclass
class LineReply:
    """What one line comes to. Money is text with two decimals, or None.

    ``must_need`` are facts an ``undetermined`` answer has to name, ``may_need`` those it may name.
    ``zero_either_way`` marks an amount of 0.00 for which the rules fit more than one outcome.
    """

    item: str
    line: str | None
    outcome: str
    amount: str | None = None
    low: str | None = None
    high: str | None = None
    must_need: frozenset = frozenset()
    may_need: frozenset = frozenset()
    alternative: bool = False


@dataclass
class Reply:
    """All lines of one request. ``absent`` lines may be left out; they never carry an amount.

    ``classless`` names items for which a class was given that has no line in force there and then:
    they may be said once more to have no rate, and the sum then not to be whole.
    """

    lines: dict
    bare: dict
    absent: dict
    classless: set
    total: str
    complete: bool


# ---------------------------------------------------------------- money


def half_up(amount):
    """Give yuan as text, rounded once, half up, to the fen."""
    fen = floor(amount * 100 + Fraction(1, 2))
    return f"{fen // 100}.{fen % 100:02d}"


def text_or_none(amount):
    """Round an amount that may be unknown."""
    return None if amount is None else half_up(amount)


# ---------------------------------------------------------------- one line


def line_reply(edition, item, line, request, *, chosen_away):
    """Answer one line that is in force on the day and at the place, in the order of the module's head."""
    facts = request.facts
    reliefs = reliefs_for(edition, item, line, request)

    def reply(outcome, amount=None, *, low=None, high=None, must=(), may=()):
        return LineReply(
            item=item["id"],
            line=line["id"],
            outcome=outcome,
            amount=text_or_none(amount),
            low=text_or_none(low),
            high=text_or_none(high),
            must_need=frozenset(must),
            may_need=frozenset(may) | frozenset(must),
        )

    used = facts_of_line(edition, line, reliefs)
    all_missing = missing_of(edition, facts, used)
    applies = condition_holds(edition, facts, line["when"])
    holds = {relief["id"]: condition_holds(edition, facts, relief["when"]) for relief in reliefs}

    def holding(kind, state):
        return [r for r in reliefs if r["kind"] == kind and holds[r["id"]] is state]

    if chosen_away or applies is False or holding("not_charged_twice", True):
        return reply("not_applicable")
    rate = line["rate"]
    if rate["form"] == "not_established" or outside_table(edition, facts, rate):
        return reply("no_rate")
    if applies is None:
        return reply("undetermined", must=open_facts(edition, facts, line["when"]), may=all_missing)
    if [r for r in holding("exempt", True) if not r["base_only"]]:
        return reply("exempt", Fraction(0))

    base_freed = bool(holding("exempt", True))
    still_open = [
        r for r in reliefs if holds[r["id"]] is None and not (base_freed and r["base_only"])
    ]
    missing = missing_of(edition, facts, facts_of_rate(edition, rate))
    for part in (*line["adjustments"], *still_open):
        if condition_holds(edition, facts, part["when"]) is None:
            missing |= open_facts(edition, facts, part["when"])
    if missing or holding("unknown_reduction", True):
        return reply("undetermined", must=missing, may=all_missing)
    return figured_reply(edition, line, facts, reply, holding)


def figured_reply(edition, line, facts, reply, holding):
    """Work out a line of which everything is known."""
    rate = line["rate"]

    def read(name):
        return value_of(edition, facts, name)

    multiplier = product(
        a["multiply"] for a in line["adjustments"] if condition_holds(edition, facts, a["when"])
    )
    if rate["form"] == "free":
        return reply("due", Fraction(0))
    if rate["form"] == "range":
        quantity = product(read(name) for name in rate["quantities"]) * multiplier
        return reply("range", low=rate["low"] * quantity, high=rate["high"] * quantity)
    amount = FORMS[rate["form"]](line, rate, read) * multiplier
    if rate.get("min") is not None:
        amount = max(amount, rate["min"])
    if rate.get("max") is not None:
        amount = min(amount, rate["max"])
    amount, eased = eased_amount(rate, read, amount, multiplier, holding)
    return reply_for_amount(line, read, amount, eased, reply)


def eased_amount(rate, read, amount, multiplier, holding):
    """Apply the reliefs that hold; say whether the line is freed, reduced or untouched."""
    factors = holding("multiply", True)
    freeing = holding("exempt", True)  # of the base only: a whole exemption was answered before
    for relief in factors:
        if not relief["base_only"]:
            amount *= relief["factor"]
    if not freeing and not [r for r in factors if r["base_only"]]:
        return amount, "reduced" if factors else None
    base, excess = base_and_excess(rate, read)
    kept = Fraction(0) if freeing else product(r["factor"] for r in factors if r["base_only"])
    whole = product(r["factor"] for r in factors if not r["base_only"])
    if freeing and excess == 0:
        return Fraction(0), "exempt"
    return (base * kept + excess) * multiplier * whole, "reduced"


def reply_for_amount(line, read, amount, eased, reply):
    """Name the outcome of an amount: floor, float, ceiling, provision, relief, or plainly due."""
    rate = line["rate"]
    if rate["form"] == "floor_price" and read(rate["actual_price_fact"]) < rate["amount"]:
        return reply("below_floor", amount)
    if rate["float_up"] or rate["float_down"]:
        low = amount * (1 - rate["float_down"] / HUNDRED)
        return reply("guided", amount, low=low, high=amount * (1 + rate["float_up"] / HUNDRED))
    if rate["ceiling"]:
        band = tier_of(rate["tiers"], read(rate["by"])) if rate["form"] == "tier" else {}
        return reply("ceiling", amount, low=band.get("amount_low"), high=amount)
    outcome = "provisional" if line["provisional"] else "due"
    return reply("exempt" if eased == "exempt" else eased or outcome, amount)


def reliefs_for(edition, item, line, request):
    """Give the reliefs of a line in their window and at their place (never merely asked for)."""
    return [
        relief
        for relief in item["reliefs"]
        if (not relief["lines"] or line["id"] in relief["lines"])
        and in_window(relief, request.on)
        and (relief["place"] is None or covers(edition["places"][relief["place"]], request.region))
    ]


# ---------------------------------------------------------------- day, place, choice


def in_window(thing, day):
    """Both ends are inclusive; an unknown end is open."""
    return (thing["first"] is None or thing["first"] <= day) and (
        thing["last"] is None or day <= thing["last"]
    )


def stem(code):
    """Give the digits that everything in or under a division shares."""
    while code.endswith("00"):
        code = code[:-2]
    return code


def covers(codes, region):
    """Say whether a region is one of the codes or lies under one."""
    return any(region.startswith(stem(code)) for code in codes)


def lies_above(codes, region):
    """Say whether a region lies above one of the codes."""
    return not covers(codes, region) and any(code.startswith(stem(region)) for code in codes)


def ended_on(item, day):
    """Say whether a dated ending event has come."""
    return any(
        event["kind"] in ENDINGS and event["day"] is not None and event["day"] <= day
        for event in item["events"]
    )


def picked_by_class(group, request):
    """Name the lines that a class fact picks; a class that has no line here picks nothing."""
    given = request.facts.get(group["class_fact"]) if group["class_fact"] else None
    return [name for value, name in group["classes"] if value == given]


def chosen_away(item, line, request):
    """Say whether the caller, or a class fact, chose another line of the same alternatives."""
    for group in item["alternatives"]:
        if line["id"] in group["lines"]:
            named = [name for name in request.lines if name in group["lines"]]
            chosen = named or picked_by_class(group, request)
            if chosen and line["id"] not in chosen:
                return True
    return False


def asked_lines(item, request):
    """Give the lines of an item that a request asks for."""
    named = [line for line in item["lines"] if line["id"] in request.lines]
    if item["id"] in request.items or (not request.items and not request.lines):
        return item["lines"]
    return named


def answer(edition, request):
    """Answer a request; raises RefusedFact where an asked line uses an unacceptable fact."""
    reply = Reply({}, {}, {}, set(), "0.00", complete=True)
    for item in edition["items"].values():
        asked = asked_lines(item, request)
        if not asked:
            continue
        named = item["id"] in request.items or any(n["id"] in request.lines for n in asked)
        answered = answer_item(edition, item, asked, request, reply, named=named)
        if not answered:
            outcome = "ended" if ended_on(item, request.on) else "no_rate"
            reply.bare[item["id"]] = LineReply(item["id"], None, outcome)
    mark_alternatives(edition, request, reply)
    return summed(reply)


def answer_item(edition, item, asked, request, reply, *, named):
    """Answer the asked lines of one item; say whether any was in force there."""
    answered = False
    for line in asked:
        codes = edition["places"][line["place"]]
        here = covers(codes, request.region) or (named and lies_above(codes, request.region))
        if not (here and in_window(line, request.on)):
            reply.absent[line["id"]] = LineReply(item["id"], line["id"], "not_applicable")
            continue
        answered = True
        if ended_on(item, request.on):
            reply.lines[line["id"]] = LineReply(item["id"], line["id"], "ended")
            continue
        used = facts_of_line(edition, line, reliefs_for(edition, item, line, request))
        used |= {
            group["class_fact"]
            for group in item["alternatives"]
            if group["class_fact"] and line["id"] in group["lines"]
        }
        refuse_bad_facts(edition, request.facts, used)
        refuse_bad_coefficients(request.facts, line["rate"])
        refuse_zero_divisors(edition, request, line)
        away = chosen_away(item, line, request)
        reply.lines[line["id"]] = line_reply(edition, item, line, request, chosen_away=away)
    return answered


def refuse_bad_coefficients(facts, rate):
    """A coefficient outside the published values is refused, not rounded to the nearest."""
    for coefficient in rate.get("coefficients", ()):
        given = facts.get(coefficient["fact"])
        values = coefficient["values"]
        if given is not None and values and Fraction(given) not in values:
            raise RefusedFact(coefficient["fact"])


def refuse_zero_divisors(edition, request, line):
    """A fact that divides must not be zero where an asked line uses it."""
    divisors = set()
    if line["rate"]["form"] == "formula":
        divisors |= {n for n in line["rate"]["divisors"] if n in edition["facts"]}
    for name in sorted(divisors):
        given = request.facts.get(name)
        if given is not None and Fraction(given) <= 0:
            raise RefusedFact(name)


# ---------------------------------------------------------------- the sum


def mark_alternatives(edition, request, reply):
    """Mark the lines of a group in which nothing chose, or of which the caller named several."""
    for item in edition["items"].values():
        for group in item["alternatives"]:
            named = [name for name in request.lines if name in group["lines"]]
            if request.facts.get(group["class_fact"]) is not None and not named:
                picked = picked_by_class(group, request)
                answered = [name for name in group["lines"] if name in reply.lines]
                if answered and not set(picked) & set(answered):
                    reply.classless.add(item["id"])
            if len(named) == 1 or (not named and picked_by_class(group, request)):
                continue
            for name in group["lines"]:
                line = reply.lines.get(name)
                if line is not None and line.outcome != "not_applicable":
                    line.alternative = True


def summed(reply):
    """Add what is owed, line by line as rounded; say whether the sum is whole."""
    fen = 0
    answers = [*reply.lines.values(), *reply.bare.values()]
    for line in answers:
        if line.outcome in ADDED and not line.alternative:
            fen += int(line.amount.replace(".", ""))
        if line.outcome in ("undetermined", "no_rate") or line.alternative:
            reply.complete = False
    reply.total = f"{fen // 100}.{fen % 100:02d}"
    return reply
