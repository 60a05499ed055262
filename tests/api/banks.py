"""A bank's side, for tests: signs every call afresh and sends it through the real application."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from feeledger.api.signing import SigningKey, sign_request
from feeledger.regions.bank_actions import add_bank_key
from tests.builders import ACCOUNT_NO, BANK, CLERK, NOW

ROOT = "http://localhost"
SECRET = b"a-secret-of-the-tests-0123456789"
KEY = SigningKey("key-1", "hmac-sha256", SECRET)
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
ED_KEY = SigningKey("key-ed", "ed25519", PRIVATE.private_bytes_raw())
# The sample pair of GB/T 32918.5-2017, annex A.2.
SM2_PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
SM2_PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
SM2_KEY = SigningKey("key-sm2", "sm2-sm3", SM2_PRIVATE + SM2_PUBLIC)
PUBLIC_HALVES = {"key-ed": PRIVATE.public_key().public_bytes_raw(), "key-sm2": SM2_PUBLIC}
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
_nonces = count(1)


def a_key(
    session: Session, key: SigningKey = KEY, *, bank: str = BANK, valid_from: datetime = SINCE
) -> None:
    """Enter the half of a key that the bureau holds."""
    material = PUBLIC_HALVES.get(key.id, key.material)
    add_bank_key(
        session,
        key.id,
        bank=bank,
        algorithm=key.algorithm,
        material=base64.b64encode(material).decode(),
        valid_from=valid_from,
        by=CLERK,
        now=NOW,
    )


@dataclass
class Bank:
    """A bank with its key; ``at`` is its clock."""

    client: FlaskClient
    key: SigningKey = KEY
    at: datetime = NOW
    sent: list[tuple[str, str, bytes, dict[str, str]]] = field(default_factory=list)

    def get(self, path: str, **changes: object) -> TestResponse:
        return self.send("GET", path, b"", **changes)

    def post(self, path: str, message: object, **changes: object) -> TestResponse:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        return self.send("POST", path, body, **changes)

    def send(
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        nonce: str | None = None,
        late: float = 0,
        content_type: str | None = "application/json",
        language: str = "en",
    ) -> TestResponse:
        """Sign and send; ``late`` moves the time of the signature back by seconds."""
        headers = sign_request(
            method=method,
            url=ROOT + path,
            body=body,
            key=self.key,
            created=self.at - timedelta(seconds=late),
            nonce=nonce or f"nonce-{next(_nonces)}",
        )
        headers["Accept-Language"] = language
        if body and content_type:
            headers["Content-Type"] = content_type
        self.sent.append((method, path, body, headers))
        return self.again()

    def again(self, **changes: str) -> TestResponse:
        """Send the last call once more as it was, perhaps with some headers changed."""
        method, path, body, headers = self.sent[-1]
        return self.client.open(
            path, method=method, data=body or None, headers={**headers, **changes}
        )

    def query(self, pay_code: str) -> TestResponse:
        return self.get(f"/api/v1/bank/notices/{pay_code}")

    def pay(self, of: str, serial: str = "T0001", /, **changes: object) -> TestResponse:
        return self.post("/api/v1/bank/payments", an_advice_message(of, serial, **changes))

    def ask(self, trade_no: str, region: str = "130184") -> TestResponse:
        return self.get(f"/api/v1/bank/payments/{trade_no}?region={region}")


def an_advice_message(of: str, serial: str = "T0001", /, **changes: object) -> dict[str, object]:
    """Write a confirmation of 140.00 yuan; a change to None leaves the field out."""
    message: dict[str, object] = {
        "pay_code": of,
        "trade_no": serial,
        "amount": "140.00",
        "account": ACCOUNT_NO,
        "paid_at": "2026-11-24T09:59:58+08:00",
        "payer_name": "演示商行",
    }
    return {name: value for name, value in (message | changes).items() if value is not None}
