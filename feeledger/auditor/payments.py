"""Payments: each held against its entry, its key, the answer to the bank, and the notice it pays."""

import json
from collections.abc import Iterator
from typing import Any

from feeledger.auditor.database import Row, beijing_day, day_text, instant_text
from feeledger.auditor.findings import Finding, Place
from feeledger.auditor.notices import NoticeCheck, income_digest

MILLISECONDS = len("2026-11-24T02:00:00.000")
STATES = frozenset(["confirmed", "arrived", "reconciled", "settled", "reversed", "difference"])
COLUMNS = (
    "entry", "id", "notice", "pay_code", "bank", "kind", "trade_no", "amount_fen", "late_fen",
    "account", "state", "paid_at", "bank_day", "received_at", "channel", "payer_name",
    "payer_account", "reliefs",
)  # fmt: skip
WIDTH = len(COLUMNS)
PAYMENTS = f"""
SELECT {", ".join("p." + name for name in COLUMNS)},
       k.pay_code, k.amount_fen, k.account_no, k.paid_at, k.answer, k.accepted_at, a.account_no
FROM payment p
LEFT JOIN payment_key k ON k.region = p.region AND k.bank = p.bank AND k.kind = p.kind
     AND k.trade_no = p.trade_no
LEFT JOIN designated_account a ON a.region = p.region AND a.id = p.account
WHERE p.region = :region ORDER BY p.entry
"""
TWICE = """
SELECT bank, trade_no, COUNT(*) FROM payment WHERE region = :region
GROUP BY bank, trade_no HAVING COUNT(*) > 1 ORDER BY bank, trade_no
"""
KEY_NAMES = ("pay_code", "amount_fen", "account_no", "paid_at", "answer", "accepted_at", "real")


# Kind, whether it holds, what to say where it does not, and what to put into that.
Rules = Iterator[tuple[Any, ...]]


class PaymentCheck:
    """Holds payments against what they claim to be, entry after entry."""

    def __init__(self, at: Place, notices: NoticeCheck, taken_back: set[int]) -> None:
        """Begin a check; ``taken_back`` are the entries that another entry reverses."""
        self._at = at
        self._notices = notices
        self._unpaid = notices.paid
        self._taken_back = taken_back
        self._row: Row | None = None
        self._last: tuple[dict[str, Any], dict[str, Any]] = ({}, {})

    def form_of(self, row: Row) -> dict[str, str]:
        """Give what a leaf binds of a payment: as the bank's key holds it, and its notice."""
        payment, key = self._named(row)
        seen = self._notices.seen_of(payment["notice"])
        return {
            "payment": str(payment["id"]),
            "pay_code": str(key["pay_code"]),
            "amount_fen": str(key["amount_fen"]),
            "late_fen": str(payment["late_fen"]),
            "bank": payment["bank"],
            "trade_no": payment["trade_no"],
            "account_no": str(key["account_no"]),
            "paid_at": instant_text(key["paid_at"]),
            "notice_sha256": "" if seen is None else seen.digest.hex(),
            "channel": payment["channel"] or "",
            "payer_name": payment["payer_name"] or "",
            "payer_account": payment["payer_account"] or "",
        }

    def of_entry(self, entry: Row, postings: list[Row], paid: list[Row]) -> Iterator[Finding]:
        """Hold an entry and its payment against each other."""
        if not paid:
            if entry[2] == "payment":
                yield self._at.finding("entry-without-payment", f"ledger_entry:{entry[0]}",
                                       "缴款凭证没有缴款", "it books a payment that is not there")  # fmt: skip
            return
        for row in paid[1:]:
            yield self._wrong(
                "entry-shared", row[1], "与另一缴款共用凭证", "it shares its entry with another"
            )
        payment, key = self._named(paid[0])
        yield from self._standing(payment)
        for rule in self._rules(entry, postings, payment, key):
            if not rule[1]:
                kind, _, zh, en, *told = rule
                yield self._wrong(kind, payment["id"], zh.format(*told), en.format(*told))

    def unpaid(self) -> Iterator[Finding]:
        """Give the notices that say they are paid and have no payment that stands."""
        for notice in sorted(self._unpaid):
            yield self._astray(notice, "已缴而没有有效缴款", "it is paid, and no payment stands")

    def _standing(self, payment: dict[str, Any]) -> Iterator[Finding]:
        """Hold a payment's state against reversing entries and against its notice's state."""
        taken_back = payment["entry"] in self._taken_back
        if payment["state"] == "reversed":
            if not taken_back:
                yield self._wrong(
                    "reversal-missing",
                    payment["id"],
                    "已冲正而没有红冲凭证",
                    "it was reversed, and no entry takes it back",
                )
            return
        if taken_back:
            yield self._wrong(
                "reversal-unmarked",
                payment["id"],
                "凭证已红冲而缴款未记冲正",
                "its entry was taken back, and it does not say so",
            )
        if payment["notice"] in self._unpaid:
            self._unpaid.remove(payment["notice"])
        else:
            yield self._astray(
                payment["notice"],
                "未缴而有有效缴款，或有两笔",
                "a payment stands that its state does not know, or two",
            )

    def _astray(self, notice: int, zh: str, en: str) -> Finding:
        return self._at.finding("notice-and-payments-differ", f"notice:{notice}", zh, en)

    def _rules(
        self, entry: Row, postings: list[Row], payment: dict[str, Any], key: dict[str, Any]
    ) -> Rules:
        yield from _rules_of_entry(entry, postings, payment)
        yield from _rules_of_key(payment, key)
        seen = self._notices.seen_of(payment["notice"])
        income = income_digest([(p[3], p[4]) for p in postings if p[3].startswith("income/")])
        yield ("payment-without-notice", seen is not None, "没有通知书", "it has no notice")
        if seen is not None:
            owed = seen.asked(payment["reliefs"]) + payment["late_fen"]
            yield ("amount-differs", payment["amount_fen"] == owed, "缴 {} 分，应 {} 分",
                   "it paid {} fen of {}", payment["amount_fen"], owed)  # fmt: skip
            counts = payment["reliefs"] in range(seen.reliefs + 1)
            if payment["state"] != "reversed":
                counts = payment["reliefs"] == seen.reliefs
            yield ("reliefs-differ", counts, "记 {} 次减免，通知书 {} 次",
                   "it counts {} reliefs, its notice {}", payment["reliefs"], seen.reliefs)  # fmt: skip
            yield ("income-differs", income == seen.income_after(payment["reliefs"]), "各单位项目入账与通知书各行不符",
                   "what each unit's item got is not what the notice's lines say")  # fmt: skip
            yield ("pay-code-differs", payment["pay_code"] == seen.pay_code, "缴款码与通知书不符",
                   "its pay code is not its notice's")  # fmt: skip

    def _named(self, row: Row) -> tuple[dict[str, Any], dict[str, Any]]:
        """Name the columns of a payment and of its key; the last one asked for is remembered."""
        if row is not self._row:
            payment = dict(zip(COLUMNS, row[:WIDTH], strict=True))
            self._row, self._last = row, (payment, dict(zip(KEY_NAMES, row[WIDTH:], strict=True)))
        return self._last

    def _wrong(self, kind: str, payment: int, zh: str, en: str) -> Finding:
        return self._at.finding(kind, f"payment:{payment}", zh, en)


