"""Columns, scalar engine and independent reference agree on the edges of every line.

By default a seeded part of the edge requests is asked; ``FEELEDGER_EDGES=all`` asks every one.
"""

from datetime import date
from os import environ
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeledger.assessment import column_cases, column_facts, column_shapes, column_walk, columns
from feeledger.assessment.column_cases import LineCase
from feeledger.assessment.column_findings import FINDINGS
from feeledger.assessment.column_walk import RULES, Number, Truth
from tests.reference.column_side import (
    against_engine,
    against_reference,
    columns_of,
    differences_from_engine,
)
from tests.reference.decimal_reference import Request
from tests.reference.edges import (
    days_of_item,
    home_of,
    regions_of_line,
    requests_refused,
    requests_without_names,
    telling_days,
    values_of_facts,
)

EVERYTHING = environ.get("FEELEDGER_EDGES") == "all"
PART = 1.0 if EVERYTHING else 0.12
DRAWN = 5000 if EVERYTHING else 40  # 200,000 boundary rows
ROWS = 40
SHOWN = 10


def part_of(requests, seed):
    random = Random(f"columns {seed}")
    return [request for request in requests if random.random() < PART]


def shown(failures):
    return f"{len(failures)} differ\n" + "\n".join(failures[:SHOWN]) if failures else ""


def test_columns_and_engine_agree_on_the_edges_of_every_line(edition, plan, requests):
    asked = [each for item, of_item in requests.items() for each in part_of(of_item, item)]

    failures = against_engine(plan, edition, asked)

    assert not failures, shown(failures)
    assert {line for line in plan.by_item if requests[line]} == set(plan.by_item)


def test_columns_and_reference_agree_on_the_edges_of_every_line(edition, plan, requests):
    asked = [each for item, of_item in requests.items() for each in part_of(of_item, item)]

    failures = against_reference(plan, edition, asked)

    assert not failures, shown(failures)


def test_columns_agree_when_nothing_is_named(edition, plan):
    asked = requests_without_names()

    assert not against_reference(plan, edition, asked := list(asked))
    assert not against_engine(plan, edition, asked)


def test_columns_refuse_the_rows_a_request_would_be_refused_for(edition, plan):
    asked = [
        request
        for item in edition["items"].values()
        for line in item["lines"]
        for request in requests_refused(edition, item, line)
    ]

    failures = against_engine(plan, edition, asked)

    assert len(asked) > 300
    assert not failures, shown(failures)


def lines_of(edition):
    return [(item, line) for item in edition["items"].values() for line in item["lines"]]


def drawn_rows(edition, item, line, random, rows):
    """Draw rows of boundary values, each fact absent now and then; one day and place for all."""
    reliefs = [r for r in item["reliefs"] if not r["lines"] or line["id"] in r["lines"]]
    values = values_of_facts(edition, item, line, reliefs)
    telling = telling_days(item, line)
    day = random.choice(telling if telling and random.random() < 0.7 else days_of_item(item))
    region = home_of(edition, line)
    if day in telling and random.random() < 0.2:
        region = random.choice(regions_of_line(edition, item, line))
    absent = random.choice([0.0, 0.05, 0.3])
    return [
        Request(
            day,
            region,
            (item["id"],),
            (),
            {n: random.choice(v) for n, v in values.items() if random.random() >= absent},
        )
        for _ in range(rows)
    ]


class Sides:
    """Edition and plan, printed in one word where an example fails."""

    def __init__(self, edition, plan):
        self.edition, self.plan = edition, plan

    def __repr__(self):
        return "the edition"


@pytest.fixture(scope="session")
def sides(edition, plan):
    return Sides(edition, plan)


