"""Opening regions, their settings, their units and what these may charge."""

from datetime import timedelta

import pytest

from feeledger.errors import Text
from feeledger.regions.actions import (
    RegionOpen,
    RegionUnknown,
    UnitCodeRefused,
    UnitKnown,
    add_unit,
    change_settings,
    keep_regions,
    let_unit_charge,
    open_region,
    stop_unit_charging,
)
from feeledger.regions.queries import (
    RegionNotOpen,
    RegionSettings,
    UnitUnknown,
    items_of_unit,
    open_regions,
    region_named,
    region_settings,
    unit_of,
    units_of,
)
from tests.builders import (
    CLERK,
    LONG_AGO,
    NOW,
    OTHER_REGION,
    REGION,
    SOIL_ITEM,
    TODAY,
    WATER_UNIT,
    WINDOW,
    a_place,
    a_region,
    a_unit,
    the_regions,
)


def test_the_fiscal_regions_are_entered_once_with_their_parents(any_store):
    with any_store.write() as session:
        first = keep_regions(session, the_regions(), by=CLERK, now=NOW)
        again = keep_regions(session, the_regions(), by=CLERK, now=NOW)
        assert region_named(session, REGION).parent == "130100"
        assert region_named(session, "133100").gb_code is None

    assert first > 180
    assert again == 0


def test_a_region_is_opened_once_and_only_if_known(any_store):
    with any_store.write() as session:
        a_region(session)
        with pytest.raises(RegionOpen):
            open_region(session, REGION, RegionSettings(), by=CLERK, now=NOW)
        with pytest.raises(RegionUnknown):
            open_region(session, "999999", RegionSettings(), by=CLERK, now=NOW)
        with pytest.raises(RegionNotOpen):
            region_settings(session, OTHER_REGION)
        assert [row.code for row in open_regions(session)] == [REGION]


def test_settings_begin_strict_and_change_with_a_reason(any_store):
    changed = RegionSettings(
        paycode_profile="none",
        require_prior_query=False,
        single_account=False,
        signature_required=True,
    )
    with any_store.write() as session:
        a_region(session)
        assert region_settings(session, REGION) == RegionSettings()
        change_settings(session, REGION, changed, reason="测试", by=CLERK, now=NOW)

    with any_store.read() as session:
        assert region_settings(session, REGION) == changed


def test_one_unit_is_the_unified_window(any_store):
    with any_store.write() as session:
        a_region(session)
        a_unit(session, WINDOW, items=(), is_window=True)
        with pytest.raises(UnitKnown):
            a_unit(session, "SECOND-WINDOW", items=(), is_window=True)
        with pytest.raises(UnitKnown):
            a_unit(session, WINDOW, items=())
        assert region_settings(session, REGION).window_unit == WINDOW


@pytest.mark.parametrize("code", ["", "U" * 31, "单位", "U/1", "U 1"])
def test_a_units_code_is_short_and_plain(any_store, code):
    with any_store.write() as session:
        a_region(session)
        with pytest.raises(UnitCodeRefused):
            add_unit(
                session,
                REGION,
                code,
                name=Text("单位", "unit"),
                valid_from=TODAY,
                by=CLERK,
                now=NOW,
            )


def test_a_unit_charges_an_item_from_its_first_day_to_the_eve_of_its_last(any_store):
    later = TODAY + timedelta(days=10)
    with any_store.write() as session:
        a_region(session)
        a_unit(session, valid_from=TODAY)
        let_unit_charge(
            session, REGION, WATER_UNIT, [SOIL_ITEM], valid_from=TODAY, by=CLERK, now=NOW
        )
        stop_unit_charging(
            session,
            REGION,
            WATER_UNIT,
            SOIL_ITEM,
            valid_to=later,
            reason="划转",
            by=CLERK,
            now=NOW,
        )

    def charges(day):
        with any_store.read() as session:
            return items_of_unit(session, REGION, WATER_UNIT, day)

    one = timedelta(days=1)
    assert [bool(charges(day)) for day in (TODAY - one, TODAY, later - one, later)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_unit_is_unknown_before_its_first_day(any_store):
    with any_store.write() as session:
        a_place(session)
        assert unit_of(session, REGION, WATER_UNIT, TODAY).unit_code == WATER_UNIT
        with pytest.raises(UnitUnknown):
            unit_of(session, REGION, WATER_UNIT, LONG_AGO - timedelta(days=1))
        with pytest.raises(UnitUnknown):
            unit_of(session, REGION, "NOBODY", TODAY)
        assert len(units_of(session, REGION, TODAY)) == 3
