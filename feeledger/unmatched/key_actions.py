"""The keys of arrivals and transfers, and the record of what was refused."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.payments.outcome import Outcome
from feeledger.payments.refusal_actions import note_discrepancy
from feeledger.payments.refusals import BankRefusal
from feeledger.payments.tables import PaymentKeyRow
from feeledger.store import insert_for, new_id, table_of
from feeledger.unmatched.arrival import ARRIVAL, IN_TRANSIT, Arrival, Transfer, digest_of
from feeledger.unmatched.refusals import ArrivalReused, TransferReused
from feeledger.unmatched.tables import RefusedArrivalRow

Told = Arrival | Transfer


def key_of_message(session: Session, told: Told, *, kind: str, bank: str) -> PaymentKeyRow | None:
    """Find the key of an accepted arrival or transfer, freshly."""
    query = select(PaymentKeyRow).where(
        PaymentKeyRow.region == told.region,
        PaymentKeyRow.bank == bank,
        PaymentKeyRow.kind == kind,
        PaymentKeyRow.trade_no == told.trade_no,
    )
    return session.scalar(query.execution_options(populate_existing=True))


def key_bound(session: Session, told: Told, *, kind: str, bank: str) -> PaymentKeyRow:
    """Give the key that is known to be bound: by a rival just now, or by this transaction."""
    kept = key_of_message(session, told, kind=kind, bank=bank)
    if kept is None:
        raise TypeError(told.trade_no)
    return kept


def bind_message(
    session: Session, told: Told, *, kind: str, bank: str, answer: dict[str, Any], now: datetime
) -> bool:
    """Bind the key for ever; wait for a rival with the same key and say no if it was first."""
    statement = (
        insert_for(session, PaymentKeyRow)
        .values(
            region=told.region,
            bank=bank,
            kind=kind,
            trade_no=told.trade_no,
            answer=answer,
            accepted_at=now,
            **told.content(),
        )
        .on_conflict_do_nothing(index_elements=["region", "bank", "kind", "trade_no"])
        .returning(table_of(PaymentKeyRow).c.trade_no)
    )
    return session.execute(statement).first() is not None


def answer_again(session: Session, kept: PaymentKeyRow, told: Told, *, now: datetime) -> Outcome:
    """Give the first answer to the same content; other content is one discrepancy (R-B2a, R-B3)."""
    if all(getattr(kept, name) == value for name, value in told.content().items()):
        return Outcome(answer=kept.answer, repeated=True)
    note_discrepancy(session, kept, told.told(), now=now)
    refusal = ArrivalReused if kept.kind == ARRIVAL else TransferReused
    text = Text(
        f"流水号 {told.trade_no} 已用于另一笔内容不同的款项，请核对后另用流水号。",
        f"Serial {told.trade_no} was used for other money before; check it and use another.",
    )
    return refuse_arrival(session, refusal(text), told, bank=kept.bank, now=now)


def refuse_arrival(
    session: Session, refusal: BankRefusal, told: Told, *, bank: str, now: datetime
) -> Outcome:
    """Record a refusal with all that was told; identical ones are one row with a counter (R-B4)."""
    refused = {
        "region": told.region,
        "bank": bank,
        "kind": ARRIVAL if isinstance(told, Arrival) else IN_TRANSIT,
        "trade_no": told.trade_no,
        "amount_fen": told.amount.fen,
        "account_no": told.account,
        "arrived_at": told.arrived_at,
        "told": told.told_whole(),
    }
    return record_refused(session, refusal, refused, now=now)


def record_refused(
    session: Session, refusal: BankRefusal, refused: dict[str, Any], *, now: datetime
) -> Outcome:
    """Record a refusal of money by the columns that say which; equal ones are one row, counted."""
    row = RefusedArrivalRow
    statement = insert_for(session, row).values(
        **refused,
        id=new_id(now),
        result=refusal.result,
        code=refusal.code,
        content_sha256=digest_of(refused["told"]),
        detail_zh=refusal.detail.zh,
        detail_en=refusal.detail.en,
        first_at=now,
        last_at=now,
        times=1,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["region", "bank", "kind", "trade_no", "result", "content_sha256"],
            set_={"times": row.times + 1, "last_at": now},
        )
    )
    return Outcome(refusal=refusal)
