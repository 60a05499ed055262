"""SM2 signatures with SM3 (GB/T 32918.2, GB/T 32905) as an algorithm of RFC 9421.

The registry of RFC 9421 names none of the national algorithms: ``sm2-sm3`` is our name. A signature
is DER, SEQUENCE { r, s } (GM/T 0009); the signer's ID in Z is the default ``1234567812345678``.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from gmssl_pyx import GmsslInnerError, sm2_sign, sm2_verify
from http_message_signatures import HTTPSignatureAlgorithm
from http_message_signatures.exceptions import HTTPMessageSignaturesException

ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
PRIVATE_BYTES: Final = 32


class Sm2WithSm3(HTTPSignatureAlgorithm):
    """Sign with 32 bytes of a private key and 64 of its public one; verify with the 64 alone."""

    algorithm_id = "sm2-sm3"

    def __init__(self, public_key: bytes | None = None, private_key: bytes | None = None) -> None:
        """Take the public key X‖Y, or the private key with X‖Y behind it."""
        self.public_key = public_key
        self.private_key = private_key

    def sign(self, message: bytes) -> bytes:
        """Sign the message."""
        if self.private_key is None:
            raise HTTPMessageSignaturesException("an SM2 private key is needed")
        private, public = self.private_key[:PRIVATE_BYTES], self.private_key[PRIVATE_BYTES:]
        return bytes(sm2_sign(private, public, message))

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise HTTPMessageSignaturesException unless the signature is the key's."""
        _demand_form(signature)
        try:
            good = sm2_verify(self.public_key, message, signature)
        except GmsslInnerError as fault:
            raise HTTPMessageSignaturesException("the SM2 signature cannot be verified") from fault
        if not good:
            raise HTTPMessageSignaturesException("the SM2 signature does not verify")


def _demand_form(signature: bytes) -> None:
    """Refuse what is no signature, before the library that writes its own lines to stderr sees it."""
    try:
        r, s = decode_dss_signature(signature)
    except ValueError as fault:
        raise HTTPMessageSignaturesException("the SM2 signature is no DER of r and s") from fault
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise HTTPMessageSignaturesException("r or s of the SM2 signature is out of range")
