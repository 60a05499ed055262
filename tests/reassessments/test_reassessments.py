"""Re-assessment books differences alone, with two persons, and never edits what was paid."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from feeledger.catalog.items import Window
from feeledger.enterprises.reassessment_actions import count_reassessments_due
from feeledger.notices.actions import void_notice
from feeledger.notices.queries import lines_of, notice_of
from feeledger.people.roles import SamePerson
from feeledger.reassessments.actions import (
    ReassessmentDecided,
    ReassessmentReasonRefused,
    ReassessmentStale,
    approve_reassessment,
    reject_reassessment,
)
from feeledger.reassessments.booking_actions import Payback
from feeledger.reassessments.duty_queries import Period
from feeledger.reassessments.queries import ReassessmentMissing, bookings_of, lines_of_reassessment
from feeledger.reassessments.tables import ReassessmentLineRow, ReassessmentRow
from feeledger.reassessments.verify_queries import verify_reassessments
from feeledger.refunds.actions import reject_refund
from feeledger.refunds.application import RefundRefused
from feeledger.refunds.queries import refund_of, refunds_of_notice
from feeledger.refunds.refund import Hand
from feeledger.store import Store
from tests.builders import (
    CLERK,
    REGION,
    SOIL_ITEM,
    SOIL_LINE,
    USCC,
    a_place,
    an_enterprise,
    the_calendar,
)
from tests.reassessments.books import (
    REVIEWER,
    at,
    booking,
    changed,
    day,
    differences,
    ended,
    kept,
    noticed,
    paid,
    proposed,
    reassessed,
    relieved,
    repriced,
    the_base,
    told,
)

ON = day("2026-03-20")
ISSUED = at(day("2026-03-24"))
LATER = at(day("2026-06-01"))
M2 = {"land_occupied_m2": Decimal(100)}


@pytest.fixture
def books(placed: Store) -> Store:
    """A place with an enterprise, the repository's edition, and 100 m² told before anything."""
    with placed.write() as session:
        kept(session, the_base(), "base", day("2026-01-02"))
        told(session, USCC, M2, day("2026-01-01"), now=at(day("2026-01-05")))
    return placed


@pytest.fixture
def small(store: Store) -> Store:
    """The same on SQLite alone."""
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        kept(session, the_base(), "base", day("2026-01-02"))
        told(session, USCC, M2, day("2026-01-01"), now=at(day("2026-01-05")))
    return store


def cheaper(session, amount="1.20", since="2026-03-01", name="next"):
    """Publish an edition in which a square metre costs another amount from a day on."""
    catalog = repriced(the_base(), SOIL_LINE, day(since), Decimal(amount))
    return kept(session, catalog, name, day("2026-05-04"))


def figures(rows):
    return [(row.counted_fen, row.fresh_fen, row.difference_fen) for row in rows]


def booked(session, row):
    return [(each.kind, each.fen) for each in bookings_of(session, REGION, row.id)]


def test_a_paid_notice_is_never_edited_what_fell_is_asked_back_and_nothing_twice(books):
    """100 m² at 1.40 = 140.00 paid; at 1.20 = 120.00: 20.00 go back, once."""
    with books.write() as session:
        notice = paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        before = [(x.amount_fen, x.explanation) for x in lines_of(session, REGION, notice.id)]
        cheaper(session)
        assert differences(session, USCC, now=LATER).differences[0].fen == -20_00
    with books.write() as session:
        row = reassessed(session, USCC, now=LATER)
        (line,) = lines_of_reassessment(session, REGION, row.id)
        assert figures([line]) == [(140_00, 120_00, -20_00)]
        assert line.explanation["parts"] == [{"kind": "edition", "fen": -20_00}]
        assert booked(session, row) == [("refund", 20_00)]
        (refund,) = refunds_of_notice(session, REGION, notice.id)
        assert (refund.amount_fen, refund.ground, refund.state) == (
            20_00,
            "policy_change",
            "applied",
        )
        assert "重新测算 120.00 元，已计 140.00 元，应退 20.00 元" in refund.reason
        after = [(x.amount_fen, x.explanation) for x in lines_of(session, REGION, notice.id)]
        assert (notice_of(session, REGION, notice.id).status, after) == ("paid", before)
    with books.write() as session:
        assert not proposed(session, USCC, now=LATER + timedelta(days=1)).differences
        assert reassessed(session, USCC, now=LATER + timedelta(days=2)) is None


