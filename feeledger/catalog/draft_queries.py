"""Finding drafts of editions, what is in them, and the edition each comes after."""

import json

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feeledger.catalog.canonical import catalog_from_document
from feeledger.catalog.drafting import OPEN_DRAFTS
from feeledger.catalog.items import Catalog
from feeledger.catalog.queries import edition_of
from feeledger.catalog.tables import EditionDraftRow, EditionRow
from feeledger.errors import Missing, Text


class DraftMissing(Missing):
    """There is no such draft of an edition."""

    code = "draft-missing"
    title = Text("没有这份目录草稿", "There is no such draft of an edition")


def draft_of(session: Session, draft: int, *, for_update: bool = False) -> EditionDraftRow:
    """Find a draft, perhaps to move it. Raises DraftMissing."""
    row = session.get(
        EditionDraftRow, draft, with_for_update=for_update, populate_existing=for_update
    )
    if row is None:
        raise DraftMissing(
            Text(f"没有编号为 {draft} 的目录草稿。", f"There is no draft {draft} of an edition.")
        )
    return row


def open_draft_of(session: Session, sha256: str) -> EditionDraftRow | None:
    """Give the draft of a content that still waits for review or publication."""
    query = (
        select(EditionDraftRow)
        .where(EditionDraftRow.sha256 == sha256, EditionDraftRow.state.in_(OPEN_DRAFTS))
        .order_by(EditionDraftRow.drafted_at.desc(), EditionDraftRow.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def content_of_draft(session: Session, row: EditionDraftRow) -> Catalog:
    """Read a draft's content back."""
    query = select(EditionDraftRow.content).where(EditionDraftRow.id == row.id)
    return catalog_from_document(json.loads(session.scalars(query).one()))


def drafts_kept(session: Session, *, limit: int, offset: int = 0) -> tuple[EditionDraftRow, ...]:
    """Give the drafts that were not published, those that wait first, then the latest."""
    waiting = EditionDraftRow.state.in_(OPEN_DRAFTS)
    query = (
        select(EditionDraftRow)
        .where(EditionDraftRow.state != "published")
        .order_by(waiting.desc(), EditionDraftRow.drafted_at.desc(), EditionDraftRow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def count_drafts(session: Session, *, waiting: bool = False) -> int:
    """Count the drafts that were not published; perhaps only those that wait."""
    query = select(func.count()).select_from(EditionDraftRow)
    if waiting:
        return session.scalar(query.where(EditionDraftRow.state.in_(OPEN_DRAFTS))) or 0
    return session.scalar(query.where(EditionDraftRow.state != "published")) or 0


def published_draft_of(session: Session, sha256: str) -> EditionDraftRow | None:
    """Give the draft from which a published edition came; None for one taken in without."""
    query = select(EditionDraftRow).where(
        EditionDraftRow.sha256 == sha256, EditionDraftRow.state == "published"
    )
    return session.scalar(query.limit(1))


def edition_before(session: Session, catalog: Catalog) -> Catalog | None:
    """Give the published edition that an edition or draft comes after, by its day; None: the first."""
    edition = catalog.edition
    day = edition.published_on or edition.compiled_on
    query = (
        select(EditionRow.id)
        .where(EditionRow.id != edition.id, EditionRow.dated_on <= day)
        .order_by(EditionRow.dated_on.desc(), EditionRow.kept_at.desc(), EditionRow.id.desc())
        .limit(1)
    )
    found = session.scalar(query)
    return None if found is None else edition_of(session, found)
