"""What shows that a department collects directly: the rules over one reported charge.

A signal is not a finding (R-S1). Each rule says what it saw in a sentence, or nothing; what might
be innocent is excluded first. A new signal is a function here and a row in ``RULES``; whoever
changes what a rule means raises its version, because every signal is kept with it (R-S4).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from feeledger.errors import Text
from feeledger.supervision.charge import HOW_PAID_TEXTS, Evidence, ReportedCharge, inputs_of
from feeledger.supervision.levels import Level


@dataclass(frozen=True, slots=True)
class Rule:
    """One signal: its id, level, version, the articles it suggests, and what it looks for.

    ``see`` gives the explanation where the signal shows, None where it does not.
    """

    code: str
    name: Text
    level: Level
    version: int
    articles: Text
    see: Callable[[ReportedCharge, Evidence], Text | None]


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of one charge, with all that is kept of it (R-S4)."""

    code: str
    level: Level
    version: int
    explanation: Text
    inputs: dict[str, object]


def signals_of(charge: ReportedCharge, evidence: Evidence) -> tuple[Signal, ...]:
    """Hold a charge against every rule; the order is that of the rules."""
    inputs = inputs_of(charge, evidence)
    seen = ((rule, rule.see(charge, evidence)) for rule in RULES)
    return tuple(
        Signal(rule.code, rule.level, rule.version, said, inputs)
        for rule, said in seen
        if said is not None
    )


def rule_of(code: str) -> Rule:
    """Give the rule of a signal's code; raises KeyError."""
    return RULE_BY_CODE[code]


def _directly_received(charge: ReportedCharge, evidence: Evidence) -> Text | None:
    """S01: money went to a unit or person, and no notice of ours was paid for it."""
    innocent = (
        evidence.ticket_ours
        or evidence.paid_notice
        or _not_ours_to_collect(evidence)
        or (charge.account and charge.account in evidence.designated)
        or (evidence.unit_batches and charge.how_paid == "cash")
    )
    if innocent:
        return None
    how = HOW_PAID_TEXTS[charge.how_paid]
    return Text(
        f"企业反映 {charge.charged_on} 以{how.zh}向“{charge.department}”直接缴纳 {charge.amount:,} 元，"
        f"没有与之对应的已缴通知书。",
        f"The enterprise says it paid {charge.amount:,} directly to {charge.department!r} by {how.en} "
        f"on {charge.charged_on}; no notice of ours was paid for it.",
    )


def _over_standard(charge: ReportedCharge, evidence: Evidence) -> Text | None:
    """S04: more than any version of the standard that could apply lets be charged."""
    excess = evidence.excess
    if excess is None or evidence.ended is not None:
        return None
    return Text(
        f"“{evidence.item_name}”按 {excess.on} 的标准至多 {excess.highest:,} 元，实收 "
        f"{charge.amount:,} 元，多 {excess.over:,} 元。",
        f"By the standard of {excess.on}, {evidence.item_name!r} comes to {excess.highest:,} at "
        f"most; {charge.amount:,} was charged, {excess.over:,} too much.",
    )


def _wrong_account(charge: ReportedCharge, evidence: Evidence) -> Text | None:
    """S05: an account is named that is none of those designated that day."""
    if not charge.account or _not_ours_to_collect(evidence):
        return None
    if charge.account in evidence.designated:
        return None
    known = "、".join(evidence.designated) or "（无）"
    return Text(
        f"收款账户 {charge.account} 不是 {charge.charged_on} 公布的统一收费账户 {known}。",
        f"Account {charge.account} is none of the accounts designated on {charge.charged_on}: "
        f"{', '.join(evidence.designated) or 'none'}.",
    )


def _ended_item(charge: ReportedCharge, evidence: Evidence) -> Text | None:
    """S06: the item had ended when the duty arose."""
    ended = evidence.ended
    if ended is None or charge.arose_on < ended.on:
        return None
    by = ended.document or "（文号未见）"
    by_en = ended.document or "a document not seen"
    return Text(
        f"“{evidence.item_name}”自 {ended.on} 起已停止收取（{by}），该笔义务发生于 "
        f"{charge.arose_on}。",
        f"{evidence.item_name!r} may not be charged since {ended.on} ({by_en}); this duty arose on "
        f"{charge.arose_on}.",
    )


