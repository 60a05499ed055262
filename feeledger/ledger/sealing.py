"""The sealer: committed entries that have no seal yet go into hashed blocks.

What always holds: an entry is sealed once (unique keys); a region's blocks form one chain, because
every sealer holds the chain's row while it adds to it. No payment touches that row. What is taken
is what has no seal: an entry that commits late lands in the next block, and no id, time or
transaction number bounds anything (a later one may commit first). A block holds entries of one ledger day.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from feeledger.ledger.merkle import root_of_tree
from feeledger.ledger.proof_forms import (
    NOTHING_BEFORE,
    NOTHING_BOUND,
    BlockHead,
    Bound,
    SealedEntry,
)
from feeledger.ledger.seal_tables import (
    EntrySealRow,
    SealBlockRow,
    SealChainRow,
    SealDayRow,
)
from feeledger.ledger.tables import BookRow, ClosedDayRow, EntryRow, PostingRow
from feeledger.store import Store, insert_for, table_of

# What is bound of each entry beside its postings; told by whoever owns payments, refunds and the rest.
Particulars = Callable[[Session, str, Sequence[int]], Mapping[int, Bound]]

BLOCK_ENTRIES_MAX: Final = 2048  # one transaction; a proof reads as many leaves
ENTRIES_AT_ONCE: Final = 32 * BLOCK_ENTRIES_MAX
_ENTRY: Final = table_of(EntryRow)
_POSTING: Final = table_of(PostingRow)
_SEAL: Final = table_of(EntrySealRow)
_INSERT_SEAL: Final = insert(_SEAL)


def seal_region(store: Store, region: str, *, particulars: Particulars, now: datetime) -> int:
    """Seal all that is committed in a region and has no seal; give how many entries."""
    sealed = 0
    while True:
        with store.read() as session:
            waiting = unsealed_entries(session, region)
        for day, entries in _chunks_of(waiting):
            sealed += store.retry(
                lambda session, day=day, entries=entries: seal_entries(  # type: ignore[misc]  # bound here
                    session, region, entries, day=day, particulars=particulars, now=now
                )
            )
        if len(waiting) < ENTRIES_AT_ONCE:
            break
    store.retry(lambda session: note_look(session, region, now=now))
    return sealed


def unsealed_entries(session: Session, region: str) -> list[tuple[date, int]]:
    """Give committed entries without a seal, of days not yet signed, by day and time."""
    first = _first_unsigned_day(session, region)
    if first is None:
        return []
    query = (
        select(_ENTRY.c.day, _ENTRY.c.id)
        .outerjoin(_SEAL, (_SEAL.c.region == _ENTRY.c.region) & (_SEAL.c.entry == _ENTRY.c.id))
        .where(_ENTRY.c.region == region, _ENTRY.c.day >= first, _SEAL.c.entry.is_(None))
        .order_by(_ENTRY.c.day, _ENTRY.c.posted_at, _ENTRY.c.id)
        .limit(ENTRIES_AT_ONCE)
    )
    return [(day, entry) for day, entry in session.execute(query)]


def seal_entries(
    session: Session,
    region: str,
    entries: Sequence[int],
    *,
    day: date,
    particulars: Particulars,
    now: datetime,
) -> int:
    """Put entries of one day into the next block, but for those that a rival has sealed; count them."""
    chain = chain_held(session, region)
    taken = set(
        session.scalars(
            select(_SEAL.c.entry).where(_SEAL.c.region == region, _SEAL.c.entry.in_(entries))
        )
    )
    wanted = [entry for entry in entries if entry not in taken]
    if not wanted:
        return 0
    found = {one.id: one for one in sealed_entries(session, region, wanted, particulars)}
    leaves = [found[entry].leaf() for entry in wanted]
    block = BlockHead(
        region=region,
        number=chain.blocks + 1,
        day=day,
        entries=len(leaves),
        previous=chain.head,
        root=root_of_tree(leaves).hex(),
        made_at=now,
    )
    _keep_block(session, block, wanted, leaves)
    return len(wanted)


def note_look(session: Session, region: str, *, now: datetime) -> None:
    """Note when the region was last looked through: older entries without a seal are a fault."""
    chain = chain_held(session, region)
    chain.checked_at = now
    session.flush()


def sealed_entries(
    session: Session, region: str, entries: Sequence[int], particulars: Particulars
) -> Iterator[SealedEntry]:
    """Give entries in the form that is sealed, in no order; what is not there is left out."""
    legs: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    postings = (
        select(_POSTING.c.entry, _POSTING.c.debit, _POSTING.c.credit, _POSTING.c.fen)
        .where(_POSTING.c.region == region, _POSTING.c.entry.in_(entries))
        .order_by(_POSTING.c.entry, _POSTING.c.leg)
    )
    for entry, debit, credit, fen in session.execute(postings):
        legs[entry].append((debit, credit, fen))
    added = particulars(session, region, entries)
    rows = select(_ENTRY).where(_ENTRY.c.region == region, _ENTRY.c.id.in_(entries))
    for row in session.execute(rows):
        yield SealedEntry(
            region=region,
            id=row.id,
            day=row.day,
            kind=row.kind,
            subject=row.subject,
            reason=row.reason,
            reverses=row.reverses,
            posted_at=row.posted_at,
            postings=legs[row.id],
            bound=added.get(row.id, NOTHING_BOUND),
        )


def entries_by_kind(session: Session, region: str, entries: Sequence[int]) -> dict[str, list[int]]:
    """Sort entries by what they are of."""
    found: dict[str, list[int]] = defaultdict(list)
    query = select(_ENTRY.c.kind, _ENTRY.c.id).where(
        _ENTRY.c.region == region, _ENTRY.c.id.in_(entries)
    )
    for kind, entry in session.execute(query):
        found[kind].append(entry)
    return found


def _chunks_of(waiting: Sequence[tuple[date, int]]) -> Iterator[tuple[date, list[int]]]:
    for day, group in groupby(waiting, key=lambda each: each[0]):
        entries = [entry for _, entry in group]
        for start in range(0, len(entries), BLOCK_ENTRIES_MAX):
            yield day, entries[start : start + BLOCK_ENTRIES_MAX]


def chain_held(session: Session, region: str) -> SealChainRow:
    """Lock the region's chain until the transaction ends; begin it where there is none."""
    first = insert_for(session, SealChainRow).values(region=region, blocks=0, head=NOTHING_BEFORE)
    session.execute(first.on_conflict_do_nothing(index_elements=["region"]))
    return session.scalars(
        select(SealChainRow)
        .where(SealChainRow.region == region)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _keep_block(
    session: Session, block: BlockHead, entries: Sequence[int], leaves: Sequence[bytes]
) -> None:
    session.execute(
        insert(SealBlockRow),
        {**{name: getattr(block, name) for name in BlockHead.__slots__}, "hash": block.hash()},
    )
    session.execute(
        _INSERT_SEAL,
        [
            {
                "region": block.region,
                "entry": entry,
                "block": block.number,
                "position": position,
                "leaf": leaf,
            }
            for position, (entry, leaf) in enumerate(zip(entries, leaves, strict=True))
        ],
    )
    session.execute(
        update(SealChainRow)
        .where(SealChainRow.region == block.region)
        .values(blocks=block.number, head=block.hash())
    )


def _first_unsigned_day(session: Session, region: str) -> date | None:
    """Give the day after the last signed one; the book's first day where none is; None: no book."""
    query = (
        select(ClosedDayRow.next_day)
        .join(
            SealDayRow,
            (SealDayRow.region == ClosedDayRow.region) & (SealDayRow.day == ClosedDayRow.day),
        )
        .where(ClosedDayRow.region == region, SealDayRow.region == region)
        .order_by(ClosedDayRow.day.desc())
        .limit(1)
    )
    return session.scalar(query) or session.scalar(
        select(BookRow.opened_on).where(BookRow.region == region)
    )
