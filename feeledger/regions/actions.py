"""What is done to regions: opening, settings, units and their items.

Every act is written into the trail. Banks, their keys and the designated accounts have their own
file, ``bank_actions.py``.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.errors import Conflict, Invalid, Missing, Text
from feeledger.regions.queries import (
    NothingInForce,
    RegionNotOpen,
    RegionSettings,
    covers,
    region_settings,
    unit_of,
)
from feeledger.regions.reader import Regions
from feeledger.regions.tables import (
    CollectingUnitRow,
    RegionRow,
    RegionSettingRow,
    UnitItemRow,
)
from feeledger.trail import record_act

UNIT_SIGNS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_")
UNIT_LENGTH_MAX = 30
ONE_DAY = timedelta(days=1)


class RegionUnknown(Missing):
    """The division code names no fiscal region that is known here."""

    code = "region-unknown"
    title = Text("没有该财政区划", "There is no such fiscal region")


class RegionOpen(Conflict):
    """The region was opened before."""

    code = "region-open"
    title = Text("该区划已启用", "The region is open already")


class UnitCodeRefused(Invalid):
    """A unit's code has other signs than letters, digits, dashes, or is too long."""

    code = "unit-code-refused"
    title = Text("单位编码不合规则", "The unit's code cannot be used")


class UnitKnown(Conflict):
    """The region has a unit of this code, or a window already."""

    code = "unit-known"
    title = Text("该执收单位已存在", "The collecting unit is there already")


def keep_regions(session: Session, regions: Regions, *, by: str, now: datetime) -> int:
    """Enter the fiscal regions of the reference files that are not entered yet; say how many.

    A code that stood for several names keeps its latest name and its whole window.
    """
    known = set(session.scalars(select(RegionRow.code)))
    codes = [code for code in dict.fromkeys(row.code for row in regions.rows) if code not in known]
    # Parents before children: provinces, then cities, then counties.
    codes.sort(key=lambda code: (not code.endswith("0000"), not code.endswith("00"), code))
    for code in codes:
        session.add(_region_row(regions, code))
        session.flush()
    if codes:
        record_act(
            session,
            actor=by,
            act="enter-regions",
            subject="region:*",
            reason="catalogs/_regions",
            now=now,
            details={"codes": len(codes)},
        )
    return len(codes)


def _region_row(regions: Regions, code: str) -> RegionRow:
    rows = regions.rows_of(code)
    last = rows[-1]
    return RegionRow(
        code=code,
        name=last.name.zh,
        name_en=last.name.en,
        level=last.level,
        parent=last.parent or None,
        gb_code=None if code.endswith("3100") else code,
        valid_from=rows[0].begin,
        valid_to=last.end,
    )


def open_region(
    session: Session, region: str, settings: RegionSettings, *, by: str, now: datetime
) -> None:
    """Open a region with its settings (its window unit is chosen later, by ``add_unit``).

    Raises RegionUnknown, RegionOpen.
    """
    if session.get(RegionRow, region) is None:
        raise RegionUnknown(
            Text(
                f"没有财政区划 {region[:20]}，请先录入区划。",
                f"There is no fiscal region {region[:20]}; enter it first.",
            )
        )
    if session.get(RegionSettingRow, region) is not None:
        raise RegionOpen(Text(f"区划 {region} 已启用。", f"Region {region} is open already."))
    session.add(
        RegionSettingRow(
            region=region,
            paycode_profile=settings.paycode_profile,
            require_prior_query=settings.require_prior_query,
            single_account=settings.single_account,
            signature_required=settings.signature_required,
        )
    )
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="open-region",
        subject=f"region:{region}",
        reason="",
        now=now,
        details=_told(settings),
    )


def change_settings(
    session: Session,
    region: str,
    settings: RegionSettings,
    *,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """Change a region's settings (all but its window unit). Raises RegionNotOpen."""
    row = session.get(RegionSettingRow, region)
    if row is None:
        raise RegionNotOpen(Text(f"区划 {region} 未启用。", f"Region {region} is not open."))
    row.paycode_profile = settings.paycode_profile
    row.require_prior_query = settings.require_prior_query
    row.single_account = settings.single_account
    row.signature_required = settings.signature_required
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="change-settings",
        subject=f"region:{region}",
        reason=reason,
        now=now,
        details=_told(settings),
    )


