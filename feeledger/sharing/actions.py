"""Entering and ending share rules, and keeping the shares of payments that have none.

A payment's own transaction knows nothing of shares: a background run keeps them a moment later,
set by set. It may be stopped and repeated at will; the key of a share is its payment, line, level.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Text
from feeledger.money import total_of
from feeledger.payments.tables import PaymentRow
from feeledger.regions.queries import unit_of
from feeledger.regions.tables import RegionSettingRow
from feeledger.sharing.levels import Division, RuleText, ShareRuleRefused, division_of
from feeledger.sharing.paid import PaidLine
from feeledger.sharing.queries import (
    divisions_of,
    lines_of_payments,
    lines_to_share,
    rule_among,
    rules_covering,
    share_rule_of,
)
from feeledger.sharing.tables import PaymentShareRow, ShareLevelRow, ShareRuleRow
from feeledger.store import insert_for, new_id
from feeledger.trail import record_act

PAYMENTS_AT_ONCE = 500


class ShareRuleOverlaps(Conflict):
    """Another rule for the same item and unit covers a day of the window."""

    code = "share-rule-overlaps"
    title = Text("与已有分成比例的期间重叠", "The window overlaps that of another share rule")


class ShareRuleInUse(Conflict):
    """Shares were kept by the rule for days on or after the end asked for."""

    code = "share-rule-in-use"
    title = Text("该分成比例已被使用", "The share rule was used")


def enter_share_rule(
    session: Session, region: str, text: RuleText, *, by: str, now: datetime
) -> int:
    """Enter a published ratio for an item (R-M6) and give the rule's number.

    Raises ShareRuleRefused, ShareRuleOverlaps, UnitUnknown, ShareRuleRefused for an unknown region.
    """
    division = division_of(text)
    _hold_rules(session, region)
    if text.unit_code is not None:
        unit_of(session, region, text.unit_code, text.valid_from)
    _demand_no_overlap(session, region, text)
    rule = new_id(now)
    ended = None if text.valid_to is None else by
    session.execute(
        insert(ShareRuleRow),
        {
            "region": region,
            "id": rule,
            "item_id": text.item_id,
            "unit_code": text.unit_code,
            "collecting": text.collecting,
            "document": text.document.strip(),
            "valid_from": text.valid_from,
            "valid_to": text.valid_to,
            "entered_by": by,
            "entered_at": now,
            "ended_by": ended,
            "ended_at": None if ended is None else now,
        },
    )
    session.execute(
        insert(ShareLevelRow),
        [
            {"region": region, "rule": rule, "level": level, "ratio": format(ratio, "f")}
            for level, ratio in division.ratios.items()
        ],
    )
    _record_rule(session, region, rule, "enter-share-rule", by=by, now=now, text=text)
    return rule


def end_share_rule(
    session: Session, region: str, rule: int, *, valid_to: date, by: str, now: datetime
) -> None:
    """Let a rule cover no day from ``valid_to`` on; what was kept by it before stays.

    Raises ShareRuleUnknown, ShareRuleRefused, ShareRuleInUse.
    """
    row = share_rule_of(session, region, rule, for_update=True)
    if row.valid_to is not None:
        raise ShareRuleRefused(
            [("valid_to", Text(f"已于 {row.valid_to} 终止", f"it ended on {row.valid_to}"))]
        )
    if valid_to <= row.valid_from:
        raise ShareRuleRefused(
            [
                (
                    "valid_to",
                    Text(f"须晚于起日 {row.valid_from}", f"must lie after {row.valid_from}"),
                )
            ]
        )
    used = _last_use(session, region, rule, since=valid_to)
    if used is not None:
        raise ShareRuleInUse(
            Text(
                f"{used} 的缴款已按此比例分成，止日须晚于该日。",
                f"A payment of {used} was shared by it: let it end after that day.",
            ),
            used=used.isoformat(),
        )
    row.valid_to, row.ended_by, row.ended_at = valid_to, by, now
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="end-share-rule",
        subject=f"share-rule:{rule}",
        reason="",
        now=now,
        details={"valid_to": valid_to.isoformat()},
    )


def keep_shares(
    session: Session, region: str, *, now: datetime, limit: int = PAYMENTS_AT_ONCE
) -> int:
    """Keep the shares of paid lines that have a rule and none yet; give how many lines (R-M6).

    Zero: nothing is left to do. Safe to run twice at once: a share's key decides.
    """
    payments = tuple(session.scalars(lines_to_share(region, limit=limit)))
    if not payments:
        return 0
    rows = [
        (payment, line)
        for payment, lines in _lines_of(session, region, payments)
        for line in lines
        if line.total
    ]
    rules = rules_covering(session, region, (line.item_id for _, line in rows), held=True)
    wanted = [
        (payment, line, rule)
        for payment, line in rows
        if (rule := rule_among(rules.get(line.item_id, ()), line.unit_code, payment.bank_day))
    ]
    divisions = divisions_of(session, region, {rule.id for _, _, rule in wanted})
    values = [
        value
        for payment, line, rule in wanted
        for value in _share_values(payment, line, rule.id, divisions[rule.id], now)
    ]
    if values:
        keys = ["region", "payment", "line_no", "level"]
        statement = insert_for(session, PaymentShareRow).on_conflict_do_nothing(index_elements=keys)
        session.execute(statement, values)
    return len(wanted)


def _lines_of(
    session: Session, region: str, payments: Sequence[int]
) -> list[tuple[PaymentRow, tuple[PaidLine, ...]]]:
    """Read some payments with their notices' lines; late fees that do not add up are left out."""
    return [
        (payment, lines)
        for payment, lines in lines_of_payments(session, region, payments)
        if total_of(line.total for line in lines).fen == payment.amount_fen
    ]


