"""A payment notice as PDF: A4, black and white, pay code and QR, 大写, where to pay and why.

Pure but for reading its own template and fonts. The data of a notice reach the template as data
only, so any name prints literally. A character the fonts lack, or any other warning of the
typesetter, fails the print: a legal paper is printed whole or not at all. The same sheets always
give the same bytes.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

import typst
import zxingcpp

from feeledger.errors import Invalid, Text
from feeledger.money import Money, amount_in_words, format_cny

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE / "notice.typ"
FONTS = HERE / "fonts"
PDF_STANDARD: Final = "a-2a"  # archivable and tagged; refuses glyphs that the fonts lack
STAMPS = {
    "paid": "已缴款 PAID",
    "voided": "已作废，不得缴款 VOID",
    "expired": "已过期，不得缴款 EXPIRED",
    "waived": "已免缴 WAIVED",
    "reconciled": "已缴款 PAID",
    "settled": "已缴款 PAID",
    "refunded": "已退付 REFUNDED",
}
NOTHING: Final = Money(0)
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
MISSING_GLYPH = re.compile(r'the text `"(?P<text>.*?)"` could not be displayed', re.DOTALL)

_compiling = Lock()


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One charge on a notice; ``why`` are short sentences, ``standard`` the published price.

    ``due`` is what is asked of it now: ``amount`` less what was relieved (R-M4).
    """

    unit_name: str
    item_code: str
    item_name: str
    quantity: str
    standard: str
    amount: Money
    why: tuple[str, ...] = ()
    relieved: Money = NOTHING

    @property
    def due(self) -> Money:
        """What is asked of the line now."""
        return self.amount - self.relieved


@dataclass(frozen=True, slots=True)
class SheetAccount:
    """The designated account as printed, and the announcement it rests on."""

    name: str
    number: str
    bank: str
    announced: str


@dataclass(frozen=True, slots=True)
class NoticeSheet:
    """All that a printed notice says; ``demo`` puts 演示数据 on every page of it.

    ``total`` is what it asks now; ``reliefs`` say what was granted after it was issued, by which paper.
    """

    region_name: str
    number: str
    pay_code: str
    status: str
    issuing_unit: str
    payer_name: str
    payer_code: str
    issued_on: date
    due_on: date
    valid_until: date
    lines: tuple[SheetLine, ...]
    total: Money
    account: SheetAccount
    reliefs: tuple[str, ...] = ()
    remarks: str = ""
    demo: bool = False


class GlyphMissing(Invalid):
    """A character of a notice or a voucher is in none of the fonts."""

    code = "glyph-missing"
    title = Text("有无法印出的字", "There is a character that cannot be printed")


def notice_pdf(sheet: NoticeSheet) -> bytes:
    """Print one notice. Raises GlyphMissing."""
    return notices_pdf([sheet])


def notices_pdf(sheets: Sequence[NoticeSheet]) -> bytes:
    """Print notices into one PDF, each from a new page with its own page numbers.

    Raises GlyphMissing; nothing is printed then.
    """
    if not sheets:
        raise ValueError("no notice to print")
    issued_on = max(sheet.issued_on for sheet in sheets)
    inputs = {
        "title": _title_of(sheets),
        "notices": json.dumps([_data_of(sheet) for sheet in sheets], ensure_ascii=False),
    }
    return typeset(TEMPLATE, inputs, datetime.combine(issued_on, time(), UTC))


def group_in_fours(code: str) -> str:
    """Write a code in groups of four.

    >>> group_in_fours("13018426000000000105")
    '1301 8426 0000 0000 0105'
    """
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def printable(text: str) -> str:
    """Make blanks of line breaks and drop what has no printed form; keep all else as it stands."""
    blanked = " ".join(text.split())
    return "".join(sign for sign in blanked if unicodedata.category(sign) not in UNSEEN)


def qr_svg(text: str) -> str:
    """Draw a text as a QR in SVG, quiet zone included."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return str(code.to_svg(add_quiet_zones=True))


@cache
def _compiler(template: Path) -> typst.Compiler:
    """Make the one compiler of a template in this process, with our fonts only."""
    return typst.Compiler(
        template, root=template.parent, font_paths=[FONTS], ignore_system_fonts=True
    )


def typeset(template: Path, inputs: dict[str, str], timestamp: datetime) -> bytes:
    """Set a template with data that reach it as texts; the same data give the same bytes.

    Raises GlyphMissing; RuntimeError for any other warning of the typesetter.
    """
    try:
        with _compiling:
            pdf, warnings = _compiler(template).compile_with_warnings(
                format="pdf", sys_inputs=inputs, pdf_standards=PDF_STANDARD, timestamp=timestamp
            )
    except typst.TypstError as error:
        missing = MISSING_GLYPH.search(str(error))
        if missing is None:
            raise
        raise _missing_glyph(missing["text"]) from error
    if warnings or not isinstance(pdf, bytes):
        raise RuntimeError(f"the typesetter warned: {warnings}")
    return pdf


def _missing_glyph(text: str) -> GlyphMissing:
    points = " ".join(f"U+{ord(sign):04X}" for sign in text)
    return GlyphMissing(
        Text(
            f"字库中没有“{text}”（{points}），未印出。请改用登记名称中的通用写法后重印。",
            f"The fonts lack {text!r} ({points}); nothing was printed. Use the common form of "
            f"the name and print again.",
        ),
        characters=points,
    )


def _title_of(sheets: Sequence[NoticeSheet]) -> str:
    first = f"非税收入缴款通知书 {sheets[0].pay_code}"
    return first if len(sheets) == 1 else f"非税收入缴款通知书 {len(sheets)} 份"


def _data_of(sheet: NoticeSheet) -> dict[str, object]:
    """Turn a sheet into the template's data: texts only."""
    return {
        "region": printable(sheet.region_name),
        "stamp": STAMPS.get(sheet.status, ""),
        "demo": sheet.demo,
        "qr": qr_svg(sheet.pay_code),
        "pay-code": sheet.pay_code,
        "pay-code-groups": group_in_fours(sheet.pay_code),
        "number": printable(sheet.number),
        "issued-on": sheet.issued_on.isoformat(),
        "due-on": sheet.due_on.isoformat(),
        "valid-until": sheet.valid_until.isoformat(),
        "payer-name": printable(sheet.payer_name),
        "payer-code": printable(sheet.payer_code),
        "issuing-unit": printable(sheet.issuing_unit),
        "lines": [_line_of(number, line) for number, line in enumerate(sheet.lines, 1)],
        "words": amount_in_words(sheet.total),
        "total": format_cny(sheet.total, "zh"),
        "account": {
            "name": printable(sheet.account.name),
            "number": printable(sheet.account.number),
            "bank": printable(sheet.account.bank),
            "announced": printable(sheet.account.announced),
        },
        "reliefs": [printable(sentence) for sentence in sheet.reliefs],
        "remarks": printable(sheet.remarks),
    }


def _line_of(number: int, line: SheetLine) -> dict[str, object]:
    return {
        "no": str(number),
        "unit": printable(line.unit_name),
        "code": printable(line.item_code),
        "item": printable(line.item_name),
        "quantity": printable(line.quantity),
        "standard": printable(line.standard),
        "amount": format_cny(line.due, "zh"),
        "was": format_cny(line.amount, "zh") if line.relieved else "",
        "why": [printable(sentence) for sentence in line.why],
    }
