"""Move a case: every move is written with its actor, time and reason, and nothing is deleted (R-S8)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from feeledger.errors import Missing, Refused, Text
from feeledger.files import KeptFile, Upload, checked_files
from feeledger.money import Money
from feeledger.supervision.case import moves_of_act, moves_of_time, require_publishable
from feeledger.supervision.case_rows import case_of, values_of
from feeledger.supervision.states import Act, Clock, Move
from feeledger.supervision.tables import CaseFileRow, CaseMoveRow, SupervisionCaseRow
from feeledger.trail import record_act

OF_THE_DEPARTMENT = frozenset({"explain", "appeal", "report_rectification"})


class CaseUnknown(Missing):
    """The region has no such case."""

    code = "case-unknown"
    title = Text("没有此案件", "There is no such case")


class CaseOfAnother(Refused):
    """A department's officer may act in the cases of its own unit only."""

    code = "case-of-another"
    title = Text("不是本单位的案件", "The case is another department's")


def explain_case(
    session: Session,
    *,
    region: str,
    case: int,
    unit_code: str | None,
    actor: str,
    reason: str,
    files: Sequence[Upload],
    today: date,
    now: datetime,
    clock: Clock,
) -> SupervisionCaseRow:
    """Take the department's explanation; ``unit_code`` is its officer's unit, None for the bureau.

    Raises CaseUnknown, CaseOfAnother, MoveOutOfTurn, ReasonMissing or FileNotAccepted.
    """
    act = Act("explain", actor, today, reason)
    return move_case(
        session,
        region=region,
        case=case,
        act=act,
        now=now,
        clock=clock,
        files=files,
        unit_code=unit_code,
    )


def move_case(
    session: Session,
    *,
    region: str,
    case: int,
    act: Act,
    now: datetime,
    clock: Clock,
    files: Sequence[Upload] = (),
    unit_code: str | None = None,
) -> SupervisionCaseRow:
    """Make any move that a case has (``RULES`` of case.py), elapsed limits first.

    ``unit_code`` None: the bureau acts. Raises CaseUnknown, CaseOfAnother, FileNotAccepted, or
    what ``moves_of_act`` raises.
    """
    kept = checked_files(files)
    row = locked_case(session, region, case)
    if unit_code is not None:
        _require_own(row, act, unit_code)
    moves = moves_of_act(case_of(row), act, clock=clock)
    keep_moves(session, row, moves, act=act, files=kept, now=now)
    return row


def age_cases(session: Session, *, region: str, today: date, now: datetime, clock: Clock) -> int:
    """Make the moves that elapsed limits have made in a region; give how many cases moved."""
    rows = session.scalars(
        select(SupervisionCaseRow)
        .where(
            SupervisionCaseRow.region == region,
            SupervisionCaseRow.due_on < today,
            SupervisionCaseRow.state.in_(("warned", "yellow", "red", "rectifying")),
        )
        .with_for_update()
    )
    moved = 0
    for row in rows.all():
        moves = moves_of_time(case_of(row), today=today, clock=clock)
        keep_moves(session, row, moves, act=None, files=(), now=now)
        moved += bool(moves)
    return moved


def publish_case(
    session: Session,
    *,
    region: str,
    case: int,
    actor: str,
    reason: str,
    today: date,
    now: datetime,
    clock: Clock,
) -> SupervisionCaseRow:
    """Order that a confirmed case be shown to the public (R-S5).

    Raises CaseUnknown or PublicationNotYet.
    """
    row = locked_case(session, region, case)
    require_publishable(case_of(row), today=today, clock=clock)
    row.published_on, row.changed_at = today, now
    session.flush()
    _record(session, row, act="publish-case", actor=actor, reason=reason, now=now)
    return row


def locked_case(session: Session, region: str, case: int) -> SupervisionCaseRow:
    """Find a case, locked for a change. Raises CaseUnknown."""
    row = session.scalar(
        select(SupervisionCaseRow)
        .where(SupervisionCaseRow.region == region, SupervisionCaseRow.id == case)
        .with_for_update()
    )
    if row is None:
        raise CaseUnknown(Text(f"没有编号 {case} 的案件。", f"There is no case {case}."))
    return row


def keep_moves(
    session: Session,
    row: SupervisionCaseRow,
    moves: Sequence[Move],
    *,
    act: Act | None,
    files: Sequence[KeptFile],
    now: datetime,
) -> None:
    """Write moves after those before them and bring the case's row to the last one."""
    if not moves:
        return
    last = session.scalar(
        select(func.max(CaseMoveRow.seq)).where(
            CaseMoveRow.region == row.region, CaseMoveRow.case_id == row.id
        )
    )
    rows = [
        _move_values(row, move, number, act=act, now=now)
        for number, move in enumerate(moves, (last or 0) + 1)
    ]
    session.execute(insert(CaseMoveRow), rows)
    for column, value in values_of(moves[-1].after).items():
        setattr(row, column, value)
    row.changed_at = now
    session.flush()
    if files:
        session.execute(insert(CaseFileRow), _file_values(row, (last or 0) + len(moves), files))
    for move in moves:
        event = move.event.replace("_", "-")
        actor = move.actor or "clock"
        _record(session, row, act=f"{event}-case", actor=actor, reason=move.reason, now=now)


def _require_own(row: SupervisionCaseRow, act: Act, unit_code: str) -> None:
    if row.unit_code != unit_code or act.event not in OF_THE_DEPARTMENT:
        raise CaseOfAnother(
            Text(
                "执收单位只能就本单位的案件说明、申诉或报告整改。",
                "A department may explain, appeal or report in its own cases only.",
            )
        )


def _move_values(
    row: SupervisionCaseRow, move: Move, seq: int, *, act: Act | None, now: datetime
) -> dict[str, object]:
    own = act is not None and move.event == act.event
    amount: Money | None = act.amount if act is not None and own else None
    return {
        "region": row.region,
        "case_id": row.id,
        "seq": seq,
        "event": move.event,
        "before": move.before,
        "after": move.after.state,
        "day": move.on,
        "at": now,
        "actor": move.actor,
        "reason": move.reason,
        "hearing": act.hearing if act is not None and own else "",
        "amount_fen": None if amount is None else amount.fen,
    }


def _file_values(
    row: SupervisionCaseRow, seq: int, files: Sequence[KeptFile]
) -> list[dict[str, object]]:
    return [
        {
            "region": row.region,
            "case_id": row.id,
            "seq": seq,
            "file_no": number,
            "name": file.name,
            "media_type": file.media_type,
            "size": len(file.content),
            "sha256": file.sha256,
            "content": file.content,
        }
        for number, file in enumerate(files, 1)
    ]


def _record(
    session: Session, row: SupervisionCaseRow, *, act: str, actor: str, reason: str, now: datetime
) -> None:
    record_act(
        session,
        region=row.region,
        actor=actor,
        act=act,
        subject=f"case:{row.id}",
        reason=reason,
        now=now,
        details={"state": row.state, "unit": row.unit_key},
    )
