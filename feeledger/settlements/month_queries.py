"""Adding a month up from the ledger, the notices, refunds and settlements (R-R7); nothing is kept."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from feeledger.ledger.chart import account_of
from feeledger.ledger.period_queries import Moved, entries_within, moved_between
from feeledger.ledger.queries import DAY_ONE, balances_on
from feeledger.notices.tables import LineReliefRow, NoticeLineRow, NoticeRow
from feeledger.payments.queries import LINE_OF_PAYMENT
from feeledger.payments.reversal_tables import ReversalRow
from feeledger.payments.tables import PaymentRow
from feeledger.periods import beijing_midnight
from feeledger.refunds.queries import LINE_OF_REFUND
from feeledger.refunds.tables import RefundLineRow, RefundRow
from feeledger.reliefs.tables import NoticeReliefRow
from feeledger.settlements.month import Key, Month, MonthAccount, Sums, rows_of
from feeledger.settlements.tables import SettlementRow, SettlementShareRow

REVENUE = ("income", "late_fee")


def month_account(session: Session, region: str, month: Month) -> MonthAccount:
    """Give a region's month, open or over; flows by ledger day, notices by day of issue."""
    moved = moved_between(session, region, since=month.first, until=month.last)
    before, after = _Books(session, region, month.before), _Books(session, region, month.last)
    sums = Sums(
        opening=before.held,
        issued=_issued(session, region, month),
        voided=_voided(session, region, month),
        relieved=_relieved(session, region, month),
        unpaid=_unpaid(session, region, month),
        paid=_revenue(moved, {"payment"}, credit=True),
        reversed=_revenue(moved, {"reversal"}, credit=False),
        other=_other_revenue(moved),
        refunded=_refunded(session, region, month.first, month.last, route="account"),
        from_treasury=_refunded(session, region, month.first, month.last, route="treasury"),
        settled=_settled(session, region, month.first, month.last),
        closing=after.held,
    )
    return MonthAccount(
        month=month,
        rows=rows_of(sums),
        opening=before.designated,
        flows=_account_flows(moved),
        closing=after.designated,
        unmatched_opening=before.unmatched,
        unmatched_closing=after.unmatched,
    )


class _Books:
    """What the books say at the end of a ledger day: the account, unmatched money, each row's part."""

    def __init__(self, session: Session, region: str, day: date) -> None:
        balances = balances_on(session, region, day)
        self.designated = self.unmatched = 0
        self.held: dict[Key, int] = {}
        for name, balance in balances.items():
            account = account_of(name)
            if account.kind == "designated":
                self.designated += balance.net_fen
            elif account.kind == "unmatched":
                self.unmatched -= balance.net_fen
            elif account.kind in REVENUE:
                self._add((account.parts[0], account.parts[1]), -balance.net_fen)
        # An approval takes the revenue before the money moves: until it is paid, the account holds it.
        for key, fen in _approved(session, region, day).items():
            self._add(key, fen)
        for key, fen in _refunded(session, region, DAY_ONE, day, route="account").items():
            self._add(key, -fen)
        for key, levels in _settled(session, region, DAY_ONE, day).items():
            self._add(key, -sum(levels.values()))

    def _add(self, key: Key, fen: int) -> None:
        self.held[key] = self.held.get(key, 0) + fen


def _key_of(name: str) -> Key | None:
    account = account_of(name)
    return (account.parts[0], account.parts[1]) if account.kind in REVENUE else None


def _revenue(moved: Iterable[Moved], kinds: set[str], *, credit: bool) -> dict[Key, int]:
    """Add up what entries of some kinds credited to revenue, or took from it."""
    found: dict[Key, int] = {}
    for one in moved:
        key = _key_of(one.credit if credit else one.debit)
        if key is not None and one.kind in kinds:
            found[key] = found.get(key, 0) + one.fen
    return found


def _other_revenue(moved: Iterable[Moved]) -> dict[Key, int]:
    """Give revenue that no payment, reversal or refund moved, signed: a month must not lose it."""
    known = {"payment", "reversal", "refund-approval"}
    found: dict[Key, int] = {}
    for one in moved:
        if one.kind in known:
            continue
        for name, sign in ((one.credit, 1), (one.debit, -1)):
            key = _key_of(name)
            if key is not None:
                found[key] = found.get(key, 0) + sign * one.fen
    return found


def _account_flows(moved: Iterable[Moved]) -> dict[str, int]:
    """Add up what moved the designated account, by kind of entry; signed."""
    found: dict[str, int] = {}
    for one in moved:
        into = one.debit.startswith("designated/")
        if into != one.credit.startswith("designated/"):
            found[one.kind] = found.get(one.kind, 0) + (one.fen if into else -one.fen)
    return found


def _by_key(session: Session, query: Any) -> dict[Key, int]:
    return {(unit, item): int(fen) for unit, item, fen in session.execute(query)}


def _lines(
    region: str,
    *where: ColumnElement[bool],
    fen: ColumnElement[int] | InstrumentedAttribute[int] = NoticeLineRow.amount_fen,
) -> Any:
    """Select the sums of notices' lines by unit and item, as they were issued unless told otherwise."""
    return (
        select(NoticeLineRow.unit_code, NoticeLineRow.item_id, func.sum(fen))
        .join(
            NoticeRow,
            and_(NoticeRow.region == NoticeLineRow.region, NoticeRow.id == NoticeLineRow.notice),
        )
        .where(
            NoticeRow.region == region,
            NoticeLineRow.region == region,
            NoticeRow.pay_code.is_not(None),
            *where,
        )
        .group_by(NoticeLineRow.unit_code, NoticeLineRow.item_id)
    )


