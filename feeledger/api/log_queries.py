"""What a bank's people may be told of their refused signatures, by whoever runs the service."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.api.tables import SignatureRefusalRow


def signature_refusals(
    session: Session, keyid: str | None = None
) -> tuple[SignatureRefusalRow, ...]:
    """Give the refusals noted for a key, or for all of them, by key, day and part."""
    row = SignatureRefusalRow
    query = select(row).order_by(row.keyid, row.day, row.part)
    if keyid is not None:
        query = query.where(row.keyid == keyid)
    return tuple(session.scalars(query))
