"""What if: an officer lays a change over the catalog and sees what it would cost whom; nothing is kept."""

from typing import Any, Final

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.catalog.overlays import NAME, read_overlay
from feeledger.catalog.queries import edition_in_use
from feeledger.catalog.yamltext import MAX_BYTES
from feeledger.doors import kit
from feeledger.enterprises.batch_queries import names_of_enterprises
from feeledger.errors import Fault, FeeLedgerError, FileRefused, Text
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.web.console_door import Shown, console_page, officers, refused_page
from feeledger.web.forms import Form, read_day
from feeledger.web.language import link
from feeledger.web.present import today
from feeledger.whatif.batches import Question, compare_region
from feeledger.whatif.change_queries import change_from_edition
from feeledger.whatif.comparing import Change
from feeledger.whatif.impact import Impact
from feeledger.whatif.telling import GROUP_NAMES, group_label, groups_of

whatif_pages = Blueprint("whatif", __name__)

FAULTS_SHOWN: Final = 50
EXAMPLE: Final = """\
overlay:
  base: {edition}
  title: {{ zh: 水土保持补偿费降到 1.20 元, en: Soil and water compensation at 1.20 }}
replace_lines:
  - item: soil-water-compensation
    line:
      id: soil-water.general-construction
      name: {{ zh: 一般性生产建设项目(及采矿建设期), en: General construction project }}
      place: 河北省
      window: {{ from: unknown, not_before: "2017-07-01", to: open }}
      period: per_event
      rate: {{ form: per_unit, amount: "1.20", unit: 平方米, quantities: [land_occupied_m2] }}
      round_quantity_up_to: "1"
      standard: 1.20元/平方米
      basis: {{ documents: [发改价格〔2017〕1186号] }}
      confidence: {{ level: high }}
      sources: [cri-soil-2018, jiuquan-1186]
"""
NEEDED: Final = Text("请粘贴改动，或选择一个文件。", "Paste the change, or choose a file.")


@whatif_pages.get("/console/whatif")
@officers(Right.TRY_CHANGE)
def show_whatif(officer: Officer) -> Shown:
    """Show the form, with an example that can be tried."""
    return _page(officer, Form())


@whatif_pages.post("/console/whatif")
@officers(Right.TRY_CHANGE)
def try_change(officer: Officer) -> Shown:
    """Work a change out over the region's enterprises, and show who pays more and who less."""
    form = Form(request.form)
    data = _written(form)
    on = read_day(form, "on") if form.value("on") else today()
    if not form.sound or on is None:
        return refused_page(_page(officer, form))
    try:
        laid = read_overlay(kit().settings.catalog, data, NAME)
    except FileRefused as refused:
        form.refuse("overlay", refused.detail)
        return refused_page(_page(officer, form, faults=refused.faults))
    clock, settings = kit().clock, kit().settings
    asked = Question(officer.region, on, clock.now(), settings.data)
    try:
        with kit().store.read() as session:
            change = change_from_edition(session, laid)
        impact = compare_region(kit().store, change, asked)
    except FeeLedgerError as refused:
        form.refuse("overlay", refused.detail)
        return refused_page(_page(officer, form))
    with kit().store.read() as session:
        return _page(officer, form, shown=_shown(session, (laid.title, change), impact, asked))


def _written(form: Form) -> bytes:
    """Give the overlay: the file where one was sent, else the text."""
    sent = request.files.get("file")
    data = sent.stream.read(MAX_BYTES + 1) if sent is not None and sent.filename else b""
    data = data or form.value("overlay").encode("utf-8", "replace")
    if not data.strip():
        form.refuse("overlay", NEEDED)
    return data


def _shown(
    session: Session, told: tuple[Text, Change], impact: Impact, asked: Question
) -> dict[str, Any]:
    title, change = told
    editions = change.after.catalog, change.before.catalog
    hits = (*impact.losing, *impact.gaining)
    return {
        "title": title,
        "on": asked.on,
        "impact": impact,
        "groups": [
            (GROUP_NAMES[group], [(group_label(group, n, *editions), s) for n, s in rows])
            for group, rows in groups_of(impact).items()
            if group != "regions"
        ],
        "names": names_of_enterprises(session, [hit.uscc for hit in hits]),
    }


def _page(
    officer: Officer,
    form: Form,
    *,
    faults: tuple[Fault, ...] = (),
    shown: dict[str, Any] | None = None,
) -> str:
    with kit().store.read() as session:
        edition = edition_in_use(session).edition.id
    return console_page(
        "console/whatif.html",
        officer,
        at=link("whatif.show_whatif"),
        form=form,
        edition=edition,
        example=EXAMPLE.format(edition=edition),
        faults=faults[:FAULTS_SHOWN],
        fault_count=len(faults),
        shown=shown,
        day=today(),
    )
