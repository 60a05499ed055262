"""Money that arrives, for tests, and what the books say of it afterwards."""

from datetime import timedelta

from sqlalchemy import select

from feeledger.ledger.queries import balances_on
from feeledger.money import parse_amount
from feeledger.notices.queries import notice_of
from feeledger.payments.tables import PaymentRow, UnmatchedReceiptRow
from feeledger.payments.verify_queries import verify_region
from feeledger.unmatched.actions import record_arrival
from feeledger.unmatched.arrival import Arrival, Payer
from feeledger.unmatched.verify_queries import verify_unmatched
from tests.builders import ACCOUNT_NO, BANK, NOW, REGION

PAYER = Payer("演示商行", "6222-0000-1111", "演示银行")


def an_arrival(trade_no="T0001", *, amount="140.00", pay_code=None, payer=PAYER, **changes):
    """Money that came at ten in Beijing on the day of the tests."""
    told = {"account": ACCOUNT_NO, "arrived_at": NOW, "region": REGION} | changes
    return Arrival(
        trade_no=trade_no, amount=parse_amount(amount), pay_code=pay_code, payer=payer, **told
    )


def arrive(session, trade_no="T0001", *, bank=BANK, now=NOW + timedelta(seconds=2), **told):
    return record_arrival(session, an_arrival(trade_no, **told), bank=bank, now=now)


def receipts(session):
    query = select(UnmatchedReceiptRow).order_by(UnmatchedReceiptRow.amount_fen)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def a_receipt(session, trade_no="T0001", **told):
    """Let money arrive that belongs to no payment; give its receipt."""
    assert arrive(session, trade_no, **told).answer is not None
    query = select(UnmatchedReceiptRow).where(UnmatchedReceiptRow.trade_no == trade_no)
    return session.scalars(query).one()


def books(session, notice=None):
    """What stands: balances by kind of account, the payment's state, the notice's status."""
    held = {}
    for name, balance in balances_on(session, REGION).items():
        kind = name.split("/")[0]
        held[kind] = held.get(kind, 0) + balance.net_fen
    payment = session.scalars(
        select(PaymentRow.state)
        .order_by(PaymentRow.state)
        .execution_options(populate_existing=True)
    ).all()
    status = None
    if notice is not None:
        session.expire_all()
        status = notice_of(session, REGION, notice.id).status
    return {kind: fen for kind, fen in held.items() if fen}, list(payment), status


def assert_clean(store):
    with store.read() as session:
        assert verify_region(session, REGION) == ()
        assert verify_unmatched(session, REGION) == ()
