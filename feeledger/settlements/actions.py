"""Settling: one officer prepares the order, another approves it, and the money leaves the account.

    settlement    debit treasury by level    credit designated

Between the two nothing is held back: the approval locks every notice in order, works all parts out
again and refuses if a refund or a correction came between. So what is settled adds up exactly to
what was paid less what was paid back.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Invalid, Text
from feeledger.ledger.actions import open_day_held, post_on_day
from feeledger.ledger.chart import designated, treasury
from feeledger.ledger.journal import Entry, Posting
from feeledger.money import Money
from feeledger.notices.notice import status_after
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRefundRow, PaymentRow
from feeledger.people.roles import different_person
from feeledger.refunds.refund import Hand
from feeledger.settlements.queries import (
    Part,
    by_payment,
    chunks_of,
    parts_now,
    parts_of_settlement,
    payments_of_settlement,
    payments_to_settle,
    settlement_of,
)
from feeledger.settlements.tables import SettlementPaymentRow, SettlementRow, SettlementShareRow
from feeledger.sharing.levels import moves_of
from feeledger.store import new_id
from feeledger.trail import record_act

PAYMENTS_MAX = 2000
DOCUMENT_LENGTH = range(2, 201)


class NothingToSettle(Conflict):
    """No reconciled payment with determined shares waits to be settled."""

    code = "nothing-to-settle"
    title = Text("没有可划解的缴款", "Nothing waits to be settled")


class SettlementDocumentNeeded(Invalid):
    """A settlement rests on a document."""

    code = "settlement-document-needed"
    title = Text("须写明划解依据文件", "The document of the settlement is needed")


class SettlementNotOpen(Conflict):
    """The settlement was approved or cancelled already."""

    code = "settlement-not-open"
    title = Text("划解单已办结", "The settlement is done with")


class SettlementChanged(Conflict):
    """A payment of the settlement was refunded, corrected or taken meanwhile."""

    code = "settlement-changed"
    title = Text("划解单内的缴款已变化", "Payments of the settlement have changed")


def prepare_settlement(
    session: Session, region: str, *, document: str, until: date, hand: Hand
) -> SettlementRow:
    """Put every payment that may be settled, up to a bank's day, into one order; 2,000 at most.

    Raises SettlementDocumentNeeded, NothingToSettle, SettlementChanged.
    """
    if len(document.strip()) not in DOCUMENT_LENGTH:
        raise SettlementDocumentNeeded(
            Text("请写明划解依据文件，2 至 200 字。", "Name the document, 2 to 200 characters.")
        )
    ids = [row.id for row in payments_to_settle(session, region, until=until, limit=PAYMENTS_MAX)]
    parts = parts_now(session, region, ids)
    sums = by_payment(parts)
    if not sums:
        raise NothingToSettle(
            Text(
                f"截至 {until} 没有已对账、分成已确定且未划解的缴款。",
                f"Up to {until} no reconciled payment with determined shares waits.",
            )
        )
    row = SettlementRow(
        region=region,
        id=new_id(hand.now),
        document=document.strip(),
        until=until,
        payments=len(sums),
        fen=sum(sums.values()),
        state="prepared",
        prepared_by=hand.actor,
        prepared_on=hand.today,
        prepared_at=hand.now,
    )
    session.add(row)
    session.flush()
    _keep_parts(session, row, sums, parts)
    _record(session, row, "prepare-settlement", hand)
    return row


def approve_settlement(
    session: Session, region: str, settlement: int, *, hand: Hand
) -> SettlementRow:
    """Approve a prepared settlement: money leaves the account, payments and notices are settled.

    Raises SettlementMissing, SettlementNotOpen, SamePerson, SettlementChanged, BookMissing.
    """
    payments = payments_of_settlement(session, region, settlement)
    notices = _lock_notices(session, region, [payment.notice for payment in payments])
    row = settlement_of(session, region, settlement, for_update=True)
    _demand_open(row)
    different_person(row.prepared_by, hand.actor)
    parts = parts_of_settlement(session, region, settlement)
    _demand_unchanged(session, row, payments, notices, parts)
    day = open_day_held(session, region)
    entry = Entry(
        kind="settlement",
        subject=f"settlement:{row.id}",
        postings=_postings(payments, parts),
        reason=row.document,
    )
    row.entry = post_on_day(session, region, entry, day=day, now=hand.now)
    row.state, row.approved_by, row.approved_at = "settled", hand.actor, hand.now
    session.flush()
    _mark_settled(session, region, payments)
    _record(session, row, "approve-settlement", hand)
    return row


def cancel_settlement(
    session: Session, region: str, settlement: int, *, hand: Hand
) -> SettlementRow:
    """Cancel a prepared settlement; its payments may go into another.

    Raises SettlementMissing, SettlementNotOpen.
    """
    row = settlement_of(session, region, settlement, for_update=True)
    _demand_open(row)
    row.state, row.cancelled_by, row.cancelled_at = "cancelled", hand.actor, hand.now
    row.cancel_reason = hand.reason
    session.flush()
    session.execute(
        update(SettlementPaymentRow)
        .where(SettlementPaymentRow.region == region, SettlementPaymentRow.settlement == settlement)
        .values(cancelled=True)
    )
    _record(session, row, "cancel-settlement", hand)
    return row


def _demand_open(row: SettlementRow) -> None:
    if row.state != "prepared":
        raise SettlementNotOpen(
            Text("该划解单已批准或已撤销。", "The settlement was approved or cancelled already.")
        )


def _keep_parts(
    session: Session, row: SettlementRow, sums: Mapping[int, int], parts: Mapping[Part, int]
) -> None:
    keys = {"region": row.region, "settlement": row.id}
    try:
        with session.begin_nested():
            session.execute(
                insert(SettlementPaymentRow),
                [
                    {**keys, "payment": payment, "fen": fen, "cancelled": False}
                    for payment, fen in sorted(sums.items())  # in one order: no two wait in a ring
                ],
            )
    except IntegrityError as taken:
        raise SettlementChanged(
            Text(
                "其中有缴款刚被编入另一张划解单，请重新编制。",
                "A payment was just put into another settlement; prepare it again.",
            )
        ) from taken
    session.execute(
        insert(SettlementShareRow),
        [
            {**keys, "payment": payment, "line_no": line, "level": level, "fen": fen}
            for (payment, line, level), fen in parts.items()
        ],
    )


def _lock_notices(session: Session, region: str, ids: Sequence[int]) -> dict[int, str]:
    """Lock notices in one order and give their statuses, freshly."""
    found: dict[int, str] = {}
    for chunk in chunks_of(sorted(ids)):
        query = (
            select(NoticeRow)
            .where(NoticeRow.region == region, NoticeRow.id.in_(chunk))
            .order_by(NoticeRow.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found.update((notice.id, notice.status) for notice in session.scalars(query))
    return found


def _demand_unchanged(
    session: Session,
    row: SettlementRow,
    payments: Sequence[PaymentRow],
    notices: Mapping[int, str],
    parts: Mapping[Part, int],
) -> None:
    """Hold the order against the books under the notices' locks. Raises SettlementChanged."""
    ids = [payment.id for payment in payments]
    now = parts_now(session, row.region, ids)
    owed = _owed_back(session, row.region, ids)
    states = _states(session, row.region, ids)
    changed = [
        payment.pay_code
        for payment in payments
        if notices[payment.notice] != "reconciled"
        or states[payment.id] != "reconciled"
        or payment.id in owed
    ]
    if not changed and now != dict(parts):
        differing = {
            part[0] for part in now.keys() | parts.keys() if now.get(part) != parts.get(part)
        }
        changed = [payment.pay_code for payment in payments if payment.id in differing]
    if changed:
        raise SettlementChanged(
            Text(
                f"{len(changed)} 笔缴款在编制后发生退付、更正或冲正（如 {changed[0]}）；"
                f"请撤销此单后重新编制。",
                f"{len(changed)} payments were refunded, corrected or reversed since (such as "
                f"{changed[0]}); cancel this settlement and prepare another.",
            ),
            payments=len(changed),
        )


