"""Ed25519 signatures over canonical bytes, and the ring of private keys that this machine holds.

A private key lies in a file of its own in a folder that a setting names, readable by its owner
alone; never in the database, which knows public keys and their windows. Files are named
``<keyid>.pem`` (PKCS #8). Whoever is not given the ring cannot sign.
"""

import base64
import binascii
import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from feeledger.errors import Invalid, Text

PUBLIC_BYTES: Final = 32
OWNER_ONLY: Final = 0o600
# SubjectPublicKeyInfo of Ed25519 up to the key itself (RFC 8410).
_INFO: Final = bytes.fromhex("302a300506032b6570032100")


class SigningKeysRefused(Invalid):
    """A file of the key folder cannot be used."""

    code = "signing-keys-refused"
    title = Text("签章密钥文件不可用", "A signing key's file cannot be used")


class SignatureMalformed(Invalid):
    """A signature is not written as key, instant and value."""

    code = "signature-malformed"
    title = Text("签章格式不对", "The signature is not written as it should be")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: by which key, when, and its value in base64."""

    keyid: str
    signed_at: datetime
    value: str

    def text(self) -> str:
        """Write it as one line: key, instant, value."""
        return f"{self.keyid} {instant_text(self.signed_at)} {self.value}"


class KeyRing:
    """The private keys at hand, by keyid."""

    def __init__(self, keys: Mapping[str, Ed25519PrivateKey]) -> None:
        """Hold keys."""
        self._keys = dict(keys)

    def first_of(self, keyids: Iterable[str]) -> str | None:
        """Name the first of some keys that is at hand."""
        return next((keyid for keyid in keyids if keyid in self._keys), None)

    def public_half(self, keyid: str) -> str:
        """Give the public half of a key that is at hand, in base64."""
        return material_of(self._keys[keyid])

    def sign(self, keyid: str, message: bytes, signed_at: datetime) -> Signature:
        """Sign a message with a key that is at hand."""
        value = base64.b64encode(self._keys[keyid].sign(message)).decode()
        return Signature(keyid, signed_at, value)


def signature_of(text: str) -> Signature:
    """Read a signature as ``Signature.text`` writes it. Raises SignatureMalformed."""
    parts = text.split(" ")
    try:
        keyid, instant, value = parts
        signed_at = datetime.fromisoformat(instant)
        base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error) as fault:
        raise SignatureMalformed(
            Text(
                f"签章“{text[:60]}”须写作“密钥标识 时间 base64 值”。",
                f"The signature {text[:60]!r} should be written as key, instant and base64 value.",
            )
        ) from fault
    if signed_at.tzinfo is None:
        raise SignatureMalformed(
            Text("签章时间须带时区。", "A signature's instant needs its offset.")
        )
    return Signature(keyid, signed_at.astimezone(UTC), value)


def signature_in(text: str | None) -> Signature | None:
    """Read a signature where there is a good one; None for all else."""
    try:
        return None if text is None else signature_of(text)
    except SignatureMalformed:
        return None


def signature_fits(material: str, message: bytes, value: str) -> bool:
    """Say whether a signature over a message was made by a public key (base64, written the one way)."""
    try:
        signed = base64.b64decode(value, validate=True)
        if base64.b64encode(signed).decode() != value:
            return False
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(material, validate=True))
        key.verify(signed, message)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def is_public_key(material: str) -> bool:
    """Say whether a text is a public key in base64."""
    try:
        raw = base64.b64decode(material, validate=True)
    except (ValueError, binascii.Error):
        return False
    return len(raw) == PUBLIC_BYTES


def fingerprint_of(material: str) -> str:
    """Give a public key's fingerprint: SHA-256 of its SubjectPublicKeyInfo, in hexadecimal.

    ``openssl pkey -pubout -outform DER | sha256sum`` gives it too.
    """
    return hashlib.sha256(_INFO + base64.b64decode(material)).hexdigest()


def canonical_bytes(value: Mapping[str, object]) -> bytes:
    """Write what is signed in its one form: JSON, keys sorted, no blanks, UTF-8.

    That is RFC 8785, as there are no numbers in what is signed.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def instant_text(instant: datetime) -> str:
    """Write an instant as it is signed: UTC, to the millisecond."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")


def read_key_ring(folder: Path | None) -> KeyRing:
    """Read every key of a folder; without a folder the ring is empty. Raises SigningKeysRefused."""
    if folder is None or not folder.is_dir():
        return KeyRing({})
    return KeyRing({path.stem: _read_key(path) for path in sorted(folder.glob("*.pem"))})


def make_private_key(folder: Path, keyid: str) -> str:
    """Make a key, keep it in its file and give its public half in base64.

    Raises SigningKeysRefused where the file is there already.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    path = folder / f"{keyid}.pem"
    if not write_private_key(path, key):
        raise _refuse(path, "已存在，请另取标识", "is there already; take another name")
    return material_of(key)


def write_private_key(path: Path, key: Ed25519PrivateKey) -> bool:
    """Write a key to a new file that its owner alone reads; False where the file is there already."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        return False
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    return True


def material_of(key: Ed25519PrivateKey) -> str:
    """Give a key's public half: its 32 bytes in base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def _read_key(path: Path) -> Ed25519PrivateKey:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise _refuse(
            path,
            "其他用户可以读取，请改为仅本人可读（chmod 600）",
            "is open to other users; let its owner alone read it (chmod 600)",
        )
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as fault:
        raise _refuse(path, "不是未加密的 PEM 私钥", "is no plain PEM private key") from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise _refuse(path, "不是 Ed25519 私钥", "is no Ed25519 key")
    return key


def _refuse(path: Path, zh: str, en: str) -> SigningKeysRefused:
    return SigningKeysRefused(Text(f"密钥文件 {path.name} {zh}。", f"Key file {path.name} {en}."))
