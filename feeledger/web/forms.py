"""A form as a person filled it in: what was written is kept, what is wrong stands beside its field.

Readers (``read_day``, ``read_amount``) note a fault and give None; the page is shown again with all
faults at once, and nothing is done until there is none.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from typing import Final, TypeVar

from werkzeug.datastructures import MultiDict

from feeledger.assessment.outcomes import RequestFault
from feeledger.errors import FeeLedgerError, Text
from feeledger.money import AmountRefused, Money, parse_amount
from feeledger.web.formats import first_up, plain_text

DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
GROUPED: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")
TEXT_LENGTH_MAX: Final = 200

Value = TypeVar("Value")


class Form:
    """The values of one form, as written, and its faults by field, in the order they were noted."""

    def __init__(self, written: MultiDict[str, str] | None = None) -> None:
        """Begin with what was written; nothing for a form not sent yet."""
        self.written: MultiDict[str, str] = written if written is not None else MultiDict()
        self.errors: dict[str, Text] = {}

    def value(self, name: str, default: str = "") -> str:
        """Give a field as written."""
        return self.written.get(name, default)

    def values(self, name: str) -> list[str]:
        """Give every value of a field that may be ticked several times."""
        return self.written.getlist(name)

    def refuse(self, name: str, fault: Text) -> None:
        """Note what is wrong with a field; the first fault of a field stands."""
        self.errors.setdefault(name, fault)

    @property
    def sound(self) -> bool:
        """Say whether nothing is wrong so far."""
        return not self.errors


def read_text(form: Form, name: str, *, needed: Text | None, longest: int = TEXT_LENGTH_MAX) -> str:
    """Read a line of text; ``needed`` is what to say when it is empty (None: it may be)."""
    text = plain_text(form.value(name))
    if needed is not None and not text:
        form.refuse(name, needed)
    if len(text) > longest:
        form.refuse(
            name,
            Text(
                f"最多 {longest} 个字，现有 {len(text)} 个，请缩短。",
                f"At most {longest} characters, there are {len(text)}. Please shorten it.",
            ),
        )
    return text


def read_choice(form: Form, name: str, choices: Iterable[str], *, needed: Text | None) -> str:
    """Read one of the choices offered; anything else counts as not chosen."""
    choice = form.value(name)
    if choice in choices:
        return choice
    if needed is not None:
        form.refuse(name, needed)
    return ""


def read_day(form: Form, name: str, *, needed: bool = True) -> date | None:
    """Read a date: 2026-11-24, 2026/11/24 or 2026年11月24日."""
    text = unicodedata.normalize("NFKC", form.value(name)).strip()
    if not text:
        if needed:
            form.refuse(name, Text("请填写日期。", "Enter a date."))
        return None
    day = day_of_text(text)
    if day is None:
        form.refuse(
            name,
            Text(
                f"“{text[:20]}”不是日期。请写成 2026-11-24。",
                f"“{text[:20]}” is not a date. Write it like 2026-11-24.",
            ),
        )
    return day


def day_of_text(text: str) -> date | None:
    """Read a date in one of the usual ways of writing; None where it is none."""
    match = DAY.fullmatch(text)
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def iso_day(text: str) -> str:
    """Give a date as a date field wants it; "" for what is none."""
    day = day_of_text(unicodedata.normalize("NFKC", text).strip())
    return "" if day is None else day.isoformat()


def read_amount(form: Form, name: str, *, needed: bool = True) -> Money | None:
    """Read an amount in yuan as clerks type it: full-width digits, separators, 元 are taken off."""
    text = plain_amount(form.value(name))
    if not text and not needed:
        return None
    if not text:
        form.refuse(name, Text("请填写金额（元）。", "Enter the amount in yuan."))
        return None
    return read_with(form, name, lambda: parse_amount(text), AmountRefused)


def read_with(
    form: Form, name: str, reading: Callable[[], Value], *refusals: type[FeeLedgerError]
) -> Value | None:
    """Read a field by a rule of the house; its refusal becomes the fault of the field."""
    try:
        return reading()
    except refusals as refusal:
        form.refuse(name, refusal.detail)
        return None


def refuse_fact(form: Form, field: str, fault: RequestFault) -> None:
    """Note what is wrong with a fact as its field names it: by its label, not by its name in files."""
    form.refuse(field, fault_of_field(fault))


def fault_of_field(fault: RequestFault) -> Text:
    """Say what is wrong with a fact by its label alone, as beside its field."""
    zh = fault.detail.zh.replace(f"（{fault.field}）的值 {fault.value}：", f"“{fault.value}”：")
    label, told, problem = fault.detail.en.removeprefix(f"{fault.field} (").partition(
        f") = {fault.value}: "
    )
    en = f"{first_up(label)} '{fault.value}': {problem}" if told else fault.detail.en
    return Text(zh, en)


def refuse_judged(form: Form, name: str, label: Text, problem: Text | None) -> None:
    """Note why a code is refused, under the name of its field: the summary stands far from it."""
    if problem is not None:
        form.refuse(name, Text(f"{label.zh}{problem.zh}。", f"{label.en}: {problem.en}."))


def plain_amount(text: str) -> str:
    """Take off what people write around an amount: width, blanks, currency, separators.

    >>> plain_amount("￥１，２３４．５０ 元"), plain_amount("1,23"), plain_amount("12.5")
    ('1234.50', '1,23', '12.5')
    """
    folded = unicodedata.normalize("NFKC", text)
    bare = "".join(folded.split()).removeprefix("¥").removeprefix("CNY").removesuffix("元")
    return bare.replace(",", "") if GROUPED.fullmatch(bare) else bare
