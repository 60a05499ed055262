"""The electronic voucher of an own notice: what it is worth today, the paper, the file (R-D1)."""

from flask import Blueprint, Response, make_response, redirect, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from feeledger.doors import kit
from feeledger.vouchers.tables import VoucherRow
from feeledger.web.language import link
from feeledger.web.notice_pages import own_notice, pdf_answer
from feeledger.web.payer_session import payer_here
from feeledger.web.region_choices import name_of_region
from feeledger.web.voucher_views import (
    END_REASONS,
    SIGNATURES,
    follow_notice,
    print_voucher,
    voucher_file,
    voucher_of_notice,
    vouchers_shown,
)

payer_voucher_pages = Blueprint("payer_voucher", __name__)

PAGE = "/lookup/notices/<region>/<int:notice>/voucher"


@payer_voucher_pages.get(PAGE)
def show_vouchers(region: str, notice: int) -> str | AnyResponse:
    """Show the voucher of an own notice and those it replaced, as far as the notice has come."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    with kit().store.read() as session:
        own_notice(session, region, notice, uscc)
    follow_notice(region, notice)
    with kit().store.read() as session:
        row = own_notice(session, region, notice, uscc)
        return render_template(
            "lookup/voucher.html",
            notice=row,
            region_name=name_of_region(region, row.issued_on),
            vouchers=vouchers_shown(session, region, notice),
            signatures=SIGNATURES,
            end_reasons=END_REASONS,
        )


@payer_voucher_pages.get(f"{PAGE}/<int:voucher>/pdf")
def print_paper(region: str, notice: int, voucher: int) -> Response | AnyResponse:
    """Give a complete voucher as PDF."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    with kit().store.read() as session:
        row = _own_voucher(session, uscc, region, notice, voucher)
        return pdf_answer(print_voucher(row), f"{row.ticket_code}-{row.number:010d}")


@payer_voucher_pages.get(f"{PAGE}/<int:voucher>/file")
def give_file(region: str, notice: int, voucher: int) -> Response | AnyResponse:
    """Give a complete voucher as data, with the bureau's signature over it."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    with kit().store.read() as session:
        row = _own_voucher(session, uscc, region, notice, voucher)
        answer = make_response(voucher_file(row))
    answer.headers["Content-Type"] = "application/json"
    name = f"{row.ticket_code}-{row.number:010d}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _own_voucher(session: Session, uscc: str, region: str, notice: int, voucher: int) -> VoucherRow:
    """Find a printable voucher of an own notice. Raises NoticeMissing, VoucherNotComplete."""
    own_notice(session, region, notice, uscc)
    return voucher_of_notice(session, region, notice, voucher)
