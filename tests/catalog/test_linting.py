"""Findings of a review: every kind is found where it was planted, and only there."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from feeledger.catalog.acceptances import read_acceptances
from feeledger.catalog.canonical import seal_catalog
from feeledger.catalog.items import Basis, Condition, Document, NoRate, Window
from feeledger.catalog.items import Test as Comparison
from feeledger.catalog.lint_names import issuer_of, names_alike, number_of
from feeledger.catalog.lint_ranges import can_hold, can_hold_together
from feeledger.catalog.lint_texts import LINT_TEXTS
from feeledger.catalog.linting import (
    EditionDoubtful,
    demand_settled,
    gather_lints,
    lints_of,
    unsettled_of,
)
from feeledger.catalog.rates import Fixed, Percent, Point, Tier
from feeledger.errors import Text
from tests.builders import CATALOGS, the_catalog

EDITION = CATALOGS / "hebei" / "compiled-2026-11-24"
SOIL, PLATE = "soil-water-compensation", "vehicle-certificate"


def planted(item_id, **parts):
    """Give the repository's edition with one item changed; ``lines`` and the like by function."""
    catalog = the_catalog()
    item = catalog.items[item_id]
    made = {k: part(getattr(item, k)) if callable(part) else part for k, part in parts.items()}
    items = {**catalog.items, item_id: replace(item, **made)}
    return seal_catalog(replace(catalog, items=items))


def new_keys(catalog):
    """Give what is found now and was not before."""
    before = {lint.key for lint in lints_of(the_catalog())}
    return {lint.key for lint in lints_of(catalog)} - before


def line_of(item_id, line_id):
    return next(line for line in the_catalog().items[item_id].lines if line.id == line_id)


def with_line(item_id, line_id, **parts):
    return planted(
        item_id,
        lines=lambda lines: tuple(
            replace(line, **parts) if line.id == line_id else line for line in lines
        ),
    )


def test_of(fact, op, value):
    number = Decimal(str(value)) if isinstance(value, int | str) and str(value).isdigit() else value
    return Comparison(fact, op, number)


test_of.__test__ = False


def all_of(*tests):
    return Condition("all", tuple(tests))


LICENCE = "vehicle-certificate.licence"  # per unit, by vehicle_licences, since July 2017


def split_line(low, high, lower_amount, upper_amount):
    """Put two neighbouring prices in a line's place: up to and above 10 licences."""
    line = line_of(PLATE, LICENCE)
    parts = [
        replace(line, id=f"{LICENCE}-low", series=f"{LICENCE}-low", applies_when=all_of(low),
                rate=replace(line.rate, amount=Decimal(lower_amount))),
        replace(line, id=f"{LICENCE}-high", series=f"{LICENCE}-high", applies_when=all_of(high),
                rate=replace(line.rate, amount=Decimal(upper_amount))),
    ]  # fmt: skip
    return planted(PLATE, lines=lambda lines: (*(x for x in lines if x.id != LICENCE), *parts))


def relief(item_id, series, when, *, effect="multiply", factor="0.5", window=None, **parts):
    """Make a relief after one that is there."""
    model = next(r for item in the_catalog().items.values() for r in item.reliefs)
    window = window or Window(date(2020, 1, 1), None)
    made = replace(
        model,
        id=series,
        series=series,
        item=item_id,
        effect=effect,
        when=when,
        window=window,
        factor=Decimal(factor),
        lines=(),
        place=None,
        base_only=False,
    )
    return replace(made, **parts)


SIZE = Comparison("enterprise_size", "in", ("small",))
MICRO = Comparison("enterprise_size", "in", ("micro",))


def plant_price_gap():
    line = line_of(PLATE, LICENCE)
    later = replace(line, id=f"{LICENCE}@2030", window=Window(date(2030, 1, 1), None))
    ended = replace(line, window=replace(line.window, end=date(2028, 1, 1)))
    lines = tuple(ended if x.id == LICENCE else x for x in the_catalog().items[PLATE].lines)
    return planted(PLATE, lines=(*lines, later))


