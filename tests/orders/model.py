"""What {query, confirm, arrive, reverse, refund, close day} come to on one notice of 140.00 yuan.

A page of rules, written from the rules (R-B1 to R-B4, R-R8, R-F) and not from the code: each event
is accepted, repeated, kept for later, or refused, and what then stands is said in whole fen.
"""

from dataclasses import dataclass, field
from typing import Literal

DUE = 14000  # fen: 100 m² at 1.40 yuan
SERIALS = ("T0001", "T0002")

Verdict = Literal["accepted", "reversed at once", "repeated", "kept", "refused"]


@dataclass(frozen=True)
class Event:
    """One event: what happens, under which serial, with how many fen."""

    what: Literal["query", "confirm", "arrive", "reverse", "refund", "close"]
    serial: str = ""
    fen: int = 0


@dataclass
class Model:
    """The notice, the serials and the day, as far as orders of events can tell them apart."""

    queried: bool = False
    day: int = 0
    standing: str | None = None
    refunded: int = 0
    payments: dict[str, str] = field(default_factory=dict)  # serial: state
    money: dict[str, int] = field(default_factory=dict)  # serial: fen that arrived
    reversals: set[str] = field(default_factory=set)
    early: set[tuple[str, int, int]] = field(default_factory=set)  # serial, fen, day

    def take(self, event: Event) -> Verdict:
        """Let an event happen, and say what becomes of it."""
        verdict: Verdict = getattr(self, f"_{event.what}")(event)
        return verdict

    def _query(self, _: Event) -> Verdict:
        self.queried = True
        return "accepted"

    def _close(self, _: Event) -> Verdict:
        self.day += 1
        return "accepted"

    def _confirm(self, event: Event) -> Verdict:
        if event.serial in self.payments:  # a serial is bound for ever, whatever came of it
            stands = self.payments[event.serial] != "reversed"  # R-B3: it never pays again
            return "repeated" if event.fen == DUE and stands else "refused"
        if not self.queried or self.standing is not None or event.fen != DUE:
            return "refused"
        came = self.money.get(event.serial)
        state = "confirmed" if came is None else "arrived" if came == DUE else "difference"
        if (event.serial, DUE, self.day) in self.early:
            self.payments[event.serial] = "reversed"
            self.reversals.add(event.serial)
            return "reversed at once"
        self.payments[event.serial], self.standing = state, event.serial
        return "accepted"

    def _arrive(self, event: Event) -> Verdict:
        if event.serial in self.money:
            return "repeated" if self.money[event.serial] == event.fen else "refused"
        self.money[event.serial] = event.fen
        if self.payments.get(event.serial) == "confirmed":
            self.payments[event.serial] = "arrived" if event.fen == DUE else "difference"
        return "accepted"

    def _reverse(self, event: Event) -> Verdict:
        if event.serial in self.reversals:
            return "repeated" if event.fen == DUE else "refused"
        if event.serial not in self.payments:
            self.early.add((event.serial, event.fen, self.day))
            return "kept"
        if self.standing != event.serial or event.fen != DUE or self.refunded:
            return "refused"
        self.payments[event.serial], self.standing = "reversed", None
        self.reversals.add(event.serial)
        return "accepted"

    def _refund(self, event: Event) -> Verdict:
        if self.standing is None or event.fen > DUE - self.refunded:
            return "refused"
        self.refunded += event.fen
        return "accepted"

    def state(self) -> dict[str, object]:
        """Say what must stand: the notice, its payments, money without a payment, the accounts."""
        free = {serial: fen for serial, fen in self.money.items() if serial not in self.payments}
        kept = 0 if self.standing is None else DUE - self.refunded
        whole = self.standing is not None and self.refunded == DUE
        balances = {
            "designated": kept + sum(free.values()),
            "income": -kept,
            "unmatched": -sum(free.values()),
        }
        return {
            "status": "refunded" if whole else "issued" if self.standing is None else "paid",
            "refunded": self.refunded,
            "payments": dict(self.payments),
            "free money": free,
            "balances": {name: fen for name, fen in balances.items() if fen},
        }
