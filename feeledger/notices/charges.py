"""What may stand on a notice, and with which amount (R-C2, R-C3).

A line comes from an assessment. Its amount is the assessment's; a person sets it only where the
assessment gives bounds (guided prices, ceilings, ranges, floors: held against them) or where no
figure was found for the item (``not_established``), and then with a basis.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from feeledger.assessment.explanation import sentences_of
from feeledger.assessment.outcomes import LineAnswer
from feeledger.assessment.steps import steps_of
from feeledger.assessment.verdict_words import OUTCOMES
from feeledger.catalog.items import Catalog, FeeItem
from feeledger.errors import Conflict, Invalid, Text
from feeledger.money import Money

EXPLANATION_VERSION: Final = 1
FIGURED: Final = frozenset({"due", "reduced", "provisional"})
BOUNDED: Final = frozenset({"guided", "ceiling", "range", "below_floor"})


class ItemNotChargeable(Conflict):
    """The item may not be charged by this unit on the day the duty arose (result 16003)."""

    code = "item-not-chargeable"
    title = Text("该单位不得收取此项目", "The unit may not charge this item")
    wire = "16003"


class AmountNotSettled(Conflict):
    """The assessment has no amount for the line, and none may be set."""

    code = "amount-not-settled"
    title = Text("金额尚未确定", "The amount is not settled")


class AmountNotAllowed(Invalid):
    """An amount set by hand lies outside the published bounds, or has no basis."""

    code = "amount-not-allowed"
    title = Text("所定金额不合规定", "The amount set is not allowed")


@dataclass(frozen=True, slots=True)
class DecidedAmount:
    """An amount that a person set: the document it rests on, and why."""

    amount: Money
    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What was charged before for the same duty, and what changed since: frozen into the line."""

    amount: Money
    why: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Charge:
    """One line to be: the unit that charges, the assessment's answer, perhaps a decided amount.

    The day the duty arose and the region are those of the assessment's request. A line for a
    difference charges the amount less what was ``counted`` before. ``late_rule`` is the late-fee
    rule that the duty was noticed with before; no published item has one (R-M5).
    """

    unit_code: str
    answer: LineAnswer
    decided: DecidedAmount | None = None
    counted: Counted | None = None
    late_rule: Mapping[str, str] | None = None

    @property
    def obligation_on(self) -> date:
        """The day the duty arose."""
        return self.answer.trace.request.on

    @property
    def catalog(self) -> Catalog:
        """The edition the assessment was made from."""
        return self.answer.trace.plan.catalog

    @property
    def item(self) -> FeeItem:
        """The item charged."""
        return self.catalog.items[self.answer.item]


@dataclass(frozen=True, slots=True)
class Registered:
    """What a unit's own notice brings with it: the pay code it was printed under (8994)."""

    pay_code: str
    crc_code: str | None


def demand_chargeable(charge: Charge, allowed: frozenset[str]) -> None:
    """Hold a charge against R-C2; ``allowed`` are the unit's items on the day the duty arose.

    Raises ItemNotChargeable.
    """
    item = charge.item
    if item.category == "operating_service" or item.collected_by != "notice":
        _refuse(charge, "不经缴款通知书收取", "it is not collected by notice")
    if charge.answer.outcome == "ended":
        _refuse(charge, "当日已停征或取消", "it had ended on that day")
    if charge.answer.line is None:
        _refuse(charge, "当日无有效标准", "nothing was in force on that day")
    if item.id not in allowed:
        _refuse(charge, "不在该单位的收费项目内", "it is not among the unit's items")


def amount_of_charge(charge: Charge) -> Money:
    """Give the amount of a line: zero where a relief takes all of it, the rest of a difference.

    Raises AmountNotSettled, AmountNotAllowed.
    """
    whole = _whole_of_charge(charge)
    if charge.counted is None:
        return whole
    if whole <= charge.counted.amount:
        raise AmountNotAllowed(
            Text(
                f"{charge.item.name.zh}：应缴 {whole} 元，此前已计 {charge.counted.amount} 元，"
                "没有应补的差额。",
                f"{charge.item.name.en}: {whole} yuan are due and {charge.counted.amount} were "
                f"charged before; nothing is left to charge.",
            )
        )
    return whole - charge.counted.amount


