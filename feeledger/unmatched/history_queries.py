"""One receipt with all that became of it: claims, parts, returns, the entries in the ledger."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from feeledger.ledger.queries import KeptEntry, entries_about, entry_of_id
from feeledger.payments.queries import payment_of_id
from feeledger.payments.tables import PaymentRow, UnmatchedReceiptRow
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.trail import TrailActRow, acts_about
from feeledger.unmatched.claim_queries import claims_of_receipts
from feeledger.unmatched.list_queries import kind_now, parts_of, returns_of
from feeledger.unmatched.queries import receipt_of_id
from feeledger.unmatched.tables import ReceiptClaimRow, ReceiptReturnRow


@dataclass(frozen=True, slots=True)
class ReceiptSeen:
    """A receipt as people look at it; ``kind`` as things stand now, the latest of each list first.

    ``payment`` is the confirmation of the same serial that it turned out to be.
    """

    row: UnmatchedReceiptRow
    kind: str
    account: DesignatedAccountRow
    payment: PaymentRow | None
    claims: tuple[ReceiptClaimRow, ...]
    parts: tuple[UnmatchedReceiptRow, ...]
    returns: tuple[ReceiptReturnRow, ...]
    entries: tuple[KeptEntry, ...]
    acts: tuple[TrailActRow, ...]


def receipt_seen(session: Session, region: str, receipt_id: int) -> ReceiptSeen:
    """Gather a receipt with its whole history. Raises ReceiptMissing."""
    row = receipt_of_id(session, region, receipt_id)
    payment = None if row.payment is None else payment_of_id(session, region, row.payment)
    claims = claims_of_receipts(session, region, [row.id])
    returns = returns_of(session, region, row.id)
    subjects = [f"receipt:{row.id}", *(f"receipt-claim:{claim.id}" for claim in claims)]
    return ReceiptSeen(
        row=row,
        kind=kind_now(session, row),
        account=session.get_one(DesignatedAccountRow, (region, row.account)),
        payment=payment,
        claims=claims,
        parts=parts_of(session, region, row.id),
        returns=returns,
        entries=_entries(session, row, payment, returns),
        acts=acts_about(session, region, *subjects),
    )


def _entries(
    session: Session,
    row: UnmatchedReceiptRow,
    payment: PaymentRow | None,
    returns: tuple[ReceiptReturnRow, ...],
) -> tuple[KeptEntry, ...]:
    """Give the entry by which the money came, and those by which it went to its payment or back."""
    ids = [row.entry, *(one.entry for one in returns if one.entry is not None)]
    kept = [entry_of_id(session, row.region, one) for one in ids]
    if payment is not None:
        # Its confirmation took the arrival's entry back on the ledger day of the payment's own.
        paid = entry_of_id(session, row.region, payment.entry)
        if paid is not None:
            kept += entries_about(session, row.region, f"entry:{row.entry}", paid.day)
    return tuple(entry for entry in kept if entry is not None)
