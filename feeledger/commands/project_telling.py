"""What ``feeledger project`` tells of a project: each region's lines, totals and notices."""

from typing import TYPE_CHECKING, Any

import click

from feeledger.errors import Text

if TYPE_CHECKING:
    from feeledger.projects.project import PartLine
    from feeledger.projects.queries import PartNotice, ProjectRead
    from feeledger.projects.tables import ProjectRow
    from feeledger.store import Store

STANDINGS = {
    "settled": Text("已定", "settled"),
    "to_decide": Text("待定金额", "amount to be set"),
    "open": Text("未定", "open"),
}


def list_document(row: "ProjectRow") -> dict[str, Any]:
    """Give one project of a list as data."""
    return {
        "id": str(row.id),
        "number": row.number,
        "name": row.name,
        "kind": row.kind,
        "uscc": row.uscc,
        "on": row.arose_on.isoformat(),
        "recorded_by": row.recorded_by,
    }


def project_document(store: "Store", read: "ProjectRead") -> dict[str, Any]:
    """Give a project with every region's part as data; a region's notices are read in its own turn."""
    from feeledger.projects.project import part_lines, total_of_part
    from feeledger.projects.queries import notices_of_part

    parts: list[dict[str, Any]] = []
    waiting = 0
    for region in read.regions:
        lines = part_lines(read.answer, read.items, region)
        waiting += sum(each.standing != "settled" for each in lines)
        with store.read() as session:
            notices = notices_of_part(session, region, read.row.region, read.row.id)
        parts.append(
            {
                "region": region,
                "total": str(total_of_part(lines)),
                "lines": [_line(each) for each in lines],
                "notices": [_notice(each) for each in notices],
            }
        )
    return {
        **list_document(read.row),
        "region": read.row.region,
        "round": read.round.round,
        "edition": read.round.edition,
        "facts": dict(read.round.facts),
        "chosen": list(read.round.lines),
        "parts": parts,
        "open": waiting,
    }


def tell_project(document: dict[str, Any], language: str) -> None:
    """Print a project: the head, then region by region its lines and notices."""
    click.echo(f"{document['number']}  {document['name']}  {document['uscc']}  {document['on']}")
    for part in document["parts"]:
        told = Text("已定合计", "settled in all").to(language)
        click.echo(f"{part['region']}  {told} {part['total']}")
        for line in part["lines"]:
            standing = STANDINGS[line["standing"]].to(language)
            needs = f"  {', '.join(line['needs'])}" if line["needs"] else ""
            click.echo(
                f"{line['amount'] or '—':>18}  {line['line'] or line['item']}  {standing}{needs}"
            )
        for notice in part["notices"]:
            name = Text("缴款码", "pay code").to(language)
            click.echo(f"{notice['amount']:>18}  {name} {notice['pay_code']}  {notice['status']}")


def _line(each: "PartLine") -> dict[str, Any]:
    answer = each.answer
    return {
        "item": answer.item,
        "line": answer.line,
        "unit": each.item.unit_code,
        "outcome": answer.outcome,
        "amount": None if answer.amount is None else str(answer.amount),
        "standing": each.standing,
        "alternative": answer.alternative,
        "needs": [need.fact for need in answer.needs],
    }


def _notice(each: "PartNotice") -> dict[str, Any]:
    row = each.row
    return {
        "notice": str(row.id),
        "pay_code": row.pay_code,
        "amount": f"{row.amount_fen // 100}.{row.amount_fen % 100:02d}",
        "status": row.status,
        "due_on": row.due_on.isoformat(),
        "covers": each.covers,
    }
