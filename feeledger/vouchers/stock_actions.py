"""The stock of voucher numbers: opening blocks, binding units, taking numbers in order.

A number leaves its block in the transaction that writes its voucher, so numbers have no gap. The
block's row is the lock, and no payment ever touches it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Invalid, Text
from feeledger.periods import beijing_date
from feeledger.regions.queries import region_settings, unit_of
from feeledger.store import insert_for
from feeledger.trail import record_act
from feeledger.vouchers.tables import TicketBindingRow, TicketBlockRow, TicketRangeRow
from feeledger.vouchers.voucher import NUMBER_MOST, demand_kind, ticket_code_of

BLOCK_MOST: Final = 10_000_000
YEARS: Final = range(2000, 2100)  # two digits stand in the code


class TicketNotBound(Conflict):
    """The unit may not issue this kind of voucher (result 16001)."""

    code = "ticket-not-bound"
    title = Text("单位不得开具该种票据", "The unit may not issue this kind of voucher")
    wire = "16001"


class BlockRefused(Invalid):
    """A block of numbers cannot be opened as asked."""

    code = "ticket-block-refused"
    title = Text("号段不合要求", "The block of numbers cannot be opened")


def open_ticket_block(
    session: Session,
    region: str,
    *,
    kind: str,
    year: int,
    count: int,
    reason: str,
    by: str,
    now: datetime,
    unit_code: str | None = None,
) -> TicketBlockRow:
    """Open the next numbers of a kind and year for a region; for a unit: issued beforehand.

    Do it in ``Store.attempt``: two regions of a province that ask at once get the same key, and one
    asks again. Raises BlockRefused, TicketKindRefused, UnitUnknown, TicketNotBound, RegionNotOpen.
    """
    region_settings(session, region)
    demand_kind(kind)
    _demand_size(year, count)
    if unit_code is not None:
        demand_binding(session, region, unit_code, kind)
    code = ticket_code_of(region, kind, year)
    first_no, last_no = _hold_range(session, region, code, count)
    block = TicketBlockRow(
        region=region,
        ticket_code=code,
        first_no=first_no,
        last_no=last_no,
        next_no=first_no,
        unit_code=unit_code,
        opened_at=now,
        opened_by=by,
        reason=reason,
    )
    session.add(block)
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="open-ticket-block",
        subject=f"ticket-block:{code}-{first_no}",
        reason=reason,
        now=now,
        details={"first": first_no, "last": last_no, "unit": unit_code},
    )
    return block


def _demand_size(year: int, count: int) -> None:
    if year not in YEARS or not 0 < count <= BLOCK_MOST:
        raise BlockRefused(
            Text(
                f"年度须为 2000 至 2099，号数须为 1 至 {BLOCK_MOST}。",
                f"The year is 2000 to 2099, the count 1 to {BLOCK_MOST}.",
            )
        )


def _hold_range(session: Session, region: str, code: str, count: int) -> tuple[int, int]:
    """Let a region hold the next numbers of a ticket code. Raises BlockRefused."""
    last = session.scalar(
        select(func.max(TicketRangeRow.last_no)).where(TicketRangeRow.ticket_code == code)
    )
    first_no = (last or 0) + 1
    last_no = first_no + count - 1
    if last_no > NUMBER_MOST:
        raise BlockRefused(Text(f"{code} 的号码已用尽。", f"The numbers of {code} are used up."))
    session.add(TicketRangeRow(ticket_code=code, first_no=first_no, last_no=last_no, holder=region))
    return first_no, last_no


def bind_ticket_kind(
    session: Session, region: str, unit_code: str, kind: str, *, by: str, now: datetime
) -> None:
    """Bind a unit to the one kind of voucher it issues, in place of any earlier one.

    Raises UnitUnknown, TicketKindRefused.
    """
    demand_kind(kind)
    unit_of(session, region, unit_code, beijing_date(now))
    values = {"kind": kind, "bound_at": now, "bound_by": by}
    statement = insert_for(session, TicketBindingRow).values(
        region=region, unit_code=unit_code, **values
    )
    session.execute(
        statement.on_conflict_do_update(index_elements=["region", "unit_code"], set_=values)
    )
    record_act(
        session,
        region=region,
        actor=by,
        act="bind-ticket-kind",
        subject=f"unit:{unit_code}",
        reason="",
        now=now,
        details={"kind": kind},
    )


def demand_binding(session: Session, region: str, unit_code: str, kind: str | None = None) -> str:
    """Give the kind that a unit is bound to, and hold it to ``kind`` (16001). Raises TicketNotBound."""
    row = session.get(TicketBindingRow, (region, unit_code))
    if row is not None and kind in (None, row.kind):
        return row.kind
    if row is None:
        zh = f"单位 {unit_code[:40]} 未绑定票据种类，请先绑定。"
        en = f"Unit {unit_code[:40]} is bound to no kind of voucher; bind one first."
    else:
        zh = f"单位 {unit_code} 绑定的是 {row.kind}，不得开具 {kind}。"
        en = f"Unit {unit_code} is bound to {row.kind}; it may not issue {kind}."
    raise TicketNotBound(Text(zh, en), result=TicketNotBound.wire)


class NumbersOfKind:
    """The numbers of one ticket code in a region, taken in order; their blocks stay locked."""

    def __init__(self, session: Session, region: str, ticket_code: str) -> None:
        """Lock the blocks that have numbers left."""
        query = (
            select(TicketBlockRow)
            .where(
                TicketBlockRow.region == region,
                TicketBlockRow.ticket_code == ticket_code,
                TicketBlockRow.next_no <= TicketBlockRow.last_no,
            )
            .order_by(TicketBlockRow.first_no)
            .with_for_update()
        )
        self.ticket_code = ticket_code
        self._blocks: Sequence[TicketBlockRow] = session.scalars(
            query, execution_options={"populate_existing": True}
        ).all()

    def take(self, unit_code: str) -> int | None:
        """Take the next number for a unit: of its own block, else of the common stock; None: none."""
        for holder in (unit_code, None):
            for block in self._blocks:
                if block.unit_code == holder and block.next_no <= block.last_no:
                    taken = block.next_no
                    block.next_no += 1
                    return taken
        return None
