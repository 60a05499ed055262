"""Issuing lookup codes and opening an enterprise's page with one; tries are limited and counted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from feeledger.codes import USCC_LENGTH, USCC_SIGNS
from feeledger.enterprises.lookup import (
    TRIES,
    TRIES_OF_ALL,
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


@dataclass(frozen=True, slots=True)
class Tried:
    """What is asked for, and by whom: ``caller`` is a digest of the address that asks.

    A caller's own tries in vain make only that caller wait, so nobody can shut an enterprise out;
    only very many from many addresses make all wait.
    """

    subject: str
    caller: str

    @property
    def of_caller(self) -> str:
        """Name the caller's own count."""
        return f"{self.subject}@{self.caller}"

    def limits(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Give the counts that a try falls under, each with how many in vain it bears."""
        return ((self.of_caller, TRIES), (self.subject, TRIES_OF_ALL))


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
    session: Session, uscc: str, code: str, *, caller: str, now: datetime
) -> EnterpriseRow | None:
    """Find the enterprise that a code opens; None for all else, counted as a try in vain.

    ``caller`` names who asks. The caller keeps the transaction (the count!) and then answers
    NoSuchPayer to a None.
    """
    subject = subject_of(uscc)
    if subject is None:
        return None
    tried = Tried(subject, caller)
    if tries_are_used_up(session, tried, now=now):
        return None
    kept = session.get(LookupCodeRow, subject)
    salt, digest = (kept.salt, kept.digest) if kept is not None else (None, None)
    if not fits(read_lookup_code(code), salt, digest):
        count_try(session, tried, now=now)
        return None
    forget_tries(session, tried)
    return session.get(EnterpriseRow, subject)


def subject_of(uscc: str) -> str | None:
    """Normalise a credit code for a look-up; None where it cannot be one."""
    code = narrow_upper(uscc)
    return code if len(code) == USCC_LENGTH and set(code) <= set(USCC_SIGNS) else None


def tries_are_used_up(session: Session, tried: Tried, *, now: datetime) -> bool:
    """Say whether too many tries in vain were made of late; tries of one subject wait in line."""
    counts = [(_tries_held(session, key, now=now), most) for key, most in tried.limits()]
    return any(row.failures >= most and now - row.since < TRY_WINDOW for row, most in counts)


def count_try(session: Session, tried: Tried, *, now: datetime) -> None:
    """Count a try in vain; the window begins with the first of them."""
    for key, _ in tried.limits():
        row = _tries_held(session, key, now=now)
        if now - row.since >= TRY_WINDOW:
            row.since, row.failures = now, 1
        else:
            row.failures += 1
    session.flush()


def _tries_held(session: Session, key: str, *, now: datetime) -> LookupTryRow:
    """Lock a count; it is begun first, for what is not there cannot be locked."""
    begun = insert_for(session, LookupTryRow).values(subject=key, since=now, failures=0)
    session.execute(
        begun.on_conflict_do_update(
            index_elements=["subject"], set_={"failures": LookupTryRow.failures}
        )
    )
    return session.get_one(LookupTryRow, key, populate_existing=True)


def forget_tries(session: Session, tried: Tried) -> None:
    """Forget a caller's tries in vain after one that was right; what others tried stays counted."""
    session.execute(delete(LookupTryRow).where(LookupTryRow.subject == tried.of_caller))
