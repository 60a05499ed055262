"""What a statement of an account is held against: what is known of it and of its money."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from feeledger.money import Money
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentKeyRow, PaymentRow, UnmatchedReceiptRow
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.unmatched.arrival import ARRIVAL, IN_TRANSIT, Arrival
from feeledger.unmatched.flow import (
    AWAITED,
    MET_ARRIVAL,
    MET_PAYMENT,
    PLACED,
    REPEATED,
    AccountFlow,
    MoneyKnown,
)
from feeledger.unmatched.tables import AccountFlowLineRow, AccountFlowRow, FundsArrivalRow

Key = TypeVar("Key")
CHUNK = 500
LISTED = ("reconciled", "settled")
OPEN_MOST = 500


def flow_of(session: Session, region: str, bank: str, flow_no: str) -> AccountFlowRow | None:
    """Find an accepted statement, freshly."""
    return session.get(AccountFlowRow, (region, bank, flow_no), populate_existing=True)


def hold_account(session: Session, region: str, account: int) -> None:
    """Let one statement of an account go after the other; payments are not held up."""
    session.execute(
        select(DesignatedAccountRow.id)
        .where(DesignatedAccountRow.region == region, DesignatedAccountRow.id == account)
        .with_for_update(key_share=True)
    )


def hold_against_flows(session: Session, account: DesignatedAccountRow) -> None:
    """Let no statement of an account be taken in while its money arrives; arrivals go on together."""
    session.execute(
        select(DesignatedAccountRow.id)
        .where(DesignatedAccountRow.region == account.region, DesignatedAccountRow.id == account.id)
        .with_for_update(read=True)
    )


def money_known(
    session: Session, flow: AccountFlow, account: DesignatedAccountRow, bank: str
) -> tuple[MoneyKnown, ...]:
    """Give the money that lines of a statement may be: arrivals of its day, payments not arrived."""
    amounts = sorted({line.amount.fen for line in flow.lines if not line.batch_no})
    found: list[MoneyKnown] = []
    for chunk in _chunks(amounts):
        found += _arrivals(session, flow, account, bank, chunk)
    found += _payments_named(session, flow, account, bank)
    used = _used_serials(session, flow.region, bank, [one.trade_no for one in found])
    return tuple(one for one in found if one.trade_no not in used)


def batches_known(
    session: Session, region: str, bank: str, numbers: Sequence[str]
) -> dict[str, tuple[int, str]]:
    """Give amount in fen and account of the transfers of these numbers that were told."""
    row, found = PaymentKeyRow, {}
    for chunk in _chunks(numbers):
        query = select(row.trade_no, row.amount_fen, row.account_no).where(
            row.region == region,
            row.bank == bank,
            row.kind == IN_TRANSIT,
            row.trade_no.in_(chunk),
        )
        found.update({number: (fen, account) for number, fen, account in session.execute(query)})
    return found


def batch_lines(
    session: Session, region: str, bank: str, numbers: Sequence[str]
) -> dict[str, tuple[int, str, date]]:
    """Give amount in fen, account and day of the lines that named these batches before."""
    line, flow, found = AccountFlowLineRow, AccountFlowRow, {}
    for chunk in _chunks(numbers):
        query = (
            select(line.batch_no, line.amount_fen, flow.account_no, flow.day)
            .join(
                flow,
                (flow.region == line.region)
                & (flow.bank == line.bank)
                & (flow.flow_no == line.flow_no),
            )
            .where(
                line.region == region,
                flow.region == region,
                line.bank == bank,
                line.batch_no.in_(chunk),
                line.outcome != REPEATED,
            )
        )
        found.update(
            {no: (fen, account, day) for no, fen, account, day in session.execute(query) if no}
        )
    return found


def line_of_arrival(
    session: Session, arrival: Arrival, account: DesignatedAccountRow, bank: str
) -> AccountFlowLineRow | None:
    """Find the line of a statement that this money is, where it stands as unmatched already."""
    line, flow = AccountFlowLineRow, AccountFlowRow
    query = (
        select(line)
        .join(
            flow,
            (flow.region == line.region)
            & (flow.bank == line.bank)
            & (flow.flow_no == line.flow_no),
        )
        .where(
            line.region == arrival.region,
            flow.region == arrival.region,
            line.bank == bank,
            flow.account == account.id,
            flow.day == arrival.arrived_on,
            line.amount_fen == arrival.amount.fen,
            line.outcome == PLACED,
        )
        .order_by(line.flow_no, line.line_no)
    )
    for found in session.scalars(query):
        told = ((found.payer_account, arrival.payer.account), (found.pay_code, arrival.pay_code))
        if all(not one or not other or one == other for one, other in told):
            return found
    return None


@dataclass(frozen=True, slots=True)
class MetLater:
    """A line of a statement, the receipt that was made of it, and the payment whose money it is."""

    line: AccountFlowLineRow
    receipt: int
    payment: int
    account: int


def receipts_to_meet(session: Session, region: str) -> tuple[MetLater, ...]:
    """Give receipts made of lines that name the pay code of a payment whose money is awaited.

    Bank, account and amount are the same, and the payment was made by the day of the money.
    """
    line, receipt, notice, payment = (
        AccountFlowLineRow,
        UnmatchedReceiptRow,
        NoticeRow,
        PaymentRow,
    )
    query = (
        select(line, receipt.id, payment.id, receipt.account)
        .join(receipt, (receipt.region == line.region) & (receipt.id == line.receipt))
        .join(notice, (notice.region == line.region) & (notice.pay_code == line.pay_code))
        .join(payment, (payment.region == notice.region) & (payment.notice == notice.id))
        .where(
            line.region == region,
            receipt.region == region,
            notice.region == region,
            receipt.state == "received",
            *_awaiting(region, receipt.account, receipt.bank, receipt.bank_day),
            payment.amount_fen == receipt.amount_fen,
        )
        .order_by(receipt.bank_day, receipt.id)
        .limit(OPEN_MOST)
    )
    return tuple(MetLater(*found) for found in session.execute(query))


def awaited_lines(
    session: Session, region: str, *, limit: int
) -> tuple[tuple[AccountFlowLineRow, AccountFlowRow], ...]:
    """Give the lines of statements whose bulk transfer was not told of yet, the oldest first."""
    line, flow, key = AccountFlowLineRow, AccountFlowRow, PaymentKeyRow
    told = (
        select(key.trade_no)
        .where(
            key.region == line.region,
            key.bank == line.bank,
            key.kind == IN_TRANSIT,
            key.trade_no == line.batch_no,
        )
        .exists()
    )
    query = (
        select(line, flow)
        .join(
            flow,
            (flow.region == line.region)
            & (flow.bank == line.bank)
            & (flow.flow_no == line.flow_no),
        )
        .where(line.region == region, flow.region == region, line.outcome == AWAITED, ~told)
        .order_by(flow.day, line.bank, line.batch_no)
        .limit(limit)
    )
    return tuple((its_line, its_flow) for its_line, its_flow in session.execute(query))


def amount_stated(
    session: Session, region: str, bank: str, batch_no: str
) -> tuple[int, str] | None:
    """Give amount in fen and account of the line of a statement that names that transfer."""
    found = batch_lines(session, region, bank, [batch_no]).get(batch_no)
    return None if found is None else found[:2]


def _arrivals(
    session: Session,
    flow: AccountFlow,
    account: DesignatedAccountRow,
    bank: str,
    amounts: Sequence[int],
) -> list[MoneyKnown]:
    row = FundsArrivalRow
    query = select(row).where(
        row.region == flow.region,
        row.bank == bank,
        row.kind == ARRIVAL,
        row.account == account.id,
        row.bank_day == flow.day,
        row.amount_fen.in_(amounts),
    )
    return [
        MoneyKnown(
            MET_ARRIVAL, one.trade_no, Money(one.amount_fen), one.bank_day, one.pay_code,
            one.payer_account,
        )
        for one in session.scalars(query)
    ]  # fmt: skip


def _payments_named(
    session: Session, flow: AccountFlow, account: DesignatedAccountRow, bank: str
) -> list[MoneyKnown]:
    """Give awaited payments whose pay code a line names, or of the day and a payer that a line names."""
    row = PaymentRow
    lines = [line for line in flow.lines if not line.batch_no]
    codes = sorted({line.pay_code for line in lines if line.pay_code})
    payers = sorted({line.payer.account for line in lines if line.payer.account})
    found: dict[str, PaymentRow] = {}
    for chunk in _chunks(codes):
        notices = select(NoticeRow.id).where(
            NoticeRow.region == flow.region, NoticeRow.pay_code.in_(chunk)
        )
        query = select(row).where(
            *_awaiting(flow.region, account.id, bank, flow.day),
            row.notice.in_(notices),
        )
        found.update((one.trade_no, one) for one in session.scalars(query))
    for chunk in _chunks(payers):
        query = select(row).where(
            *_awaiting(flow.region, account.id, bank, flow.day),
            row.bank_day == flow.day,
            row.payer_account.in_(chunk),
        )
        found.update((one.trade_no, one) for one in session.scalars(query))
    return [
        MoneyKnown(
            MET_PAYMENT, one.trade_no, Money(one.amount_fen), one.bank_day, one.pay_code,
            one.payer_account, one.id,
        )
        for one in found.values()
    ]  # fmt: skip


def is_awaited(session: Session, payment: PaymentRow, day: date) -> bool:
    """Say whether the money of a payment, whose row is held, is awaited still on a statement's day."""
    row = PaymentRow
    query = select(row.id).where(
        *_awaiting(payment.region, payment.account, payment.bank, day), row.id == payment.id
    )
    return session.scalar(query) is not None


