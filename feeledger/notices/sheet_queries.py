"""From a notice's rows to the sheet that is printed; the price is quoted from its own edition."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from feeledger.catalog.items import Catalog
from feeledger.catalog.queries import edition_of
from feeledger.errors import Conflict, Text
from feeledger.money import Money
from feeledger.notices.printing import NoticeSheet, SheetAccount, SheetLine
from feeledger.notices.queries import lines_of, notice_of
from feeledger.notices.relief_queries import amount_due, reliefs_of
from feeledger.notices.reliefs import LineRelief, relieved_fen
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.regions.tables import DesignatedAccountRow, RegionRow


class NoticeNotPrintable(Conflict):
    """A draft or a waived notice has no pay code and no account to print."""

    code = "notice-not-printable"
    title = Text("该通知书不能打印", "The notice cannot be printed")


def sheet_of_notice(session: Session, region: str, notice: int, *, demo: bool) -> NoticeSheet:
    """Give the sheet of one notice; ``demo`` marks it 演示数据.

    Raises NoticeMissing, NoticeNotPrintable or EditionMissing.
    """
    row = notice_of(session, region, notice)
    if row.pay_code is None or row.account is None:
        raise NoticeNotPrintable(
            Text(
                f"通知书 {notice} 没有缴款码（草稿或全部免缴），无须缴款，不打印。",
                f"Notice {notice} has no pay code (a draft, or all waived): nothing to pay or print.",
            )
        )
    catalog = edition_of(session, row.edition_id)
    lines = lines_of(session, region, notice)
    reliefs = reliefs_of(session, region, [notice])[notice]
    return NoticeSheet(
        region_name=_region_name(session, region),
        number=row.external_no or str(row.id),
        pay_code=row.pay_code,
        status=row.status,
        issuing_unit=row.unit_name,
        payer_name=row.payer_name,
        payer_code=row.uscc,
        issued_on=row.issued_on,
        due_on=row.due_on,
        valid_until=row.valid_until,
        lines=tuple(_sheet_line(line, catalog, reliefs) for line in lines),
        total=amount_due(row),
        account=_sheet_account(session, region, row.account),
        remarks=_remarks(row),
        demo=demo,
    )


def _region_name(session: Session, region: str) -> str:
    row = session.get(RegionRow, region)
    return row.name if row is not None else region


def _sheet_account(session: Session, region: str, account: int) -> SheetAccount:
    row = session.get_one(DesignatedAccountRow, (region, account))
    return SheetAccount(
        name=row.name,
        number=row.printed_account,
        bank=row.bank_name,
        announced=f"{row.medium} {row.document}（{row.announced_on}）",
    )


def _sheet_line(row: NoticeLineRow, catalog: Catalog, reliefs: Sequence[LineRelief]) -> SheetLine:
    line = catalog.line(row.line_id) if row.line_id else None
    explanation: Mapping[str, Any] = row.explanation
    name = row.item_name if line is None else f"{row.item_name}（{line.name.zh}）"
    return SheetLine(
        unit_name=row.unit_name,
        item_code=row.item_code,
        item_name=name,
        quantity=_quantity(explanation),
        standard=line.standard if line is not None else "—",
        amount=Money(row.amount_fen),
        why=(*explanation.get("sentences", {}).get("zh", ()), *_decided(row)),
        relieved=Money(relieved_fen(reliefs, row.line_no)),
    )


def _quantity(explanation: Mapping[str, Any]) -> str:
    """Write the quantities that the amount was made of, as they were given, with their units."""
    steps = explanation.get("steps", {})
    units = {fact["fact"]: fact["unit"] for fact in steps.get("facts", ())}
    counted = [
        f"{step['given']} {units.get(step['fact'], '')}".strip()
        for step in steps.get("arithmetic", ())
        if step.get("step") == "quantity" and isinstance(step.get("given"), str)
    ]
    return " × ".join(counted) or "—"


def _decided(row: NoticeLineRow) -> tuple[str, ...]:
    """Say on what an amount rests that a person set (R-C3)."""
    if not row.basis:
        return ()
    basis: Mapping[str, str] = row.basis
    return (f"金额由经办人依据{basis['document']}确定：{basis['reason']}",)


def _remarks(row: NoticeRow) -> str:
    parts = []
    if row.dates_provisional:
        parts.append("缴款截止日按尚未正式公布的放假安排推算，可能调整。")
    if row.supersedes is not None:
        parts.append("本通知书替代此前已作废的通知书。")
    return "".join(parts)