def _issued(session: Session, region: str, month: Month) -> dict[Key, int]:
    within = NoticeRow.issued_on.between(month.first, month.last)
    return _by_key(session, _lines(region, within))


def _voided(session: Session, region: str, month: Month) -> dict[Key, int]:
    """Give what voided notices still asked when they were voided: reliefs had taken off the rest."""
    since, until = beijing_midnight(month.first), beijing_midnight(month.next)
    within = (NoticeRow.voided_at >= since, NoticeRow.voided_at < until)
    left = NoticeLineRow.amount_fen - _relieved_by(until)  # nothing is relieved once it is void
    return _by_key(session, _lines(region, *within, fen=left))


def _relieved(session: Session, region: str, month: Month) -> dict[Key, int]:
    """Give what reliefs approved in the month took off (R-M4)."""
    until, since = beijing_midnight(month.next), beijing_midnight(month.first)
    fen = _relieved_by(until) - _relieved_by(since)
    return _by_key(session, _lines(region, NoticeRow.reliefs > 0, fen=fen))


def _unpaid(session: Session, region: str, month: Month) -> dict[Key, int]:
    """Give what is neither void, paid nor relieved at the month's end, whenever it was issued."""
    entries = entries_within(region, since=DAY_ONE, until=month.last)
    taken_back = select(ReversalRow.id).where(
        ReversalRow.region == PaymentRow.region,
        ReversalRow.payment == PaymentRow.id,
        ReversalRow.entry.in_(entries),
    )
    paid = select(PaymentRow.id).where(
        PaymentRow.region == NoticeRow.region,
        PaymentRow.notice == NoticeRow.id,
        PaymentRow.entry.in_(entries),
        ~exists(taken_back),
    )
    still = or_(NoticeRow.voided_at.is_(None), NoticeRow.voided_at >= beijing_midnight(month.next))
    open_then = (NoticeRow.issued_on <= month.last, still, ~exists(paid))
    left = NoticeLineRow.amount_fen - _relieved_by(beijing_midnight(month.next))
    return _by_key(session, _lines(region, *open_then, fen=left))


def _relieved_by(instant: datetime) -> ColumnElement[int]:
    """Select what reliefs approved before an instant took off a statement's ``notice_line``."""
    line = LineReliefRow
    query = (
        select(func.coalesce(func.sum(line.fen), 0))
        .join(
            NoticeReliefRow,
            and_(NoticeReliefRow.region == line.region, NoticeReliefRow.id == line.relief),
        )
        .where(
            line.region == NoticeLineRow.region,
            line.notice == NoticeLineRow.notice,
            line.line_no == NoticeLineRow.line_no,
            NoticeReliefRow.decided_at < instant,
        )
    )
    return query.correlate(NoticeLineRow).scalar_subquery()


def _refunded(
    session: Session, region: str, since: date, until: date, *, route: str
) -> dict[Key, int]:
    """Give what was paid back by one route in a span of ledger days."""
    return _refund_lines(
        session,
        region,
        RefundRow.route == route,
        RefundRow.payment_entry.in_(entries_within(region, since=since, until=until)),
    )


def _approved(session: Session, region: str, until: date) -> dict[Key, int]:
    entries = entries_within(region, since=DAY_ONE, until=until)
    return _refund_lines(session, region, RefundRow.approval_entry.in_(entries))


def _refund_lines(session: Session, region: str, *where: ColumnElement[bool]) -> dict[Key, int]:
    query = (
        select(
            RefundRow.unit_code,
            RefundLineRow.item_id,
            func.sum(RefundLineRow.amount_fen + RefundLineRow.late_fen),
        )
        .join(RefundLineRow, LINE_OF_REFUND)
        .where(RefundRow.region == region, RefundLineRow.region == region, *where)
        .group_by(RefundRow.unit_code, RefundLineRow.item_id)
    )
    return _by_key(session, query)


def _settled(session: Session, region: str, since: date, until: date) -> dict[Key, dict[str, int]]:
    """Give what was settled by unit, item and level in a span of ledger days."""
    query = (
        select(
            NoticeLineRow.unit_code,
            NoticeLineRow.item_id,
            SettlementShareRow.level,
            func.sum(SettlementShareRow.fen),
        )
        .join(
            SettlementRow,
            and_(
                SettlementRow.region == SettlementShareRow.region,
                SettlementRow.id == SettlementShareRow.settlement,
            ),
        )
        .join(
            PaymentRow,
            and_(
                PaymentRow.region == SettlementShareRow.region,
                PaymentRow.id == SettlementShareRow.payment,
            ),
        )
        .join(
            NoticeLineRow,
            and_(LINE_OF_PAYMENT, NoticeLineRow.line_no == SettlementShareRow.line_no),
        )
        .where(
            SettlementShareRow.region == region,
            SettlementRow.region == region,
            PaymentRow.region == region,
            NoticeLineRow.region == region,
            SettlementRow.state == "settled",
            SettlementRow.entry.in_(entries_within(region, since=since, until=until)),
        )
        .group_by(NoticeLineRow.unit_code, NoticeLineRow.item_id, SettlementShareRow.level)
    )
    found: dict[Key, dict[str, int]] = {}
    for unit, item, level, fen in session.execute(query):
        found.setdefault((unit, item), {})[level] = int(fen)
    return found
