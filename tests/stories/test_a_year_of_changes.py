"""A year in which the catalog changes three times: what every enterprise owes in the end, by hand.

Prices a square metre of land occupied: 1.40; 1.20 from 1 April (edition of 2 April); 1.00 from
15 April (edition of 20 April, the second within a month). Small enterprises pay half until 31 May.
The third edition, of 10 July, is back-dated: a licence is 12.00 instead of 10.00 from 1 February
on, the transfer charge of 2.00 a square metre ended with effect from 1 January, and the standard
for shelters has come: 1,100 a square metre, 1,000 having been charged provisionally since 2022.
In August a survey finds 80 m² where 100 were declared.
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from feeledger.assessment.known_queries import answer_as_known
from feeledger.catalog.items import Window
from feeledger.catalog.queries import edition_in_use
from feeledger.enterprises.actions import EnterpriseDetails, register_enterprise
from feeledger.notices.queries import notice_of
from feeledger.reassessments.duty_queries import roots_of
from feeledger.reassessments.queries import bookings_of, lines_of_reassessment
from tests.builders import (
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    POLICE_UNIT,
    REGION,
    SOIL_ITEM,
    SOIL_LINE,
    a_place,
    a_unit,
)
from tests.reassessments.books import (
    answers_of,
    at,
    changed,
    day,
    differences,
    ended,
    kept,
    noticed,
    paid,
    reassessed,
    relieved,
    repriced,
    the_base,
    told,
)

SMALL, LARGE, BUILDER = "91130184MA0CQ3T535", "91130184771329854W", "91130100104363786E"
SHELTER_ITEM, SHELTER_LINE = "civil-air-defence", "civil-air-defence.other-county"
TRANSFER_ITEM, TRANSFER_LINE = "housing-transfer", "housing-transfer.new"
CIVIL_UNIT = "130184-CIVIL"
START = at(day("2026-01-05"))
FIRST, SECOND, THIRD = at(day("2026-04-02")), at(day("2026-04-20")), at(day("2026-07-10"))
SURVEY, END = at(day("2026-08-03")), at(day("2026-11-24"))


def the_editions():
    """Give the edition at the year's start and the three that follow, each made from the last."""
    half = Window(day("2026-01-01"), day("2026-06-01"))
    start = relieved(the_base(), SOIL_ITEM, "soil-half", sizes=("small",), factor=Decimal("0.5"), window=half)  # fmt: skip
    first = repriced(start, SOIL_LINE, day("2026-04-01"), Decimal("1.20"))
    second = repriced(first, f"{SOIL_LINE}@20260401", day("2026-04-15"), Decimal("1.00"))
    third = repriced(second, LICENCE_LINE, day("2026-02-01"), Decimal(12))
    third = ended(third, TRANSFER_ITEM, day("2026-01-01"), "演示〔2026〕7号", announced_on=day("2026-07-01"))  # fmt: skip
    third = changed(
        third,
        SHELTER_ITEM,
        lines=lambda lines: tuple(
            replace(x, provisional=False, rate=replace(x.rate, amount=Decimal(1100)))
            if x.id == SHELTER_LINE
            else x
            for x in lines
        ),
    )
    return start, first, second, third


def people_of(session):
    """Register the three enterprises, with what is known of them in January."""
    for uscc, size in ((SMALL, "small"), (LARGE, "large"), (BUILDER, "medium")):
        details = EnterpriseDetails(f"演示企业{size}", REGION, None, None, day("2020-05-06"), size)
        register_enterprise(session, uscc, details, by=CLERK, now=START)
    facts = {"land_occupied_m2": 100, "vehicle_licences": 3}
    for uscc in (SMALL, LARGE):
        told(session, uscc, facts, day("2026-01-01"), now=START)
    shelter = {
        "shelter_area_required_m2": 50,
        "shelter_class": "other",
        "settlement_class": "county",
        "project_kind": "other",
        "housing_area_m2": 200,
    }
    told(session, BUILDER, shelter, day("2026-01-01"), now=START)


@pytest.fixture
def year(store):
    with store.write() as session:
        a_place(session)
        a_unit(session, CIVIL_UNIT, items=(SHELTER_ITEM, TRANSFER_ITEM))
        people_of(session)
        start = the_editions()[0]
        kept(session, start, "start", day("2026-01-01"), now=START)
    return store


