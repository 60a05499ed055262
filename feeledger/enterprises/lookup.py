"""Lookup codes: ten signs without look-alikes, and how one is held against its hash.

A code has 47 bits; scrypt makes guessing it from a stolen table hopeless. Unknown payers are
held against a hash of nothing, so that both take the same time.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Final

from feeledger.errors import Missing, Text
from feeledger.judgements import narrow_upper

SIGNS: Final = "3456789ACDEFGHJKMNPQRTUVWXY"  # without 0 O, 1 I L, 2 Z, S (5), B (8)
LENGTH: Final = 10
SALT_BYTES: Final = 16
WORK: Final = 2**13
TRIES: Final = 5
TRIES_OF_ALL: Final = 100
TRY_WINDOW: Final = timedelta(minutes=15)
NO_SALT: Final = bytes(SALT_BYTES)


class NoSuchPayer(Missing):
    """Credit code and code do not go together, or the payer is unknown: nobody is told which."""

    code = "no-such-payer"
    title = Text("未查到", "Nothing was found")

    def __init__(self) -> None:
        """Say the same in every case."""
        super().__init__(
            Text(
                "信用代码与缴款码（或查询码）不相符，请核对；连续多次不符须过 15 分钟再试。"
                "查询码遗失可到财政窗口重新领取。",
                "The credit code and the pay code (or lookup code) do not go together; check both. "
                "After several tries wait 15 minutes. A lost lookup code is replaced at the desk.",
            )
        )


def make_lookup_code() -> str:
    """Draw a new code."""
    return "".join(secrets.choice(SIGNS) for _ in range(LENGTH))


def read_lookup_code(text: str) -> str:
    """Normalise what a person typed: width, case, blanks and dashes between groups."""
    return narrow_upper(text).replace(" ", "").replace("-", "")


def new_salt() -> bytes:
    """Draw a salt."""
    return secrets.token_bytes(SALT_BYTES)


def digest_of_code(code: str, salt: bytes) -> bytes:
    """Hash a code slowly."""
    return hashlib.scrypt(code.encode(), salt=salt, n=WORK, r=8, p=1, dklen=32)


def fits(code: str, salt: bytes | None, digest: bytes | None) -> bool:
    """Hold a code against its hash; without a hash the same work is done and the answer is no."""
    found = digest_of_code(code, salt or NO_SALT)
    return hmac.compare_digest(found, digest) if digest is not None else False
