"""SM2 with SM3: the published samples of the standards, and what is no signature."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from hypothesis import given
from hypothesis import strategies as st

from feeledger.api.sm2 import ORDER, Sm2WithSm3

# GB/T 32918.5-2017, annex A.2: "message digest", signed by ID 1234567812345678.
PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
MESSAGE = b"message digest"


@pytest.mark.parametrize(
    ("message", "digest"),
    [  # GB/T 32905-2016, annex A
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_digests_of_the_standard(message, digest):
    assert hashlib.new("sm3", message).hexdigest() == digest


def test_the_sample_signature_of_the_standard_verifies():
    Sm2WithSm3(public_key=PUBLIC).verify(encode_dss_signature(R, S), MESSAGE)


def test_what_is_signed_verifies_and_nothing_else_does():
    signature = Sm2WithSm3(private_key=PRIVATE + PUBLIC).sign(MESSAGE)
    verifier = Sm2WithSm3(public_key=PUBLIC)

    verifier.verify(signature, MESSAGE)
    with pytest.raises(HTTPMessageSignaturesException):
        verifier.verify(signature, MESSAGE + b"\0")
    r, s = decode_dss_signature(signature)
    with pytest.raises(HTTPMessageSignaturesException):
        verifier.verify(encode_dss_signature(r, ORDER - s), MESSAGE)


FORMLESS = {
    "empty": b"",
    "r and s bare": R.to_bytes(32, "big") + S.to_bytes(32, "big"),
    "a byte behind": encode_dss_signature(R, S) + b"\0",
    "cut": encode_dss_signature(R, S)[:-1],
    "r is 0": encode_dss_signature(0, S),
    "s is 0": encode_dss_signature(R, 0),
    "r + n": encode_dss_signature(R + ORDER, S),
    "s = n": encode_dss_signature(R, ORDER),
    "negative": bytes.fromhex("3006020101020181"),
}


@pytest.mark.parametrize("what", FORMLESS)
def test_what_has_not_the_form_never_reaches_the_library(what, capfd):
    """The C library writes lines of its own to stderr; our logs stay clean of malformed ones."""
    with pytest.raises(HTTPMessageSignaturesException):
        Sm2WithSm3(public_key=PUBLIC).verify(FORMLESS[what], MESSAGE)

    assert capfd.readouterr().err == ""


def test_a_verifier_without_a_sound_point_refuses():
    with pytest.raises(HTTPMessageSignaturesException):
        Sm2WithSm3(public_key=b"\x01" * 64).verify(encode_dss_signature(R, S), MESSAGE)


def test_one_cannot_sign_without_a_private_key():
    with pytest.raises(HTTPMessageSignaturesException):
        Sm2WithSm3(public_key=PUBLIC).sign(MESSAGE)


@given(st.binary(max_size=80))
def test_no_bytes_make_the_verifier_fail_otherwise(signature):
    with pytest.raises(HTTPMessageSignaturesException):
        Sm2WithSm3(public_key=PUBLIC).verify(signature, MESSAGE)
