"""Officers and their sessions: reference tables, one row a person and one a sign-in.

A session's token is never stored, only its SHA-256. Revoking is an instant, never a deletion.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.people.roles import Role
from feeledger.store import Base

_ROLES = ", ".join(f"'{role.value}'" for role in Role)


class OfficerRow(Base):
    """One officer: login, name, role, the region served, and the unit of a department officer."""

    __tablename__ = "officer"
    __table_args__ = (
        UniqueConstraint("login"),
        CheckConstraint(f"role IN ({_ROLES})", name="role_known"),
        CheckConstraint("(role = 'department') = (unit_code IS NOT NULL)", name="unit_of_role"),
        CheckConstraint("failures >= 0", name="failures_counted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    login: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    home_region: Mapped[str]
    unit_code: Mapped[str | None]
    password_hash: Mapped[str]
    active: Mapped[bool]
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class OfficerSessionRow(Base):
    """One sign-in: ends by its own limit, by idleness, or when revoked."""

    __tablename__ = "officer_session"
    __table_args__ = (Index("ix_officer_session_officer_id", "officer_id"),)

    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    language: Mapped[str]
