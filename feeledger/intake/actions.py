"""Keeping what a look at a file of facts found, and what taking it in came to."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from feeledger.enterprises.statement_actions import Kept
from feeledger.errors import Conflict, Fault, Text
from feeledger.intake.offer import Looked, Offer
from feeledger.intake.queries import intake_of
from feeledger.intake.tables import FactIntakeFaultRow, FactIntakeRow
from feeledger.store import insert_for, new_id, table_of
from feeledger.trail import record_act

FAULTS_KEPT: Final = 5_000
COUNTS: Final = (
    "lines", "enterprises", "told", "faults", "new", "known", "changed", "disputed",
)  # fmt: skip


class IntakeFaulty(Conflict):
    """A file with faults is taken in no part."""

    code = "intake-faulty"
    title = Text("文件有错误，不能导入", "The file has faults and is not taken in")


class IntakeDiffers(Conflict):
    """The bytes are not those that were looked at."""

    code = "intake-differs"
    title = Text("文件与检查时的不同", "The file is not the one that was checked")


def record_check(
    session: Session,
    region: str,
    said: Offer,
    looked: Looked,
    *,
    edition: str,
    content: bytes | None,
    by: str,
    now: datetime,
) -> FactIntakeRow:
    """Keep what was found; the same file with the same words is one intake, looked at afresh."""
    key = _key(said, looked.sha256)
    row = _claim(session, region, key, said, looked, edition=edition, by=by, now=now)
    if row.state == "taken":
        return row
    row.edition = edition
    row.state = "faulty" if looked.faults else "checked"
    row.lines, row.enterprises, row.told = looked.lines, looked.enterprises, looked.told
    row.faults = len(looked.faults)
    row.checked_at, row.checked_by = now, by
    row.content = content
    session.flush()
    _replace_faults(session, row, looked.faults)
    return row


def ready_intake(session: Session, region: str, intake: int) -> FactIntakeRow:
    """Find a file that may be taken in, or was. Raises IntakeUnknown, IntakeFaulty."""
    row = intake_of(session, region, intake)
    _demand_sound(row)
    return row


def lock_intake(session: Session, region: str, intake: int) -> FactIntakeRow:
    """Find a file to be taken in, locked. Raises IntakeUnknown, IntakeFaulty."""
    intake_of(session, region, intake)
    query = select(FactIntakeRow).where(FactIntakeRow.region == region, FactIntakeRow.id == intake)
    row = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    _demand_sound(row)
    return row


def _demand_sound(row: FactIntakeRow) -> None:
    if row.state == "faulty":
        raise IntakeFaulty(
            Text(
                f"文件有 {row.faults} 处错误，须全部改正后重新上传。",
                f"The file has {row.faults} faults; mend all of them and send it again.",
            )
        )


def require_same(row: FactIntakeRow, sha256: str) -> None:
    """Demand the very bytes that were looked at. Raises IntakeDiffers."""
    if row.sha256 != sha256:
        raise IntakeDiffers(
            Text(
                "文件与检查时的不同，没有导入；请重新上传并检查。",
                "The file is not the one that was checked; nothing was taken in. Send it again.",
            )
        )


def finish_intake(
    session: Session, row: FactIntakeRow, sums: Kept, *, by: str, now: datetime
) -> None:
    """Note that a file was taken in, and what it came to."""
    row.state, row.taken_at, row.taken_by = "taken", now, by
    row.new, row.known = sums.new, sums.known
    row.changed, row.disputed = len(sums.changed), sums.disputed
    session.flush()
    record_act(
        session,
        region=row.region,
        actor=by,
        act="import-facts",
        subject=f"fact-intake:{row.id}",
        reason=row.document,
        now=now,
        details={
            "file": row.file_name,
            "sha256": row.sha256,
            "source": row.source,
            "enterprises": row.enterprises,
            "new": row.new,
            "known": row.known,
        },
    )


def _key(said: Offer, sha256: str) -> str:
    words = [
        sha256,
        said.source,
        said.said_by,
        said.document,
        said.valid_from.isoformat() if said.valid_from else None,
        said.valid_to.isoformat() if said.valid_to else None,
    ]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


def _claim(
    session: Session,
    region: str,
    key: str,
    said: Offer,
    looked: Looked,
    *,
    edition: str,
    by: str,
    now: datetime,
) -> FactIntakeRow:
    """Find the file's row, or make it; the unique key decides between two who send it at once."""
    values = {
        **dict.fromkeys(COUNTS, 0),
        **dict.fromkeys(("content", "taken_at", "taken_by")),
        "region": region,
        "id": new_id(now),
        "key": key,
        "sha256": looked.sha256,
        "file_name": said.name[:200],
        "size": looked.size,
        "source": said.source,
        "said_by": said.said_by,
        "document": said.document,
        "valid_from": said.valid_from,
        "valid_to": said.valid_to,
        "edition": edition,
        "state": "checked",
        "checked_at": now,
        "checked_by": by,
    }
    session.execute(
        insert_for(session, FactIntakeRow)
        .values(values)
        .on_conflict_do_nothing(index_elements=["region", "key"])
    )
    query = select(FactIntakeRow).where(FactIntakeRow.region == region, FactIntakeRow.key == key)
    return session.scalars(query.with_for_update()).one()


def _replace_faults(session: Session, row: FactIntakeRow, faults: Sequence[Fault]) -> None:
    fault = FactIntakeFaultRow
    session.execute(delete(fault).where(fault.region == row.region, fault.intake == row.id))
    rows = [
        {
            "region": row.region,
            "intake": row.id,
            "number": number,
            "line": each.line,
            "place": each.path,
            "value": each.value,
            "code": each.code,
            "problem_zh": each.problem.zh,
            "problem_en": each.problem.en,
            "remedy_zh": each.remedy.zh,
            "remedy_en": each.remedy.en,
        }
        for number, each in enumerate(faults[:FAULTS_KEPT], start=1)
    ]
    if rows:
        session.execute(insert(table_of(fault)), rows)