def test_the_audit_proves_what_was_booked_and_finds_what_was_changed(small):
    with small.write() as session:
        paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        noticed(session, USCC, day("2026-03-21"), now=ISSUED)
        paid(session, noticed(session, USCC, day("2026-02-10"), now=ISSUED), "T2", now=ISSUED)
        cheaper(session)
        cheaper(session, "1.50", since="2026-02-01", name="third")
        for edition in ("next", "third"):
            reassessed(session, USCC, now=LATER, edition=edition)
        assert verify_reassessments(session, REGION) == ()
        for table in ("reassessment", "reassessment_booking", "reassessment_piece"):
            name = "frozen" if table == "reassessment" else "no_update"
            session.execute(text(f"DROP TRIGGER {table}_{name}"))
        session.execute(text("UPDATE reassessment SET up_fen = up_fen + 1"))
        session.execute(text("UPDATE reassessment_booking SET fen = fen + 1"))
        found = {fault.code for fault in verify_reassessments(session, REGION)}
    assert found == {
        "reassessment-figures-differ",
        "reassessment-bookings-differ",
        "reassessment-notice-differs",
        "reassessment-refund-differs",
    }


def test_a_refund_that_is_turned_down_shows_again(small):
    with small.write() as session:
        notice = paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        cheaper(session)
        reassessed(session, USCC, now=LATER)
        (refund,) = refunds_of_notice(session, REGION, notice.id)
        hand = Hand("finance:test", ON, LATER, "材料不全")
        reject_refund(session, REGION, refund.id, hand=hand, calendar=the_calendar())
        (again,) = differences(session, USCC, now=LATER).differences
        assert (again.counted_fen, again.fen) == (140_00, -20_00)


def test_an_edition_dated_earlier_answers_only_where_it_is_named(small):
    """Kept in May but compiled on 1 January, the day before the one in use."""
    with small.write() as session:
        paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        older = repriced(the_base(), SOIL_LINE, day("2026-03-01"), Decimal("1.20"))
        kept(session, older, "back-dated", day("2026-01-01"), now=at(day("2026-05-04")))
        assert not differences(session, USCC, now=LATER).differences
        named = differences(session, USCC, now=LATER, edition="back-dated")
        assert [each.fen for each in named.differences] == [-20_00]


def test_what_rose_comes_on_an_additional_notice_that_says_why(books):
    """140.00 paid; at 1.65 = 165.00: a notice over 25.00, and again nothing is left."""
    with books.write() as session:
        notice = paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        cheaper(session, "1.65")
        row = reassessed(session, USCC, now=LATER)
        ((kind, fen),) = booked(session, row)
        assert (kind, fen) == ("supplement", 25_00)
        (done,) = bookings_of(session, REGION, row.id)
        extra = notice_of(session, REGION, done.notice)
        (line,) = lines_of(session, REGION, extra.id)
        assert (extra.amount_fen, line.amount_fen, line.obligation_on) == (25_00, 25_00, ON)
        assert line.explanation["difference"]["counted"] == "140.00"
        assert any("应补 25.00 元" in told for told in line.explanation["sentences"]["zh"])
        assert any("to be added 25.00" in told for told in line.explanation["sentences"]["en"])
        assert notice_of(session, REGION, notice.id).status == "paid"
        paid(session, extra, "T2", now=LATER)
        assert not differences(session, USCC, now=LATER).differences


def test_an_unpaid_notice_gives_way_to_a_smaller_one_or_to_none(small):
    """140.00 unpaid; at 1.20 it is issued anew over 120.00; where the item has ended, it is void."""
    with small.write() as session:
        old = noticed(session, USCC, ON, now=ISSUED)
        catalog = cheaper(session)
        row = reassessed(session, USCC, now=LATER)
        assert booked(session, row) == [("void", 140_00), ("replacement", 120_00)]
        new = notice_of(session, REGION, bookings_of(session, REGION, row.id)[1].notice)
        assert (old.status, new.supersedes, new.amount_fen) == ("voided", old.id, 120_00)
        assert not differences(session, USCC, now=LATER).differences
        over = ended(
            catalog, SOIL_ITEM, day("2026-03-01"), "演示〔2026〕9号", announced_on=day("2026-05-20")
        )
        kept(session, over, "over", day("2026-05-20"))
        row = reassessed(session, USCC, now=LATER)
        assert booked(session, row) == [("void", 120_00)]
        assert not differences(session, USCC, now=LATER).differences


def test_an_unpaid_supplement_gives_way_when_the_difference_changes(small):
    """140.00 paid, 25.00 to add and unpaid; at 1.50 the duty is 150.00: void 25.00, add 10.00."""
    with small.write() as session:
        paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        cheaper(session, "1.65")
        reassessed(session, USCC, now=LATER)
        cheaper(session, "1.50", name="third")
        row = reassessed(session, USCC, now=LATER, edition="third")
        assert booked(session, row) == [("void", 25_00), ("supplement", 10_00)]
        row = reassessed(session, USCC, now=LATER, edition="base")
        assert booked(session, row) == [("void", 10_00)]  # back at 140.00: nothing more is owed


