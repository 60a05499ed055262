"""Sign and verify a bank's message by RFC 9421 (HTTP Message Signatures).

What always holds: one signature, labelled ``sig1``, over ``@method @path @query content-digest``
(a GET without body: the first three), with created, keyid, nonce and alg. The algorithm is the
key's own; a message that names another is refused. The clock comes in as an argument. Which part
failed is kept in ``part`` and ``reason`` for the bank's log and never told to the caller.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPSignatureKeyResolver,
    algorithms,
)

from feeledger.api.refusals import DoorRefused
from feeledger.api.sm2 import Sm2WithSm3
from feeledger.errors import Text

Algorithm = Literal["hmac-sha256", "ed25519", "sm2-sm3"]
Part = Literal["unsigned", "unreadable", "key", "signed", "parameters", "time", "nonce"]

LABEL = "sig1"
COMPONENTS = ("@method", "@path", "@query", "content-digest")
COMPONENTS_OF_GET = COMPONENTS[:3]
PARAMETERS = ("created", "keyid", "nonce", "alg")
AGE_MAX = timedelta(seconds=300)
SKEW_MAX = timedelta(seconds=60)
NONCE_KEPT = timedelta(seconds=600)  # longer than AGE_MAX + SKEW_MAX: no replay outlives its nonce
NONCE_LENGTH_MAX = 128
CREATED_MAX = 2**33  # seconds; the year 2242
ACCEPT_SIGNATURE = 'sig1=("@method" "@path" "@query" "content-digest");created;keyid;nonce;alg'
ALGORITHMS = {
    "hmac-sha256": algorithms.HMAC_SHA256,
    "ed25519": algorithms.ED25519,
    "sm2-sm3": Sm2WithSm3,
}


class SignatureRefused(DoorRefused):
    """A signature that does not count. ``key_id``, ``part`` and ``reason`` are for the log only.

    ``part``: unsigned, unreadable, key (unknown, not yet valid, ended), signed (algorithm, what is
    covered, digest or the signature itself), parameters, time, nonce.
    """

    status = 401
    key_id: str = ""
    part: Part = "unsigned"
    reason: str = ""


class SignatureMissing(SignatureRefused):
    """The message carries no signature."""

    code = "signature-missing"
    title = Text("请求没有签名", "The request is not signed")


class SignatureInvalid(SignatureRefused):
    """The signature, its key or the digest of the body is wrong; which one is not told."""

    code = "signature-invalid"
    title = Text("签名无效", "The signature is not valid")


class SignatureExpired(SignatureRefused):
    """The signature is good, but made too long ago or in the future by our clock."""

    part = "time"
    code = "signature-expired"
    title = Text("签名时间超出允许范围", "The time of the signature is out of range")


class NonceUsed(SignatureRefused):
    """The nonce was used before with this key."""

    part = "nonce"
    code = "nonce-used"
    title = Text("随机数已使用过", "The nonce was used before")


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key we check with: the shared secret (HMAC), or a public key's 32 (Ed25519) or 64 bytes (SM2)."""

    id: str
    algorithm: Algorithm
    material: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key one signs with: the shared secret (HMAC) or the 32 bytes of a private key.

    With SM2 the 64 bytes of the public key stand behind the private one's.
    """

    id: str
    algorithm: Algorithm
    material: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A request as it came over the wire; ``url`` holds path and query exactly as sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerifiedSignature:
    """What a good signature says of itself."""

    key_id: str
    nonce: str
    created: datetime


@dataclass(slots=True)
class _Draft:
    method: str
    url: str
    headers: MutableMapping[str, str]


def sign_request(
    *,
    method: str,
    url: str,
    body: bytes,
    key: SigningKey,
    created: datetime,
    nonce: str,
) -> dict[str, str]:
    """Give the headers that sign a request: Content-Digest, Signature-Input, Signature.

    ``url`` is absolute, with path and query exactly as they will be sent. A GET without body
    carries no Content-Digest.
    """
    draft = _Draft(method=method, url=url, headers={})
    bare = method == "GET" and not body
    signer = HTTPMessageSigner(
        signature_algorithm=ALGORITHMS[key.algorithm], key_resolver=_OneKey(_private_of(key))
    )
    signer.sign(
        draft,
        key_id=key.id,
        created=created,
        nonce=nonce,
        label=LABEL,
        covered_component_ids=COMPONENTS_OF_GET if bare else COMPONENTS,
        body=None if bare else body,
    )
    return dict(draft.headers)


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, key: Any) -> None:
        self.key = key

    def resolve_public_key(self, key_id: str) -> Any:
        del key_id
        return self.key

    def resolve_private_key(self, key_id: str) -> Any:
        del key_id
        return self.key


def key_not_in_force(key_id: str) -> SignatureInvalid:
    """Make the refusal of a key that is unknown, not yet valid or ended: told as any wrong one."""
    refusal = signature_invalid("key", f"key {key_id!r} is unknown, not yet valid or revoked")
    refusal.key_id = key_id
    return refusal


def signature_invalid(part: Part, reason: str) -> SignatureInvalid:
    """Make the one refusal of every wrong signature; ``part`` and ``reason`` are for the log."""
    error = SignatureInvalid(
        Text(
            "签名核验未通过；请对照 docs/bank-api.md 核对密钥、签名范围和报文摘要。",
            "The signature does not verify; check key, components and digest against "
            "docs/bank-api.md.",
        )
    )
    error.part, error.reason = part, reason
    return error


def _private_of(key: SigningKey) -> Any:
    if key.algorithm == "ed25519":
        return Ed25519PrivateKey.from_private_bytes(key.material)
    return key.material
