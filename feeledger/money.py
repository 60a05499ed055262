"""Money in whole fen: reading, printing, rounding, splitting; no float anywhere.

A ``Money`` is never below zero: what lowers an account is a posting the other way round. Amounts
travel as yuan with two decimals (R-M1); rates are decimals; a sum is rounded once (R-M2).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from babel.numbers import format_decimal

from feeledger.errors import Invalid, Text
from feeledger.judgements import name_sign, shorten

GRAMMAR: Final = re.compile(r"(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?")  # R-M1
WORDS_BELOW: Final = 10**16  # yuan: 大写 knows 万亿, and no more
DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
PLACES: Final = ("仟", "佰", "拾", "")


class AmountRefused(Invalid):
    """A text or number is not an amount of money (R-M1)."""

    code = "amount-malformed"
    title = Text("金额格式不正确", "This is not an amount of money")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in whole fen, zero or above; prints as yuan with two decimals."""

    fen: int

    def __post_init__(self) -> None:
        """Refuse what is not a whole number of fen: our own mistake, hence no business error."""
        if type(self.fen) is not int or self.fen < 0:
            raise ValueError(f"money is a whole number of fen, zero or above, not {self.fen!r}")

    def __add__(self, other: "Money") -> "Money":
        """Add two amounts."""
        return Money(self.fen + other.fen)

    def __sub__(self, other: "Money") -> "Money":
        """Take away an amount that is not the larger one."""
        return Money(self.fen - other.fen)

    def __bool__(self) -> bool:
        """Say whether there is any money."""
        return self.fen > 0

    def __str__(self) -> str:
        """Print yuan with two decimals, ungrouped: the form that travels."""
        return f"{self.fen // 100}.{self.fen % 100:02d}"

    def __format__(self, spec: str) -> str:
        """Print as ``str`` does, or with "," grouped in thousands: the form of sentences."""
        if spec == ",":
            return f"{self.fen // 100:,}.{self.fen % 100:02d}"
        return format(str(self), spec)

    @property
    def yuan(self) -> Decimal:
        """The amount in yuan, exact."""
        return Decimal(self.fen).scaleb(-2)


def parse_amount(text: str) -> Money:
    """Read an amount in yuan by the grammar of R-M1; ASCII only, nothing around it.

    Raises AmountRefused.
    """
    if GRAMMAR.fullmatch(text) is None:
        raise _amount_refused(text, _fault_of_amount(text))
    whole, _, part = text.partition(".")
    return Money(int(whole) * 100 + int(part.ljust(2, "0")))


