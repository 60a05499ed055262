"""Taking in the facts of a request: names, types, bounds; every fault at once.

Only facts that an asked line needs are looked at; other known ones are left aside, unknown ones
are refused with the nearest names. No fact has a default.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches

from feeledger.assessment.outcomes import Given, RequestFault
from feeledger.catalog.items import Fact
from feeledger.catalog.nodes import unit_of
from feeledger.catalog.shares import high_of, why_no_more
from feeledger.errors import Text

PLAIN_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?")
VALUE_SHOWN = 60
NAME_COMPARED = 64
SUGGESTED_MAX = 20
DECIMALS_READ = 60


def take_facts(
    facts: Mapping[str, object],
    known: Mapping[str, Fact],
    *,
    needed: Collection[str],
    divides: Collection[str],
) -> tuple[dict[str, Given], list[RequestFault]]:
    """Take the facts that are needed, as scaled integers, and list all that is wrong with them.

    ``divides`` are facts that divide in an asked line; their lower bound is above zero there.
    """
    faults = _unknown_names([name for name in facts if name not in known], known)
    given: dict[str, Given] = {}
    for name in facts:
        if name in needed and name in known:
            low = known[name].divisor_low if name in divides else None
            taken = _taken(known[name], facts[name], low)
            if isinstance(taken, Given):
                given[name] = taken
            else:
                faults.append(taken)
    faults += _derived_faults(given, known)
    return given, faults


def shown(value: object) -> str:
    """Print a value as it was given, cut to a readable length."""
    if isinstance(value, bool) or value is None:
        return str(value).lower() if value is not None else "null"
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    text = str(Decimal(value) if isinstance(value, int) else value)
    return text if len(text) <= VALUE_SHOWN else f"{text[:VALUE_SHOWN]}…"


def nearest(name: str, names: Iterable[str]) -> Text:
    """Give the words that name the nearest known names, or nothing."""
    near = get_close_matches(name[:NAME_COMPARED], sorted(names), n=3)
    if not near:
        return Text("", "")
    return Text(f"；相近的有：{'、'.join(near)}", f"; the nearest are {', '.join(near)}")


def _unknown_names(names: list[str], known: Mapping[str, Fact]) -> list[RequestFault]:
    faults = []
    for place, name in enumerate(names):
        near = nearest(name, known) if place < SUGGESTED_MAX else Text("", "")
        faults.append(
            RequestFault(
                "unknown-fact",
                shown(name),
                "",
                Text(
                    f"没有名为“{shown(name)}”的数据项{near.zh}",
                    f'there is no fact named "{shown(name)}"{near.en}',
                ),
            )
        )
    return faults


def _taken(fact: Fact, value: object, divisor_low: Decimal | None) -> Given | RequestFault:
    if fact.type == "bool":
        if isinstance(value, bool):
            return Given(value, int(value), 0)
        return fact_fault(
            fact, "wrong-type", value, Text("须为 true 或 false", "must be true or false")
        )
    if fact.type == "enum":
        return _taken_enum(fact, value)
    return _taken_number(fact, value, divisor_low)


def _taken_enum(fact: Fact, value: object) -> Given | RequestFault:
    choices = Text(f"可选值：{'、'.join(fact.values)}", f"one of {', '.join(fact.values)}")
    if not isinstance(value, str):
        return fact_fault(
            fact,
            "wrong-type",
            value,
            Text(f"须为文字（加引号）；{choices.zh}", f"must be a text: {choices.en}"),
        )
    if value not in fact.values:
        near = nearest(value, fact.values)
        return fact_fault(
            fact,
            "unknown-value",
            value,
            Text(f"没有这个取值；{choices.zh}{near.zh}", f"is not {choices.en}{near.en}"),
        )
    return Given(value, fact.values.index(value), 0)


def _taken_number(fact: Fact, value: object, divisor_low: Decimal | None) -> Given | RequestFault:
    number = exact_number(value)
    if number is None:
        return fact_fault(
            fact,
            "wrong-type",
            value,
            Text("须为数，如 120000.5", "must be a number such as 120000.5"),
        )
    low = fact.low if divisor_low is None else max(fact.low, divisor_low)
    high = high_of(fact)
    if not low <= number <= high:
        return fact_fault(
            fact,
            "out-of-bounds",
            value,
            Text(f"须在 {low:f} 与 {high:f} 之间", f"must lie between {low:f} and {high:f}"),
        )
    scale = 0 if fact.type == "int" else fact.decimals
    whole = scaled_exactly(number, scale)
    if whole is not None:
        return Given(number, whole, scale)
    if fact.type == "int":
        return fact_fault(fact, "not-whole", value, Text("须为整数", "must be a whole number"))
    return fact_fault(
        fact,
        "too-many-decimals",
        value,
        Text(f"最多 {scale} 位小数", f"takes at most {scale} decimals"),
    )


def exact_number(value: object) -> Decimal | None:
    """Read a whole number, an exact decimal or a plain decimal text; anything else is None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, str) and PLAIN_NUMBER.fullmatch(value):
        return Decimal(value)
    return None


