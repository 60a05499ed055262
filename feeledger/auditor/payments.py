"""Payments: each held against its entry, its key, the answer to the bank, and the notice it pays."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from feeledger.auditor.database import Row, beijing_day, day_text, instant_text, same_instant
from feeledger.auditor.findings import Finding, Place
from feeledger.auditor.hashing import form_writer, quoted
from feeledger.auditor.notices import Broken, NoticeCheck, NoticeSeen, income_digest, packed

MILLISECONDS = len("2026-11-24T02:00:00.000")
STATES = frozenset(["confirmed", "arrived", "reconciled", "settled", "reversed", "difference"])
FORM = form_writer(
    "account_no", "amount_fen", "bank", "channel", "late_fen", "notice_sha256", "paid_at",
    "pay_code", "payer_account", "payer_name", "payment", "trade_no",
)  # fmt: skip


class Payment(NamedTuple):
    """A payment, what its key binds (``key_…``), and the account's number as it really is."""

    entry: int
    id: int
    notice: int
    pay_code: str
    bank: str
    kind: str
    trade_no: str
    amount_fen: int
    late_fen: int
    account: str
    state: str
    paid_at: Any
    bank_day: Any
    received_at: Any
    channel: str | None
    payer_name: str | None
    payer_account: str | None
    reliefs: int
    key_pay_code: str | None
    key_amount_fen: int | None
    key_account_no: str | None
    key_paid_at: Any
    key_answer: str | None
    key_accepted_at: Any
    account_no: str | None


PAYMENTS = f"""
SELECT {", ".join("p." + name for name in Payment._fields[:18])},
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
READ = json.JSONDecoder().decode


class PaymentCheck:
    """Holds payments against what they claim to be, entry after entry."""

    def __init__(self, at: Place, notices: NoticeCheck, taken_back: set[int]) -> None:
        """Begin a check; ``taken_back`` are the entries that another entry reverses."""
        self._at = at
        self._notices = notices
        self._unpaid = notices.paid
        self._taken_back = taken_back

    def form_of(self, payment: Payment) -> str:
        """Write what a leaf binds of a payment: as the bank's key holds it, and its notice."""
        return FORM(
            quoted(str(payment.key_account_no)),
            quoted(str(payment.key_amount_fen)),
            quoted(payment.bank),
            quoted(payment.channel or ""),
            quoted(str(payment.late_fen)),
            f'"{self._notices.digest_of(payment.notice)}"',
            quoted(instant_text(payment.key_paid_at)),
            quoted(str(payment.key_pay_code)),
            quoted(payment.payer_account or ""),
            quoted(payment.payer_name or ""),
            quoted(str(payment.id)),
            quoted(payment.trade_no),
        )

    def of_entry(self, entry: Row, postings: list[Row], paid: list[Payment]) -> Iterator[Finding]:
        """Hold an entry and its payment against each other."""
        if not paid:
            if entry[2] == "payment":
                yield self._at.finding("entry-without-payment", f"ledger_entry:{entry[0]}",
                                       "缴款分录没有缴款", "it books a payment that is not there")  # fmt: skip
            return
        for other in paid[1:]:
            yield self._wrong(
                "entry-shared", other.id, "与另一缴款共用分录", "it shares its entry with another"
            )
        payment = paid[0]
        yield from self._standing(payment)
        broken = [*_broken_entry(entry, postings, payment), *_broken_key(payment)]
        income = income_digest([(p[3], p[4]) for p in postings if p[3].startswith("income/")])
        told = packed(income, payment.pay_code, payment.amount_fen - payment.late_fen)
        if payment.reliefs or not self._notices.asks(payment.notice, told):
            broken += _broken_notice(payment, income, self._notices.seen_of(payment.notice))
        for kind, zh, en in broken:
            yield self._wrong(kind, payment.id, zh, en)

    def unpaid(self) -> Iterator[Finding]:
        """Give the notices that say they are paid and have no payment that stands."""
        for notice in sorted(self._unpaid):
            yield self._astray(notice, "已缴而没有有效缴款", "it is paid, and no payment stands")

    def _standing(self, payment: Payment) -> Iterator[Finding]:
        """Hold a payment's state against reversing entries and against its notice's state."""
        taken_back = payment.entry in self._taken_back
        if payment.state == "reversed":
            if not taken_back:
                yield self._wrong(
                    "reversal-missing",
                    payment.id,
                    "已冲正而没有红冲分录",
                    "it was reversed, and no entry takes it back",
                )
            return
        if taken_back:
            yield self._wrong(
                "reversal-unmarked",
                payment.id,
                "分录已红冲而缴款未记冲正",
                "its entry was taken back, and it does not say so",
            )
        if payment.notice in self._unpaid:
            self._unpaid.remove(payment.notice)
        else:
            yield self._astray(
                payment.notice,
                "未缴而有有效缴款，或有两笔",
                "a payment stands that its state does not know, or two",
            )

    def _astray(self, notice: int, zh: str, en: str) -> Finding:
        return self._at.finding("notice-and-payments-differ", f"notice:{notice}", zh, en)

    def _wrong(self, kind: str, payment: int, zh: str, en: str) -> Finding:
        return self._at.finding(kind, f"payment:{payment}", zh, en)


