"""A bank's day file held against our payments: matched, differing, extra, missing (R-R2, R-R3, R-R4).

Every line is compared, even where count and total agree: equal totals may hide two errors. A line
and a payment belong together by pay code and trade number, whatever the day: a payment confirmed
around midnight may stand in the next day's file.

The file is the bank's word; its money is another check (R-R6). A line that agrees with a payment whose
money came otherwise is matched, and people are given the money as a difference, 14002.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from feeledger.errors import Text
from feeledger.money import Money, total_of
from feeledger.reconciliation.statements import DayFile, DayLine

Outcome = Literal["matched", "differing", "extra", "missing"]
Reason = Literal[
    "agrees",
    "cutoff_shift",
    "money_differs",
    "amount_differs",
    "duplicate_in_file",
    "voided",
    "unknown_code",
    "already_reconciled",
    "reversed",
    "not_confirmed",
    "not_in_file",
]

RESULT_OF: Mapping[Outcome, str] = {
    "matched": "00000",
    "differing": "15001",
    "missing": "15002",
    "extra": "15003",
}
MONEY_DIFFERS: Final = "14002"
REASON_TEXTS: Mapping[Reason, Text] = {
    "agrees": Text("一致", "agrees"),
    "cutoff_shift": Text("上一日在途，本日到文件", "cut-off shift: missing the day before"),
    "money_differs": Text(
        "与确认一致，到账款项与确认不符", "agrees with the confirmation, but other money came"
    ),
    "amount_differs": Text("金额不一致", "the amounts differ"),
    "duplicate_in_file": Text("同一流水号在文件中重复", "the serial stands twice in the file"),
    "voided": Text("缴款通知书已作废", "the notice is void"),
    "unknown_code": Text("缴款码不存在", "the pay code does not exist"),
    "already_reconciled": Text("此前已对平", "reconciled before"),
    "reversed": Text("该笔已冲正", "the payment was reversed"),
    "not_confirmed": Text("银行未确认过此笔", "the bank never confirmed it"),
    "not_in_file": Text("日终文件中没有此笔", "not in the day-end file"),
}


@dataclass(frozen=True, slots=True)
class BookedPayment:
    """One payment as we booked it; ``day`` is the bank's day.

    ``astray``: other money came than was confirmed, and nobody has settled that yet.
    """

    id: int
    pay_code: str
    trade_no: str
    amount: Money
    day: date
    reconciled: bool = False
    reversed: bool = False
    astray: bool = False


@dataclass(frozen=True, slots=True)
class OurSide:
    """What we hold against a file.

    ``payments``: all of the day for the bank and account, and any of another day that a line of the
    file names. ``missed``: ids of open 15002 differences by payment id. ``notices``: the status of
    each notice whose pay code is in the file; an unknown code has none. ``released``: payments of
    any day that the batch corrected by this file had matched. ``listed``: payments that another file
    listed and people are at work on (15001, 14002): they are not missing from this one.
    """

    payments: tuple[BookedPayment, ...]
    missed: Mapping[int, int]
    notices: Mapping[str, str]
    released: frozenset[int] = frozenset()
    listed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """The judgement of one line, or of one payment that no line names.

    ``closes`` is the open 15002 difference that the line settles by itself.
    """

    outcome: Outcome
    reason: Reason
    line: DayLine | None
    payment: BookedPayment | None
    closes: int | None = None

    @property
    def result(self) -> str:
        """The result code that banks are told."""
        return RESULT_OF[self.outcome]

    @property
    def money_differs(self) -> bool:
        """Say whether the line agrees and the money that came does not."""
        return self.reason == "money_differs"

    @property
    def given_as(self) -> str:
        """The result code under which people are given it as a difference (R-R3, R-R6)."""
        return MONEY_DIFFERS if self.money_differs else self.result

    @property
    def trade_no(self) -> str:
        """The serial by which the bank finds it; a missing one carries the ledger's."""
        return self.line.trade_no if self.line else self.payment.trade_no if self.payment else ""


