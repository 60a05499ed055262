"""The states of a payment notice and the moves between them.

    draft ─issue→ issued | waived        issued ─confirm, claim→ paid ─match→ reconciled ─settle→
    issued ─expire→ expired              settled;  paid ─reverse→ issued | expired
    issued, expired ─void→ voided        paid, reconciled, settled ─refund in full→ refunded
    issued, expired ─waive in full→ waived          issued, expired ─defer→ issued

An expired notice is paid all the same if the money was paid in time. After payment nothing is
voided: a wrong notice is refunded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from feeledger.errors import Conflict, Text
from feeledger.money import Money, late_fee, round_half_up, split_money, total_of
from feeledger.notices.reliefs import WHOLE

Status = Literal[
    "draft", "waived", "issued", "expired", "voided", "paid", "reconciled", "settled", "refunded"
]
Move = Literal[
    "issue", "waive", "defer", "void", "expire", "pay", "reverse", "match", "settle", "refund"
]

MOVES: Final[Mapping[tuple[Status, Move], Status]] = {
    ("draft", "issue"): "issued",
    ("draft", "waive"): "waived",
    ("issued", "waive"): "waived",
    ("expired", "waive"): "waived",
    ("issued", "defer"): "issued",
    ("expired", "defer"): "issued",
    ("issued", "void"): "voided",
    ("expired", "void"): "voided",
    ("issued", "expire"): "expired",
    ("issued", "pay"): "paid",
    ("expired", "pay"): "paid",
    ("paid", "reverse"): "issued",
    ("paid", "match"): "reconciled",
    ("reconciled", "settle"): "settled",
    ("paid", "refund"): "refunded",
    ("reconciled", "refund"): "refunded",
    ("settled", "refund"): "refunded",
}
PAID: Final[frozenset[str]] = frozenset({"paid", "reconciled", "settled", "refunded"})
UNPAID: Final[frozenset[str]] = frozenset({"issued", "expired"})
WIRE_STATUS: Final[Mapping[str, str]] = {
    **dict.fromkeys(UNPAID, "0"),
    **dict.fromkeys(PAID, "1"),
    "voided": "2",
    "waived": "2",  # all of it relieved after issue: nothing may be paid any more [I]
}
STATUS_LABELS: Final[Mapping[str, Text]] = {
    "draft": Text("草稿", "draft"),
    "waived": Text("已免缴", "waived"),
    "issued": Text("待缴款", "to be paid"),
    "expired": Text("已过期", "expired"),
    "voided": Text("已作废", "void"),
    "paid": Text("已缴款", "paid"),
    "reconciled": Text("已对账", "reconciled"),
    "settled": Text("已划解", "settled"),
    "refunded": Text("已退付", "refunded"),
}


class NoticeNotMovable(Conflict):
    """The notice's status does not allow the move."""

    code = "notice-not-movable"
    title = Text("通知书当前状态不允许此操作", "The notice's status does not allow this")


@dataclass(frozen=True, slots=True)
class LateRule:
    """A late-fee rule of an item: the share a day, and the document it rests on (R-M5)."""

    daily_rate: Decimal
    document: str


@dataclass(frozen=True, slots=True)
class DueLine:
    """What matters of a notice's line when it is paid, after reliefs (R-M4).

    ``late_bp`` is what was taken off its late fee, in hundredths of a per cent.
    """

    unit_code: str
    item_id: str
    amount: Money
    late_rule: LateRule | None = None
    late_bp: int = 0


def status_after(status: Status, move: Move) -> Status:
    """Give the status after a move. Raises NoticeNotMovable."""
    after = MOVES.get((status, move))
    if after is None:
        label = STATUS_LABELS[status]
        raise NoticeNotMovable(
            Text(
                f"通知书“{label.zh}”，不能{MOVE_WORDS[move].zh}。",
                f"The notice is {label.en}: it cannot be {MOVE_WORDS[move].en}.",
            ),
            status=status,
        )
    return after


def status_after_reversal(status: Status, *, valid_until: date, today: date) -> Status:
    """Give the status after a payment was taken back: payable again, or expired by then."""
    after = status_after(status, "reverse")
    return "expired" if valid_until < today else after


def status_after_refund(status: Status, *, amount: Money, refunded: Money) -> Status:
    """Give the status when ``refunded`` in all has been paid back; only the whole changes it."""
    after = status_after(status, "refund")
    return after if refunded == amount else status


def late_fees_of(lines: Sequence[DueLine], *, due_on: date, paid_on: date) -> tuple[Money, ...]:
    """Give the late fee of each line by the day of payment; 0 without a rule (R-M5)."""
    days = max(0, (paid_on - due_on).days)
    return tuple(_late_fee_of(line, days) for line in lines)


def late_fees_paid(
    lines: Sequence[DueLine], *, due_on: date, paid_on: date, kept: Money
) -> tuple[Money, ...]:
    """Give the late fee of each line of a payment again; together they are always ``kept``.

    What was paid before decision 0028 rounded what was taken off instead of what was left: it keeps
    its own rounding. Where neither comes to what was kept, that is shared out by the fees of today.
    """
    now = late_fees_of(lines, due_on=due_on, paid_on=paid_on)
    days = max(0, (paid_on - due_on).days)
    then = tuple(_earlier_late_fee_of(line, days) for line in lines)
    for fees in (now, then):
        if total_of(fees) == kept:
            return fees
    ratios = {str(at): Decimal(fee.fen) for at, fee in enumerate(now)}
    if not any(ratios.values()):
        ratios = dict.fromkeys(ratios, Decimal(1))
    largest = max(ratios, key=lambda at: ratios[at])
    return tuple(split_money(kept, ratios, collecting=largest).values())


def payable_on(lines: Sequence[DueLine], *, due_on: date, paid_on: date) -> Money:
    """Give what is payable on a day: the lines and their late fees."""
    fees = late_fees_of(lines, due_on=due_on, paid_on=paid_on)
    return total_of((*(line.amount for line in lines), *fees))


def late_rule_of(document: Mapping[str, str] | None) -> LateRule | None:
    """Read a late-fee rule as a notice's line keeps it."""
    if document is None:
        return None
    return LateRule(Decimal(document["daily_rate"]), document["document"])


def _late_fee_of(line: DueLine, days: int) -> Money:
    if line.late_rule is None or not days:
        return Money(0)
    fee = late_fee(line.amount, daily_rate=line.late_rule.daily_rate, days=days)
    return Money(round_half_up(fee.fen * (WHOLE - line.late_bp), WHOLE))


def _earlier_late_fee_of(line: DueLine, days: int) -> Money:
    whole = _late_fee_of(replace(line, late_bp=0), days)
    return whole - Money(round_half_up(whole.fen * line.late_bp, WHOLE))


MOVE_WORDS: Final[Mapping[Move, Text]] = {
    "issue": Text("开具", "issued"),
    "waive": Text("免缴", "waived"),
    "defer": Text("缓缴", "deferred"),
    "void": Text("作废", "voided"),
    "expire": Text("过期", "expired"),
    "pay": Text("缴款", "paid"),
    "reverse": Text("冲正", "reversed"),
    "match": Text("对账", "reconciled"),
    "settle": Text("划解", "settled"),
    "refund": Text("退付", "refunded"),
}
