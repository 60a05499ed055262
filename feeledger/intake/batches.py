"""Taking a file of facts in: looked at whole, worked out and laid ready, then written whole at once.

What always holds: a file with one fault changes nothing; the same file again, and the same facts in
another file, change nothing; what was written can be traced to its file. Memory does not grow with
the facts, only by a few words an enterprise.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import BinaryIO, Final

from sqlalchemy.orm import Session

from feeledger.assessment.told_facts import limits_of
from feeledger.assessment.told_queries import Voice, contradictions_of
from feeledger.catalog.items import Catalog
from feeledger.codes import judge_uscc
from feeledger.enterprises.reassessment_actions import Cause
from feeledger.enterprises.statement_actions import (
    Kept,
    Prepared,
    Telling,
    Told,
    keep_statements,
    prepare_statements,
    write_prepared,
)
from feeledger.errors import Fault, FileRefused
from feeledger.intake.actions import (
    finish_intake,
    lock_intake,
    ready_intake,
    record_check,
    require_same,
)
from feeledger.intake.checking import Checker, RowTold, stretches
from feeledger.intake.faults import fact_file_fault
from feeledger.intake.headings import OWN, USCC, Column, columns_of, names_code
from feeledger.intake.offer import Looked, Offer, Sheet
from feeledger.intake.queries import codes_registered, facts_mark
from feeledger.intake.sheets import Line, lines_of_file
from feeledger.intake.staging import Staged
from feeledger.intake.tables import FactIntakeRow
from feeledger.store import Store

STRETCH: Final = 1_000
PREPARED_TRIES: Final = 2
FAULTS_MAX: Final = 100_000
TITLES_MAX: Final = 10
UNIT_MARKS: Final = ("单位", "元", "unit", "yuan")
PIECE: Final = 1 << 20


@dataclass(slots=True)
class _Tally:
    """What was met while a file was read."""

    lines: int = 0
    told: int = 0
    codes: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and when a file is held against what is on record."""

    store: Store
    region: str
    now: datetime


def look_at_file(store: Store, region: str, sheet: Sheet, offer: Offer, *, now: datetime) -> Looked:
    """Read a whole file and give what it holds and every fault of it; nothing is written."""
    sha256, size = digest_of_file(sheet.file)
    tally = _Tally()
    try:
        for _ in _sound_stretches(_Place(store, region, now), sheet, offer, tally):
            pass
    except FileRefused as refused:
        tally.faults += refused.faults
    faults = tuple(sorted(tally.faults, key=lambda fault: fault.line))
    return Looked(sha256, size, tally.lines, len(tally.codes), tally.told, faults)


def check_file(
    store: Store,
    region: str,
    sheet: Sheet,
    offer: Offer,
    looked: Looked,
    *,
    by: str,
    now: datetime,
) -> FactIntakeRow:
    """Keep what a look at a file found; one that was taken already is given as it is."""
    content = None
    if offer.keep_content:
        sheet.file.seek(0)
        content = sheet.file.read()
    edition = sheet.catalog.edition.id
    return store.retry(
        lambda session: record_check(
            session, region, offer, looked, edition=edition, content=content, by=by, now=now
        )
    )


def take_file(
    store: Store, region: str, intake: int, sheet: Sheet, *, by: str, now: datetime
) -> FactIntakeRow:
    """Write all facts of a checked file, in one transaction; one taken before changes nothing.

    The file is read again, held against the catalog and the register of now, and worked out beside
    what is on record before the transaction begins: this only writes, so that others wait for the
    writing alone. Where facts of the region were told meanwhile it is worked out again; the last
    time within the transaction. Raises IntakeUnknown, IntakeFaulty, IntakeDiffers, or FileRefused
    where it does not pass any more.
    """
    with store.read() as session:
        row = ready_intake(session, region, intake)
    if row.state == "taken":
        return row
    require_same(row, digest_of_file(sheet.file)[0])
    telling, at = _telling(row, by=by, now=now), _Place(store, region, now)
    for _ in range(PREPARED_TRIES):
        with store.read() as session:
            mark = facts_mark(session, region, now)
        with Staged() as staged, suppress(_FactsMoved):
            _stage(at, sheet, row, staged, telling)
            return store.retry(partial(_take, row=row, staged=staged, telling=telling, mark=mark))
    with Staged() as staged:
        _stage(at, sheet, row, staged, None)
        return store.retry(partial(_take, row=row, staged=staged, telling=telling, mark=None))


