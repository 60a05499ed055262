"""The record behind the entry of a settlement, as the seal binds it (docs/proof.md).

It binds the order, its payments, each level's part, the shares these were worked out from, and the
rules of those. A rule's end, which may be entered later, stands in no record.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.ledger.proof_forms import record_hash
from feeledger.settlements.queries import chunks_of
from feeledger.settlements.tables import SettlementPaymentRow, SettlementRow, SettlementShareRow
from feeledger.sharing.tables import PaymentShareRow, ShareLevelRow, ShareRuleRow
from feeledger.store import rows_bound

# What a record holds of a row. A list never changes: what is sealed was hashed with it.
ORDER: Final = [
    "region",
    "id",
    "document",
    "until",
    "payments",
    "fen",
    "prepared_by",
    "prepared_on",
    "prepared_at",
    "approved_by",
    "approved_at",
    "entry",
]
PAYMENT: Final = ["region", "settlement", "payment", "fen"]
PART: Final = ["region", "settlement", "payment", "line_no", "level", "fen"]
SHARE: Final = ["region", "payment", "line_no", "level", "rule", "fen", "kept_at"]
RULE: Final = [
    "region",
    "id",
    "item_id",
    "unit_code",
    "collecting",
    "document",
    "valid_from",
    "entered_by",
    "entered_at",
]
LEVEL: Final = ["region", "rule", "level", "ratio"]
Rows = list[dict[str, Any]]


def settlement_records(session: Session, region: str, entries: Sequence[int]) -> dict[int, str]:
    """Give the record of each entry that settles."""
    orders = rows_bound(
        session,
        SettlementRow,
        ORDER,
        SettlementRow.region == region,
        SettlementRow.entry.in_(entries),
    )
    return {row["entry"]: _record(session, region, row) for row in orders}


def _record(session: Session, region: str, order: dict[str, Any]) -> str:
    its = order["id"]
    payments = rows_bound(
        session,
        SettlementPaymentRow,
        PAYMENT,
        SettlementPaymentRow.region == region,
        SettlementPaymentRow.settlement == its,
    )
    parts = rows_bound(
        session,
        SettlementShareRow,
        PART,
        SettlementShareRow.region == region,
        SettlementShareRow.settlement == its,
    )
    shares = _shares(session, region, [row["payment"] for row in payments])
    rules = sorted({row["rule"] for row in shares})
    return record_hash(
        "settlement",
        {
            "settlement": [order],
            "settlement_payment": payments,
            "settlement_share": parts,
            "payment_share": shares,
            "share_rule": rows_bound(
                session,
                ShareRuleRow,
                RULE,
                ShareRuleRow.region == region,
                ShareRuleRow.id.in_(rules),
            ),
            "share_level": rows_bound(
                session,
                ShareLevelRow,
                LEVEL,
                ShareLevelRow.region == region,
                ShareLevelRow.rule.in_(rules),
            ),
        },
    )


def _shares(session: Session, region: str, payments: Sequence[int]) -> Rows:
    found: Rows = []
    for chunk in chunks_of(sorted(payments)):
        its = PaymentShareRow.payment.in_(chunk)
        found += rows_bound(session, PaymentShareRow, SHARE, PaymentShareRow.region == region, its)
    return found
