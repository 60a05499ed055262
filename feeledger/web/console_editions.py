"""Editions of the catalog in the console: drafts and what becomes of them, changes, findings.

A draft is handed in from the command line, because it is a folder of files. Here it is read,
reviewed with a reason for each warning, returned, withdrawn or published by another person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.catalog.actions import not_reviewed, publish_edition
from feeledger.catalog.changes import changes_between
from feeledger.catalog.draft_actions import return_draft, review_draft, withdraw_draft
from feeledger.catalog.draft_queries import (
    content_of_draft,
    draft_of,
    drafts_kept,
    edition_before,
    published_draft_of,
)
from feeledger.catalog.drafting import (
    DRAFT_STATE_TEXTS,
    DraftState,
    demand_province,
    draft_state_after,
    words_of_standing,
)
from feeledger.catalog.items import Catalog
from feeledger.catalog.linting import Lint, gather_lints, lints_of
from feeledger.catalog.queries import edition_in_use, edition_of, editions_published
from feeledger.catalog.tables import EditionDraftRow, EditionRow
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.store import NATION
from feeledger.trail import acts_about
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    refused_page,
)
from feeledger.web.console_trail_words import shown_acts
from feeledger.web.forms import Form, read_text
from feeledger.web.language import link
from feeledger.web.paging import asked_page, page_of

edition_pages = Blueprint("editions", __name__)

DRAFTS_MOST: Final = 1000
REASON_FIELD: Final = "why-"
NOTE_MOST: Final = 2000
KIND_TEXTS: Final[Mapping[str, Text]] = {
    "publication": Text("公布版", "Publication"),
    "compilation": Text("汇编版，不是官方公布", "Compilation, not an official publication"),
}
TONES: Final = {"published": "good", "draft": "warn", "reviewed": "warn"}


@dataclass(frozen=True, slots=True)
class EditionListed:
    """One line of the list: an edition or a draft of one."""

    id: str
    title: Text
    kind: Text
    dated_on: date
    state: Text
    tone: str
    sha256: str
    address: str
    paper: str


@dataclass(frozen=True, slots=True)
class FindingShown:
    """One finding with its field, and the reason by which it is or may be accepted."""

    field: str
    lint: Lint
    reason: str


@dataclass(frozen=True, slots=True)
class FindingsShown:
    """Equal findings told once; ``reason`` is the one that all of them were accepted for."""

    lint: Lint
    each: tuple[FindingShown, ...]
    reason: str


@edition_pages.get("/console/editions")
@officers(Right.SEE_CONSOLE)
def list_editions(officer: Officer) -> Shown:
    """List the drafts that wait, then the published editions, then what was sent back."""
    with kit().store.read() as session:
        drafts = [_draft_listed(row) for row in drafts_kept(session, limit=DRAFTS_MOST)]
        waiting = [row for row in drafts if row.tone == "warn"]
        published = [_edition_listed(row) for row in editions_published(session)]
    rows = [*waiting, *published, *(row for row in drafts if row.tone != "warn")]
    return console_page(
        "console/editions.html", officer, page=page_of(rows, asked_page(request.args))
    )


@edition_pages.get("/console/editions/<edition>")
@officers(Right.SEE_CONSOLE)
def show_edition(officer: Officer, edition: str) -> Shown:
    """Show a published edition: who reviewed it, what it changed, its findings and their reasons."""
    with kit().store.read() as session:
        catalog = edition_of(session, edition)
        row = session.get_one(EditionRow, catalog.edition.id)
        draft = published_draft_of(session, catalog.edition.sha256)
        reasons = {} if draft is None else draft.accepted or draft.reasons
        return console_page(
            "console/edition.html",
            officer,
            row=row,
            draft=draft,
            state=DRAFT_STATE_TEXTS["published"],
            tone="good",
            **_content_shown(session, catalog, reasons),
        )


@edition_pages.get("/console/editions/drafts/<record:draft>")
@officers(Right.SEE_CONSOLE)
def show_draft(officer: Officer, draft: int) -> Shown:
    """Show a draft: what it changes, its findings, and the steps it may take."""
    return _draft_page(officer, draft, Form())


@edition_pages.post("/console/editions/drafts/<record:draft>/review")
@officers(Right.REVIEW_EDITION)
def review(officer: Officer, draft: int) -> Shown:
    """Let a draft pass with a reason for each warning, or send it back with one reason."""
    form = Form(request.form)
    lints = _findings_to_judge(officer, draft)
    back = form.value("verdict") == "return"
    note = read_text(form, "note", needed=REASON_NEEDED if back else None, longest=NOTE_MOST)
    reasons = {} if back else _reasons_written(form, lints)
    by, now = officer.login, kit().clock.now()

    def judge(session: Session) -> int:
        if back:
            return return_draft(session, draft, reason=note, by=by, now=now).id
        return review_draft(session, draft, reasons=reasons, note=note, by=by, now=now).id

    if form.sound and carry_out(form, "note", judge) is not None:
        text = Text("草稿已退回。", "The draft was sent back.")
        if not back:
            text = Text("复核通过，待公布。", "Reviewed; it can be published now.")
        return done(text, "editions.show_draft", draft=draft)
    return refused_page(_draft_page(officer, draft, form))


@edition_pages.post("/console/editions/drafts/<record:draft>/withdraw")
@officers(Right.PUBLISH_EDITION)
def withdraw(officer: Officer, draft: int) -> Shown:
    """Take a draft back, with the reason."""
    form = Form(request.form)
    _findings_to_judge(officer, draft)
    reason = read_text(form, "reason", needed=REASON_NEEDED, longest=NOTE_MOST)
    by, now = officer.login, kit().clock.now()

    def take_back(session: Session) -> int:
        return withdraw_draft(session, draft, reason=reason, by=by, now=now).id

    if form.sound and carry_out(form, "reason", take_back) is not None:
        text = Text("草稿已撤回。", "The draft was withdrawn.")
        return done(text, "editions.show_draft", draft=draft)
    return refused_page(_draft_page(officer, draft, form))


@edition_pages.post("/console/editions/drafts/<record:draft>/publish")
@officers(Right.PUBLISH_EDITION)
def publish(officer: Officer, draft: int) -> Shown:
    """Publish a reviewed draft; whoever reviewed it may not."""
    form = Form(request.form)
    _findings_to_judge(officer, draft)
    by, now = officer.login, kit().clock.now()

    def write(session: Session) -> str:
        row = draft_of(session, draft, for_update=True)
        draft_state_after(row.state, "publish")
        if row.state != "reviewed":
            raise not_reviewed(row.edition, row.sha256)
        publish_edition(session, content_of_draft(session, row), by=by, now=now)
        return row.edition

    edition = carry_out(form, "publish", write)
    if edition is not None:
        with kit().store.read() as session:
            used = edition_in_use(session).edition.id
        standing = words_of_standing(edition, used)
        text = Text(f"已公布 {edition}。{standing.zh}", f"{edition} is published.{standing.en}")
        return done(text, "editions.show_edition", edition=edition)
    return refused_page(_draft_page(officer, draft, form))


def _findings_to_judge(officer: Officer, draft: int) -> tuple[Lint, ...]:
    """Give a draft's findings to an officer of its province. Raises EditionElsewhere."""
    with kit().store.read() as session:
        row = draft_of(session, draft)
        demand_province(officer.region, row.province)
        return lints_of(content_of_draft(session, row))


