"""The whole audit of a region: each storey proves what it wrote, from the ledger upwards.

A storey that posts entries of its own has its audit here: what nobody proves, nobody would miss.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.ledger.proof_forms import NOTHING_BOUND, Bound, record_hash
from feeledger.ledger.sealing import entries_by_kind
from feeledger.ledger.verify_queries import LedgerFault
from feeledger.payments.proof_queries import (
    payment_particulars,
    relieved_payments,
    reversal_records,
)
from feeledger.payments.verify_queries import verify_region
from feeledger.reassessments.verify_queries import verify_reassessments
from feeledger.refunds.proof_queries import (
    approval_records,
    approval_records_without_files,
    payment_records,
)
from feeledger.refunds.verify_queries import verify_refunds
from feeledger.reliefs.proof_queries import relief_tables
from feeledger.reliefs.verify_queries import verify_reliefs
from feeledger.settlements.proof_queries import settlement_records
from feeledger.settlements.verify_queries import verify_settlements
from feeledger.sharing.verify_queries import verify_shares
from feeledger.unmatched.proof_queries import arrival_records, claim_tables, return_records
from feeledger.unmatched.verify_queries import verify_unmatched
from feeledger.vouchers.verify_queries import voucher_faults

Rows = Sequence[Mapping[str, Any]]


def paid_records(session: Session, region: str, entries: Sequence[int]) -> dict[int, str]:
    """Give the record of each entry that pays by a claim or under reliefs; of others none."""
    told: dict[int, dict[str, Rows]] = defaultdict(dict)
    for entry, rows in claim_tables(session, region, entries).items():
        told[entry].update(rows)
    paid = relieved_payments(session, region, entries)
    reliefs = relief_tables(session, region, set(paid.values()))
    for entry, noticed in paid.items():
        told[entry].update(reliefs[noticed])
    return {entry: record_hash("payment", rows) for entry, rows in told.items()}


RECORDS: Final[Mapping[str, Callable[[Session, str, Sequence[int]], dict[int, str]]]] = {
    "payment": paid_records,
    "reversal": reversal_records,
    "arrival": arrival_records,
    "return": return_records,
    "refund-approval": approval_records,
    "refund-payment": payment_records,
    "settlement": settlement_records,
}

# Records as they were sealed before they bound as much as now.
EARLIER: Final[Mapping[str, Callable[[Session, str, Sequence[int]], dict[int, str]]]] = {
    "refund-approval": approval_records_without_files,
}


def bound_by_seal(session: Session, region: str, entries: Sequence[int]) -> Mapping[int, Bound]:
    """Give all that the seal binds of entries beside their postings (docs/proof.md)."""
    bound = dict(payment_particulars(session, region, entries))
    for kind, ids in entries_by_kind(session, region, entries).items():
        records = RECORDS[kind](session, region, ids) if kind in RECORDS else {}
        earlier = EARLIER[kind](session, region, ids) if kind in EARLIER else {}
        for entry, record in records.items():
            told = earlier.get(entry, "")
            bound[entry] = replace(bound.get(entry, NOTHING_BOUND), record=record, earlier=told)
    return bound


def verify_sealed_region(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Audit ledger, payments and seals, with all that the seals bind."""
    return verify_region(session, region, bound_by_seal)


def verify_vouchers(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Hold the region's vouchers against their numbers, payments, refunds and signatures."""
    return tuple(
        LedgerFault(f"voucher-{fault.kind.replace('_', '-')}", fault.subject, fault.text)
        for fault in voucher_faults(session, region)
    )


AUDITS = (
    verify_sealed_region,
    verify_reliefs,
    verify_unmatched,
    verify_shares,
    verify_refunds,
    verify_reassessments,
    verify_settlements,
    verify_vouchers,
)


def audit_books(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Audit a region in full; an empty tuple is a clean one."""
    return tuple(fault for audit in AUDITS for fault in audit(session, region))
