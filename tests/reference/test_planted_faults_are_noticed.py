"""The comparison can fail: planted faults of data and of arithmetic are each noticed by it.

The faults that change no answer at all are named one by one, with the rule that makes them so.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from math import floor
from os import environ
from shutil import copytree

import pytest

from feeledger.catalog.plan import plan_of
from feeledger.catalog.reader import load_catalog
from tests.reference import decimal_reference, reference_forms
from tests.reference.decimal_reference import answer
from tests.reference.edition_files import EDITION
from tests.reference.engine_side import disagreements, engine_answer
from tests.reference.planted import faults_of_item
from tests.reference.reference_facts import RefusedFact

EVERY = 1 if environ.get("FEELEDGER_EDGES") == "all" else 23

NO_FIGURE = "the line has no figure: no_rate stands before every relief"
ENDED_ANYWAY = "the item has ended on that day, whatever a window says"
CLOSES_NOTHING = "an event of this kind closes nothing, whatever its day"
SAME_RELIEF = "the relief of the day beside it frees under the same condition"
NO_LINE_BEFORE = "the lines it eases begin on the same day"
UNNOTICED = {
    "land-registration-small first moved by -1": NO_FIGURE,
    "land-registration-small first moved by 1": NO_FIGURE,
    "land-registration-small part 0 forgotten": NO_FIGURE,
    "land-registration-small dropped": NO_FIGURE,
    "land-registration event 0 dropped": CLOSES_NOTHING,
    "land-registration event 0 moved by -1": CLOSES_NOTHING,
    "land-registration event 0 moved by 1": CLOSES_NOTHING,
    "house-registration-small last moved by 1": ENDED_ANYWAY,
    "pollutant-discharge event 1 dropped": CLOSES_NOTHING,
    "pollutant-discharge event 1 moved by -1": CLOSES_NOTHING,
    "pollutant-discharge event 1 moved by 1": CLOSES_NOTHING,
    "levy-30@2020 last moved by 1": SAME_RELIEF,
    "levy-30 first moved by -1": SAME_RELIEF,
    "education-surcharge-30k last moved by 1": SAME_RELIEF,
    "local-education-surcharge-30k last moved by 1": SAME_RELIEF,
    "v2x-first-three-years first moved by -1": NO_LINE_BEFORE,
}


def outcome_of(edition, request):
    try:
        reply = answer(edition, request)
    except RefusedFact as refused:
        return refused.name
    return reply.lines, reply.bare, reply.total


def test_edge_requests_notice_every_planted_fault_of_the_data(edition, requests):
    unnoticed, planted = set(), set()
    for name, item in edition["items"].items():
        alone = {**edition, "items": {name: item}}
        right = cache(
            lambda number, alone=alone, asked=requests[name]: outcome_of(alone, asked[number])
        )
        for number, (fault, changed) in enumerate(faults_of_item(edition, item)):
            if number % EVERY:
                continue
            planted.add(fault)
            asked = enumerate(requests[name])
            if all(outcome_of(changed, request) == right(place) for place, request in asked):
                unnoticed.add(fault)
    assert len(planted) > 1500 / EVERY
    assert unnoticed == set(UNNOTICED) & planted


def noticed(edition, plan, requests, items):
    return any(
        disagreements(edition, request, engine_answer(plan, edition, request))
        for item in items
        for request in requests[item]
    )


TEXTS = [
    ("vehicle-plate", "vehicles.yaml", 'amount: "100", unit: 副', 'amount: "100.0001", unit: 副'),
    ("realestate-registration", "land.yaml", 'e: "2016-07-12"', 'e: "2016-07-13"'),
    ("idle-land", "land.yaml", "idle_months, op: lt,", "idle_months, op: lte,"),
    ("realestate-registration", "land.yaml", 'included: "1"', 'included: "2"'),
    ("forest-vegetation", "land.yaml", 'multiply: "2"', 'multiply: "1"'),
    ("soil-water-compensation", "land.yaml", '        round_quantity_up_to: "1"\n', ""),
    ("disabled-employment", "tax-collected.yaml", 'quota_ratio: "0.015"', 'quota_ratio: "0.0151"'),
    ("culture-construction", "tax-collected.yaml", 'factor: "0.5"', 'factor: "0.5001"'),
    ("culture-construction", "tax-collected.yaml", "2024-12-31", "2024-12-30"),
    (
        "litigation",
        "approvals-and-courts.yaml",
        'upto: "500000", percent',
        'upto: "500100", percent',
    ),
    ("pollutant-discharge", "environment.yaml", '"11200"', '"11200.05"'),
    (
        "construction-supervision",
        "operating-services.yaml",
        'percent: "1.039"',
        'percent: "1.0391"',
    ),
    ("cost-consulting", "operating-services.yaml", 'min: "3000"', 'min: "3000.05"'),
    ("emission-permit", "operating-services.yaml", 'amount: "5000"\n', 'amount: "5000.0001"\n'),
]


@pytest.mark.parametrize("fault", TEXTS, ids=lambda fault: f"{fault[0]}: {fault[3].strip()}")
def test_an_engine_fed_a_damaged_edition_is_found_out(tmp_path, edition, requests, fault):
    item, file, right, wrong = fault
    damaged = copytree(EDITION, tmp_path / EDITION.name)
    text = (damaged / file).read_text(encoding="utf-8")
    assert right in text
    (damaged / file).write_text(text.replace(right, wrong), encoding="utf-8")
    assert noticed(edition, plan_of(load_catalog(damaged)), requests, [item])


def rounded_down(amount):
    fen = floor(amount * 100)
    return f"{fen // 100}.{fen % 100:02d}"


def rounded_to_even(amount):
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return str(exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN))


def cut_off(quantity, size):
    return floor(quantity / size) * size


def open_is_false(edition, facts, condition):
    return bool(RIGHT_CONDITION(edition, facts, condition))


def upper_edge_outside(tiers, value):
    return next((t for t in tiers if t["upto"] is None or value < t["upto"]), None)


def whole_not_marginal(brackets, base):
    band = next(b for b in brackets if b["upto"] is None or base <= b["upto"])
    return band["amount"] if band["amount"] is not None else base * band["share"]


def last_day_outside(thing, day):
    return (thing["first"] or "") <= day and (thing["last"] is None or day < thing["last"])


def only_the_place_itself(codes, region):
    return region in codes


RIGHT_CONDITION = decimal_reference.condition_holds
ARITHMETIC = [
    (decimal_reference, "half_up", rounded_down, ["plant-quarantine"]),
    (
        decimal_reference,
        "half_up",
        rounded_to_even,
        ["plant-quarantine", "sewage-treatment", "reservoir-local"],
    ),
    (reference_forms, "whole_units", cut_off, ["soil-water-compensation"]),
    (decimal_reference, "condition_holds", open_is_false, ["culture-construction"]),
    (reference_forms, "tier_of", upper_edge_outside, ["construction-trading"]),
    (reference_forms, "progressive_sum", whole_not_marginal, ["litigation"]),
    (decimal_reference, "in_window", last_day_outside, ["vehicle-certificate"]),
    (decimal_reference, "covers", only_the_place_itself, ["sewage-treatment", "vehicle-plate"]),
]


@pytest.mark.parametrize("fault", ARITHMETIC, ids=lambda fault: fault[2].__name__)
def test_wrong_arithmetic_is_found_out(monkeypatch, edition, requests, plan, fault):
    module, name, wrong, items = fault
    assert not noticed(edition, plan, requests, items)
    monkeypatch.setattr(module, name, wrong)
    assert noticed(edition, plan, requests, items)
