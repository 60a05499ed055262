"""A report of a direct collection as it comes in, and what is asked of it before it is taken.

Every fault is told at once, each with its field. A report needs who charged, for what, how much,
when and how; everything else may be left out, the reporter's name too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal, get_args

from feeledger.codes import judge_uscc
from feeledger.errors import FieldsRefused, Text
from feeledger.files import Upload
from feeledger.judgements import narrow
from feeledger.money import Money
from feeledger.supervision.charge import HowPaid, ReportedCharge

Channel = Literal["page", "api", "console"]
REPORTER: Final = "reporter"  # who opened a case where no officer entered the report
OLDEST: Final = timedelta(days=366 * 15)
LENGTHS: Final[Mapping[str, tuple[int, int]]] = {
    "department": (2, 100),
    "item": (2, 200),
    "account": (0, 50),
    "ticket_no": (0, 60),
    "story": (0, 4000),
    "reporter_name": (0, 100),
    "reporter_contact": (0, 200),
}


class ReportRefused(FieldsRefused):
    """A report cannot be taken as it stands; ``errors`` pairs each field with its fault."""

    code = "report-refused"
    title = Text("举报内容有误", "The report cannot be taken")


@dataclass(frozen=True, slots=True)
class Told:
    """What a reporter tells. "" stands for what was left out.

    ``arose_on`` None: the day of the charge. ``entered_by`` is the officer who took it down, ""
    where the reporter wrote it. ``facts`` are facts of the catalog, if the reporter knows any.
    ``only``: the signals that it can stand for, where it is no report of a payment; else all.
    """

    department: str
    item: str
    amount: Money
    charged_on: date
    how_paid: str
    channel: Channel
    arose_on: date | None = None
    unit_code: str = ""
    payer: str = ""
    account: str = ""
    ticket_no: str = ""
    story: str = ""
    anonymous: bool = False
    reporter_name: str = ""
    reporter_contact: str = ""
    entered_by: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    files: tuple[Upload, ...] = ()
    only: tuple[str, ...] = ()

    @property
    def opener(self) -> str:
        """Who counts as the opener of the case: who entered it (R-S1)."""
        return self.entered_by or REPORTER


def charge_of(told: Told, *, today: date) -> ReportedCharge:
    """Check a report and give the charge it tells of. Raises ReportRefused with every fault."""
    errors = [*_length_faults(told), *_day_faults(told, today), *_other_faults(told)]
    payer = ""
    if told.payer.strip():
        judged = judge_uscc(told.payer)
        if judged.value is None:
            errors.append(("payer", _under_its_name("payer", judged.problem)))
        payer = judged.value or ""
    if errors:
        raise ReportRefused(tuple(errors))
    how: HowPaid = told.how_paid  # type: ignore[assignment]  # one of the names, checked above
    return ReportedCharge(
        payer=payer,
        department=" ".join(told.department.split()),
        unit_code=told.unit_code.strip(),
        item=" ".join(told.item.split()),
        amount=told.amount,
        charged_on=told.charged_on,
        arose_on=told.arose_on or told.charged_on,
        how_paid=how,
        account="".join(narrow(told.account).split()),
        ticket_no="".join(narrow(told.ticket_no).split()),
    )


def _under_its_name(name: str, problem: Text | None) -> Text:
    """Tell why a code is refused under the name of its field: a summary stands far from it."""
    label, said = FIELD_TEXTS[name], problem or Text("有误", "it is wrong")
    return Text(f"{label.zh}{said.zh}", f"{label.en}: {said.en}")


def _length_faults(told: Told) -> list[tuple[str, Text]]:
    faults = []
    for name, (least, most) in LENGTHS.items():
        length = len(str(getattr(told, name)).strip())
        if not least <= length <= most:
            faults.append(
                (
                    name,
                    Text(
                        f"{FIELD_TEXTS[name].zh}有 {length} 字，须为 {least} 至 {most} 字",
                        f"{FIELD_TEXTS[name].en} has {length} characters; write {least} to {most}",
                    ),
                )
            )
    return faults


def _day_faults(told: Told, today: date) -> list[tuple[str, Text]]:
    faults = []
    days = {"charged_on": told.charged_on, "arose_on": told.arose_on}
    for name, day in days.items():
        if day is not None and not today - OLDEST <= day <= today:
            zh, en = FIELD_TEXTS[name].zh, FIELD_TEXTS[name].en
            faults.append(
                (
                    name,
                    Text(
                        f"{zh} {day} 须在 {today - OLDEST} 至 {today} 之间",
                        f"{en} {day} must lie from {today - OLDEST} to {today}",
                    ),
                )
            )
    return faults


def _other_faults(told: Told) -> list[tuple[str, Text]]:
    faults = []
    if not told.amount:
        faults.append(("amount", Text("金额须大于零", "the amount must be above zero")))
    if told.how_paid not in get_args(HowPaid):
        names = ", ".join(get_args(HowPaid))
        faults.append(
            ("how_paid", Text(f"缴纳方式须为 {names} 之一", f"how it was paid is one of {names}"))
        )
    return faults


FIELD_TEXTS: Final[Mapping[str, Text]] = {
    "department": Text("收费单位", "the department"),
    "item": Text("收费项目", "the item"),
    "payer": Text("信用代码", "the credit code"),
    "account": Text("收款账户", "the account"),
    "ticket_no": Text("票据号", "the ticket number"),
    "story": Text("情况说明", "the story"),
    "reporter_name": Text("举报人姓名", "the reporter's name"),
    "reporter_contact": Text("联系方式", "the contact"),
    "charged_on": Text("收费日期", "the day of the charge"),
    "arose_on": Text("义务发生日", "the day the duty arose"),
}
