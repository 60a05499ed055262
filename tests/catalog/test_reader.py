"""The Hebei edition as it is read: nothing lost, and figures checked by hand against the facts."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import process_time

import pytest

from feeledger.catalog.items import Test as Comparison
from feeledger.catalog.rates import (
    FORMS,
    BasePlusExcess,
    Coefficient,
    FloorPrice,
    Formula,
    Interpolate,
    Matrix,
    NotEstablished,
    Percent,
    PerUnit,
    Point,
    Progressive,
    Range,
    Share,
    Tier,
    Tiers,
)
from feeledger.catalog.reader import load_catalog, read_catalog

EDITION = Path(__file__).parents[2] / "catalogs" / "hebei" / "compiled-2026-11-24"


@pytest.fixture(scope="module")
def catalog():
    return load_catalog(EDITION)


@pytest.fixture(scope="module")
def lines(catalog):
    return {line.id: line for item in catalog.items.values() for line in item.lines}


@pytest.fixture(scope="module")
def reliefs(catalog):
    return {relief.id: relief for item in catalog.items.values() for relief in item.reliefs}


def test_the_edition_is_sound():
    catalog, faults = read_catalog(EDITION)

    assert faults == ()
    assert catalog is not None


def test_nothing_of_the_facts_is_lost(catalog, lines, reliefs):
    items = catalog.items.values()

    assert len(items) == 82
    assert len(lines) == 237
    assert len(reliefs) == 39
    assert sum(len(item.events) for item in items) == 50
    assert sum(not fact.class_fact for fact in catalog.facts.values()) == 138
    assert Counter(item.category for item in items) == {
        "administrative": 52,
        "government_fund": 19,
        "operating_service": 11,
    }


def test_the_forms_are_as_many_as_published(lines):
    assert Counter(FORMS[type(line.rate)] for line in lines.values()) == {
        "per_unit": 126,
        "not_established": 37,
        "percent": 22,
        "progressive": 10,
        "base_plus_excess": 9,
        "range": 8,
        "formula": 6,
        "interpolate": 6,
        "floor_price": 4,
        "fixed": 3,
        "tier": 3,
        "free": 2,
        "matrix": 1,
    }


def test_confidence_and_unknown_starts_are_kept(lines):
    assert Counter(line.confidence.level for line in lines.values()) == {
        "high": 136,
        "medium": 93,
        "low": 8,
    }
    assert sum(line.window.begin is None for line in lines.values()) == 175
    assert all(
        line.window.begin_basis == "unknown" for line in lines.values() if line.window.begin is None
    )


def test_riders_are_as_many_as_published(lines):
    rates = [line.rate for line in lines.values()]

    assert sum(getattr(rate, "ceiling", False) for rate in rates) == 3
    assert sum(bool(getattr(rate, "float_down", 0)) for rate in rates) == 12
    assert sum(bool(getattr(rate, "float_up", 0)) for rate in rates) == 9
    assert sum(bool(getattr(rate, "coefficients", ())) for rate in rates) == 9
    assert sum(getattr(rate, "minimum", None) is not None for rate in rates) == 8
    assert sum(getattr(rate, "maximum", None) is not None for rate in rates) == 3
    assert sum(line.rounding is not None for line in lines.values()) == 4
    assert sum(bool(line.adjustments) for line in lines.values()) == 6
    assert sum(line.provisional for line in lines.values()) == 4


def test_every_item_is_ended_or_not_as_the_facts_say(catalog):
    """43 items are no longer chargeable; 35 of the ended ones name the document that did it."""
    statuses = Counter(item.status for item in catalog.items.values())
    ended = [i for i in catalog.items.values() if i.ending(date(2026, 11, 24)) is not None]

    assert statuses["cancelled"] == 34
    assert statuses["suspended"] == 2
    assert statuses["rate_zero"] == 3
    assert statuses["exempt_for_all"] == 3
    assert statuses["converted_to_tax"] == 1
    assert len(ended) == 44  # and the one superseded by another fee


def test_items_carry_wire_codes_in_order(catalog):
    codes = [item.wire_code for item in catalog.items.values()]

    assert codes == [f"X{number:04d}" for number in range(1, 83)]


def test_operating_services_are_sold_and_never_noticed(catalog):
    sold = {item.id for item in catalog.items.values() if item.collected_by == "seller"}
    services = {i.id for i in catalog.items.values() if i.category == "operating_service"}

    assert sold == services


def test_lawful_agents_are_known(catalog):
    by = {item.id: item.collected_by for item in catalog.items.values()}

    assert by["disabled-employment"] == "tax"
    assert by["water-project-fund"] == "grid"
    assert by["sewage-treatment"] == "water"
    assert by["railway-construction-fund"] == "railway"
    assert by["litigation"] == "court"
    assert by["patent"] == "central"
    assert by["civil-air-defence"] == "notice"


def test_bases_not_seen_are_said_to_be_so(lines, reliefs):
    unseen = {relief.id for relief in reliefs.values() if relief.basis.unseen is not None}

    assert unseen == {
        "soil-no-double",
        "infra-affordable-half",
        "infra-student-or-rebuild",
        "culture-half@2025",
        "culture-30k",
    }
    for row in (*lines.values(), *reliefs.values()):
        assert bool(row.basis.documents) != (row.basis.unseen is not None), row.id
        assert row.basis.unseen is None or row.basis.sources, row.id


def test_a_price_is_not_based_on_the_document_that_ended_it(lines):
    assert lines["vehicle-certificate.licence@-2017"].basis.documents == ("发改价格〔2004〕2831号",)
    assert lines["termite-control.any"].basis.documents == ()
    assert lines["pollutant-discharge.so2-nox@2015"].basis.documents == (
        "河北省《关于调整排污费收费标准等有关问题的通知》",
    )


def test_documents_of_one_number_and_two_issuers_stay_apart(catalog):
    assert "冀财税〔2016〕55号" in catalog.documents
    assert "财税〔2016〕55号" not in catalog.documents


def test_only_government_addresses_are_links(catalog):
    links = [source.link for source in catalog.sources.values() if source.link]

    assert len(links) == 12
    assert catalog.sources["quyang-2026"].link.startswith("https://quyang.gov.cn/")
    assert catalog.sources["mof-2023-8"].link == ""


def test_the_edition_says_what_it_is_not(catalog):
    edition = catalog.edition

    assert edition.kind == "compilation"
    assert edition.notice.en == "compiled from public texts, not an official publication"
    assert edition.notice.zh == "据公开文本汇编，不是官方公布"
    assert len(edition.gaps) > 15
    assert {ending.document for ending in edition.unlisted} >= {"财综[2013]98号", None}
    assert len(edition.sha256) == 64


def test_every_text_for_people_is_in_both_languages(catalog):
    for item in catalog.items.values():
        for line in item.lines:
            for text in (line.name, line.confidence.note, line.basis.unseen):
                assert text is None or (text.zh.strip() and text.en.strip())
    for document in catalog.documents.values():
        assert any("一" <= sign <= "龥" for sign in document.title.zh), document.key


def test_reading_takes_well_under_a_second_and_a_half():
    start = process_time()

    load_catalog(EDITION)

    assert process_time() - start < 1.5


# Figures, each compared with the published facts by hand.

PER_UNIT = {
    "vehicle-plate.car-reflective": ("100", ("plates_car_reflective",)),
    "vehicle-plate.temporary": ("5", ("plates_temporary",)),
    "vehicle-certificate.licence@-2017": ("15", ("vehicle_licences",)),
    "vehicle-certificate.licence": ("10", ("vehicle_licences",)),
    "soil-water.general-construction": ("1.4", ("land_occupied_m2",)),
    "soil-water.national-ceiling@-2017": ("2", ("land_occupied_m2",)),
    "civil-air-defence.other-county": ("1000", ("shelter_area_required_m2",)),
    "sewage.wei-other": ("0.90", ("sewage_m3",)),
    "garbage-sjz.unit-staff@2018": ("1.5", ("staff_prev_yearend", "months")),
    "infrastructure-matching.residential": ("53.8", ("new_floor_area_m2",)),
    "water-project-fund.2018": ("0.0039375", ("electricity_kwh",)),
    "water-project-fund.2019": ("0.00196875", ("electricity_kwh",)),
    "reservoir-local.any": ("0.0005", ("electricity_kwh",)),
    "aviation-fund.international-passenger": ("70", ("passengers_international",)),
    "waste-appliance.computer": ("10", ("units_computer",)),
    "radio-frequency.v2x-ten-provinces": ("1500000", ("bandwidth_mhz", "years")),
    "device-registration.class3-import-first": ("308800", ("registration_units",)),
    "patent.annuity-16-20": ("8000", ("patents_held",)),
    "pollutant-discharge.water@2017": ("5.6", ("water_equivalents",)),
}


@pytest.mark.parametrize("name", PER_UNIT)
def test_prices_by_unit_are_as_published(name, lines):
    amount, quantities = PER_UNIT[name]
    rate = lines[name].rate

    assert isinstance(rate, PerUnit)
    assert (rate.amount, rate.quantities) == (Decimal(amount), quantities)


def test_windows_are_half_open_and_both_ends_were_counted(lines):
    old, new = lines["vehicle-certificate.licence@-2017"], lines["vehicle-certificate.licence"]

    assert old.window.end == new.window.begin == date(2017, 7, 1)
    assert old.window.covers(date(2017, 6, 30))
    assert not old.window.covers(date(2017, 7, 1))
    assert old.series == new.series == "vehicle-certificate.licence"


def test_an_unknown_start_keeps_its_lower_bound(lines):
    window = lines["realestate-registration.residential"].window

    assert (window.begin, window.not_before, window.end) == (None, date(2016, 7, 12), None)
    assert not window.covers(date(2016, 7, 11))


def test_registration_is_a_base_and_an_excess(lines):
    assert lines["realestate-registration.non-residential"].rate == BasePlusExcess(
        base_amount=Decimal(550),
        included=Decimal(1),
        excess_amount=Decimal(10),
        unit="本证书",
        quantity="certificates_issued",
        times="registrations",
    )


def test_percents_have_their_bounds(lines):
    assert lines["price-appraisal.registration"].rate == Percent(
        Decimal("0.5"), "annual_sales", Decimal(1000), Decimal(300000)
    )
    assert lines["plant-quarantine.transport-cash-crop"].rate.percent == Decimal("0.45")


def test_the_court_fee_has_a_flat_first_bracket(lines):
    rate = lines["litigation.property-acceptance"].rate

    assert isinstance(rate, Progressive)
    first, second, last = rate.brackets[0], rate.brackets[1], rate.brackets[-1]
    assert (first.upto, first.amount, first.share) == (Decimal(10000), Decimal(50), None)
    assert (second.upto, second.share, second.written) == (
        Decimal(100000),
        Decimal("0.025"),
        "2.5%",
    )
    assert (last.upto, last.share) == (None, Decimal("0.005"))


def test_permille_is_a_thousandth_and_a_float_may_go_down_only(lines):
    rate = lines["cost-consulting.budget"].rate

    assert rate.brackets[0].share == Decimal("0.004")
    assert rate.brackets[0].written == "4.0‰"
    assert (rate.float_up, rate.float_down) == (0, Decimal("0.2"))
    assert rate.minimum == 3000


def test_the_noise_table_rises_to_sixteen_decibels(lines):
    rate = lines["pollutant-discharge.noise"].rate

    assert isinstance(rate, Tiers)
    assert len(rate.tiers) == 16
    assert rate.tiers[6] == Tier(Decimal(7), Decimal(1400))
    assert rate.tiers[-1] == Tier(None, Decimal(11200))


def test_the_trading_centre_has_a_ceiling_between_two_and_a_split(lines):
    rate = lines["construction-trading.works"].rate

    assert rate.ceiling
    assert rate.tiers[-1] == Tier(None, Decimal(30000), Decimal(20000))
    assert rate.split == (Share("tenderer", Decimal("0.5")), Share("winner", Decimal("0.5")))


def test_the_supervision_table_is_interpolated(lines):
    rate = lines["construction-supervision.base"].rate

    assert isinstance(rate, Interpolate)
    assert len(rate.points) == 16
    assert rate.points[0] == Point(Decimal(5000000), Decimal(165000))
    assert rate.points[-1] == Point(Decimal(10000000000), Decimal(103901000))
    assert rate.beyond_percent == Decimal("1.039")
    assert rate.coefficients[1] == Coefficient(
        "complexity_coefficient", (Decimal("0.85"), Decimal("1.0"), Decimal("1.15"))
    )
    assert (rate.float_up, rate.float_down) == (Decimal("0.2"), Decimal("0.2"))


def test_the_report_is_flat_beyond_ten_billion_and_the_form_has_no_price_there(lines):
    assert lines["eia.report"].rate.beyond_amount == Decimal(1100000)
    assert lines["eia.form"].rate.beyond_amount is None
    assert lines["eia.form"].rate.beyond_percent is None


def test_airlines_pay_by_weight_and_route(lines):
    rate = lines["aviation-fund.airline"].rate

    assert isinstance(rate, Matrix)
    assert rate.row_bands == (Decimal(50), Decimal(100), Decimal(200), None)
    assert rate.cells[2] == (Decimal("1.38"), Decimal("1.10"), Decimal("0.88"))


def test_ranges_and_floors_are_kept(lines):
    assert isinstance(lines["medical-waste.beds"].rate, Range)
    assert lines["medical-waste.beds"].rate.set_by.zh == "市、县价格主管部门"
    assert lines["emission-permit.nh3n"].rate == FloorPrice(
        Decimal(8000), "吨", ("permit_tonnes",), "agreed_price_per_tonne"
    )


def test_the_levy_is_capped_from_april_2018_at_twice_the_average(lines):
    rate = lines["disabled-employment.cap2"].rate

    assert isinstance(rate, Formula)
    assert rate.expression == (
        "max(0, headcount * quota_ratio - disabled_employed)"
        " * min(average_wage, cap_multiple * social_average_wage)"
    )
    assert dict(rate.constants) == {"quota_ratio": Decimal("0.015"), "cap_multiple": Decimal(2)}


def test_the_mineral_formula_divides_once_at_the_end(lines):
    rate = lines["mineral-resource-compensation.formula"].rate

    assert rate.divisor == "hundred * actual_recovery_rate"
    assert "/" not in rate.expression


def test_figures_not_found_say_so(lines):
    rate = lines["device-registration.class2-domestic"].rate

    assert isinstance(rate, NotEstablished)
    assert rate.reason.en == "set by the province; the Hebei amount was not found"


def test_conditions_are_typed(lines, reliefs):
    idle = lines["idle-land.one-to-two-years"].applies_when

    assert idle.tests == (
        Comparison("idle_months", "gte", Decimal(12)),
        Comparison("idle_months", "lt", Decimal(24)),
        Comparison("idle_by_force_majeure_or_government", "eq", value=False),
    )
    assert reliefs["levy-tier-half"].when.tests[1] == Comparison(
        "disabled_share", "lt", Decimal("0.015")
    )
    assert reliefs["culture-half@2019"].when.tests == ()
    assert reliefs["infra-student-or-rebuild"].when.kind == "any"


def test_reliefs_keep_their_effects_and_limits(reliefs):
    assert reliefs["re-small-enterprise"].base_only
    assert reliefs["patent-85"].factor == Decimal("0.15")
    assert len(reliefs["patent-85"].lines) == 5
    assert reliefs["cad-schools"].place == "石家庄市"
    assert reliefs["cad-care-medical"].effect == "unknown_reduction"
    assert reliefs["soil-no-double"].effect == "not_charged_twice"
    assert reliefs["levy-30"].window.end == date(2028, 1, 1)


def test_the_provisional_price_names_its_letter(lines):
    line = lines["civil-air-defence.6b-county"]

    assert line.provisional
    assert line.provisional_document == "河北省发展和改革委员会2022年10月14日函"


def test_divisors_have_a_bound_of_their_own(catalog):
    """README rule 12: a zero is refused only where an asked line divides by it."""
    assert catalog.facts["headcount"].low == 0
    assert catalog.facts["headcount"].divisor_low == 1
    assert catalog.facts["actual_recovery_rate"].divisor_low == Decimal("0.000001")
    assert catalog.facts["disabled_share"].derived == ("disabled_employed", "headcount")


def test_numbers_are_bounded_as_the_facts_say(catalog):
    facts = catalog.facts

    assert (facts["sewage_m3"].high, facts["sewage_m3"].decimals) == (10**12, 6)
    assert (facts["claim_amount"].high, facts["claim_amount"].decimals) == (10**13, 6)
    assert (facts["beds"].high, facts["beds"].decimals) == (10**12, 0)


def test_the_one_hole_between_two_versions_is_declared(catalog):
    holes = [hole for item in catalog.items.values() for hole in item.no_rate]

    assert [(hole.series, hole.window.begin, hole.window.end) for hole in holes] == [
        ("renewable-surcharge.other", date(2011, 12, 1), date(2016, 1, 1))
    ]


def test_retroactive_ends_say_when_they_were_announced(catalog):
    event = catalog.items["port-construction"].events[0]

    assert (event.day, event.announced_on) == (date(2021, 1, 1), date(2021, 3, 19))


def test_class_facts_choose_lines_and_drive_nothing(catalog):
    groups = [group for item in catalog.items.values() for group in item.alternatives]
    civil = catalog.items["civil-air-defence"].alternatives[0]

    assert len(groups) == 28
    assert all(catalog.facts[group.class_fact].class_fact for group in groups)
    assert civil.classes == (
        ("grade_6b", "civil-air-defence.6b-city@2019"),
        ("other", "civil-air-defence.other-city@2019"),
    )


def test_places_cover_what_lies_below_them(catalog):
    places = catalog.places

    assert places["河北省"].covers("130184")
    assert places["石家庄市"].covers("130181")
    assert not places["石家庄市"].covers("130000")
    assert places["河北南部电网"].covers("133100")
    assert places["唐山港、黄骅港"].lies_below("130000")
