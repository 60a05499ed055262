"""The common form of a signature, verified without taking the message apart by the full grammar.

RFC 9421 is verified by the library (``signing.py``). Most banks send one plain form: our own
components in our own order, no escapes anywhere, a SHA-256 digest. For that form the signature base
is the received text itself, so the check is two regular expressions and one HMAC: a tenth of the
library's time, and verification is a quarter of a confirmation's.

What always holds: a message accepted here is accepted by the library too (tests/api hold it); what
is not of that form, or does not verify, is None and goes the full way.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_PLAIN: Final = r"[A-Za-z0-9._~!$&'()*+,;=:@/-]*"
URL: Final = re.compile(rf"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(/{_PLAIN})(?:\?({_PLAIN}))?")
METHOD: Final = re.compile(r"[A-Z]+")
INPUT: Final = re.compile(
    r'sig1=(\("@method" "@path" "@query"( "content-digest")?\)'
    r'((?:;(?:created=[1-9][0-9]{0,10}|(?:keyid|nonce|alg)="[ !#-\[\]-~]{1,128}")){4}))'
)
PARAMETER: Final = re.compile(r';(created|keyid|nonce|alg)=(?:"([^"]*)"|([0-9]+))')
SIGNATURE: Final = re.compile(r"sig1=:([A-Za-z0-9+/]+={0,2}):")
DIGEST: Final = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
PARAMETERS: Final = 4


class KeyLike(Protocol):
    """A key to verify with (``signing.VerifyingKey``)."""

    @property
    def algorithm(self) -> str:
        """Its one algorithm."""

    @property
    def material(self) -> bytes:
        """The shared secret, or the public half."""


class MessageLike(Protocol):
    """A request as it came (``signing.SignedMessage``)."""

    @property
    def method(self) -> str:
        """In capitals."""

    @property
    def url(self) -> str:
        """Absolute, path and query as sent."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By their usual names."""

    @property
    def body(self) -> bytes:
        """As sent."""


@dataclass(frozen=True, slots=True)
class QuickParameters:
    """What a signature of the common form says of itself; ``created`` in seconds."""

    key_id: str
    nonce: str
    created: int


def verify_quickly(
    message: MessageLike, find_key: Callable[[str], KeyLike | None]
) -> QuickParameters | None:
    """Verify a signature of the common form; None for any other, and for one that is not good."""
    headers = message.headers
    written = INPUT.fullmatch(headers.get("Signature-Input", ""))
    signature = SIGNATURE.fullmatch(headers.get("Signature", ""))
    url = URL.fullmatch(message.url)
    if written is None or signature is None or url is None or not METHOD.fullmatch(message.method):
        return None
    given = {found[1]: found[2] or found[3] for found in PARAMETER.finditer(written[3])}
    digest = _digest_line(message, covered=written[2] is not None)
    if len(given) != PARAMETERS or digest is None:
        return None
    key = find_key(given["keyid"])
    if key is None or key.algorithm != given["alg"]:
        return None
    base = (
        f'"@method": {message.method}\n"@path": {url[1]}\n"@query": ?{url[2] or ""}\n'
        f'{digest}"@signature-params": {written[1]}'
    )
    if not _fits(key, base.encode(), signature[1]):
        return None
    return QuickParameters(given["keyid"], given["nonce"], int(given["created"]))


def _digest_line(message: MessageLike, *, covered: bool) -> str | None:
    """Give the line of the digest, "" for a GET without body; None where it is wrong or missing."""
    value = message.headers.get("Content-Digest")
    if not covered:
        bare = message.method == "GET" and not message.body and value is None
        return "" if bare else None
    written = DIGEST.fullmatch(value or "")
    if written is None:
        return None
    computed = base64.b64encode(hashlib.sha256(message.body).digest()).decode()
    return f'"content-digest": {value}\n' if hmac.compare_digest(written[1], computed) else None


def _fits(key: KeyLike, base: bytes, signature: str) -> bool:
    """Check the signature over the base, in constant time for a shared secret."""
    try:
        given = base64.b64decode(signature, validate=True)
        if key.algorithm == "hmac-sha256":
            return hmac.compare_digest(given, hmac.digest(key.material, base, "sha256"))
        Ed25519PublicKey.from_public_bytes(key.material).verify(given, base)
    except (ValueError, InvalidSignature):
        return False
    return True