class _FactsMoved(Exception):
    """Facts of the region were told since a file was worked out beside those on record."""


def _stage(
    at: _Place, sheet: Sheet, row: FactIntakeRow, staged: Staged, telling: Telling | None
) -> None:
    """Read and judge a whole file, and lay ready what it tells or, for a telling, comes to.

    Raises FileRefused.
    """
    tally = _Tally()
    for stretch in _sound_stretches(at, sheet, offer_of_row(row), tally):
        if tally.faults:
            continue
        told = _told_of(sheet.catalog, stretch)
        if telling is None:
            staged.add(told)
            continue
        with at.store.read() as session:
            staged.add(prepare_statements(session, row.region, told, telling))
    if tally.faults:
        raise FileRefused(tuple(tally.faults))


def _take(
    session: Session, *, row: FactIntakeRow, staged: Staged, telling: Telling, mark: int | None
) -> FactIntakeRow:
    """Write what is laid ready; it may be done again from the start (a lost transaction).

    Raises _FactsMoved where it was worked out at a ``mark`` that is past.
    """
    region = row.region
    row = lock_intake(session, region, row.id)
    if row.state == "taken":
        return row
    if mark is not None and facts_mark(session, region, telling.now) != mark:
        raise _FactsMoved
    sums = Kept()
    for stretch in staged.stretches():
        if isinstance(stretch, Prepared):
            write_prepared(session, region, stretch, now=telling.now)
            sums.add(stretch.kept)
        else:
            sums.add(keep_statements(session, region, stretch, telling))
    finish_intake(session, row, sums, by=telling.by, now=telling.now)
    return row


def offer_of_row(row: FactIntakeRow) -> Offer:
    """Give back what was said with a file."""
    return Offer(row.file_name, row.source, row.said_by, row.document, row.valid_from, row.valid_to)


def _telling(row: FactIntakeRow, *, by: str, now: datetime) -> Telling:
    cause = Cause("facts", str(row.id))
    return Telling(row.source, by, now, cause, said_by=row.said_by, intake=row.id)


