"""The two signatures of a voucher: the unit's, taken from its notice, and the bureau's, on payment.

The bureau signs only what it has checked: the number is one of the region's own and used once (the
database holds that), the unit's signature fits, the notice is paid. What does not fit stays where
it is and is listed (``verify_queries.py``).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, select, update
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.relief_queries import amount_due
from feeledger.notices.sheet_queries import sheet_of_notice
from feeledger.notices.signature_actions import said_of, unit_signature_fits
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.regions.signing_queries import keys_of_signer, was_valid
from feeledger.regions.tables import SigningKeyRow
from feeledger.signatures import KeyRing, signature_fits, signature_in
from feeledger.store import table_of
from feeledger.vouchers.tables import VoucherRow
from feeledger.vouchers.voucher import (
    VoucherLine,
    VoucherParty,
    VoucherSaid,
    content_bytes,
    content_of,
    number_text,
)

PAID = ("paid", "reconciled", "settled")


@dataclass(frozen=True, slots=True)
class Signer:
    """The keys at hand, the instant, and how many are signed at most."""

    ring: KeyRing
    now: datetime
    most: int


def take_unit_signatures(
    session: Session, region: str, which: Sequence[ColumnElement[bool]], signer: Signer
) -> int:
    """Let numbered vouchers take over the signature of their notice, where it fits."""
    found = _pairs(session, region, [VoucherRow.state == "assigned", *which], signer.most)
    lines = _lines_of(session, region, [notice.id for _, notice in found])
    rows: list[dict[str, object]] = [
        {"b_id": voucher.id, "unit_signature": notice.signature}
        for voucher, notice in found
        if _is_signed(session, notice, lines[notice.id])
    ]
    return _move(session, region, "assigned", rows, state="issued_unsigned_by_finance")


def complete_vouchers(
    session: Session, region: str, which: Sequence[ColumnElement[bool]], signer: Signer
) -> int:
    """Sign the vouchers of paid notices with the bureau's key, if one is at hand."""
    keys = keys_of_signer(session, region, None, signer.now)
    keyid = signer.ring.first_of(key.keyid for key in keys)
    if keyid is None:
        return 0
    material = next(key.material for key in keys if key.keyid == keyid)
    waiting = [
        VoucherRow.state == "issued_unsigned_by_finance",
        NoticeRow.status.in_(PAID),
        *which,
    ]
    found = _pairs(session, region, waiting, signer.most)
    ids = [notice.id for _, notice in found]
    lines, payments = _lines_of(session, region, ids), _payments_of(session, region, ids)
    replaced = _replaced(session, region, [voucher for voucher, _ in found])
    rows: list[dict[str, object]] = []
    for voucher, notice in found:
        if not _is_signed(session, notice, lines[notice.id]):
            continue
        said = _said(session, voucher, notice, payments.get(notice.id), replaced)
        content = content_of(said)
        signature = signer.ring.sign(keyid, content_bytes(content), signer.now)
        if not signature_fits(material, content_bytes(content), signature.value):
            return 0  # the file's private half is not of the enrolled key
        rows.append(
            {
                "b_id": voucher.id,
                "content": content,
                "amount_fen": said.amount.fen,
                "bureau_signature": signature.text(),
                "completed_at": signer.now,
            }
        )
    return _move(session, region, "issued_unsigned_by_finance", rows, state="complete")


def bureau_signature_fits(voucher: VoucherRow, key: SigningKeyRow | None) -> bool:
    """Say whether a complete voucher carries the bureau's good signature over what it says."""
    signature, said = signature_in(voucher.bureau_signature), voucher.content
    if signature is None or said is None or key is None:
        return False
    numbered = (
        said.get("ticket_code") == voucher.ticket_code
        and said.get("number") == number_text(voucher.number)
        and said.get("check_code") == voucher.check_code
        and said.get("amount") == str(Money(voucher.amount_fen))
    )
    own = key.unit_code is None and key.keyid == signature.keyid
    own = own and was_valid(key, signature.signed_at)
    return numbered and own and signature_fits(key.material, content_bytes(said), signature.value)


def _pairs(
    session: Session, region: str, which: Iterable[ColumnElement[bool]], most: int
) -> list[tuple[VoucherRow, NoticeRow]]:
    query = (
        select(VoucherRow, NoticeRow)
        .join(NoticeRow, and_(NoticeRow.region == region, NoticeRow.id == VoucherRow.notice))
        .where(VoucherRow.region == region, NoticeRow.signature.is_not(None), *which)
        .order_by(VoucherRow.ticket_code, VoucherRow.number)
        .limit(most)
    )
    found = session.execute(query, execution_options={"populate_existing": True})
    return [(voucher, notice) for voucher, notice in found]


