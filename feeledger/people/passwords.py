"""Passwords: the rule for a new one, and Argon2id hashes."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from feeledger.errors import Invalid, Text

LENGTH_MIN = 12
LENGTH_MAX = 200
# RFC 9106's second choice scaled to small machines: 19 MiB, two passes.
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# Checked when a login is unknown, so that unknown and wrong take the same time.
_DECOY = HASHER.hash(secrets.token_hex(16))


class PasswordTooWeak(Invalid):
    """A new password breaks the rule."""

    code = "password-too-weak"
    title = Text("口令不符合要求", "The password does not meet the rule")


def hash_of(password: str, *, login: str) -> str:
    """Hash a new password.

    Raises PasswordTooWeak when it is short, long, the login, or one character repeated.
    """
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise PasswordTooWeak(
            Text(
                f"口令须为 {LENGTH_MIN} 至 {LENGTH_MAX} 个字符，现为 {len(password)} 个。",
                f"Use {LENGTH_MIN} to {LENGTH_MAX} characters; this has {len(password)}.",
            )
        )
    if login.lower() in password.lower() or len(set(password)) < LENGTH_MIN // 2:
        raise PasswordTooWeak(
            Text(
                "口令不得含有登录名，且须有足够多不同的字符。",
                "The password may not contain the login and needs more different characters.",
            )
        )
    return HASHER.hash(password)


def password_fits(stored: str | None, password: str) -> bool:
    """Say whether a password fits a stored hash; None costs the same time and never fits."""
    try:
        return HASHER.verify(stored or _DECOY, password[:LENGTH_MAX]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
