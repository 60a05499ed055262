"""Yearly amounts of a province: the regions of one run drafted one after another, by one command.

Each region is drafted as by itself, a slice in a transaction of its own, so one transaction touches
one region. Stopped and started again it goes on: what rests on the run already is passed over.
"""

from collections.abc import Callable
from dataclasses import dataclass

from feeledger.assessment.province_batches import province_of, summary_of_province
from feeledger.assessment.run_queries import unfinished
from feeledger.catalog.plan import Plan
from feeledger.quotas.batches import Drafted, Now, draft_quotas
from feeledger.store import Store


@dataclass(frozen=True, slots=True)
class ProvinceDraft:
    """How far drafting a province is: which region is in work, and the enterprises so far."""

    region: str
    regions_done: int
    regions: int
    enterprises: int


@dataclass(frozen=True, slots=True)
class ProvinceDrafted:
    """What drafting a province came to: the whole, and each region that has enterprises."""

    whole: Drafted
    parts: tuple[tuple[str, Drafted], ...]


Watch = Callable[[ProvinceDraft], None]


def draft_province(
    store: Store,
    plan: Plan,
    *,
    region: str,
    run: int,
    by: str,
    now: Now,
    watch: Watch | None = None,
) -> ProvinceDrafted:
    """Draft the yearly amounts of every region of a finished run over a province.

    Regions without enterprises are passed over. Raises ProvinceRunUnknown, RunUnfinished, and
    QuotaRunStale for a region whose amounts rest on a later run; those before it are drafted.
    """
    with store.read() as session:
        row = province_of(session, region, run)
    summary = summary_of_province(store, region, run)
    if row.finished_at is None:
        raise unfinished(run, summary.whole.enterprises)
    inhabited = [part for part in summary.parts if part.enterprises]
    parts: list[tuple[str, Drafted]] = []
    done = 0
    for number, part in enumerate(inhabited):

        def tell(seen: int, place: str = part.region, at: int = number, before: int = done) -> None:
            if watch is not None:
                watch(ProvinceDraft(place, at, len(inhabited), before + seen))

        told = draft_quotas(store, plan, region=part.region, run=run, by=by, now=now, watch=tell)
        parts.append((part.region, told))
        done += part.enterprises
    drafted = sum(told.drafted for _, told in parts)
    unchanged = sum(told.unchanged for _, told in parts)
    return ProvinceDrafted(Drafted(row.day.year, drafted, unchanged), tuple(parts))
