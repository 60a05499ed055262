"""The records behind the entries of refunds, as the seal binds them (docs/proof.md).

The approval binds the application, its lines, its moves up to then and its files of evidence, which none
is added to afterwards; the payment binds the rest. Approvals sealed before files were bound have none.
What moves later stands in no record: the state and the limit are those of the last move.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.ledger.proof_forms import record_hash
from feeledger.refunds.tables import (
    RefundFileRow,
    RefundLineRow,
    RefundMoveRow,
    RefundRow,
    RefundShareRow,
)
from feeledger.store import rows_bound

# What a record holds of a row. A list never changes: what is sealed was hashed with it.
APPLIED: Final = [
    "region",
    "id",
    "payment",
    "notice",
    "pay_code",
    "uscc",
    "payer_name",
    "unit_code",
    "unit_name",
    "ground",
    "reason",
    "applied_as",
    "applicant",
    "found_on",
    "apply_due",
    "apply_due_provisional",
    "applied_on",
    "applied_at",
    "amount_fen",
    "account_kind",
    "to_name",
    "to_account",
    "to_bank",
    "evidence",
    "shared",
    "route",
    "verified_by",
    "approved_by",
    "second_approver",
    "approved_on",
    "approval_entry",
]
PAID: Final = [*APPLIED, "paid_by", "paid_on", "paid_at", "payment_no", "payment_entry"]
LINE: Final = ["region", "refund", "line_no", "item_id", "item_name", "amount_fen", "late_fen"]
MOVE: Final = [
    "region",
    "refund",
    "seq",
    "event",
    "before",
    "after",
    "actor",
    "day",
    "at",
    "reason",
    "limit_was",
    "due_on",
    "due_provisional",
]
FILE: Final = [
    "region",
    "refund",
    "file_no",
    "name",
    "media_type",
    "size",
    "sha256",
    "attached_by",
    "attached_at",
]
SHARE: Final = ["region", "refund", "line_no", "level", "fen"]
APPROVE: Final = "approve"
APPROVAL: Final = "refund-approval"
Rows = list[dict[str, Any]]


def approval_records(session: Session, region: str, entries: Sequence[int]) -> dict[int, str]:
    """Give the record of each entry that approves a refund."""
    told = _approvals(session, region, entries)
    ids = [tables["refund"][0]["id"] for tables in told.values()]
    files = rows_bound(
        session, RefundFileRow, FILE, RefundFileRow.region == region, RefundFileRow.refund.in_(ids)
    )
    return {
        entry: record_hash(
            APPROVAL, tables | {"refund_file": _of(files, tables["refund"][0]["id"])}
        )
        for entry, tables in told.items()
    }


def approval_records_without_files(
    session: Session, region: str, entries: Sequence[int]
) -> dict[int, str]:
    """Give the record of each approval as it was sealed before files of evidence were bound."""
    told = _approvals(session, region, entries)
    return {entry: record_hash(APPROVAL, tables) for entry, tables in told.items()}


def _approvals(session: Session, region: str, entries: Sequence[int]) -> dict[int, dict[str, Rows]]:
    refunds = rows_bound(
        session,
        RefundRow,
        APPLIED,
        RefundRow.region == region,
        RefundRow.approval_entry.in_(entries),
    )
    ids = [row["id"] for row in refunds]
    lines = rows_bound(
        session, RefundLineRow, LINE, RefundLineRow.region == region, RefundLineRow.refund.in_(ids)
    )
    moves = _moves(session, region, ids)
    return {
        row["approval_entry"]: {
            "refund": [row],
            "refund_line": _of(lines, row["id"]),
            "refund_move": _until_approval(_of(moves, row["id"])),
        }
        for row in refunds
    }


def payment_records(session: Session, region: str, entries: Sequence[int]) -> dict[int, str]:
    """Give the record of each entry that pays a refund."""
    refunds = rows_bound(
        session,
        RefundRow,
        PAID,
        RefundRow.region == region,
        RefundRow.payment_entry.in_(entries),
    )
    ids = [row["id"] for row in refunds]
    shares = rows_bound(
        session,
        RefundShareRow,
        SHARE,
        RefundShareRow.region == region,
        RefundShareRow.refund.in_(ids),
    )
    moves = _moves(session, region, ids)
    return {
        row["payment_entry"]: record_hash(
            "refund-payment",
            {
                "refund": [row],
                "refund_share": _of(shares, row["id"]),
                "refund_move": _of(moves, row["id"]),
            },
        )
        for row in refunds
    }


def _moves(session: Session, region: str, ids: Sequence[int]) -> Rows:
    return rows_bound(
        session, RefundMoveRow, MOVE, RefundMoveRow.region == region, RefundMoveRow.refund.in_(ids)
    )


def _of(rows: Rows, refund: int) -> Rows:
    return [row for row in rows if row["refund"] == refund]


def _until_approval(moves: Rows) -> Rows:
    last = max((row["seq"] for row in moves if row["event"] == APPROVE), default=0)
    return [row for row in moves if row["seq"] <= last]
