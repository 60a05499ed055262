"""The quick way accepts nothing that the standard's library does not, and what it leaves still passes."""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from feeledger.api.quick_signing import verify_quickly
from feeledger.api.signing import (
    SignatureInvalid,
    SignatureRefused,
    SignedMessage,
    SigningKey,
    VerifyingKey,
    _verify_in_full,
    sign_request,
    verify_request,
)

NOW = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
SECRET = b"an-example-secret-of-32-bytes-xx"
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
SIGNERS = {
    "hmac": SigningKey("k-h", "hmac-sha256", SECRET),
    "ed25519": SigningKey("k-e", "ed25519", PRIVATE.private_bytes_raw()),
}
KEYS = {
    "k-h": VerifyingKey("k-h", "hmac-sha256", SECRET),
    "k-e": VerifyingKey("k-e", "ed25519", PRIVATE.public_key().public_bytes_raw()),
}
ROOT = "http://127.0.0.1:8000"


def a_message(
    *, signer="hmac", method="POST", path="/api/v1/bank/payments", body=b'{"a":1}', nonce="n-1"
):
    url = ROOT + path
    headers = sign_request(
        method=method, url=url, body=body, key=SIGNERS[signer], created=NOW, nonce=nonce
    )
    return SignedMessage(method, url, headers, body)


MESSAGES = [
    a_message(),
    a_message(signer="ed25519"),
    a_message(body=b""),
    a_message(method="GET", path="/api/v1/bank/payments/T1?region=130184", body=b""),
    a_message(
        method="GET", path="/api/v1/bank/notices/13018426000000000017", body=b"", nonce="~ !"
    ),
]


@pytest.mark.parametrize("message", MESSAGES)
def test_our_own_form_goes_the_quick_way_and_says_the_same(message):
    quick = verify_quickly(message, KEYS.get)
    full = _verify_in_full(message, KEYS.get, NOW)

    assert quick is not None
    assert (quick.key_id, quick.nonce, quick.created) == (
        full.key_id,
        full.nonce,
        int(full.created.timestamp()),
    )


@pytest.mark.parametrize(
    "message",
    [
        a_message(method="GET", path="/api/v1/bank/payments/T1?x=%E5%86%80", body=b""),
        a_message(path="/api/v1/bank/payments?%41=1"),
    ],
)
def test_what_the_quick_way_leaves_is_verified_in_full(message):
    assert verify_quickly(message, KEYS.get) is None
    assert verify_request(message, find_key=KEYS.get, now=NOW).nonce == "n-1"


def test_a_digest_of_another_kind_is_verified_in_full():
    """SHA-512 is allowed by RFC 9530; only the library reads it."""
    message = a_message(body=b"")
    digest = base64.b64encode(hashlib.sha512(b"").digest()).decode()
    changed = replace(message, headers={**message.headers, "Content-Digest": f"sha-512=:{digest}:"})

    assert verify_quickly(changed, KEYS.get) is None
    with pytest.raises(SignatureInvalid):
        verify_request(changed, find_key=KEYS.get, now=NOW)


texts = st.text(
    st.sampled_from('abz019AZ ~!"\\%;=:@/?&,()sig1=created keyid nonce alg\t\n\x00é'), max_size=12
)


@st.composite
def damaged(draw):
    """Take a good message and cut, repeat or write into any part of it."""
    message = draw(st.sampled_from(MESSAGES))
    part = draw(
        st.sampled_from(["method", "url", "body", "Signature", "Signature-Input", "Content-Digest"])
    )
    value = getattr(message, part) if part in ("method", "url") else message.headers.get(part, "")
    if part == "body":
        return replace(message, body=draw(st.binary(max_size=8)) or message.body)
    start = draw(st.integers(0, len(value)))
    end = draw(st.integers(start, min(len(value), start + 8)))
    changed = value[:start] + draw(texts) + value[end:]
    if part in ("method", "url"):
        return replace(message, **{part: changed})
    return replace(message, headers={**message.headers, part: changed})


@given(damaged())
@example(replace(MESSAGES[0], url=MESSAGES[0].url + "?"))
@example(replace(MESSAGES[3], body=b"x"))
@example(replace(MESSAGES[3], headers={**MESSAGES[3].headers, "Content-Digest": "sha-256=:AA:"}))
def test_the_quick_way_accepts_nothing_that_the_library_refuses(message):
    quick = verify_quickly(message, KEYS.get)

    if quick is not None:
        full = _verify_in_full(message, KEYS.get, NOW)
        assert (quick.key_id, quick.nonce) == (full.key_id, full.nonce)


@given(damaged())
def test_both_ways_together_say_what_the_library_says(message):
    def said(verify):
        try:
            found = verify()
        except SignatureRefused as refused:
            return refused.code
        return found.key_id, found.nonce, found.created

    together = said(lambda: verify_request(message, find_key=KEYS.get, now=NOW))

    assert together == said(lambda: _verify_in_full(message, KEYS.get, NOW))


@pytest.mark.parametrize("signer", ["hmac", "ed25519"])
def test_a_key_verifies_by_its_own_algorithm_only(signer):
    message = a_message(signer=signer)
    other = {"hmac": "ed25519", "ed25519": "hmac-sha256"}[signer]
    confused = {key_id: VerifyingKey(key_id, other, key.material) for key_id, key in KEYS.items()}

    assert verify_quickly(message, confused.get) is None
