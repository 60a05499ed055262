"""``feeledger assess --enterprise``: what is owed by what was known of an enterprise, and why."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.opening import open_or_tell
from feeledger.errors import Text

if TYPE_CHECKING:
    from feeledger.assessment.known_queries import KnownAnswer


def assess_enterprise(
    asked: tuple[str, str, date],
    known_on: date | None,
    chosen: tuple[tuple[str, ...], tuple[str, ...]],
    language: str,
    *,
    as_json: bool,
) -> None:
    """Answer for a credit code, a region and a day, by what was known at the end of another day."""
    from feeledger.assessment.explanation import answer_document
    from feeledger.assessment.known_queries import answer_as_known
    from feeledger.catalog.plan import plan_of
    from feeledger.commands.assess import line_of, text_of
    from feeledger.judgements import narrow_upper

    uscc, region, on = asked
    with open_or_tell(language) as (store, clock):
        known_at = clock.now() if known_on is None else end_of_day(known_on)
        with store.read() as session:
            known = answer_as_known(session, region, narrow_upper(uscc), on=on, known_at=known_at)
    told = answer_document(known.answer, language)
    told["ref"] = narrow_upper(uscc)
    told["lines"] = [line for line in told["lines"] if _is_wanted(line, *chosen)]
    if as_json:
        click.echo(line_of(told | _basis(known, language)))
    else:
        click.echo("\n".join(_basis_lines(known, language)))
        click.echo(text_of(told, plan_of(known.catalog), language))


def end_of_day(day: date) -> datetime:
    """Give the last instant of a Beijing day: what was known by then was known on it."""
    from feeledger.clock import BEIJING

    last = datetime.combine(day + timedelta(days=1), time(), BEIJING)
    return last - timedelta(microseconds=1)


def _is_wanted(line: dict[str, Any], items: tuple[str, ...], lines: tuple[str, ...]) -> bool:
    return not (items or lines) or line["item"] in items or line["line"] in lines


def _basis(known: "KnownAnswer", language: str) -> dict[str, Any]:
    return {
        "known_at": known.known_at.isoformat(),
        "facts": [
            {
                "fact": fact.name,
                "value": _plain(fact.value),
                "unit": fact.unit,
                "valid_from": fact.valid_from.isoformat(),
                "valid_to": fact.valid_to.isoformat() if fact.valid_to else None,
                "source": fact.source,
                "document": fact.document,
                "known_at": fact.known_at.isoformat(),
                "known_by": fact.known_by,
            }
            for fact in known.facts.values()
        ],
        "register": {name: _plain(value) for name, value in known.register.items()},
        "left_out": [
            {"fact": fault.field, "detail": fault.detail.to(language)} for fault in known.left_out
        ],
    }


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | str) else str(value)


def _basis_lines(known: "KnownAnswer", language: str) -> list[str]:
    """Say by what was known, fact by fact, before the answer."""
    at = known.known_at.isoformat(timespec="seconds")
    edition = known.catalog.edition.id
    head = Text(f"按 {at} 所知，目录版本 {edition}：", f"As known at {at}, edition {edition}:")
    rows = [head.to(language)]
    for fact in known.facts.values():
        since = Text(f"自 {fact.valid_from}", f"from {fact.valid_from}").to(language)
        rows.append(
            f"  {fact.name} = {_plain(fact.value)}  {since}  {fact.source}  {fact.document}"
        )
    rows += [f"  {name} = {_plain(value)}  register" for name, value in known.register.items()]
    rows += [f"  ! {fault.detail.to(language)}" for fault in known.left_out]
    return [*rows, ""]
