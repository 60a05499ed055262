"""Public keys as banks hand them in: PEM, DER, base64, hexadecimal; what is off the curve is refused."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gmssl_pyx import sm2_verify

from feeledger.regions.key_formats import BankKeyRefused, demand_material, read_key

# GB/T 32918.5-2017, annex A.2: the public key of the sample signature.
X = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
Y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
POINT = bytes.fromhex(X + Y)
# The heads of SubjectPublicKeyInfo as OpenSSL 3 writes them (openssl pkey -pubout).
DER = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004") + POINT
# Made by another implementation: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2, its
# public half, and openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:1234567812345678 of "hello".
OPENSSL_PEM = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAESPEpCWjHBy/F2mnnWTO8ita3XqBJ
c2uqeLT10m3QszY/w7BJNGStAQQVTE2KceJ9b7sL03CZbKWY18aSwr2wzA==
-----END PUBLIC KEY-----
"""
OPENSSL_SIGNATURE = "30440220045ab8767b8104e375a22e781a0c533be0e4d42a119696e78fe6cb418db305b002207d821704d11f7f6c20bb2ee0c33a458c8cc5235f9de2977c95ada1125f16b277"


def pem(der):
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n".encode()


FORMS = {
    "04 hexadecimal": f"04{X}{Y}".encode(),
    "lower case, in lines": f"04{X}\n{Y}\n".lower().encode(),
    "without 04": (X + Y).encode(),
    "compressed": f"03{X}".encode(),  # Y is odd
    "base64 of the point": base64.b64encode(POINT),
    "base64 of 04 and the point": base64.b64encode(b"\x04" + POINT),
    "base64 of DER": base64.b64encode(DER),
    "DER": DER,
    "PEM": pem(DER),
    "PEM with Windows line ends": pem(DER).replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_sm2_public_key_is_read_in_every_form_that_banks_hand_out(form):
    assert base64.b64decode(read_key("sm2-sm3", FORMS[form])) == POINT


def test_a_key_of_openssl_verifies_a_signature_of_openssl():
    key = base64.b64decode(read_key("sm2-sm3", OPENSSL_PEM))

    assert sm2_verify(key, b"hello", bytes.fromhex(OPENSSL_SIGNATURE))


REFUSED = {
    "off the curve": f"04{X}{Y[:-1]}4".encode(),
    "off the curve in DER": DER[:-1] + b"\x14",
    "the point of no key": b"04" + b"00" * 64,
    "beyond the field": b"04" + b"ff" * 64,
    "a coordinate lost": f"04{X}".encode(),
    "a sign lost": f"04{X}{Y[:-1]}".encode(),
    "nothing": b"",
    "no key at all": "钥匙".encode(),
    "very long": b"04" * 100_000,
    "a certificate": pem(DER).replace(b"PUBLIC KEY", b"CERTIFICATE"),
    "two keys": pem(DER) + pem(DER),
    "a private key": pem(DER).replace(b"PUBLIC", b"PRIVATE"),
    "another curve": pem(
        DER.replace(bytes.fromhex("2a811ccf5501822d"), bytes.fromhex("2a8648ce3d030107"))
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_sm2_key_is_refused_in_words(what):
    with pytest.raises(BankKeyRefused) as refusal:
        read_key("sm2-sm3", REFUSED[what])

    assert refusal.value.detail.zh
    assert refusal.value.detail.en


def test_a_private_key_is_sent_back_with_a_warning():
    with pytest.raises(BankKeyRefused) as refusal:
        read_key("ed25519", pem(DER).replace(b"PUBLIC", b"PRIVATE"))

    assert "private key" in refusal.value.detail.en


def test_an_ed25519_key_is_read_as_pem_der_and_base64():
    public = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32).public_key()
    kept = base64.b64encode(public.public_bytes_raw()).decode()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    for form in (der, pem(der), base64.b64encode(der), kept.encode(), kept.encode() + b"\r\n"):
        assert read_key("ed25519", form) == kept


def test_a_key_of_another_kind_is_no_ed25519_key():
    rsa = generate_private_key(65537, 2048).public_key()

    for form in (pem(DER), rsa.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)):
        with pytest.raises(BankKeyRefused):
            read_key("ed25519", form)


def test_kept_material_is_held_against_its_algorithm_and_curve():
    demand_material("sm2-sm3", base64.b64encode(POINT).decode())

    for algorithm, bare in (("sm2-sm3", b"\x01" * 64), ("sm2-sm3", POINT[:32]), ("ed25519", POINT)):
        with pytest.raises(BankKeyRefused):
            demand_material(algorithm, base64.b64encode(bare).decode())
