"""Account numbers that a charge may be paid into, for judging what an enterprise was told."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.regions.tables import DesignatedAccountRow


def account_numbers_on(session: Session, region: str, day: date) -> tuple[str, ...] | None:
    """Give the numbers, real and printed, of a region's accounts designated on a day.

    None where the region has never announced an account: then nothing can be said of one.
    """
    rows = session.scalars(
        select(DesignatedAccountRow).where(DesignatedAccountRow.region == region)
    ).all()
    if not rows:
        return None
    valid = [
        row
        for row in rows
        if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
    ]
    return tuple(sorted({n for row in valid for n in (row.account_no, row.printed_account)}))


def account_names(session: Session, region: str) -> dict[str, str]:
    """Give the name and number of each account a region ever designated, by its id as text."""
    rows = session.scalars(
        select(DesignatedAccountRow).where(DesignatedAccountRow.region == region)
    )
    return {str(row.id): f"{row.name} {row.account_no}" for row in rows}
