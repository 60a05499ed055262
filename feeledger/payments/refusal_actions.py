"""Keeping what was refused, so that nothing a bank says is lost (R-B3, R-B4).

A refused confirmation of an open region is a ``RejectedConfirmation``: whole, with its amount, so
that money that still arrives can be laid beside it. What is no such thing (it breaks the
specification, names a central code or a region that is not open, or is a reversal) is a
``RefusedMessage``, with what could be read of it. Identical ones are one row with a counter.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.errors import FeeLedgerError, Text
from feeledger.money import Money
from feeledger.payments.advice import Advice
from feeledger.payments.outcome import Outcome
from feeledger.payments.queries import payment_of_trade
from feeledger.payments.refusals import BankRefusal, PaymentReversed, SerialReused
from feeledger.payments.tables import (
    DiscrepancyRow,
    PaymentKeyRow,
    RefusedMessageRow,
    RejectedConfirmationRow,
)
from feeledger.regions.tables import RegionSettingRow
from feeledger.store import canonical_json, insert_for, new_id

TOLD_LENGTH: Final = 64
UNTOLD: Final = "10002"


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A refused message as far as it could be read. ``kind``: confirmation or reversal."""

    region: str
    bank: str
    kind: str
    told: Mapping[str, object]

    def text(self, name: str) -> str:
        """Give a field as printable text, cut; "" where it is none."""
        value = self.told.get(name)
        return _printable(value) if isinstance(value, str) else ""

    def readable(self) -> dict[str, str]:
        """Give every field that is text, cut."""
        names = [name for name in self.told if isinstance(self.told[name], str)]
        return {_printable(name): self.text(name) for name in names[:TOLD_LENGTH]}


def same_or_refuse(
    session: Session, kept: PaymentKeyRow, advice: Advice, *, bank: str, now: datetime
) -> Outcome:
    """Give the first answer to the same content; other content, or a reversed one, is refused."""
    if any(getattr(kept, name) != value for name, value in advice.content().items()):
        note_discrepancy(session, kept, advice.told(), now=now)
        refusal: BankRefusal = serial_reused(advice.trade_no)
        return refuse_confirmation(session, refusal, advice, bank=bank, now=now)
    payment = payment_of_trade(session, advice.region, bank, advice.trade_no)
    if payment is not None and payment.state == "reversed":
        refusal = PaymentReversed(
            Text(
                f"流水号 {advice.trade_no} 的缴款已冲正，不能再次缴款；请另用流水号。",
                f"The payment of serial {advice.trade_no} was reversed and never pays again; use "
                f"another serial.",
            )
        )
        return refuse_confirmation(session, refusal, advice, bank=bank, now=now)
    return Outcome(answer=kept.answer, repeated=True)


def serial_reused(trade_no: str) -> SerialReused:
    """Say that a serial was used before, with other content."""
    return SerialReused(
        Text(
            f"流水号 {trade_no} 已用于另一笔内容不同的缴款，请核对后另用流水号。",
            f"Serial {trade_no} was used for a payment of other content; check it and use another "
            f"serial.",
        )
    )


def refuse_confirmation(
    session: Session, refusal: BankRefusal, advice: Advice, *, bank: str, now: datetime
) -> Outcome:
    """Record the refusal of a confirmation; identical ones are one row with a counter (R-B4)."""
    if not _is_open(session, advice.region):
        message = RefusedMessage(
            advice.region, bank, "confirmation", {"trade_no": advice.trade_no, **advice.told()}
        )
        keep_refused(session, message, refusal, now=now)
        return Outcome(refusal=refusal)
    row = RejectedConfirmationRow
    statement = insert_for(session, row).values(
        region=advice.region,
        id=new_id(now),
        bank=bank,
        trade_no=advice.trade_no,
        result=refusal.result,
        code=refusal.code,
        content_sha256=advice.content_sha256(),
        detail_zh=refusal.detail.zh,
        detail_en=refusal.detail.en,
        first_at=now,
        last_at=now,
        times=1,
        **advice.content(),
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["region", "bank", "trade_no", "result", "content_sha256"],
            set_={"times": row.times + 1, "last_at": now},
        )
    )
    return Outcome(refusal=refusal)


def keep_refused(
    session: Session, message: RefusedMessage, refusal: FeeLedgerError, *, now: datetime
) -> None:
    """Keep a refused message that is no RejectedConfirmation, with what could be read of it."""
    row = RefusedMessageRow
    told = message.readable()
    statement = insert_for(session, row).values(
        region=message.region,
        id=new_id(now),
        bank=message.bank,
        kind=message.kind,
        trade_no=message.text("trade_no"),
        pay_code=message.text("pay_code"),
        result=str(getattr(refusal, "result", UNTOLD)),
        code=refusal.code,
        content_sha256=hashlib.sha256(canonical_json(told).encode()).hexdigest(),
        told=told,
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


def note_discrepancy(
    session: Session, kept: PaymentKeyRow, later: Mapping[str, str], *, now: datetime
) -> None:
    """Keep one record of a serial used again, however often (R-B3)."""
    row = DiscrepancyRow
    first = {
        "pay_code": kept.pay_code,
        "amount": str(Money(kept.amount_fen)),
        "account": kept.account_no,
        "paid_at": kept.paid_at.isoformat(),
    }
    statement = (
        insert_for(session, row)
        .values(
            region=kept.region,
            id=new_id(now),
            bank=kept.bank,
            kind=kept.kind,
            trade_no=kept.trade_no,
            first=first,
            later=dict(later),
            state="open",
            found_at=now,
            last_at=now,
            times=1,
        )
        .on_conflict_do_update(
            index_elements=["region", "bank", "kind", "trade_no"],
            set_={"times": row.times + 1, "last_at": now, "later": dict(later)},
        )
    )
    session.execute(statement)


def _printable(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())[:TOLD_LENGTH]


def _is_open(session: Session, region: str) -> bool:
    query = select(RegionSettingRow.region).where(RegionSettingRow.region == region)
    return session.scalar(query) is not None
