"""Appoint officers, let them in and out. Times are real instants (a session is not business)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Invalid, Missing, Refused, Text
from feeledger.people.passwords import hash_of, password_fits
from feeledger.people.queries import Officer, officer_of
from feeledger.people.roles import Role
from feeledger.people.tables import OfficerRow, OfficerSessionRow
from feeledger.regions.actions import RegionUnknown
from feeledger.regions.queries import UnitUnknown, region_named, unit_is_known
from feeledger.store import NATION, new_id
from feeledger.trail import record_act

FAILURES_MAX = 5
LOCK_TIME = timedelta(minutes=15)
SESSION_TIME = timedelta(hours=10)
IDLE_TIME = timedelta(minutes=30)
# The instant of last use is written at most this often: reading a page should not write.
SEEN_STEP = timedelta(minutes=1)
LOGIN_LENGTH_MAX = 40


class LoginTaken(Conflict):
    """Another officer has the login."""

    code = "login-taken"
    title = Text("登录名已被使用", "The login is taken")


class LoginUnfit(Invalid):
    """The login has characters that are not allowed, or the role and unit do not fit."""

    code = "login-unfit"
    title = Text("登录名或岗位不符合要求", "The login or the role does not fit")


class OfficerUnknown(Missing):
    """No officer has the login."""

    code = "officer-unknown"
    title = Text("没有该人员", "There is no such officer")


class SignInRefused(Refused):
    """Login and password do not fit, or the officer is locked; the two look alike."""

    code = "sign-in-refused"
    title = Text("登录未成功", "Sign-in failed")


@dataclass(frozen=True, slots=True)
class Appointment:
    """A new officer: ``unit_code`` for department officers only."""

    login: str
    name: str
    role: Role
    region: str
    unit_code: str | None = None


def appoint_officer(
    session: Session, appointment: Appointment, password: str, *, by: str, now: datetime
) -> Officer:
    """Enter an officer and note it in the trail.

    Raises LoginUnfit, RegionUnknown, UnitUnknown, LoginTaken or PasswordTooWeak.
    """
    login = appointment.login.strip().lower()
    _check_appointment(login, appointment)
    _check_place(session, appointment)
    if session.scalar(select(OfficerRow.id).where(OfficerRow.login == login)) is not None:
        raise LoginTaken(
            Text(f"登录名 {login} 已有人使用，请另取。", f"{login} is taken; choose another.")
        )
    row = OfficerRow(
        id=new_id(now),
        login=login,
        name=appointment.name,
        role=appointment.role.value,
        home_region=appointment.region,
        unit_code=appointment.unit_code,
        password_hash=hash_of(password, login=login),
        active=True,
        failures=0,
        locked_until=None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, "appoint-officer", row, by=by, now=now)
    return officer_of(row)


def _check_appointment(login: str, appointment: Appointment) -> None:
    if not (
        0 < len(login) <= LOGIN_LENGTH_MAX and login.isascii() and login.replace(".", "").isalnum()
    ):
        raise LoginUnfit(
            Text(
                f"登录名 {login!r}：请用 1 至 {LOGIN_LENGTH_MAX} 个小写字母、数字或点。",
                f"Login {login!r}: use 1 to {LOGIN_LENGTH_MAX} lower-case letters, digits or dots.",
            )
        )
    if (appointment.role is Role.DEPARTMENT) != (appointment.unit_code is not None):
        raise LoginUnfit(
            Text(
                "执收单位经办须注明单位编码，其他岗位不得注明。",
                "A department officer needs a unit code; other roles have none.",
            )
        )


def _check_place(session: Session, appointment: Appointment) -> None:
    """Demand that the region is known, and the unit in it."""
    region, unit_code = appointment.region, appointment.unit_code
    if region_named(session, region) is None:
        raise RegionUnknown(
            Text(
                f"没有区划 {region[:20]}；请先用 feeledger region open 启用，或核对代码。",
                f"There is no region {region[:20]}; open it with feeledger region open, or check "
                f"the code.",
            ),
            region=region[:20],
        )
    if unit_code is not None and not unit_is_known(session, region, unit_code):
        raise UnitUnknown(
            Text(
                f"区划 {region} 没有执收单位 {unit_code[:30]}；请先登记单位，或核对编码。",
                f"Region {region} has no collecting unit {unit_code[:30]}; enter the unit first, "
                f"or check the code.",
            )
        )


def change_password(session: Session, login: str, password: str, *, by: str, now: datetime) -> None:
    """Give an officer a new password; ends the sessions of the old one and any lock.

    Raises OfficerUnknown or PasswordTooWeak.
    """
    row = _officer_named(session, login)
    row.password_hash = hash_of(password, login=row.login)
    row.failures, row.locked_until = 0, None
    _close_sessions(session, row, now=now)
    _note(session, "change-password", row, by=by, now=now)


def end_officer(session: Session, login: str, *, reason: str, by: str, now: datetime) -> None:
    """Let an officer go: no sign-in any more, and every session ends at once. The record stays.

    Raises OfficerUnknown.
    """
    row = _officer_named(session, login)
    if not row.active:
        return
    row.active = False
    _close_sessions(session, row, now=now)
    _note(session, "end-officer", row, by=by, now=now, reason=reason)


def _officer_named(session: Session, login: str) -> OfficerRow:
    name = login.strip().lower()
    row = session.scalar(select(OfficerRow).where(OfficerRow.login == name).with_for_update())
    if row is None:
        raise OfficerUnknown(
            Text(
                f"没有登录名为 {name[:LOGIN_LENGTH_MAX]} 的人员；people list 可列出全部。",
                f"No officer has the login {name[:LOGIN_LENGTH_MAX]}; people list names them all.",
            )
        )
    return row


def _close_sessions(session: Session, row: OfficerRow, *, now: datetime) -> None:
    session.execute(
        update(OfficerSessionRow)
        .where(OfficerSessionRow.officer_id == row.id, OfficerSessionRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def check_password(session: Session, login: str, password: str, *, now: datetime) -> Officer | None:
    """Judge a login and password, counting failures; None when they do not fit.

    Failures are kept (do not roll back on None); five in a row lock for fifteen minutes.
    """
    row = session.scalar(
        select(OfficerRow).where(OfficerRow.login == login.strip().lower()).with_for_update()
    )
    fits = password_fits(row.password_hash if row is not None else None, password)
    if row is None or not row.active:
        return None
    if row.locked_until is not None and row.locked_until > now:
        return None
    if fits:
        row.failures, row.locked_until = 0, None
        return officer_of(row)
    row.failures += 1
    if row.failures >= FAILURES_MAX:
        row.failures, row.locked_until = 0, now + LOCK_TIME
        _note(session, "lock-officer", row, by=row.login, now=now)
    return None


def sign_in_refused() -> SignInRefused:
    """Make the one refusal that unknown, wrong and locked all get."""
    minutes = int(LOCK_TIME.total_seconds() // 60)
    return SignInRefused(
        Text(
            f"登录名或口令不对；连续错 {FAILURES_MAX} 次将暂停 {minutes} 分钟。",
            f"The login or password is wrong; {FAILURES_MAX} failures in a row pause it for "
            f"{minutes} minutes.",
        )
    )


def open_session(session: Session, officer: Officer, *, language: str, now: datetime) -> str:
    """Begin a session and give its token, which is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    session.add(
        OfficerSessionRow(
            token_sha256=token_digest(token),
            officer_id=officer.id,
            started_at=now,
            seen_at=now,
            ends_at=now + SESSION_TIME,
            revoked_at=None,
            language=language,
        )
    )
    return token


def close_session(session: Session, token: str, *, now: datetime) -> None:
    """Revoke a session; an unknown one is no matter."""
    session.execute(
        update(OfficerSessionRow)
        .where(OfficerSessionRow.token_sha256 == token_digest(token))
        .where(OfficerSessionRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def keep_session_alive(session: Session, token: str, *, now: datetime) -> None:
    """Note that a session was used."""
    session.execute(
        update(OfficerSessionRow)
        .where(OfficerSessionRow.token_sha256 == token_digest(token))
        .values(seen_at=now)
    )


def token_digest(token: str) -> str:
    """Give what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _note(
    session: Session, act: str, row: OfficerRow, *, by: str, now: datetime, reason: str = ""
) -> None:
    record_act(
        session,
        region=NATION,
        actor=by,
        act=act,
        subject=f"officer:{row.login}",
        reason=reason,
        now=now,
        details={"role": row.role, "home_region": row.home_region},
    )
