"""Enterprise size (R-V4): every table on, just under and over its bounds."""

import pytest

from feeledger.enterprises.sizes import SECTORS, sector_of_industry, size_of
from feeledger.money import Money

COMPANY = "91130184MA0CQ3T535"
WAN = 1_000_000
# sector: people (large, medium, small), revenue 万元, assets 万元, as the document prints them
PRINTED = {
    "farming": (None, (20000, 500, 50), None),
    "industry": ((1000, 300, 20), (40000, 2000, 300), None),
    "construction": (None, (80000, 6000, 300), (80000, 5000, 300)),
    "wholesale": ((200, 20, 5), (40000, 5000, 1000), None),
    "retail": ((300, 50, 10), (20000, 500, 100), None),
    "transport": ((1000, 300, 20), (30000, 3000, 200), None),
    "storage": ((200, 100, 20), (30000, 1000, 100), None),
    "post": ((1000, 300, 20), (30000, 2000, 100), None),
    "lodging": ((300, 100, 10), (10000, 2000, 100), None),
    "catering": ((300, 100, 10), (10000, 2000, 100), None),
    "information": ((2000, 100, 10), (100000, 1000, 100), None),
    "software": ((300, 100, 10), (10000, 1000, 50), None),
    "real_estate": (None, (200000, 1000, 100), (10000, 5000, 2000)),
}
CLASSES = ("large", "medium", "small", "micro")


def figures_at(sector, rank, *, short=None):
    people, revenue, assets = PRINTED[sector]
    figures = {
        "people": people[rank] if people else None,
        "revenue": revenue[rank] * WAN if revenue else None,
        "assets": assets[rank] * WAN if assets else None,
    }
    if short is not None:
        figures[short] -= 1
    return {
        "people": figures["people"],
        "revenue": Money(figures["revenue"]) if figures["revenue"] is not None else None,
        "assets": Money(figures["assets"]) if figures["assets"] is not None else None,
    }


def test_r_v4_all_thirteen_tables_are_there():
    assert set(SECTORS) == set(PRINTED)


@pytest.mark.parametrize("sector", PRINTED)
@pytest.mark.parametrize("rank", [0, 1, 2])
def test_r_v4_the_bound_belongs_to_the_class(sector, rank):
    assert size_of(COMPANY, SECTORS[sector], **figures_at(sector, rank)).size == CLASSES[rank]


@pytest.mark.parametrize("sector", PRINTED)
@pytest.mark.parametrize("rank", [0, 1, 2])
def test_r_v4_one_indicator_just_under_gives_the_class_below(sector, rank):
    people, revenue, assets = PRINTED[sector]
    for name, bounds in (("people", people), ("revenue", revenue), ("assets", assets)):
        if bounds is not None:
            figures = figures_at(sector, rank, short=name)

            assert size_of(COMPANY, SECTORS[sector], **figures).size == CLASSES[rank + 1]


def test_r_v4_the_weakest_indicator_decides():
    # 5,000 people, but 299.99 万元 of revenue: industry asks for 300 to be small
    finding = size_of(
        COMPANY, SECTORS["industry"], people=5000, revenue=Money(299_990_000), assets=None
    )

    assert finding.size == "micro"


def test_r_v4_a_sole_trader_is_self_employed_before_any_figure():
    finding = size_of("92130600L12345674L", None, people=None, revenue=None, assets=None)

    assert finding.size == "self_employed"


def test_r_v4_a_missing_figure_leaves_it_undetermined_and_named():
    finding = size_of(COMPANY, SECTORS["industry"], people=400, revenue=None, assets=None)

    assert finding.size is None
    assert finding.needs == ("revenue",)


def test_r_v4_a_figure_that_decides_alone_needs_no_other():
    assert (
        size_of(COMPANY, SECTORS["industry"], people=19, revenue=None, assets=None).size == "micro"
    )


def test_r_v4_sectors_whose_bounds_are_not_entered_are_undetermined():
    finding = size_of(
        COMPANY, sector_of_industry("L72", "2017"), people=5, revenue=Money(1), assets=Money(1)
    )

    assert finding.size is None
    assert finding.needs == ("sector",)


@pytest.mark.parametrize(
    ("code", "version", "sector"),
    [
        ("A01", "2017", "farming"),
        ("B06", "2017", "industry"),
        ("C3411", "2017", "industry"),
        ("D44", "2017", "industry"),
        ("E47", "2017", "construction"),
        ("F5111", "2017", "wholesale"),
        ("F52", "2017", "retail"),
        ("G54", "2017", "transport"),
        ("G591", "2011", "storage"),
        ("G5910", "2017", "transport"),
        ("G599", "2017", "storage"),
        ("G60", "2017", "post"),
        ("H61", "2017", "lodging"),
        ("H62", "2017", "catering"),
        ("I63", "2017", "information"),
        ("I65", "2017", "software"),
        ("K7010", "2017", "real_estate"),
        ("K7020", "2017", None),
        ("K70", "2017", None),
        ("G53", "2017", None),
        ("G59", "2017", None),
        ("L72", "2017", None),
        ("O80", "2017", None),
    ],
)
def test_an_industry_code_leads_to_its_sector(code, version, sector):
    found = sector_of_industry(code, version)

    assert (found.key if found else None) == sector
