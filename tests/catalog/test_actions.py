"""Publishing editions: once for ever, by two people where it is a publication."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from feeledger.catalog.actions import (
    EditionNotReviewed,
    EditionTaken,
    ReviewerMissing,
    publish_edition,
)
from feeledger.catalog.canonical import seal_catalog
from feeledger.catalog.draft_actions import draft_edition, review_draft
from feeledger.catalog.linting import lints_of
from feeledger.catalog.queries import (
    EditionMissing,
    edition_in_use,
    edition_of,
    editions_published,
)
from feeledger.catalog.reader import load_catalog
from feeledger.catalog.tables import EditionRow
from feeledger.errors import Text
from feeledger.trail import TrailActRow

EDITION = Path(__file__).parents[2] / "catalogs" / "hebei" / "compiled-2026-11-24"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalog():
    return load_catalog(EDITION)


def edition(catalog, **parts):
    """Make another edition of the same content."""
    return seal_catalog(replace(catalog, edition=replace(catalog.edition, **parts)))


def publication(catalog, **parts):
    """Make a publication of it."""
    whole = {
        "id": "published-2027",
        "kind": "publication",
        "medium": "演示日报",
        "number": "2027-1",
        "document": "冀财税〔2027〕1号",
        "published_on": date(2027, 1, 1),
        "author": "甲",
        "reviewer": "乙",
    }
    return edition(catalog, **(whole | parts))


def publish(store, catalog, now=NOW, **words):
    with store.write() as session:
        return publish_edition(session, catalog, by=words.pop("by", "甲"), now=now, **words)


def reviewed(store, catalog, *, by="乙"):
    """Hand an edition in and let another person review it, with a reason for every finding."""
    reasons = {lint.key: "文件如此" for lint in lints_of(catalog)}
    with store.write() as session:
        row = draft_edition(session, catalog, reasons={}, by="丁", now=NOW)
        review_draft(session, row.id, reasons=reasons, note="", by=by, now=NOW)
    return catalog


def test_a_published_edition_is_read_back_whole(any_store, catalog):
    assert publish(any_store, catalog)

    with any_store.read() as session:
        assert edition_in_use(session) == catalog
        assert edition_of(session, "compiled-2026-11-24") == catalog


def test_publishing_the_same_edition_twice_changes_nothing(store, catalog):
    publish(store, catalog)

    assert not publish(store, catalog, now=NOW + timedelta(days=1))

    with store.read() as session:
        (row,) = editions_published(session)
        acts = session.scalars(select(TrailActRow.act)).all()
    assert row.kept_at == NOW
    assert acts == ["publish-edition"]


def test_another_content_under_a_published_id_is_refused(store, catalog):
    publish(store, catalog)
    other = edition(catalog, title=Text("另一内容", "another content"))

    with pytest.raises(EditionTaken) as refused:
        publish(store, other)

    assert refused.value.facts["published"] == catalog.edition.sha256
    with store.read() as session:
        assert edition_in_use(session) == catalog


def test_the_latest_edition_answers_unless_one_is_named(store, catalog):
    publish(store, catalog)
    later = edition(catalog, id="compiled-2027-06-30", compiled_on=date(2027, 6, 30))
    earlier = edition(catalog, id="compiled-2025-06-30", compiled_on=date(2025, 6, 30))
    publish(store, later)
    publish(store, earlier)

    with store.read() as session:
        assert edition_in_use(session).edition.id == "compiled-2027-06-30"
        assert edition_of(session, "compiled-2025-06-30") == earlier
        assert [row.id for row in editions_published(session)] == [
            "compiled-2027-06-30",
            "compiled-2026-11-24",
            "compiled-2025-06-30",
        ]


def test_a_publication_keeps_its_medium_number_date_and_document(store, catalog):
    whole = reviewed(store, publication(catalog))
    publish(store, whole)

    with store.read() as session:
        (row,) = editions_published(session)
    assert (row.medium, row.number, row.document) == ("演示日报", "2027-1", "冀财税〔2027〕1号")
    assert (row.dated_on, row.author, row.reviewer) == (date(2027, 1, 1), "甲", "乙")


@pytest.mark.parametrize("parts", [{"reviewer": "甲"}, {"reviewer": ""}])
def test_a_publication_reviewed_by_its_author_or_by_nobody_is_refused(parts, store, catalog):
    with pytest.raises(ReviewerMissing):
        publish(store, publication(catalog, **parts))


def test_who_publishes_does_not_review(store, catalog):
    with pytest.raises(ReviewerMissing):
        publish(store, publication(catalog), by="乙")
    with pytest.raises(ReviewerMissing):
        publish(store, catalog, by="丙", reviewer="丙")


def test_a_publication_is_reviewed_before_and_published_by_another(store, catalog):
    whole = publication(catalog)
    with pytest.raises(EditionNotReviewed):
        publish(store, whole)
    reviewed(store, whole, by="戊")

    with pytest.raises(ReviewerMissing):
        publish(store, whole, by="戊")

    assert publish(store, whole)


def test_the_database_refuses_an_incomplete_publication(store, catalog):
    whole = reviewed(store, publication(catalog, medium=""))

    with pytest.raises(DBAPIError):
        publish(store, whole)


def test_no_edition_published_is_told(store):
    with store.read() as session, pytest.raises(EditionMissing) as refused:
        edition_in_use(session)

    assert "publish" in refused.value.detail.en


def test_an_edition_that_was_not_published_is_told(store, catalog):
    publish(store, catalog)

    with store.read() as session, pytest.raises(EditionMissing):
        edition_of(session, "compiled-1999")


@pytest.mark.parametrize(
    "statement", [update(EditionRow).values(sha256="0" * 64), delete(EditionRow)]
)
def test_a_published_edition_is_never_changed_or_deleted(statement, any_store, catalog):
    publish(any_store, catalog)

    with pytest.raises(DBAPIError), any_store.write() as session:
        session.execute(statement)
