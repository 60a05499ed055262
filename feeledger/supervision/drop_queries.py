"""What units granted and collected month by month, and which of them dropped (S09)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from feeledger.catalog.items import Catalog
from feeledger.enterprises.tables import PermitActRow
from feeledger.money import Money
from feeledger.notices.relief_queries import line_due_fen
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.payments.queries import LINE_OF_PAYMENT, NOTICE_OF_PAYMENT
from feeledger.payments.tables import PaymentRow
from feeledger.regions.tables import CollectingUnitRow
from feeledger.supervision.drops import (
    PERMITS_LEAST,
    Drop,
    UnitMonth,
    mean_dropped_from,
    month_after,
    months_judged,
    thing_of_month,
)
from feeledger.supervision.tables import SignalRow


def drops_of(session: Session, region: str, catalog: Catalog, *, today: date) -> tuple[Drop, ...]:
    """Give the units whose last full month dropped and has no signal yet, in order of code.

    Counted are the acts with an item, and what was paid for those items to the unit, by the bank's
    day. An item that ended or whose price changed in these months leaves its unit out.
    """
    firsts = months_judged(today)
    acts = [_acts(session, region, first) for first in firsts]
    found = []
    for unit in sorted(unit for unit, of in acts[-1].items() if _permits(of) >= PERMITS_LEAST):
        items = {item for month in acts for item in month.get(unit, {})}
        if _priced_anew(catalog, items, firsts) or _is_told(session, region, unit, firsts[-1]):
            continue
        months = tuple(
            UnitMonth(
                first,
                _permits(month.get(unit, {})),
                _collected(session, region, unit, items, first=first),
            )
            for first, month in zip(firsts, acts, strict=True)
        )
        mean = mean_dropped_from(months)
        if mean is None:
            continue
        row = session.get_one(CollectingUnitRow, (region, unit))
        last_act = max(act for _, act in acts[-1][unit].values())
        found.append(Drop(unit, row.name, months, mean, last_act, catalog.edition.sha256))
    return tuple(found)


def _permits(of: dict[str, tuple[int, int]]) -> int:
    return sum(count for count, _ in of.values())


def _acts(session: Session, region: str, first: date) -> dict[str, dict[str, tuple[int, int]]]:
    """Count a month's acts by unit and item, each with the greatest number of an act."""
    row = PermitActRow
    query = (
        select(row.unit_code, row.item_id, func.count(), func.max(row.id))
        .where(
            row.region == region,
            row.item_id.is_not(None),
            row.acted_on >= first,
            row.acted_on < month_after(first),
        )
        .group_by(row.unit_code, row.item_id)
    )
    found: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for unit, item, count, act in session.execute(query):
        found[unit][item or ""] = (count, act)
    return found


def _collected(
    session: Session, region: str, unit: str, items: Iterable[str], *, first: date
) -> Money:
    query = (
        select(func.coalesce(func.sum(line_due_fen(PaymentRow.reliefs)), 0))
        .select_from(PaymentRow)
        .join(NoticeRow, NOTICE_OF_PAYMENT)
        .join(NoticeLineRow, LINE_OF_PAYMENT)
        .where(
            PaymentRow.region == region,
            NoticeRow.region == region,
            NoticeLineRow.region == region,
            PaymentRow.state != "reversed",
            PaymentRow.bank_day >= first,
            PaymentRow.bank_day < month_after(first),
            NoticeLineRow.unit_code == unit,
            NoticeLineRow.item_id.in_(sorted(items)),
        )
    )
    return Money(int(session.scalar(query) or 0))


def _priced_anew(catalog: Catalog, items: Iterable[str], firsts: Sequence[date]) -> bool:
    """Say whether an item ended or had a new price in these months: then a drop has its reason."""
    begin, end = firsts[0], month_after(firsts[-1])
    for name in items:
        item = catalog.items.get(name)
        if item is None or item.ending(end) is not None:
            return True
        if any(
            line.window.begin is not None and begin < line.window.begin < end for line in item.lines
        ):
            return True
    return False


def _is_told(session: Session, region: str, unit: str, first: date) -> bool:
    query = (
        select(SignalRow.id)
        .join(
            PermitActRow,
            and_(PermitActRow.region == SignalRow.region, PermitActRow.id == SignalRow.act),
        )
        .where(
            SignalRow.region == region,
            SignalRow.code == "S09",
            SignalRow.object_key == thing_of_month(unit, first),
            PermitActRow.unit_code == unit,
            PermitActRow.acted_on >= first,
            PermitActRow.acted_on < month_after(first),
        )
        .limit(1)
    )
    return session.scalar(query) is not None