SOIL = {"item": SOIL_ITEM}
LICENCE = {"item": LICENCE_ITEM, "unit": POLICE_UNIT, "series": (LICENCE_LINE,)}
SHELTER = {"item": SHELTER_ITEM, "unit": CIVIL_UNIT, "series": (SHELTER_LINE,)}
TRANSFER = {"item": TRANSFER_ITEM, "unit": CIVIL_UNIT, "series": (TRANSFER_LINE,), "lines": (TRANSFER_LINE,)}  # fmt: skip

# whose, the day of the duty, what, when noticed, paid?, what it was noticed with, what it is at last
DUTIES = {
    # half of 100 m² at 1.40 = 70.00, and so it stays
    "a1": (SMALL, "2026-03-31", SOIL, "2026-03-31", True, 70_00, 70_00),
    # the first day of 1.20: half of 120.00
    "a2": (SMALL, "2026-04-01", SOIL, "2026-04-03", True, 60_00, 60_00),
    # the first day of 1.00, noticed at 1.20 as known on the 16th: 60.00; at last half of 100.00
    "a3": (SMALL, "2026-04-15", SOIL, "2026-04-16", True, 60_00, 50_00),
    # the last day of the relief, then the first without: 50.00 and 100.00; 80 m² make it 80.00
    "a4": (SMALL, "2026-05-31", SOIL, "2026-06-02", True, 50_00, 50_00),
    "a5": (SMALL, "2026-06-01", SOIL, "2026-06-02", False, 100_00, 80_00),
    # three licences at 10.00; at 12.00 from 1 February on
    "b1": (LARGE, "2026-01-31", LICENCE, "2026-02-02", True, 30_00, 30_00),
    "b2": (LARGE, "2026-02-01", LICENCE, "2026-02-02", True, 30_00, 36_00),
    "b3": (LARGE, "2026-03-02", LICENCE, "2026-03-02", False, 30_00, 36_00),
    # 100 m² at 1.20, noticed on 10 April; the 20th brings 1.00 for the 15th
    "b4": (LARGE, "2026-04-14", SOIL, "2026-04-14", True, 120_00, 120_00),
    "b5": (LARGE, "2026-04-18", SOIL, "2026-04-18", False, 120_00, 100_00),
    # 50 m² of shelter, provisionally 1,000; 1,100 when the standard comes
    "c1": (BUILDER, "2026-02-10", SHELTER, "2026-02-10", True, 50_000_00, 55_000_00),
    # 200 m² at 2.00, ended from 1 January on
    "c2": (BUILDER, "2026-02-10", TRANSFER, "2026-02-10", True, 400_00, 0),
}


def play_duties(session, since, until, notices):
    """Notice and pay the duties that are noticed between two days."""
    for name, (uscc, on, what, noticed_on, is_paid, amount, _) in DUTIES.items():
        if not since <= noticed_on < until:
            continue
        now = at(day(noticed_on), hour=6)
        notices[name] = noticed(session, uscc, day(on), now=now, **what).id
        notice = notice_of(session, REGION, notices[name])
        assert notice.amount_fen == amount, name
        if is_paid:
            paid(session, notice, name, now=now)


def balance(session, uscc, root):
    """Give what counts of a first notice: its living notices less what was asked back."""
    found = next(each for each in roots_of(session, REGION, uscc) if each.first.notice == root)
    return sum(found.counted(key) for key in found.duties())


