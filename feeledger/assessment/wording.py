"""Numbers, units, days and facts in words, in both languages, for the explanation."""

from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal

from feeledger.assessment.tracing import Value, decimal_text
from feeledger.catalog.items import Fact, Window
from feeledger.errors import Text

LOCALES = {"zh": "zh_CN", "en": "en_GB"}
DIGITS_SHOWN = 80
SHOWN_DECIMALS = 6
UNITS_EN = {
    "副": "pair",
    "面": "plate",
    "张": "piece",
    "个": "piece",
    "只": "piece",
    "本": "booklet",
    "卡": "card",
    "元": "yuan",
    "月": "month",
    "件": "case",
    "平方米": "m²",
    "立方米": "m³",
    "座": "site",
    "口": "well",
    "人": "person",
    "户": "household",
    "床": "bed",
    "摊": "stall",
    "日": "day",
    "年": "year",
    "污染当量": "pollution equivalent",
    "分贝": "dB",
    "吨": "tonne",
    "净吨": "net tonne",
    "公斤": "kg",
    "10千克": "10 kg",
    "千瓦时": "kWh",
    "公里": "km",
    "海里": "nautical mile",
    "轴": "axle",
    "箱": "container",
    "人次": "passenger",
    "台": "set",
    "类": "class",
    "频点": "channel",
    "基站": "base station",
    "注册单元": "registration unit",
    "试验": "trial",
    "艘次": "ship call",
    "本证书": "certificate",
    "个商品": "goods item",
}
SYMBOLS_EN = frozenset({"yuan", "m²", "m³", "dB", "kg", "10 kg", "kWh", "km"})
COUNTED_EN = frozenset(UNITS_EN.values()) - SYMBOLS_EN
OPERATORS = {
    "eq": Text("为", "is"),
    "in": Text("属于", "is one of"),
    "lt": Text("小于", "below"),
    "lte": Text("不超过", "at most"),
    "gt": Text("大于", "above"),
    "gte": Text("不低于", "at least"),
}
SUPPLIERS = {
    "enterprise": Text("企业", "the enterprise"),
    "register": Text("登记信息", "the register"),
    "department": Text("执收单位", "the department"),
    "bureau": Text("财政部门", "the finance bureau"),
}


def number(value: Fraction | Decimal, lang: str) -> str:
    """Print a number with its thousands parted; an endless one is cut and marked as about."""
    if isinstance(value, Decimal):
        text: str | None = plain_text(value)
    else:
        text = decimal_text(value)
    if text is not None:
        return grouped_text(text, lang)
    cut = Decimal(round(Fraction(value) * 10**SHOWN_DECIMALS)).scaleb(-SHOWN_DECIMALS)
    return Text("约 ", "about ").to(lang) + grouped_text(plain_text(cut), lang)


def plain_text(value: Decimal) -> str:
    """Write a decimal plainly, without trailing zeros or exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=8192)
def grouped_text(text: str, lang: str) -> str:
    """Part the thousands of a plain decimal."""
    with localcontext() as context:
        context.prec = DIGITS_SHOWN
        return str(format_decimal(Decimal(text), locale=LOCALES[lang], decimal_quantization=False))


def yuan(value: Fraction | Decimal, lang: str) -> str:
    """Print a sum of yuan, exact."""
    return f"{number(value, lang)} {'yuan' if lang == 'en' else '元'}"


def unit_words(unit: str, lang: str) -> str:
    """Give a unit in a language; compounds such as 人·月 part by part."""
    if lang != "en":
        return unit
    for mark in ("·", "/"):
        if mark in unit:
            return mark.join(unit_words(part, lang) for part in unit.split(mark))
    return UNITS_EN.get(unit, unit)


@lru_cache(maxsize=1024)
def day_words(day: date, lang: str) -> str:
    """Print a day."""
    return str(format_date(day, format="long", locale=LOCALES[lang]))


def window_words(window: Window, lang: str) -> str:
    """Print a window of days, both ends inclusive; an unknown begin with its lower bound."""
    begin = _begin_words(window, lang)
    if window.end is None:
        return begin
    last = day_words(window.end - timedelta(days=1), lang)
    if lang == "en":
        return f"{begin} to {last}"
    return f"{begin}至{last}" if window.begin is not None else f"{begin}，至{last}"


def _begin_words(window: Window, lang: str) -> str:
    if window.begin is not None:
        day = day_words(window.begin, lang)
        return Text(f"{day}起", f"from {day}").to(lang)
    if window.not_before is not None:
        day = day_words(window.not_before, lang)
        return Text(f"起始日不详，不早于{day}", f"from an unknown day not before {day}").to(lang)
    return Text("起始日不详", "from an unknown day").to(lang)


def fact_words(fact: Fact, value: Value | None, lang: str) -> str:
    """Print a fact with its value and unit."""
    label = fact.label.to(lang)
    return label if value is None else f"{label} {value_words(fact, value, lang)}"


def value_words(fact: Fact, value: Value, lang: str) -> str:
    """Print a value of a fact with its unit."""
    if isinstance(value, bool):
        return Text("是", "yes").to(lang) if value else Text("否", "no").to(lang)
    if isinstance(value, str):
        return option_words(fact, value, lang)
    unit = unit_words(fact.unit, lang)
    if lang == "en" and value != 1:
        unit = _plural(unit)
    return f"{number(value, lang)} {unit}" if unit else number(value, lang)


def _plural(unit: str) -> str:
    if unit not in COUNTED_EN:
        return unit
    return f"{unit}es" if unit.endswith("s") else f"{unit}s"


def option_words(fact: Fact, value: str, lang: str) -> str:
    """Print one value of an enum by its label."""
    if value in fact.values and len(fact.value_labels) == len(fact.values):
        return fact.value_labels[fact.values.index(value)].to(lang)
    return value


def supplier_words(supplied_by: str, lang: str) -> str:
    """Say who supplies a fact."""
    known = SUPPLIERS.get(supplied_by)
    return supplied_by if known is None else known.to(lang)