def add_unit(
    session: Session,
    region: str,
    unit_code: str,
    *,
    name: Text,
    valid_from: date,
    by: str,
    now: datetime,
    level: str = "county",
    uscc: str | None = None,
    is_window: bool = False,
) -> None:
    """Enter a collecting unit; ``is_window``: the region's unified window, one a region.

    Raises UnitCodeRefused, UnitKnown, RegionNotOpen.
    """
    region_settings(session, region)
    if not unit_code or len(unit_code) > UNIT_LENGTH_MAX or set(unit_code) - UNIT_SIGNS:
        raise UnitCodeRefused(
            Text(
                f"单位编码“{unit_code[:40]}”须为 1 至 {UNIT_LENGTH_MAX} 位字母、数字、- 或 _。",
                f"A unit's code is 1 to {UNIT_LENGTH_MAX} letters, digits, - or _, "
                f"not {unit_code[:40]!r}.",
            )
        )
    _demand_free(session, region, unit_code, is_window=is_window)
    session.add(
        CollectingUnitRow(
            region=region,
            unit_code=unit_code,
            name=name.zh,
            name_en=name.en,
            uscc=uscc,
            level=level,
            is_window=is_window,
            valid_from=valid_from,
        )
    )
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="add-unit",
        subject=f"unit:{unit_code}",
        reason="",
        now=now,
        details={"name": name.zh, "valid_from": valid_from.isoformat()},
    )


def _demand_free(session: Session, region: str, unit_code: str, *, is_window: bool) -> None:
    if session.get(CollectingUnitRow, (region, unit_code)) is not None:
        raise UnitKnown(
            Text(f"{region} 已有单位 {unit_code}。", f"{region} has a unit {unit_code} already.")
        )
    query = select(CollectingUnitRow.unit_code).where(
        CollectingUnitRow.region == region, CollectingUnitRow.is_window
    )
    window = session.scalar(query) if is_window else None
    if window is not None:
        raise UnitKnown(
            Text(
                f"{region} 的统一窗口已是 {window}。",
                f"The unified window of {region} is {window} already.",
            )
        )


def let_unit_charge(
    session: Session,
    region: str,
    unit_code: str,
    items: Iterable[str],
    *,
    valid_from: date,
    by: str,
    now: datetime,
) -> None:
    """Let a unit charge items from a day on; items it may charge already are left as they are.

    The ids are the catalog's; the caller holds them against it before. Raises UnitUnknown.
    """
    unit_of(session, region, unit_code, valid_from)
    query = select(UnitItemRow.item_id).where(
        UnitItemRow.region == region,
        UnitItemRow.unit_code == unit_code,
        covers(UnitItemRow, valid_from),
    )
    known = set(session.scalars(query))
    new = [item for item in dict.fromkeys(items) if item not in known]
    session.add_all(
        UnitItemRow(region=region, unit_code=unit_code, item_id=item, valid_from=valid_from)
        for item in new
    )
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="let-unit-charge",
        subject=f"unit:{unit_code}",
        reason="",
        now=now,
        details={"items": new, "valid_from": valid_from.isoformat()},
    )


def stop_unit_charging(
    session: Session,
    region: str,
    unit_code: str,
    item_id: str,
    *,
    valid_to: date,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    """End a unit's right to charge an item: ``valid_to`` is the first day without it.

    Raises NothingInForce where it had no such right on the day before.
    """
    query = select(UnitItemRow).where(
        UnitItemRow.region == region,
        UnitItemRow.unit_code == unit_code,
        UnitItemRow.item_id == item_id,
        covers(UnitItemRow, valid_to - ONE_DAY),
    )
    rows = session.scalars(query).all()
    if not rows:
        raise NothingInForce(
            Text(
                f"{valid_to} 前一日，{region} 的单位 {unit_code} 没有收取 {item_id} 的登记；请先用 show 查看。",
                f"On the day before {valid_to} unit {unit_code} of {region} had no right to charge "
                f"{item_id}; look with show first.",
            )
        )
    for row in rows:
        row.valid_to = valid_to
    session.flush()
    record_act(
        session,
        region=region,
        actor=by,
        act="stop-unit-charging",
        subject=f"unit:{unit_code}",
        reason=reason,
        now=now,
        details={"item": item_id, "valid_to": valid_to.isoformat()},
    )


def _told(settings: RegionSettings) -> dict[str, object]:
    return {
        "paycode_profile": settings.paycode_profile,
        "require_prior_query": settings.require_prior_query,
        "single_account": settings.single_account,
        "signature_required": settings.signature_required,
    }