def _off_catalog(charge: ReportedCharge, evidence: Evidence) -> Text | None:
    """S07: the catalog knows no such item, or not for this unit."""
    if not evidence.item_id and not evidence.candidates:
        return Text(
            f"目录中没有“{charge.item}”。先核对目录是否漏更新；如是，转目录维护。",
            f"The catalog has no {charge.item!r}. See first whether the catalog missed an update; "
            f"if so, it is a task of the catalog.",
        )
    if evidence.unit_may_charge is False and not evidence.lawful_agent:
        return Text(
            f"目录中的“{evidence.item_name}”不由“{charge.department}”收取。",
            f"The catalog does not let {charge.department!r} charge {evidence.item_name!r}.",
        )
    return None


def _no_ticket(charge: ReportedCharge, evidence: Evidence) -> Text | None:
    """S14: cash was taken and no ticket given."""
    if charge.how_paid != "cash" or charge.ticket_no or evidence.ticket_ours:
        return None
    return Text(
        f"企业反映“{charge.department}”收取现金 {charge.amount:,} 元，没有开具任何票据。",
        f"The enterprise says {charge.department!r} took {charge.amount:,} in cash and gave no ticket.",
    )


def _told_by_records(charge: ReportedCharge, evidence: Evidence) -> None:
    """S08, S09, S12, S13: no report shows them; the log of permits and the notices do."""
    del charge, evidence


def _not_ours_to_collect(evidence: Evidence) -> bool:
    """Say whether the money may lawfully go elsewhere: a service's seller, an agent by law."""
    return evidence.service_fee or evidence.lawful_agent


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "S01",
        Text("直接收款", "direct receipt"),
        "red",
        1,
        Text("国务院令第427号第四条", "State Council Order 427, art. 4"),
        _directly_received,
    ),
    Rule(
        "S04",
        Text("超标准收费", "over the standard"),
        "red",
        1,
        Text(
            "国务院令第427号第三条、第281号第六条",
            "State Council Orders 427, art. 3, and 281, art. 6",
        ),
        _over_standard,
    ),
    Rule(
        "S05",
        Text("收款账户不符", "wrong account"),
        "red",
        1,
        Text("国务院令第427号第四条", "State Council Order 427, art. 4"),
        _wrong_account,
    ),
    Rule(
        "S06",
        Text("收取已停止的项目", "an ended item charged"),
        "red",
        1,
        Text(
            "国务院令第427号第三条、第281号第七条",
            "State Council Orders 427, art. 3, and 281, art. 7",
        ),
        _ended_item,
    ),
    Rule(
        "S07",
        Text("目录外收费", "off the catalog"),
        "red",
        1,
        Text(
            "国务院令第427号第三条、第281号第五条",
            "State Council Orders 427, art. 3, and 281, art. 5",
        ),
        _off_catalog,
    ),
    Rule(
        "S08",
        Text("审批未收费", "permit without fee"),
        "yellow",
        1,
        Text("国务院令第427号第三条", "State Council Order 427, art. 3"),
        _told_by_records,
    ),
    Rule(
        "S09",
        Text("收缴异常下降", "collection drop"),
        "warning",
        1,
        Text("国务院令第427号第三条", "State Council Order 427, art. 3"),
        _told_by_records,
    ),
    Rule(
        "S12",
        Text("拆分收费", "item split"),
        "warning",
        1,
        Text("国务院令第427号第三条", "State Council Order 427, art. 3"),
        _told_by_records,
    ),
    Rule(
        "S13",
        Text("超过年收费额度", "yearly amount exceeded"),
        "warning",
        1,
        Text("国务院令第427号第三条", "State Council Order 427, art. 3"),
        _told_by_records,
    ),
    Rule(
        "S14",
        Text("收现金不开票", "cash without a ticket"),
        "red",
        1,
        Text("国务院令第281号第十条", "State Council Order 281, art. 10"),
        _no_ticket,
    ),
)
RULE_BY_CODE: Final = {rule.code: rule for rule in RULES}