def _share_values(
    payment: PaymentRow, line: PaidLine, rule: int, division: Division, now: datetime
) -> list[dict[str, object]]:
    return [
        {
            "region": payment.region,
            "payment": payment.id,
            "line_no": line.line_no,
            "level": level,
            "rule": rule,
            "fen": share.fen,
            "kept_at": now,
        }
        for level, share in division.shares_of(line.total).items()
    ]


def _hold_rules(session: Session, region: str) -> None:
    """Let one officer at a time change a region's rules, and payments go on meanwhile."""
    held = session.scalar(
        select(RegionSettingRow.region)
        .where(RegionSettingRow.region == region)
        .with_for_update(key_share=True)
    )
    if held is None:
        raise ShareRuleRefused(
            [("region", Text(f"区划 {region[:12]} 未启用", f"region {region[:12]} is not open"))]
        )


def _demand_no_overlap(session: Session, region: str, text: RuleText) -> None:
    same_unit = (
        ShareRuleRow.unit_code.is_(None)
        if text.unit_code is None
        else ShareRuleRow.unit_code == text.unit_code
    )
    query = select(ShareRuleRow).where(
        ShareRuleRow.region == region,
        ShareRuleRow.item_id == text.item_id,
        same_unit,
        or_(ShareRuleRow.valid_to.is_(None), ShareRuleRow.valid_to > text.valid_from),
    )
    if text.valid_to is not None:
        query = query.where(ShareRuleRow.valid_from < text.valid_to)
    other = session.scalar(query.order_by(ShareRuleRow.valid_from).limit(1))
    if other is not None:
        until = Text("长期", "without end") if other.valid_to is None else None
        raise ShareRuleOverlaps(
            Text(
                f"{other.document} 的比例自 {other.valid_from} 起"
                f"{until.zh if until else f'至 {other.valid_to} 前'}有效；请先终止它或改期间。",
                f"The rule of {other.document} holds from {other.valid_from} "
                f"{until.en if until else f'to before {other.valid_to}'}; end it first or change "
                f"the window.",
            ),
            rule=str(other.id),
        )


def _record_rule(
    session: Session, region: str, rule: int, act: str, *, by: str, now: datetime, text: RuleText
) -> None:
    record_act(
        session,
        region=region,
        actor=by,
        act=act,
        subject=f"share-rule:{rule}",
        reason=text.document.strip(),
        now=now,
        details={
            "item": text.item_id,
            "unit": text.unit_code,
            "ratios": {level: ratio for level, ratio in text.ratios.items() if ratio.strip()},
            "collecting": text.collecting,
            "valid_from": text.valid_from.isoformat(),
        },
    )


def _last_use(session: Session, region: str, rule: int, *, since: date) -> date | None:
    """Give the latest day, from one on, of a payment that was shared by a rule."""
    return session.scalar(
        select(PaymentRow.bank_day)
        .join(
            PaymentShareRow,
            (PaymentShareRow.region == PaymentRow.region)
            & (PaymentShareRow.payment == PaymentRow.id),
        )
        .where(
            PaymentRow.region == region,
            PaymentShareRow.region == region,
            PaymentShareRow.rule == rule,
            PaymentRow.bank_day >= since,
        )
        .order_by(PaymentRow.bank_day.desc())
        .limit(1)
    )
