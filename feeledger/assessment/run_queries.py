"""Reading runs: how far one is, its counts and totals, its one digest, any enterprise explained."""

from collections import Counter
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.assessment.digests import RunHead, digest_of_export
from feeledger.assessment.engine import assess, refuse_faulty
from feeledger.assessment.outcomes import Answer, Request
from feeledger.assessment.tables import (
    AssessmentRunChunkRow,
    AssessmentRunLineRow,
    AssessmentRunRow,
)
from feeledger.catalog.plan import Plan
from feeledger.enterprises.queries import enterprise_of, facts_on, register_at, register_facts
from feeledger.errors import Conflict, Missing, Text

CountKey = tuple[str, str, str, str, bool]
READ_AT_ONCE = 10_000


class RunUnknown(Missing):
    """No run of the region has this number."""

    code = "run-unknown"
    title = Text("没有这次测算", "There is no such run")


class RunBusy(Conflict):
    """Another process keeps the chunks of the run."""

    code = "run-busy"
    title = Text("测算正由另一进程进行", "Another process is at this run")


class RunUnfinished(Conflict):
    """The run has not gone through all enterprises yet."""

    code = "run-unfinished"
    title = Text("测算尚未完成", "The run is not finished")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: enterprises assessed so far, lines stored so far."""

    enterprises: int
    lines: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many enterprises came to an outcome in a line, and to how many fen together."""

    item: str
    line: str
    outcome: str
    reason: str
    alternative: bool
    enterprises: int
    fen: int


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run as a record: what it asked, how far it is, what it came to."""

    region: str
    run: int
    day: date
    edition: str
    edition_sha256: str
    known_at: datetime
    finished_at: datetime | None
    enterprises: int
    refused: int
    lines: int
    counts: tuple[Counted, ...]


def run_of(session: Session, region: str, run: int) -> AssessmentRunRow:
    """Find a run of a region. Raises RunUnknown."""
    row = session.get(AssessmentRunRow, (region, run))
    if row is None:
        raise RunUnknown(
            Text(
                f"区划 {region[:20]} 没有编号为 {run} 的测算，请核对。",
                f"Region {region[:20]} has no run {run}; check its number.",
            ),
            region=region[:20],
            run=run,
        )
    return row


def last_chunk(session: Session, region: str, run: int) -> tuple[int, str, Progress]:
    """Give the number and last code of the newest chunk, and how far the run is with it."""
    chunk = AssessmentRunChunkRow
    query = (
        select(chunk.number, chunk.last_uscc, chunk.enterprises, chunk.lines)
        .where(chunk.region == region, chunk.run == run)
        .order_by(chunk.number)
    )
    rows = session.execute(query).all()
    if not rows:
        return 0, "", Progress(0, 0)
    done = Progress(sum(row.enterprises for row in rows), sum(row.lines for row in rows))
    return rows[-1].number, rows[-1].last_uscc, done


def summary_of_run(session: Session, region: str, run: int) -> RunSummary:
    """Add the counts of a run's chunks up, in order of item, line and outcome. Raises RunUnknown."""
    row = run_of(session, region, run)
    chunk = AssessmentRunChunkRow
    query = (
        select(chunk.enterprises, chunk.refused, chunk.lines, chunk.counts)
        .where(chunk.region == region, chunk.run == run)
        .order_by(chunk.number)
    )
    sums: Counter[str] = Counter()
    numbers: Counter[CountKey] = Counter()
    fen: Counter[CountKey] = Counter()
    for each in session.execute(query.execution_options(yield_per=1)):
        sums.update(enterprises=each.enterprises, refused=each.refused, lines=each.lines)
        for item, line, outcome, reason, alternative, enterprises, amount in each.counts:
            key = item, line, outcome, reason, alternative
            numbers[key] += enterprises
            fen[key] += amount
    return RunSummary(
        region,
        run,
        row.day,
        row.edition,
        row.edition_sha256,
        row.known_at,
        row.finished_at,
        sums["enterprises"],
        sums["refused"],
        sums["lines"],
        tuple(Counted(*key, numbers[key], fen[key]) for key in sorted(numbers)),
    )


def unfinished(run: int, enterprises: int) -> RunUnfinished:
    """Say that a run has not gone through all enterprises yet."""
    return RunUnfinished(
        Text(
            f"测算 {run} 只完成了 {enterprises} 户；请先用 --resume {run} 完成它。",
            f"Run {run} has done {enterprises} enterprises only; finish it with "
            f"--resume {run} first.",
        ),
        run=run,
    )


def digest_of_run(session: Session, region: str, run: int) -> str:
    """Give the SHA-256 of a run's canonical export: head, counts, lines by enterprise and line.

    Neither the run's number nor an instant is in it. Raises RunUnknown or RunUnfinished.
    """
    summary = summary_of_run(session, region, run)
    if summary.finished_at is None:
        raise unfinished(run, summary.enterprises)
    head = RunHead(
        summary.region,
        summary.day.isoformat(),
        summary.edition_sha256,
        summary.enterprises,
        summary.refused,
    )
    line = AssessmentRunLineRow
    query = (
        select(line.uscc, line.line, line.outcome, line.amount_fen, line.low_fen, line.high_fen)
        .where(line.region == summary.region, line.run == summary.run)
        .order_by(line.uscc)
        .execution_options(yield_per=READ_AT_ONCE)
    )
    return digest_of_export(head, map(astuple, summary.counts), session.execute(query))


def replay(
    session: Session, plan: Plan, run: AssessmentRunRow, uscc: str, *, item: str | None = None
) -> Answer:
    """Answer again for one enterprise of a run, with every step; by what the run knew of it.

    ``item`` answers only that item, at once. Raises EnterpriseUnknown, or FactsRefused as the run
    refused the enterprise, whichever item is asked.
    """
    entry = enterprise_of(session, uscc)
    held = facts_on(session, run.region, uscc, run.day, known_by=run.known_at)
    facts: dict[str, object] = {name: fact.value for name, fact in held.items()}
    sources = {name: fact.source for name, fact in held.items()}
    known = register_facts(register_at(session, entry, run.known_at), run.day)
    facts.update(known)
    sources.update(dict.fromkeys(known, "register"))
    request = Request(uscc, run.day, run.region, facts=facts, sources=sources)
    if item is None:
        return assess(plan, request)
    refuse_faulty(plan, request)
    return assess(plan, replace(request, items=(item,)))
