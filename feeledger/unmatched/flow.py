"""账户流水: a bank's statement of what came into an account on a day, line by line.

A line that names a batch is a bulk transfer of that number (R-R6). Any other is money of its own: it
is that of an arrival or of a confirmed payment where one fits, and an unmatched receipt where none
does. What no published rule settles is told in docs/wp.md.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from feeledger.clock import BEIJING
from feeledger.money import Money, total_of
from feeledger.payments.advice import SUCCESS
from feeledger.unmatched.arrival import Arrival, Payer

FLOW: Final = "flow"
TRANSFER: Final = "transfer"
AWAITED: Final = "awaited"
REPEATED: Final = "repeated"
MET_ARRIVAL: Final = "arrival"
MET_PAYMENT: Final = "payment"
PLACED: Final = "unmatched"
OUTCOMES: Final = (TRANSFER, AWAITED, REPEATED, MET_ARRIVAL, MET_PAYMENT, PLACED)
_PAY_CODE: Final = re.compile(r"(?<![0-9])[0-9]{20}(?![0-9])")


@dataclass(frozen=True, slots=True)
class FlowLine:
    """One income of the account; ``number`` is its place. ``batch_no`` is "" where it names none."""

    number: int
    amount: Money
    payer: Payer
    batch_no: str
    words: str
    pay_type: str
    sub_account: str

    @property
    def pay_code(self) -> str | None:
        """The pay code that the payer wrote into the remark, if it is one and one alone."""
        found = set(_PAY_CODE.findall(self.words))
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class AccountFlow:
    """A statement of an account by its number."""

    region: str
    flow_no: str
    account: str
    day: date
    lines: tuple[FlowLine, ...]

    @property
    def total(self) -> Money:
        """What the lines add up to."""
        return total_of(line.amount for line in self.lines)

    @property
    def arrived_at(self) -> datetime:
        """The instant its money bears, for a statement tells the day alone: the day's beginning."""
        return datetime.combine(self.day, time(), BEIJING).astimezone(UTC)

    def sha256(self) -> str:
        """Give the digest of its content, by which a repetition is known."""
        lines = [
            (
                line.amount.fen,
                line.payer.name,
                line.payer.account,
                line.payer.bank,
                line.batch_no,
                line.words,
                line.pay_type,
                line.sub_account,
            )
            for line in self.lines
        ]
        told = [self.account, self.day.isoformat(), lines]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()

    def told_whole(self) -> dict[str, str]:
        """Give what it says, without its lines, for the record of a refusal."""
        return {
            "account": self.account,
            "date": self.day.isoformat(),
            "count": str(len(self.lines)),
            "amount": str(self.total),
            "content_sha256": self.sha256(),
        }

    def arrival_of(self, line: FlowLine) -> Arrival:
        """Give a line as money of a serial of our own: no bank's serial holds a stroke."""
        return Arrival(
            region=self.region,
            trade_no=f"{self.flow_no}/{line.number}",
            account=self.account,
            amount=line.amount,
            arrived_at=self.arrived_at,
            payer=line.payer,
            pay_code=line.pay_code,
            remark=line.words or None,
        )


@dataclass(frozen=True, slots=True)
class MoneyKnown:
    """Money that is known by its serial already: an arrival, or a payment whose money is awaited."""

    kind: str
    trade_no: str
    amount: Money
    day: date
    pay_code: str | None
    payer_account: str | None
    payment: int | None = None

    def fits(self, line: FlowLine, day: date) -> bool:
        """Say whether a line may be this money: the same amount, and nothing told that differs.

        A payment is known by its pay code, or by the payer's account on its very day.
        """
        if self.amount != line.amount or not _agree(self.pay_code, line.pay_code):
            return False
        same_payer = bool(self.payer_account) and self.payer_account == line.payer.account
        if self.kind == MET_ARRIVAL:
            return self.day == day and _agree(self.payer_account, line.payer.account)
        by_code = line.pay_code is not None and self.day <= day
        return by_code or (same_payer and self.day == day)

    def rank(self, line: FlowLine) -> tuple[bool, bool, bool, str]:
        """Order what fits a line: arrivals first, then what names the same code and payer."""
        return (
            self.kind != MET_ARRIVAL,
            self.pay_code is None or self.pay_code != line.pay_code,
            self.payer_account is None or self.payer_account != line.payer.account,
            self.trade_no,
        )


@dataclass(frozen=True, slots=True)
class LineJudged:
    """What a line is: its outcome, and the money it met, if any."""

    line: FlowLine
    outcome: str
    met: MoneyKnown | None = None


def meet_lines(flow: AccountFlow, known: tuple[MoneyKnown, ...]) -> tuple[LineJudged, ...]:
    """Let each line without a batch meet money that is known, each money once; the rest is new.

    Lines that say more choose first, so that one that says little takes nothing from them.
    """
    free: dict[Money, list[MoneyKnown]] = {}
    for one in known:
        free.setdefault(one.amount, []).append(one)
    judged: list[LineJudged] = []
    for line in sorted((one for one in flow.lines if not one.batch_no), key=_says_little):
        left = free.get(line.amount, [])
        fitting = sorted((m for m in left if m.fits(line, flow.day)), key=lambda m: m.rank(line))
        if fitting:
            left.remove(fitting[0])
            judged.append(LineJudged(line, fitting[0].kind, fitting[0]))
        else:
            judged.append(LineJudged(line, PLACED))
    return tuple(sorted(judged, key=lambda one: one.line.number))


def answer_of_flow(flow: AccountFlow, outcomes: Mapping[str, int]) -> dict[str, Any]:
    """Give the answer to an accepted statement: how many of its lines met what, kept for ever."""
    met = sum(outcomes.get(name, 0) for name in (TRANSFER, REPEATED, MET_ARRIVAL, MET_PAYMENT))
    return {
        "result": SUCCESS,
        "accflow_no": flow.flow_no,
        "date": f"{flow.day:%Y%m%d}",
        "acct": flow.account,
        "count": len(flow.lines),
        "met": met,
        "unmatched": outcomes.get(PLACED, 0),
        "awaited": outcomes.get(AWAITED, 0),
    }


def _agree(one: str | None, other: str | None) -> bool:
    return not one or not other or one == other


def _says_little(line: FlowLine) -> tuple[bool, bool, int]:
    return (line.pay_code is None, line.payer.account is None, line.number)
