"""The audit of a region's seals: chain, roots, signatures, every sealed entry recomputed.

It reads what is there and trusts nothing that was stored beside it. What it cannot see is a ledger
rewritten as a whole by whoever also holds the signing key: the published days show that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.merkle import root_of_tree
from feeledger.ledger.proof_forms import NOTHING_BEFORE, leaf_of_block
from feeledger.ledger.seal_queries import head_of_block, head_of_day
from feeledger.ledger.seal_tables import (
    EntrySealRow,
    SealBlockRow,
    SealChainRow,
    SealDayRow,
    SealKeyRow,
)
from feeledger.ledger.sealing import Particulars, sealed_entries
from feeledger.ledger.tables import ClosedDayRow, EntryRow
from feeledger.ledger.verify_queries import LedgerFault
from feeledger.signatures import canonical_bytes, signature_fits

IN_TIME: Final = timedelta(minutes=1)
SEAL_OF_ENTRY: Final = (EntrySealRow.region == EntryRow.region) & (
    EntrySealRow.entry == EntryRow.id
)


@dataclass(frozen=True, slots=True)
class SealRemarks:
    """What is no fault and worth knowing: entries waiting, sealed late, days waiting, last look."""

    waiting: int
    sealed_late: int
    days_unsigned: int
    checked_at: datetime | None


def verify_seals(
    session: Session, region: str, particulars: Particulars
) -> tuple[LedgerFault, ...]:
    """Give every fault of a region's seals; an empty tuple is a clean one."""
    blocks = session.scalars(
        select(SealBlockRow).where(SealBlockRow.region == region).order_by(SealBlockRow.number)
    ).all()
    checks = (
        _breaks_in_chain(session, region, blocks),
        _blocks_that_differ(session, region, blocks, particulars),
        _seals_astray(session, region),
        _days_that_differ(session, region, blocks),
        _entries_without_seal(session, region),
    )
    return tuple(fault for check in checks for fault in check)


def seal_remarks(session: Session, region: str) -> SealRemarks:
    """Give what is worth knowing of a region's seals beside their faults."""
    waiting = _count(
        session,
        select(EntryRow.id)
        .outerjoin(EntrySealRow, SEAL_OF_ENTRY)
        .where(EntryRow.region == region, EntrySealRow.entry.is_(None)),
    )
    times = (
        select(EntryRow.posted_at, SealBlockRow.made_at)
        .join(EntrySealRow, SEAL_OF_ENTRY)
        .join(
            SealBlockRow,
            (SealBlockRow.region == EntrySealRow.region)
            & (SealBlockRow.number == EntrySealRow.block),
        )
        .where(EntryRow.region == region, EntrySealRow.region == region)
    )
    late = sum(made - posted > IN_TIME for posted, made in session.execute(times))
    unsigned = _count(
        session,
        select(ClosedDayRow.day)
        .outerjoin(
            SealDayRow,
            (SealDayRow.region == ClosedDayRow.region) & (SealDayRow.day == ClosedDayRow.day),
        )
        .where(ClosedDayRow.region == region, SealDayRow.day.is_(None)),
    )
    chain = session.get(SealChainRow, region)
    return SealRemarks(waiting, late, unsigned, None if chain is None else chain.checked_at)


def _breaks_in_chain(
    session: Session, region: str, blocks: Sequence[SealBlockRow]
) -> Iterator[LedgerFault]:
    """Follow the chain from its beginning to its head."""
    previous = NOTHING_BEFORE
    for number, block in enumerate(blocks, 1):
        if block.number != number or block.previous != previous:
            yield _fault(
                "chain-broken",
                f"block:{block.number}",
                "与前一区块不衔接",
                "it does not follow the block before it",
            )
            return
        previous = head_of_block(block).hash()
        if block.hash != previous:
            yield _fault("block-changed", f"block:{number}", "散列不符", "its hash is another")
    chain = session.get(SealChainRow, region)
    told = (0, NOTHING_BEFORE) if chain is None else (chain.blocks, chain.head)
    if told != (len(blocks), previous):
        yield _fault(
            "chain-head-differs",
            f"chain:{region}",
            f"链首记 {told[0]} 块，实有 {len(blocks)} 块，或末块散列不符",
            f"its head tells of {told[0]} blocks, there are {len(blocks)}, or the last hash differs",
        )