def _rules_of_entry(entry: Row, postings: list[Row], payment: dict[str, Any]) -> Rules:
    total = sum(p[4] for p in postings)
    late = sum(p[4] for p in postings if p[3].startswith("late_fee/"))
    homes = {f"designated/{payment['account']}", f"unmatched/{payment['account']}"}
    yield (
        "state-unknown",
        payment["state"] in STATES,
        "没有状态 {}",
        "there is no state {}",
        payment["state"],
    )
    yield ("entry-differs", (entry[2], entry[3]) == ("payment", f"payment:{payment['id']}"),
           "凭证不是这笔缴款的", "its entry is of something else")  # fmt: skip
    yield ("entry-amount-differs", total == payment["amount_fen"], "凭证 {} 分，缴款 {} 分",
           "its entry comes to {} fen, it to {}", total, payment["amount_fen"])  # fmt: skip
    yield (
        "late-fee-differs",
        late == payment["late_fen"],
        "滞纳金与凭证不符",
        "its late fee is not what its entry says",
    )
    yield (
        "account-differs",
        {p[2] for p in postings} <= homes,
        "凭证借方不是其账户",
        "its entry debits another account",
    )
    day = beijing_day(instant_text(payment["paid_at"]))
    yield (
        "bank-day-differs",
        day == day_text(payment["bank_day"]),
        "银行日与缴款时间不符",
        "its bank day is not that of its time",
    )


def _rules_of_key(payment: dict[str, Any], key: dict[str, Any]) -> Rules:
    held = key["answer"] is not None
    yield ("key-missing", held, "没有流水键", "no key binds its serial")
    if not held:
        return
    told = document_of(key["answer"])
    yield (
        "answer-unreadable",
        told is not None,
        "答复已不可读",
        "what the bank was told cannot be read",
    )
    if told is None:
        return
    same = (key["pay_code"], key["amount_fen"], instant_text(key["paid_at"]), key["account_no"])
    mine = (
        payment["pay_code"],
        payment["amount_fen"],
        instant_text(payment["paid_at"]),
        key["real"],
    )
    yield (
        "key-differs",
        same == mine,
        "与流水键所载不符",
        "it is not what the key of its serial binds",
    )
    wrong = [name for name, value in _answer_of(payment, key).items() if told.get(name) != value]
    for name in wrong:
        yield (
            "answer-differs",
            False,
            f"答复银行的 {name} 不符",
            f"the bank was told another {name}",
        )
    accepted = instant_text(key["accepted_at"])
    yield ("received-differs", instant_text(payment["received_at"]) == accepted, "收到时间与接受时间不符",
           "it was received at another time than accepted")  # fmt: skip


def _answer_of(payment: dict[str, Any], key: dict[str, Any]) -> dict[str, str]:
    """Give what a bank must have been told of a confirmation; a claim is told to no bank."""
    if payment["kind"] != "confirmation":
        return {}
    return {
        "result": "00000",
        "payment_id": str(payment["id"]),
        "pay_code": payment["pay_code"],
        "trade_no": payment["trade_no"],
        "amount": yuan_text(payment["amount_fen"]),
        "late_fee": yuan_text(payment["late_fen"]),
        "account": str(key["account_no"]),
        "paid_at": _offset_text(instant_text(payment["paid_at"])),
        "received_at": instant_text(payment["received_at"])[:MILLISECONDS] + "+00:00",
    }


def _offset_text(instant: str) -> str:
    """Write an instant as banks are told of it: with its offset, parts of a second if there are any."""
    return instant.removesuffix("Z").removesuffix(".000000") + "+00:00"


def document_of(text: str) -> dict[str, Any] | None:
    """Read what a bank was told; None for what cannot be read."""
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def yuan_text(fen: int) -> str:
    """Write fen as yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"