def _awaiting(region: str, account: Any, bank: Any, day: Any) -> list[ColumnElement[bool]]:
    """Select payments by a bank into an account whose money nothing has shown yet.

    The state does not tell: a day file moves a payment on whether its money was shown or not. One
    that a day file has listed had its money on its own day, no other [D].
    """
    row = PaymentRow
    return [
        row.region == region,
        row.bank == bank,
        row.kind == "confirmation",
        row.account == account,
        or_(
            and_(row.state == "confirmed", row.bank_day <= day),
            and_(row.state.in_(LISTED), row.bank_day == day),
        ),
        *(~shown for shown in _shown()),
    ]


def _shown() -> list[ColumnElement[bool]]:
    """Say where the money of a payment was shown: told by the bank, on a line, or as a receipt."""
    row, told = PaymentRow, FundsArrivalRow
    receipt = aliased(UnmatchedReceiptRow)  # the query around may ask for receipts itself
    its_line = aliased(AccountFlowLineRow)
    return [
        exists().where(
            told.region == row.region, told.bank == row.bank, told.trade_no == row.trade_no
        ),
        exists().where(
            its_line.region == row.region,
            its_line.bank == row.bank,
            its_line.trade_no == row.trade_no,
        ),
        exists().where(receipt.region == row.region, receipt.payment == row.id),
    ]


def _used_serials(session: Session, region: str, bank: str, serials: Sequence[str]) -> set[str]:
    line = AccountFlowLineRow
    used: set[str] = set()
    for chunk in _chunks(serials):
        query = select(line.trade_no).where(
            line.region == region, line.bank == bank, line.trade_no.in_(chunk)
        )
        used.update(serial for serial in session.scalars(query) if serial is not None)
    return used


def _chunks(keys: Sequence[Key]) -> Iterable[Sequence[Key]]:
    return (keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK))
