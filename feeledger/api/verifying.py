"""Verify a bank's message: the one signature that ``signing.py`` describes, over exactly its components.

The four lines of the signature base stand here, since a verifier for every form that RFC 9421 allows
took a fifth of a payment (docs/decisions/0024). The fields are read, and the parameters written, by the
library of structured fields (RFC 8941), but for the one form in which nearly every message comes:
that is cut out by a pattern. tests/api/test_signing.py holds both against the library.
"""

import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any, Final, cast

import http_sf
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from feeledger.api.signing import (
    AGE_MAX,
    ALGORITHMS,
    COMPONENTS,
    COMPONENTS_OF_GET,
    CREATED_MAX,
    LABEL,
    NONCE_LENGTH_MAX,
    PARAMETERS,
    SKEW_MAX,
    SignatureExpired,
    SignatureMissing,
    SignatureRefused,
    SignedMessage,
    VerifiedSignature,
    VerifyingKey,
    key_not_in_force,
    signature_invalid,
)
from feeledger.errors import Text

Covered = list[tuple[Any, dict[str, Any]]]
Parameters = dict[str, Any]

COVERED: Final = (sorted(COMPONENTS), sorted(COMPONENTS_OF_GET))
TYPES: Final = {"alg": str, "created": int, "expires": int, "keyid": str, "nonce": str, "tag": str}
DIGESTS: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
UNREADABLE: Final = (ValueError, KeyError, TypeError, IndexError, AttributeError)
# The common form, blanks and order as that library writes them: what it would write again is what came.
PLAIN_INPUT: Final = re.compile(
    LABEL + r'=(\(("@method" "@path" "@query"(?: "content-digest")?)\)'
    r'((?:;[a-z]+=(?:[1-9][0-9]{0,14}|"[ !#-\[\]-~]*"))+))'
)
PLAIN_PARAMETER: Final = re.compile(r';([a-z]+)=(?:([0-9]+)|"([^"]*)")')
PLAIN_BYTES: Final = re.compile(r"([a-z][a-z0-9-]*)=:([A-Za-z0-9+/]+={0,2}):")
PLAIN_COVERED: Final[dict[str, Covered]] = {
    " ".join(f'"{name}"' for name in names): [(name, {}) for name in names]
    for names in (COMPONENTS, COMPONENTS_OF_GET)
}
# An absolute address: nothing is decoded, and its host plays no part.
URL_FORM: Final = re.compile(
    r"https?://[A-Za-z0-9.:_~%\[\]-]+(?P<path>/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?P<query>(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*))?"
)


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
    fields = {name.lower(): text.strip(" \t") for name, text in message.headers.items()}
    covered, parameters, written = _read_input(fields)
    key_id: str = parameters["keyid"]
    key = find_key(key_id)
    if key is None:
        raise key_not_in_force(key_id)
    try:
        _check_form(key, covered, parameters)
        _check_body(message, fields, covered)
        base = _base_of(message, fields, covered, written)
        _check_signature(key, _read_signature(fields), base)
        _check_parameters(parameters)
        created = datetime.fromtimestamp(parameters["created"], tz=UTC)
        _check_time(created, parameters.get("expires"), now=now)
    except SignatureRefused as refusal:
        refusal.key_id = key_id
        raise
    return VerifiedSignature(key_id=key_id, nonce=parameters["nonce"], created=created)


def _read_input(fields: Mapping[str, str]) -> tuple[Covered, Parameters, str]:
    """Read our member of Signature-Input: what is covered, the parameters, and both as written."""
    if "signature" not in fields and "signature-input" not in fields:
        raise SignatureMissing(
            Text(
                "银行接口的请求须按 RFC 9421 签名，见 docs/bank-api.md。",
                "Requests of banks are signed by RFC 9421, see docs/bank-api.md.",
            )
        )
    try:
        covered, parameters, written = _plain_input(fields["signature-input"]) or _any_input(
            fields["signature-input"]
        )
        key_id = parameters["keyid"]
    except UNREADABLE as fault:
        raise signature_invalid(
            "unreadable", f"Signature-Input cannot be read: {fault!r}"
        ) from fault
    if type(key_id) is not str or not isinstance(covered, list):
        raise signature_invalid("unreadable", "keyid is not a string, or nothing is covered")
    return covered, parameters, written


def _plain_input(text: str) -> tuple[Covered, Parameters, str] | None:
    """Read the common form of Signature-Input; None: it is another, or names a parameter twice."""
    found = PLAIN_INPUT.fullmatch(text)
    if found is None:
        return None
    written, names, told = found.groups()
    pairs = PLAIN_PARAMETER.findall(told)
    parameters = {name: int(digits) if digits else words for name, digits, words in pairs}
    return (PLAIN_COVERED[names], parameters, written) if len(parameters) == len(pairs) else None


