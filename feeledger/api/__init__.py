"""The machines' door: banks (signed) and public callers over HTTP, under ``/api/v1``."""

from flask import Flask

from feeledger.api.arrivals import arrivals
from feeledger.api.bank import bank
from feeledger.api.batch import batch
from feeledger.api.description import description
from feeledger.api.door import API_ROOT, handle_lost_addresses
from feeledger.api.facts import facts
from feeledger.api.health import health
from feeledger.api.notices import notices
from feeledger.api.public import public
from feeledger.api.receipts import receipts
from feeledger.api.reports import reports
from feeledger.api.reversals import reversals
from feeledger.api.roots import roots
from feeledger.api.vouchers import vouchers
from feeledger.api.wire import wire


def register(app: Flask, *, banks_only: bool = False) -> None:
    """Open the door: its parts, and problems for addresses that no part has."""
    banks = (bank, batch, arrivals, reversals, wire)
    proofs = (receipts, roots, vouchers)
    others = () if banks_only else (public, reports, *proofs, notices, facts)
    for part in (description, health, *banks, *others):
        app.register_blueprint(part)
    handle_lost_addresses(app, root="/" if banks_only else API_ROOT)
