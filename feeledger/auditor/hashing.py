"""The bytes that are hashed and signed, by docs/proof.md alone: leaves, nodes, roots, signatures."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from json.encoder import encode_basestring
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
quoted = encode_basestring  # a text as JSON writes it, in C
NOTHING_BEFORE = "0" * 64
KEY_HEAD = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of Ed25519 (RFC 8410)


def form_writer(*names: str) -> Callable[..., str]:
    """Make a writer of forms of these names, for forms that come by the million.

    It takes the values in order of their names, each in JSON already (``quoted``, ``null``), and
    writes what ``form_bytes`` would.
    """
    if list(names) != sorted(names):
        raise ValueError(names)
    return ("{{" + ",".join(f'"{name}":{{}}' for name in names) + "}}").format


def form_bytes(form: dict[str, Any]) -> bytes:
    """Write a form as RFC 8785 does: keys in order, no blanks, UTF-8; there are no numbers in it."""
    return _ENCODER.encode(form).encode()


def form_hash(form: dict[str, Any]) -> str:
    """Give the SHA-256 of a form, in hexadecimal."""
    return hashlib.sha256(form_bytes(form)).hexdigest()


def leaf_hash(content: bytes) -> bytes:
    """Hash a leaf of a tree (RFC 6962)."""
    return hashlib.sha256(b"\x00" + content).digest()


def tree_root(leaves: Sequence[bytes]) -> str:
    """Give the root of a tree over hashed leaves, in hexadecimal (RFC 6962 2.1)."""
    return _root(leaves).hex()


def _root(leaves: Sequence[bytes]) -> bytes:
    """Join neighbours level by level; an odd one goes up as it is, which is the same tree."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        pairs = [
            hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest()
            for at in range(0, len(level) - 1, 2)
        ]
        level = pairs + level[-1:] if len(level) % 2 else pairs
    return level[0]


def key_fingerprint(public: str) -> str:
    """Give the SHA-256 of a public key's SubjectPublicKeyInfo; ``public`` is base64 of 32 bytes."""
    return hashlib.sha256(KEY_HEAD + base64.b64decode(public)).hexdigest()


def signature_fits(public: str, signature: str, content: bytes) -> bool:
    """Say whether an Ed25519 signature (base64) over content is of this public key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, ValueError):
        return False
    return True
