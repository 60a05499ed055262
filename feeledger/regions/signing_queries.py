"""Finding the public keys that units and the bureau sign with."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.regions.queries import covers
from feeledger.regions.tables import SigningKeyRow


def keys_of_signer(
    session: Session, region: str, unit_code: str | None, at: datetime
) -> tuple[SigningKeyRow, ...]:
    """Give the keys of a unit, or of the bureau (None), that are valid at an instant, newest first."""
    query = (
        select(SigningKeyRow)
        .where(
            SigningKeyRow.region == region,
            SigningKeyRow.unit_code.is_(None)
            if unit_code is None
            else SigningKeyRow.unit_code == unit_code,
            covers(SigningKeyRow, at),
        )
        .order_by(SigningKeyRow.valid_from.desc(), SigningKeyRow.keyid)
    )
    return tuple(session.scalars(query))


def signing_key_of(session: Session, region: str, keyid: str) -> SigningKeyRow | None:
    """Find a key by its name, whether it is still valid or not."""
    return session.get(SigningKeyRow, (region, keyid))


def signing_keys_of(session: Session, region: str) -> tuple[SigningKeyRow, ...]:
    """Give every key that was ever enrolled in a region: the bureau's first, then by unit and time."""
    query = (
        select(SigningKeyRow)
        .where(SigningKeyRow.region == region)
        .order_by(
            SigningKeyRow.unit_code.is_not(None),
            SigningKeyRow.unit_code,
            SigningKeyRow.valid_from,
            SigningKeyRow.keyid,
        )
    )
    return tuple(session.scalars(query))


def was_valid(row: SigningKeyRow, at: datetime) -> bool:
    """Say whether a key was valid at an instant."""
    return row.valid_from <= at and (row.valid_to is None or at < row.valid_to)