def plant_price_overlap():
    twin = replace(line_of(PLATE, LICENCE), id=f"{LICENCE}@2020", window=Window(date(2020, 1, 1)))
    return planted(PLATE, lines=lambda lines: (*lines, twin))


def plant_doubled():
    twin = replace(line_of(PLATE, LICENCE), id=f"{LICENCE}-2", series=f"{LICENCE}-2")
    return planted(PLATE, lines=lambda lines: (*lines, twin))


def plant_reliefs(*rows):
    return planted(PLATE, reliefs=rows)


def plant_issuer():
    catalog = the_catalog()
    key = "冀财税〔2015〕34号"
    document = Document(
        key="财税[2015]34号", title=Text("另", "another"), seen_in=(), number_status="seen"
    )
    documents = {**catalog.documents, document.key: document}
    assert key in documents
    item = catalog.items[PLATE]
    items = {
        **catalog.items,
        PLATE: replace(item, basis=Basis((*item.basis.documents, document.key))),
    }
    return seal_catalog(replace(catalog, documents=documents, items=items))


def tiers_falling():
    item, line = next(
        (item, line)
        for item in the_catalog().items.values()
        for line in item.lines
        if type(line.rate).__name__ == "Tiers"
    )
    bands = (Tier(Decimal(5), Decimal(100)), Tier(None, Decimal(80)))
    rate = replace(line.rate, tiers=bands)
    return with_line(item.id, line.id, rate=rate), f"{line.id} + {rate.by}=5"


PLANTED = {
    "price-gap": (plant_price_gap, f"{PLATE} + {LICENCE}"),
    "price-overlap": (plant_price_overlap, f"{LICENCE} + {LICENCE}@2020"),
    "price-doubled": (plant_doubled, f"{LICENCE} + {LICENCE}-2"),
    "condition-gap": (
        lambda: split_line(
            test_of("vehicle_licences", "lt", 10), test_of("vehicle_licences", "gt", 10), "10", "12"
        ),
        f"{LICENCE}-low + {LICENCE}-high",
    ),
    # 10 licences at 10 yuan are 100; the next at 6 yuan each starts from 60.
    "total-falls": (
        lambda: split_line(
            test_of("vehicle_licences", "lte", 10), test_of("vehicle_licences", "gt", 10), "10", "6"
        ),
        f"{LICENCE}-low + {LICENCE}-high + vehicle_licences=10",
    ),
    "relief-gap": (
        lambda: plant_reliefs(
            relief(
                PLATE, "plate-half", all_of(SIZE), window=Window(date(2020, 1, 1), date(2021, 1, 1))
            ),
            relief(
                PLATE,
                "plate-half",
                all_of(SIZE),
                window=Window(date(2022, 1, 1)),
                id="plate-half@2022",
            ),
        ),
        f"{PLATE} + plate-half",
    ),
    "relief-overlap": (
        lambda: plant_reliefs(
            relief(PLATE, "plate-half", all_of(SIZE)),
            relief(PLATE, "plate-half", all_of(SIZE), id="plate-half@2022"),
        ),
        "plate-half + plate-half@2022",
    ),
    "reliefs-unordered": (
        lambda: plant_reliefs(
            relief(PLATE, "plate-half", all_of(SIZE)),
            relief(PLATE, "plate-few", all_of(test_of("vehicle_licences", "lt", 3))),
        ),
        "plate-half + plate-few",
    ),
    "relief-dead": (
        lambda: plant_reliefs(
            relief(
                PLATE,
                "plate-old",
                all_of(SIZE),
                window=Window(date(1990, 1, 1), date(1990, 6, 1)),
                lines=(LICENCE,),
            ),
        ),
        f"{PLATE} + plate-old",
    ),
    "condition-dead": (
        lambda: plant_reliefs(relief(PLATE, "plate-never", all_of(SIZE, MICRO))),
        "plate-never",
    ),
    "condition-idle": (
        lambda: plant_reliefs(
            relief(PLATE, "plate-ever", all_of(test_of("vehicle_licences", "gte", 0)))
        ),
        "plate-ever",
    ),
    "department-missing": (lambda: planted(PLATE, department=Text("未知", "unknown")), PLATE),
    # It ended on 2011-02-01; the licence is charged to this day.
    "item-revived": (
        lambda: planted("pre-establishment-registration", name=the_catalog().items[PLATE].name),
        f"pre-establishment-registration + {PLATE}",
    ),
    "issuer-once": (plant_issuer, "财税[2015]34号 + 冀财税〔2015〕34号"),
}