def test_r_a_retroactive_end_makes_refunds_due_and_says_so(small):
    """Ended on 19 March with effect from 1 January, as the port construction fee was in 2021."""
    with small.write() as session:
        notice = paid(
            session, noticed(session, USCC, day("2026-02-10"), now=ISSUED), "T1", now=ISSUED
        )
        over = ended(
            the_base(),
            SOIL_ITEM,
            day("2026-01-01"),
            "演示〔2026〕9号",
            announced_on=day("2026-03-19"),
        )
        kept(session, over, "over", day("2026-05-04"))
        row = reassessed(session, USCC, now=LATER)
        (line,) = lines_of_reassessment(session, REGION, row.id)
        assert figures([line]) == [(140_00, 0, -140_00)]
        zh, en = (line.explanation["sentences"][lang][0] for lang in ("zh", "en"))
        assert "自 2026-01-01 起已停止征收（2026-03-19 公布，追溯执行）" in zh
        assert "已收的应退（演示〔2026〕9号" in zh
        assert "with effect from before it was announced" in en
        assert refunds_of_notice(session, REGION, notice.id)[0].amount_fen == 140_00


@pytest.mark.parametrize(
    ("amount", "kind", "fen"), [("1.50", "supplement", 10_00), ("1.00", "refund", 40_00)]
)
def test_a_provisional_price_is_trued_up_or_down_when_the_standard_comes(small, amount, kind, fen):
    """Provisional 1.40: 140.00; the standard of 1.50 adds 10.00, of 1.00 gives back 40.00."""
    interim = changed(
        the_base(),
        SOIL_ITEM,
        lines=lambda lines: tuple(
            replace(x, provisional=True) if x.id == SOIL_LINE else x for x in lines
        ),
    )
    final = repriced(interim, SOIL_LINE, day("2026-02-01"), Decimal(amount), provisional=False)
    with small.write() as session:
        kept(session, interim, "interim", day("2026-02-20"))
        notice = paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        assert lines_of(session, REGION, notice.id)[0].outcome == "provisional"
        kept(session, final, "final", day("2026-05-04"))
        row = reassessed(session, USCC, now=LATER)
        assert booked(session, row) == [(kind, fen)]
        (difference,) = lines_of_reassessment(session, REGION, row.id)
        assert "正式标准已公布，多退少补" in difference.explanation["sentences"]["zh"][0]


def test_each_change_has_its_own_part_and_the_parts_add_up(small):
    """100 m² at 1.40 paid. Price 1.20: −20.00; then 150 m² known: +60.00; together +40.00."""
    with small.write() as session:
        paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        cheaper(session)
        told(
            session, USCC, {"land_occupied_m2": 150}, day("2026-01-01"), now=LATER, document="测绘"
        )
        assert count_reassessments_due(session, REGION) == 2  # what was told first, and this
        now = LATER + timedelta(hours=1)
        found = proposed(session, USCC, now=now)
        assert count_reassessments_due(session, REGION) == 0
        (line,) = lines_of_reassessment(session, REGION, found.row.id)
        assert figures([line]) == [(140_00, 180_00, 40_00)]
        assert line.explanation["parts"] == [
            {"kind": "edition", "fen": -20_00},
            {"kind": "facts", "fen": 60_00},
        ]
        assert "100 → 150（测绘）" in line.explanation["sentences"]["zh"][1]
        # By what was known before the survey, only the price had changed.
        assert (
            differences(session, USCC, now=LATER - timedelta(days=1)).differences[0].fen == -20_00
        )


def test_what_the_clerk_wrote_in_the_notice_stands_until_something_new_is_learnt(small):
    """The register says 100 m², the notice was issued over 70: no difference by itself."""
    with small.write() as session:
        typed = {"land_occupied_m2": 70}
        paid(session, noticed(session, USCC, ON, now=ISSUED, facts=typed), "T1", now=ISSUED)
        assert not differences(session, USCC, now=LATER).differences
        told(session, USCC, {"land_occupied_m2": 80}, day("2026-01-01"), now=LATER)
        (found,) = differences(session, USCC, now=LATER + timedelta(hours=1)).differences
        assert (found.counted_fen, found.fresh_fen) == (98_00, 112_00)  # 70 and 80 at 1.40


def test_a_duty_that_cannot_be_told_books_nothing_and_says_what_is_missing(small):
    with small.write() as session:
        paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        kept(
            session,
            relieved(
                the_base(), SOIL_ITEM, "soil-half", sizes=("small",), factor=Decimal("0.5"),
                window=Window(day("2026-01-01"), None),
            ),
            "half",
            day("2026-05-04"),
        )  # fmt: skip
        found = proposed(session, USCC, now=LATER)
        assert (found.differences, found.row) == ((), None)
        assert found.open[0].open.zh == "缺少数据 enterprise_size"


