"""The audit of reliefs: each worked out again from its terms and held against what the notices keep."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.verify_queries import LedgerFault
from feeledger.notices.queries import lines_of
from feeledger.notices.relief_queries import reliefs_of
from feeledger.notices.reliefs import LineRelief, due_day_then, reliefs_until
from feeledger.notices.tables import LineReliefRow, NoticeRow
from feeledger.reliefs.queries import lines_now, terms_of
from feeledger.reliefs.relief import ReliefImpossible, effect_of
from feeledger.reliefs.tables import NoticeReliefRow

NOTICES_AT_ONCE = 500


def verify_reliefs(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Hold notices, reliefs and what these did to lines together; an empty tuple is a clean region."""
    query = select(NoticeRow).where(
        NoticeRow.region == region,
        or_(
            NoticeRow.reliefs > 0,
            NoticeRow.relieved_fen > 0,
            NoticeRow.id.in_(
                select(LineReliefRow.notice).where(LineReliefRow.region == region).distinct()
            ),
            NoticeRow.id.in_(
                select(NoticeReliefRow.notice)
                .where(NoticeReliefRow.region == region, NoticeReliefRow.state == "approved")
                .distinct()
            ),
        ),
    )
    notices = tuple(session.scalars(query.order_by(NoticeRow.id)))
    faults: list[LedgerFault] = []
    for start in range(0, len(notices), NOTICES_AT_ONCE):
        faults += _faults_of(session, region, notices[start : start + NOTICES_AT_ONCE])
    return tuple(faults)


def _faults_of(
    session: Session, region: str, notices: Sequence[NoticeRow]
) -> Iterator[LedgerFault]:
    ids = [notice.id for notice in notices]
    kept = reliefs_of(session, region, ids)
    approved: dict[int, list[NoticeReliefRow]] = defaultdict(list)
    query = select(NoticeReliefRow).where(
        NoticeReliefRow.region == region,
        NoticeReliefRow.notice.in_(ids),
        NoticeReliefRow.state == "approved",
    )
    for row in session.scalars(query.order_by(NoticeReliefRow.notice, NoticeReliefRow.seq)):
        approved[row.notice].append(row)
    for notice in notices:
        if not _fits(session, notice, approved[notice.id], kept[notice.id]):
            yield LedgerFault(
                "relief-differs",
                f"notice:{notice.id}",
                Text(
                    "减免缓的批准、各行减免与通知书不符",
                    "its approved reliefs, what they did to its lines, and the notice do not fit",
                ),
            )


def _fits(
    session: Session,
    notice: NoticeRow,
    approved: Sequence[NoticeReliefRow],
    kept: Sequence[LineRelief],
) -> bool:
    """Say whether working the reliefs out again gives what is kept, and the notice says the same."""
    if [row.seq for row in approved] != list(range(1, notice.reliefs + 1)):
        return False
    lines = lines_of(session, notice.region, notice.id)
    worked: list[LineRelief] = []
    for seq, row in enumerate(approved, start=1):
        before = lines_now(lines, worked)
        due_then = due_day_then(kept, seq - 1, notice.due_on)
        try:
            worked += effect_of(terms_of(row), before, seq=seq, due_on=due_then)
        except ReliefImpossible:
            return False
        if row.due_on is not None and row.due_on != due_day_then(kept, seq, notice.due_on):
            return False
    waived = notice.status == "waived" and notice.pay_code is not None
    return (
        sorted(worked, key=_place) == sorted(kept, key=_place)
        and len(reliefs_until(kept, notice.reliefs)) == len(kept)
        and sum(one.fen for one in kept) == notice.relieved_fen
        and waived == (notice.relieved_fen == notice.amount_fen)
    )


def _place(one: LineRelief) -> tuple[int, int]:
    return one.seq, one.line_no