@pytest.mark.parametrize("code", LINT_TEXTS)
def test_every_kind_of_finding_is_found_where_it_was_planted(code):
    plant, place = PLANTED[code]
    found = new_keys(plant())

    assert f"{code} {place}" in found


def test_totals_that_fall_in_bands_and_between_points_are_found():
    catalog, place = tiers_falling()
    assert new_keys(catalog) == {f"total-falls {place}"}

    item, line = next(
        (item.id, x)
        for item in the_catalog().items.values()
        for x in item.lines
        if x.id == "eia.report"
    )
    points = (*line.rate.points[:-1], Point(line.rate.points[-1].base, Decimal(1)))
    base = f"{points[-1].base:f}"
    assert f"total-falls eia.report + {line.rate.base}={base}" in new_keys(
        with_line(item, line.id, rate=replace(line.rate, points=points))
    )


def test_a_relief_by_quantity_that_takes_more_than_the_quantity_adds_is_found():
    """10 yuan each: 100 at ten; with half from the tenth on, 50 where nine pay 90."""
    when = all_of(test_of("vehicle_licences", "gte", 10))

    found = new_keys(plant_reliefs(relief(PLATE, "plate-many", when, lines=(LICENCE,))))

    assert f"total-falls {LICENCE} + vehicle_licences=10" in found


def priced(**rates):
    """Put neighbouring prices in the licence's place, by name: a condition and a rate each."""
    line = line_of(PLATE, LICENCE)
    parts = [
        replace(line, id=f"{LICENCE}-{name}", series=f"{LICENCE}-{name}", applies_when=all_of(*tests),
                rate=rate or line.rate)
        for name, (tests, rate) in rates.items()
    ]  # fmt: skip
    return planted(PLATE, lines=lambda lines: (*(x for x in lines if x.id != LICENCE), *parts))


def few(op, value, fact="vehicle_licences"):
    return test_of(fact, op, value)


def test_a_stretch_between_two_prices_is_a_gap_unless_a_third_price_covers_it():
    """Of whole numbers 11 lies between "10 and fewer" and "12 and more", nothing before "11"."""
    place = f"condition-gap {LICENCE}-low + {LICENCE}-high"
    low, high = ([few("lte", 10)], None), ([few("gte", 12)], None)

    assert place in new_keys(priced(low=low, high=high))
    assert new_keys(priced(low=low, high=([few("gte", 11)], None))) == set()
    middle = [few("gt", 10), few("lt", 12)]
    assert place not in new_keys(priced(low=low, middle=(middle, None), high=high))


def test_totals_fall_between_prices_of_other_forms_too():
    """10 at 10 yuan each are 100, beyond them 50 flat; 1 % of a million is 10,000, then 0.5 %."""
    flat = priced(low=([few("lte", 10)], None), high=([few("gt", 10)], Fixed(Decimal(50), "次")))
    assert new_keys(flat) == {f"total-falls {LICENCE}-low + {LICENCE}-high + vehicle_licences=10"}

    sold = "ad_sales_incl_vat"
    parts = priced(
        low=([few("lte", 1_000_000, sold)], Percent(Decimal(1), sold)),
        high=([few("gt", 1_000_000, sold)], Percent(Decimal("0.5"), sold)),
    )
    assert new_keys(parts) == {f"total-falls {LICENCE}-low + {LICENCE}-high + {sold}=1000000"}


def test_a_relief_whose_case_no_price_has_is_dead():
    over = priced(low=([few("gt", 5)], None))
    item = over.items[PLATE]
    never = relief(PLATE, "plate-few", all_of(few("lte", 5)), lines=(f"{LICENCE}-low",))
    catalog = replace(over, items={**over.items, PLATE: replace(item, reliefs=(never,))})

    assert f"relief-dead {PLATE} + plate-few" in new_keys(seal_catalog(catalog))


