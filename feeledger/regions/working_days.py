"""Reads catalogs/_calendar: one file a year with the days off and the weekend days worked.

The arrangement is published by the State Council each November; before that a year may be entered
with its statutory holidays only and ``provisional: true``.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path, PurePath
from typing import Final

from feeledger.errors import Fault, Text
from feeledger.periods import Calendar, CalendarYear
from feeledger.regions.rows import Branch, Leaf, Node, Reading, read_folder

FOLDER: Final = "_calendar"
SATURDAY: Final = 5


def load_calendar(catalogs: Path) -> Calendar:
    """Read every year of ``catalogs/_calendar``; raises FileRefused with all faults."""
    years = read_folder(catalogs / FOLDER, read_calendar_year)
    return Calendar({year.year: year for year in years})


def read_calendar_year(text: str, file: str) -> tuple[CalendarYear | None, tuple[Fault, ...]]:
    """Read one year's arrangement; None where any fault was found."""
    reading = Reading(file)
    root = reading.root_of(text)
    needed = {"year", "provisional", "documents", "holidays", "make_up_days"}
    if root is None or not reading.keys_of(root, "", needed=needed, optional={"number_not_seen"}):
        return None, tuple(reading.faults)
    entries = root.entries
    year = _year_of(reading, entries["year"], file)
    documents = reading.rows_of(entries["documents"], "documents")
    result = CalendarYear(
        year=year,
        provisional=reading.flag_of(entries["provisional"], "provisional"),
        holidays=frozenset(_days_of(reading, entries["holidays"], "holidays", year)),
        make_up_days=frozenset(_days_of(reading, entries["make_up_days"], "make_up_days", year)),
        documents=tuple(reading.text_of(node, "documents") for node in documents),
    )
    _check_year(reading, root, result)
    return (None if reading.faults else result), tuple(reading.faults)


def _year_of(reading: Reading, node: Node, file: str) -> int:
    """Read the year, quoted, and hold it against the file's name."""
    text = reading.text_of(node, "year", quoted=True)
    if text and text != PurePath(file).stem:
        problem = Text("年份与文件名不一致", "the year differs from the name of the file")
        reading.refuse("calendar-year", node.line, "year", text, problem)
    return int(text) if text.isascii() and text.isdecimal() else 0


def _days_of(reading: Reading, node: Node, path: str, year: int) -> list[date]:
    """Read days in order, without repeats, all of them in the year."""
    days: list[date] = []
    for entry in reading.rows_of(node, path):
        day = reading.day_of(entry, path)
        if day is None:
            continue
        problem = _fault_of_day(day, days, year)
        if problem is not None:
            reading.refuse("calendar-day", entry.line, path, str(day), problem)
        days.append(day)
    return days


def _fault_of_day(day: date, before: Sequence[date], year: int) -> Text | None:
    """Say what is wrong with a day after those before it."""
    if day.year != year:
        return Text(f"不在 {year} 年内", f"it is not in {year}")
    if before and day <= before[-1]:
        return Text("日期应递增且不重复", "days stand in order and once each")
    return None


def _check_year(reading: Reading, root: Branch, year: CalendarYear) -> None:
    """Check the two lists against each other, and the documents against ``provisional``."""
    line = root.entries["make_up_days"].line
    for day in sorted(year.holidays & year.make_up_days):
        problem = Text("同一天既放假又上班", "the same day is off and worked")
        reading.refuse("calendar-day", line, "make_up_days", str(day), problem)
    for day in sorted(year.make_up_days):
        if day.weekday() < SATURDAY:
            problem = Text("调休上班日应为周六或周日", "a make-up day is a Saturday or Sunday")
            reading.refuse("calendar-day", line, "make_up_days", str(day), problem)
    unseen = root.entries.get("number_not_seen")
    is_unseen = reading.flag_of(unseen, "number_not_seen") if isinstance(unseen, Leaf) else False
    if bool(year.documents) == is_unseen:
        problem = Text(
            "应写明文号，或注明 number_not_seen: true",
            "name the documents, or say number_not_seen: true",
        )
        reading.refuse("calendar-basis", root.entries["documents"].line, "documents", "", problem)
