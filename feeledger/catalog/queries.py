"""Published editions: the one in use, one by its id, all of them."""

import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.catalog.canonical import catalog_from_document
from feeledger.catalog.items import Catalog
from feeledger.catalog.tables import EditionRow
from feeledger.errors import Missing, Text

EDITIONS_KEPT = 4

# Content is immutable, so what was read once under a hash stays true; a process keeps the last few.
_read: dict[str, Catalog] = {}


class EditionMissing(Missing):
    """No edition was published yet, or none under the id."""

    code = "edition-missing"
    title = Text("没有这个目录版本", "There is no such edition of the catalog")


def edition_in_use(session: Session) -> Catalog:
    """Give the edition that answers: the latest by its day, then by when it was kept.

    Raises EditionMissing where none was published.
    """
    found = session.execute(
        select(EditionRow.id, EditionRow.sha256)
        .order_by(EditionRow.dated_on.desc(), EditionRow.kept_at.desc(), EditionRow.id.desc())
        .limit(1)
    ).first()
    if found is None:
        raise EditionMissing(
            Text(
                "尚未公布任何目录版本：请先运行 feeledger catalog publish 目录文件夹。",
                "No edition was published yet: run feeledger catalog publish FOLDER first.",
            )
        )
    return _catalog_of(session, found.id, found.sha256)


def edition_known_at(session: Session, at: datetime) -> Catalog:
    """Give the edition that answered at an instant: the latest of those published by then.

    Raises EditionMissing where none was.
    """
    found = session.execute(
        select(EditionRow.id, EditionRow.sha256)
        .where(EditionRow.kept_at <= at)
        .order_by(EditionRow.dated_on.desc(), EditionRow.kept_at.desc(), EditionRow.id.desc())
        .limit(1)
    ).first()
    if found is None:
        raise EditionMissing(
            Text(
                f"截至 {at.isoformat()} 尚未公布任何目录版本。",
                f"No edition was published by {at.isoformat()}.",
            )
        )
    return _catalog_of(session, found.id, found.sha256)


def edition_of(session: Session, edition_id: str) -> Catalog:
    """Give one published edition.

    Raises EditionMissing.
    """
    sha256 = session.scalar(select(EditionRow.sha256).where(EditionRow.id == edition_id))
    if sha256 is None:
        raise EditionMissing(
            Text(
                f"没有公布过版本“{edition_id[:60]}”。",
                f"No edition “{edition_id[:60]}” was published.",
            ),
            edition=edition_id[:60],
        )
    return _catalog_of(session, edition_id, sha256)


def is_published(session: Session, edition_id: str) -> bool:
    """Say whether an edition of this id is published."""
    return session.scalar(select(EditionRow.id).where(EditionRow.id == edition_id)) is not None


def editions_published(session: Session) -> tuple[EditionRow, ...]:
    """Give every published edition, the latest first; the content is read only when asked for."""
    rows = session.scalars(
        select(EditionRow).order_by(EditionRow.dated_on.desc(), EditionRow.kept_at.desc())
    )
    return tuple(rows)


def _catalog_of(session: Session, edition_id: str, sha256: str) -> Catalog:
    """Read an edition's content, or take it from what this process has read."""
    kept = _read.get(sha256)
    if kept is not None:
        return kept
    content = session.scalars(select(EditionRow.content).where(EditionRow.id == edition_id)).one()
    catalog = catalog_from_document(json.loads(content))
    while len(_read) >= EDITIONS_KEPT:
        _read.pop(next(iter(_read)), None)
    _read[sha256] = catalog
    return catalog