def _whole_of_charge(charge: Charge) -> Money:
    answer = charge.answer
    if answer.alternative:
        raise AmountNotSettled(
            Text(
                f"{charge.item.name.zh} 有几档标准，请先选定适用的一档（{answer.line}）。",
                f"{charge.item.name.en} has several classes; choose the one that applies "
                f"({answer.line}).",
            )
        )
    if answer.outcome == "exempt":
        return Money(0)
    if answer.outcome in FIGURED and answer.amount is not None:
        _demand_not_decided(charge)
        return answer.amount
    if answer.outcome in BOUNDED:
        return _within_bounds(charge)
    if answer.outcome == "no_rate" and answer.reason == "not_established":
        return _decided(charge).amount
    said = OUTCOMES[answer.outcome]
    raise AmountNotSettled(
        Text(
            f"{charge.item.name.zh}：核定结果为“{said.zh}”，没有可通知的金额；请先补齐数据。",
            f'{charge.item.name.en}: the assessment says "{said.en}", so there is no amount to give '
            f"notice of; supply what it needs.",
        ),
        outcome=answer.outcome,
        needs=[need.fact for need in answer.needs],
    )


def registered_amount(charge: Charge) -> Money:
    """Give the amount of a line that its unit registered (8994); it was held against the catalog."""
    return _decided(charge).amount


def explanation_of_charge(charge: Charge) -> dict[str, Any]:
    """Give a line's explanation; that of a difference says what was charged before, and why."""
    told = explanation_of(charge.answer)
    if charge.counted is None:
        return told
    told["difference"] = {"counted": str(charge.counted.amount), **charge.counted.why}
    for language, sentences in charge.counted.why.get("sentences", {}).items():
        told["sentences"][language] = [*told["sentences"][language], *sentences]
    return told


def explanation_of(answer: LineAnswer) -> dict[str, Any]:
    """Give the explanation that is frozen into a notice's line: data, and both languages."""
    return {
        "version": EXPLANATION_VERSION,
        "item": answer.item,
        "line": answer.line,
        "outcome": answer.outcome,
        "amount": None if answer.amount is None else str(answer.amount),
        "allowed_range": None
        if answer.allowed_range is None
        else [None if end is None else str(end) for end in answer.allowed_range],
        "documents": list(answer.documents),
        "steps": steps_of(answer),
        "sentences": {"zh": sentences_of(answer, "zh"), "en": sentences_of(answer, "en")},
    }


def basis_of(decided: DecidedAmount | None) -> Mapping[str, str] | None:
    """Give the basis that is frozen into a notice's line."""
    if decided is None:
        return None
    return {"document": decided.document, "reason": decided.reason, "amount": str(decided.amount)}


def _within_bounds(charge: Charge) -> Money:
    low, high = charge.answer.allowed_range or (None, None)
    amount = _decided(charge).amount
    if (low is not None and amount < low) or (high is not None and high < amount):
        raise AmountNotAllowed(
            Text(
                f"{charge.item.name.zh}：{amount} 元不在 {low or '—'} 至 {high or '—'} 元之内。",
                f"{charge.item.name.en}: {amount} yuan lies outside {low or '—'} to {high or '—'}.",
            ),
            amount=str(amount),
        )
    return amount


def _decided(charge: Charge) -> DecidedAmount:
    """Give the amount set by a person, with its basis (R-C3)."""
    decided = charge.decided
    if decided is None or not decided.document.strip() or not decided.amount:
        raise AmountNotAllowed(
            Text(
                f"{charge.item.name.zh}：标准须由经办人确定金额（大于零）并附依据文件。",
                f"{charge.item.name.en}: an officer must set the amount (above zero) and attach "
                f"the document it rests on.",
            )
        )
    return decided


def _demand_not_decided(charge: Charge) -> None:
    if charge.decided is not None:
        raise AmountNotAllowed(
            Text(
                f"{charge.item.name.zh}：标准明确，应缴 {charge.answer.amount} 元，不得另定。",
                f"{charge.item.name.en}: the standard gives {charge.answer.amount} yuan; no other "
                f"amount may be set.",
            )
        )


def _refuse(charge: Charge, zh: str, en: str) -> None:
    item, day = charge.item, charge.obligation_on
    raise ItemNotChargeable(
        Text(
            f"单位 {charge.unit_code} 不得就 {day} 发生的义务收取“{item.name.zh}”：{zh}。",
            f"Unit {charge.unit_code} may not charge {item.name.en} for a duty that arose on "
            f"{day}: {en}.",
        ),
        item=item.id,
        result=ItemNotChargeable.wire,
    )
