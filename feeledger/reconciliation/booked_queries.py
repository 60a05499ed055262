"""Our side of a day file: the payments, open differences and notices that it is held against."""

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import TypeVar

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.reconciliation.difference import SETTLED
from feeledger.reconciliation.matching import MONEY_DIFFERS, BookedPayment, OurSide
from feeledger.reconciliation.statements import DayFile
from feeledger.reconciliation.tables import ReconBatchRow, ReconDifferenceRow, ReconLineRow

CHUNK = 500

Key = TypeVar("Key")


def our_side(
    session: Session,
    region: str,
    file: DayFile,
    *,
    accounts: Sequence[int],
    released: Sequence[int] = (),
) -> OurSide:
    """Gather what we hold against a file; the payments read are locked until the commit.

    ``released`` are payments that a corrected batch had matched: the new one must account for them.
    The caller has locked the notices before the payments (``hold_notices``), as a reversal does it.
    """
    payments = {
        row.id: row
        for row in session.scalars(
            select(PaymentRow)
            .where(
                PaymentRow.region == region,
                PaymentRow.kind == "confirmation",  # a claim's money is in no day file
                PaymentRow.bank == file.bank,
                PaymentRow.bank_day == file.day,
                PaymentRow.account.in_(accounts),
            )
            .order_by(PaymentRow.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    known = {row.trade_no for row in payments.values()}
    for chunk in chunks(line.trade_no for line in file.lines if line.trade_no not in known):
        others = select(PaymentRow).where(
            PaymentRow.region == region,
            PaymentRow.bank == file.bank,
            PaymentRow.trade_no.in_(chunk),
        )
        payments.update((row.id, row) for row in session.scalars(others.with_for_update()))
    for ids in chunks([one for one in released if one not in payments]):
        freed = select(PaymentRow).where(PaymentRow.region == region, PaymentRow.id.in_(ids))
        payments.update((row.id, row) for row in session.scalars(freed.with_for_update()))
    held = _unsettled(session, region, payments, MONEY_DIFFERS, standing=True)
    differing = _unsettled(session, region, payments, "15001", standing=True)
    return OurSide(
        payments=tuple(_booked(row, held) for row in payments.values()),
        missed=_unsettled(session, region, payments, "15002"),
        listed=frozenset(held | differing),
        notices=_statuses(session, region, file),
        released=frozenset(released),
    )


def hold_notices(session: Session, region: str, file: DayFile, accounts: Sequence[int]) -> None:
    """Lock the notices of the day's payments, of the file's lines and of the batch it corrects.

    All at once in order of their ids, as everybody locks several, before any of them is changed.
    """
    paid = select(PaymentRow.notice).where(
        PaymentRow.region == region,
        PaymentRow.bank == file.bank,
        PaymentRow.bank_day == file.day,
        PaymentRow.account.in_(accounts),
    )
    found = set(session.scalars(paid))
    for chunk in chunks(dict.fromkeys(line.pay_code for line in file.lines)):
        named = select(NoticeRow.id).where(
            NoticeRow.region == region, NoticeRow.pay_code.in_(chunk)
        )
        found.update(session.scalars(named))
    if file.replaces:
        found.update(session.scalars(_notices_of_batch(region, file)))
    lock_notices(session, region, found)


def lock_notices(session: Session, region: str, notices: Iterable[int]) -> None:
    """Lock notices in order of their ids."""
    for ids in chunks(sorted(notices)):
        session.execute(
            select(NoticeRow.id)
            .where(NoticeRow.region == region, NoticeRow.id.in_(ids))
            .order_by(NoticeRow.id)
            .with_for_update(key_share=True)
        )


def _notices_of_batch(region: str, file: DayFile) -> Select[int]:
    """Select the notices that the batch matched which a file corrects."""
    return (
        select(PaymentRow.notice)
        .join(
            ReconLineRow,
            and_(ReconLineRow.region == PaymentRow.region, ReconLineRow.payment == PaymentRow.id),
        )
        .join(
            ReconBatchRow,
            and_(
                ReconBatchRow.region == ReconLineRow.region, ReconBatchRow.id == ReconLineRow.batch
            ),
        )
        .where(
            PaymentRow.region == region,
            ReconBatchRow.region == region,
            ReconBatchRow.bank == file.bank,
            ReconBatchRow.account_no == file.account,
            ReconBatchRow.day == file.day,
            ReconBatchRow.accconfirm_no == file.replaces,
        )
    )


def claims_of_day(session: Session, region: str, day: date) -> dict[int, int]:
    """Give claims whose money had come by a bank day and that are not reconciled, with their notices."""
    query = select(PaymentRow.id, PaymentRow.notice).where(
        PaymentRow.region == region,
        PaymentRow.kind == "claim",
        PaymentRow.state == "arrived",
        PaymentRow.bank_day <= day,
    )
    return dict(session.execute(query).all())


def _booked(row: PaymentRow, held: Container[int]) -> BookedPayment:
    """Give a payment; one whose money people settle (``held``) was matched before by its file."""
    return BookedPayment(
        id=row.id,
        pay_code=row.pay_code,
        trade_no=row.trade_no,
        amount=Money(row.amount_fen),
        day=row.bank_day,
        reconciled=row.state in {"reconciled", "settled"}
        or (row.state == "difference" and row.id in held),
        reversed=row.state == "reversed",
        astray=row.state == "difference",
    )


def _unsettled(
    session: Session, region: str, payments: Iterable[int], result: str, *, standing: bool = False
) -> dict[int, int]:
    """Give the differences of payments that nobody has settled, of one result, by payment.

    ``standing``: of batches that no file corrected.
    """
    query = select(ReconDifferenceRow.payment, ReconDifferenceRow.id).where(
        ReconDifferenceRow.region == region,
        ReconDifferenceRow.result == result,
        ReconDifferenceRow.state.not_in(SETTLED),
    )
    if standing:
        batch = and_(
            ReconBatchRow.region == ReconDifferenceRow.region,
            ReconBatchRow.id == ReconDifferenceRow.batch,
        )
        query = query.join(ReconBatchRow, batch).where(
            ReconBatchRow.region == region, ReconBatchRow.replaced_by.is_(None)
        )
    found: dict[int, int] = {}
    for chunk in chunks(payments):
        rows = session.execute(query.where(ReconDifferenceRow.payment.in_(chunk)))
        found.update((payment, difference) for payment, difference in rows if payment is not None)
    return found


def _statuses(session: Session, region: str, file: DayFile) -> dict[str, str]:
    found: dict[str, str] = {}
    for chunk in chunks(dict.fromkeys(line.pay_code for line in file.lines)):
        rows = session.execute(
            select(NoticeRow.pay_code, NoticeRow.status).where(
                NoticeRow.region == region, NoticeRow.pay_code.in_(chunk)
            )
        )
        found.update((pay_code, status) for pay_code, status in rows if pay_code is not None)
    return found


def chunks(keys: Iterable[Key]) -> Iterator[list[Key]]:
    """Cut keys into lists short enough for one statement."""
    rest = iter(keys)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