@dataclass(frozen=True, slots=True)
class DayMatch:
    """A day compared: the totals of both sides first, then every line (R-R2)."""

    findings: tuple[Finding, ...]
    file_count: int
    file_total: Money
    booked_count: int
    booked_total: Money

    @property
    def matched(self) -> tuple[Finding, ...]:
        """The lines that agree; they are not listed in the answer to the bank."""
        return tuple(finding for finding in self.findings if finding.outcome == "matched")

    @property
    def reconciled(self) -> tuple[Finding, ...]:
        """The matched lines whose payments are reconciled by it: their money is not in question."""
        return tuple(finding for finding in self.matched if not finding.money_differs)

    @property
    def differences(self) -> tuple[Finding, ...]:
        """One for each 15001, 15002 and 15003: what the bank is told."""
        return tuple(finding for finding in self.findings if finding.outcome != "matched")

    @property
    def for_people(self) -> tuple[Finding, ...]:
        """What people have to settle: the differences, and money that came otherwise (14002)."""
        return tuple(
            finding
            for finding in self.findings
            if finding.outcome != "matched" or finding.money_differs
        )


def match_day(file: DayFile, ours: OurSide) -> DayMatch:
    """Compare a file with our payments, line by line, in the order of the file."""
    by_key = {(payment.pay_code, payment.trade_no): payment for payment in ours.payments}
    seen: set[str] = set()
    findings: list[Finding] = []
    for line in file.lines:
        payment = by_key.get((line.pay_code, line.trade_no))
        findings.append(_judge_line(line, payment, file, ours, twice=line.trade_no in seen))
        seen.add(line.trade_no)
    findings += _missing(file, ours, findings)
    booked = [p for p in ours.payments if p.day == file.day and not p.reversed]
    return DayMatch(
        findings=tuple(findings),
        file_count=len(file.lines),
        file_total=file.total,
        booked_count=len(booked),
        booked_total=total_of(payment.amount for payment in booked),
    )


def _judge_line(
    line: DayLine, payment: BookedPayment | None, file: DayFile, ours: OurSide, *, twice: bool
) -> Finding:
    if twice:
        return Finding("extra", "duplicate_in_file", line, None)
    reason = _reason_of_extra(payment, ours.notices.get(line.pay_code))
    if payment is None or reason is not None:
        return Finding("extra", reason or "not_confirmed", line, None)
    if payment.amount != line.amount:
        return Finding("differing", "amount_differs", line, payment)
    closes = ours.missed.get(payment.id)
    agreed: Reason = "cutoff_shift" if payment.day < file.day else "agrees"
    return Finding("matched", "money_differs" if payment.astray else agreed, line, payment, closes)


def _reason_of_extra(payment: BookedPayment | None, notice: str | None) -> Reason | None:
    """Say why a line has no payment of ours to stand against; None where it has one."""
    if notice is None:
        return "unknown_code"
    if notice == "voided":
        return "voided"
    if payment is None:
        return "not_confirmed"
    if payment.reversed:
        return "reversed"
    return "already_reconciled" if payment.reconciled else None


def _missing(file: DayFile, ours: OurSide, findings: Iterable[Finding]) -> list[Finding]:
    """List the payments due in this file that no line names and that are not listed already."""
    named = {finding.payment.id for finding in findings if finding.payment is not None}
    return [
        Finding("missing", "not_in_file", None, payment)
        for payment in ours.payments
        if (payment.day == file.day or payment.id in ours.released)
        and not (payment.reconciled or payment.reversed)
        and payment.id not in named
        and payment.id not in ours.missed
        and payment.id not in ours.listed
    ]


def result_document(file: DayFile, match: DayMatch, language: str) -> dict[str, object]:
    """Give the answer to the bank: what matched, and one entry for each difference (R-R3)."""
    return {
        "date": file.day.isoformat(),
        "accconfirm_no": file.accconfirm_no,
        "succeedcount": len(match.matched),
        "failcount": len(match.differences),
        "faillist": [
            {
                "trade_no": found.trade_no,
                "code": found.result,
                "msg": REASON_TEXTS[found.reason].to(language),
            }
            for found in match.differences
        ],
    }
