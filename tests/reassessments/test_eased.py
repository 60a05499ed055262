"""Reliefs (R-M4) and late fees (R-M5) of duties that are assessed again: kept, once, to the fen."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import select, text

from feeledger.audits import audit_books
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use
from feeledger.errors import FeeLedgerError
from feeledger.money import Money
from feeledger.notices.actions import NoticeOrder, issue_notice
from feeledger.notices.charges import Charge
from feeledger.notices.queries import notice_of
from feeledger.notices.relief_queries import payables_on
from feeledger.notices.tables import NoticeRow
from feeledger.payments.actions import query_notice, record_payment
from feeledger.reassessments.actions import approve_reassessment
from feeledger.reassessments.carrying_actions import ReliefUndecided
from feeledger.reassessments.queries import bookings_of, lines_of_reassessment
from feeledger.reassessments.tables import ReassessmentReliefRow
from feeledger.refunds.queries import lines_of_refund, refunds_of_notice
from feeledger.reliefs.actions import apply_for_relief, approve_relief
from feeledger.reliefs.queries import reliefs_of_notice
from feeledger.reliefs.relief import Ground, Terms
from feeledger.reliefs.tables import NoticeReliefRow
from feeledger.store import Store
from tests.builders import (
    BANK,
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    POLICE_UNIT,
    REGION,
    SOIL_ITEM,
    SOIL_LINE,
    USCC,
    WATER_UNIT,
    a_place,
    an_advice,
    an_enterprise,
    the_calendar,
)
from tests.reassessments.books import (
    REVIEWER,
    answers_of,
    at,
    booking,
    day,
    differences,
    ended,
    granted,
    kept,
    noticed,
    paid,
    proposed,
    reassessed,
    repriced,
    the_base,
    told,
)

ON = day("2026-03-20")
ISSUED = at(day("2026-03-24"))
LATER = at(day("2026-06-01"))
HALF = Terms("reduce", 1, bp=5000)
WAIVED = Terms("waive", 1)
RULE = '{"daily_rate":"0.0005","document":"测试"}'


@pytest.fixture
def small(store: Store) -> Store:
    with store.write() as session:
        a_base(session)
    return store


def a_base(session):
    a_place(session)
    an_enterprise(session)
    kept(session, the_base(), "base", day("2026-01-02"))
    told(session, USCC, {"land_occupied_m2": Decimal(100)}, day("2026-01-01"), now=at(ON, 1))


def priced(session, amount, *, on=None, name=None):
    """Let a square metre cost another amount from 1 March on."""
    catalog = repriced(the_base(), SOIL_LINE, day("2026-03-01"), Decimal(amount))
    return kept(session, catalog, name or f"e-{amount}", on or day("2026-05-04"))


def done(session, row):
    return [(each.kind, each.fen) for each in bookings_of(session, REGION, row.id)]


def figures(session, row):
    lines = lines_of_reassessment(session, REGION, row.id)
    return [(each.counted_fen, each.fresh_fen, each.difference_fen) for each in lines]


def latest(session):
    query = select(NoticeRow).where(NoticeRow.region == REGION).order_by(NoticeRow.id.desc())
    return session.scalars(query).first()


def on_record(session, notice):
    rows = reliefs_of_notice(session, REGION, notice.id, approved_only=True)
    return [(x.kind, x.line_no, x.fen, x.bp, x.document, x.applied_by, x.decided_by) for x in rows]


def two_lines(session):
    """100 m² at 1.40 and two licences at 10.00, under one pay code: 160.00."""
    soil = answers_of(session, USCC, SOIL_ITEM, ON, now=ISSUED)
    licence = answers_of(
        session, USCC, LICENCE_ITEM, ON, now=ISSUED, facts={"vehicle_licences": Decimal(2)}
    )
    soil = next(each for each in soil if each.line == SOIL_LINE)
    licence = next(each for each in licence if each.line == LICENCE_LINE)
    charges = (Charge(WATER_UNIT, soil), Charge(POLICE_UNIT, licence))
    return issue_notice(
        session,
        REGION,
        NoticeOrder(USCC, charges),
        calendar=the_calendar(),
        today=ISSUED.date(),
        by=CLERK,
        now=ISSUED,
    )


def assert_settled(session):
    assert not differences(session, USCC, now=LATER + timedelta(days=400)).differences
    assert audit_books(session, REGION) == ()


def test_r_m4_half_of_an_unpaid_notice_stays_half_of_the_one_in_its_place(small):
    """140.00 halved is 70.00; at 1.20 it is 120.00, halved 60.00. Document and both persons stay."""
    with small.write() as session:
        notice = noticed(session, USCC, ON, now=ISSUED)
        granted(session, notice, HALF, now=ISSUED)
        priced(session, "1.20")
        row = reassessed(session, USCC, now=LATER)
        assert figures(session, row) == [(70_00, 60_00, -10_00)]
        assert done(session, row) == [("void", 70_00), ("replacement", 60_00)]
        new = latest(session)
        assert (new.amount_fen, new.relieved_fen, new.supersedes) == (120_00, 60_00, notice.id)
        paper = "演示减免〔2026〕1号"
        assert on_record(session, new) == [
            ("reduce", None, None, 5000, paper, CLERK, REVIEWER)
        ] or (on_record(session, new) == [("reduce", 1, None, 5000, paper, CLERK, REVIEWER)])
        (link,) = session.scalars(select(ReassessmentReliefRow)).all()
        assert link.reassessment == row.id
        assert_settled(session)
        paid(session, new, "T1", now=LATER)
        assert_settled(session)


def test_r_m4_a_waived_line_is_kept_on_the_notice_in_its_place_even_alone(small):
    """Soil 140.00 waived, licences 20.00 ended: the waiver stands on a notice that asks nothing."""
    with small.write() as session:
        notice = two_lines(session)
        granted(session, notice, WAIVED, now=ISSUED)
        gone = ended(the_base(), LICENCE_ITEM, day("2026-03-01"), "cf-2026", announced_on=None)
        kept(session, gone, "gone", day("2026-05-04"))
        row = reassessed(session, USCC, now=LATER)
        assert figures(session, row) == [(20_00, 0, -20_00)]
        assert done(session, row) == [("void", 20_00), ("replacement", 0)]
        new = latest(session)
        assert (new.status, new.amount_fen, new.relieved_fen) == ("waived", 140_00, 140_00)
        assert [each[0] for each in on_record(session, new)] == ["waive"]
        assert_settled(session)


def test_r_m4_what_is_asked_later_is_asked_whole_and_what_was_granted_is_granted_once(small):
    """140.00 less 40.00, paid 100.00. At 1.65: 165.00 - 40.00 = 125.00, 25.00 more, of which 5.00
    are taken off. At 1.50: 150.00 - 40.00 - 5.00 = 105.00: the 25.00 give way to 10.00 less 5.00.
    At 1.20: 120.00 - 40.00 = 80.00: the 10.00 fall and 20.00 of the 100.00 go back."""
    with small.write() as session:
        notice = noticed(session, USCC, ON, now=ISSUED)
        granted(session, notice, Terms("reduce", 1, amount=Money(40_00)), now=ISSUED)
        paid(session, notice, "T1", now=ISSUED)
        priced(session, "1.65")
        row = reassessed(session, USCC, now=LATER)
        assert figures(session, row) == [(100_00, 125_00, 25_00)]
        granted(session, latest(session), Terms("reduce", 1, amount=Money(5_00)), now=LATER)
        assert_settled(session)

        priced(session, "1.50", on=day("2026-05-05"))
        row = reassessed(session, USCC, now=LATER + timedelta(days=1))
        assert figures(session, row) == [(120_00, 105_00, -15_00)]
        assert done(session, row) == [("void", 20_00), ("supplement", 5_00)]
        assert [each[:3] for each in on_record(session, latest(session))] == [("reduce", 1, 5_00)]
        assert_settled(session)

        priced(session, "1.20", on=day("2026-05-06"))
        row = reassessed(session, USCC, now=LATER + timedelta(days=2))
        assert figures(session, row) == [(105_00, 80_00, -25_00)]
        assert done(session, row) == [("void", 5_00), ("refund", 20_00)]
        assert_settled(session)


def test_r_m4_a_deferral_goes_along_while_its_day_is_later_and_an_open_application_stops_it(small):
    """Replaced on 1 June the new notice is due on 15 June: 1 December stays, 5 June has lapsed."""
    with small.write() as session:
        notice = noticed(session, USCC, ON, now=ISSUED)
        other = noticed(session, USCC, day("2026-03-21"), now=ISSUED)
        granted(session, notice, Terms("defer", due_on=day("2026-12-01")), now=ISSUED)
        granted(session, other, Terms("defer", due_on=day("2026-06-05")), now=ISSUED)
        ground = Ground("批", day("2026-03-24"), "财政局", "受灾")
        asked = apply_for_relief(session, REGION, notice.id, HALF, ground, by=CLERK, now=ISSUED)
        number = asked.id
        priced(session, "1.20")
        proposal = proposed(session, USCC, now=LATER).row.id
    with pytest.raises(ReliefUndecided), small.write() as session:
        approve_reassessment(session, REGION, proposal, booking(now=LATER))
    with small.write() as session:
        approve_relief(session, REGION, number, reason="", by=REVIEWER, now=LATER)
        row = reassessed(session, USCC, now=LATER)
        assert figures(session, row) == [(70_00, 60_00, -10_00), (140_00, 120_00, -20_00)]
        dues = {
            each.amount_fen - each.relieved_fen: each.due_on.isoformat()
            for each in session.scalars(select(NoticeRow).where(NoticeRow.status == "issued"))
        }
        assert dues == {60_00: "2026-12-01", 120_00: "2026-06-15"}
        assert_settled(session)


def test_r_m5_a_late_fee_goes_back_with_what_it_was_charged_on(small):
    """Due 8 April, paid 28 April: 20 days at 0.05 %: 140.00 bore 1.40, half of it waived: 0.70.
    120.00 bears 1.20, half 0.60: 20.00 go back with 0.10. The unpaid twin is issued anew at
    120.00, due 15 June: on 25 June 10 days make 0.60."""
    with small.write() as session:
        notice = noticed(session, USCC, ON, now=ISSUED)
        other = noticed(session, USCC, day("2026-03-21"), now=ISSUED)
        session.execute(text("DROP TRIGGER notice_line_no_update"))
        session.execute(text("UPDATE notice_line SET late_rule = :rule"), {"rule": RULE})
        session.expire_all()
        granted(session, notice, Terms("late", 1, bp=5000), now=ISSUED)
        granted(session, other, Terms("late", 1, bp=2500), now=ISSUED)
        paid(session, notice, "T1", now=at(day("2026-04-28")))
        priced(session, "1.20")
        row = reassessed(session, USCC, now=LATER)
        assert figures(session, row) == [(140_70, 120_60, -20_10), (140_00, 120_00, -20_00)]
        explained = lines_of_reassessment(session, REGION, row.id)[0].explanation
        assert explained["parts"][-1] == {"kind": "late", "fen": -10}
        (refund,) = refunds_of_notice(session, REGION, notice.id)
        (line,) = lines_of_refund(session, REGION, refund.id)
        assert (refund.amount_fen, line.amount_fen, line.late_fen) == (20_10, 20_00, 10)
        new = latest(session)
        assert new.due_on == day("2026-06-15")
        # 120.00 x 0.0005 x 10 = 0.60, a quarter waived: 0.45
        assert str(payables_on(session, REGION, [new], day("2026-06-25"))[new.id]) == "120.45"
        assert_settled(session)
        # More at 1.65: what was paid bears no more; 45.00 on a notice of its own due day.
        priced(session, "1.65", on=day("2026-05-07"))
        row = reassessed(session, USCC, now=LATER + timedelta(days=3))
        assert figures(session, row)[0] == (120_60, 165_60, 45_00)
        assert_settled(session)


PRICES = ("0.60", "1.00", "1.20", "1.333", "1.40", "1.655", "2.10")
RELIEFS = (HALF, WAIVED, Terms("reduce", 1, bp=3333), Terms("reduce", 1, amount=Money(7_01)), Terms("late", 1, bp=4000))  # fmt: skip


def wander(session, steps, *, seed):
    """Relieve, pay late, change the price and assess again in any order; check after each time."""
    chance = random.Random(seed)
    noticed(session, USCC, ON, now=ISSUED)
    session.execute(text("DROP TRIGGER IF EXISTS notice_line_no_update"))
    session.execute(text("UPDATE notice_line SET late_rule = :rule"), {"rule": RULE})
    session.expire_all()
    now = LATER
    for step in range(steps):
        now += timedelta(days=chance.randint(1, 9))
        unpaid = session.scalars(
            select(NoticeRow)
            .where(NoticeRow.status.in_(("issued", "expired")))
            .order_by(NoticeRow.id)
        ).all()
        move = chance.choice(("relieve", "pay", "price", "price"))
        if move == "price":
            priced(session, chance.choice(PRICES), on=now.date(), name=f"s{seed}-{step}")
            row = reassessed(session, USCC, now=now)
            if row is not None:
                moved = sum(
                    fen if kind in ("supplement", "replacement") else -fen
                    for kind, fen in done(session, row)
                )
                assert moved == sum(each[2] for each in figures(session, row))
            assert not differences(session, USCC, now=now).differences
        elif unpaid and move == "pay":
            paid(session, chance.choice(unpaid), f"S{seed}-{step}", now=now)
        elif unpaid:
            session.begin_nested()
            try:
                granted(session, chance.choice(unpaid), chance.choice(RELIEFS), now=now)
            except FeeLedgerError:
                session.rollback()
    assert_settled(session)


def test_odd_orders_leave_no_difference_and_clean_books(small):
    with small.write() as session:
        wander(session, 12, seed=3)


@pytest.mark.postgresql
def test_a_payment_a_relief_and_an_approval_at_once_end_in_one_lawful_order(pg_store: Store):
    """140.00 unpaid; 120.00 is right; half may be taken off. Whoever is first, nothing is lost."""
    with pg_store.write() as session:
        a_base(session)
        notice = noticed(session, USCC, ON, now=ISSUED)
        ground = Ground("批", day("2026-03-24"), "财政局", "受灾")
        relief = apply_for_relief(session, REGION, notice.id, HALF, ground, by=CLERK, now=ISSUED).id
        query_notice(session, notice.pay_code, bank=BANK, today=ISSUED.date(), now=ISSUED)
        advice = an_advice(notice, "T1", paid_at=ISSUED, payer_account="6222")
        priced(session, "1.20")
        number = proposed(session, USCC, now=LATER).row.id
        assert plan_of(edition_in_use(session)).catalog.edition.id == "e-1.20"
        root = notice.id
    start = Barrier(3)

    def ease(session):
        approve_relief(session, REGION, relief, reason="", by=REVIEWER, now=LATER)

    def pay(session):
        record_payment(session, advice, bank=BANK, now=LATER)

    def assess(session):
        approve_reassessment(session, REGION, number, booking(now=LATER))

    def run(work):
        start.wait(30)
        try:
            with pg_store.write() as session:
                work(session)
        except FeeLedgerError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(3) as threads:
        eased, paying, assessed = threads.map(run, (ease, pay, assess))
    with pg_store.write() as session:
        status = notice_of(session, REGION, root).status
        state = session.get_one(NoticeReliefRow, (REGION, relief)).state
        # While the application waits, the notice cannot give way; once it is granted, or the notice
        # is paid under it, figures moved.
        assert assessed in ("done", "reassessment-stale", "relief-undecided")
        assert (state == "approved") == (eased == "done")
        if assessed != "done":
            waiting = proposed(session, USCC, now=LATER + timedelta(days=1)).row
            approve_reassessment(
                session, REGION, waiting.id, booking(now=LATER + timedelta(days=1))
            )
        assert (status, paying) in [(each, "done") for each in ("paid", "issued", "voided")]
        assert_settled(session)
