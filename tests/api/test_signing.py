"""RFC 9421 signatures: what is covered cannot be changed, and what is not covered is refused."""

import base64
import hashlib
import hmac
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from hypothesis import given, settings
from hypothesis import strategies as st

from feeledger.api.signing import (
    SignatureExpired,
    SignatureInvalid,
    SignatureMissing,
    SignedMessage,
    SigningKey,
    VerifyingKey,
    sign_request,
)
from feeledger.api.verifying import verify_request
from tests.api.banks import SM2_KEY, SM2_PUBLIC

NOW = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
SECRET = b"an-example-secret-of-32-bytes-xx"
KEY = SigningKey("bank-1", "hmac-sha256", SECRET)
KEYS = {"bank-1": VerifyingKey("bank-1", "hmac-sha256", SECRET)}
URL = "http://127.0.0.1:8000/api/v1/bank/payments"
BODY = b'{"pay_code":"13018426000000000105","amount":"80.00"}'


def a_post(**changes) -> SignedMessage:
    wanted = {
        "method": "POST",
        "url": URL,
        "body": BODY,
        "key": KEY,
        "created": NOW,
        "nonce": "n-1",
    }
    wanted |= changes
    headers = sign_request(**wanted)
    return SignedMessage(wanted["method"], wanted["url"], headers, wanted["body"])


def a_get(**changes) -> SignedMessage:
    url = "http://127.0.0.1:8000/api/v1/bank/payments/T1?region=130184"
    return a_post(**{"method": "GET", "url": url, "body": b""} | changes)


def verify(message, *, keys=KEYS, now=NOW):
    return verify_request(message, find_key=keys.get, now=now)


def with_header(message, name, change):
    return replace(message, headers={**message.headers, name: change(message.headers[name])})


