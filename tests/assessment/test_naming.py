"""Free text to items: exact, alias, partial, close, none."""

from pathlib import Path

import pytest

from feeledger.assessment.naming import match_item
from feeledger.catalog.items import Catalog
from feeledger.catalog.reader import load_catalog

HEBEI = Path(__file__).parents[2] / "catalogs" / "hebei" / "compiled-2026-11-24"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(HEBEI)


@pytest.mark.parametrize(
    ("text", "item", "how"),
    [
        ("不动产登记费", "realestate-registration", "exact"),
        ("realestate-registration", "realestate-registration", "exact"),
        (" 不动产 登记费。", "realestate-registration", "exact"),
        ("Real-estate registration fee", "realestate-registration", "exact"),
        ("机动车行驶证、登记证、驾驶证工本费", "vehicle-certificate", "exact"),
        ("残保金", "disabled-employment", "alias"),
        ("机场建设费", "aviation-fund", "alias"),
    ],
)
def test_names_ids_and_aliases_are_sure(catalog: Catalog, text: str, item: str, how: str) -> None:
    match = match_item(catalog, text)

    assert (match.item, match.how, match.sure) == (item, how, True)


@pytest.mark.parametrize(
    ("text", "item", "how"),
    [
        ("2026年度残疾人就业保障金", "disabled-employment", "partial"),
        ("水土保持", "soil-water-compensation", "partial"),
        ("汽车号牌(反光)", "vehicle-plate", "partial"),
        ("残疾人就业保证金", "disabled-employment", "close"),
        ("价格调控基金", "price-adjustment-fund", "close"),
    ],
)
def test_anything_else_is_not_sure(catalog: Catalog, text: str, item: str, how: str) -> None:
    match = match_item(catalog, text)

    assert (match.item, match.how, match.sure) == (item, how, False)
    assert item in match.candidates


def test_the_longest_name_in_a_text_wins(catalog: Catalog) -> None:
    # 教育费附加 stands in 地方教育费附加 (an alias of the local one)
    assert match_item(catalog, "代收地方教育费附加款").item == "local-education-surcharge"


def test_a_text_that_fits_several_names_chooses_none(catalog: Catalog) -> None:
    match = match_item(catalog, "工本费")

    assert match.item is None
    assert match.how == "partial"
    assert len(match.candidates) > 1


@pytest.mark.parametrize("text", ["卫生赞助费", "水资源税", "费", "", "？？", "x" * 100_000])
def test_what_resembles_nothing_matches_nothing(catalog: Catalog, text: str) -> None:
    match = match_item(catalog, text)

    assert (match.item, match.how, match.sure) == (None, "none", False)


def test_eight_signs_in_ten_are_close_and_fewer_only_resemble(catalog: Catalog) -> None:
    # 白蚁防治费 has 5 signs: 4 of 5 shared is 80 %, 3 of 5 is 60 %
    near = match_item(catalog, "白蚁防治金")
    far = match_item(catalog, "白蚁防灾金")

    assert (near.item, near.how) == ("termite-control", "close")
    assert (far.item, far.how) == (None, "none")
    assert "termite-control" in far.candidates


@pytest.mark.parametrize(
    ("text", "item", "sure"),
    [
        ("不動產登記費", "realestate-registration", True),
        ("殘保金", "disabled-employment", True),
        ("污水處理費", "sewage-treatment", True),
        ("稅務登記證工本費", "tax-registration-certificate", True),
        ("白蟻防治", "termite-control", False),
    ],
)
def test_traditional_characters_are_read_as_simplified_ones(
    catalog: Catalog, text: str, item: str, sure: bool
) -> None:
    match = match_item(catalog, text)

    assert (match.item, match.sure) == (item, sure)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("垃圾费", "urban-waste"),
        ("垃圾費", "urban-waste"),
        ("人事档案费", "personnel-file"),
        ("轮胎许可证", "licence-tyre"),
        ("二维检测费", "transport-second-maintenance"),
        ("人防费", "civil-air-defence"),
    ],
)
def test_a_short_name_is_found_in_the_official_one_and_is_not_sure(
    catalog: Catalog, text: str, item: str
) -> None:
    match = match_item(catalog, text)

    assert (match.item, match.how, match.sure) == (item, "partial", False)


@pytest.mark.parametrize("text", ["停车费", "赞助费", "治安联防费", "茶水费", "消防检测费", "会费"])
def test_what_no_name_holds_stays_unmatched(catalog: Catalog, text: str) -> None:
    assert match_item(catalog, text).how == "none"
