"""What the bank in a box keeps: the oracle on disk, and the figures of its closing report.

The oracle is JSON Lines. The line of a sending is written and flushed *before* the sending, so
that whoever judges a service that died knows everything that may have reached it.
"""

import hashlib
import json
import threading
from collections import Counter
from typing import Any, TextIO

from feeledger.banksim.client import BankAnswer, Sending


class Record:
    """Shared by all clients of one run; every method may be called from any thread."""

    def __init__(self, oracle: TextIO | None = None) -> None:
        """Keep figures, and the oracle where one is asked for."""
        self._oracle = oracle
        self._lock = threading.Lock()
        self._sent = 0
        self._lost = 0
        self._faults = 0
        self._refused: Counter[str] = Counter()
        self._first: dict[str, bytes] = {}
        self._open: set[str] = set()
        self._skipped: list[str] = []
        self._breaks: list[dict[str, str]] = []

    def sending(self, sending: Sending, *, act: str, damage: str = "") -> int:
        """Write down what is about to be sent; give the number of the sending."""
        with self._lock:
            self._sent += 1
            number = self._sent
            self._write(
                {
                    "event": "sending",
                    "number": number,
                    "act": act,
                    "damage": damage,
                    "method": sending.method,
                    "path": sending.path,
                    "body": sending.body.decode(sending.charset, errors="replace"),
                }
            )
        return number

    def answered(self, number: int, answer: BankAnswer) -> None:
        """Write down what came back."""
        with self._lock:
            if answer.status >= 500:  # noqa: PLR2004 (the service's own faults)
                self._faults += 1
            elif answer.status >= 400:  # noqa: PLR2004 (refusals)
                self._refused[answer.code] += 1
            self._write(
                {
                    "event": "answered",
                    "number": number,
                    "status": answer.status,
                    "code": answer.code,
                    "trade_no": str(answer.document.get("trade_no", "")),
                    "sha256": hashlib.sha256(answer.body).hexdigest(),
                }
            )

    def lost(self, number: int, why: str) -> None:
        """Write down that no answer came."""
        with self._lock:
            self._lost += 1
            self._write({"event": "lost", "number": number, "why": why})

    def opened(self, trade_no: str) -> None:
        """Note that a payment of this serial has been told: its outcome is open."""
        with self._lock:
            self._open.add(trade_no)

    def settled(self, trade_no: str, answer: BankAnswer) -> bool:
        """Note a final answer; False where an earlier acceptance of the serial read otherwise."""
        with self._lock:
            self._open.discard(trade_no)
            if answer.result != "00000":
                return trade_no not in self._first
            return self._first.setdefault(trade_no, answer.body) == answer.body

    def skip(self, pay_code: str) -> None:
        """Note a notice that could not be paid when its turn came."""
        with self._lock:
            self._skipped.append(pay_code)

    def broke(self, act: str, *, subject: str, wanted: str, got: str) -> None:
        """Note an answer that breaks a rule."""
        with self._lock:
            found = {"act": act, "subject": subject, "wanted": wanted, "got": got}
            self._breaks.append(found)
            self._write({"event": "broken", **found})

    def report(self) -> dict[str, Any]:
        """Give the closing figures."""
        with self._lock:
            return {
                "sent": self._sent,
                "acknowledged": len(self._first),
                "refused": dict(sorted(self._refused.items())),
                "lost": self._lost,
                "server_faults": self._faults,
                "unknown": sorted(self._open),
                "skipped": list(self._skipped),
                "broken": list(self._breaks),
            }

    def _write(self, event: dict[str, Any]) -> None:
        if self._oracle is not None:
            self._oracle.write(json.dumps(event, ensure_ascii=False) + "\n")
            self._oracle.flush()