def _any_input(text: str) -> tuple[Covered, Parameters, str]:
    """Read any form of it by the library; raises what that raises, and KeyError."""
    covered, parameters = _members(text)[LABEL]
    written = http_sf.ser({LABEL: (covered, parameters)}) if isinstance(covered, list) else ""
    return covered, parameters, written.removeprefix(f"{LABEL}=")


def _read_signature(fields: Mapping[str, str]) -> bytes:
    """Read the signature; several, of which one may be ours, are refused."""
    try:
        members = _members(fields["signature"])
        signature, _ = members[LABEL]
    except UNREADABLE as fault:
        raise signature_invalid("signed", f"Signature cannot be read: {fault!r}") from fault
    if len(members) > 1 or not isinstance(signature, bytes):
        raise signature_invalid("signed", "there are several signatures, or one not of bytes")
    return signature


def _members(text: str) -> dict[str, Any]:
    """Read a dictionary of structured fields; a name given twice is refused, not overwritten."""
    plain = PLAIN_BYTES.fullmatch(text)
    if plain is not None:
        with suppress(binascii.Error):
            return {plain[1]: (binascii.a2b_base64(plain[2], strict_mode=True), {})}
    return cast(
        "dict[str, Any]",
        http_sf.parse(text.encode(), tltype="dictionary", on_duplicate_key=_refuse_twice),
    )


def _refuse_twice(name: str, context: str) -> None:
    raise ValueError(f"{name!r} stands twice in a {context}")


def _check_form(key: VerifyingKey, covered: Covered, parameters: Parameters) -> None:
    """Demand the key's own algorithm, known parameters of their types, and each component once."""
    for name, value in parameters.items():
        if type(value) is not TYPES.get(name):  # a truth is no integer here, a token no string
            raise signature_invalid("signed", f"parameter {name} is unknown or of another type")
    if parameters.get("alg", key.algorithm) != key.algorithm:
        raise signature_invalid("signed", f"alg is {parameters['alg']!r}")
    names = [name for name, its in covered if type(name) is str and not its]
    if len(names) != len(covered) or sorted(names) not in COVERED:
        raise signature_invalid("signed", f"covered: {covered!r}")


def _check_body(message: SignedMessage, fields: Mapping[str, str], covered: Covered) -> None:
    """Demand the digest of the body, and that it is covered; a GET without body needs none."""
    is_covered = len(covered) == len(COMPONENTS)
    if not is_covered:
        if message.method != "GET" or message.body or "content-digest" in fields:
            raise signature_invalid("signed", "content-digest is not covered")
        return
    try:
        digests = _members(fields["content-digest"])
        good = bool(digests) and all(
            compare_digest(DIGESTS[name](message.body).digest(), digest)
            for name, (digest, _) in digests.items()
        )
    except UNREADABLE as fault:
        raise signature_invalid("signed", f"Content-Digest cannot be read: {fault!r}") from fault
    if not good:
        raise signature_invalid("signed", "Content-Digest is not that of the body")


def _base_of(
    message: SignedMessage, fields: Mapping[str, str], covered: Covered, written: str
) -> bytes:
    """Write the signature base (RFC 9421, 2.5): each component on its line, then what came of both."""
    path, query = _target_of(message.url)
    values = {
        "@method": message.method,
        "@path": path,
        "@query": query,
        "content-digest": fields.get("content-digest", ""),
    }
    lines = [f'"{name}": {values[name]}' for name, _ in covered]
    whole = "".join(lines)
    if not (whole.isascii() and whole.isprintable()):
        raise signature_invalid("signed", "what is covered holds signs that no message may hold")
    return "\n".join([*lines, f'"@signature-params": {written}']).encode()


def _target_of(url: str) -> tuple[str, str]:
    """Give path and query exactly as sent; without them ``/`` and ``?`` (RFC 9421, 2.2.6, 2.2.7)."""
    found = URL_FORM.fullmatch(url)
    if found is None:
        raise signature_invalid("signed", f"{url!r} is no address")
    return found["path"] or "/", f"?{found['query'] or ''}"


def _check_signature(key: VerifyingKey, signature: bytes, base: bytes) -> None:
    try:
        ALGORITHMS[key.algorithm](public_key=_public_of(key)).verify(signature, base)
    except (InvalidSignature, HTTPMessageSignaturesException, ValueError, TypeError) as fault:
        raise signature_invalid("signed", str(fault) or repr(fault)) from fault


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


def _public_of(key: VerifyingKey) -> Any:
    if key.algorithm == "ed25519":
        return Ed25519PublicKey.from_public_bytes(key.material)
    return key.material
