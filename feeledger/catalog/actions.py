"""Publish an edition: keep its canonical content for ever; nothing published is changed.

A publication was reviewed as a draft of the same hash, and who reviewed it does not publish it. A
compilation is no official text: it may be taken in without review.
"""

from datetime import date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from feeledger.catalog.canonical import canonical_text, seal_catalog
from feeledger.catalog.draft_queries import open_draft_of
from feeledger.catalog.drafting import draft_state_after
from feeledger.catalog.items import Catalog, Edition
from feeledger.catalog.linting import demand_no_grave
from feeledger.catalog.tables import EditionDraftRow, EditionRow
from feeledger.errors import Conflict, Invalid, Text
from feeledger.trail import record_act


class EditionTaken(Conflict):
    """Another content is published under the id already."""

    code = "edition-taken"
    title = Text("该版本编号已有另一内容", "The edition id is taken by another content")


class ReviewerMissing(Invalid):
    """A publication needs a reviewer who is not its author."""

    code = "reviewer-missing"
    title = Text("公布版须由另一人复核", "A publication must be reviewed by another person")


class EditionNotReviewed(Conflict):
    """A publication was not reviewed as a draft of this very content."""

    code = "edition-not-reviewed"
    title = Text("公布版须先复核", "A publication is reviewed first")


def publish_edition(
    session: Session, catalog: Catalog, *, by: str, now: datetime, reviewer: str = ""
) -> bool:
    """Keep an edition; False where the same content is published under its id already.

    Raises EditionTaken for another content, EditionDoubtful for grave findings, ReviewerMissing or
    EditionNotReviewed for a publication without two people.
    """
    edition = seal_catalog(catalog).edition
    _demand_two_people(edition, by, reviewer)
    kept = session.get(EditionRow, edition.id)
    if kept is not None:
        demand_same(kept, edition)
        return False
    demand_no_grave(catalog)
    draft = open_draft_of(session, edition.sha256)
    _demand_reviewed(edition, draft, by)
    session.execute(insert(EditionRow), _row_of(edition, canonical_text(catalog), by, now))
    record_act(
        session,
        actor=by,
        act="publish-edition",
        subject=f"edition:{edition.id}",
        reason="",
        now=now,
        details={
            "sha256": edition.sha256,
            "kind": edition.kind,
            "items": len(catalog.items),
            "reviewer": reviewer or edition.reviewer,
            "reviewed_by": "" if draft is None else draft.reviewed_by or "",
        },
    )
    if draft is not None:
        draft.state = draft_state_after(draft.state, "publish")
        draft.published_by, draft.published_at = by, now
        session.flush()
    return True


def dated_on(edition: Edition) -> date:
    """Give the day by which editions are ordered: of publication, or of compilation."""
    return edition.published_on or edition.compiled_on


def _demand_two_people(edition: Edition, by: str, reviewer: str) -> None:
    """Refuse a publication whose author, or whoever publishes it, is its reviewer."""
    judged = reviewer or edition.reviewer
    if edition.kind != "publication" and not judged:
        return
    author = edition.author or by
    if not judged or judged in (author, by):
        raise ReviewerMissing(
            Text(
                f"编制人“{author}”，操作人“{by}”，复核人“{judged}”：复核人须写明，且不是编制人或操作人。",
                f"Author “{author}”, publisher “{by}”, reviewer “{judged}”: name a reviewer who is "
                f"neither author nor publisher.",
            ),
            edition=edition.id,
        )


def _demand_reviewed(edition: Edition, draft: EditionDraftRow | None, by: str) -> None:
    """Let a publication pass that was reviewed, and not by whoever publishes it."""
    reviewed_by = None if draft is None else draft.reviewed_by
    if reviewed_by is None and edition.kind == "publication":
        raise not_reviewed(edition.id, edition.sha256)
    if reviewed_by is not None and reviewed_by.casefold() == by.casefold():
        raise ReviewerMissing(
            Text(
                f"“{by}”复核了这一版，须由另一人公布。",
                f"“{by}” reviewed this edition: another person must publish it.",
            ),
            edition=edition.id,
        )


def not_reviewed(edition: str, sha256: str) -> EditionNotReviewed:
    """Make the refusal of an edition that nobody reviewed."""
    return EditionNotReviewed(
        Text(
            f"版本 {edition}（{sha256[:12]}…）尚未复核：先提交草稿（feeledger catalog draft），"
            "由另一人复核。",
            f"Edition {edition} ({sha256[:12]}…) was not reviewed: hand it in (feeledger catalog "
            "draft) and let another person review it.",
        ),
        edition=edition,
    )


def demand_same(kept: EditionRow, edition: Edition) -> None:
    """Refuse another content under a published id. Raises EditionTaken."""
    if kept.sha256 == edition.sha256:
        return
    raise EditionTaken(
        Text(
            f"版本 {edition.id} 已公布，内容摘要为 {kept.sha256[:12]}…，本次为 {edition.sha256[:12]}…。"
            f"已公布的版本不可更改：更正须另编新版本。",
            f"Edition {edition.id} is published with hash {kept.sha256[:12]}…, this one has "
            f"{edition.sha256[:12]}…. A published edition never changes: make a new edition.",
        ),
        edition=edition.id,
        published=kept.sha256,
        offered=edition.sha256,
    )


def _row_of(edition: Edition, content: str, by: str, now: datetime) -> dict[str, object]:
    """Give the columns of a published edition."""
    return {
        "id": edition.id,
        "kind": edition.kind,
        "sha256": edition.sha256,
        "content": content,
        "dated_on": dated_on(edition),
        "medium": edition.medium,
        "number": edition.number,
        "document": edition.document,
        "published_on": edition.published_on,
        "author": edition.author,
        "reviewer": edition.reviewer,
        "kept_by": by,
        "kept_at": now,
    }
