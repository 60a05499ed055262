"""Whatever changes, the parts add up to the difference, and what is booked leaves none."""

from dataclasses import replace
from decimal import Decimal
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from feeledger.catalog.canonical import seal_catalog
from feeledger.catalog.items import Window
from feeledger.catalog.plan import plan_of
from feeledger.errors import Text
from feeledger.notices.charges import amount_of_charge
from feeledger.reassessments.difference import (
    Difference,
    FactChange,
    Known,
    charges_for,
    parts_of,
)
from feeledger.reassessments.duty import ChargedLine, DutyKey
from feeledger.reassessments.easing import unrelieved
from feeledger.reassessments.fresh import asked_of, fresh_of
from tests.builders import REGION, SOIL_ITEM, SOIL_LINE, WATER_UNIT
from tests.reassessments.books import day, relieved, repriced, the_base

ON = day("2026-03-20")
KEY = DutyKey(SOIL_ITEM, WATER_UNIT, ON)
AMOUNTS = ("0.07", "1.20", "1.40", "1.655", "3")
HALF = Window(day("2026-03-20"), day("2026-03-21"))


@cache
def plan_at(amount, *, half):
    """Give the plan of an edition with a price, and perhaps half for small enterprises."""
    catalog = repriced(the_base(), SOIL_LINE, day("2026-03-01"), Decimal(amount))
    if half:
        catalog = relieved(catalog, SOIL_ITEM, "half", sizes=("small",), factor=Decimal("0.5"), window=HALF)  # fmt: skip
    # Only the item matters here: a plan of one item is made at once.
    catalog = replace(catalog, items={SOIL_ITEM: catalog.items[SOIL_ITEM]})
    edition = replace(
        catalog.edition, id=f"e-{amount.replace('.', '-')}-{'half' if half else 'no'}"
    )
    return plan_of(seal_catalog(replace(catalog, edition=edition)))


def line_charged(fen):
    return ChargedLine(
        1, KEY, "水土保持补偿费", "水利", f"{SOIL_LINE}@20260301", "due", fen, {}, None, None
    )


def of_duty(fresh, counted):
    return Difference(1, KEY, "", "", counted, fresh, (), eased=unrelieved(fresh))


editions = st.builds(
    lambda amount, half: plan_at(amount, half=half), st.sampled_from(AMOUNTS), st.booleans()
)
areas = st.decimals(min_value=0, max_value=10**6, places=3)
sizes = st.sampled_from(("small", "large"))


sides = st.tuples(editions, areas, sizes)


@settings(max_examples=80, deadline=None)
@given(side_then=sides, side_now=sides, earlier=st.integers(0, 10**9))
def test_the_parts_add_up_and_what_is_charged_or_given_back_leaves_nothing(
    side_then, side_now, earlier
):
    then, area_then, size_then = side_then
    now, area_now, size_now = side_now
    facts_then = {"land_occupied_m2": area_then, "enterprise_size": size_then}
    facts_now = {"land_occupied_m2": area_now, "enterprise_size": size_now}
    line = line_charged(earlier)
    asked = asked_of(then, REGION, KEY, (line,), facts_then)
    label = Text("占地", "land")
    fresh, parts = parts_of(
        asked,
        line,
        counted_fen=earlier,
        then=Known(then, facts_then),
        now=Known(now, facts_now),
        changes=(FactChange("land_occupied_m2", label, area_then, area_now, ""),),
    )
    difference = fresh.total.fen - earlier
    assert sum(part.fen for part in parts) == difference

    charged = [
        amount_of_charge(each.charge).fen
        for each in charges_for(of_duty(fresh, earlier), earlier, {"x": 1})
    ]
    assert sum(charged) == max(0, difference)
    assert all(fen > 0 for fen in charged)


def test_two_lines_of_one_duty_take_what_counts_in_their_order():
    """100.00 and 40.00 owed, 120.00 counted: the first is covered, 20.00 of the second is left."""
    plan = plan_at("1.40", half=False)
    facts = {"land_occupied_m2": Decimal(100), "borrow_m3": Decimal(0)}
    asked = asked_of(plan, REGION, KEY, (line_charged(140_00),), facts)
    fresh = fresh_of(plan, asked, facts)
    (owed,) = fresh.owed
    twice = replace(fresh, owed=(owed, owed))

    (charging,) = charges_for(of_duty(twice, 200_00), 200_00, {"x": 1})

    charge = charging.charge
    assert amount_of_charge(charge).fen == 80_00  # 280.00 in all
    assert charge.counted.amount.fen == 60_00


def test_a_price_beside_counts_only_where_a_change_has_made_it_owed():
    """Borrowed earth at 0.30 was known and not charged: left out. Learnt later: 100 m³ add 30.00."""
    plan = plan_at("1.40", half=False)
    line = line_charged(140_00)
    base = {"land_occupied_m2": 100, "soil_water_paid_in_earlier_way": False}
    both = {**base, "borrow_m3": 100}

    knew = asked_of(plan, REGION, KEY, (line,), both)
    learnt = asked_of(plan, REGION, KEY, (line,), base)

    assert fresh_of(plan, knew, both).total.fen == 140_00
    assert fresh_of(plan, learnt, both).total.fen == 170_00


def test_r_c1_the_first_day_of_a_price_and_the_day_before_it():
    """R-C1: the duty's day picks the version: 1.40 on the last day, 3.00 on the first."""
    plan = plan_at("3", half=False)
    facts = {"land_occupied_m2": 10}
    amounts = {}
    for on in (day("2026-02-28"), day("2026-03-01")):
        asked = asked_of(plan, REGION, replace(KEY, obligation_on=on), (line_charged(1),), facts)
        amounts[on] = fresh_of(plan, asked, facts).total.fen

    assert amounts == {day("2026-02-28"): 14_00, day("2026-03-01"): 30_00}


def test_an_item_that_is_no_longer_in_the_edition_cannot_be_told():
    plan = plan_at("3", half=False)
    catalog = replace(plan.catalog, items={})
    empty = plan_of(seal_catalog(replace(catalog, edition=replace(catalog.edition, id="none"))))
    asked = asked_of(plan, REGION, KEY, (line_charged(1),), {})

    assert fresh_of(empty, asked, {}).open.en == "the edition has no such item"
