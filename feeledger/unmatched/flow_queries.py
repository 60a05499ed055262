"""What a statement of an account is held against: what is known of it and of its money."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.payments.tables import PaymentKeyRow, PaymentRow, UnmatchedReceiptRow
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.unmatched.arrival import ARRIVAL, IN_TRANSIT, Arrival
from feeledger.unmatched.flow import (
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
OPEN_MOST = 500


def flow_of(session: Session, region: str, bank: str, flow_no: str) -> AccountFlowRow | None:
    """Find an accepted statement, freshly."""
    return session.get(AccountFlowRow, (region, bank, flow_no), populate_existing=True)


def hold_account(session: Session, account: DesignatedAccountRow) -> None:
    """Let one statement of an account go after the other; payments are not held up."""
    session.execute(
        select(DesignatedAccountRow.id)
        .where(DesignatedAccountRow.region == account.region, DesignatedAccountRow.id == account.id)
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
        found += _payments(
            session,
            flow.region,
            account.id,
            bank,
            [PaymentRow.amount_fen.in_(chunk), PaymentRow.bank_day <= flow.day],
        )
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


def open_flow_receipts(
    session: Session, region: str
) -> tuple[tuple[AccountFlowLineRow, UnmatchedReceiptRow], ...]:
    """Give receipts made of lines that name a pay code and that nobody has worked on, oldest first."""
    line, receipt = AccountFlowLineRow, UnmatchedReceiptRow
    query = (
        select(line, receipt)
        .join(receipt, (receipt.region == line.region) & (receipt.id == line.receipt))
        .where(
            line.region == region,
            receipt.region == region,
            line.pay_code.is_not(None),
            receipt.state == "received",
        )
        .order_by(receipt.bank_day, receipt.id)
        .limit(OPEN_MOST)
    )
    return tuple((its_line, its_receipt) for its_line, its_receipt in session.execute(query))


def payments_awaiting(
    session: Session, region: str, receipt: UnmatchedReceiptRow
) -> tuple[MoneyKnown, ...]:
    """Give the payments that a receipt of a statement may be the money of: by its pay code."""
    row = PaymentRow
    return tuple(
        _payments(
            session,
            region,
            receipt.account,
            receipt.bank,
            [
                row.pay_code == receipt.pay_code,
                row.amount_fen == receipt.amount_fen,
                row.bank_day <= receipt.bank_day,
            ],
        )
    )


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


def _payments(
    session: Session,
    region: str,
    account: int,
    bank: str,
    where: list[ColumnElement[bool]],
) -> list[MoneyKnown]:
    row = PaymentRow
    query = select(row).where(
        row.region == region,
        row.bank == bank,
        row.kind == "confirmation",
        row.state == "confirmed",
        row.account == account,
        *where,
    )
    return [
        MoneyKnown(
            MET_PAYMENT, one.trade_no, Money(one.amount_fen), one.bank_day, one.pay_code,
            one.payer_account, one.id,
        )
        for one in session.scalars(query)
    ]  # fmt: skip


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
