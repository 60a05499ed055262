"""The whole audit of a region: each storey proves what it wrote, from the ledger upwards.

A storey that posts entries of its own has its audit here: what nobody proves, nobody would miss.
"""

from sqlalchemy.orm import Session

from feeledger.ledger.verify_queries import LedgerFault
from feeledger.payments.verify_queries import verify_region
from feeledger.refunds.verify_queries import verify_refunds
from feeledger.reliefs.verify_queries import verify_reliefs
from feeledger.settlements.verify_queries import verify_settlements
from feeledger.sharing.verify_queries import verify_shares
from feeledger.unmatched.verify_queries import verify_unmatched
from feeledger.vouchers.verify_queries import voucher_faults


def verify_vouchers(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Hold the region's vouchers against their numbers, payments, refunds and signatures."""
    return tuple(
        LedgerFault(f"voucher-{fault.kind.replace('_', '-')}", fault.subject, fault.text)
        for fault in voucher_faults(session, region)
    )


AUDITS = (
    verify_region,
    verify_reliefs,
    verify_unmatched,
    verify_shares,
    verify_refunds,
    verify_settlements,
    verify_vouchers,
)


def audit_books(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Audit a region in full; an empty tuple is a clean one."""
    return tuple(fault for audit in AUDITS for fault in audit(session, region))
