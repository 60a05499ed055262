"""Write a batch: claim its key, undo the batch that it corrects, keep how its lines were judged."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.reconciliation.difference_actions import close_by_file
from feeledger.reconciliation.matching import MONEY_DIFFERS, DayMatch, Finding
from feeledger.reconciliation.moving_actions import RECONCILE, UNDO, move_payments
from feeledger.reconciliation.queries import difference_of_id, money_come
from feeledger.reconciliation.refusals import BatchSentAgain, BatchUnknown
from feeledger.reconciliation.statements import DayFile
from feeledger.reconciliation.tables import ReconBatchRow, ReconDifferenceRow, ReconLineRow
from feeledger.store import new_id


def claim_batch(
    session: Session,
    region: str,
    file: DayFile,
    raw: bytes,
    *,
    file_name: str,
    actor: str,
    now: datetime,
) -> int:
    """Insert the batch by its key; whoever comes second is refused by the database (R-R1)."""
    batch = new_id(now)
    values = {
        "region": region,
        "id": batch,
        "bank": file.bank,
        "account_no": file.account,
        "day": file.day,
        "accconfirm_no": file.accconfirm_no,
        "state": "matched",
        "file_count": len(file.lines),
        "file_fen": file.total.fen,
        "booked_count": 0,
        "booked_fen": 0,
        "matched_count": 0,
        "difference_count": 0,
        "file_name": file_name,
        "sha256": sha256(raw).hexdigest(),
        "raw": raw,
        "imported_at": now,
        "imported_by": actor,
    }
    try:
        with session.begin_nested():
            session.execute(insert(ReconBatchRow), values)
    except IntegrityError as error:
        if _batch_of_key(session, region, file, file.accconfirm_no) is None:
            raise
        raise BatchSentAgain(
            Text(
                f"批次 {file.bank} {file.account} {file.day} {file.accconfirm_no} 已经报送过，"
                f"未作任何更改。更正须用新批次号，并以 replaces 写明原批次号。",
                f"Batch {file.bank} {file.account} {file.day} {file.accconfirm_no} was sent before; "
                f"nothing changed. A correction needs a new number and names the old in replaces.",
            ),
            accconfirm_no=file.accconfirm_no,
        ) from error
    return batch


def replace_batch(
    session: Session, region: str, file: DayFile, batch: int, *, actor: str, now: datetime
) -> tuple[int, ...]:
    """Undo what a batch matched and close its differences; the batch itself is kept.

    Gives the payments that are released and have to be found anew. Raises BatchUnknown.
    """
    old = _batch_of_key(session, region, file, file.replaces)
    if old is None or old.id == batch or old.replaced_by is not None:
        raise BatchUnknown(
            Text(
                f"要更正的批次 {file.replaces} 不存在，或者已被更正。",
                f"Batch {file.replaces}, named in replaces, is not there or was corrected before.",
            ),
            replaces=file.replaces,
        )
    old.replaced_by = batch
    session.execute(
        update(ReconBatchRow)
        .where(ReconBatchRow.region == region, ReconBatchRow.id == batch)
        .values(replaces=old.id)
    )
    matched = session.scalars(
        select(ReconLineRow.payment).where(
            ReconLineRow.region == region,
            ReconLineRow.batch == old.id,
            ReconLineRow.outcome == "matched",
        )
    )
    ids = [payment for payment in matched if payment is not None]
    move_payments(session, region, ids, UNDO)
    open_ones = session.scalars(
        select(ReconDifferenceRow).where(
            ReconDifferenceRow.region == region,
            ReconDifferenceRow.batch == old.id,
            ReconDifferenceRow.state.in_(("open", "assigned", "explained")),
        )
    )
    for row in open_ones:
        close_by_file(session, row, f"批次 {file.accconfirm_no} 更正", actor=actor, now=now)
    return tuple(ids)


def keep_match(
    session: Session, region: str, file: DayFile, batch: int, match: DayMatch, *, now: datetime
) -> None:
    """Write the lines and the differences, and both sides' totals."""
    lines = [_line_values(region, batch, found) for found in match.findings if found.line]
    if lines:
        session.execute(insert(ReconLineRow), lines)
    differences = [
        _difference_values(region, batch, file.day, found, now) for found in match.for_people
    ]
    _tell_money(session, region, file.bank, differences)
    if differences:
        session.execute(insert(ReconDifferenceRow), differences)
    session.execute(
        update(ReconBatchRow)
        .where(ReconBatchRow.region == region, ReconBatchRow.id == batch)
        .values(
            state="with_differences" if differences else "matched",
            booked_count=match.booked_count,
            booked_fen=match.booked_total.fen,
            matched_count=len(match.matched),
            difference_count=len(differences),
        )
    )


def _tell_money(
    session: Session, region: str, bank: str, differences: Sequence[dict[str, object]]
) -> None:
    """Write into each 14002 what came, where the file's amount is what was booked anyway."""
    astray = [one for one in differences if one["result"] == MONEY_DIFFERS]
    came = money_come(session, region, bank, [str(one["trade_no"]) for one in astray])
    for one in astray:
        one["bank_fen"] = came.get(str(one["trade_no"]), one["bank_fen"])


def settle_payments(session: Session, region: str, match: DayMatch) -> None:
    """Mark matched payments, and the notices they paid, as reconciled, but for money that differs."""
    ids = [found.payment.id for found in match.reconciled if found.payment is not None]
    move_payments(session, region, ids, RECONCILE)


def close_shifted(
    session: Session, region: str, match: DayMatch, *, batch: int, actor: str, now: datetime
) -> None:
    """Close the 15002 of payments that this file brings (R-R4)."""
    for found in match.matched:
        if found.closes is not None:
            row = difference_of_id(session, region, found.closes)
            close_by_file(session, row, f"批次 {batch} 到账", actor=actor, now=now)


def _batch_of_key(
    session: Session, region: str, file: DayFile, number: str
) -> ReconBatchRow | None:
    return session.scalar(
        select(ReconBatchRow)
        .where(
            ReconBatchRow.region == region,
            ReconBatchRow.bank == file.bank,
            ReconBatchRow.account_no == file.account,
            ReconBatchRow.day == file.day,
            ReconBatchRow.accconfirm_no == number,
        )
        .with_for_update()
    )


def _line_values(region: str, batch: int, found: Finding) -> dict[str, object]:
    line = found.line
    assert line is not None
    return {
        "region": region,
        "batch": batch,
        "line_no": line.number,
        "trade_no": line.trade_no,
        "pay_code": line.pay_code,
        "amount_fen": line.amount.fen,
        "paid_at": line.paid_at,
        "channel": line.channel,
        "remark": line.remark,
        "outcome": found.outcome,
        "reason": found.reason,
        "payment": found.payment.id if found.payment else None,
    }


def _difference_values(
    region: str, batch: int, day: date, found: Finding, now: datetime
) -> dict[str, object]:
    line, payment = found.line, found.payment
    return {
        "region": region,
        "id": new_id(now),
        "batch": batch,
        "day": day,
        "result": found.given_as,
        "reason": found.reason,
        "line_no": line.number if line else None,
        "payment": payment.id if payment else None,
        "trade_no": found.trade_no,
        "pay_code": line.pay_code if line else payment.pay_code if payment else "",
        "bank_fen": line.amount.fen if line else None,
        "booked_fen": payment.amount.fen if payment else None,
        "state": "open",
        "assignee": "",
        "explanation": "",
        "corrected_by": "",
        "closed_by": "",
        "closing_reason": "",
        "carried_to": None,
        "opened_at": now,
        "changed_at": now,
    }
