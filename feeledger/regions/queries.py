"""What is asked of regions: settings, units, agent banks and their keys, designated accounts.

Windows are half-open: a row covers ``valid_from`` ≤ day < ``valid_to``.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from feeledger.codes import PayCodeProfile
from feeledger.errors import Missing, Text
from feeledger.regions.tables import (
    AgentBankRow,
    BankKeyRow,
    BankRow,
    CollectingUnitRow,
    DesignatedAccountRow,
    RegionRow,
    RegionSettingRow,
    UnitItemRow,
)


class RegionNotOpen(Missing):
    """The region keeps no book here."""

    code = "region-not-open"
    title = Text("该区划未启用", "The region is not open")


class NothingInForce(Missing):
    """What is to end was not in force on the day before."""

    code = "nothing-in-force"
    title = Text("没有生效的登记", "Nothing of the kind is in force")


class UnitUnknown(Missing):
    """The region has no such collecting unit on the day."""

    code = "unit-unknown"
    title = Text("没有该执收单位", "There is no such collecting unit")


@dataclass(frozen=True, slots=True)
class RegionSettings:
    """What a region's bureau decides; ``window_unit`` issues notices of several units."""

    paycode_profile: PayCodeProfile = "own"
    require_prior_query: bool = True
    single_account: bool = True
    signature_required: bool = False
    window_unit: str | None = None


@dataclass(frozen=True, slots=True)
class BankKey:
    """A key a bank signs with; ``material`` is base64."""

    keyid: str
    bank: str
    algorithm: str
    material: str


def covers(row: Any, day: date | BindParameter[Any]) -> ColumnElement[bool]:
    """Give the condition that a row's window covers a day, or an instant."""
    return and_(row.valid_from <= day, or_(row.valid_to.is_(None), row.valid_to > day))


def region_settings(session: Session, region: str) -> RegionSettings:
    """Give the settings of a region. Raises RegionNotOpen."""
    row = session.get(RegionSettingRow, region)
    if row is None:
        raise RegionNotOpen(
            Text(
                f"区划 {region[:20]} 未在本系统启用，请核对区划代码。",
                f"Region {region[:20]} is not open in this system; check the division code.",
            ),
            region=region[:20],
        )
    window = session.scalar(
        select(CollectingUnitRow.unit_code).where(
            CollectingUnitRow.region == region, CollectingUnitRow.is_window
        )
    )
    return RegionSettings(
        paycode_profile="none" if row.paycode_profile == "none" else "own",
        require_prior_query=row.require_prior_query,
        single_account=row.single_account,
        signature_required=row.signature_required,
        window_unit=window,
    )


def open_regions(session: Session) -> tuple[RegionRow, ...]:
    """Give the regions that are open here, in order of code."""
    query = (
        select(RegionRow)
        .join(RegionSettingRow, RegionSettingRow.region == RegionRow.code)
        .order_by(RegionRow.code)
    )
    return tuple(session.scalars(query))


def regions_within(session: Session, region: str) -> tuple[str, ...]:
    """Give the codes of a region and of all that lie below it, in order of code.

    A division that has ended counts too: enterprises may be registered in it still.
    """
    below: dict[str | None, list[str]] = {}
    for code, parent in session.execute(select(RegionRow.code, RegionRow.parent)):
        below.setdefault(parent, []).append(code)
    found = [region]
    for code in found:
        found += below.get(code, [])
    return tuple(sorted(found))


def region_named(session: Session, region: str) -> RegionRow | None:
    """Find a region by its code."""
    return session.get(RegionRow, region)


def unit_is_known(session: Session, region: str, unit_code: str) -> bool:
    """Say whether a region has, had or will have a unit of this code."""
    return session.get(CollectingUnitRow, (region, unit_code)) is not None


def unit_of(session: Session, region: str, unit_code: str, on: date) -> CollectingUnitRow:
    """Find a unit that is in being on a day. Raises UnitUnknown."""
    row = session.scalar(
        select(CollectingUnitRow).where(
            CollectingUnitRow.region == region,
            CollectingUnitRow.unit_code == unit_code,
            covers(CollectingUnitRow, on),
        )
    )
    if row is None:
        raise UnitUnknown(
            Text(
                f"{region} 在 {on} 没有执收单位 {unit_code[:40]}，请核对单位编码。",
                f"{region} has no collecting unit {unit_code[:40]} on {on}; check its code.",
            ),
            unit=unit_code[:40],
        )
    return row


