"""Sign and verify a bank's message by RFC 9421 (HTTP Message Signatures).

What always holds: one signature, labelled ``sig1``, over ``@method @path @query content-digest``
(a GET without body: the first three), with created, keyid, nonce and alg. The algorithm is the
key's own; a message that names another is refused. The clock comes in as an argument. Which part
failed is kept in ``part`` and ``reason`` for the bank's log and never told to the caller.
"""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

import http_sf
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from feeledger.api.refusals import DoorRefused
from feeledger.api.sm2 import Sm2WithSm3
from feeledger.errors import Text

Algorithm = Literal["hmac-sha256", "ed25519", "sm2-sm3"]
Part = Literal["unsigned", "unreadable", "key", "signed", "parameters", "label", "time", "nonce"]

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
    covered, digest or the signature itself), parameters, label, time, nonce.
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


class _TimelessVerifier(HTTPMessageVerifier):
    """The library's verifier without its own clock: ``_check_time`` judges by the given one."""

    def validate_created_and_expires(
        self, sig_input: Any, max_age: timedelta | None = None
    ) -> None:
        """Leave time to the caller."""


def verify_request(
    message: SignedMessage,
    *,
    find_key: Callable[[str], VerifyingKey | None],
    now: datetime,
) -> VerifiedSignature:
    """Check the one signature of a request; whether its nonce is fresh the caller's store says.

    Raises SignatureMissing, SignatureInvalid (an unknown or revoked key is told the same way) or
    SignatureExpired (with the server's time).
    """
    key_id = _key_id_of(message)
    key = find_key(key_id)
    if key is None:
        raise key_not_in_force(key_id)
    try:
        result = _verify_with(key, message)
        _check_parameters(result.parameters)
        if result.label != LABEL:
            raise signature_invalid("label", f"label is {result.label!r}")
        created = datetime.fromtimestamp(result.parameters["created"], tz=UTC)
        _check_time(created, result.parameters.get("expires"), now=now)
    except SignatureRefused as refusal:
        refusal.key_id = key_id
        raise
    return VerifiedSignature(key_id=key_id, nonce=result.parameters["nonce"], created=created)


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


def _key_id_of(message: SignedMessage) -> str:
    headers = {name.lower(): value for name, value in message.headers.items()}
    if "signature" not in headers and "signature-input" not in headers:
        raise SignatureMissing(
            Text(
                "银行接口的请求须按 RFC 9421 签名，见 docs/bank-api.md。",
                "Requests of banks are signed by RFC 9421, see docs/bank-api.md.",
            )
        )
    try:
        text = headers.get("signature-input", "").encode()
        members = cast("Any", http_sf.parse(text, tltype="dictionary"))
        key_id = members[LABEL][1]["keyid"]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as fault:
        raise signature_invalid(
            "unreadable", f"Signature-Input cannot be read: {fault!r}"
        ) from fault
    if not isinstance(key_id, str):
        raise signature_invalid("unreadable", "keyid is not a string")
    return key_id


def _verify_with(key: VerifyingKey, message: SignedMessage) -> Any:
    verifier = _TimelessVerifier(
        signature_algorithm=ALGORITHMS[key.algorithm], key_resolver=_OneKey(_public_of(key))
    )
    bare = message.method == "GET" and not message.body
    required = COMPONENTS_OF_GET if bare else COMPONENTS
    try:
        # One signature only: with several the library refuses, as no tag or label is given.
        results = verifier.verify(message, require_components=required, body=message.body)
    except (HTTPMessageSignaturesException, ValueError, TypeError) as fault:
        raise signature_invalid("signed", str(fault) or repr(fault)) from fault
    return results[0]


def _check_parameters(parameters: Mapping[str, object]) -> None:
    missing = [name for name in PARAMETERS if name not in parameters]
    if missing:
        raise signature_invalid("parameters", f"parameters missing: {', '.join(missing)}")
    if not 0 < len(str(parameters["nonce"])) <= NONCE_LENGTH_MAX:
        raise signature_invalid("parameters", "nonce is empty or too long")
    if not 0 <= int(str(parameters["created"])) < CREATED_MAX:
        raise signature_invalid("parameters", "created is out of any range")


def _check_time(created: datetime, expires: int | None, *, now: datetime) -> None:
    lapsed = expires is not None and now.timestamp() > expires
    if created - SKEW_MAX <= now <= created + AGE_MAX and not lapsed:
        return
    server_time = now.astimezone(UTC).replace(microsecond=0).isoformat()
    raise SignatureExpired(
        Text(
            f"签名时间 {created.isoformat()}，服务器时间 {server_time}；"
            f"签名须在 {AGE_MAX.seconds} 秒内使用，时钟超前不得多于 {SKEW_MAX.seconds} 秒。"
            "请校准时钟后重新签名。",
            f"Signed at {created.isoformat()}, the server's time is {server_time}; a signature "
            f"lives {AGE_MAX.seconds} s and may be at most {SKEW_MAX.seconds} s ahead. "
            "Set the clock and sign afresh.",
        ),
        server_time=server_time,
    )


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


def _public_of(key: VerifyingKey) -> Any:
    if key.algorithm == "ed25519":
        return Ed25519PublicKey.from_public_bytes(key.material)
    return key.material


def _private_of(key: SigningKey) -> Any:
    if key.algorithm == "ed25519":
        return Ed25519PrivateKey.from_private_bytes(key.material)
    return key.material
