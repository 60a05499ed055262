"""What is published of the seal: keys, signed days, blocks; and the proof of one entry."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feeledger.errors import Missing, Text
from feeledger.ledger.merkle import path_in_tree
from feeledger.ledger.proof_forms import RECEIPT_FORM, BlockHead, DayHead, leaf_of_block
from feeledger.ledger.seal_tables import (
    EntrySealRow,
    SealBlockRow,
    SealChainRow,
    SealDayRow,
    SealKeyRow,
)
from feeledger.ledger.sealing import Particulars, sealed_entries


class SealedDayUnknown(Missing):
    """Nothing is sealed on that ledger day, and it is not signed."""

    code = "sealed-day-unknown"
    title = Text("该记账日没有封存", "Nothing is sealed on that ledger day")


class SealedBlockUnknown(Missing):
    """The region has no block of that number."""

    code = "sealed-block-unknown"
    title = Text("没有这一区块", "There is no such block")


def seal_keys(session: Session) -> tuple[SealKeyRow, ...]:
    """Give every public key, the latest first."""
    query = select(SealKeyRow).order_by(SealKeyRow.valid_from.desc(), SealKeyRow.fingerprint)
    return tuple(session.scalars(query))


def seal_key_of(session: Session, fingerprint: str) -> SealKeyRow | None:
    """Find a public key by its fingerprint."""
    return session.get(SealKeyRow, fingerprint)


def signed_days(
    session: Session, region: str, *, limit: int, offset: int = 0
) -> tuple[SealDayRow, ...]:
    """Give signed days of a region, the latest first."""
    query = (
        select(SealDayRow)
        .where(SealDayRow.region == region)
        .order_by(SealDayRow.day.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def count_signed_days(session: Session, region: str) -> int:
    """Count the signed days of a region."""
    query = select(func.count()).select_from(SealDayRow).where(SealDayRow.region == region)
    return session.scalar(query) or 0


def signed_day(session: Session, region: str, day: date) -> SealDayRow | None:
    """Find a signed day."""
    return session.get(SealDayRow, (region, day))


def seal_blocks(
    session: Session, region: str, *, day: date | None = None, limit: int, offset: int = 0
) -> tuple[SealBlockRow, ...]:
    """Give blocks of a region, or of one ledger day of it, the latest first."""
    query = select(SealBlockRow).where(SealBlockRow.region == region)
    if day is not None:
        query = query.where(SealBlockRow.day == day)
    query = query.order_by(SealBlockRow.number.desc()).limit(limit).offset(offset)
    return tuple(session.scalars(query))


def count_seal_blocks(session: Session, region: str, *, day: date | None = None) -> int:
    """Count the blocks of a region, or of one ledger day of it."""
    query = select(func.count()).select_from(SealBlockRow).where(SealBlockRow.region == region)
    if day is not None:
        query = query.where(SealBlockRow.day == day)
    return session.scalar(query) or 0


def seal_block_of(session: Session, region: str, number: int) -> SealBlockRow | None:
    """Find a block by its number."""
    return session.get(SealBlockRow, (region, number))


def seal_chain(session: Session, region: str) -> SealChainRow | None:
    """Give the head of a region's chain, cheaply; None before anything was looked at."""
    return session.get(SealChainRow, region)


def days_not_signed(session: Session, region: str) -> tuple[date, ...]:
    """Give the ledger days that have blocks and no signature yet, the latest first."""
    query = (
        select(SealBlockRow.day)
        .outerjoin(
            SealDayRow,
            (SealDayRow.region == SealBlockRow.region) & (SealDayRow.day == SealBlockRow.day),
        )
        .where(SealBlockRow.region == region, SealDayRow.day.is_(None))
        .distinct()
        .order_by(SealBlockRow.day.desc())
    )
    return tuple(session.scalars(query))


def sealed_day(session: Session, region: str, day: date) -> tuple[SealDayRow | None, int]:
    """Give a day as signed (None: not yet) and the number of its blocks. Raises SealedDayUnknown."""
    row, blocks = (
        signed_day(session, region, day),
        count_seal_blocks(session, region, day=day),
    )
    if row is None and blocks == 0:
        raise SealedDayUnknown(
            Text(
                f"{region} 在 {day} 没有已封存的分录，该日也未签署。",
                f"In {region} no entry of {day} is sealed, and the day is not signed.",
            )
        )
    return row, blocks


def sealed_block(session: Session, region: str, number: int) -> SealBlockRow:
    """Give a block by its number. Raises SealedBlockUnknown."""
    row = seal_block_of(session, region, number)
    if row is None:
        raise SealedBlockUnknown(
            Text(
                f"{region} 没有编号为 {number} 的区块。", f"{region} has no block number {number}."
            )
        )
    return row


def entry_proof(
    session: Session, region: str, entry: int, particulars: Particulars
) -> dict[str, Any] | None:
    """Give the proof that an entry stands in the ledger (docs/proof.md); None before it is sealed.

    ``day`` is null until the ledger day is closed and signed.
    """
    seal = session.get(EntrySealRow, (region, entry))
    if seal is None:
        return None
    block = session.get_one(SealBlockRow, (region, seal.block))
    sealed = next(iter(sealed_entries(session, region, [entry], particulars)))
    leaves = session.scalars(
        select(EntrySealRow.leaf)
        .where(EntrySealRow.region == region, EntrySealRow.block == seal.block)
        .order_by(EntrySealRow.position)
    ).all()
    return {
        "form": RECEIPT_FORM,
        "entry": sealed.as_sealed(seal.leaf) or sealed.document(),
        "block": {
            "head": head_of_block(block).document(),
            "position": str(seal.position),
            "path": _hexadecimal(path_in_tree(leaves, seal.position)),
        },
        "day": _day_proof(session, block),
    }


def _day_proof(session: Session, block: SealBlockRow) -> dict[str, Any] | None:
    day = signed_day(session, block.region, block.day)
    if day is None:
        return None
    blocks = session.execute(
        select(SealBlockRow.number, SealBlockRow.hash)
        .where(SealBlockRow.region == block.region, SealBlockRow.day == block.day)
        .order_by(SealBlockRow.number)
    ).all()
    position = [row.number for row in blocks].index(block.number)
    leaves = [leaf_of_block(row.hash) for row in blocks]
    key = session.get_one(SealKeyRow, day.key)
    return {
        "head": head_of_day(day).document(),
        "position": str(position),
        "path": _hexadecimal(path_in_tree(leaves, position)),
        "signature": day.signature,
        "public_key": key.public,
    }


def head_of_block(row: SealBlockRow) -> BlockHead:
    """Give what a block says of itself."""
    return BlockHead(
        region=row.region,
        number=row.number,
        day=row.day,
        entries=row.entries,
        previous=row.previous,
        root=row.root,
        made_at=row.made_at,
    )


def head_of_day(row: SealDayRow) -> DayHead:
    """Give what is signed of a day."""
    return DayHead(
        region=row.region,
        day=row.day,
        blocks=row.blocks,
        entries=row.entries,
        previous=row.previous,
        root=row.root,
        signed_at=row.signed_at,
        key=row.key,
    )


def _hexadecimal(path: Sequence[bytes]) -> list[str]:
    return [each.hex() for each in path]
