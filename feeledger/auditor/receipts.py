"""Money that belongs to no payment yet, and what banks told: accounts against open receipts, days, answers."""

from collections.abc import Iterator

from feeledger.auditor.database import Reader, beijing_day, day_text, instant_text
from feeledger.auditor.findings import Finding, Place
from feeledger.auditor.payments import MILLISECONDS, document_of, yuan_text

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


TOLD = """
SELECT 'unmatched_receipt', CAST(id AS TEXT), arrived_at, bank_day FROM unmatched_receipt WHERE region = :region
UNION ALL
SELECT 'funds_arrival', bank || '/' || trade_no, arrived_at, bank_day FROM funds_arrival WHERE region = :region
"""
REVERSED = """
SELECT v.id, v.payment, v.trade_no, v.amount_fen, v.received_at, k.pay_code, k.answer
FROM payment_reversal v JOIN payment_key k ON k.region = v.region AND k.bank = v.bank
     AND k.kind = v.kind AND k.trade_no = v.trade_no
WHERE v.region = :region
"""


def told_findings(reader: Reader, region: str) -> Iterator[Finding]:
    """Hold what banks told, day and answer, against what is kept of it."""
    at, asked = Place(region), {"region": region}
    for table, key, arrived_at, bank_day in reader.rows(TOLD, asked):
        day = beijing_day(instant_text(arrived_at))
        if day != day_text(bank_day):
            yield at.finding("bank-day-differs", f"{table}:{key}", "银行日与到账时间不符",
                             "its bank day is not that of its time")  # fmt: skip
    for its, payment, trade_no, fen, received_at, pay_code, answer in reader.rows(REVERSED, asked):
        received = instant_text(received_at)[:MILLISECONDS] + "+00:00"
        wanted = {"result": "00000", "reversal_id": str(its), "payment_id": str(payment), "status": "0",
                  "pay_code": pay_code, "trade_no": trade_no, "amount": yuan_text(fen),
                  "received_at": received}  # fmt: skip
        if document_of(answer) != wanted:
            yield at.finding("answer-differs", f"payment_reversal:{its}", "答复银行的冲正不符",
                             "the bank was told another reversal")  # fmt: skip


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
