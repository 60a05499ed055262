"""Reading an enterprise's standing: its changes, and who stood in the register on a day."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from feeledger.enterprises.standing import RESTORED, Changed, closed_error, closing_before
from feeledger.enterprises.tables import EnterpriseRow, EnterpriseStandingRow


def standing_changes(
    session: Session, uscc: str, *, known_by: datetime | None = None
) -> tuple[EnterpriseStandingRow, ...]:
    """Give the changes of an enterprise's standing in order; as known at an instant, if one is given."""
    row = EnterpriseStandingRow
    query = select(row).where(row.uscc == uscc).order_by(row.no)
    if known_by is not None:
        query = query.where(row.recorded_at <= known_by)
    return tuple(session.scalars(query))


def closing_of(
    session: Session, uscc: str, on: date, *, known_by: datetime | None = None
) -> Changed | None:
    """Give the change by which an enterprise was out of the register on a day; None: it stood."""
    return closing_before(standing_changes(session, uscc, known_by=known_by), on)


def demand_standing(session: Session, payer: EnterpriseRow, days: Iterable[date]) -> None:
    """Refuse duties of days on which the payer was closed or revoked. Raises EnterpriseClosed."""
    changes = standing_changes(session, payer.uscc)
    for on in sorted(set(days)):
        closing = closing_before(changes, on)
        if closing is not None:
            raise closed_error(payer.name, closing, on)


def stood_on(on: date, known_at: datetime) -> ColumnElement[bool]:
    """Say in SQL which enterprises stood in the register on a day, as known at an instant.

    The same as ``closing_before`` is None, for every row of ``enterprise`` at once.
    """
    closed, restored = aliased(EnterpriseStandingRow), aliased(EnterpriseStandingRow)
    lifted = exists().where(
        restored.uscc == closed.uscc,
        restored.no > closed.no,
        restored.change == RESTORED,
        restored.day <= on,
        restored.recorded_at <= known_at,
    )
    return ~exists().where(
        and_(
            closed.uscc == EnterpriseRow.uscc,
            closed.change != RESTORED,
            closed.day < on,
            closed.recorded_at <= known_at,
            ~lifted,
        )
    )
