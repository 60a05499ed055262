"""Registering a file of enterprises: looked at whole, then written whole in one transaction.

What always holds: a file with one fault registers nobody; an enterprise that is registered with the
same details is left as it is, so the same file again changes nothing; one with other details is a
fault, for a change wants its reason on the enterprise's page.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import Conflict, Fault, FileRefused, Text
from feeledger.intake.batches import TITLES_MAX, digest_of_file
from feeledger.intake.faults import fact_file_fault
from feeledger.intake.headings import USCC, names_code
from feeledger.intake.register_rows import (
    COLUMNS,
    NEEDED,
    EnterpriseTold,
    RegisterReader,
    register_columns,
)
from feeledger.intake.sheets import Line, lines_of_file
from feeledger.store import Store, insert_for
from feeledger.trail import record_act

STRETCH: Final = 500
ROWS_MAX: Final = 200_000
FAULTS_MAX: Final = 100_000


class RegisterMoved(Conflict):
    """Somebody registered one of the enterprises otherwise while the file was looked at."""

    code = "register-moved"
    title = Text("登记信息刚刚有变", "The register has just changed")


@dataclass(frozen=True, slots=True)
class RegisterOffer:
    """A file of enterprises as it is offered: its name, and the region they are at home in."""

    name: str
    region: str
    today: date
    lines_max: int = ROWS_MAX


@dataclass(frozen=True, slots=True)
class RegisterLooked:
    """What a file holds: its digest, its lines, who is to be registered, who is, every fault."""

    sha256: str
    lines: int
    fresh: tuple[EnterpriseTold, ...]
    known: int
    faults: tuple[Fault, ...]


def look_at_register(store: Store, file: BinaryIO, offer: RegisterOffer) -> RegisterLooked:
    """Read a whole file of enterprises and hold it against the register; nothing is written."""
    sha256, _ = digest_of_file(file)
    told, faults, lines = _read(file, offer)
    fresh: list[EnterpriseTold] = []
    known = 0
    for stretch in _stretches(told):
        with store.read() as session:
            there = _registered(session, stretch)
        for each in stretch:
            row = there.get(each.uscc)
            if row is None:
                fresh.append(each)
            elif _is_same(row, each):
                known += 1
            else:
                faults.append(_differs(offer.name, each, row))
    ordered = tuple(sorted(faults, key=lambda fault: fault.line))
    return RegisterLooked(sha256, lines, tuple(fresh), known, ordered)


def register_file(
    store: Store, offer: RegisterOffer, looked: RegisterLooked, *, by: str, now: datetime
) -> int:
    """Register all enterprises of a file that was looked at, in one transaction; give how many.

    Raises FileRefused where the file has faults, RegisterMoved where the register changed meanwhile.
    """
    if looked.faults:
        raise FileRefused(looked.faults)
    if not looked.fresh:
        return 0
    return store.retry(lambda session: _write(session, offer, looked, by=by, now=now))


def _write(
    session: Session, offer: RegisterOffer, looked: RegisterLooked, *, by: str, now: datetime
) -> int:
    enter = insert_for(session, EnterpriseRow).on_conflict_do_nothing(index_elements=["uscc"])
    for stretch in _stretches(looked.fresh):
        rows = [_values(each, by=by, now=now) for each in stretch]
        session.execute(enter, rows)
        there = _registered(session, stretch)
        for each in stretch:
            if not _is_same(there[each.uscc], each):
                raise RegisterMoved(
                    Text(
                        f"{each.uscc} 刚刚另行登记，内容不同；没有登记任何企业，请重新检查文件。",
                        f"{each.uscc} was registered with other details just now; nobody was "
                        "registered: look at the file again.",
                    )
                )
    record_act(
        session,
        region=offer.region,
        actor=by,
        act="register-enterprises",
        subject=f"enterprise-file:{looked.sha256[:16]}",
        reason="",
        now=now,
        details={
            "file": offer.name,
            "sha256": looked.sha256,
            "enterprises": len(looked.fresh),
        },
    )
    return len(looked.fresh)


def _read(file: BinaryIO, offer: RegisterOffer) -> tuple[list[EnterpriseTold], list[Fault], int]:
    """Read the rows of a file, and every fault that shows without the register."""
    told: list[EnterpriseTold] = []
    faults: list[Fault] = []
    count = 0
    try:
        lines = lines_of_file(file, offer.name)
        number, header = _header(lines)
        keys, faults = register_columns(header, offer.name, number)
        if any(key not in keys for key in NEEDED):
            return told, _empty(offer.name) if not header else faults, 0
        reader = RegisterReader(keys, offer.region, offer.name, offer.today)
        for number, cells in lines:
            count += 1
            if count > offer.lines_max or len(faults) > FAULTS_MAX:
                most = offer.lines_max
                faults.append(fact_file_fault("rows-too-many", offer.name, number, most=most))
                break
            found, wrong = reader.read_row(number, cells)
            faults += wrong
            told += [found] if found is not None else []
    except FileRefused as refused:
        faults += refused.faults
    return told, faults or ([] if count else _empty(offer.name)), count


def _header(lines: Iterator[Line]) -> Line:
    """Find the line of the headings: the first that names the credit code, below titles if any."""
    first = next(lines, (1, []))
    line = first
    for _ in range(TITLES_MAX):
        if names_code(line[1]):
            return line
        following = next(lines, None)
        if following is None:
            break
        line = following
    return first


def _empty(file: str) -> list[Fault]:
    return [fact_file_fault("file-empty", file, 1)]


def _registered(session: Session, told: Iterable[EnterpriseTold]) -> dict[str, EnterpriseRow]:
    query = (
        select(EnterpriseRow)
        .where(EnterpriseRow.uscc.in_([each.uscc for each in told]))
        .execution_options(populate_existing=True)
    )
    return {row.uscc: row for row in session.scalars(query)}


def _is_same(row: EnterpriseRow, told: EnterpriseTold) -> bool:
    """Say whether the register says what a row says; what the row leaves open is not compared."""
    pairs = (
        (row.name, told.name),
        (row.home_region, told.home_region),
        (row.industry_code, told.industry_code),
        (row.industry_version, told.industry_version),
        (row.registered_on, told.registered_on),
        (row.size_class, told.size_class),
    )
    return all(new is None or old == new for old, new in pairs)


def _differs(file: str, told: EnterpriseTold, row: EnterpriseRow) -> Fault:
    code = "enterprise-elsewhere" if row.home_region != told.home_region else "enterprise-other"
    figures = {"region": row.home_region, "name": row.name}
    path = COLUMNS[USCC].zh
    return fact_file_fault(code, file, told.line, path=path, value=told.uscc, **figures)


def _values(told: EnterpriseTold, *, by: str, now: datetime) -> dict[str, object]:
    return {
        "uscc": told.uscc,
        "name": told.name,
        "status": "active",
        "home_region": told.home_region,
        "industry_version": told.industry_version,
        "industry_code": told.industry_code,
        "registered_on": told.registered_on,
        "size_class": told.size_class,
        "uscc_override_reason": None,
        "uscc_override_by": None,
        "entered_at": now,
        "entered_by": by,
    }


def _stretches(told: Sequence[EnterpriseTold]) -> Iterator[Sequence[EnterpriseTold]]:
    for start in range(0, len(told), STRETCH):
        yield told[start : start + STRETCH]