def units_of(session: Session, region: str, on: date) -> tuple[CollectingUnitRow, ...]:
    """Give the units of a region that are in being on a day, in order of code."""
    query = (
        select(CollectingUnitRow)
        .where(CollectingUnitRow.region == region, covers(CollectingUnitRow, on))
        .order_by(CollectingUnitRow.unit_code)
    )
    return tuple(session.scalars(query))


def items_of_unit(session: Session, region: str, unit_code: str, on: date) -> frozenset[str]:
    """Give the ids of the items that a unit may charge on a day."""
    query = select(UnitItemRow.item_id).where(
        UnitItemRow.region == region, UnitItemRow.unit_code == unit_code, covers(UnitItemRow, on)
    )
    return frozenset(session.scalars(query))


def is_agent_bank(session: Session, region: str, bank: str, on: date) -> bool:
    """Say whether a bank may collect in a region on a day."""
    query = select(AgentBankRow.bank).where(
        AgentBankRow.region == region, AgentBankRow.bank == bank, covers(AgentBankRow, on)
    )
    return session.scalar(query) is not None


def names_of_banks(session: Session) -> dict[str, Text]:
    """Give the name of every bank, by its code."""
    return {row.code: Text(row.name, row.name_en) for row in session.scalars(select(BankRow))}


def agent_banks_of(session: Session, region: str, on: date) -> tuple[BankRow, ...]:
    """Give the banks that may collect in a region on a day, in order of code."""
    query = (
        select(BankRow)
        .join(AgentBankRow, AgentBankRow.bank == BankRow.code)
        .where(AgentBankRow.region == region, covers(AgentBankRow, on))
        .order_by(BankRow.code)
    )
    return tuple(session.scalars(query))


def key_of_bank(session: Session, keyid: str, at: datetime) -> BankKey | None:
    """Find a bank's key that is valid at an instant."""
    row = session.get(BankKeyRow, keyid)
    if row is None or not (row.valid_from <= at and (row.valid_to is None or at < row.valid_to)):
        return None
    return BankKey(row.keyid, row.bank, row.algorithm, row.material)


def bank_keys(session: Session) -> tuple[BankKeyRow, ...]:
    """Give every key that was ever entered, by bank and time."""
    query = select(BankKeyRow).order_by(BankKeyRow.bank, BankKeyRow.valid_from, BankKeyRow.keyid)
    return tuple(session.scalars(query))


def designated_accounts_on(
    session: Session, region: str, on: date
) -> tuple[DesignatedAccountRow, ...]:
    """Give the accounts designated in a region on a day, the printed ones first."""
    query = (
        select(DesignatedAccountRow)
        .where(DesignatedAccountRow.region == region, covers(DesignatedAccountRow, on))
        .order_by(DesignatedAccountRow.valid_from.desc(), DesignatedAccountRow.id)
    )
    rows = session.scalars(query).all()
    return tuple(sorted(rows, key=lambda row: not is_printed(row, on)))


def is_printed(row: DesignatedAccountRow, on: date) -> bool:
    """Say whether notices of a day print this account."""
    return row.valid_from <= on and (row.printed_to is None or on < row.printed_to)


def account_for(session: Session, region: str, bank: str, on: date) -> DesignatedAccountRow | None:
    """Find the account that a bank collects into on a day: its own, else the region's (15a)."""
    return first_account_for(designated_accounts_on(session, region, on), bank)


def first_account_for(
    accounts: tuple[DesignatedAccountRow, ...], bank: str
) -> DesignatedAccountRow | None:
    """Pick from the accounts of a day the one that a bank collects into, if any."""
    found = accounts_for(accounts, bank)
    return found[0] if found else None


def accounts_for(
    accounts: tuple[DesignatedAccountRow, ...], bank: str
) -> tuple[DesignatedAccountRow, ...]:
    """Pick from the accounts of a day those that a bank may collect into."""
    own = tuple(row for row in accounts if row.bank == bank)
    return own or accounts


def account_meant(session: Session, region: str, account_no: str, *, bank: str, on: date) -> str:
    """Give the real account where a bank names the printed one; any other number as it is.

    What a notice prints may be a pseudo account of the bank; payments are judged on the real one.
    """
    accounts = accounts_for(designated_accounts_on(session, region, on), bank)
    if any(row.account_no == account_no for row in accounts):
        return account_no
    return next((r.account_no for r in accounts if r.printed_account == account_no), account_no)
