"""The life of an edition: a draft is handed in, reviewed by another person, published unchanged."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from feeledger.catalog.actions import EditionTaken, publish_edition
from feeledger.catalog.canonical import seal_catalog
from feeledger.catalog.draft_actions import (
    DraftNoteRefused,
    ReviewerConcerned,
    draft_edition,
    return_draft,
    review_draft,
    withdraw_draft,
)
from feeledger.catalog.draft_queries import (
    DraftMissing,
    content_of_draft,
    draft_of,
    drafts_kept,
    edition_before,
)
from feeledger.catalog.drafting import DraftNotMovable
from feeledger.catalog.linting import EditionDoubtful, lints_of
from feeledger.catalog.tables import EditionDraftRow
from feeledger.errors import Text
from feeledger.trail import TrailActRow
from tests.builders import NOW, an_edition, the_catalog

AUTHOR, OTHER = "author", "reviewer"


def the_next(**parts):
    """Give the repository's edition as a publication of 2027."""
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
    catalog = the_catalog()
    return seal_catalog(replace(catalog, edition=replace(catalog.edition, **(whole | parts))))


REASONS = {lint.key: "文件如此" for lint in lints_of(the_catalog())}


def hand_in(session, catalog=None, *, by=AUTHOR, reasons=None):
    catalog = catalog or the_next()
    return draft_edition(session, catalog, reasons=reasons or {}, by=by, now=NOW)


def test_an_edition_is_drafted_reviewed_and_published_on_both_databases(any_store):
    catalog = the_next()
    with any_store.write() as session:
        first = an_edition(session)
        row = hand_in(session, catalog, reasons={**REASONS, "no-finding x": "y"})
        assert (row.state, row.sha256, row.reasons) == ("draft", catalog.edition.sha256, REASONS)
        assert hand_in(session, catalog).id == row.id  # handed in again: the one that waits
        assert edition_before(session, catalog).edition.id == first.edition.id
    with any_store.write() as session:
        passed = review_draft(session, row.id, reasons=REASONS, note="照办", by=OTHER, now=NOW)
        assert (passed.state, passed.reviewed_by, passed.accepted) == ("reviewed", OTHER, REASONS)
    with any_store.write() as session:
        assert content_of_draft(session, draft_of(session, row.id)) == catalog
        assert publish_edition(session, catalog, by=AUTHOR, now=NOW)
        assert draft_of(session, row.id).state == "published"
        assert drafts_kept(session, limit=9) == ()
        with pytest.raises(EditionTaken):
            hand_in(session, catalog)
    with any_store.read() as session:
        acts = session.scalars(
            select(TrailActRow.act).where(TrailActRow.subject == "edition:published-2027")
        )
        assert sorted(acts) == ["draft-edition", "publish-edition", "review-edition"]
    for values in ({"content": "{}"}, {"reviewed_by": AUTHOR}):
        with pytest.raises(DBAPIError), any_store.write() as session:
            session.execute(update(EditionDraftRow).values(**values))


def test_nobody_reviews_what_they_wrote_or_handed_in(store):
    with store.write() as session:
        row = hand_in(session)
        for name in (AUTHOR, "甲", "AUTHOR"):
            with pytest.raises(ReviewerConcerned):
                review_draft(session, row.id, reasons=REASONS, note="", by=name, now=NOW)
            with pytest.raises(ReviewerConcerned):
                return_draft(session, row.id, reason="不行", by=name, now=NOW)


def test_every_warning_wants_a_reason_and_an_error_bars_the_draft(store):
    item = the_catalog().items["vehicle-certificate"]
    items = {**the_catalog().items, item.id: replace(item, department=Text("未知", "unknown"))}
    spoiled = seal_catalog(replace(the_next(), items=items))
    with store.write() as session:
        row = hand_in(session)
        one_less = dict(list(REASONS.items())[1:])
        with pytest.raises(EditionDoubtful) as refused:
            review_draft(session, row.id, reasons=one_less, note="", by=OTHER, now=NOW)
        assert refused.value.facts["findings"] == [next(iter(REASONS))]
        with pytest.raises(EditionDoubtful):
            hand_in(session, spoiled)
        with pytest.raises(EditionDoubtful):
            publish_edition(session, spoiled, by=AUTHOR, now=NOW, reviewer=OTHER)


def test_a_draft_is_returned_or_withdrawn_with_a_reason_and_drafted_anew(store):
    with store.write() as session:
        row = hand_in(session)
        with pytest.raises(DraftNoteRefused):
            return_draft(session, row.id, reason=" ", by=OTHER, now=NOW)
        assert return_draft(session, row.id, reason="缺附件", by=OTHER, now=NOW).state == "returned"
        with pytest.raises(DraftNotMovable):
            review_draft(session, row.id, reasons=REASONS, note="", by=OTHER, now=NOW)
        again = hand_in(session)
        assert again.id != row.id
        withdrawn = withdraw_draft(session, again.id, reason="另报", by=AUTHOR, now=NOW)
        assert (withdrawn.state, withdrawn.withdrawn_by) == ("withdrawn", AUTHOR)
        assert len(drafts_kept(session, limit=9)) == 2
        with pytest.raises(DraftMissing):
            draft_of(session, 7)


def test_the_database_holds_that_two_persons_review(store):
    with store.write() as session:
        values = dict(hand_in(session).__dict__)
    values.pop("_sa_instance_state")
    values |= {"id": 9, "state": "reviewed", "content": "{}"}
    for reviewer in (AUTHOR, "甲", None):
        with pytest.raises(DBAPIError), store.write() as session:
            session.execute(insert(EditionDraftRow), values | {"reviewed_by": reviewer})
