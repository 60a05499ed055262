"""A published price in words: one sentence, and a small table where the price goes by bands.

The sentence says how the price is worked out; the figures are those of the catalog, never rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import singledispatch

from feeledger.catalog.items import Fact
from feeledger.catalog.rates import (
    BasePlusExcess,
    Coefficient,
    Fixed,
    FloorPrice,
    Formula,
    Free,
    Interpolate,
    Matrix,
    NotEstablished,
    Percent,
    PerUnit,
    Progressive,
    Range,
    Rate,
    Tiers,
)
from feeledger.errors import Text
from feeledger.web.condition_words import label_of, label_of_value
from feeledger.web.formats import format_rate
from feeledger.web.wording import words_of_unit

Facts = Mapping[str, Fact]
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class RateWords:
    """A price in words; ``heads`` and ``rows`` are a small table (empty: none is needed)."""

    summary: Text
    heads: tuple[Text, ...] = ()
    rows: tuple[tuple[Text, ...], ...] = ()


def words_of_rate(rate: Rate, facts: Facts) -> RateWords:
    """Describe a price; facts that the catalog does not know are named by their code."""
    return _words(rate, facts)


@singledispatch
def _words(rate: Rate, facts: Facts) -> RateWords:
    del facts
    raise TypeError(rate)


@_words.register
def _(rate: PerUnit, facts: Facts) -> RateWords:
    price = _price(rate.amount, rate.unit)
    cap = Text("不超过 ", "not more than ") if rate.ceiling else Text("", "")
    return RateWords(_join(cap, price, _times(rate.quantities, facts)))


@_words.register
def _(rate: Fixed, facts: Facts) -> RateWords:
    amount = _yuan(rate.amount)
    if rate.quantities:
        amount = _price(rate.amount, rate.unit)
    return RateWords(_join(amount, _times(rate.quantities, facts)))


@_words.register
def _(rate: Percent, facts: Facts) -> RateWords:
    base = label_of(rate.base, facts)
    share = format_rate(rate.percent, "en")
    sentence = Text(f"{base.zh}的 {share}%", f"{share}% of: {base.en}")
    return RateWords(_join(sentence, _bounds(rate.minimum, rate.maximum)))


@_words.register
def _(rate: Progressive, facts: Facts) -> RateWords:
    base = label_of(rate.base, facts)
    sentence = Text(f"按{base.zh}分段累进计算", f"by bands, each part of {base.en} at its rate")
    rows: list[tuple[Text, ...]] = []
    low: Decimal | None = None
    for bracket in rate.brackets:
        charge = (
            Text(bracket.written, bracket.written)
            if bracket.amount is None
            else _join(Text("共 ", "flat "), _yuan(bracket.amount))
        )
        rows.append((_band(low, bracket.upto), charge))
        low = bracket.upto
    extra = _join(
        _coefficients(rate.coefficients, facts),
        _bounds(rate.minimum, None),
        _float(rate.float_up, rate.float_down),
    )
    heads = (_part_of(base), Text("费率", "Rate"))
    return RateWords(_join(sentence, extra), heads, tuple(rows))


@_words.register
def _(rate: Tiers, facts: Facts) -> RateWords:
    by = label_of(rate.by, facts)
    sentence = Text(f"按{by.zh}分档", f"by steps of {by.en}")
    rows: list[tuple[Text, ...]] = []
    low: Decimal | None = None
    for tier in rate.tiers:
        amount = _yuan(tier.amount)
        if tier.amount_low is not None:
            amount = _join(_yuan(tier.amount_low), Text(" 至 ", " to "), amount)
        rows.append((_band(low, tier.upto), amount))
        low = tier.upto
    cap = Text("（为上限）", " (a ceiling)") if rate.ceiling else Text("", "")
    unit = words_of_unit(rate.unit)
    per = Text(f"，每{unit.zh}", f", per {unit.en}") if rate.unit else Text("", "")
    split = _split(rate)
    heads = (by, Text("金额", "Amount"))
    times = _times(rate.quantities, facts)
    return RateWords(_join(sentence, per, times, cap, split), heads, tuple(rows))


@_words.register
def _(rate: BasePlusExcess, facts: Facts) -> RateWords:
    quantity, times = label_of(rate.quantity, facts), label_of(rate.times, facts)
    included, unit = format_rate(rate.included, "en"), words_of_unit(rate.unit)
    base, excess = _yuan(rate.base_amount), _yuan(rate.excess_amount)
    return RateWords(
        Text(
            f"每{times.zh}：{base.zh}（含 {included} {unit.zh}），{quantity.zh}超出部分每{unit.zh} {excess.zh}",
            f"for each of {times.en}: {base.en} with {included} included, then {excess.en} "
            f"per {unit.en} of {quantity.en}",
        )
    )


@_words.register
def _(rate: Interpolate, facts: Facts) -> RateWords:
    base = label_of(rate.base, facts)
    sentence = Text(
        f"按{base.zh}查表，两点之间按直线内插",
        f"from a table by {base.en}, straight between points",
    )
    rows: list[tuple[Text, ...]] = [(_yuan(p.base), _yuan(p.amount)) for p in rate.points]
    if rate.beyond_percent is not None:
        share = format_rate(rate.beyond_percent, "en")
        rows.append((_beyond(), Text(f"全额的 {share}%", f"{share}% of the whole")))
    if rate.beyond_amount is not None:
        rows.append((_beyond(), _yuan(rate.beyond_amount)))
    extra = _join(_coefficients(rate.coefficients, facts), _float(rate.float_up, rate.float_down))
    heads = (base, Text("金额", "Amount"))
    return RateWords(_join(sentence, extra), heads, tuple(rows))


@_words.register
def _(rate: Matrix, facts: Facts) -> RateWords:
    row, column = label_of(rate.row, facts), label_of(rate.column, facts)
    unit = words_of_unit(rate.unit)
    sentence = Text(
        f"按{row.zh}与{column.zh}查表，元/{unit.zh}",
        f"from a table by {row.en} and {column.en}, CNY per {unit.en}",
    )
    heads = (row, *(label_of_value(rate.column, value, facts) for value in rate.column_values))
    lows = (None, *rate.row_bands[:-1])
    rows = tuple(
        (_band(low, high), *(_number(cell) for cell in cells))
        for low, high, cells in zip(lows, rate.row_bands, rate.cells, strict=True)
    )
    return RateWords(_join(sentence, _times(rate.quantities, facts)), heads, rows)


@_words.register
def _(rate: Range, facts: Facts) -> RateWords:
    unit = words_of_unit(rate.unit)
    low, high = format_rate(rate.low, "en"), format_rate(rate.high, "en")
    sentence = Text(
        f"每{unit.zh} {low} 至 {high} 元，具体由{rate.set_by.zh}确定",
        f"CNY {low} to {high} per {unit.en}, set by {rate.set_by.en}",
    )
    return RateWords(_join(sentence, _times(rate.quantities, facts)))


@_words.register
def _(rate: FloorPrice, facts: Facts) -> RateWords:
    price = _price(rate.amount, rate.unit)
    agreed = label_of(rate.actual_price_fact, facts)
    sentence = Text(f"{agreed.zh}，不得低于 {price.zh}", f"{agreed.en}, not below {price.en}")
    return RateWords(_join(sentence, _times(rate.quantities, facts)))


@_words.register
def _(rate: Formula, facts: Facts) -> RateWords:
    from_facts = rate.expression + (f" / {rate.divisor}" if rate.divisor else "")
    sentence = Text(
        f"按公式计算：{_named_expression(from_facts, rate, facts, 'zh')}",
        f"by formula: {_named_expression(from_facts, rate, facts, 'en')}",
    )
    return RateWords(sentence)


@_words.register
def _(rate: Free, facts: Facts) -> RateWords:
    del rate, facts
    return RateWords(Text("标准为零", "set to zero"))


@_words.register
def _(rate: NotEstablished, facts: Facts) -> RateWords:
    del facts
    return RateWords(
        Text(
            f"标准未查得：{rate.reason.zh}",
            f"no figure was found: {rate.reason.en}",
        )
    )


def _yuan(amount: Decimal) -> Text:
    number = format_rate(amount, "en")
    return Text(f"{number} 元", f"CNY {number}")


def _number(amount: Decimal) -> Text:
    number = format_rate(amount, "en")
    return Text(number, number)


def _price(amount: Decimal, unit: str) -> Text:
    number, words = format_rate(amount, "en"), words_of_unit(unit)
    return Text(f"{number} 元/{words.zh}", f"CNY {number} per {words.en}")


def _times(quantities: tuple[str, ...], facts: Facts) -> Text:
    labels = [label_of(name, facts) for name in quantities]
    return Text("".join(f" × {x.zh}" for x in labels), "".join(f" × {x.en}" for x in labels))


def _bounds(minimum: Decimal | None, maximum: Decimal | None) -> Text:
    parts = []
    if minimum is not None:
        least = _yuan(minimum)
        parts.append(Text(f"，最低 {least.zh}", f", at least {least.en}"))
    if maximum is not None:
        most = _yuan(maximum)
        parts.append(Text(f"，最高 {most.zh}", f", at most {most.en}"))
    return _join(*parts)


def _coefficients(coefficients: tuple[Coefficient, ...], facts: Facts) -> Text:
    labels = [label_of(coefficient.fact, facts) for coefficient in coefficients]
    return Text("".join(f" × {x.zh}" for x in labels), "".join(f" × {x.en}" for x in labels))


def _float(up: Decimal, down: Decimal) -> Text:
    higher, lower = format_rate(up * HUNDRED, "en"), format_rate(down * HUNDRED, "en")
    if up and down:
        return Text(
            f"，可上浮 {higher}%、下浮 {lower}%", f", may float up {higher}% or down {lower}%"
        )
    if down:
        return Text(f"，只可下浮，至多 {lower}%", f", may only float down, by up to {lower}%")
    return Text(f"，可上浮 {higher}%", f", may float up {higher}%") if up else Text("", "")


def _split(rate: Tiers) -> Text:
    shares = [f"{format_rate(s.share * HUNDRED, 'en')}%" for s in rate.split]
    pairs = [f"{s.payer} {share}" for s, share in zip(rate.split, shares, strict=True)]
    if not pairs:
        return Text("", "")
    return Text(f"；分担：{'、'.join(pairs)}", f"; shared: {', '.join(pairs)}")


def _band(low: Decimal | None, high: Decimal | None) -> Text:
    """Name a band that is open below and closed above."""
    if low is None and high is None:
        return Text("不限", "any")
    if high is None:
        return Text(f"超过 {_plain(low)}", f"above {_plain(low)}")
    if low is None:
        return Text(f"{_plain(high)} 及以下", f"up to {_plain(high)}")
    return Text(
        f"超过 {_plain(low)} 至 {_plain(high)}", f"above {_plain(low)} up to {_plain(high)}"
    )


def _plain(number: Decimal | None) -> str:
    return "" if number is None else format_rate(number, "en")


def _part_of(base: Text) -> Text:
    return Text(f"{base.zh}的部分（元）", f"Part of {base.en} (CNY)")


def _beyond() -> Text:
    return Text("超出末点", "beyond the last point")


def _named_expression(expression: str, rate: Formula, facts: Facts, language: str) -> str:
    """Write an expression with names for facts and figures for constants."""
    constants = dict(rate.constants)
    words = []
    for token in _tokens(expression):
        if token in constants:
            words.append(format_rate(constants[token], "en"))
        elif token in facts:
            words.append(f"[{facts[token].label.to(language)}]")
        else:
            words.append({"*": "×", "-": "−", "/": "÷"}.get(token, token))
    return " ".join(words).replace("( ", "(").replace(" )", ")").replace(" ,", ",")


def _tokens(expression: str) -> list[str]:
    spaced = "".join(f" {c} " if c in "()+-*/," else c for c in expression)
    return spaced.split()


def _join(*parts: Text) -> Text:
    return Text("".join(p.zh for p in parts), "".join(p.en for p in parts))
