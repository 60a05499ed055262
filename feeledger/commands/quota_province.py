"""The province of ``feeledger quota draft --whole``: the regions of one run, one after another."""

import json
from typing import TYPE_CHECKING, Any

import click

from feeledger.commands.assess_telling import Watch
from feeledger.errors import Text

if TYPE_CHECKING:
    from feeledger.clock import Clock
    from feeledger.quotas.province_batches import ProvinceDraft, ProvinceDrafted
    from feeledger.store import Store


def draft_whole(
    store: "Store", clock: "Clock", asked: tuple[str, int, str], language: str, *, as_json: bool
) -> None:
    """Draft every region of a province's run, with progress, and tell what it came to."""
    from feeledger.assessment.province_batches import province_of, summary_of_province
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.queries import edition_of
    from feeledger.quotas.province_batches import draft_province

    region, run, by = asked
    with store.read() as session:
        plan = plan_of(edition_of(session, province_of(session, region, run).edition))
    watch = Watch(summary_of_province(store, region, run).whole.enterprises)

    def tell(done: "ProvinceDraft") -> None:
        place = f"{done.region} ({done.regions_done}/{done.regions})  "
        watch.show(done.enterprises, place)

    told = draft_province(store, plan, region=region, run=run, by=by, now=clock.now, watch=tell)
    watch.end()
    if as_json:
        click.echo(json.dumps(_document(region, told), ensure_ascii=False))
        return
    for place, part in told.parts:
        click.echo(f"{place}  {part.drafted:>9,}  {part.unchanged:>9,}")
    whole = told.whole
    words = Text(
        f"{whole.year} 年：新草案 {whole.drafted} 户，未变 {whole.unchanged} 户（上列：区划、新草案、未变）",
        f"{whole.year}: {whole.drafted} drafted, {whole.unchanged} unchanged (above: region, drafted, "
        f"unchanged)",
    )
    click.echo(words.to(language))


def _document(region: str, told: "ProvinceDrafted") -> dict[str, Any]:
    parts = [
        {"region": place, "drafted": part.drafted, "unchanged": part.unchanged}
        for place, part in told.parts
    ]
    whole = told.whole
    return {
        "region": region,
        "year": whole.year,
        "drafted": whole.drafted,
        "unchanged": whole.unchanged,
        "regions": parts,
    }