def _broken_entry(entry: Row, postings: list[Row], payment: Payment) -> Broken:
    """Give what does not hold between a payment and its entry, and of its own state and day."""
    if payment.state not in STATES:
        yield "state-unknown", f"没有状态 {payment.state}", f"there is no state {payment.state}"
    if (entry[2], entry[3]) != ("payment", f"payment:{payment.id}"):
        yield "entry-differs", "分录不是这笔缴款的", "its entry is of something else"
    total = sum([p[4] for p in postings])
    if total != payment.amount_fen:
        yield ("entry-amount-differs", f"分录 {total} 分，缴款 {payment.amount_fen} 分",
               f"its entry comes to {total} fen, it to {payment.amount_fen}")  # fmt: skip
    if sum([p[4] for p in postings if p[3].startswith("late_fee/")]) != payment.late_fen:
        yield "late-fee-differs", "滞纳金与分录不符", "its late fee is not what its entry says"
    homes = {f"designated/{payment.account}", f"unmatched/{payment.account}"}
    if not homes.issuperset([p[2] for p in postings]):
        yield "account-differs", "分录借方不是其账户", "its entry debits another account"
    if beijing_day(instant_text(payment.paid_at)) != day_text(payment.bank_day):
        yield "bank-day-differs", "银行日与缴款时间不符", "its bank day is not that of its time"


def _broken_notice(payment: Payment, income: bytes, seen: NoticeSeen | None) -> Broken:
    """Give what does not hold between a payment and the notice it pays."""
    if seen is None:
        yield "payment-without-notice", "没有通知书", "it has no notice"
        return
    owed = seen.asked(payment.reliefs) + payment.late_fen
    if payment.amount_fen != owed:
        yield ("amount-differs", f"缴 {payment.amount_fen} 分，应 {owed} 分",
               f"it paid {payment.amount_fen} fen of {owed}")  # fmt: skip
    if payment.state == "reversed":
        counts = payment.reliefs in range(seen.reliefs + 1)
    else:
        counts = payment.reliefs == seen.reliefs
    if not counts:
        yield ("reliefs-differ", f"记 {payment.reliefs} 次减免，通知书 {seen.reliefs} 次",
               f"it counts {payment.reliefs} reliefs, its notice {seen.reliefs}")  # fmt: skip
    if income != seen.income_after(payment.reliefs):
        yield ("income-differs", "各单位项目入账与通知书各行不符",
               "what each unit's item got is not what the notice's lines say")  # fmt: skip
    if payment.pay_code != seen.pay_code:
        yield "pay-code-differs", "缴款码与通知书不符", "its pay code is not its notice's"


def _broken_key(payment: Payment) -> Broken:
    """Give what does not hold between a payment, the key of its serial and the bank's answer."""
    if payment.key_answer is None:
        yield "key-missing", "没有流水键", "no key binds its serial"
        return
    told = document_of(payment.key_answer)
    if told is None:
        yield "answer-unreadable", "答复已不可读", "what the bank was told cannot be read"
        return
    held = (payment.key_pay_code, payment.key_amount_fen, payment.key_account_no)
    same = held == (payment.pay_code, payment.amount_fen, payment.account_no)
    if not (same and same_instant(payment.key_paid_at, payment.paid_at)):
        yield "key-differs", "与流水键所载不符", "it is not what the key of its serial binds"
    wanted = _answer_of(payment)
    if not wanted.items() <= told.items():
        for name in [name for name, value in wanted.items() if told.get(name) != value]:
            yield (
                "answer-differs",
                f"答复银行的 {name} 不符",
                f"the bank was told another {name}",
            )
    if not same_instant(payment.received_at, payment.key_accepted_at):
        yield ("received-differs", "收到时间与接受时间不符",
               "it was received at another time than accepted")  # fmt: skip


def _answer_of(payment: Payment) -> dict[str, str]:
    """Give what a bank must have been told of a confirmation; a claim is told to no bank."""
    if payment.kind != "confirmation":
        return {}
    return {
        "result": "00000",
        "payment_id": str(payment.id),
        "pay_code": payment.pay_code,
        "trade_no": payment.trade_no,
        "amount": yuan_text(payment.amount_fen),
        "late_fee": yuan_text(payment.late_fen),
        "account": str(payment.key_account_no),
        "paid_at": _offset_text(instant_text(payment.paid_at)),
        "received_at": instant_text(payment.received_at)[:MILLISECONDS] + "+00:00",
    }


def _offset_text(instant: str) -> str:
    """Write an instant as banks are told of it: with its offset, parts of a second if there are any."""
    return instant.removesuffix("Z").removesuffix(".000000") + "+00:00"


def document_of(text: str) -> dict[str, Any] | None:
    """Read what a bank was told; None for what cannot be read."""
    try:
        told = READ(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def yuan_text(fen: int) -> str:
    """Write fen as yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"
