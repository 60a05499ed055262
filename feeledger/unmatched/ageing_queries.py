"""The ageing list of unmatched money: what is open, by how long it has lain (R-U4)."""

from datetime import date

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.payments.tables import UnmatchedReceiptRow
from feeledger.unmatched.ageing import BANDS, AgeFigure
from feeledger.unmatched.receipt import OPEN


def figures_by_age(session: Session, region: str, *, today: date) -> tuple[AgeFigure, ...]:
    """Count open receipts and add them up by band, the oldest first; empty bands too."""
    day = UnmatchedReceiptRow.bank_day
    # The bands fall in age, so the first whose last day a receipt reaches is its own.
    place = case(
        *((day <= band.until(today), literal(at)) for at, band in enumerate(BANDS)),
        else_=literal(len(BANDS) - 1),
    ).label("place")
    query = (
        select(place, func.count(), func.sum(UnmatchedReceiptRow.amount_fen))
        .where(UnmatchedReceiptRow.region == region, UnmatchedReceiptRow.state.in_(OPEN))
        .group_by(place)
    )
    found = {at: (count, int(fen)) for at, count, fen in session.execute(query)}
    return tuple(
        AgeFigure(band, count, Money(fen))
        for band, (count, fen) in zip(
            BANDS, (found.get(at, (0, 0)) for at in range(len(BANDS))), strict=True
        )
    )
