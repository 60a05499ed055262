"""A registered notice's lines held against the catalog (R-B5): 16003, and what the catalog says of each.

A frame brings no facts: those that the register holds of the payer are used, and where they do not
suffice the unit's amount stands, with the assessment's own words beside it. There is no field for a
relief, so an amount under the standard is refused as one above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from feeledger.assessment.findings import Charge as Asked
from feeledger.assessment.outcomes import LineAnswer
from feeledger.assessment.verdict import Verdict, judge_charge
from feeledger.catalog.plan import Plan
from feeledger.enterprises.queries import assessment_facts
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import Text
from feeledger.gateway.payinfo import PayLine
from feeledger.gateway.refusals import AmountBeyondStandard, ItemNotCharged
from feeledger.gateway.registration import Registration
from feeledger.money import Money

OUT_OF_BOUNDS: Final = frozenset({"above_standard", "below_standard", "outside_range"})
NOT_TO_CHARGE: Final = frozenset({"not_in_catalog", "service_fee_not_nontax", "ended"})


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """A line that was judged good: what it charges, and what the assessment says of it.

    ``is_sure``: the catalog and the facts at hand bear the amount out; else nothing spoke against it,
    and ``answer`` is of the first line that could apply.
    """

    line: PayLine
    answer: LineAnswer
    is_sure: bool


def item_of_code(plan: Plan, code: str) -> str | None:
    """Find the item of a code as frames write it."""
    return next((i.id for i in plan.catalog.items.values() if i.wire_code == code), None)


def judge_line(session: Session, plan: Plan, told: Registration, line: PayLine) -> JudgedLine:
    """Hold one line against the catalog on the bill date, which stands for the obligation date.

    What the catalog cannot tell, for want of facts, is let be. Raises ItemNotCharged,
    AmountBeyondStandard.
    """
    item = item_of_code(plan, line.code)
    if item is None:
        raise _not_to_charge(line, "目录中没有该项目", "the catalog has no such item")
    verdict = _verdict(session, plan, told, line, item)
    codes = {finding.code for finding in verdict.findings}
    if codes & NOT_TO_CHARGE:
        raise _not_to_charge(line, "当日不得收取", "it may not be charged on that day")
    beyond = next((f for f in verdict.findings if f.code in OUT_OF_BOUNDS), None)
    if beyond is not None:
        raise AmountBeyondStandard(
            Text(
                f"{line.code} {line.name}：{line.amount} 元。{beyond.says.zh}",
                f"{line.code}: {line.amount} yuan. {beyond.says.en}",
            )
        )
    return JudgedLine(line, _answer_for(verdict.answers, line.amount), is_sure=verdict.lawful)


def _verdict(session: Session, plan: Plan, told: Registration, line: PayLine, item: str) -> Verdict:
    payer = session.get(EnterpriseRow, told.uscc)
    known = (
        {} if payer is None else assessment_facts(session, told.region, payer, told.bill_date)[0]
    )
    facts = {name: value for name, value in known.items() if name in plan.catalog.facts}
    asked = Asked(
        named=item,
        amount=line.amount,
        on=told.bill_date,
        charged_on=told.bill_date,
        region=told.region,
        facts=facts,
    )
    return judge_charge(plan, asked)


def _answer_for(answers: Sequence[LineAnswer], amount: Money) -> LineAnswer:
    """Pick the line that fits: the one of this very amount, else the first that could apply."""
    could = [a for a in answers if a.outcome not in ("ended", "not_applicable")] or list(answers)
    return next((a for a in could if a.amount == amount), could[0])


def _not_to_charge(line: PayLine, zh: str, en: str) -> ItemNotCharged:
    return ItemNotCharged(Text(f"{line.code} {line.name}：{zh}。", f"{line.code}: {en}."))
