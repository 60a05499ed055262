"""Finding share rules, the lines of payments with their late fees, and shares that were kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from feeledger.errors import Missing, Text
from feeledger.money import Money
from feeledger.notices.notice import late_fees_paid
from feeledger.notices.relief_queries import due_lines, line_due_fen, reliefs_of
from feeledger.notices.reliefs import LineRelief, due_day_then, reliefs_until
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.payments.queries import LINE_OF_PAYMENT, NOTICE_OF_PAYMENT
from feeledger.payments.tables import PaymentRow
from feeledger.sharing.levels import Division
from feeledger.sharing.paid import PaidLine
from feeledger.sharing.tables import PaymentShareRow, ShareLevelRow, ShareRuleRow


class ShareRuleUnknown(Missing):
    """There is no such share rule in the region."""

    code = "share-rule-unknown"
    title = Text("没有这条分成比例", "There is no such share rule")


@dataclass(frozen=True, slots=True)
class Rule:
    """A share rule with its division."""

    row: ShareRuleRow
    division: Division


def share_rules(session: Session, region: str) -> tuple[Rule, ...]:
    """Give the share rules of a region, by item, the latest first."""
    query = (
        select(ShareRuleRow)
        .where(ShareRuleRow.region == region)
        .order_by(ShareRuleRow.item_id, ShareRuleRow.valid_from.desc(), ShareRuleRow.id)
    )
    rows = tuple(session.scalars(query))
    divisions = divisions_of(session, region, [row.id for row in rows])
    return tuple(Rule(row, divisions[row.id]) for row in rows)


def share_rule_of(session: Session, region: str, rule: int, *, for_update: bool) -> ShareRuleRow:
    """Find a share rule. Raises ShareRuleUnknown."""
    row = session.get(ShareRuleRow, (region, rule), with_for_update=for_update)
    if row is None:
        raise ShareRuleUnknown(
            Text(f"没有编号为 {rule} 的分成比例。", f"There is no share rule {rule}.")
        )
    return row


def rules_covering(
    session: Session, region: str, items: Iterable[str], *, held: bool = False
) -> dict[str, list[ShareRuleRow]]:
    """Give the rules of some items, by item; ``held`` keeps them from being ended meanwhile."""
    query = select(ShareRuleRow).where(
        ShareRuleRow.region == region, ShareRuleRow.item_id.in_(sorted(set(items)))
    )
    if held:
        query = query.order_by(ShareRuleRow.id).with_for_update(read=True)
    found: dict[str, list[ShareRuleRow]] = {}
    for row in session.scalars(query):
        found.setdefault(row.item_id, []).append(row)
    return found


def rule_among(rules: Sequence[ShareRuleRow], unit_code: str, on: date) -> ShareRuleRow | None:
    """Pick the rule of a unit on a day; one for the unit itself goes before one for all."""
    fitting = [
        row
        for row in rules
        if row.unit_code in (None, unit_code)
        and row.valid_from <= on
        and (row.valid_to is None or on < row.valid_to)
    ]
    return max(fitting, key=lambda row: row.unit_code is not None, default=None)


def divisions_of(session: Session, region: str, rules: Iterable[int]) -> dict[int, Division]:
    """Give the divisions of some rules, by rule."""
    wanted = sorted(set(rules))
    ratios: dict[int, dict[str, Decimal]] = {rule: {} for rule in wanted}
    query = select(ShareLevelRow).where(
        ShareLevelRow.region == region, ShareLevelRow.rule.in_(wanted)
    )
    for row in session.scalars(query):
        ratios[row.rule][row.level] = Decimal(row.ratio)
    collecting = dict(
        session.execute(
            select(ShareRuleRow.id, ShareRuleRow.collecting).where(
                ShareRuleRow.region == region, ShareRuleRow.id.in_(wanted)
            )
        ).all()
    )
    return {rule: Division(ratios[rule], collecting[rule]) for rule in wanted}


def paid_lines(session: Session, payment: PaymentRow) -> tuple[PaidLine, ...]:
    """Give the lines that a payment paid, each with its late fee on the day of payment (R-M5)."""
    notice = session.get_one(NoticeRow, (payment.region, payment.notice))
    query = (
        select(NoticeLineRow)
        .where(NoticeLineRow.region == payment.region, NoticeLineRow.notice == payment.notice)
        .order_by(NoticeLineRow.line_no)
    )
    reliefs = reliefs_of(session, payment.region, [payment.notice])[payment.notice]
    return lines_paid(payment, notice, tuple(session.scalars(query)), reliefs)


def lines_of_payments(
    session: Session, region: str, payments: Sequence[int]
) -> list[tuple[PaymentRow, tuple[PaidLine, ...]]]:
    """Give some payments, each with the lines that it paid."""
    query = (
        select(PaymentRow, NoticeRow, NoticeLineRow)
        .join(NoticeRow, NOTICE_OF_PAYMENT)
        .join(NoticeLineRow, LINE_OF_PAYMENT)
        .where(
            PaymentRow.region == region,
            NoticeRow.region == region,
            NoticeLineRow.region == region,
            PaymentRow.id.in_(payments),
        )
        .order_by(PaymentRow.id, NoticeLineRow.line_no)
    )
    grouped: dict[int, tuple[PaymentRow, NoticeRow, list[NoticeLineRow]]] = {}
    for payment, notice, line in session.execute(query):
        grouped.setdefault(payment.id, (payment, notice, []))[2].append(line)
    noticed = {notice.id for _, notice, _ in grouped.values()}
    reliefs = reliefs_of(session, region, noticed)
    return [
        (payment, lines_paid(payment, notice, tuple(lines), reliefs[notice.id]))
        for payment, notice, lines in grouped.values()
    ]


def lines_paid(
    payment: PaymentRow,
    notice: NoticeRow,
    rows: tuple[NoticeLineRow, ...],
    reliefs: Sequence[LineRelief],
) -> tuple[PaidLine, ...]:
    """Put a payment's lines together with their late fees, after the reliefs it was paid under.

    Nothing is asked of the database.
    """
    due = due_lines(rows, reliefs_until(reliefs, payment.reliefs))
    fees: Sequence[Money] = [Money(0)] * len(rows)
    if payment.late_fen:
        due_on = due_day_then(reliefs, payment.reliefs, notice.due_on)
        fees = late_fees_paid(
            due, due_on=due_on, paid_on=payment.bank_day, kept=Money(payment.late_fen)
        )
    return tuple(
        PaidLine(
            line_no=row.line_no,
            unit_code=row.unit_code,
            unit_name=row.unit_name,
            item_id=row.item_id,
            item_name=row.item_name,
            obligation_on=row.obligation_on,
            amount=line.amount,
            late=fee,
        )
        for row, line, fee in zip(rows, due, fees, strict=True)
    )


def shares_of_payment(
    session: Session, region: str, payment: int
) -> dict[int, tuple[PaymentShareRow, ...]]:
    """Give the shares kept with a payment, by line."""
    query = (
        select(PaymentShareRow)
        .where(PaymentShareRow.region == region, PaymentShareRow.payment == payment)
        .order_by(PaymentShareRow.line_no, PaymentShareRow.level)
    )
    found: dict[int, tuple[PaymentShareRow, ...]] = {}
    for row in session.scalars(query):
        found[row.line_no] = (*found.get(row.line_no, ()), row)
    return found


def divisions_of_payment(session: Session, region: str, payment: int) -> dict[int, Division]:
    """Give how each line of a payment was divided when its shares were kept; none: undetermined."""
    kept = shares_of_payment(session, region, payment)
    divisions = divisions_of(session, region, {rows[0].rule for rows in kept.values()})
    return {line: divisions[rows[0].rule] for line, rows in kept.items()}


@dataclass(frozen=True, slots=True)
class Undetermined:
    """A paid line whose shares are not kept; ``waiting``: a rule is there, the next run keeps it.

    ``due_fen`` is what the line came to after its reliefs.
    """

    payment: PaymentRow
    line: NoticeLineRow
    due_fen: int
    waiting: bool


def undetermined_lines(
    session: Session, region: str, *, limit: int, offset: int
) -> tuple[Undetermined, ...]:
    """Give paid lines without shares, the oldest payment first (R-M6)."""
    query = (
        select(
            PaymentRow,
            NoticeLineRow,
            line_due_fen(PaymentRow.reliefs),
            exists(_covering_rule()).label("waiting"),
        )
        .join(NoticeLineRow, LINE_OF_PAYMENT)
        .where(*unshared(region))
        .order_by(PaymentRow.bank_day, PaymentRow.id, NoticeLineRow.line_no)
        .limit(limit)
        .offset(offset)
    )
    return tuple(Undetermined(*row) for row in session.execute(query))


def count_undetermined(session: Session, region: str) -> int:
    """Count paid lines without shares."""
    query = (
        select(func.count())
        .select_from(PaymentRow)
        .join(NoticeLineRow, LINE_OF_PAYMENT)
        .where(*unshared(region))
    )
    return session.scalar(query) or 0


def lines_to_share(region: str, *, limit: int) -> Select[int]:
    """Select payments with a line that has a rule and no shares yet, the earliest received first."""
    return (
        select(PaymentRow.id)
        .join(NoticeLineRow, LINE_OF_PAYMENT)
        .where(*unshared(region), exists(_covering_rule()))
        .group_by(PaymentRow.region, PaymentRow.id, PaymentRow.received_at)
        .order_by(PaymentRow.received_at, PaymentRow.id)
        .limit(limit)
    )


def unshared(region: str) -> list[ColumnElement[bool]]:
    """Give the conditions of a paid line without shares."""
    return [
        PaymentRow.region == region,
        NoticeLineRow.region == region,
        PaymentRow.state != "reversed",
        line_due_fen(PaymentRow.reliefs) > 0,
        ~exists(
            select(PaymentShareRow.level).where(
                PaymentShareRow.region == PaymentRow.region,
                PaymentShareRow.payment == PaymentRow.id,
                PaymentShareRow.line_no == NoticeLineRow.line_no,
            )
        ),
    ]


def _covering_rule() -> Select[int]:
    return select(ShareRuleRow.id).where(
        ShareRuleRow.region == PaymentRow.region,
        ShareRuleRow.item_id == NoticeLineRow.item_id,
        or_(ShareRuleRow.unit_code.is_(None), ShareRuleRow.unit_code == NoticeLineRow.unit_code),
        ShareRuleRow.valid_from <= PaymentRow.bank_day,
        or_(ShareRuleRow.valid_to.is_(None), ShareRuleRow.valid_to > PaymentRow.bank_day),
    )
