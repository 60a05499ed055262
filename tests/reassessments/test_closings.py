"""A closing entered late: what was noticed for later days is due again, and only differences are booked."""

from datetime import timedelta
from decimal import Decimal

from feeledger.enterprises.reassessment_actions import reassessments_due
from feeledger.enterprises.standing import StandingChange
from feeledger.enterprises.standing_actions import change_standing
from feeledger.notices.queries import notice_of
from feeledger.reassessments.queries import bookings_of, lines_of_reassessment
from feeledger.reassessments.standing_actions import alter_standing, mark_standings
from feeledger.refunds.queries import refund_of
from tests.builders import CLERK, REGION, USCC, a_place, an_enterprise
from tests.reassessments.books import (
    at,
    day,
    differences,
    kept,
    noticed,
    paid,
    reassessed,
    the_base,
    told,
)

EARLY, LATE, UNPAID = day("2026-03-10"), day("2026-03-11"), day("2026-03-20")
ISSUED, KNOWN = at(day("2026-03-24")), at(day("2026-06-01"))
CLOSED = StandingChange("closed", EARLY, "准予注销登记通知书〔2026〕第 7 号", "核准注销")


def test_duties_behind_a_closing_entered_late_are_due_and_go_back(placed):
    """100 m² at 1.40 = 140.00 a duty, closed on 10 March: the last day. Paid of 10 and 11 March,
    unpaid of the 20th: 140.00 go back, 140.00 are voided, and the duty of the 10th stands.
    """
    today, later = KNOWN.date(), KNOWN + timedelta(hours=1)
    with placed.write() as session:
        kept(session, the_base(), "base", day("2026-01-02"))
        area = {"land_occupied_m2": Decimal(100)}
        told(session, USCC, area, day("2026-01-01"), now=at(day("2026-01-05")))
        stands = paid(session, noticed(session, USCC, EARLY, now=ISSUED), "T1", now=ISSUED)
        gone = paid(session, noticed(session, USCC, LATE, now=ISSUED), "T2", now=ISSUED)
        unpaid = noticed(session, USCC, UNPAID, now=ISSUED)
        assert not differences(session, USCC, now=KNOWN).differences

        _, due = alter_standing(session, USCC, CLOSED, today=today, by=CLERK, now=KNOWN)

        listed = [each for each in reassessments_due(session, REGION) if each.cause == "standing"]
        assert due
        assert [(each.uscc, each.since) for each in listed] == [(USCC, LATE)]
        assert mark_standings(session, REGION, now=later) == 0  # noted once
        assert not differences(session, USCC, now=KNOWN - timedelta(seconds=1)).differences
        row = reassessed(session, USCC, now=later)
        lines = lines_of_reassessment(session, REGION, row.id)
        assert [(each.root, each.difference_fen) for each in lines] == [
            (gone.id, -140_00),
            (unpaid.id, -140_00),
        ]
        zh, en = (lines[0].explanation["sentences"][lang][0] for lang in ("zh", "en"))
        assert (
            "企业已注销（2026-03-10，准予注销登记通知书〔2026〕第 7 号），2026-03-11 不产生义务"
            in zh
        )
        assert "no duty arises on 2026-03-11" in en
        booked = bookings_of(session, REGION, row.id)
        assert [(each.kind, each.notice, each.fen) for each in booked] == [
            ("refund", gone.id, 140_00),
            ("void", unpaid.id, 140_00),
        ]
        assert refund_of(session, REGION, booked[0].refund).ground == "mistaken_payment"
        assert notice_of(session, REGION, stands.id).status == stands.status
        assert not differences(session, USCC, now=later).differences
        assert reassessments_due(session, REGION, uscc=USCC) == ()

        # Restored from the day of closing on, by another door: the paid duty is owed again.
        again = StandingChange("restored", EARLY, "撤销注销决定书", "冒名注销")
        change_standing(session, USCC, again, today=today, by=CLERK, now=later)
        assert mark_standings(session, REGION, now=later) == 1
        (line,) = differences(session, USCC, now=later + timedelta(hours=1)).differences
        assert (line.root, line.fen) == (gone.id, 140_00)


def test_a_closing_behind_every_duty_leaves_nothing_due(store):
    """The duty of the day of closing itself stands, and so does every earlier one."""
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        kept(session, the_base(), "base", day("2026-01-02"))
        area = {"land_occupied_m2": Decimal(100)}
        told(session, USCC, area, day("2026-01-01"), now=at(day("2026-01-05")))
        noticed(session, USCC, EARLY, now=ISSUED)

        _, due = alter_standing(session, USCC, CLOSED, today=KNOWN.date(), by=CLERK, now=KNOWN)

        assert not due
        assert not differences(session, USCC, now=KNOWN).differences
