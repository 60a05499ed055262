"""A change over the facts of a region, or of a province region by region, from their snapshots."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import numpy as np

from feeledger.assessment.snapshot_batches import read_fact_columns
from feeledger.enterprises.batch_queries import (
    regions_with_enterprises,
    sizes_of_enterprises,
)
from feeledger.regions.queries import regions_within
from feeledger.store import Store
from feeledger.whatif.comparing import Asked, Change, compare_chunk
from feeledger.whatif.impact import SIZES, Impact

TOP: Final = 10
Watch = Callable[[str, int], None]
_PLACES: Final[dict[str, int]] = {size: place for place, size in enumerate(SIZES)}


@dataclass(frozen=True, slots=True)
class Question:
    """Where, for which day, by what was known when, and how many enterprises are named."""

    region: str
    on: date
    known_at: datetime
    folder: Path
    whole: bool = False
    top: int = TOP


def compare_region(
    store: Store, change: Change, asked: Question, watch: Watch | None = None
) -> Impact:
    """Compare a plan with what it would be on the real facts; nothing is stored or billed.

    ``watch`` is told of every region that is done, with its enterprises.
    """
    impact = Impact(asked.top)
    for region in _regions(store, asked):
        part = _compare_one(store, change, asked, region)
        if part.enterprises:
            impact.take(part)
        if watch is not None:
            watch(region, part.enterprises)
    return impact


def _regions(store: Store, asked: Question) -> tuple[str, ...]:
    if not asked.whole:
        return (asked.region,)
    with store.read() as session:
        known = regions_with_enterprises(session)
        return tuple(each for each in regions_within(session, asked.region) if each in known)


def _compare_one(store: Store, change: Change, asked: Question, region: str) -> Impact:
    chunk = read_fact_columns(
        store, change.before, region, asked.on, asked.known_at, folder=asked.folder
    )
    sizes = np.fromiter(_sizes(store, region, chunk.codes), np.uint8, len(chunk.codes))
    return compare_chunk(change, chunk, Asked(region, asked.on, sizes, asked.top))


def _sizes(store: Store, region: str, codes: Sequence[str]) -> Iterator[int]:
    with store.read() as session:
        known = sizes_of_enterprises(session, region, codes)
    unknown = _PLACES["unknown"]
    for code in codes:
        yield _PLACES.get(known.get(code) or "", unknown)
