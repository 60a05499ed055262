"""Money that belongs to no payment yet: each unmatched account against its open receipts; serials once."""

from collections.abc import Iterator

from feeledger.auditor.database import Reader
from feeledger.auditor.findings import Finding, Place

HELD = """
SELECT account, CAST(SUM(amount_fen) AS BIGINT) FROM unmatched_receipt
WHERE region = :region AND state IN ('received', 'claim_proposed', 'audited', 'return_requested') GROUP BY account
"""
KEYS = """
SELECT k.bank, k.kind, k.trade_no FROM payment_key k
LEFT JOIN payment p ON p.region = k.region AND p.bank = k.bank AND p.kind = k.kind
     AND p.trade_no = k.trade_no
WHERE k.region = :region AND k.kind IN ('confirmation', 'claim') AND p.id IS NULL
ORDER BY k.bank, k.trade_no
"""


def receipt_findings(reader: Reader, region: str, balances: dict[str, int]) -> Iterator[Finding]:
    """Give what does not hold. ``balances`` are debits less credits, in fen."""
    at, asked = Place(region), {"region": region}
    held = {f"unmatched/{account}": fen for account, fen in reader.rows(HELD, asked)}
    for name in sorted({*held, *(name for name in balances if name.startswith("unmatched/"))}):
        if -balances.get(name, 0) != held.get(name, 0):
            yield at.finding(
                "unmatched-differs",
                f"account:{name}",
                f"账簿 {-balances.get(name, 0)} 分，待查收入 {held.get(name, 0)} 分",
                f"the books say {-balances.get(name, 0)} fen, the open receipts {held.get(name, 0)}",
            )
    for name, balance in sorted(balances.items()):
        if name.startswith("designated/") and balance < 0:
            yield at.finding(
                "account-overdrawn",
                f"account:{name}",
                f"余额 {balance} 分",
                f"it stands at {balance} fen",
            )
    for bank, kind, serial in reader.rows(KEYS, asked):
        yield at.finding(
            "key-without-payment",
            f"payment_key:{bank}/{kind}/{serial}",
            "已接受的流水没有缴款",
            "an accepted serial has no payment",
        )
