"""PayInfo, the lines of a voucher in one field: ``code|name|amount|unit|qty|stdtype|low-high#`` (R-B7).

Every line ends with ``#``. Where all lines would be longer than the field, one summary line is
sent; the detail stays with the notice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from feeledger.errors import Text
from feeledger.gateway.refusals import LinesDiffer, malformed
from feeledger.gateway.vouchers import encode_gbk, shown
from feeledger.money import AmountRefused, Money, parse_amount, total_of

LINE_END: Final = "#"
PART_END: Final = "|"
PARTS: Final = 7
SIZE_MOST: Final = 500
NAME_MOST: Final = 60
UNLIMITED: Final = "不限制"
LIMITED: Final = "金额上下限"

_QUANTITY: Final = re.compile(r"(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?")
_KINDS: Final = {"无限制": False, UNLIMITED: False, LIMITED: True}
_WIDE: Final = str.maketrans({LINE_END: "＃", PART_END: "｜", "\n": " ", "\r": " ", "\t": " "})


@dataclass(frozen=True, slots=True)
class PayLine:
    """One line. ``bounds`` is the least and the most allowed, None where there is no limit."""

    code: str
    name: str
    amount: Money
    measure: str = "项"
    quantity: Decimal = Decimal(1)
    bounds: tuple[Money, Money] | None = None


def read_pay_info(text: str, *, total: Money) -> tuple[PayLine, ...]:
    """Read the lines and add them up. Raises FrameMalformed, LinesDiffer."""
    *pieces, rest = text.split(LINE_END)
    if rest or not pieces:
        raise malformed("PayInfo 每行须以 # 结束", "every line of PayInfo ends with #")
    lines = tuple(_line_of(piece) for piece in pieces)
    summed = total_of(line.amount for line in lines)
    if summed != total:
        raise LinesDiffer(
            Text(
                f"明细合计 {summed} 元，总额 {total} 元。",
                f"The lines add up to {summed}, the total is {total}.",
            )
        )
    return lines


def write_pay_info(lines: Sequence[PayLine]) -> str:
    """Write the lines, or one summary line if they are longer than the field (in bytes of GBK)."""
    text = "".join(map(_text_of, lines))
    if len(encode_gbk(text)) <= SIZE_MOST:
        return text
    first = lines[0]
    name = f"{first.name[:NAME_MOST]}等{len(lines)}项"
    return _text_of(PayLine(first.code, name, total_of(line.amount for line in lines)))


def _line_of(piece: str) -> PayLine:
    parts = piece.split(PART_END)
    if len(parts) != PARTS:
        raise malformed(
            f"PayInfo 每行须有 {PARTS} 项，{shown(piece)} 有 {len(parts)} 项",
            f"a line of PayInfo has {PARTS} parts, {shown(piece)} has {len(parts)}",
        )
    code, name, amount, measure, quantity, kind, bounds = parts
    if not _QUANTITY.fullmatch(quantity) or kind not in _KINDS:
        raise malformed(
            f"PayInfo 数量 {shown(quantity)} 或标准类型 {shown(kind)} 不符合规范",
            f"the quantity {shown(quantity)} or the kind {shown(kind)} is odd",
        )
    low, _, high = bounds.partition("-")
    between = (_amount_of(low), _amount_of(high))
    return PayLine(
        code=code,
        name=name,
        amount=_amount_of(amount),
        measure=measure,
        quantity=Decimal(quantity),
        bounds=between if _KINDS[kind] else None,
    )


def _amount_of(text: str) -> Money:
    try:
        return parse_amount(text)
    except AmountRefused as error:
        raise malformed(
            f"PayInfo 金额 {shown(text)} 不符合规范", f"{shown(text)} in PayInfo is no amount"
        ) from error


def _text_of(line: PayLine) -> str:
    low, high = line.bounds or (Money(0), Money(0))
    parts = (
        line.code,
        line.name,
        str(line.amount),
        line.measure,
        format(line.quantity, "f"),
        UNLIMITED if line.bounds is None else LIMITED,
        f"{low}-{high}",
    )
    return PART_END.join(part.translate(_WIDE) for part in parts) + LINE_END