def money_of(yuan: Decimal) -> Money:
    """Turn exact yuan into money; what would need rounding is refused (AmountRefused)."""
    if not yuan.is_finite() or yuan < 0:
        raise _amount_refused(
            str(yuan), Text("须为不小于零的数", "must be a number, zero or above")
        )
    numerator, denominator = yuan.as_integer_ratio()
    if numerator * 100 % denominator:
        raise _amount_refused(str(yuan), Text("最多两位小数", "at most two decimals"))
    return Money(numerator * 100 // denominator)


def total_of(amounts: Iterable[Money]) -> Money:
    """Add up amounts; none at all is zero."""
    return Money(sum(amount.fen for amount in amounts))


def round_half_up(numerator: int, denominator: int) -> int:
    """Divide exactly and round halves up, towards the larger number; ``denominator`` above zero."""
    if denominator <= 0:
        raise ValueError(f"a denominator is above zero, not {denominator}")
    return (2 * numerator + denominator) // (2 * denominator)


def split_money(
    total: Money, ratios: Mapping[str, Decimal], *, collecting: str
) -> dict[str, Money]:
    """Share a total among levels without loss: whole fen each, the rest to ``collecting`` (R-M6).

    The ratios need not add up to 100; they are zero or above, and one of them is above zero.
    """
    whole = sum(ratios.values(), Decimal(0))
    if whole <= 0 or min(ratios.values()) < 0 or collecting not in ratios:
        raise ValueError(f"ratios {dict(ratios)!r}, collecting {collecting!r}")
    shares = {level: _floor_share(total.fen, ratio, whole) for level, ratio in ratios.items()}
    shares[collecting] += total.fen - sum(shares.values())
    return {level: Money(fen) for level, fen in shares.items()}


def late_fee(principal: Money, *, daily_rate: Decimal, days: int) -> Money:
    """Work out the late fee of one line: principal x rate x days, never above it (R-M5).

    ``daily_rate`` is a share of one (0.05 % a day is 0.0005); ``days`` are calendar days after the
    due date, the day of payment included.
    """
    if daily_rate < 0:
        raise ValueError(f"a daily rate is zero or above, not {daily_rate}")
    numerator, denominator = daily_rate.as_integer_ratio()
    fee = round_half_up(principal.fen * numerator * max(days, 0), denominator)
    return Money(min(principal.fen, fee))


def amount_in_words(money: Money) -> str:
    """Write an amount in capital characters (大写), the first form of R-M7."""
    yuan, cents = divmod(money.fen, 100)
    if yuan >= WORDS_BELOW:
        raise _amount_refused(str(money), Text("大写金额须小于一亿亿元", "too large for 大写"))
    jiao, fen = divmod(cents, 10)
    if not cents:
        return f"{_whole_in_words(yuan)}元整"
    head = f"{_whole_in_words(yuan)}元" if yuan else ""
    if jiao:
        return f"{head}{DIGITS[jiao]}角" + (f"{DIGITS[fen]}分" if fen else "")
    return f"{head}{'零' if yuan else ''}{DIGITS[fen]}分"


def format_cny(money: Money, lang: str) -> str:
    """Print for people: ``1,234.56`` in Chinese (the unit stands beside), ``CNY 1,234.56``."""
    if lang == "en":
        return f"CNY {format_decimal(money.yuan, format='#,##0.00', locale='en')}"
    return format_decimal(money.yuan, format="#,##0.00", locale="zh_CN")


def _floor_share(fen: int, ratio: Decimal, whole: Decimal) -> int:
    """Give floor(fen x ratio / whole) in integers."""
    top, top_scale = ratio.as_integer_ratio()
    base, base_scale = whole.as_integer_ratio()
    return fen * top * base_scale // (top_scale * base)


def _whole_in_words(yuan: int) -> str:
    """Write whole yuan: one 零 for a gap of zeros inside, 万 and 亿 closing their groups."""
    if yuan == 0:
        return "零"
    digits = f"{yuan:016d}"
    groups = [digits[i : i + 4] for i in range(0, 16, 4)]
    closes = ("万", "亿", "万", "")
    words, gap = "", False
    for group, close in zip(groups, closes, strict=True):
        for digit, place in zip(group, PLACES, strict=True):
            gap = gap or digit == "0"
            if digit != "0":
                words += ("零" if gap and words else "") + DIGITS[int(digit)] + place
                gap = False
        words += close if _closes_group(group, close, words) else ""
    return words


def _closes_group(group: str, close: str, words: str) -> bool:
    """Say whether a group's name is spoken: it holds digits, or it is 亿 after 万亿."""
    return group != "0000" or (close == "亿" and words != "")


def _fault_of_amount(text: str) -> Text:
    """Say what is wrong with a text that is not an amount."""
    if text == "":
        return Text("没有填写", "it is empty")
    odd = next((at for at, sign in enumerate(text) if sign not in "0123456789."), None)
    if odd is not None:
        zh, en = name_sign(text[odd])
        return Text(
            f"第 {odd + 1} 位“{zh}”不是半角数字或小数点",
            f"character {odd + 1}, {en}, is neither a digit (ASCII) nor a point",
        )
    whole, point, part = text.partition(".")
    if "." in part or not whole or (point and not part):
        return Text("小数点位置不对", "the decimal point is out of place")
    if len(part) > 2:  # noqa: PLR2004 - jiao and fen
        return Text("最多两位小数", "at most two decimals")
    if whole[0] == "0" and len(whole) > 1:
        return Text("整数部分不能以 0 开头", "the whole part may not begin with 0")
    return Text("整数部分最多十三位", "at most thirteen digits before the point")


def _amount_refused(text: str, fault: Text) -> AmountRefused:
    """Build the refusal, with the value cut to a readable length."""
    shown = shorten(text)
    return AmountRefused(
        Text(
            f"金额“{shown}”：{fault.zh}。请按元填写，如 1234.50。",
            f"Amount {shown!r}: {fault.en}. Write yuan such as 1234.50.",
        ),
        value=shown,
    )
