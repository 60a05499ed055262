"""Check a proof: anybody pastes or uploads a downloaded file, and is told step by step what holds."""

from datetime import datetime
from typing import Any, Final

from flask import Blueprint, render_template, request

from feeledger.callers.actions import QUESTIONS
from feeledger.doors import count_call_here, kit
from feeledger.errors import Text
from feeledger.ledger.proof_check_queries import check_against_published
from feeledger.ledger.receipt_check import Checked
from feeledger.money import Money
from feeledger.web.forms import Form
from feeledger.web.region_choices import name_of_region

proof_pages = Blueprint("proof", __name__)

BYTES_MAX: Final = 256 * 1024
FEN_DIGITS_MAX: Final = 18
NOTHING_GIVEN: Final = Text(
    "请上传证明文件，或粘贴其全部内容。", "Upload the proof, or paste the whole of it."
)
BOTH_GIVEN: Final = Text(
    "上传和粘贴只能用一种，请清空一处。", "Either upload or paste; clear one of the two."
)
TOO_LARGE: Final = Text(
    "超过 256 KiB：入账证明文件只有几 KB，请确认选对了文件。",
    "More than 256 KiB: a proof has a few KB. Choose the right file.",
)


@proof_pages.get("/ledger/check")
def show_check() -> str:
    """Show the form."""
    return render_template("proof/check.html", form=Form(), checked=None, limit=BYTES_MAX)


@proof_pages.post("/ledger/check")
def check() -> str:
    """Show each step of the check; the content of a file that fails is not shown."""
    count_call_here(QUESTIONS)
    form = Form(request.form)
    text = _file_of(form)
    if text is None:
        return render_template("proof/check.html", form=form, checked=None, limit=BYTES_MAX)
    with kit().store.read() as session:
        checked = check_against_published(session, text)
    return render_template(
        "proof/check.html", form=form, checked=checked, limit=BYTES_MAX, **_shown(checked)
    )


def _file_of(form: Form) -> bytes | None:
    """Read the file that was uploaded or pasted; None where the form says what is wrong."""
    upload = request.files.get("file")
    sent = b"" if upload is None else upload.stream.read(BYTES_MAX + 1)
    pasted = form.value("text").strip().encode("utf-8", "replace")
    if sent and pasted:
        form.refuse("file", BOTH_GIVEN)
    elif not sent and not pasted:
        form.refuse("file", NOTHING_GIVEN)
    elif len(sent) > BYTES_MAX:
        form.refuse("file", TOO_LARGE)
    elif len(pasted) > BYTES_MAX:
        form.refuse("text", TOO_LARGE)
    return (sent or pasted) if form.sound else None


def _shown(checked: Checked) -> dict[str, Any]:
    """Give what a file proves; nothing of one that does not hold."""
    if not checked.holds or checked.proof is None:
        return {"failed": checked.steps[-1]}
    entry = checked.proof["entry"]
    payment = entry["payment"]
    return {
        "entry": entry,
        "region_name": name_of_region(entry["region"], kit().clock.today()),
        "payment": payment,
        "amount": None if payment is None else _money(payment["amount_fen"]),
        "paid_at": None if payment is None else _instant(payment["paid_at"]),
        "block": checked.proof["block"]["head"],
    }


def _money(fen: str) -> Money | None:
    """Read an amount in fen as it was sealed."""
    plain = fen.isascii() and fen.isdigit() and len(fen) <= FEN_DIGITS_MAX
    return Money(int(fen)) if plain else None


def _instant(text: str) -> datetime | None:
    """Read an instant as it was sealed."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
