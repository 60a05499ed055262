"""A bank's day with every kind of line: worked on by people, carried on by name, closed."""

from datetime import timedelta

from sqlalchemy import select

from feeledger.money import Money
from feeledger.notices.actions import expire_notices
from feeledger.payments.tables import PaymentRow
from feeledger.reconciliation.actions import close_recon_day, import_day_file
from feeledger.reconciliation.difference_actions import take_step
from feeledger.reconciliation.request_actions import judge_request, take_statement
from feeledger.reconciliation.requests import RequestKey, statement_of
from feeledger.reconciliation.statements import DayLine
from feeledger.reconciliation.tables import ReconDifferenceRow
from tests.builders import ACCOUNT_NO, BANK, CLERK, NOW, REGION, TODAY, a_notice, a_paid_notice
from tests.reconciliation.books import a_day_file
from tests.unmatched.books import arrive

KEY = {"account": ACCOUNT_NO, "bank": BANK, "day": TODAY}
TOMORROW = NOW + timedelta(days=1)


def reconciled(session):
    """A file that matches, with other money come for D1, M1 missing and X9 too many; then its correction."""
    paid = a_paid_notice(session, trade_no="D1")
    arrive(session, "D1", amount="139.00", pay_code=paid.pay_code)
    missed = a_paid_notice(session, trade_no="M1")
    lines = [*_confirmed(session), ("X9", missed.pay_code, "140.00")]
    _import(session, a_day_file(*lines[:1], **KEY, number="1"))
    _import(session, a_day_file(*lines, **KEY, number="2", replaces="1"))
    key = RequestKey(BANK, ACCOUNT_NO, TODAY, "3")
    line = DayLine(1, "X8", missed.pay_code, Money(500), NOW, "", "")
    assert take_statement(session, REGION, statement_of(key, "", (line,)), now=NOW) is None
    judge_request(session, REGION, key, now=NOW)
    standing = ReconDifferenceRow.state == "open"
    found = {
        row.trade_no: row for row in session.scalars(select(ReconDifferenceRow).where(standing))
    }
    for name in ("assign", "explain", "correct"):
        _step(session, found["D1"], name, CLERK)
    _step(session, found["D1"], "close", "reviewer:test")
    for name in ("assign", "explain", "write_off"):
        _step(session, found["X9"], name, CLERK)
    names = [row.id for serial, row in found.items() if serial != "D1"]
    told = {"actor": "reviewer:test", "reason": "日终", "now": TOMORROW}
    close_recon_day(session, region=REGION, day=TODAY, carried=names, **told)


def open_ends(session):
    """Money that agrees with its payment, and money that does not; notices that nobody paid, swept."""
    for serial, amount in (("AR", "140.00"), ("DF", "139.00")):
        notice = a_paid_notice(session, trade_no=serial)
        arrive(session, serial, amount=amount, pay_code=notice.pay_code)
    late = a_notice(session)
    assert expire_notices(session, REGION, today=late.valid_until + timedelta(days=2), now=NOW)


def _confirmed(session):
    """Give a line of each confirmation of the day that is not reconciled yet, but for M1."""
    query = select(PaymentRow).where(
        PaymentRow.kind == "confirmation",
        PaymentRow.state.in_(("confirmed", "arrived", "difference")),
        PaymentRow.trade_no != "M1",
    )
    return [
        (row.trade_no, row.pay_code, str(Money(row.amount_fen)).replace(",", ""))
        for row in session.scalars(query.order_by(PaymentRow.trade_no))
    ]


def _import(session, raw):
    told = {"file_name": "day.csv", "actor": CLERK, "now": NOW}
    return import_day_file(session, region=REGION, raw=raw, **told)


def _step(session, row, name, by):
    told = {"difference": row.id, "step": name, "reason": f"理由{name}", "now": NOW}
    take_step(session, region=REGION, actor=by, **told)