def _reasons_written(form: Form, lints: Sequence[Lint]) -> dict[str, str]:
    return {
        lint.key: read_text(form, _field(at), needed=REASON_NEEDED, longest=NOTE_MOST)
        for at, lint in enumerate(lints)
        if not lint.grave
    }


def _draft_page(officer: Officer, draft: int, form: Form) -> str:
    with kit().store.read() as session:
        row = draft_of(session, draft)
        catalog = content_of_draft(session, row)
        shown = _content_shown(session, catalog, row.accepted or row.reasons)
        for finding in shown["findings"] if request.method == "GET" else ():
            form.written.setdefault(finding.field, finding.reason)
        return console_page(
            "console/edition_draft.html",
            officer,
            at=link("editions.show_draft", draft=draft),
            form=form,
            row=row,
            state=DRAFT_STATE_TEXTS[cast("DraftState", row.state)],
            tone=TONES.get(row.state, ""),
            concerned=officer.login in (row.author, row.drafted_by),
            ours=officer.region == row.province,
            **shown,
        )


def _content_shown(
    session: Session, catalog: Catalog, reasons: Mapping[str, str]
) -> dict[str, Any]:
    """Give what a page shows of an edition's content: changes, findings, counts, history."""
    before = edition_before(session, catalog)
    changes = () if before is None else changes_between(before, catalog)
    lints = lints_of(catalog)
    findings = {
        lint.key: FindingShown(_field(at), lint, reasons.get(lint.key, ""))
        for at, lint in enumerate(lints)
    }
    history = acts_about(session, NATION, f"edition:{catalog.edition.id}")
    return {
        "edition": catalog.edition,
        "kind": KIND_TEXTS[catalog.edition.kind],
        "before": None if before is None else before.edition,
        "changes": page_of(changes, asked_page(request.args)),
        "findings": list(findings.values()),
        "gathered": _gathered(findings, reasons),
        "to_judge": _gathered(findings, {}),
        "grave": sum(lint.grave for lint in lints),
        "items": len(catalog.items),
        "lines": sum(len(item.lines) for item in catalog.items.values()),
        "history": list(shown_acts(history)),
    }


def _gathered(
    findings: Mapping[str, FindingShown], reasons: Mapping[str, str]
) -> list[FindingsShown]:
    lints = [finding.lint for finding in findings.values()]
    return [
        FindingsShown(same.lint, tuple(findings[lint.key] for lint in same.each), same.reason)
        for same in gather_lints(lints, reasons)
    ]


def _field(at: int) -> str:
    return f"{REASON_FIELD}{at + 1}"


def _edition_listed(row: EditionRow) -> EditionListed:
    paper = " ".join(part for part in (row.medium, row.number, row.document) if part)
    return EditionListed(
        id=row.id,
        title=Text(row.id, row.id),
        kind=KIND_TEXTS[row.kind],
        dated_on=row.dated_on,
        state=DRAFT_STATE_TEXTS["published"],
        tone="good",
        sha256=row.sha256,
        address=link("editions.show_edition", edition=row.id),
        paper=paper,
    )


def _draft_listed(row: EditionDraftRow) -> EditionListed:
    return EditionListed(
        id=row.edition,
        title=Text(row.title_zh, row.title_en),
        kind=KIND_TEXTS[row.kind],
        dated_on=row.dated_on,
        state=DRAFT_STATE_TEXTS[cast("DraftState", row.state)],
        tone=TONES.get(row.state, ""),
        sha256=row.sha256,
        address=link("editions.show_draft", draft=row.id),
        paper="",
    )
