"""Verify a voucher: what the paper in one's hand is worth (R-D1)."""

import re
import unicodedata
from typing import Final

from flask import Blueprint, render_template, request

from feeledger.callers.actions import LOOKUPS
from feeledger.doors import count_call_here, kit
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.vouchers.queries import verify_voucher
from feeledger.vouchers.voucher import number_text
from feeledger.web.forms import Form
from feeledger.web.voucher_views import SIGNATURES, STANDINGS

voucher_pages = Blueprint("voucher", __name__)

FIELDS: Final = {
    "code": (re.compile(r"[0-9]{8}"), Text("请填写八位票据代码。", "Enter the ticket code, eight digits.")),
    "number": (re.compile(r"[0-9]{10}"), Text("请填写十位票据号码。", "Enter the number, ten digits.")),
    "check": (
        re.compile(r"[0-9A-Za-z]{6}"),
        Text(
            "请填写六位校验码，区分大小写。",
            "Enter the check code: six letters or digits, capitals matter.",
        ),
    ),
}  # fmt: skip
NOTHING_FOUND: Final = Text(
    "没有与三项全部相符的票据，请对照票面核对（校验码区分大小写）。",
    "No voucher fits all three; compare them with the paper (capitals matter in the check code).",
)


@voucher_pages.get("/voucher")
def show_verification() -> str:
    """Show the form."""
    return render_template("voucher.html", form=Form(request.args), found=None)


@voucher_pages.post("/voucher")
def verify() -> str:
    """Show what the paper is worth, or that nothing fits."""
    count_call_here(LOOKUPS)
    form = Form(request.form)
    written = {name: _typed(form.value(name)) for name in FIELDS}
    for name, (shape, fault) in FIELDS.items():
        if not shape.fullmatch(written[name]):
            form.refuse(name, fault)
    if not form.sound:
        return render_template("voucher.html", form=form, found=None)
    with kit().store.read() as session:
        found = verify_voucher(session, written["code"], int(written["number"]), written["check"])
        if found is None:
            form.refuse("code", NOTHING_FOUND)
            return render_template("voucher.html", form=form, found=None)
        told, tone = STANDINGS[found.standing]
        return render_template(
            "voucher.html",
            form=form,
            found=found,
            told=told,
            tone=tone,
            number=number_text(found.voucher.number),
            amount=Money(found.voucher.amount_fen),
            signatures=SIGNATURES,
        )


def _typed(text: str) -> str:
    """Read a code as people type it, any width and blanks; its capitals stay."""
    return "".join(unicodedata.normalize("NFKC", text).split())
