"""An approved refund that says a charge was wrong opens a signal by itself (R-F6).

Over the standard: S04; an item that had ended: S06. It rests on the finding of the bureau that gave
the money back, not on a recomputation. Whoever verified or approved the refund had a hand in it: none
of them decides the case. A refund that was refused or withdrawn says nothing.
"""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Select, String, cast, exists, literal, select
from sqlalchemy.orm import Session

from feeledger.catalog.plan import Plan
from feeledger.errors import Text
from feeledger.money import Money
from feeledger.payments.queries import payment_of_id
from feeledger.refunds.queries import lines_of_refund
from feeledger.refunds.refund import RESERVING, SIGNALLING
from feeledger.refunds.tables import RefundLineRow, RefundRow
from feeledger.sharing.paid import PaidLine
from feeledger.sharing.queries import paid_lines
from feeledger.supervision.charge import Ended, Evidence, Excess, ReportedCharge, inputs_of
from feeledger.supervision.opening_actions import Matter, Source, case_for, keep_signals
from feeledger.supervision.queries import REFUND_SIGNALLED
from feeledger.supervision.signals import Signal, rule_of
from feeledger.supervision.states import Clock
from feeledger.trail import TrailActRow, record_act

REFUNDS_AT_ONCE = 100


def signal_refunds(
    session: Session, region: str, *, plan: Plan, today: date, now: datetime, clock: Clock
) -> int:
    """Open or join a case for each approved refund that was not looked at yet; give how many refunds.

    Safe to repeat, safe in two processes: the refund's row is locked, its act is looked for under
    the lock. The act says that it was done, not the signal: where a case knows of the same thing
    already nothing is added to it (R-S2). Raises CalendarYearMissing.
    """
    signalled = 0
    for refund in session.scalars(_waiting(region)).all():
        row = session.get_one(RefundRow, (region, refund), with_for_update=True)
        if not session.scalar(select(exists(_acts_of_signalling(region, refund)))):
            _signal(session, row, plan, today=today, now=now, clock=clock)
            signalled += 1
    return signalled


def _waiting(region: str) -> Select[int]:
    """Select approved refunds on a ground that signals, not looked at yet, the earliest first."""
    subject = literal("refund:").concat(cast(RefundRow.id, String))
    return (
        select(RefundRow.id)
        .where(
            RefundRow.region == region,
            RefundRow.state.in_(RESERVING),
            RefundRow.ground.in_(tuple(SIGNALLING)),
            ~exists(
                select(TrailActRow.id).where(
                    TrailActRow.region == RefundRow.region,
                    TrailActRow.subject == subject,
                    TrailActRow.act == REFUND_SIGNALLED,
                )
            ),
        )
        .order_by(RefundRow.applied_at, RefundRow.id)
        .limit(REFUNDS_AT_ONCE)
    )


def _acts_of_signalling(region: str, refund: int) -> Select[int]:
    return select(TrailActRow.id).where(
        TrailActRow.region == region,
        TrailActRow.subject == f"refund:{refund}",
        TrailActRow.act == REFUND_SIGNALLED,
    )


def _signal(
    session: Session, row: RefundRow, plan: Plan, *, today: date, now: datetime, clock: Clock
) -> None:
    """Write the signals of one refund, a matter an item."""
    payment = payment_of_id(session, row.region, row.payment)
    if payment is None:
        raise TypeError(row.payment)
    paid = {line.line_no: line for line in paid_lines(session, payment)}
    cases = []
    for refunded, lines in _by_item(lines_of_refund(session, row.region, row.id), paid):
        matter = _matter_of(row, refunded, lines, plan, charged_on=payment.bank_day)
        case, _ = case_for(session, matter, today=today, now=now, clock=clock)
        keep_signals(session, matter, case, source=Source(refund=row.id), now=now)
        cases.append(str(case))
    record_act(
        session,
        region=row.region,
        actor=row.approved_by or "",
        act="signal-refund",
        subject=f"refund:{row.id}",
        reason="",
        now=now,
        details={"signal": SIGNALLING[row.ground], "cases": cases},
    )