@settings(
    max_examples=DRAWN, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(number=st.integers(0, 236), seed=st.integers(0, 2**32))
def test_columns_agree_on_chunks_of_boundary_values(sides, number, seed):
    item, line = lines_of(sides.edition)[number]

    asked = drawn_rows(sides.edition, item, line, Random(seed), ROWS)

    assert not shown(against_engine(sides.plan, sides.edition, asked))
    assert not shown(against_reference(sides.plan, sides.edition, asked))


def test_a_chunk_of_ordinary_size_leaves_no_row_to_the_scalar_walk(edition, plan, monkeypatch):
    patched = []
    monkeypatch.setattr(columns, "answer_line", lambda *asked: patched.append(asked))
    rows = [
        {
            "headcount": str(n),
            "disabled_employed": "1",
            "average_wage": "71250.5",
            "social_average_wage": "84000",
            "land_occupied_m2": f"{n}.5",
            "electricity_kwh": f"{n}000.25",
            "ad_sales_incl_vat": f"{n}0000.07",
        }
        for n in range(1, 60)
    ]

    key = ("2026-11-24", "130184", (), ())
    columns_of(plan, edition, key, [Request(*key, row) for row in rows])

    assert patched == []


# ---------------------------------------------------------------- planted faults


def rounded_down(self, top, scale, **_):
    """Cut where a half is rounded up."""
    real = REAL_ROUNDED(self, 2 * top, scale)
    return real // 2


def edge_outside(walk, node):
    x = walk.number(node.args[0])
    moved = Number(x.values + 1, x.known) if x.known is not False else x
    return REAL_BANDS(_Bent(walk, node.args[0], moved), node)


class _Bent:
    """A walk in which one node has another value."""

    def __init__(self, walk, index, number):
        self.walk, self.index, self.told = walk, index, number

    def number(self, index):
        return self.told if index == self.index else self.walk.number(index)


def unknown_is_false(walk, node):
    truth = REAL_ALL(walk, node)
    return Truth(truth.sure, truth.sure)


def any_of_all(walk, node):
    return RULES["any"](walk, node)


def no_steps(walk, node):
    x = walk.number(node.args[0])
    return x if x.known is False else Number(x.values // node.value, x.known)


def dropped(self, effect, *, base_only=None):
    return REAL_THOSE(self, effect, base_only=base_only)[1:]


def scale_lost(fact, numbers):
    scale, least = REAL_SCALE(fact, numbers)
    return (scale, [number // 10 for number in least]) if scale else (scale, least)


def whole_relief(self, effect, *, base_only=None):
    return REAL_THOSE(self, effect, base_only=None if base_only is None else not base_only)


def wrapping(*asked):
    line = asked[1]
    return column_shapes.Fitted(line, outside=False)


def relief_unasked(self):
    held, self.held = self.held, column_cases.HeldColumn(())
    REAL_OPEN(self)
    self.held = held


def nothing_out_of_bounds(*asked):
    return False, REAL_BOUNDS(*asked)[1]


REAL_ROUNDED = LineCase._rounded
REAL_OPEN = LineCase._leave_open
REAL_BANDS, REAL_ALL = RULES["bands"], RULES["all"]
REAL_THOSE = column_cases.HeldColumn.those
REAL_SCALE = column_facts._least_scale
REAL_BOUNDS = column_facts._out_of_bounds
COMPARE = column_walk.COMPARE
FAULTS = {
    "floor for half up": (LineCase, "_rounded", rounded_down, ["plant-quarantine"]),
    "edge moved by one": (RULES, "bands", edge_outside, ["litigation", "construction-trading"]),
    "< for <=": (COMPARE, "lte", COMPARE["lt"], ["disabled-employment"]),
    "<= for <": (COMPARE, "lt", COMPARE["lte"], ["idle-land", "disabled-employment"]),
    "> for >=": (COMPARE, "gte", COMPARE["gt"], ["cost-consulting", "emission-permit"]),
    "unknown is false": (RULES, "all", unknown_is_false, ["culture-construction"]),
    "any for all": (RULES, "all", any_of_all, ["disabled-employment"]),
    "steps cut off": (RULES, "steps", no_steps, ["soil-water-compensation"]),
    "first relief dropped": (column_cases.HeldColumn, "those", dropped, ["culture-construction"]),
    "a relief of the base covers all": (
        column_cases.HeldColumn,
        "those",
        whole_relief,
        ["realestate-registration"],
    ),
    "open reliefs unasked": (LineCase, "_leave_open", relief_unasked, ["culture-construction"]),
    "a decimal lost": (column_facts, "_least_scale", scale_lost, ["culture-construction"]),
    "numbers that wrap": (columns, "fit_line", wrapping, ["disabled-employment"]),
    "bounds not held": (
        column_facts,
        "_out_of_bounds",
        nothing_out_of_bounds,
        ["patent-annual", "disabled-employment"],
    ),
}


def noticed(edition, plan, requests, items):
    """Say whether the columns come to something else, or to nothing that can be."""
    try:
        return any(
            True for item in items for _ in differences_from_engine(plan, edition, requests[item])
        )
    except (ValueError, OverflowError, IndexError):
        return True


@pytest.mark.parametrize("name", FAULTS)
def test_planted_faults_of_the_columns_are_noticed(monkeypatch, edition, plan, requests, name):
    place, part, wrong, items = FAULTS[name]
    items = [item for item in items if item in requests]
    if isinstance(place, dict):
        monkeypatch.setitem(place, part, wrong)
    else:
        monkeypatch.setattr(place, part, wrong)
    asked = dict(requests)
    if name == "bounds not held":
        asked = {i: refused_of(edition, i) for i in items}

    assert noticed(edition, plan, asked, items)


def refused_of(edition, item):
    about = edition["items"][item]
    return [each for line in about["lines"] for each in requests_refused(edition, about, line)]


def test_days_one_off_are_noticed(edition, plan, requests):
    """A window, a relief or an event asked about one day late is seen in the columns."""
    item = "culture-construction"
    late = {}
    for request in requests[item]:
        on = date.fromisoformat(request.on)
        late.setdefault(on, []).append(request)
    ends = [day for day in late if date.fromordinal(day.toordinal() + 1) in late]
    seen = 0
    for day in ends:
        asked = late[day]
        key = (day.isoformat(), asked[0].region, asked[0].items, asked[0].lines)
        tomorrow = (date.fromordinal(day.toordinal() + 1).isoformat(), *key[1:])
        same = [r for r in asked if (r.region, r.items, r.lines) == key[1:]]
        one, other = (columns_of(plan, edition, each, same) for each in (key, tomorrow))
        seen += [c.codes.tolist() for c in one.lines] != [c.codes.tolist() for c in other.lines]
    assert seen >= 3


def test_every_finding_has_one_code():
    told = [finding for finding in FINDINGS if finding is not None]
    assert len(set(told)) == len(told) == len(FINDINGS) - 1
