"""The whole schema: importing this module makes the metadata complete.

A new capability's ``tables`` module is named here, once.
"""

import importlib

from sqlalchemy import MetaData

from feeledger.store import Base

TABLES = (
    "feeledger.trail",
    "feeledger.outbox.tables",
    "feeledger.regions.tables",
    "feeledger.catalog.tables",
    "feeledger.enterprises.tables",
    "feeledger.assessment.tables",
    "feeledger.intake.tables",
    "feeledger.ledger.tables",
    "feeledger.ledger.seal_tables",
    "feeledger.notices.tables",
    "feeledger.quotas.tables",
    "feeledger.projects.tables",
    "feeledger.payments.tables",
    "feeledger.reliefs.tables",
    "feeledger.unmatched.tables",
    "feeledger.sharing.tables",
    "feeledger.refunds.tables",
    "feeledger.reassessments.tables",
    "feeledger.settlements.tables",
    "feeledger.payments.reversal_tables",
    "feeledger.vouchers.tables",
    "feeledger.reconciliation.tables",
    "feeledger.supervision.tables",
    "feeledger.people.tables",
    "feeledger.callers.tables",
    "feeledger.api.tables",
    "feeledger.gateway.tables",
)

for _name in TABLES:
    importlib.import_module(_name)

metadata: MetaData = Base.metadata
APPEND_ONLY = tuple(sorted(t.name for t in metadata.tables.values() if t.info.get("append_only")))
