"""One notice as its payer sees it: lines with their reasons, where and until when to pay, the PDF."""

from base64 import b64encode
from dataclasses import replace
from functools import lru_cache
from typing import Any

import zxingcpp
from flask import Blueprint, Response, make_response, redirect, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from feeledger.catalog.items import Catalog
from feeledger.catalog.queries import edition_in_use
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.money import Money, amount_in_words
from feeledger.notices.notice import payable_on
from feeledger.notices.printing import NoticeSheet, notice_pdf
from feeledger.notices.queries import NoticeMissing, is_unpaid, lines_of
from feeledger.notices.relief_queries import amount_due, due_lines, reliefs_of
from feeledger.notices.reliefs import relieved_fen
from feeledger.notices.sheet_queries import sheet_of_notice
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.payments.queries import payment_of_notice
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.reliefs.queries import reliefs_of_notice
from feeledger.web.catalog_views import paper_of
from feeledger.web.language import link, page_language
from feeledger.web.lookup_views import shown_notice
from feeledger.web.payer_session import payer_here
from feeledger.web.present import today
from feeledger.web.refund_views import refunds_shown
from feeledger.web.region_choices import name_of_region
from feeledger.web.relief_views import ReliefShown, shown_relief

notice_pages = Blueprint("notice", __name__)

NOT_YOURS = Text(
    "本单位没有这张通知书。请从“查我单位应缴”的列表中选择。",
    "Your enterprise has no such notice. Choose one from the list of what you owe.",
)


@notice_pages.get("/lookup/notices/<region>/<int:notice>")
def show_notice(region: str, notice: int) -> str | AnyResponse:
    """Show a notice of the enterprise that this browser has opened."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    with kit().store.read() as session:
        row = own_notice(session, region, notice, uscc)
        return render_template(
            "lookup/notice.html",
            receipt_address=link("payer_receipt.show_receipt", region=region, notice=notice),
            voucher_address=link("payer_voucher.show_vouchers", region=region, notice=notice),
            **notice_shown(session, row, edition_in_use(session)),
            **refunds_shown(session, row),
        )


@notice_pages.get("/lookup/notices/<region>/<int:notice>/pdf")
def print_notice(region: str, notice: int) -> Response | AnyResponse:
    """Give the notice as a PDF to print."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    with kit().store.read() as session:
        row = own_notice(session, region, notice, uscc)
        sheet = sheet_to_print(session, row)
    return pdf_answer(notice_pdf(sheet), sheet.pay_code)


def own_notice(session: Session, region: str, notice: int, uscc: str) -> NoticeRow:
    """Find a notice of an enterprise; another's and a draft look like none at all.

    Raises NoticeMissing.
    """
    row = session.get(NoticeRow, (region, notice))
    if row is None or row.uscc != uscc or row.status == "draft":
        raise NoticeMissing(NOT_YOURS)
    return row


def notice_shown(session: Session, row: NoticeRow, catalog: Catalog) -> dict[str, Any]:
    """Give what the page of a notice shows; the console shows the same."""
    lines = lines_of(session, row.region, row.id)
    account = (
        session.get(DesignatedAccountRow, (row.region, row.account))
        if row.account is not None
        else None
    )
    reliefs = reliefs_of(session, row.region, [row.id])[row.id]
    payable = payable_on(due_lines(lines, reliefs), due_on=row.due_on, paid_on=today())
    return {
        "notice": shown_notice(row, name_of_region(row.region, row.issued_on)),
        "lines": [
            _line_shown(line, catalog, Money(relieved_fen(reliefs, line.line_no))) for line in lines
        ],
        "issued_for": Money(row.amount_fen),
        "granted": granted_reliefs(session, row),
        "account": account,
        "payable": payable if is_unpaid(row) else None,
        "late": row.due_on < today() and is_unpaid(row),
        "words": amount_in_words(amount_due(row)),
        "payment": payment_of_notice(session, row.region, row.id),
        "qr": qr_image(row.pay_code) if row.pay_code and is_unpaid(row) else "",
    }


def granted_reliefs(session: Session, row: NoticeRow) -> list[ReliefShown]:
    """Give the reliefs granted to a notice since it was issued, in words (R-M4)."""
    found = reliefs_of_notice(session, row.region, row.id, approved_only=True)
    return [shown_relief(relief) for relief in found]


def sheet_to_print(session: Session, row: NoticeRow) -> NoticeSheet:
    """Give the sheet of a notice with the reliefs it was granted.

    Raises NoticeNotPrintable or EditionMissing.
    """
    sheet = sheet_of_notice(session, row.region, row.id, demo=kit().settings.mode == "demo")
    granted = (relief.sentence.zh for relief in granted_reliefs(session, row))
    return replace(sheet, reliefs=tuple(granted))


@lru_cache(maxsize=256)
def qr_image(text: str) -> str:
    """Draw a QR code as an image address that carries its own data."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    svg = code.to_svg(add_quiet_zones=True)
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def pdf_answer(pdf: bytes, name: str) -> Response:
    """Give a PDF under a name, to be shown or saved, and kept by no cache."""
    answer = make_response(pdf)
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _line_shown(line: NoticeLineRow, catalog: Catalog, relieved: Money) -> dict[str, Any]:
    explanation = line.explanation
    item = catalog.items.get(line.item_id)
    return {
        "row": line,
        "name": item.name.to(page_language()) if item is not None else line.item_name,
        "known": item is not None,
        "amount": Money(line.amount_fen) - relieved,
        "was": Money(line.amount_fen) if relieved else None,
        "sentences": explanation.get("sentences", {}).get(page_language(), []),
        "papers": [paper_of(key, catalog) for key in explanation.get("documents", [])],
    }