def _lines_of(
    session: Session, region: str, notices: Sequence[int]
) -> defaultdict[int, list[NoticeLineRow]]:
    query = (
        select(NoticeLineRow)
        .where(NoticeLineRow.region == region, NoticeLineRow.notice.in_(notices))
        .order_by(NoticeLineRow.notice, NoticeLineRow.line_no)
    )
    found: defaultdict[int, list[NoticeLineRow]] = defaultdict(list)
    for line in session.scalars(query) if notices else ():
        found[line.notice].append(line)
    return found


def _payments_of(session: Session, region: str, notices: Sequence[int]) -> dict[int, PaymentRow]:
    query = select(PaymentRow).where(
        PaymentRow.region == region,
        PaymentRow.notice.in_(notices),
        PaymentRow.state != "reversed",
    )
    return {row.notice: row for row in session.scalars(query)} if notices else {}


def _replaced(
    session: Session, region: str, vouchers: Sequence[VoucherRow]
) -> dict[int, VoucherRow]:
    ids = [voucher.replaces for voucher in vouchers if voucher.replaces is not None]
    query = select(VoucherRow).where(VoucherRow.region == region, VoucherRow.id.in_(ids))
    return {row.id: row for row in session.scalars(query)} if ids else {}


def _is_signed(session: Session, notice: NoticeRow, lines: Sequence[NoticeLineRow]) -> bool:
    signature = signature_in(notice.signature)
    if signature is None:
        return False
    return unit_signature_fits(session, said_of(notice, lines), signature)


def _said(
    session: Session,
    voucher: VoucherRow,
    notice: NoticeRow,
    payment: PaymentRow | None,
    replaced: dict[int, VoucherRow],
) -> VoucherSaid:
    """Put together what a voucher says from its notice, its payment and the notice's sheet."""
    sheet = sheet_of_notice(session, voucher.region, notice.id, demo=False)
    paid = amount_due(notice).fen if payment is None else payment.amount_fen
    late = 0 if payment is None else payment.late_fen
    red = replaced.get(voucher.replaces or 0)
    return VoucherSaid(
        region=voucher.region,
        region_name=sheet.region_name,
        pay_code=notice.pay_code or "",
        unit_code=notice.unit_code,
        unit_name=notice.unit_name,
        ticket_code=voucher.ticket_code,
        number=voucher.number,
        check_code=voucher.check_code,
        filled_on=notice.issued_on,
        paid_on=payment.bank_day if payment is not None else None,
        trade_no="" if payment is None else payment.trade_no,
        payer=VoucherParty(
            notice.payer_name,
            (payment.payer_account if payment is not None else None) or "",
            payment.bank if payment is not None else "",
            notice.uscc,
        ),
        payee=VoucherParty(sheet.account.name, sheet.account.number, sheet.account.bank),
        lines=tuple(
            VoucherLine(line.item_code, line.item_name, line.quantity, line.standard, line.due)
            for line in sheet.lines
        ),
        late_fee=Money(late),
        refunded=Money(voucher.refunded_fen),
        amount=Money(paid - voucher.refunded_fen),
        operator=notice.issued_by,
        remark=_remark(voucher, red),
        unit_signature=notice.signature or "",
    )


def _remark(voucher: VoucherRow, red: VoucherRow | None) -> str:
    if red is None:
        return ""
    former = f"原票 {red.ticket_code} {number_text(red.number)} 已红冲"
    if not voucher.refunded_fen:
        return f"{former}。"
    return f"{former}；已退付 {Money(voucher.refunded_fen)} 元，本票为余额。"


def _move(
    session: Session,
    region: str,
    before: str,
    rows: list[dict[str, object]],
    *,
    state: str,
) -> int:
    """Move vouchers on by their ids, each with its own values."""
    if not rows:
        return 0
    table = table_of(VoucherRow)
    names = [name for name in rows[0] if name != "b_id"]
    statement = (
        update(table)
        .where(table.c.region == region, table.c.id == bindparam("b_id"), table.c.state == before)
        .values(state=state, **{name: bindparam(name) for name in names})
    )
    session.execute(statement, rows)
    session.expire_all()
    return len(rows)