def _owed_back(session: Session, region: str, ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for chunk in chunks_of(ids):
        query = select(PaymentRefundRow.payment).where(
            PaymentRefundRow.region == region,
            PaymentRefundRow.payment.in_(chunk),
            PaymentRefundRow.reserved_fen > PaymentRefundRow.refunded_fen,
        )
        found.update(session.scalars(query))
    return found


def _states(session: Session, region: str, ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for chunk in chunks_of(ids):
        query = select(PaymentRow.id, PaymentRow.state).where(
            PaymentRow.region == region, PaymentRow.id.in_(chunk)
        )
        found.update(session.execute(query).all())
    return found


def _postings(payments: Sequence[PaymentRow], parts: Mapping[Part, int]) -> tuple[Posting, ...]:
    """Debit each level's treasury and credit the account that holds its payments' money."""
    account_of_payment = {payment.id: payment.account for payment in payments}
    sums: dict[int, dict[str, int]] = {}
    for (payment, _, level), fen in parts.items():
        levels = sums.setdefault(account_of_payment[payment], {})
        levels[level] = levels.get(level, 0) + fen
    return tuple(
        Posting(
            treasury(level),
            designated(account) if other is None else treasury(other),
            Money(fen),
        )
        for account, levels in sorted(sums.items())
        for level, other, fen in moves_of(levels)
    )


def _mark_settled(session: Session, region: str, payments: Sequence[PaymentRow]) -> None:
    after = status_after("reconciled", "settle")
    for chunk in chunks_of([payment.id for payment in payments]):
        session.execute(
            update(PaymentRow)
            .where(PaymentRow.region == region, PaymentRow.id.in_(chunk))
            .values(state="settled")
        )
    for chunk in chunks_of([payment.notice for payment in payments]):
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.region == region, NoticeRow.id.in_(chunk))
            .values(status=after)
        )


def _record(session: Session, row: SettlementRow, act: str, hand: Hand) -> None:
    record_act(
        session,
        region=row.region,
        actor=hand.actor,
        act=act,
        subject=f"settlement:{row.id}",
        reason=hand.reason or row.document,
        now=hand.now,
        details={"payments": row.payments, "amount": str(Money(row.fen))},
    )