def _by_item(
    lines: Iterable[RefundLineRow], paid: dict[int, PaidLine]
) -> list[tuple[Money, list[PaidLine]]]:
    """Group a refund's lines by item: what is given back of it, and the lines as they were paid."""
    found: dict[str, tuple[int, list[PaidLine]]] = {}
    for line in lines:
        fen, kept = found.get(line.item_id, (0, []))
        fen += line.amount_fen + line.late_fen
        found[line.item_id] = (fen, [*kept, paid[line.line_no]])
    return [(Money(fen), kept) for fen, kept in found.values()]


def _matter_of(
    row: RefundRow, back: Money, lines: list[PaidLine], plan: Plan, *, charged_on: date
) -> Matter:
    """Put a refunded charge as a report would tell of it, so that both are one thing (R-S2)."""
    first = lines[0]
    amount = Money(sum(line.amount.fen for line in lines))
    charge = ReportedCharge(
        payer=row.uscc,
        department=row.unit_name,
        unit_code=row.unit_code,
        item=first.item_name,
        amount=amount,
        charged_on=charged_on,
        arose_on=first.obligation_on,
        how_paid="transfer",
    )
    evidence = _evidence_of(row, first, plan, amount=amount, back=back)
    code = SIGNALLING[row.ground]
    rule = rule_of(code)
    inputs = inputs_of(charge, evidence) | {
        "refund": {
            "number": str(row.id),
            "pay_code": row.pay_code,
            "ground": row.ground,
            "amount": str(back),
            "approved_on": row.approved_on.isoformat() if row.approved_on else "",
        }
    }
    signal = Signal(code, rule.level, rule.version, _said(row, first, amount, back), inputs)
    hands = (row.verified_by, row.approved_by, row.second_approver)
    return Matter(
        row.region,
        charge,
        evidence,
        (signal,),
        opener=row.approved_by or "",
        parties=tuple(hand for hand in hands if hand),
    )


def _evidence_of(
    row: RefundRow, line: PaidLine, plan: Plan, *, amount: Money, back: Money
) -> Evidence:
    item = plan.catalog.items.get(line.item_id)
    event = item.ending(line.obligation_on) if item is not None else None
    ended = None
    if row.ground == "cancelled_item" and event is not None and event.day is not None:
        ended = Ended(event.day, event.document or "")
    over = min(back, amount)
    return Evidence(
        item_id=line.item_id,
        item_name=line.item_name,
        item_sure=True,
        paid_notice=row.pay_code,
        ended=ended,
        excess=Excess(line.obligation_on, amount - over, over)
        if row.ground == "over_standard"
        else None,
        edition_sha256=plan.catalog.edition.sha256,
    )


def _said(row: RefundRow, line: PaidLine, amount: Money, back: Money) -> Text:
    """Say what was seen (R-S4)."""
    if row.ground == "over_standard":
        return Text(
            f"财政已批准退付：“{line.item_name}”（缴款码 {row.pay_code}）实收 {amount:,} 元，因擅自提高标准或"
            f"扩大范围退还 {back:,} 元。",
            f"A refund was approved: {amount:,} was collected for {line.item_name!r} (pay code "
            f"{row.pay_code}), and {back:,} is given back because the standard was raised or the scope "
            f"widened.",
        )
    return Text(
        f"财政已批准退付：“{line.item_name}”（缴款码 {row.pay_code}）实收 {amount:,} 元，因项目已取消、停征仍收取"
        f"退还 {back:,} 元，义务发生于 {line.obligation_on}。",
        f"A refund was approved: {amount:,} was collected for {line.item_name!r} (pay code "
        f"{row.pay_code}), and {back:,} is given back because the item had been cancelled or suspended; "
        f"the duty arose on {line.obligation_on}.",
    )
