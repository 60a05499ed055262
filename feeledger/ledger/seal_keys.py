"""The bureau's key that signs closed days: Ed25519, kept in a file, never in the database."""

import base64
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from feeledger.errors import Invalid, Text
from feeledger.signatures import fingerprint_of, is_public_key, material_of


class SealKeyUnreadable(Invalid):
    """The file or text is no Ed25519 key."""

    code = "seal-key-unreadable"
    title = Text("封签密钥不能读取", "The sealing key cannot be read")


@dataclass(frozen=True, slots=True)
class SealKey:
    """The private key with which days are signed."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The public key, 32 bytes in base64."""
        return material_of(self.private)

    @property
    def fingerprint(self) -> str:
        """What the public key is told by."""
        return fingerprint_of(self.public)

    def sign(self, content: bytes) -> str:
        """Sign, in base64."""
        return base64.b64encode(self.private.sign(content)).decode()


def new_seal_key() -> SealKey:
    """Make a new key."""
    return SealKey(Ed25519PrivateKey.generate())


def read_seal_key(pem: bytes) -> SealKey:
    """Read a private key from its file. Raises SealKeyUnreadable."""
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unreadable() from error
    if not isinstance(private, Ed25519PrivateKey):
        raise _unreadable()
    return SealKey(private)


def read_public_key(text: bytes) -> str:
    """Read a public key, PEM or 32 bytes in base64; give the latter. Raises SealKeyUnreadable."""
    if b"-----BEGIN" in text:
        try:
            public = load_pem_public_key(text)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise _unreadable() from error
        if not isinstance(public, Ed25519PublicKey):
            raise _unreadable()
        return base64.b64encode(public.public_bytes_raw()).decode()
    return base64.b64encode(_bytes_of_key(text.decode(errors="replace").strip())).decode()


def pem_of_public_key(public: str) -> str:
    """Write a public key as PEM, for other programs."""
    key = Ed25519PublicKey.from_public_bytes(_bytes_of_key(public))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def fingerprint_of_key(public: str) -> str:
    """Give the fingerprint of a public key (base64), in hexadecimal. Raises SealKeyUnreadable."""
    _bytes_of_key(public)
    return fingerprint_of(public)


def _bytes_of_key(public: str) -> bytes:
    if not is_public_key(public):
        raise _unreadable()
    return base64.b64decode(public)


def _unreadable() -> SealKeyUnreadable:
    return SealKeyUnreadable(
        Text(
            "不是 Ed25519 密钥：私钥须为 PEM（PKCS 8），公钥须为 PEM 或 32 字节的 base64。",
            "It is no Ed25519 key: give a private key as PEM (PKCS 8), a public one as PEM or as "
            "32 bytes in base64.",
        )
    )
