"""Writing a refund's moves: one row a step, never changed."""

from datetime import date

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from feeledger.refunds.refund import Hand
from feeledger.refunds.tables import RefundMoveRow, RefundRow


def keep_move(
    session: Session,
    row: RefundRow,
    event: str,
    *,
    before: str,
    limit_was: date | None,
    hand: Hand,
) -> None:
    """Write one move down, under the lock of the refund's notice."""
    last = session.scalar(
        select(func.max(RefundMoveRow.seq)).where(
            RefundMoveRow.region == row.region, RefundMoveRow.refund == row.id
        )
    )
    session.execute(
        insert(RefundMoveRow),
        {
            "region": row.region,
            "refund": row.id,
            "seq": (last or 0) + 1,
            "event": event,
            "before": before,
            "after": row.state,
            "actor": hand.actor,
            "day": hand.today,
            "at": hand.now,
            "reason": hand.reason or (row.reason if event == "apply" else ""),
            "limit_was": limit_was,
            "due_on": row.due_on,
            "due_provisional": row.due_provisional,
        },
    )
