"""Numbers, money, dates and codes as people read them, in both languages; Babel over decimals.

Nothing here rounds: what reaches a page is exact already.
"""

import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from feeledger.clock import BEIJING
from feeledger.errors import Language
from feeledger.money import Money
from feeledger.notices.printing import group_in_fours

LOCALES = {"zh": "zh_CN", "en": "en_GB"}


def format_amount(money: Money | Decimal, language: Language) -> str:
    """Print an amount with separators and two decimals; its unit stands in the caption."""
    yuan = money.yuan if isinstance(money, Money) else money
    return format_decimal(yuan, format="#,##0.00", locale=LOCALES[language])


def format_money(money: Money | Decimal, language: Language) -> str:
    """Print an amount with its unit: ``1,234.56 元``, ``CNY 1,234.56``."""
    amount = format_amount(money, language)
    return f"CNY {amount}" if language == "en" else f"{amount} 元"


def format_rate(number: Decimal | int, language: Language) -> str:
    """Print an exact number with separators and all its decimals, without trailing zeros."""
    exact = Decimal(f"{number:f}" if isinstance(number, Decimal) else number)
    places = len(f"{exact:f}".partition(".")[2])
    pattern = f"#,##0.{'#' * places}" if places else "#,##0"
    return format_decimal(exact, format=pattern, locale=LOCALES[language])


def format_day(day: date, language: Language) -> str:
    """Print a date: ``2026年11月24日``, ``24 November 2026``."""
    return format_date(day, format="long", locale=LOCALES[language])


def format_instant(at: datetime, language: Language) -> str:
    """Print an instant in Beijing time, to the minute."""
    local = at.astimezone(BEIJING)
    if language == "en":
        return format_datetime(local, "d MMMM yyyy, HH:mm", locale="en_GB") + " (Beijing)"
    return format_datetime(local, "yyyy年M月d日 HH:mm", locale="zh_CN")


def last_day(end: date) -> date:
    """Give the last day of a half-open window: documents print both ends inclusive."""
    return end - timedelta(days=1)


def plain_code(text: str) -> str:
    """Read a code as people type it: any width of letters, any blanks and dashes, any case."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in folded if not sign.isspace() and sign != "-").upper()


def plain_text(text: str) -> str:
    """Read a line of text: outer blanks off, inner blanks single, nothing that is not seen.

    Signs that only steer the writing (zero width, right to left) would let two names look alike.
    """
    seen = (sign for sign in text if unicodedata.category(sign) != "Cf")
    kept = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in seen)
    return " ".join(kept.split())


def plain_lines(text: str) -> str:
    r"""Read a text of several lines: its breaks and blanks are kept, nothing that is not seen.

    >>> plain_lines("一\u202e\u200b 二\r\n三 ")
    '一 二\n三'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").split("\n")
    seen = (
        "".join(sign for sign in line if unicodedata.category(sign) not in ("Cf", "Cc"))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in seen).strip()


def end_sentence(text: str, language: Language) -> str:
    """Close a sentence that has no end yet; an English one may quote Chinese documents."""
    if not text or text[-1] in "。！？.!?":
        return text
    return f"{text}." if language == "en" else f"{text}。"


def group_account(number: str) -> str:
    """Write an account number in groups of four, unless it is grouped already."""
    return group_in_fours(number) if number.isascii() and number.isdigit() else number


def masked_account(number: str) -> str:
    """Show the last four signs of an account alone.

    >>> masked_account("6222-0000-0001"), masked_account("12")
    ('****0001', '****')
    """
    signs = "".join(sign for sign in number if sign.isalnum())
    return f"****{signs[-4:]}" if len(signs) > 4 else "****"  # noqa: PLR2004 - the last four


def first_up(text: str) -> str:
    """Begin a sentence with a capital letter, where its script has any."""
    return text[:1].upper() + text[1:]