def digest_of_file(file: BinaryIO) -> tuple[str, int]:
    """Give the SHA-256 of a file's bytes, and how many there are."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _told_of(catalog: Catalog, stretch: Sequence[RowTold]) -> list[Told]:
    return [
        Told(
            row.uscc,
            name,
            value,
            row.valid_from,
            row.valid_to,
            row.document,
            catalog.facts[name].unit or None,
        )
        for row in stretch
        for name, value in row.facts.items()
    ]


def _sound_stretches(
    at: _Place, sheet: Sheet, offer: Offer, tally: _Tally
) -> Iterator[list[RowTold]]:
    """Give the sound rows of a file in stretches; the faults of the others go to the tally."""
    lines = lines_of_file(sheet.file, offer.name)
    columns = _columns(lines, sheet.catalog, offer, tally)
    if columns is None:
        return
    limits = limits_of(sheet.catalog)
    checker = Checker(columns, sheet.catalog.facts, offer.defaults, offer.name, limits)
    for stretch in stretches(_told_rows(lines, checker, sheet, tally), STRETCH):
        known = _registered(at.store, stretch, offer, tally)
        tally.faults += _contradictions(at, known, checker, sheet, offer)
        yield known
        if sheet.watch is not None:
            sheet.watch(tally.lines)
    if not tally.lines and not tally.faults:
        tally.faults.append(fact_file_fault("file-empty", offer.name, 1))


def _contradictions(
    at: _Place, stretch: Sequence[RowTold], checker: Checker, sheet: Sheet, offer: Offer
) -> list[Fault]:
    """Give what rows contradict beside the facts on record and each other."""
    voice = Voice(offer.source, offer.said_by, at.now)
    tellings = [_told_of(sheet.catalog, [row]) for row in stretch]
    with at.store.read() as session:
        found = contradictions_of(session, at.region, tellings, sheet.catalog.facts, voice)
    return [checker.fault_of(stretch[place].line, fault) for place, fault in found]


def _told_rows(
    lines: Iterator[Line], checker: Checker, sheet: Sheet, tally: _Tally
) -> Iterator[RowTold]:
    """Give what the sound rows tell; the faults of the others go to the tally."""
    try:
        for number, cells in lines:
            tally.lines += 1
            if sheet.lines_max is not None and tally.lines > sheet.lines_max:
                most = sheet.lines_max
                fault = fact_file_fault("rows-too-many", checker.file, number, most=most)
                tally.faults.append(fault)
                return
            told, faults = checker.read_row(number, cells)
            tally.faults += faults
            if len(tally.faults) > FAULTS_MAX:
                fault = fact_file_fault("faults-too-many", checker.file, number, most=FAULTS_MAX)
                tally.faults.append(fault)
                return
            if told is not None:
                yield told
    except FileRefused as refused:  # behind the rows read so far, whose faults are told as well
        tally.faults += refused.faults


def _columns(
    lines: Iterator[Line], catalog: Catalog, offer: Offer, tally: _Tally
) -> list[Column | None] | None:
    """Read the headings; None where rows under them could not be read."""
    number, cells = _header(lines, offer.name, tally)
    if not cells:
        return None
    columns, faults = columns_of(cells, catalog.facts, file=offer.name, line=number)
    tally.faults += faults
    keys = {column.key for column in columns if column is not None}
    return columns if USCC in keys else None


def _header(lines: Iterator[Line], file: str, tally: _Tally) -> Line:
    """Find the line of the headings: the first, or the first that names the credit code below titles.

    A unit told in a title is a fault: it would change every number in silence.
    """
    above = list(islice(lines, 1))
    while above and len(above) <= TITLES_MAX and not names_code(above[-1][1]):
        following = next(lines, None)
        if following is None:
            break
        above.append(following)
    if not above:
        tally.faults.append(fact_file_fault("file-empty", file, 1))
        return 1, []
    if not names_code(above[-1][1]):
        return above[0]
    for number, cells in above[:-1]:
        told = " ".join(cell.text.strip() for cell in cells if not cell.blank)
        if any(mark in told.lower() for mark in UNIT_MARKS):
            tally.faults.append(fact_file_fault("unit-above", file, number, value=told))
    return above[-1]


def _registered(store: Store, stretch: list[RowTold], offer: Offer, tally: _Tally) -> list[RowTold]:
    """Keep the rows of enterprises that are registered; the others are faults."""
    with store.read() as session:
        codes = codes_registered(session, (row.uscc for row in stretch))
    known = [row for row in stretch if row.uscc in codes]
    tally.faults += [_unknown(offer.name, row) for row in stretch if row.uscc not in codes]
    tally.codes |= {row.uscc for row in known}
    tally.told += sum(len(row.facts) for row in known)
    return known


def _unknown(file: str, row: RowTold) -> Fault:
    """Blame a code that is not registered; where its check character is wrong, that is told."""
    why = judge_uscc(row.uscc).problem
    if why is not None:
        told = {"value": row.uscc, "why": why.zh, "why_en": why.en}
        return fact_file_fault("uscc-wrong", file, row.line, path=OWN[USCC].zh, **told)
    return fact_file_fault("enterprise-unknown", file, row.line, path=OWN[USCC].zh, value=row.uscc)
