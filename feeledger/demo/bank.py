"""The demonstration's bank: asks for notices and pays them through the real signed API over HTTP."""

import http.client
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from feeledger.api.signing import SigningKey, sign_request
from feeledger.clock import wall_time

TIMEOUT_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """What the service answered: the HTTP status and the document."""

    status: int
    document: dict[str, Any]

    @property
    def result(self) -> str:
        """The result code of table C ("" where there is none)."""
        return str(self.document.get("result", ""))


@dataclass(frozen=True, slots=True)
class Order:
    """One payment as the bank tells it; amounts in yuan, ``paid_at`` with its offset."""

    pay_code: str
    trade_no: str
    amount: str
    account: str
    paid_at: datetime
    payer_name: str


class BankSimulator:
    """One bank, its key and the address of the service."""

    def __init__(self, key: SigningKey, *, port: int, host: str = "127.0.0.1") -> None:
        """Keep the key and the address."""
        self.key = key
        self.host = host
        self.port = port

    def ask(self, pay_code: str) -> BankAnswer:
        """Ask what a notice comes to today."""
        return self._call("GET", f"/api/v1/bank/notices/{pay_code}", None)

    def pay(self, order: Order) -> BankAnswer:
        """Tell a payment."""
        body = {
            "pay_code": order.pay_code,
            "trade_no": order.trade_no,
            "amount": order.amount,
            "account": order.account,
            "paid_at": order.paid_at.isoformat(timespec="seconds"),
            "payer_name": order.payer_name,
            "channel": "13",
        }
        return self._call("POST", "/api/v1/bank/payments", body)

    def _call(self, method: str, path: str, value: dict[str, str] | None) -> BankAnswer:
        body = b"" if value is None else json.dumps(value, ensure_ascii=False).encode()
        signed = sign_request(
            method=method,
            url=f"http://{self.host}:{self.port}{path}",
            body=body,
            key=self.key,
            created=wall_time(),
            nonce=secrets.token_urlsafe(16),
        )
        headers = dict(signed)
        if body:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            return BankAnswer(answer.status, json.loads(answer.read()))
        finally:
            connection.close()
