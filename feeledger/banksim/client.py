"""A bank's front end: asks for notices and pays them through the real signed API over HTTP.

Every call is signed afresh. A message may be changed between signing and sending, and its
connection may be closed before the answer is read: what goes wrong on a line, on purpose.
"""

import http.client
import json
import random
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from feeledger.api.signing import SigningKey, sign_request
from feeledger.clock import wall_time

TIMEOUT_SECONDS: Final = 30
PAYMENTS: Final = "/api/v1/bank/payments"
ARRIVALS: Final = "/api/v1/bank/arrivals"
BATCH: Final = "/api/v1/bank/payments/batch"
REVERSALS: Final = "/api/v1/bank/reversals"
TRANSFERS: Final = "/api/v1/bank/transfers"


class AnswerLost(RuntimeError):
    """No answer came: what became of the message is not known."""


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """What the service answered: the HTTP status and the bytes of the body."""

    status: int
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The body as an object ({} where it is none)."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def result(self) -> str:
        """The result code of the answer ("" where there is none)."""
        return str(self.document.get("result", ""))

    @property
    def code(self) -> str:
        """The result code, else the problem's code, else the status."""
        return self.result or str(self.document.get("code", "")) or str(self.status)


@dataclass(frozen=True, slots=True)
class Order:
    """One payment as the bank tells it; amounts in yuan, ``paid_at`` with its offset."""

    pay_code: str
    trade_no: str
    amount: str
    account: str
    paid_at: datetime
    payer_name: str
    payer_account: str = ""

    def confirmation(self) -> dict[str, str]:
        """Write the confirmation."""
        told = {
            "pay_code": self.pay_code,
            "trade_no": self.trade_no,
            "amount": self.amount,
            "account": self.account,
            "paid_at": self.paid_at.isoformat(timespec="seconds"),
            "payer_name": self.payer_name,
            "channel": "13",
        }
        return told | ({"payer_account": self.payer_account} if self.payer_account else {})

    def arrival(self) -> dict[str, str]:
        """Write the arrival of the money, in the region of the pay code."""
        return {
            "region": self.pay_code[:6],
            "trade_no": self.trade_no,
            "amount": self.amount,
            "account": self.account,
            "arrived_at": self.paid_at.isoformat(timespec="seconds"),
            "payer_name": self.payer_name,
            "pay_code": self.pay_code,
        }

    def reversal(self) -> dict[str, str]:
        """Write that the payment is taken back."""
        return {"pay_code": self.pay_code, "trade_no": self.trade_no, "amount": self.amount}

    def transfer(self) -> dict[str, Any]:
        """Write a bulk transfer that brings the money of this one payment."""
        told = self.arrival()
        voucher = {name: told[name] for name in ("trade_no", "amount", "pay_code")}
        kept = {name: told[name] for name in ("region", "amount", "account", "arrived_at")}
        return {**kept, "trade_no": f"{self.trade_no}B", "vouchers": [voucher]}


@dataclass(frozen=True, slots=True)
class Sending:
    """One message as it goes over the line."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def charset(self) -> str:
        """What the body is written in."""
        return "gbk" if "GBK" in self.headers.get("Content-Type", "") else "utf-8"


class BankFace(Protocol):
    """How the bank in a box speaks: by signed calls, or by frames."""

    @property
    def asks_serial(self) -> bool:
        """Say whether what became of a payment can be asked by the bank's own serial."""

    @property
    def damage_codes(self) -> tuple[str, ...]:
        """Give what a damaged message is answered with."""

    def write_query(self, pay_code: str) -> Sending:
        """Write the question for a notice."""

    def write_confirmation(self, order: Order) -> Sending:
        """Write a confirmation."""

    def spoil(self, sound: Sending, rng: random.Random) -> Sending:
        """Damage a message after it was signed."""

    def deliver(self, sending: Sending, *, cut: bool = False) -> BankAnswer:
        """Send a message and read the answer. Raises AnswerLost."""


class BankSimulator:
    """One bank, its key and the address of the service."""

    def __init__(
        self,
        key: SigningKey,
        *,
        port: int,
        host: str = "127.0.0.1",
        scheme: str = "http",
        timeout: int = TIMEOUT_SECONDS,
    ) -> None:
        """Keep the key and the address; ``timeout`` in seconds."""
        self.key = key
        self.host = host
        self.port = port
        self.scheme = scheme
        self.timeout = timeout

    def ask(self, pay_code: str) -> BankAnswer:
        """Ask what a notice comes to today. Raises AnswerLost."""
        return self.deliver(self.write_query(pay_code))

    def pay(self, order: Order) -> BankAnswer:
        """Tell a payment. Raises AnswerLost."""
        return self.deliver(self.write_confirmation(order))

    @property
    def asks_serial(self) -> bool:
        """The API is asked by the bank's own serial."""
        return True

    @property
    def damage_codes(self) -> tuple[str, ...]:
        """What a damaged body is answered with: its signature does not hold."""
        return ("signature-invalid",)

    def write_query(self, pay_code: str) -> Sending:
        """Write the question for a notice."""
        return self.sign("GET", notice_path(pay_code))

    def write_confirmation(self, order: Order) -> Sending:
        """Write a confirmation."""
        return self.sign("POST", PAYMENTS, order.confirmation())

    def write_reversal(self, order: Order) -> Sending:
        """Write that a payment is taken back."""
        return self.sign("POST", REVERSALS, order.reversal())

    def write_arrival(self, order: Order) -> Sending:
        """Write that the money of a payment came."""
        return self.sign("POST", ARRIVALS, order.arrival())

    def spoil(self, sound: Sending, rng: random.Random) -> Sending:
        """Turn one bit of the body, after it was signed."""
        body = bytearray(sound.body)
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
        return replace(sound, body=bytes(body))

    def sign(
        self,
        method: str,
        path: str,
        value: dict[str, Any] | None = None,
        *,
        created: datetime | None = None,
    ) -> Sending:
        """Write and sign a message with a fresh nonce, as of ``created`` or now."""
        body = b"" if value is None else json.dumps(value, ensure_ascii=False).encode()
        signed = sign_request(
            method=method,
            url=f"{self.scheme}://{self.host}:{self.port}{path}",
            body=body,
            key=self.key,
            created=created or wall_time(),
            nonce=secrets.token_urlsafe(16),
        )
        headers = dict(signed)
        if body:
            headers["Content-Type"] = "application/json"
        return Sending(method, path, headers, body)

    def deliver(self, sending: Sending, *, cut: bool = False) -> BankAnswer:
        """Send a message and read the answer; ``cut`` closes before reading. Raises AnswerLost."""
        kind = http.client.HTTPSConnection if self.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.host, self.port, timeout=self.timeout)
        try:
            connection.request(
                sending.method,
                sending.path.partition("#")[0],
                body=sending.body or None,
                headers=sending.headers,
            )
            if cut:
                raise AnswerLost("cut")
            answer = connection.getresponse()
            return BankAnswer(answer.status, answer.read())
        except (OSError, http.client.HTTPException) as fault:
            raise AnswerLost(f"{type(fault).__name__}: {fault}") from fault
        finally:
            connection.close()


def notice_path(pay_code: str) -> str:
    """Give the path of a notice."""
    return f"/api/v1/bank/notices/{pay_code}"


def serial_path(order: Order) -> str:
    """Give the path of the question by the bank's own serial."""
    return f"{PAYMENTS}/{order.trade_no}?region={order.pay_code[:6]}"
