"""Signing closed days: the root over a day's blocks, signed by the bureau's key, in order of days.

What always holds: a day is signed after its close, once, when no entry of it is left unsealed and
the seals hold what the day closed with; each signed day carries the hash of the one before it.
"""

from datetime import date, datetime
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Text
from feeledger.ledger.merkle import root_of_tree
from feeledger.ledger.proof_forms import NOTHING_BEFORE, DayHead, leaf_of_block
from feeledger.ledger.seal_keys import SealKey
from feeledger.ledger.seal_tables import EntrySealRow, SealBlockRow, SealDayRow, SealKeyRow
from feeledger.ledger.sealing import chain_held
from feeledger.ledger.tables import ClosedDayRow, EntryRow
from feeledger.signatures import canonical_bytes
from feeledger.store import table_of

_ENTRY: Final = table_of(EntryRow)
_SEAL: Final = table_of(EntrySealRow)


class DayNotSealed(Conflict):
    """A closed day does not hold what it held when it was closed: it is not signed."""

    code = "day-not-sealed"
    title = Text("该日封存与关账时不符", "The day's seals are not what it closed with")


class SealKeyNotValid(Conflict):
    """The key is not among those that may sign now."""

    code = "seal-key-not-valid"
    title = Text("封签密钥未登记或已停用", "The sealing key is not entered, or has ended")


def days_to_sign(session: Session, region: str) -> tuple[date, ...]:
    """Give the closed days of a region that are not signed yet, in order."""
    query = (
        select(ClosedDayRow.day)
        .outerjoin(
            SealDayRow,
            (SealDayRow.region == ClosedDayRow.region) & (SealDayRow.day == ClosedDayRow.day),
        )
        .where(ClosedDayRow.region == region, SealDayRow.day.is_(None))
        .order_by(ClosedDayRow.day)
    )
    return tuple(session.scalars(query))


def sign_day(session: Session, region: str, day: date, *, key: SealKey, now: datetime) -> bool:
    """Sign a closed day once all its entries are sealed; False where that is done, or not yet due.

    Days are signed in their order. Raises DayNotSealed, SealKeyNotValid.
    """
    chain_held(session, region)
    waiting = days_to_sign(session, region)
    if not waiting or waiting[0] != day or _has_unsealed(session, region, day):
        return False
    _require_valid_key(session, key, now=now)
    hashes = list(
        session.scalars(
            select(SealBlockRow.hash)
            .where(SealBlockRow.region == region, SealBlockRow.day == day)
            .order_by(SealBlockRow.number)
        )
    )
    head = DayHead(
        region=region,
        day=day,
        blocks=len(hashes),
        entries=_count_sealed(session, region, day),
        previous=_last_signed_hash(session, region),
        root=root_of_tree([leaf_of_block(each) for each in hashes]).hex(),
        signed_at=now,
        key=key.fingerprint,
    )
    session.execute(
        insert(SealDayRow),
        {
            **{name: getattr(head, name) for name in DayHead.__slots__},
            "signature": key.sign(canonical_bytes(head.document())),
            "hash": head.hash(),
        },
    )
    return True


def _has_unsealed(session: Session, region: str, day: date) -> bool:
    query = (
        select(_ENTRY.c.id)
        .outerjoin(_SEAL, (_SEAL.c.region == _ENTRY.c.region) & (_SEAL.c.entry == _ENTRY.c.id))
        .where(_ENTRY.c.region == region, _ENTRY.c.day == day, _SEAL.c.entry.is_(None))
        .limit(1)
    )
    return session.execute(query).first() is not None


def _count_sealed(session: Session, region: str, day: date) -> int:
    """Count what the day's blocks hold, and hold it against the close. Raises DayNotSealed."""
    sealed = int(
        session.scalar(
            select(func.coalesce(func.sum(SealBlockRow.entries), 0)).where(
                SealBlockRow.region == region, SealBlockRow.day == day
            )
        )
        or 0
    )
    closed = session.scalar(
        select(ClosedDayRow.entries).where(ClosedDayRow.region == region, ClosedDayRow.day == day)
    )
    if sealed != closed:
        raise DayNotSealed(
            Text(
                f"{region} {day}：关账时 {closed} 笔分录，已封存 {sealed} 笔；请先核验账簿。",
                f"{region} {day}: closed with {closed} entries, {sealed} are sealed; verify the "
                f"ledger first.",
            )
        )
    return sealed


def _require_valid_key(session: Session, key: SealKey, *, now: datetime) -> None:
    row = session.get(SealKeyRow, key.fingerprint)
    if row is None or row.valid_from > now or (row.valid_to is not None and row.valid_to <= now):
        raise SealKeyNotValid(
            Text(
                f"封签密钥 {key.fingerprint[:16]}… 未登记或已停用；请用 feeledger seal-key 登记。",
                f"The sealing key {key.fingerprint[:16]}… is not entered or has ended; enter it "
                f"with feeledger seal-key.",
            )
        )


def _last_signed_hash(session: Session, region: str) -> str:
    query = (
        select(SealDayRow.hash)
        .where(SealDayRow.region == region)
        .order_by(SealDayRow.day.desc())
        .limit(1)
    )
    return session.scalar(query) or NOTHING_BEFORE
