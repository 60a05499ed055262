"""Fiscal regions of Hebei (R-V2) and their strict reader."""

from datetime import date
from pathlib import Path

import pytest

from feeledger.regions.reader import Regions, judge_region, load_regions, read_regions

CATALOGS = Path(__file__).parents[2] / "catalogs"
TODAY = date(2026, 11, 24)
SOUND = """\
province: "130000"
known_since: "2013-01-01"
regions:
  - {code: "130000", name: 河北省, name_en: Hebei Province, level: province}
  - {code: "130600", name: 保定市, name_en: Baoding City, level: city, parent: "130000"}
  - {code: "130602", name: 新市区, name_en: Xinshi District, level: county, parent: "130600", valid_to: "2015-04-27", to_basis: seen}
  - {code: "130602", name: 竞秀区, name_en: Jingxiu District, level: county, parent: "130600", valid_from: "2015-04-28", from_basis: seen}
"""


@pytest.fixture(scope="module")
def regions() -> Regions:
    return load_regions(CATALOGS)


def valid_rows(regions: Regions, day: date) -> list[tuple[str, str, str]]:
    return [(row.code, row.level, row.parent) for row in regions.rows if row.valid_on(day)]


def test_hebei_has_167_county_units_eleven_cities_and_xiongan_today(regions: Regions) -> None:
    rows = valid_rows(regions, TODAY)

    assert sum(level == "county" for _, level, _ in rows) == 167
    assert sorted(code for code, level, _ in rows if level == "city") == [
        "130100", "130200", "130300", "130400", "130500", "130600",
        "130700", "130800", "130900", "131000", "131100", "133100",
    ]  # fmt: skip
    assert [code for code, level, _ in rows if level == "province"] == ["130000"]


def test_dingzhou_and_xinji_settle_with_the_province(regions: Regions) -> None:
    for code in ("130682", "130181"):
        region = regions.known_region(code, TODAY)

        assert region is not None
        assert (region.level, region.parent) == ("county", "130000")


def test_xiongan_begins_in_2017_and_takes_three_counties_from_baoding(regions: Regions) -> None:
    assert regions.known_region("133100", date(2017, 3, 31)) is None
    assert regions.known_region("133100", date(2017, 4, 1)) is not None
    for code in ("130629", "130632", "130638"):
        before = regions.known_region(code, date(2017, 3, 31))
        after = regions.known_region(code, date(2017, 4, 1))

        assert before is not None
        assert after is not None
        assert (before.parent, after.parent) == ("130600", "133100")


def test_r_v2_a_code_may_change_its_name(regions: Regions) -> None:
    before = regions.known_region("130602", date(2015, 4, 27))
    after = regions.known_region("130602", date(2015, 4, 28))

    assert before is not None
    assert after is not None
    assert (before.name.zh, after.name.zh) == ("新市区", "竞秀区")


def test_every_parent_of_a_valid_region_is_valid_itself(regions: Regions) -> None:
    for day in (date(2013, 1, 1), date(2016, 6, 1), TODAY):
        codes = {code for code, _, _ in valid_rows(regions, day)}

        assert {parent for _, _, parent in valid_rows(regions, day) if parent} <= codes


def test_english_names_keep_the_apostrophe(regions: Regions) -> None:
    names = {row.code: row.name.en for row in regions.rows}

    assert names["130102"] == "Chang'an District"
    assert names["130184"] == "Xinle City"
    assert names["130225"] == "Laoting County"


@pytest.mark.parametrize(
    "code", ["130000", "130100", "130184", "130181", "130682", "131100", "133100", "320682"]
)
def test_r_v2_known_codes_are_accepted_without_a_warning(regions: Regions, code: str) -> None:
    judgement = judge_region(code, regions, on=TODAY)

    assert judgement.value == code
    assert judgement.warnings == ()


@pytest.mark.parametrize("code", ["130185", "132304", "132329", "130103", "130501"])
def test_r_v2_old_codes_are_still_read_and_warn_where_ended(regions: Regions, code: str) -> None:
    judgement = judge_region(code, regions, on=TODAY)

    assert judgement.value == code
    assert bool(judgement.warnings) == (code != "130501")


def test_r_v2_a_code_not_yet_begun_warns(regions: Regions) -> None:
    assert (
        "begins on 2017-04-01"
        in judge_region("133100", regions, on=date(2016, 1, 1)).warnings[0].en
    )
    assert "begins in 2022" in judge_region("659012", regions, on=date(2016, 1, 1)).warnings[0].en


@pytest.mark.parametrize("code", ["139999", "000000", "990000", "130186"])
def test_r_v2_codes_never_issued_are_refused(regions: Regions, code: str) -> None:
    assert judge_region(code, regions, on=TODAY).code == "region-unknown"


def test_r_v2_the_shape_comes_first(regions: Regions) -> None:
    assert judge_region("13018", regions, on=TODAY).code == "region-length"


def test_r_v2_a_code_of_another_province_is_judged_by_whole_years(regions: Regions) -> None:
    # 110103 崇文区 until 2010
    assert judge_region("110103", regions, on=date(2010, 12, 31)).warnings == ()
    assert "ended in 2010" in judge_region("110103", regions, on=date(2011, 1, 1)).warnings[0].en


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    text = SOUND.replace(
        "to_basis: seen", 'to_basis: seen, valid_from: "2015-04-28", from_basis: seen'
    )

    assert ("region-row", 6) in faults_of(text)


def faults_of(text: str) -> list[tuple[str, int]]:
    rows, faults = read_regions(text, "_regions/hebei.yaml")

    assert (rows is None) == bool(faults)
    return [(fault.code, fault.line) for fault in faults]


def test_a_sound_file_has_no_faults() -> None:
    assert faults_of(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('code: "130600"', "code: 130600", ("value-type", 5)),
        ('code: "130600"', 'code: "13060"', ("region-row", 5)),
        ("level: city", "level: town", ("value-unknown", 5)),
        ('parent: "130600", valid_to', 'parent: "130700", valid_to', ("region-row", 6)),
        ("level: province}", 'level: province, parent: "130600"}', ("region-row", 4)),
        ('"2015-04-27"', '"2015-04-28"', ("region-row", 7)),
        ('"2015-04-27"', '"2012-12-31"', ("region-row", 6)),
        (", to_basis: seen", "", ("key-missing", 6)),
        ("to_basis: seen", "to_basis: sure", ("value-unknown", 6)),
        ("name_en: Baoding City, ", "", ("key-missing", 5)),
        ("name_en: Baoding City", "name_en: Baoding City, size: big", ("key-unknown", 5)),
        ('valid_from: "2015-04-28"', "valid_from: 2015-04-28", ("value-type", 7)),
        ('  - {code: "130000"', '  - 7\n  - {code: "130000"', ("value-type", 4)),
        ('known_since: "2013-01-01"\n', "", ("key-missing", 1)),
    ],
)  # fmt: skip
def test_each_damage_is_refused_with_its_line(old: str, new: str, fault: tuple[str, int]) -> None:
    assert old in SOUND
    assert fault in faults_of(SOUND.replace(old, new))


@pytest.mark.parametrize("text", ["", "- 1", "just text", "a: *b", "[" * 10_000, "{[1]: 2}"])
def test_what_is_no_mapping_at_all_is_refused(text: str) -> None:
    assert faults_of(text)
