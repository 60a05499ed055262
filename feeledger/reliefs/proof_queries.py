"""The reliefs that a payment was paid under, as the seal binds them with its entry (docs/proof.md)."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.notices.tables import LineReliefRow
from feeledger.reliefs.tables import NoticeReliefRow
from feeledger.store import rows_bound

# What a record holds of a row. A list never changes: what is sealed was hashed with it.
RELIEF: Final = [
    "region",
    "id",
    "notice",
    "kind",
    "line_no",
    "fen",
    "bp",
    "due_on",
    "document",
    "document_on",
    "issuer",
    "reason",
    "state",
    "applied_by",
    "applied_at",
    "decided_by",
    "decided_at",
    "decision_reason",
    "seq",
]
LINE: Final = ["region", "notice", "seq", "line_no", "relief", "fen", "late_bp", "due_was"]
Rows = list[dict[str, Any]]


def relief_tables(
    session: Session, region: str, paid: Collection[tuple[int, int]]
) -> dict[tuple[int, int], dict[str, Rows]]:
    """Give the first so many reliefs of notices, and what they did to lines; ``paid``: notice, count."""
    if not paid:
        return {}
    notices = {notice for notice, _ in paid}
    granted = rows_bound(
        session,
        NoticeReliefRow,
        RELIEF,
        NoticeReliefRow.region == region,
        NoticeReliefRow.notice.in_(notices),
        NoticeReliefRow.state == "approved",
    )
    lines = rows_bound(
        session,
        LineReliefRow,
        LINE,
        LineReliefRow.region == region,
        LineReliefRow.notice.in_(notices),
    )
    return {
        (notice, count): {
            "notice_relief": _until(granted, notice, count),
            "line_relief": _until(lines, notice, count),
        }
        for notice, count in paid
    }


def _until(rows: Rows, notice: int, seq: int) -> Rows:
    return [row for row in rows if row["notice"] == notice and row["seq"] <= seq]