def by_hand(*, components, params, method="POST", body=BODY, path="/api/v1/bank/payments"):
    """Sign without the library, so that the standard is checked and not the library twice."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    values = {
        "@method": method,
        "@path": path,
        "@query": "?",
        "content-digest": f"sha-256=:{digest}:",
    }
    inner = "(" + " ".join(f'"{name}"' for name in components) + ")" + params
    base = "\n".join(f'"{name}": {values[name]}' for name in components)
    base += f'\n"@signature-params": {inner}'
    mac = base64.b64encode(hmac.digest(SECRET, base.encode(), "sha256")).decode()
    headers = {
        "Content-Digest": f"sha-256=:{digest}:",
        "Signature-Input": f"sig1={inner}",
        "Signature": f"sig1=:{mac}:",
    }
    return SignedMessage(method, f"http://127.0.0.1:8000{path}", headers, body)


ALL = ("@method", "@path", "@query", "content-digest")
PARAMS = f';created={int(NOW.timestamp())};keyid="bank-1";nonce="n-1";alg="hmac-sha256"'


def test_a_good_signature_says_who_signed_when_and_with_which_nonce():
    verified = verify(a_post())

    assert (verified.key_id, verified.nonce, verified.created) == ("bank-1", "n-1", NOW)


def test_a_signature_made_by_hand_after_the_standard_is_accepted():
    assert verify(by_hand(components=ALL, params=PARAMS)).key_id == "bank-1"


def test_a_get_covers_three_components_and_carries_no_digest():
    message = a_get()

    assert "Content-Digest" not in message.headers
    assert message.headers["Signature-Input"].startswith('sig1=("@method" "@path" "@query")')
    assert verify(message).nonce == "n-1"


def test_ed25519_keys_verify_with_the_public_half_only():
    private = Ed25519PrivateKey.generate()
    key = SigningKey("bank-2", "ed25519", private.private_bytes_raw())
    keys = {"bank-2": VerifyingKey("bank-2", "ed25519", private.public_key().public_bytes_raw())}

    assert verify(a_post(key=key), keys=keys).key_id == "bank-2"
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with pytest.raises(SignatureInvalid):
        verify(a_post(key=key), keys={"bank-2": VerifyingKey("bank-2", "ed25519", other)})


def test_sm2_keys_verify_with_the_public_half_only():
    keys = {"key-sm2": VerifyingKey("key-sm2", "sm2-sm3", SM2_PUBLIC)}
    message = a_post(key=SM2_KEY)

    assert 'alg="sm2-sm3"' in message.headers["Signature-Input"]
    assert verify(message, keys=keys).key_id == "key-sm2"
    with pytest.raises(SignatureInvalid):
        verify(replace(message, body=BODY + b" "), keys=keys)
    with pytest.raises(SignatureInvalid):
        verify(with_header(message, "Signature", _flipped), keys=keys)


def _later(value):
    return re.sub(r"created=(\d+)", lambda found: f"created={int(found[1]) + 1}", value)


def _flipped(value):
    raw = bytearray(base64.b64decode(value.removeprefix("sig1=:").removesuffix(":")))
    raw[0] ^= 1
    return f"sig1=:{base64.b64encode(raw).decode()}:"


DAMAGE = {
    "method": lambda m: replace(m, method="PUT"),
    "path": lambda m: replace(m, url=m.url.replace("payments", "reversals")),
    "case of the path": lambda m: replace(m, url=m.url.replace("payments", "Payments")),
    "encoding of the path": lambda m: replace(m, url=m.url.replace("payments", "p%61yments")),
    "slash behind the path": lambda m: replace(m, url=m.url + "/"),
    "query added": lambda m: replace(m, url=m.url + "?a=1"),
    "body": lambda m: replace(m, body=m.body.replace(b"80", b"81")),
    "blank behind the body": lambda m: replace(m, body=m.body + b" "),
    "body emptied": lambda m: replace(m, body=b""),
    "digest": lambda m: with_header(
        m,
        "Content-Digest",
        lambda _: f"sha-256=:{base64.b64encode(hashlib.sha256(b'x').digest()).decode()}:",
    ),
    "digest of a weak kind": lambda m: with_header(m, "Content-Digest", lambda _: "md5=:AAAA:"),
    "digest unreadable": lambda m: with_header(m, "Content-Digest", lambda _: "sha-256=xyz"),
    "created": lambda m: with_header(m, "Signature-Input", _later),
    "nonce": lambda m: with_header(m, "Signature-Input", lambda v: v.replace("n-1", "n-2")),
    "keyid": lambda m: with_header(m, "Signature-Input", lambda v: v.replace("bank-1", "bank-9")),
    "alg": lambda m: with_header(
        m, "Signature-Input", lambda v: v.replace("hmac-sha256", "ed25519")
    ),
    "label": lambda m: with_header(
        with_header(m, "Signature", lambda v: v.replace("sig1", "sig2")),
        "Signature-Input",
        lambda v: v.replace("sig1", "sig2"),
    ),
    "signature": lambda m: with_header(m, "Signature", _flipped),
    "signature cut": lambda m: with_header(m, "Signature", lambda v: v[:-6] + "=:"),
    "signature unreadable": lambda m: with_header(m, "Signature", lambda _: "nonsense"),
    "input unreadable": lambda m: with_header(m, "Signature-Input", lambda _: "((("),
    "input of another shape": lambda m: with_header(m, "Signature-Input", lambda _: "sig1=3"),
    "keyid a number": lambda m: with_header(
        m, "Signature-Input", lambda v: v.replace('"bank-1"', "7")
    ),
    "created negative": lambda m: with_header(
        m, "Signature-Input", lambda v: re.sub(r"created=\d+", "created=-5", v)
    ),
    "two signatures": lambda m: with_header(
        with_header(m, "Signature", lambda v: f"{v}, {v.replace('sig1', 'sig2')}"),
        "Signature-Input",
        lambda v: f"{v}, {v.replace('sig1', 'sig2')}",
    ),
    "signature header gone": lambda m: replace(
        m, headers={k: v for k, v in m.headers.items() if k != "Signature"}
    ),
    "digest header gone": lambda m: replace(
        m, headers={k: v for k, v in m.headers.items() if k != "Content-Digest"}
    ),
    "host that is no host": lambda m: replace(m, url=m.url.replace("127.0.0.1:8000", "a b")),
    "path in Chinese": lambda m: replace(m, url=m.url + "缴款"),
}


PARTS = {
    "keyid": {"key"},
    "label": {"unreadable"},
    "input unreadable": {"unreadable"},
    "input of another shape": {"unreadable"},
    "keyid a number": {"unreadable"},
    "created negative": {"signed"},
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_signature_over_something_else_is_refused(what):
    with pytest.raises(SignatureInvalid) as refusal:
        verify(DAMAGE[what](a_post()))

    assert refusal.value.reason
    assert refusal.value.reason not in refusal.value.detail.en
    assert refusal.value.part in PARTS.get(what, {"signed"})


@pytest.mark.parametrize("missing", ALL)
def test_every_component_must_be_covered(missing):
    components = tuple(name for name in ALL if name != missing)

    with pytest.raises(SignatureInvalid):
        verify(by_hand(components=components, params=PARAMS))


@pytest.mark.parametrize("missing", ["created", "keyid", "nonce", "alg"])
def test_every_parameter_must_be_given(missing):
    params = re.sub(rf';{missing}=("[^"]*"|\d+)', "", PARAMS)

    with pytest.raises(SignatureInvalid):
        verify(by_hand(components=ALL, params=params))


@pytest.mark.parametrize("nonce", ["", "n" * 129])
def test_a_nonce_has_a_bounded_length(nonce):
    with pytest.raises(SignatureInvalid):
        verify(by_hand(components=ALL, params=PARAMS.replace("n-1", nonce)))


def test_a_signature_over_nothing_is_refused():
    with pytest.raises(SignatureInvalid):
        verify(by_hand(components=(), params=PARAMS))


def test_the_query_is_covered_exactly():
    message = a_get(url="http://h/api/v1/bank/payments/T1?region=130184&x=%E5%86%80")

    assert verify(message)
    for other in ("region=130100&x=%E5%86%80", "region=130184&x=%e5%86%80", "region=130184", ""):
        with pytest.raises(SignatureInvalid):
            verify(replace(message, url=f"http://h/api/v1/bank/payments/T1?{other}"))


def test_a_get_with_a_body_needs_the_digest():
    with pytest.raises(SignatureInvalid):
        verify(replace(a_get(), body=b"x"))


def test_an_unsigned_message_is_told_so():
    with pytest.raises(SignatureMissing):
        verify(SignedMessage("POST", URL, {"Content-Type": "application/json"}, BODY))


def test_a_key_that_is_unknown_looks_like_a_wrong_signature():
    with pytest.raises(SignatureInvalid) as unknown:
        verify(a_post(), keys={})
    with pytest.raises(SignatureInvalid) as wrong:
        verify(a_post(), keys={"bank-1": VerifyingKey("bank-1", "hmac-sha256", b"y" * 32)})

    assert unknown.value.detail == wrong.value.detail
    assert unknown.value.facts == wrong.value.facts == {}
    assert unknown.value.reason != wrong.value.reason


def test_the_algorithm_is_the_keys_and_not_the_messages_choice():
    """The public half of a key used as an HMAC secret must not sign anything."""
    ed = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    for algorithm, public in (("ed25519", ed), ("sm2-sm3", SM2_PUBLIC)):
        forged = a_post(key=SigningKey("bank-2", "hmac-sha256", public))

        with pytest.raises(SignatureInvalid):
            verify(forged, keys={"bank-2": VerifyingKey("bank-2", algorithm, public)})


@pytest.mark.parametrize(
    ("seconds", "good"), [(-61, False), (-60, True), (0, True), (300, True), (301, False)]
)
def test_a_signature_lives_300_seconds_and_may_be_60_ahead(seconds, good):
    message = a_post(created=NOW)
    now = NOW + timedelta(seconds=seconds)

    if good:
        assert verify(message, now=now)
        return
    with pytest.raises(SignatureExpired) as refusal:
        verify(message, now=now)
    assert refusal.value.facts == {"server_time": now.isoformat()}


def test_the_age_is_told_only_to_whoever_signed_rightly():
    stale = replace(a_post(created=NOW - timedelta(days=1)), body=b"{}")

    with pytest.raises(SignatureInvalid):
        verify(stale)


def test_an_expiry_of_the_senders_own_is_kept():
    params = PARAMS + f";expires={int(NOW.timestamp()) + 10}"
    message = by_hand(components=ALL, params=params)

    assert verify(message, now=NOW + timedelta(seconds=10))
    with pytest.raises(SignatureExpired):
        verify(message, now=NOW + timedelta(seconds=11))


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_other_body_passes_under_a_signature(body, other):
    message = a_post(body=body)

    assert verify(message)
    if other != body:
        with pytest.raises(SignatureInvalid):
            verify(replace(message, body=other))


@st.composite
def messages(draw):
    """A message signed by hand over some components in any order, then damaged at up to two places."""
    components = draw(st.sampled_from(list(permutations(ALL)) + list(combinations(ALL, 3))))
    params = draw(st.permutations(PARAMS[1:].split(";")))
    path = draw(st.sampled_from(["/", "/a/%E5%86%80", "/api/v1/bank/payments"]))
    message = by_hand(
        components=components,
        params="".join(f";{each}" for each in params),
        method=draw(st.sampled_from(["POST", "GET"])),
        body=draw(st.sampled_from([b"", BODY])),
        path=path,
    )
    for _ in range(draw(st.integers(0, 2))):
        message = _damaged(draw, message)
    return message


def _damaged(draw, message):
    where = draw(st.sampled_from(["url", "method", "body", *message.headers]))
    sign = draw(st.sampled_from(list(' \t\n\x00;,=:"()%?aZ0\u00e9')))
    if where == "body":
        return replace(message, body=message.body + sign.encode())
    text = message.headers[where] if where in message.headers else getattr(message, where)
    host = len("http://127.0.0.1:8000/") if where == "url" else 0  # a host is not signed
    at = draw(st.integers(host, len(text)))
    damaged = text[:at] + sign + text[at + draw(st.integers(0, 1)) :]
    if where in message.headers:
        return replace(message, headers={**message.headers, where: damaged})
    return replace(message, **{where: damaged})


@settings(max_examples=1500, deadline=None)
@given(messages())
def test_no_message_passes_that_a_verifier_of_the_whole_standard_refuses(message):
    """Ours takes one form of message; of that form it takes exactly what the library takes."""
    assert is_good(message) == (library_takes(message) and is_of_our_form(message))


def is_good(message):
    try:
        return bool(verify(message))
    except (SignatureInvalid, SignatureExpired):
        return False


def library_takes(message):
    class Timeless(HTTPMessageVerifier):
        def validate_created_and_expires(self, sig_input, max_age=None):
            pass

    class Keys(HTTPSignatureKeyResolver):
        def resolve_public_key(self, key_id):
            return {"bank-1": SECRET}.get(key_id)

        def resolve_private_key(self, key_id):
            raise AssertionError(key_id)

    verifier = Timeless(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=Keys())
    try:
        (result,) = verifier.verify(message, body=message.body)
    except (HTTPMessageSignaturesException, ValueError):
        return False
    return result.label == "sig1" and {"created", "keyid", "nonce", "alg"} <= set(result.parameters)


def is_of_our_form(message):
    inner = message.headers["Signature-Input"].partition(")")[0]
    covered = sorted(re.findall(r'"([^"]*)"', inner))
    bare = message.method == "GET" and not message.body and covered == sorted(ALL[:3])
    return bare or covered == sorted(ALL)


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_header_text_makes_the_verifier_fail_otherwise(first, second):
    message = SignedMessage("POST", URL, {"Signature-Input": first, "Signature": second}, BODY)

    with pytest.raises(SignatureInvalid):
        verify(message)