def scaled_exactly(number: Decimal, scale: int) -> int | None:
    """Turn a bounded number into an integer of a scale; None when it has more decimals."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -DECIMALS_READ:
        return None
    numerator, denominator = number.as_integer_ratio()
    whole, left = divmod(numerator * unit_of(scale), denominator)
    return None if left else whole


def _derived_faults(given: Mapping[str, Given], known: Mapping[str, Fact]) -> list[RequestFault]:
    """Refuse a share that differs from what its parts make, and parts that make none."""
    faults = []
    for fact in known.values():
        parts = fact.derived
        if parts is None or not all(part in given for part in parts):
            continue
        top, bottom = given[parts[0]], given[parts[1]]
        claimed = given.get(fact.name)
        if claimed is not None and not _agrees(claimed, top, bottom):
            faults.append(_differs(fact, claimed, top, bottom))
        if not _within(high_of(fact), top, bottom):
            faults.append(_too_great(fact, known, top, bottom))
    return faults


def _agrees(share: Given, top: Given, bottom: Given) -> bool:
    claimed = share.scaled * bottom.scaled * unit_of(top.scale)
    return bottom.scaled != 0 and claimed == top.scaled * unit_of(share.scale + bottom.scale)


def _within(high: Decimal, top: Given, bottom: Given) -> bool:
    """Say whether a part is at most its greatest share of the whole; of nothing it is nothing."""
    numerator, denominator = high.as_integer_ratio()
    most = numerator * bottom.scaled * unit_of(top.scale)
    return top.scaled * denominator * unit_of(bottom.scale) <= most


def _differs(fact: Fact, claimed: Given, top: Given, bottom: Given) -> RequestFault:
    parts = fact.derived or ("", "")
    if bottom.scaled == 0:
        problem = Text(
            f"{parts[1]} 为 0，没有比例可言；请不填此项",
            f"{parts[1]} is 0, of which there is no share; leave it out",
        )
    else:
        formula = f"{parts[0]} / {parts[1]} = {top.value} / {bottom.value}"
        problem = Text(
            f"与 {formula} 不符；请不填此项或改正",
            f"differs from {formula}; leave it out or mend it",
        )
    return fact_fault(fact, "derived-differs", claimed.value, problem)


def _too_great(fact: Fact, known: Mapping[str, Fact], top: Given, bottom: Given) -> RequestFault:
    """Blame the part; the whole stands in the fault, and what may be wrong is either."""
    parts = fact.derived or ("", "")
    whole, why = known[parts[1]].label, why_no_more(fact) or Text("", "")
    told = Text(f"（{why.zh}）", f" ({why.en})") if why.zh else why
    problem = Text(
        f"与{whole.zh}（{parts[1]}）{bottom.value} 矛盾{told.zh}；请核对这两项，改正有误的一项",
        f"contradicts {parts[1]} ({whole.en}) = {bottom.value}{told.en}; check both and mend the "
        f"one that is wrong",
    )
    return fact_fault(known[parts[0]], "part-too-great", top.value, problem)


def fact_fault(fact: Fact, code: str, value: object, problem: Text) -> RequestFault:
    """Blame the value of a fact: which, what stood there, what is wrong with it and what to do."""
    return RequestFault(
        code,
        fact.name,
        shown(value),
        Text(
            f"{fact.label.zh}（{fact.name}）的值 {shown(value)}：{problem.zh}",
            f"{fact.name} ({fact.label.en}) = {shown(value)}: {problem.en}",
        ),
    )
