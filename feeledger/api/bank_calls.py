"""One signed call of a bank, from the wire to its place in a transaction.

Outside the transaction the signature is verified, with keys this process has seen; inside it the
nonce is used up with a key that is in force at that moment, so a revocation holds at once. What
comes of a call, an answer or a refusal, is kept with the message before it is told.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar, cast

from flask import current_app, g, request
from sqlalchemy.orm import Session

from feeledger.api.actions import (
    ReceivedMessage,
    keep_message,
    note_refusal,
    prune_seldom,
    use_nonce,
)
from feeledger.api.door import BODY_SIZE_MAX, body_bytes
from feeledger.api.signing import (
    Algorithm,
    SignatureRefused,
    SignedMessage,
    VerifiedSignature,
    VerifyingKey,
)
from feeledger.api.verifying import verify_request
from feeledger.doors import kit
from feeledger.errors import FeeLedgerError
from feeledger.payments.advice import SUCCESS
from feeledger.regions.queries import BankKey, key_of_bank
from feeledger.store import NATION

SUBJECT_LENGTH: Final = 64
ANY_HOST: Final = "http://localhost"
KEYS: Final = "feeledger.bank_keys"
SIGNED_HEADERS: Final = ("Content-Type", "Content-Digest", "Signature-Input", "Signature")

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class BankCall:
    """A call whose signature is good. ``at`` is the real instant, ``now`` that of business."""

    bank: str
    signature: VerifiedSignature
    message: SignedMessage
    request_id: str
    at: datetime
    now: datetime

    def received(self, kind: str, *, region: str, subject: str) -> ReceivedMessage:
        """Give the message as it is kept: request line, what signs it, and the body."""
        target = self.message.url.split("://", 1)[1].partition("/")
        lines = [f"{self.message.method} /{target[2]}"]
        lines += [
            f"{name}: {self.message.headers[name]}"
            for name in SIGNED_HEADERS
            if name in self.message.headers
        ]
        head = "\r\n".join([*lines, "", ""]).encode()
        return ReceivedMessage(
            region=region,
            node=self.bank,
            kind=kind,
            subject="".join(sign for sign in subject if sign.isprintable())[:SUBJECT_LENGTH],
            request_id=self.request_id,
            raw=head + self.message.body,
        )


def signed_call(size_max: int = BODY_SIZE_MAX) -> BankCall:
    """Verify the signature of the request at hand; a refusal goes to its key's own log too.

    Raises SignatureMissing, SignatureInvalid or SignatureExpired.
    """
    here = kit()
    at = here.clock.wall()
    message = _message_here(size_max)
    try:
        signature = verify_request(message, find_key=lambda key_id: _find_key(key_id, at), now=at)
    except SignatureRefused as refusal:
        note_signature_refusal(refusal, at)
        raise
    return BankCall(
        bank=_keys()[signature.key_id][0].bank,
        signature=signature,
        message=message,
        request_id=g.get("request_id", ""),
        at=at,
        now=here.clock.now(),
    )


def settle_call(
    call: BankCall,
    received: ReceivedMessage,
    work: Callable[[Session], Found | FeeLedgerError],
) -> Found:
    """Do the work of a call in one transaction with its nonce and its message, then answer.

    A refusal is kept like an answer, and raised after the transaction. Raises NonceUsed too.
    """

    def do(session: Session) -> Found | FeeLedgerError:
        use_nonce(session, call.signature, now=call.at)
        found = work(session)
        keep_message(session, received, result=result_of(found), now=call.now)
        prune_seldom(session, now=call.at)
        return found

    try:
        found = kit().store.retry(do)
    except SignatureRefused as refusal:
        note_signature_refusal(refusal, call.at)
        raise
    if isinstance(found, FeeLedgerError):
        raise found
    return found


def found_or_refusal(look: Callable[[], Found]) -> Found | FeeLedgerError:
    """Give what was found, or the refusal as a value (nothing was written before it)."""
    try:
        return look()
    except FeeLedgerError as refusal:
        return refusal


def result_of(found: object) -> str:
    """Give the result to keep with a message: of table C, else the refusal's own code."""
    if isinstance(found, FeeLedgerError):
        return str(getattr(found, "result", found.code))
    return SUCCESS


def region_of(pay_code: object) -> str:
    """Give the region that a message belongs to, by its pay code; 000000 where it has none."""
    head = pay_code[: len(NATION)] if isinstance(pay_code, str) else ""
    return head if len(head) == len(NATION) and head.isascii() and head.isdigit() else NATION


def note_signature_refusal(refusal: SignatureRefused, at: datetime) -> None:
    """Note in the key's own log why its signature was refused."""
    if refusal.key_id:
        kit().store.retry(lambda session: note_refusal(session, refusal, now=at))


def _message_here(size_max: int) -> SignedMessage:
    """Give the request as it came: the raw target, for path and query are signed exactly."""
    target = str(request.environ.get("RAW_URI") or request.full_path.rstrip("?"))
    return SignedMessage(
        method=request.method,
        # The host is not signed, so nothing a caller writes for one may play a part.
        url=ANY_HOST + target if target.startswith("/") else target,
        headers=dict(request.headers.items()),
        body=body_bytes(size_max),
    )


def _find_key(key_id: str, at: datetime) -> VerifyingKey | None:
    keys = _keys()
    if key_id not in keys:
        with kit().store.read() as session:
            key = key_of_bank(session, key_id, at)
        if key is None:
            return None
        keys[key_id] = (key, _verifying_key(key))
    return keys[key_id][1]


def _keys() -> dict[str, tuple[BankKey, VerifyingKey]]:
    found: Any = current_app.extensions.setdefault(KEYS, {})
    return cast("dict[str, tuple[BankKey, VerifyingKey]]", found)


def _verifying_key(key: BankKey) -> VerifyingKey:
    return VerifyingKey(
        id=key.keyid,
        algorithm=cast("Algorithm", key.algorithm),
        material=base64.b64decode(key.material),
    )
