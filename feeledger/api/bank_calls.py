"""One signed call of a bank, from the wire to its place in a transaction.

Outside the transaction the signature is verified, with keys this process has seen; inside it the
nonce is used up with a key that is in force at that moment, so a revocation holds at once. What
comes of a call, an answer or a refusal, is kept with the message before it is told.

A transaction may be kept although its answer is lost. The nonce is then used up, by this very call:
it is known by its message, which stands under a number that only this call gave, and gets the answer
that was kept instead of a refusal.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote
from weakref import WeakKeyDictionary

from flask import g, request
from sqlalchemy.orm import Session

from feeledger.api.actions import (
    ReceivedMessage,
    keep_message,
    message_stands,
    note_refusal,
    prune_seldom,
    use_nonce,
)
from feeledger.api.door import BODY_SIZE_MAX, body_bytes, demand_json
from feeledger.api.json_text import read_json
from feeledger.api.refusals import result_for_bank
from feeledger.api.signing import (
    Algorithm,
    NonceUsed,
    SignatureRefused,
    SignedMessage,
    VerifiedSignature,
    VerifyingKey,
)
from feeledger.api.verifying import verify_request
from feeledger.doors import Kit, kit
from feeledger.errors import FeeLedgerError
from feeledger.payments.advice import SUCCESS
from feeledger.regions.queries import BankKey, key_of_bank
from feeledger.store import NATION, Store

SUBJECT_LENGTH: Final = 64
# Where a request bears the number of its message if it came over by the lane (``lane.py``).
CROSSED: Final = "feeledger.crossed"
ANY_HOST: Final = "http://localhost"
# What a signature is checked by, and where the server puts it.
SIGNED_HEADERS: Final = {
    "Content-Type": "CONTENT_TYPE",
    "Content-Digest": "HTTP_CONTENT_DIGEST",
    "Signature-Input": "HTTP_SIGNATURE_INPUT",
    "Signature": "HTTP_SIGNATURE",
}

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
        lines += [f"{name}: {text}" for name, text in self.message.headers.items()]
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
    message = message_of(request.environ, body_bytes(size_max))
    try:
        return verify_call(here, message, g.get("request_id", ""), at)
    except SignatureRefused as refusal:
        note_signature_refusal(refusal, at)
        raise


def verify_call(here: Kit, message: SignedMessage, request_id: str, at: datetime) -> BankCall:
    """Verify the signature of a message, and say which bank calls; nothing is written.

    Raises SignatureMissing, SignatureInvalid or SignatureExpired.
    """
    keys = _keys_of(here.store)
    signature = verify_request(message, find_key=lambda key_id: keys.find(key_id, at), now=at)
    return BankCall(
        bank=keys.seen[signature.key_id][0].bank,
        signature=signature,
        message=message,
        request_id=request_id,
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
    crossed = request.environ.get(CROSSED)
    tried: dict[int, Found | FeeLedgerError] = {}  # by the number of the message

    def do(session: Session) -> Found | FeeLedgerError:
        try:
            use_nonce(session, call.signature, now=call.at)
        except NonceUsed:
            # A lost transaction still under way was waited for: its nonce was locked.
            if message_stands(session, received.region, crossed):
                return work(session)  # its first answer
            for number, found in tried.items():
                if message_stands(session, received.region, number):
                    return found
            raise
        found = work(session)
        number = keep_message(session, received, result=result_of(found), now=call.now)
        tried[number] = found
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


def json_of_call(call: BankCall) -> Any:
    """Read what a call carries as one JSON value, or give the refusal as a value."""

    def read() -> Any:
        demand_json()
        return read_json(call.message.body)

    return found_or_refusal(read)


def found_or_refusal(look: Callable[[], Found]) -> Found | FeeLedgerError:
    """Give what was found, or the refusal as a value (nothing was written before it)."""
    try:
        return look()
    except FeeLedgerError as refusal:
        return refusal


def result_of(found: object) -> str:
    """Give the result to keep with a message: of the code table (docs/bank-api.md), else the refusal's own code."""
    if isinstance(found, FeeLedgerError):
        return result_for_bank(found) or found.code
    return SUCCESS


def region_of(pay_code: object) -> str:
    """Give the region that a message belongs to, by its pay code; 000000 where it has none."""
    head = pay_code[: len(NATION)] if isinstance(pay_code, str) else ""
    return head if len(head) == len(NATION) and head.isascii() and head.isdigit() else NATION


def note_signature_refusal(refusal: SignatureRefused, at: datetime) -> None:
    """Note in the key's own log why its signature was refused."""
    if refusal.key_id:
        kit().store.retry(lambda session: note_refusal(session, refusal, now=at))


def message_of(environ: Mapping[str, Any], body: bytes) -> SignedMessage:
    """Give a request as it came: the raw target, for path and query are signed exactly."""
    target = environ.get("RAW_URI") or _target_of(environ)
    return SignedMessage(
        method=environ["REQUEST_METHOD"],
        # The host is not signed, so nothing a caller writes for one may play a part.
        url=ANY_HOST + target if target.startswith("/") else target,
        headers={name: environ[at] for name, at in SIGNED_HEADERS.items() if at in environ},
        body=body,
    )


def _target_of(environ: Mapping[str, Any]) -> str:
    """Write the target anew for a server that does not keep it raw."""
    query = environ.get("QUERY_STRING", "")
    return quote(environ["PATH_INFO"].encode("latin-1")) + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class _SeenKeys:
    """The keys that this process has seen; whether one is still in force, the transaction asks."""

    store: Store
    seen: dict[str, tuple[BankKey, VerifyingKey]] = field(default_factory=dict)

    def find(self, key_id: str, at: datetime) -> VerifyingKey | None:
        if key_id not in self.seen:
            with self.store.read() as session:
                key = key_of_bank(session, key_id, at)
            if key is None:
                return None
            self.seen[key_id] = (key, _verifying_key(key))
        return self.seen[key_id][1]


_seen: Final[WeakKeyDictionary[Store, _SeenKeys]] = WeakKeyDictionary()


def _keys_of(store: Store) -> _SeenKeys:
    found = _seen.get(store)
    if found is None:
        found = _seen.setdefault(store, _SeenKeys(store))
    return found


def _verifying_key(key: BankKey) -> VerifyingKey:
    return VerifyingKey(
        id=key.keyid,
        algorithm=cast("Algorithm", key.algorithm),
        material=base64.b64decode(key.material),
    )
