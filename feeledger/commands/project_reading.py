"""What ``feeledger project`` is told: fees with their units, facts, chosen lines, amounts that were set."""

import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.opening import read_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from feeledger.catalog.items import Catalog
    from feeledger.enterprises.facts import FactValue
    from feeledger.projects.actions import PartOrder
    from feeledger.projects.project import ProjectItem


def item_of(region: str, text: str) -> "ProjectItem":
    """Read a fee and its unit; of the project's region where no other is named."""
    from feeledger.projects.project import ProjectItem

    place, _, rest = text.rpartition(":")[0].rpartition(":")
    item = text.rpartition(":")[2]
    if not rest or not item or ":" in place or (text.count(":") > 1 and not place):
        raise click.UsageError(
            f"--item {text[:80]}：应为 [区划:]单位:项目 · should be [REGION:]UNIT:ITEM"
        )
    return ProjectItem(item, place or region, rest)


def demand_units(session: "Session", items: tuple["ProjectItem", ...], on: date) -> None:
    """Refuse a unit that is not there, before anything is recorded. Raises UnitUnknown."""
    from feeledger.regions.queries import unit_of

    for each in items:
        unit_of(session, each.unit_region, each.unit_code, on)


def facts_of(
    written: tuple[str, ...], file: Path | None, catalog: "Catalog", language: str
) -> dict[str, "FactValue"]:
    """Read the facts; every fault is told at once, with exit 1."""
    from feeledger.intake.wanted import SUPPLIED
    from feeledger.projects.facts import exact_facts, spoken_fact

    told = _facts_of_file(file)
    for each in written:
        name, mark, value = each.partition("=")
        if not mark:
            raise click.UsageError(f"--fact {each[:80]}：应为 名称=值 · should be NAME=VALUE")
        told[name.strip()] = spoken_fact(value, catalog.facts.get(name.strip()))
    supplied = sorted(told.keys() & SUPPLIED)
    if supplied:
        raise click.UsageError(
            f"{supplied[0]}：由企业登记提供，不能填写 · the register supplies it"
        )
    facts, faults = exact_facts(told, catalog)
    for fault in faults:
        click.echo(f"{fault.field}\t{fault.value}\t{fault.detail.to(language)}", err=True)
    if faults:
        sys.exit(1)
    return facts


def _facts_of_file(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        told = json.loads(file.read_text("utf-8"), parse_float=Decimal)
    except ValueError as broken:
        raise click.UsageError(f"{file.name}：不是 JSON · is no JSON ({broken})") from broken
    if not isinstance(told, dict):
        raise click.UsageError(f"{file.name}：应为一个 JSON 对象 · should be one JSON object")
    return told


def demand_lines(lines: tuple[str, ...], known: Any) -> None:
    """Refuse a line that the catalog does not have."""
    unknown = [line for line in lines if line not in known]
    if unknown:
        raise click.UsageError(f"--line {unknown[0][:80]}：目录中没有 · not in the catalog")


def order_of(told: dict[str, Any]) -> "PartOrder":
    """Read the amounts that were set, each with the document it rests on."""
    from feeledger.money import parse_amount
    from feeledger.notices.charges import DecidedAmount
    from feeledger.projects.actions import PartOrder
    from feeledger.signatures import read_key_ring

    decided = {}
    for each in told["decided"]:
        line, mark, amount = each.partition("=")
        if not mark or not told["document"].strip():
            raise click.UsageError("--decide LINE=AMOUNT --document")
        decided[line.strip()] = DecidedAmount(parse_amount(amount.strip()), told["document"], "")
    ring = read_key_ring(read_settings().signing_keys)
    return PartOrder(decided, settled_only=told["settled_only"], ring=ring)
