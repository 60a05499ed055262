"""Drafts of editions: handed in, reviewed by another person, returned or withdrawn.

A draft keeps content and hash, so that what was reviewed is what is published. Grave findings bar
a draft; each doubtful one is accepted by the reviewer with a reason, or the draft goes back.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from feeledger.catalog.actions import EditionTaken, dated_on, demand_same
from feeledger.catalog.canonical import canonical_text, seal_catalog
from feeledger.catalog.draft_queries import content_of_draft, draft_of, open_draft_of
from feeledger.catalog.drafting import draft_state_after
from feeledger.catalog.items import Catalog
from feeledger.catalog.linting import demand_no_grave, demand_settled, lints_of
from feeledger.catalog.tables import EditionDraftRow, EditionRow
from feeledger.errors import Conflict, Invalid, Text
from feeledger.store import new_id
from feeledger.trail import record_act

NOTE_LEAST = 2
NOTE_MOST = 2000


class ReviewerConcerned(Conflict):
    """Who wrote a draft or handed it in cannot review it."""

    code = "reviewer-concerned"
    title = Text("编制人、提交人不能复核", "Neither author nor drafter reviews")


class DraftNoteRefused(Invalid):
    """A step with a draft needs a reason."""

    code = "draft-note-refused"
    title = Text("须写明理由", "A reason is needed")


def draft_edition(
    session: Session,
    catalog: Catalog,
    *,
    reasons: Mapping[str, str],
    by: str,
    now: datetime,
) -> EditionDraftRow:
    """Hand an edition in for review; the same content handed in again gives the draft that waits.

    Raises EditionDoubtful for grave findings, EditionTaken where the id or the very content is
    published already.
    """
    edition = seal_catalog(catalog).edition
    kept = session.get(EditionRow, edition.id)
    if kept is not None:
        demand_same(kept, edition)
        raise EditionTaken(
            Text(
                f"版本 {edition.id} 已以同一内容公布，不必再提交草稿。",
                f"Edition {edition.id} is published with this very content: it needs no draft.",
            ),
            edition=edition.id,
        )
    demand_no_grave(catalog)
    waiting = open_draft_of(session, edition.sha256)
    if waiting is not None:
        return waiting
    known = {lint.key for lint in lints_of(catalog)}
    row = EditionDraftRow(
        id=new_id(now),
        edition=edition.id,
        kind=edition.kind,
        province=edition.province,
        title_zh=edition.title.zh,
        title_en=edition.title.en,
        dated_on=dated_on(edition),
        sha256=edition.sha256,
        content=canonical_text(catalog),
        author=edition.author or by,
        reasons={key: why for key, why in reasons.items() if key in known},
        drafted_by=by,
        drafted_at=now,
        state="draft",
    )
    session.add(row)
    session.flush()
    _record(session, row, "draft-edition", by=by, now=now, reason="")
    return row


def review_draft(
    session: Session,
    draft: int,
    *,
    reasons: Mapping[str, str],
    note: str,
    by: str,
    now: datetime,
) -> EditionDraftRow:
    """Let a draft pass, with a reason for each doubtful finding.

    Raises DraftMissing, DraftNotMovable, ReviewerConcerned, EditionDoubtful.
    """
    row = draft_of(session, draft, for_update=True)
    state = draft_state_after(row.state, "review")
    _demand_other_reviewer(row, by)
    catalog = content_of_draft(session, row)
    demand_settled(catalog, reasons)
    row.accepted = {lint.key: reasons[lint.key].strip() for lint in lints_of(catalog)}
    row.state, row.reviewed_by, row.reviewed_at = state, by, now
    row.review_note = note.strip()[:NOTE_MOST]
    session.flush()
    _record(session, row, "review-edition", by=by, now=now, reason=row.review_note)
    return row


def return_draft(
    session: Session, draft: int, *, reason: str, by: str, now: datetime
) -> EditionDraftRow:
    """Send a draft back to its author, with the reason.

    Raises DraftMissing, DraftNotMovable, ReviewerConcerned, DraftNoteRefused.
    """
    row = draft_of(session, draft, for_update=True)
    state = draft_state_after(row.state, "return")
    _demand_other_reviewer(row, by)
    row.review_note = _demand_reason(reason)
    row.state, row.reviewed_by, row.reviewed_at = state, by, now
    session.flush()
    _record(session, row, "return-edition", by=by, now=now, reason=row.review_note)
    return row


def withdraw_draft(
    session: Session, draft: int, *, reason: str, by: str, now: datetime
) -> EditionDraftRow:
    """Take a draft back before it is published; it stays on record.

    Raises DraftMissing, DraftNotMovable, DraftNoteRefused.
    """
    row = draft_of(session, draft, for_update=True)
    state = draft_state_after(row.state, "withdraw")
    row.withdrawal_reason = _demand_reason(reason)
    row.state, row.withdrawn_by, row.withdrawn_at = state, by, now
    session.flush()
    _record(session, row, "withdraw-edition", by=by, now=now, reason=row.withdrawal_reason)
    return row


def _demand_other_reviewer(row: EditionDraftRow, by: str) -> None:
    if by.casefold() in (row.author.casefold(), row.drafted_by.casefold()):
        raise ReviewerConcerned(
            Text(
                f"编制人“{row.author}”，提交人“{row.drafted_by}”：须由另一人复核。",
                f"Author “{row.author}”, handed in by “{row.drafted_by}”: another person must "
                f"review it.",
            ),
            draft=row.id,
        )


def _demand_reason(reason: str) -> str:
    written = reason.strip()
    if not NOTE_LEAST <= len(written) <= NOTE_MOST:
        raise DraftNoteRefused(
            Text(
                f"理由有 {len(written)} 字，须为 {NOTE_LEAST} 至 {NOTE_MOST} 字。",
                f"The reason has {len(written)} characters; write {NOTE_LEAST} to {NOTE_MOST}.",
            )
        )
    return written


def _record(
    session: Session, row: EditionDraftRow, act: str, *, by: str, now: datetime, reason: str
) -> None:
    record_act(
        session,
        actor=by,
        act=act,
        subject=f"edition:{row.edition}",
        reason=reason,
        now=now,
        details={"draft": str(row.id), "sha256": row.sha256, "state": row.state},
    )