def test_a_declared_hole_and_reliefs_that_exclude_each_other_are_no_findings():
    gap = plant_price_gap()
    hole = NoRate(LICENCE, Window(date(2028, 1, 1), date(2030, 1, 1)), Text("无", "none"))
    item = replace(gap.items[PLATE], no_rate=(hole,))
    declared = seal_catalog(replace(gap, items={**gap.items, PLATE: item}))
    apart = plant_reliefs(
        relief(PLATE, "plate-half", all_of(SIZE)), relief(PLATE, "plate-other", all_of(MICRO))
    )

    assert new_keys(declared) == set()
    assert new_keys(apart) == set()


def test_conditions_are_held_against_bounds_whole_numbers_and_values():
    facts = the_catalog().facts
    assert facts["vehicle_licences"].type == "int"
    between = [test_of("vehicle_licences", "gt", 3), test_of("vehicle_licences", "lt", 4)]

    assert not can_hold(between, facts)  # no whole number lies between 3 and 4
    assert can_hold([test_of("vehicle_licences", "gte", 3), between[1]], facts)
    assert not can_hold([test_of("vehicle_licences", "lt", 0)], facts)
    assert not can_hold_together(all_of(SIZE), all_of(MICRO), facts)
    assert can_hold_together(all_of(SIZE), Condition("any", (MICRO, SIZE)), facts)
    assert can_hold_together(None, all_of(SIZE), facts)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("企业注册登记费", "企业注册登记服务费", True),
        ("白蚁防治费", "白蚁预防服务费", True),
        ("住房转让手续费", "住房交易转让手续费", True),
        ("排污费", "污水处理费", False),
        ("诉讼费", "诉讼费", True),
    ],
)
def test_names_are_alike_without_their_common_endings(one, other, alike):
    assert names_alike(one, other) is alike


def test_numbers_are_told_from_their_issuers_whatever_the_brackets():
    assert number_of("冀财税〔2016〕055号") == number_of("财税[2016]55号") == "2016-55"
    assert issuer_of("冀财税〔2016〕55号") == "冀财税"
    assert number_of("中华人民共和国水土保持法") == ""


def test_every_finding_of_the_hebei_edition_is_settled_with_a_reason():
    lints = lints_of(the_catalog())
    reasons, faults = read_acceptances(EDITION, lints)

    assert faults == ()
    assert [lint.key for lint in unsettled_of(lints, reasons)] == []
    assert len(lints) == 23
    demand_settled(the_catalog(), reasons)
    with pytest.raises(EditionDoubtful) as refused:
        demand_settled(the_catalog(), {})
    assert len(refused.value.facts["findings"]) == 23


def test_equal_findings_are_told_once_with_their_number_and_places():
    lints = lints_of(the_catalog())
    gathered = gather_lints(lints, {})

    assert sum(len(same.each) for same in gathered) == len(lints)
    said = [(same.lint.code, same.lint.problem) for same in gathered]
    assert len(said) == len(set(said))
    doubled = next(same for same in gathered if len(same.each) > 1)
    told = doubled.lint.to("zh", count=len(doubled.each))
    assert f"{doubled.lint.code} ×{len(doubled.each)} " in told
    # Another reason for one of them is another opinion: it is told by itself.
    apart = gather_lints(lints, {doubled.each[0].key: "另有理由"})
    assert len(apart) == len(gathered) + 1


def test_a_reason_for_what_is_no_finding_or_is_an_error_is_a_fault(tmp_path):
    text = """accepted:
  - code: price-doubled
    at: [soil-water.none + soil-water.other]
    why: { zh: 没有这条, en: there is none }
  - code: department-missing
    at: [vehicle-certificate]
    why: { zh: 不能接受, en: not to be accepted }
"""
    (tmp_path / "accepted.yaml").write_text(text, encoding="utf-8")
    lints = lints_of(planted(PLATE, department=Text("-", "-")))

    reasons, faults = read_acceptances(tmp_path, lints)

    assert reasons == {}
    assert [fault.code for fault in faults] == ["acceptance-idle", "acceptance-grave"]
    assert faults[0].line == 3
