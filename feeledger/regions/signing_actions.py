"""Enrolling and revoking the public keys that units and the bureau sign with."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Invalid, Missing, Text
from feeledger.periods import beijing_date
from feeledger.regions.queries import region_settings, unit_of
from feeledger.regions.signing_queries import signing_key_of
from feeledger.regions.tables import SigningKeyRow
from feeledger.signatures import fingerprint_of, is_public_key
from feeledger.trail import record_act

KEYID_SIGNS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.")
KEYID_LENGTH_MAX = 80


class SigningKeyRefused(Invalid):
    """The key or its name cannot be used."""

    code = "signing-key-refused"
    title = Text("签章密钥不可用", "The signing key cannot be used")


class SigningKeyKnown(Conflict):
    """The region has a key of this name."""

    code = "signing-key-known"
    title = Text("密钥标识已使用", "The key's name is taken")


class SigningKeyUnknown(Missing):
    """The region has no key of this name."""

    code = "signing-key-unknown"
    title = Text("没有该签章密钥", "There is no such signing key")


def enrol_signing_key(
    session: Session,
    region: str,
    keyid: str,
    *,
    unit_code: str | None,
    material: str,
    by: str,
    now: datetime,
) -> SigningKeyRow:
    """Enter a public key (base64) of a unit, or of the bureau (None); it is valid from now on.

    Raises SigningKeyRefused, SigningKeyKnown, UnitUnknown, RegionNotOpen.
    """
    region_settings(session, region)
    _demand_key(keyid, material)
    if unit_code is not None:
        unit_of(session, region, unit_code, beijing_date(now))
    if signing_key_of(session, region, keyid) is not None:
        raise SigningKeyKnown(
            Text(
                f"密钥标识 {keyid} 已使用；新密钥请另取标识。",
                f"The keyid {keyid} is taken; a new key has a new one.",
            )
        )
    row = SigningKeyRow(
        region=region, keyid=keyid, unit_code=unit_code, material=material, valid_from=now
    )
    session.add(row)
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="enrol-signing-key",
        subject=f"signing-key:{keyid}",
        reason="",
        now=now,
        details={"unit": unit_code, "fingerprint": fingerprint_of(material)},
    )
    return row


def revoke_signing_key(
    session: Session, region: str, keyid: str, *, reason: str, by: str, now: datetime
) -> None:
    """End a key now: nothing signed later is taken; what it signed before stands.

    Raises SigningKeyUnknown.
    """
    row = signing_key_of(session, region, keyid)
    if row is None:
        raise SigningKeyUnknown(
            Text(
                f"{region} 没有密钥 {keyid[:80]}。",
                f"{region} has no signing key {keyid[:80]}.",
            )
        )
    if row.valid_to is None:
        # A key lives a moment at least: the window of a row is never empty.
        row.valid_to = max(now, row.valid_from + timedelta(milliseconds=1))
        session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="revoke-signing-key",
        subject=f"signing-key:{keyid}",
        reason=reason,
        now=now,
    )


def demand_keyid(keyid: str) -> None:
    """Demand a name that a key, and its file, may have. Raises SigningKeyRefused."""
    if not keyid or len(keyid) > KEYID_LENGTH_MAX or set(keyid) - KEYID_SIGNS or keyid[0] == ".":
        raise SigningKeyRefused(
            Text(
                f"密钥标识“{keyid[:40]}”须为 1 至 {KEYID_LENGTH_MAX} 位字母、数字、-、_ 或点，不以点开头。",
                f"A keyid is 1 to {KEYID_LENGTH_MAX} letters, digits, -, _ or dots (not first), "
                f"not {keyid[:40]!r}.",
            )
        )


def _demand_key(keyid: str, material: str) -> None:
    demand_keyid(keyid)
    if not is_public_key(material):
        raise SigningKeyRefused(
            Text(
                "公钥须为 Ed25519 公钥的 32 个字节，以 base64 书写。",
                "A public key is the 32 bytes of an Ed25519 key, in base64.",
            )
        )
