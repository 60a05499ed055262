"""The worked example of docs/bank-api.md can be reproduced, and its table says what we do."""

import contextlib
import io
import re
from datetime import UTC, datetime
from pathlib import Path

from feeledger.api.signing import (
    SignedMessage,
    SigningKey,
    VerifyingKey,
    sign_request,
)
from feeledger.api.verifying import verify_request
from tests.api.banks import SM2_PUBLIC

DOC = (Path(__file__).parents[2] / "docs" / "bank-api.md").read_text(encoding="utf-8")
SECRET = bytes.fromhex("00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f")
NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
ROOT = "http://127.0.0.1:8000"


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", DOC, flags=re.DOTALL)


def run_example():
    names = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(blocks("python")[0], names)
    return printed.getvalue(), names["body"]


def run_sm2_example():
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(blocks("python")[0], names)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(blocks("python")[1], names)
    return printed.getvalue(), names["body"]


def test_the_program_of_the_document_prints_the_headers_of_the_document():
    printed, _ = run_example()

    assert printed == blocks("text")[0]


def test_our_own_signer_makes_the_headers_of_the_document():
    _, body = run_example()
    key = SigningKey("demo-bank-1", "hmac-sha256", SECRET)
    post = sign_request(
        method="POST",
        url=f"{ROOT}/api/v1/bank/payments",
        body=body,
        key=key,
        created=NOW,
        nonce="f2b1c9e07a4d4e1b",
    )
    request_line, *wanted = blocks("text")[1].splitlines()
    get = sign_request(
        method="GET",
        url=ROOT + request_line.removeprefix("GET "),
        body=b"",
        key=key,
        created=NOW,
        nonce="9a3c5e7f1b2d4c6e",
    )

    assert [f"{name}: {value}" for name, value in post.items()] == blocks("text")[0].splitlines()
    assert [f"{name}: {value}" for name, value in get.items()] == wanted


def test_the_example_is_accepted_by_the_verifier():
    printed, body = run_example()
    headers = dict(line.split(": ", 1) for line in printed.splitlines())
    message = SignedMessage("POST", f"{ROOT}/api/v1/bank/payments", headers, body)
    key = VerifyingKey("demo-bank-1", "hmac-sha256", SECRET)

    assert verify_request(message, find_key=lambda _: key, now=NOW).nonce == "f2b1c9e07a4d4e1b"


def test_the_sm2_example_and_the_headers_printed_in_the_document_are_accepted():
    """SM2 signs with a fresh random number, so the program prints another signature each time."""
    printed, body = run_sm2_example()
    key = VerifyingKey("demo-bank-2", "sm2-sm3", SM2_PUBLIC)
    digest = blocks("text")[0].splitlines()[0]
    assert blocks("text")[2].splitlines()[0] == printed.splitlines()[0]

    for block in (printed, blocks("text")[2]):
        headers = dict(line.split(": ", 1) for line in [digest, *block.splitlines()])
        message = SignedMessage("POST", f"{ROOT}/api/v1/bank/payments", headers, body)
        assert verify_request(message, find_key=lambda _: key, now=NOW).key_id == "demo-bank-2"
