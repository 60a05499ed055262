"""What a bank's key looks like when it is handed in, and what is kept of it.

Kept is base64 of the bare key: 32 bytes of an Ed25519 public key, 64 of an SM2 one (X‖Y of its
point), 32 or more of a shared secret. Public keys are read in the forms that banks hand out: PEM or
DER (SubjectPublicKeyInfo), base64, and for SM2 hexadecimal ``04‖X‖Y`` or its compressed form.
"""

import base64
import binascii
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from gmssl_pyx import InvalidValueError, normalize_sm2_public_key

from feeledger.errors import Invalid, Text

ALGORITHMS: Final = ("ed25519", "hmac-sha256", "sm2-sm3")
KEY_BYTES: Final = 32
POINT_BYTES: Final = 64
KEY_TEXT_MOST: Final = 8192

_PEM: Final = b"-----BEGIN "
_PEM_PUBLIC: Final = b"-----BEGIN PUBLIC KEY-----"
_PEM_END: Final = b"-----END PUBLIC KEY-----"
# SEQUENCE { SEQUENCE { ecPublicKey, sm2p256v1 }, BIT STRING { point } }: the sizes are fixed, so the
# bytes before the point are too (whole point, compressed point).
_SM2_HEADS: Final = (
    bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200"),
    bytes.fromhex("3039301306072a8648ce3d020106082a811ccf5501822d032200"),
)
_SM2_SIZES: Final = (33, 64, 65)


class BankKeyRefused(Invalid):
    """The key's material does not fit its algorithm."""

    code = "bank-key-refused"
    title = Text("密钥不符合要求", "The key cannot be used")


def read_key(algorithm: str, handed_in: bytes) -> str:
    """Read a key as it was handed in; give the base64 that is kept. Raises BankKeyRefused."""
    if b"PRIVATE KEY" in handed_in:
        raise BankKeyRefused(
            Text(
                "这是私钥。私钥由银行自己保管，不交给任何人；请另换一对密钥，只交公钥。",
                "This is a private key. A bank keeps it to itself: make another pair and hand in "
                "the public key only.",
            )
        )
    return base64.b64encode(_bare_key(algorithm, handed_in[: KEY_TEXT_MOST + 1])).decode()


def demand_material(algorithm: str, material: str) -> None:
    """Hold kept material (base64) against its algorithm. Raises BankKeyRefused."""
    bare = _from_base64(material.encode())
    if algorithm == "hmac-sha256" and len(bare) >= KEY_BYTES:
        return
    if algorithm == "ed25519" and len(bare) == KEY_BYTES:
        return
    if algorithm == "sm2-sm3" and len(bare) == POINT_BYTES:
        _demand_point(bare)
        return
    raise BankKeyRefused(
        Text(
            f"{algorithm} 密钥不符：ed25519 公钥 {KEY_BYTES} 字节，sm2-sm3 公钥 {POINT_BYTES} 字节"
            f"（X‖Y），hmac-sha256 共享密钥不少于 {KEY_BYTES} 字节；所给为 {len(bare)} 字节。"
            "可给 base64、PEM、DER，SM2 还可给十六进制 04‖X‖Y。",
            f"No {algorithm} key: an ed25519 public key has {KEY_BYTES} bytes, an sm2-sm3 one "
            f"{POINT_BYTES} (X‖Y), an hmac-sha256 secret at least {KEY_BYTES}; these are "
            f"{len(bare)}. Hand in base64, PEM or DER, for SM2 also hexadecimal 04‖X‖Y.",
        ),
        size=len(bare),
    )


def _bare_key(algorithm: str, handed_in: bytes) -> bytes:
    """Give the bare bytes of a key; what is none of the forms is judged by its size."""
    data = _from_pem(handed_in) if handed_in.lstrip().startswith(_PEM) else handed_in
    match algorithm:
        case "ed25519":
            bare = _ed25519_of(data)
        case "sm2-sm3":
            bare = _sm2_of(data)
        case _:
            bare = _from_base64(data)
    demand_material(algorithm, base64.b64encode(bare).decode())
    return bare


def _from_pem(text: bytes) -> bytes:
    body = text.strip()
    if not (body.startswith(_PEM_PUBLIC) and body.endswith(_PEM_END)):
        raise BankKeyRefused(
            Text(
                "PEM 文件须只含一个 PUBLIC KEY（公钥）段；证书请先导出公钥。",
                "The PEM file holds one PUBLIC KEY block and nothing else; take the public key "
                "out of a certificate first.",
            )
        )
    return _from_base64(body.removeprefix(_PEM_PUBLIC).removesuffix(_PEM_END))


def _ed25519_of(data: bytes) -> bytes:
    """Read an Ed25519 key: DER, base64 of DER, or base64 of the 32 bytes."""
    for each in (data, _from_base64(data)):
        if len(each) > KEY_BYTES:
            try:
                key = load_der_public_key(each)
            except (ValueError, UnsupportedAlgorithm):
                continue
            if isinstance(key, Ed25519PublicKey):
                return key.public_bytes_raw()
    return _from_base64(data)


def _sm2_of(data: bytes) -> bytes:
    """Read an SM2 key: DER, base64 of DER, hexadecimal or base64 of its point."""
    for each in (data, _from_hex(data), _from_base64(data)):
        point = next((each[len(h) :] for h in _SM2_HEADS if each.startswith(h)), each)
        if len(point) in _SM2_SIZES:
            return _demand_point(point)
    return _from_base64(data)


def _demand_point(point: bytes) -> bytes:
    """Give X‖Y of a point of the SM2 curve. Raises BankKeyRefused where it lies off the curve."""
    try:
        return bytes(normalize_sm2_public_key(point))
    except InvalidValueError as fault:
        raise BankKeyRefused(
            Text(
                "SM2 公钥不是 sm2p256v1 曲线上的点，请核对是否抄漏、抄错。",
                "The SM2 public key is no point of the curve sm2p256v1; see whether a sign was "
                "lost or changed.",
            )
        ) from fault


def _from_base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except ValueError:
        return b""


def _from_hex(text: bytes) -> bytes:
    try:
        return binascii.unhexlify(b"".join(text.split()))
    except ValueError:
        return b""
