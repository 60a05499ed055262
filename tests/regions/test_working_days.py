"""The strict reader of catalogs/_calendar."""

from pathlib import Path

import pytest

from feeledger.errors import FileRefused
from feeledger.regions.working_days import load_calendar, read_calendar_year

SOUND = """\
year: "2014"
provisional: false
documents:
  - 国办发明电〔2013〕28号
holidays:
  - "2014-10-01"
  - "2014-10-02"
make_up_days:
  - "2014-09-28"
"""


def faults_of(text: str) -> list[tuple[str, int]]:
    year, faults = read_calendar_year(text, "_calendar/2014.yaml")

    assert (year is None) == bool(faults)
    assert all(fault.remedy.zh and fault.problem.en for fault in faults)
    return [(fault.code, fault.line) for fault in faults]


def test_a_sound_year_has_no_faults() -> None:
    assert faults_of(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"2014-10-01"', "2014-10-01", ("value-type", 6)),
        ('"2014-10-02"', '"2014-10-32"', ("value-type", 7)),
        ('"2014-10-02"', '"2014-10-01"', ("calendar-day", 7)),
        ('"2014-10-02"', '"2014-09-30"', ("calendar-day", 7)),
        ('"2014-10-02"', '"2015-10-02"', ("calendar-day", 7)),
        ('"2014-09-28"', '"2014-09-29"', ("calendar-day", 9)),
        ('year: "2014"', 'year: "2013"', ("calendar-year", 1)),
        ('year: "2014"', "year: 2014", ("value-type", 1)),
        ("provisional: false", "provisional: no", ("value-type", 2)),
        ("provisional: false", "provisional: false\nholiday: []", ("key-unknown", 1)),
        ("provisional: false\n", "", ("key-missing", 1)),
        ("provisional: false", "provisional: false\nprovisional: true", ("key-duplicate", 3)),
        ("documents:\n  - 国办发明电〔2013〕28号", "documents: []", ("calendar-basis", 3)),
        ("provisional: false", "provisional: &a false", ("yaml-syntax", 2)),
        ("provisional: false", "provisional: !!bool false", ("yaml-syntax", 2)),
        ("provisional: false", "provisional: {", ("yaml-syntax", 4)),
    ],
)
def test_each_damage_is_refused_with_its_line(old: str, new: str, fault: tuple[str, int]) -> None:
    assert fault in faults_of(SOUND.replace(old, new))


def test_a_saturday_may_be_made_up_too() -> None:
    assert faults_of(SOUND + '  - "2014-10-11"\n') == []
    assert faults_of(SOUND + '  - "2014-10-10"\n') == [("calendar-day", 9)]


def test_a_second_document_is_refused() -> None:
    assert faults_of(f"{SOUND}---\n{SOUND}") == [("yaml-syntax", 1)]


def test_a_day_cannot_be_off_and_worked() -> None:
    text = SOUND.replace('  - "2014-10-01"', '  - "2014-09-28"\n  - "2014-10-01"')

    assert faults_of(text) == [("calendar-day", 10)]


def test_all_faults_come_at_once() -> None:
    text = SOUND.replace('"2014-10-01"', "2014-10-01").replace("false", "no")

    assert faults_of(text) == [("value-type", 2), ("value-type", 6)]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refusal:
        load_calendar(tmp_path)

    assert refusal.value.faults[0].code == "folder-empty"
