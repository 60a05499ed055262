"""Find officers and the officer of a session."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.people.roles import Right, Role, may, require_right
from feeledger.people.tables import OfficerRow, OfficerSessionRow


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer as the doors know one; ``region`` is the one served, with all below it."""

    id: int
    login: str
    name: str
    role: Role
    region: str
    unit_code: str | None
    active: bool = True

    def may(self, right: Right) -> bool:
        """Say whether the officer has a right."""
        return may(self.role, right)

    def require(self, right: Right) -> None:
        """Let an officer with the right pass; raises NotYourRight."""
        require_right(self.role, right)


@dataclass(frozen=True, slots=True)
class LiveSession:
    """An officer's session that is in force, and when it was last noted as used."""

    officer: Officer
    seen_at: datetime


def officer_of(row: OfficerRow) -> Officer:
    """Give the officer of a row."""
    return Officer(
        id=row.id,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        region=row.home_region,
        unit_code=row.unit_code,
        active=row.active,
    )


def session_in_force(
    session: Session, token: str, *, now: datetime, idle: timedelta
) -> LiveSession | None:
    """Find the session of a token unless it was revoked, ended, lay idle, or its officer left."""
    found = session.execute(
        select(OfficerSessionRow, OfficerRow)
        .join(OfficerRow, OfficerRow.id == OfficerSessionRow.officer_id)
        .where(OfficerSessionRow.token_sha256 == hashlib.sha256(token.encode()).hexdigest())
        .where(OfficerSessionRow.revoked_at.is_(None))
        .where(OfficerSessionRow.ends_at > now)
        .where(OfficerSessionRow.seen_at > now - idle)
        .where(OfficerRow.active)
    ).first()
    if found is None:
        return None
    row, officer = found
    return LiveSession(officer=officer_of(officer), seen_at=row.seen_at)


def names_of_officers(session: Session) -> dict[str, str]:
    """Give the name of every officer there ever was, by login."""
    return {row.login: row.name for row in session.scalars(select(OfficerRow))}


def officers(session: Session) -> list[Officer]:
    """List every officer, by login."""
    return [
        officer_of(row) for row in session.scalars(select(OfficerRow).order_by(OfficerRow.login))
    ]
