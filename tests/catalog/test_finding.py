"""Items are found by what people type: names, aliases, numbers in any brackets, filters, days."""

from datetime import date
from pathlib import Path

import pytest

from feeledger.catalog.finding import Wanted, find_items
from feeledger.catalog.reader import load_catalog

EDITION = Path(__file__).parents[2] / "catalogs" / "hebei" / "compiled-2026-11-24"


@pytest.fixture(scope="module")
def catalog():
    return load_catalog(EDITION)


def found(catalog, **wanted):
    return [item.id for item in find_items(catalog, Wanted(**wanted))]


@pytest.mark.parametrize(
    ("words", "item"),
    [
        ("残保金", "disabled-employment"),
        ("防空地下室", "civil-air-defence"),
        ("number plate", "vehicle-plate"),
        ("IDLE LAND", "idle-land"),
        ("机动车 驾驶证", "vehicle-certificate"),
        ("冀价行费[2014]49号", "vehicle-plate"),
        ("冀价行费〔2014〕49号", "vehicle-plate"),
        ("冀价行费（2014）49号", "vehicle-plate"),
        ("财税(2015)122号", "forest-vegetation"),
        ("water-project-fund.2019", "water-project-fund"),
    ],
)
def test_words_find_the_item(words, item, catalog):
    assert item in found(catalog, words=words)


def test_every_word_must_be_found(catalog):
    assert found(catalog, words="残保金 号牌") == []


def test_nothing_wanted_gives_everything_in_order(catalog):
    assert found(catalog) == list(catalog.items)


def test_filters_narrow(catalog):
    assert found(catalog, category="government_fund", collected_by="grid") == [
        "water-project-fund",
        "renewable-surcharge",
        "reservoir-resettlement",
        "reservoir-local",
        "public-utility-surcharge",
    ]
    assert found(catalog, status="converted_to_tax") == ["water-resource-fee"]
    assert found(catalog, department="人民防空") == ["civil-air-defence"]


def test_a_day_keeps_what_may_be_charged_on_it(catalog):
    before = found(catalog, words="城市公用事业附加", in_force_on=date(2017, 3, 31))
    after = found(catalog, words="城市公用事业附加", in_force_on=date(2017, 4, 1))

    assert (before, after) == (["public-utility-surcharge"], [])