def test_a_year_of_changes_ends_with_what_a_fresh_assessment_says(year):
    _, first, second, third = the_editions()
    notices = {}
    with year.write() as session:
        play_duties(session, "2026-01-01", "2026-04-02", notices)
        kept(session, first, "first", day("2026-04-01"), now=FIRST)
        play_duties(session, "2026-04-02", "2026-04-20", notices)
        kept(session, second, "second", day("2026-04-18"), now=SECOND)
        play_duties(session, "2026-04-20", "2026-07-01", notices)
        # An edition alone changes nothing that was noticed or paid.
        assert {n: balance(session, DUTIES[n][0], notices[n]) for n in notices} == {
            name: duty[5] for name, duty in DUTIES.items()
        }
    with year.write() as session:
        # May: the second edition. a3: 60.00 − 50.00; b5, unpaid: 120.00 gives way to 100.00.
        now = at(day("2026-06-15"))
        row = reassessed(session, SMALL, now=now)
        assert [(b.kind, b.fen) for b in bookings_of(session, REGION, row.id)] == [
            ("refund", 10_00)
        ]
        row = reassessed(session, LARGE, now=now)
        booked = [(b.kind, b.fen) for b in bookings_of(session, REGION, row.id)]
        assert booked == [("void", 120_00), ("replacement", 100_00)]
        assert reassessed(session, BUILDER, now=now) is None
    with year.write() as session:
        kept(session, third, "third", day("2026-07-09"), now=THIRD)
        now = at(day("2026-07-15"))
        assert reassessed(session, SMALL, now=now) is None
        row = reassessed(session, LARGE, now=now)
        assert [b.fen for b in bookings_of(session, REGION, row.id)] == [6_00, 6_00]
        row = reassessed(session, BUILDER, now=now)
        lines = lines_of_reassessment(session, REGION, row.id)
        assert sorted(line.difference_fen for line in lines) == [-400_00, 5_000_00]
        booked = sorted((b.kind, b.fen) for b in bookings_of(session, REGION, row.id))
        assert booked == [("refund", 400_00), ("supplement", 5_000_00)]
    with year.write() as session:
        survey = {"land_occupied_m2": 80}
        told(session, SMALL, survey, day("2026-06-01"), now=SURVEY, document="测绘报告")
        row = reassessed(session, SMALL, now=at(day("2026-08-10")), reason="测绘更正")
        booked = [(b.kind, b.fen) for b in bookings_of(session, REGION, row.id)]
        assert booked == [("void", 100_00), ("replacement", 80_00)]
    with year.write() as session:
        assert edition_in_use(session).edition.id == "third"
        for name, (uscc, *_, last) in DUTIES.items():
            assert balance(session, uscc, notices[name]) == last, name
        for uscc in (SMALL, LARGE, BUILDER):
            assert reassessed(session, uscc, now=END) is None  # nothing changed: nothing is booked
            assert not differences(session, uscc, now=END).open
    with year.read() as session:
        hold_what_was_told(session)


def hold_what_was_told(session):
    """Ask again, as known on the days of the notices, and on later ones."""
    for name, (uscc, on, what, noticed_on, _, amount, last) in DUTIES.items():
        then = at(day(noticed_on), hour=6)
        assert told_as_known(session, uscc, on, what, then) == amount, name
        assert told_as_known(session, uscc, on, what, END) == last, name
    # a3: 1.20 by what was known on the 19th, 1.00 from the 20th on. a5: 100 m² until the survey.
    a3, a5, b2 = DUTIES["a3"][:3], DUTIES["a5"][:3], DUTIES["b2"][:3]
    assert told_as_known(session, *a3, at(day("2026-04-19"))) == 60_00
    assert told_as_known(session, *a3, SECOND) == 50_00
    assert told_as_known(session, *a5, at(day("2026-08-02"))) == 100_00
    assert told_as_known(session, *a5, SURVEY) == 80_00
    assert told_as_known(session, *b2, at(day("2026-07-09"))) == 30_00
    assert told_as_known(session, *b2, THIRD) == 36_00
    # The page "as known on a day" asks the whole catalog and says the same.
    for known_at, fen in ((at(day("2026-04-19")), 60_00), (SECOND, 50_00)):
        whole = answer_as_known(session, REGION, SMALL, on=day("2026-04-15"), known_at=known_at)
        assert fen_of(whole.answer.lines, SOIL) == fen


def told_as_known(session, uscc, on, what, known_at):
    """Give what the item came to as known at an instant, in fen; the alternative that was named."""
    asked = {"now": known_at, "lines": what.get("lines", ())}
    return fen_of(answers_of(session, uscc, what["item"], day(on), **asked), what)


def fen_of(answers, what):
    series = what.get("series", (SOIL_LINE,))
    return sum(
        each.amount.fen
        for each in answers
        if each.item == what["item"]
        and each.amount is not None
        and each.line is not None
        and each.line.partition("@")[0] in series
    )
