"""One client of the bank: sends, loses answers, asks again until it knows, and judges what it hears."""

import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from feeledger.banksim.client import (
    AnswerLost,
    BankAnswer,
    BankFace,
    BankSimulator,
    Order,
    Sending,
    serial_path,
)
from feeledger.banksim.record import Record

SUCCESS: Final = "00000"
UNKNOWN: Final = "11001"
SERVER_FAULT: Final = 500
PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Run:
    """What all clients of one run share; ``patience`` in seconds, ``prefix`` begins every serial."""

    bank: BankFace
    record: Record
    paid_at: datetime
    prefix: str
    patience: int
    paid: dict[str, Order] = field(default_factory=dict)  # what stands, by serial

    @property
    def signer(self) -> BankSimulator:
        """The bank where it speaks by signed calls; acts that need those are played there only."""
        if not isinstance(self.bank, BankSimulator):
            raise TypeError(self.bank)
        return self.bank


class Teller:
    """Plays one act. Its methods give None where no answer came within the run's patience."""

    def __init__(self, run: Run, act: str, number: int, seed: int) -> None:
        """Begin an act; ``number`` makes its serials."""
        self.run = run
        self.act = act
        self.serial = f"{run.prefix}{number:06d}"
        self.rng = random.Random(seed * 1_000_003 + number)  # noqa: S311 (repeatable, no secret)

    def query(self, pay_code: str) -> Order | None:
        """Ask for a notice; give the order that pays it, None where it cannot be paid."""
        answer = self.settle(lambda: self.run.bank.write_query(pay_code))
        told = {} if answer is None else answer.document
        if answer is None or answer.result != SUCCESS or told["status"] != "0":
            self.run.record.skip(pay_code)
            return None
        account = (told["account"] or {}).get("account_no", "")
        return Order(
            pay_code, self.serial, told["payable"], account, self.run.paid_at, told["payer_name"]
        )

    def confirm(self, order: Order, wanted: Collection[str] = (SUCCESS,)) -> BankAnswer | None:
        """Tell a payment until it is answered, and hold the answer against what R-B2, R-B3 say."""
        self.run.record.opened(order.trade_no)
        answer = self.settle(lambda: self.run.bank.write_confirmation(order))
        if answer is None:
            return None
        if answer.result == SUCCESS:
            self.run.paid[order.trade_no] = order
        if not self.run.record.settled(order.trade_no, answer):
            self._broke(order.trade_no, "first answer", answer)
        return self.judge(order.trade_no, answer, wanted)

    def arrive(self, order: Order) -> BankAnswer | None:
        """Tell that the money of a payment came (R-B2a)."""
        answer = self.settle(lambda: self.run.signer.write_arrival(order))
        return answer and self.judge(order.trade_no, answer, (SUCCESS,))

    def told(
        self, make: Callable[[], Sending], wanted: Collection[str], subject: str
    ) -> BankAnswer | None:
        """Tell something until it is answered, and hold the answer's code against what must come."""
        answer = self.settle(make)
        return answer and self.judge(subject, answer, wanted)

    def told_twice(self, make: Callable[[], Sending], subject: str) -> None:
        """Tell something twice: it is taken, and the second answer is the first, byte for byte."""
        first, again = (self.told(make, (SUCCESS,), subject) for _ in range(2))
        if first is not None and again is not None and first.body != again.body:
            self._broke(subject, "first answer", again)

    def taken_back(self, order: Order) -> None:
        """Note that a payment was taken back: no statement of its day lists it."""
        self.run.paid.pop(order.trade_no, None)

    def ask_serial(
        self, order: Order, wanted: Collection[str] = (SUCCESS, UNKNOWN)
    ) -> BankAnswer | None:
        """Ask what became of a payment; an accepted one is told in the bytes of its first answer."""
        if not self.run.bank.asks_serial:
            return None
        answer = self.settle(lambda: self.run.signer.sign("GET", serial_path(order)))
        if answer is None:
            return None
        accepted = answer.result == SUCCESS
        if accepted and not self.run.record.settled(order.trade_no, answer):
            self._broke(order.trade_no, "first answer", answer)
        return self.judge(order.trade_no, answer, wanted)

    def cut(self, order: Order) -> None:
        """Tell a payment and hang up before the answer."""
        self.run.record.opened(order.trade_no)
        sending = self.run.bank.write_confirmation(order)
        number = self.run.record.sending(sending, act=self.act, damage="cut")
        try:
            self.run.bank.deliver(sending, cut=True)
        except AnswerLost as lost:
            self.run.record.lost(number, str(lost))

    def damaged(self, make: Callable[[], Sending], wanted: Collection[str], subject: str) -> None:
        """Send what must be refused before it is understood."""
        answer = self.settle(make, damage=self.act)
        if answer is not None:
            self.judge(subject, answer, wanted)

    def settle(self, make: Callable[[], Sending], *, damage: str = "") -> BankAnswer | None:
        """Send a message, freshly made each time, until an answer comes that is no server fault."""
        end = time.monotonic() + self.run.patience
        while True:
            answer = self.once(make(), damage=damage)
            if answer is not None and answer.status < SERVER_FAULT:
                return answer
            if time.monotonic() >= end:
                return None
            time.sleep(PAUSE_SECONDS)

    def once(self, sending: Sending, *, damage: str = "") -> BankAnswer | None:
        """Send once, written down before and after; None where no answer came."""
        number = self.run.record.sending(sending, act=self.act, damage=damage)
        try:
            answer = self.run.bank.deliver(sending)
        except AnswerLost as lost:
            self.run.record.lost(number, str(lost))
            return None
        self.run.record.answered(number, answer)
        return answer

    def judge(self, subject: str, answer: BankAnswer, wanted: Collection[str]) -> BankAnswer:
        """Note an answer that is none of those wanted."""
        if answer.code not in wanted:
            self._broke(subject, " | ".join(wanted), answer)
        return answer

    def rival(self, order: Order, number: int) -> Order:
        """Give the same payment under another serial."""
        return replace(order, trade_no=f"{order.trade_no}R{number}")

    def _broke(self, subject: str, wanted: str, answer: BankAnswer) -> None:
        got = f"{answer.status} {answer.code}"
        self.run.record.broke(self.act, subject=subject, wanted=wanted, got=got)
