"""Issuing lookup codes and opening an enterprise's page with one; tries are limited and counted."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from feeledger.codes import USCC_LENGTH, USCC_SIGNS
from feeledger.enterprises.lookup import (
    TRIES,
    TRY_WINDOW,
    digest_of_code,
    fits,
    make_lookup_code,
    new_salt,
    read_lookup_code,
)
from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.tables import EnterpriseRow, LookupCodeRow, LookupTryRow
from feeledger.judgements import narrow_upper
from feeledger.store import insert_for
from feeledger.trail import record_act


def issue_lookup_code(session: Session, uscc: str, *, reason: str, by: str, now: datetime) -> str:
    """Issue a lookup code, in place of any earlier one; it is shown once and kept as a hash.

    Raises EnterpriseUnknown.
    """
    row = enterprise_of(session, uscc)
    code, salt = make_lookup_code(), new_salt()
    session.merge(
        LookupCodeRow(
            uscc=uscc, salt=salt, digest=digest_of_code(code, salt), issued_at=now, issued_by=by
        )
    )
    session.flush()
    record_act(
        session,
        region=row.home_region,
        actor=by,
        act="issue-lookup-code",
        subject=f"enterprise:{uscc}",
        reason=reason,
        now=now,
    )
    return code


def has_lookup_code(session: Session, uscc: str) -> bool:
    """Say whether a code was ever issued to an enterprise."""
    return session.get(LookupCodeRow, uscc) is not None


def payer_by_lookup_code(
    session: Session, uscc: str, code: str, *, now: datetime
) -> EnterpriseRow | None:
    """Find the enterprise that a code opens; None for all else, counted as a try in vain.

    The caller keeps the transaction (the count!) and then answers NoSuchPayer to a None.
    """
    subject = subject_of(uscc)
    if subject is None or tries_are_used_up(session, subject, now=now):
        return None
    kept = session.get(LookupCodeRow, subject)
    salt, digest = (kept.salt, kept.digest) if kept is not None else (None, None)
    if not fits(read_lookup_code(code), salt, digest):
        count_try(session, subject, now=now)
        return None
    forget_tries(session, subject)
    return session.get(EnterpriseRow, subject)


def subject_of(uscc: str) -> str | None:
    """Normalise a credit code for a look-up; None where it cannot be one."""
    code = narrow_upper(uscc)
    return code if len(code) == USCC_LENGTH and set(code) <= set(USCC_SIGNS) else None


def tries_are_used_up(session: Session, subject: str, *, now: datetime) -> bool:
    """Say whether too many tries in vain were made of late; tries of one subject wait in line."""
    row = _tries_held(session, subject, now=now)
    return row.failures >= TRIES and now - row.since < TRY_WINDOW


def count_try(session: Session, subject: str, *, now: datetime) -> None:
    """Count a try in vain; the window begins with the first of them."""
    row = _tries_held(session, subject, now=now)
    if now - row.since >= TRY_WINDOW:
        row.since, row.failures = now, 1
    else:
        row.failures += 1
    session.flush()


def _tries_held(session: Session, subject: str, *, now: datetime) -> LookupTryRow:
    """Lock the count of a subject; it is begun first, for what is not there cannot be locked."""
    begun = insert_for(session, LookupTryRow).values(subject=subject, since=now, failures=0)
    session.execute(
        begun.on_conflict_do_update(
            index_elements=["subject"], set_={"failures": LookupTryRow.failures}
        )
    )
    return session.get_one(LookupTryRow, subject, populate_existing=True)


def forget_tries(session: Session, subject: str) -> None:
    """Forget tries in vain after one that was right."""
    session.execute(delete(LookupTryRow).where(LookupTryRow.subject == subject))
