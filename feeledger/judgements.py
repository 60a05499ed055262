"""The verdict on one typed value: its normal form, or exactly what is wrong with it.

A judgement never guesses: a value is accepted as it stands (after the normalisation its rule
allows), perhaps with warnings, or it is refused with a code and a sentence. Positions count from 1.
"""

from dataclasses import dataclass
from typing import Final

from feeledger.errors import Text

LONGEST_SHOWN: Final = 40
FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
UPPER: Final = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


@dataclass(frozen=True, slots=True)
class Judgement:
    """``value`` is the normal form, None where refused; then ``problem`` and ``code`` say why."""

    value: str | None
    warnings: tuple[Text, ...] = ()
    problem: Text | None = None
    code: str = "ok"

    @property
    def sound(self) -> bool:
        """Say whether the value was accepted."""
        return self.value is not None


def accept(value: str, *warnings: Text) -> Judgement:
    """Accept a value in its normal form."""
    return Judgement(value, warnings)


def refuse(code: str, zh: str, en: str) -> Judgement:
    """Refuse a value: a stable code (kebab-case) and what is wrong."""
    return Judgement(None, (), Text(zh, en), code)


def narrow(text: str) -> str:
    """Trim outer blanks and turn full-width signs into ASCII."""
    return text.translate(FULL_WIDTH).strip()


def narrow_upper(text: str) -> str:
    """Trim, narrow, and raise ASCII letters; nothing else is mapped (no O to 0)."""
    return narrow(text).translate(UPPER)


def shorten(text: str) -> str:
    """Cut a value to a length that can be shown, signs that cannot be printed marked."""
    head = "".join(sign if sign.isprintable() else "\ufffd" for sign in text[:LONGEST_SHOWN])
    return head if len(text) <= LONGEST_SHOWN else f"{head}…"


def strange_sign(prefix: str, text: str, allowed: str) -> Judgement | None:
    """Refuse the first sign that is not among those allowed, naming it and its position."""
    if not text.strip(allowed):
        return None
    at = next(at for at, sign in enumerate(text) if sign not in allowed)
    sign = text[at]
    return refuse(
        f"{prefix}-character",
        f"第 {at + 1} 位“{name_sign(sign)[0]}”不允许使用{_advice(sign)[0]}",
        f"character {at + 1}, {name_sign(sign)[1]}, is not allowed{_advice(sign)[1]}",
    )


def wrong_length(prefix: str, text: str, *, low: int, high: int) -> Judgement | None:
    """Refuse a text shorter than ``low`` or longer than ``high``, or empty."""
    if low <= len(text) <= high:
        return None
    if not text:
        return refuse(f"{prefix}-empty", "没有填写", "it is empty")
    zh = f"{low}" if low == high else f"{low} 至 {high}"
    en = f"{low}" if low == high else f"{low} to {high}"
    return refuse(
        f"{prefix}-length",
        f"应为 {zh} 位，实为 {len(text)} 位",
        f"it has {len(text)} characters instead of {en}",
    )


def wrong_check(prefix: str, *, at: int, found: str, expected: str) -> Judgement:
    """Refuse a check character, naming its position and what it should be."""
    return refuse(
        f"{prefix}-check",
        f"校验码不符：第 {at} 位应为“{expected}”，实为“{found}”，请核对是否录错",
        f"the check character does not fit: character {at} should be {expected!r}, "
        f"not {found!r}; look for a slip of typing",
    )


def name_sign(sign: str) -> tuple[str, str]:
    """Name a sign in Chinese and English; what cannot be printed is named by its number."""
    if sign == " ":
        return "空格", "a blank"
    if sign.isprintable():
        return sign, repr(sign)
    return f"U+{ord(sign):04X}", f"U+{ord(sign):04X}"


def _advice(sign: str) -> tuple[str, str]:
    """Say what a strange sign may have been meant for."""
    if ord(sign) in FULL_WIDTH:
        return "，请用半角字符", "; type it half-width"
    if sign in "OoIil":
        digit = "0" if sign in "Oo" else "1"
        return f"，是否应为数字 {digit}？", f"; is the digit {digit} meant?"
    return "", ""