def test_only_duties_of_the_period_are_assessed(small):
    with small.write() as session:
        paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        cheaper(session)
        after = Period(since=day("2026-03-21"))
        until = Period(until=day("2026-03-20"))
        assert not differences(session, USCC, now=LATER, period=after).differences
        assert len(differences(session, USCC, now=LATER, period=until).differences) == 1


def test_two_persons_a_reason_and_a_decision_once(small):
    with small.write() as session:
        paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        cheaper(session)
        with pytest.raises(ReassessmentReasonRefused):
            proposed(session, USCC, now=LATER, reason=" ")
        row = proposed(session, USCC, now=LATER).row
        again = proposed(session, USCC, now=LATER)
        assert (again.fresh, again.row.id) == (False, row.id)
        with pytest.raises(SamePerson):
            approve_reassessment(session, REGION, row.id, booking(now=LATER, by=CLERK))
        with pytest.raises(SamePerson):
            reject_reassessment(session, REGION, row.id, reason="不", by=CLERK, today=ON, now=LATER)
        reject_reassessment(
            session, REGION, row.id, reason="待核", by=REVIEWER, today=ON, now=LATER
        )
        with pytest.raises(ReassessmentDecided):
            approve_reassessment(session, REGION, row.id, booking(now=LATER))
        assert not proposed(session, USCC, now=LATER).fresh  # the same was rejected
        cheaper(session, "1.10", name="third")
        assert proposed(session, USCC, now=LATER, edition="third").fresh
        with pytest.raises(ReassessmentMissing):
            approve_reassessment(session, REGION, 7, booking(now=LATER))


def test_a_proposal_is_stale_once_a_notice_has_moved(small):
    with small.write() as session:
        notice = noticed(session, USCC, ON, now=ISSUED)
        cheaper(session)
        row = proposed(session, USCC, now=LATER).row
        void_notice(session, REGION, notice.id, reason="开错", by=CLERK, now=LATER)
        with pytest.raises(ReassessmentStale):
            approve_reassessment(session, REGION, row.id, booking(now=LATER))
        assert not differences(session, USCC, now=LATER).differences  # nothing of it lives


def test_where_the_bank_told_no_account_the_approver_names_one_with_evidence(small):
    with small.write() as session:
        notice = noticed(session, USCC, ON, now=ISSUED)
        paid(session, notice, "T1", now=ISSUED, account=None)
        cheaper(session)
        row = proposed(session, USCC, now=LATER).row
    with pytest.raises(RefundRefused), small.write() as session:
        approve_reassessment(session, REGION, row.id, booking(now=LATER))
    with small.write() as session:
        payback = Payback("6222-9", "演示商行", "演示银行", "企业说明（2026）1号")
        approve_reassessment(session, REGION, row.id, booking(now=LATER, payback=payback))
        (done,) = bookings_of(session, REGION, row.id)
        assert refund_of(session, REGION, done.refund).account_kind == "evidenced"


def test_the_database_holds_two_persons_and_the_sum(books):
    with books.write() as session:
        paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        cheaper(session)
        row = proposed(session, USCC, now=LATER).row
        number = row.id
        line = dict(lines_of_reassessment(session, REGION, number)[0].__dict__)
    line.pop("_sa_instance_state")
    own = {"state": "approved", "decided_by": CLERK}
    for statement in (
        update(ReassessmentRow).values(**own),
        update(ReassessmentRow).values(up_fen=1),
        update(ReassessmentLineRow).values(fresh_fen=1),
        insert(ReassessmentLineRow).values(**line | {"line_no": 2, "difference_fen": 1}),
    ):
        with pytest.raises(DBAPIError), books.write() as session:
            session.execute(statement)
    with books.read() as session:
        assert session.scalars(select(ReassessmentRow.state)).all() == ["proposed"]


@pytest.mark.postgresql
def test_two_approvals_at_once_book_once(pg_store: Store):
    with pg_store.write() as session:
        a_place(session)
        an_enterprise(session)
        kept(session, the_base(), "base", day("2026-01-02"))
        told(session, USCC, M2, day("2026-01-01"), now=at(day("2026-01-05")))
        paid(session, noticed(session, USCC, ON, now=ISSUED), "T1", now=ISSUED)
        cheaper(session, "1.65")
        number = proposed(session, USCC, now=LATER).row.id
    start = Barrier(4)

    def approve(name):
        start.wait(30)
        try:
            with pg_store.write() as session:
                approve_reassessment(session, REGION, number, booking(now=LATER, by=name))
        except (ReassessmentDecided, ReassessmentStale) as refused:
            return refused.code
        return "booked"

    with ThreadPoolExecutor(4) as threads:
        found = sorted(threads.map(approve, ("r1", "r2", "r3", "r4")))

    assert found == ["booked", *["reassessment-decided"] * 3]
    with pg_store.read() as session:
        assert [b.fen for b in bookings_of(session, REGION, number)] == [25_00]
