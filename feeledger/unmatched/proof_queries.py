"""The records behind the entries of money that arrived: arrivals, returns, claims (docs/proof.md).

An arrival binds the receipt, what the bank told and the key of its message. A return binds the
request and the receipt; a claimed payment binds the claim with its receipts and notices. Of a
receipt that is bound which never moves; what became of it stands in the claim and the return.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.ledger.proof_forms import record_hash
from feeledger.payments.proof_queries import KEY
from feeledger.payments.tables import PaymentKeyRow, PaymentRow, UnmatchedReceiptRow
from feeledger.store import rows_bound
from feeledger.unmatched.tables import (
    ClaimedNoticeRow,
    ClaimedReceiptRow,
    FundsArrivalRow,
    ReceiptClaimRow,
    ReceiptReturnRow,
)

# What a record holds of a row. A list never changes: what is sealed was hashed with it.
RECEIPT: Final = [
    "region",
    "id",
    "bank",
    "trade_no",
    "kind",
    "amount_fen",
    "account",
    "entry",
    "pay_code",
    "parent",
    "payer_name",
    "payer_account",
    "payer_bank",
    "remark",
    "arrived_at",
    "bank_day",
    "recorded_at",
]
ARRIVAL: Final = [
    "region",
    "bank",
    "trade_no",
    "kind",
    "message_no",
    "amount_fen",
    "account",
    "pay_code",
    "payer_name",
    "payer_account",
    "payer_bank",
    "remark",
    "batch_no",
    "arrived_at",
    "bank_day",
    "recorded_at",
]
CLAIM: Final = [
    "region",
    "id",
    "amount_fen",
    "reason",
    "differences",
    "proposed_by",
    "proposed_at",
    "audited_by",
    "audited_at",
    "ended_as",
    "ended_by",
    "ended_at",
    "end_reason",
]
TAKEN: Final = ["region", "claim", "receipt", "amount_fen"]
NAMED: Final = ["region", "claim", "notice", "pay_code", "amount_fen", "payment"]
RETURN: Final = [
    "region",
    "id",
    "receipt",
    "amount_fen",
    "state",
    "payee_name",
    "payee_account",
    "payee_bank",
    "reason",
    "evidence",
    "requested_by",
    "requested_at",
    "decided_by",
    "decided_at",
    "decision_reason",
    "returned_on",
    "bank_reference",
    "entry",
]
Rows = list[dict[str, Any]]


def arrival_records(session: Session, region: str, entries: Sequence[int]) -> dict[int, str]:
    """Give the record of each entry that takes money in as unmatched."""
    receipts = rows_bound(
        session,
        UnmatchedReceiptRow,
        RECEIPT,
        UnmatchedReceiptRow.region == region,
        UnmatchedReceiptRow.entry.in_(entries),
        UnmatchedReceiptRow.parent.is_(None),
    )
    told = rows_bound(
        session,
        FundsArrivalRow,
        ARRIVAL,
        FundsArrivalRow.region == region,
        FundsArrivalRow.trade_no.in_([row["trade_no"] for row in receipts]),
    )
    keys = rows_bound(
        session,
        PaymentKeyRow,
        KEY,
        PaymentKeyRow.region == region,
        PaymentKeyRow.trade_no.in_({row["message_no"] for row in told}),
    )
    return {row["entry"]: record_hash("arrival", _arrival(row, told, keys)) for row in receipts}


def return_records(session: Session, region: str, entries: Sequence[int]) -> dict[int, str]:
    """Give the record of each entry that sends money back to its payer."""
    returns = rows_bound(
        session,
        ReceiptReturnRow,
        RETURN,
        ReceiptReturnRow.region == region,
        ReceiptReturnRow.entry.in_(entries),
    )
    receipts = _receipts(session, region, {row["receipt"] for row in returns})
    return {
        row["entry"]: record_hash(
            "return",
            {
                "receipt_return": [row],
                "unmatched_receipt": [one for one in receipts if one["id"] == row["receipt"]],
            },
        )
        for row in returns
    }


def claim_tables(
    session: Session, region: str, entries: Sequence[int]
) -> dict[int, dict[str, Rows]]:
    """Give the claim behind each entry that pays a notice by one, with its receipts and notices."""
    query = (
        select(PaymentRow.entry, ClaimedNoticeRow.claim)
        .join(
            ClaimedNoticeRow,
            (ClaimedNoticeRow.region == PaymentRow.region)
            & (ClaimedNoticeRow.payment == PaymentRow.id),
        )
        .where(PaymentRow.region == region, PaymentRow.entry.in_(entries))
    )
    claim_of: dict[int, int] = dict(session.execute(query).all())
    records = {claim: _claim(session, region, claim) for claim in set(claim_of.values())}
    return {entry: records[claim] for entry, claim in claim_of.items()}


def _arrival(receipt: dict[str, Any], told: Rows, keys: Rows) -> dict[str, Rows]:
    mine = [
        row
        for row in told
        if (row["bank"], row["trade_no"]) == (receipt["bank"], receipt["trade_no"])
    ]
    messages = {(row["bank"], row["kind"], row["message_no"]) for row in mine}
    return {
        "unmatched_receipt": [receipt],
        "funds_arrival": mine,
        "payment_key": [
            key for key in keys if (key["bank"], key["kind"], key["trade_no"]) in messages
        ],
    }


def _claim(session: Session, region: str, claim: int) -> dict[str, Rows]:
    taken = rows_bound(
        session,
        ClaimedReceiptRow,
        TAKEN,
        ClaimedReceiptRow.region == region,
        ClaimedReceiptRow.claim == claim,
    )
    return {
        "receipt_claim": rows_bound(
            session,
            ReceiptClaimRow,
            CLAIM,
            ReceiptClaimRow.region == region,
            ReceiptClaimRow.id == claim,
        ),
        "claimed_receipt": taken,
        "claimed_notice": rows_bound(
            session,
            ClaimedNoticeRow,
            NAMED,
            ClaimedNoticeRow.region == region,
            ClaimedNoticeRow.claim == claim,
        ),
        "unmatched_receipt": _receipts(session, region, {row["receipt"] for row in taken}),
    }


def _receipts(session: Session, region: str, ids: Collection[int]) -> Rows:
    return rows_bound(
        session,
        UnmatchedReceiptRow,
        RECEIPT,
        UnmatchedReceiptRow.region == region,
        UnmatchedReceiptRow.id.in_(ids),
    )
