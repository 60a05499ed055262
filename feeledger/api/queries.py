"""Find the key that a bank signs with."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feeledger.api.signing import Algorithm, VerifyingKey
from feeledger.regions.tables import BankKeyRow


@dataclass(frozen=True, slots=True)
class BankKey:
    """A key, and the bank it stands for."""

    bank: str
    key: VerifyingKey


def bank_key_in_force(session: Session, key_id: str, *, now: datetime) -> BankKey | None:
    """Find a key unless it is unknown, not yet valid, or over (revoked)."""
    row = session.scalar(
        select(BankKeyRow)
        .where(BankKeyRow.keyid == key_id)
        .where(BankKeyRow.valid_from <= now)
        .where(or_(BankKeyRow.valid_to.is_(None), BankKeyRow.valid_to > now))
    )
    if row is None:
        return None
    key = VerifyingKey(
        id=row.keyid,
        algorithm=cast("Algorithm", row.algorithm),
        material=base64.b64decode(row.material),
    )
    return BankKey(bank=row.bank, key=key)
