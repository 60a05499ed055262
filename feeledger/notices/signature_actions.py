"""Signing a notice with its unit's key, and holding a signature against that key.

A notice is saved only with a good signature where the region demands one; a bad one is refused
everywhere. Whoever has the unit's key at hand signs here; a unit that keeps its key elsewhere sends
the signature with the notice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Text
from feeledger.money import Money
from feeledger.notices.queries import lines_of, notice_of
from feeledger.notices.signing import SaidLine, SaidNotice, message_of
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.regions.signing_queries import keys_of_signer, signing_key_of, was_valid
from feeledger.signatures import KeyRing, Signature, signature_fits, signature_of
from feeledger.trail import record_act

CLOCK_AHEAD_MAX: Final = timedelta(seconds=60)
SIGNED_BEFORE_MAX: Final = timedelta(hours=24)  # the day of issue is the server's


class SignatureMissing(Conflict):
    """The region asks for the unit's signature, and there is none."""

    code = "unit-signature-missing"
    title = Text("缺少单位签章", "The unit's signature is missing")


class SignatureWrong(Conflict):
    """The signature is not the issuing unit's over this notice."""

    code = "unit-signature-wrong"
    title = Text("单位签章不符", "The unit's signature is wrong")


class NoticeSigned(Conflict):
    """The notice is signed already; a signature is never replaced."""

    code = "notice-signed"
    title = Text("通知书已签章", "The notice is signed already")


def signature_for(
    session: Session,
    said: SaidNotice,
    *,
    given: str | None,
    ring: KeyRing | None,
    required: bool,
    now: datetime,
) -> str | None:
    """Give the signature to save with a notice: the one given, held against its key, or a new one.

    None only where the region does not demand one and no key of the unit is at hand. Raises
    SignatureMissing, SignatureWrong, SignatureMalformed.
    """
    if given is not None:
        signature = signature_of(given)
        _demand_fresh(signature, now)
        if not unit_signature_fits(session, said, signature):
            raise _wrong(said.unit_code)
        return given
    made = _sign(session, said, ring, now)
    if made is None and required:
        raise SignatureMissing(
            Text(
                f"本区划要求单位签章后开具，{said.unit_code} 没有可用的签章密钥；"
                "请先登记密钥，或随通知书提交签章。",
                f"This region issues signed notices only, and no key of {said.unit_code} is at "
                f"hand; enrol one, or send the signature with the notice.",
            )
        )
    return None if made is None else made.text()


def sign_notice(
    session: Session,
    region: str,
    notice_id: int,
    *,
    ring: KeyRing,
    by: str,
    now: datetime,
) -> NoticeRow:
    """Sign a notice that was issued without a signature.

    Raises NoticeMissing, NoticeSigned, SignatureMissing.
    """
    row = notice_of(session, region, notice_id, for_update=True)
    if row.signature is not None:
        raise NoticeSigned(
            Text("该通知书已有单位签章。", "The notice carries its unit's signature already.")
        )
    said = said_of(row, lines_of(session, region, notice_id))
    row.signature = signature_for(session, said, given=None, ring=ring, required=True, now=now)
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="sign-notice",
        subject=f"notice:{notice_id}",
        reason="",
        now=now,
        details={"unit": row.unit_code},
    )
    return row


def said_of(notice: NoticeRow, lines: Sequence[NoticeLineRow]) -> SaidNotice:
    """Give what a saved notice says, for its signature."""
    return _said(
        notice,
        tuple(
            SaidLine(
                line.unit_code,
                line.item_id,
                line.line_id,
                line.obligation_on,
                line.outcome,
                Money(line.amount_fen),
            )
            for line in lines
        ),
    )


def said_before(notice: NoticeRow, lines: Sequence[Mapping[str, Any]]) -> SaidNotice:
    """Give what a notice about to be saved says, for its signature."""
    return _said(
        notice,
        tuple(
            SaidLine(
                line["unit_code"],
                line["item_id"],
                line["line_id"],
                line["obligation_on"],
                line["outcome"],
                Money(line["amount_fen"]),
            )
            for line in lines
        ),
    )


def unit_signature_fits(session: Session, said: SaidNotice, signature: Signature) -> bool:
    """Say whether a signature is of a key that its unit had at that time, over this notice."""
    key = signing_key_of(session, said.region, signature.keyid)
    if key is None or key.unit_code != said.unit_code or not was_valid(key, signature.signed_at):
        return False
    message = message_of(said, signature.signed_at)
    return signature_fits(key.material, message, signature.value)


def _said(notice: NoticeRow, lines: tuple[SaidLine, ...]) -> SaidNotice:
    return SaidNotice(
        region=notice.region,
        unit_code=notice.unit_code,
        uscc=notice.uscc,
        payer_name=notice.payer_name,
        issued_on=notice.issued_on,
        edition_sha256=notice.edition_sha256,
        external_no=notice.external_no,
        lines=lines,
    )


def _sign(
    session: Session, said: SaidNotice, ring: KeyRing | None, now: datetime
) -> Signature | None:
    if ring is None:
        return None
    keys = keys_of_signer(session, said.region, said.unit_code, now)
    keyid = ring.first_of(key.keyid for key in keys)
    if keyid is None:
        return None
    signature = ring.sign(keyid, message_of(said, now), now)
    if not unit_signature_fits(session, said, signature_of(signature.text())):
        raise _wrong(said.unit_code)  # the file's private half is not of the enrolled key
    return signature


def _demand_fresh(signature: Signature, now: datetime) -> None:
    if now - SIGNED_BEFORE_MAX <= signature.signed_at <= now + CLOCK_AHEAD_MAX:
        return
    raise SignatureWrong(
        Text(
            f"签章时间 {signature.signed_at.isoformat()} 须在 24 小时内，且不在将来。",
            f"It was signed at {signature.signed_at.isoformat()}; that should be within the last "
            f"24 hours.",
        )
    )


def _wrong(unit_code: str) -> SignatureWrong:
    return SignatureWrong(
        Text(
            f"签章不是开票单位 {unit_code} 有效密钥对本通知书内容所签。",
            f"The signature is not one of unit {unit_code}'s valid keys over this notice.",
        )
    )