def _blocks_that_differ(
    session: Session, region: str, blocks: Sequence[SealBlockRow], particulars: Particulars
) -> Iterator[LedgerFault]:
    """Make every block's leaves anew from the entries, and hold its root against them."""
    for block in blocks:
        seals = session.execute(
            select(EntrySealRow.entry, EntrySealRow.position, EntrySealRow.leaf)
            .where(EntrySealRow.region == region, EntrySealRow.block == block.number)
            .order_by(EntrySealRow.position)
        ).all()
        at = f"block:{block.number}"
        if [seal.position for seal in seals] != list(range(block.entries)):
            yield _fault(
                "seals-missing",
                at,
                f"应有 {block.entries} 个封签，实有 {len(seals)} 个或次序有缺",
                f"it holds {block.entries} entries, and {len(seals)} seals or a gap are there",
            )
        if root_of_tree([seal.leaf for seal in seals]).hex() != block.root:
            yield _fault("root-differs", at, "默克尔根不符", "its root is not its seals'")
        wanted = [seal.entry for seal in seals]
        found = {one.id: one for one in sealed_entries(session, region, wanted, particulars)}
        for seal in seals:
            entry = found.get(seal.entry)
            if entry is None or entry.as_sealed(seal.leaf) is None or entry.day != block.day:
                yield _fault(
                    "sealed-entry-changed",
                    f"entry:{seal.entry}",
                    f"与区块 {block.number} 所封不符",
                    f"it is not what block {block.number} sealed",
                )


def _seals_astray(session: Session, region: str) -> Iterator[LedgerFault]:
    """Find seals of blocks that are not there."""
    query = (
        select(EntrySealRow.entry)
        .outerjoin(
            SealBlockRow,
            (SealBlockRow.region == EntrySealRow.region)
            & (SealBlockRow.number == EntrySealRow.block),
        )
        .where(EntrySealRow.region == region, SealBlockRow.number.is_(None))
    )
    for entry in session.scalars(query):
        yield _fault("block-missing", f"entry:{entry}", "所在区块不存在", "its block is not there")


def _days_that_differ(
    session: Session, region: str, blocks: Sequence[SealBlockRow]
) -> Iterator[LedgerFault]:
    """Check every signed day: its root and counts, the day before it, its signature."""
    closed = dict(
        session.execute(
            select(ClosedDayRow.day, ClosedDayRow.entries).where(ClosedDayRow.region == region)
        ).all()
    )
    previous, unsigned = NOTHING_BEFORE, sorted(closed)
    for day in session.scalars(
        select(SealDayRow).where(SealDayRow.region == region).order_by(SealDayRow.day)
    ):
        at, mine = f"day:{day.day}", [block for block in blocks if block.day == day.day]
        if day.previous != previous or unsigned[:1] != [day.day]:
            yield _fault(
                "signed-day-out-of-turn",
                at,
                "与前一签署日不衔接",
                "it does not follow the day signed before it",
            )
        unsigned = [each for each in unsigned if each > day.day]
        previous = head_of_day(day).hash()
        root = root_of_tree([leaf_of_block(block.hash) for block in mine]).hex()
        counts = (len(mine), sum(block.entries for block in mine))
        if (day.root, day.blocks, day.entries) != (root, *counts) or (
            closed.get(day.day) != day.entries
        ):
            yield _fault(
                "day-root-differs",
                at,
                "日根或张数与该日区块不符",
                "its root or its counts are not its blocks'",
            )
        if day.hash != previous or not _is_signed(session, day):
            yield _fault(
                "day-signature-fails",
                at,
                "签名不符，或密钥当时无效",
                "its signature fails, or its key was not valid then",
            )


def _is_signed(session: Session, day: SealDayRow) -> bool:
    key = session.get(SealKeyRow, day.key)
    if key is None or key.valid_from > day.signed_at:
        return False
    if key.valid_to is not None and key.valid_to < day.signed_at:
        return False
    return signature_fits(key.public, canonical_bytes(head_of_day(day).document()), day.signature)


def _entries_without_seal(session: Session, region: str) -> Iterator[LedgerFault]:
    """Find entries that came after their day was signed, or that the sealer passed over."""
    last: date | None = session.scalar(
        select(func.max(SealDayRow.day)).where(SealDayRow.region == region)
    )
    chain = session.get(SealChainRow, region)
    until = None if chain is None or chain.checked_at is None else chain.checked_at - IN_TIME
    conditions = [
        *([] if last is None else [EntryRow.day <= last]),
        *([] if until is None else [EntryRow.posted_at < until]),
    ]
    if not conditions:
        return
    query = (
        select(EntryRow.id, EntryRow.day)
        .outerjoin(EntrySealRow, SEAL_OF_ENTRY)
        .where(EntryRow.region == region, EntrySealRow.entry.is_(None), or_(*conditions))
    )
    for entry, day in session.execute(query):
        if last is not None and day <= last:
            yield _fault(
                "entry-after-seal",
                f"entry:{entry}",
                f"{day} 已签署，此分录未在其中",
                f"{day} is signed, and this entry is not in it",
            )
        else:
            yield _fault(
                "entry-unsealed",
                f"entry:{entry}",
                "封存时被漏过，超过一分钟",
                "the sealer passed it over, more than a minute old",
            )


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _fault(code: str, subject: str, zh: str, en: str) -> LedgerFault:
    return LedgerFault(code, subject, Text(zh, en))
