"""Gathering duties: first notices with all that was issued and asked back for them, and the facts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_of
from feeledger.enterprises.facts import FactValue
from feeledger.enterprises.queries import enterprise_of, facts_on, register_at, register_facts
from feeledger.enterprises.standing import NAMES
from feeledger.enterprises.standing_queries import closing_of
from feeledger.enterprises.tables import ReassessmentDueRow
from feeledger.errors import Text
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.reassessments.difference import (
    Difference,
    FactChange,
    Known,
    Part,
    late_parts,
    parts_of,
)
from feeledger.reassessments.duty import (
    ChargedLine,
    DutyKey,
    Granted,
    Piece,
    PieceKind,
    Root,
    frozen_facts,
    numbered_lines,
)
from feeledger.reassessments.easing import eased_lines, given_back
from feeledger.reassessments.easing_queries import granted_of, late_paid
from feeledger.reassessments.fresh import Fresh, asked_of
from feeledger.reassessments.tables import ReassessmentPieceRow
from feeledger.reassessments.words import closed_words
from feeledger.refunds.refund import OPEN
from feeledger.refunds.tables import RefundLineRow, RefundRow

HOLDING = (*OPEN, "paid")
BLOCKED = Text(
    "同一张未缴通知书另有一行无法测算，不能重开",
    "another line of the same unpaid notice cannot be assessed, so it cannot be issued again",
)
WITHDRAWN = Text("原通知书已作废", "the first notice was voided")


@dataclass(frozen=True, slots=True)
class Period:
    """Duties that arose from a day on, until a day; None: open."""

    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Say whether a day lies in it, both ends included."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """By what duties are assessed again: the edition, and what was known at an instant."""

    catalog: Catalog
    known_at: datetime


def roots_of(session: Session, region: str, uscc: str) -> tuple[Root, ...]:
    """Give an enterprise's first notices with their pieces, in the order of their numbers."""
    notices = session.scalars(
        select(NoticeRow)
        .where(NoticeRow.region == region, NoticeRow.uscc == uscc, NoticeRow.status != "draft")
        .order_by(NoticeRow.issued_at, NoticeRow.id)
        .execution_options(populate_existing=True)
    ).all()
    return _roots(session, region, notices)


def root_of(session: Session, region: str, root: int, *, for_update: bool = False) -> Root:
    """Give one first notice with its pieces, perhaps locking their notices in order."""
    piece = ReassessmentPieceRow
    ids = session.scalars(select(piece.notice).where(piece.region == region, piece.root == root))
    query = (
        select(NoticeRow)
        .where(NoticeRow.region == region, NoticeRow.id.in_([root, *ids]))
        .order_by(NoticeRow.id)
    )
    if for_update:
        query = query.with_for_update()
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    found = _roots(session, region, sorted(rows, key=lambda row: (row.issued_at, row.id)))
    return next(each for each in found if each.first.notice == root)


def enterprises_noticed(
    session: Session, region: str, *, after: str, limit: int
) -> tuple[str, ...]:
    """Give the enterprises that have notices in a region, in order of code, from after one on."""
    query = (
        select(NoticeRow.uscc)
        .where(NoticeRow.region == region, NoticeRow.uscc > after, NoticeRow.status != "draft")
        .distinct()
        .order_by(NoticeRow.uscc)
        .limit(limit)
    )
    return tuple(session.scalars(query))


def enterprises_due(session: Session, region: str, *, after: str, limit: int) -> tuple[str, ...]:
    """Give the enterprises that are noted as due for re-assessment, in order of code."""
    row = ReassessmentDueRow
    query = (
        select(row.uscc)
        .where(row.region == region, row.settled_at.is_(None), row.uscc > after)
        .distinct()
        .order_by(row.uscc)
        .limit(limit)
    )
    return tuple(session.scalars(query))


def differences_of(
    session: Session, region: str, root: Root, basis: Basis, period: Period
) -> tuple[Difference, ...]:
    """Assess every duty of a root again; those without a difference are among them."""
    found = [
        _difference(session, region, root, key, basis)
        for key in root.duties()
        if period.holds(key.obligation_on)
    ]
    lowers = any(each.fen < 0 for each in found)
    standing = root.standing
    if not lowers or standing is None or not standing.unpaid:
        return tuple(found)
    if any(each.open is not None for each in found) or len(found) < len(root.duties()):
        return tuple(_barred(each) for each in found)
    return tuple(found)


def _barred(each: Difference) -> Difference:
    """Leave a difference open where its unpaid notice cannot be issued again whole."""
    if each.open is not None or not each.fen:
        return each
    return replace(each, open=BLOCKED)


def _difference(
    session: Session, region: str, root: Root, key: DutyKey, basis: Basis
) -> Difference:
    lines, counted = root.lines(key), root.counted(key)
    head = (root.first.notice, key, lines[0].item_name, lines[0].unit_name, counted)
    late = root.late_left(key)
    if root.standing is None:
        back = given_back(root, key, 0)
        fallen = (Part("earlier", -counted, WITHDRAWN),) if counted else ()
        parts, shut = (*fallen, *late_parts(back)), None if root.alive else WITHDRAWN
        return Difference(*head, Fresh((), ()), parts, shut, back=back, late_fen=late)
    closing = closing_of(session, root.uscc, key.obligation_on, known_by=basis.known_at)
    if closing is not None:
        back = given_back(root, key, 0)
        told = closed_words(NAMES[closing.change], closing.day, closing.document, key.obligation_on)
        fallen = (Part("facts", -counted, told),) if counted else ()
        parts = (*fallen, *late_parts(back))
        return Difference(*head, Fresh((), ()), parts, back=back, late_fen=late)
    then_plan = plan_of(edition_of(session, root.first.edition_id))
    facts_then, facts_now, changes = _facts_of(session, region, root, key, basis)
    ease = partial(eased_lines, root, key, series=_series_of(session, root.standing, key))
    fresh, parts = parts_of(
        asked_of(then_plan, region, key, lines, facts_then),
        lines[0],
        counted_fen=counted,
        then=Known(then_plan, facts_then),
        now=Known(plan_of(basis.catalog), facts_now),
        changes=changes,
        ease=ease,
    )
    if fresh.open is not None:
        return Difference(*head, fresh, parts, fresh.open)
    eased = ease(fresh)
    back = given_back(root, key, sum(each.fen for each in eased))
    parts = (*parts, *late_parts(back))
    return Difference(*head, fresh, parts, None, eased=eased, back=back, late_fen=late)


def _series_of(session: Session, piece: Piece, key: DutyKey) -> dict[str | None, str]:
    """Name the price of each line of a notice's duty, by the edition that it was issued by."""
    plan = plan_of(edition_of(session, piece.edition_id))
    return {
        name: plan.lines[name].line.series
        for name in (line.line_id for line in piece.lines_of(key))
        if name is not None and name in plan.lines
    }


def _facts_of(
    session: Session, region: str, root: Root, key: DutyKey, basis: Basis
) -> tuple[dict[str, object], dict[str, object], tuple[FactChange, ...]]:
    """Give the facts of then and of now: what was frozen, amended by what was learnt since.

    What stood in the notice though the register said otherwise was its issuer's decision, and
    stays until the register is told something new.
    """
    frozen = frozen_facts(root.lines(key))
    on, issued = key.obligation_on, root.first.issued_at
    before, _ = _known(session, region, root.uscc, on, issued)
    after, papers = _known(session, region, root.uscc, on, basis.known_at)
    then: dict[str, object] = {**before, **frozen}
    now = dict(then)
    for name in before.keys() | after.keys():
        if before.get(name) == after.get(name):
            continue
        if name in after:
            now[name] = after[name]
        else:
            now.pop(name, None)
    facts = basis.catalog.facts
    changes = tuple(
        FactChange(name, facts[name].label, then.get(name), now.get(name), papers.get(name, ""))
        for name in sorted(then.keys() | now.keys())
        if name in facts and not same_value(then.get(name), now.get(name))
    )
    return then, now, changes


def same_value(one: object, other: object) -> bool:
    """Say whether two facts are one, however they are written."""
    return one == other or (None not in (one, other) and str(one) == str(other))


def _known(
    session: Session, region: str, uscc: str, on: date, at: datetime
) -> tuple[dict[str, FactValue], Mapping[str, str]]:
    held = facts_on(session, region, uscc, on, known_by=at)
    values = {name: fact.value for name, fact in held.items()}
    values.update(register_facts(register_at(session, enterprise_of(session, uscc), at), on))
    return values, {name: fact.document for name, fact in held.items()}


def _roots(session: Session, region: str, notices: Sequence[NoticeRow]) -> tuple[Root, ...]:
    ids = [row.id for row in notices]
    piece = ReassessmentPieceRow
    links = {
        row.notice: row
        for row in session.scalars(
            select(piece).where(piece.region == region, piece.notice.in_(ids))
        )
    }
    lines = _lines(session, region, ids)
    pieces: dict[int, list[Piece]] = {}
    for row in notices:
        link = links.get(row.id)
        kind: PieceKind = "root" if link is None else link.kind  # type: ignore[assignment]  # its CHECK
        root = row.id if link is None else link.root
        pieces.setdefault(root, []).append(
            Piece(
                row.id,
                kind,
                row.status,
                row.edition_id,
                row.issued_at,
                lines.get(row.id, ()),
                row.voided_at,
            )
        )
    whole = [rows for rows in pieces.values() if rows[0].kind == "root"]
    return tuple(Root(notices[0].uscc, tuple(rows)) for rows in whole)


def _lines(
    session: Session, region: str, notices: Sequence[int]
) -> dict[int, tuple[ChargedLine, ...]]:
    asked = _asked_back(session, region, notices)
    granted = granted_of(session, region, notices)
    late = late_paid(session, region, notices)
    query = (
        select(NoticeLineRow)
        .where(NoticeLineRow.region == region, NoticeLineRow.notice.in_(notices))
        .order_by(NoticeLineRow.notice, NoticeLineRow.line_no)
    )
    found: dict[int, list[ChargedLine]] = {}
    for row in session.scalars(query):
        at = (row.notice, row.line_no)
        fen, late_fen = asked.get(at, (0, 0))
        paid = late.get(at)
        line = _charged(row, fen, granted.get(at, ()))
        if paid is not None:
            line = replace(line, late=replace(paid, asked_fen=late_fen))
        found.setdefault(row.notice, []).append(line)
    return {notice: numbered_lines(rows) for notice, rows in found.items()}


def _charged(row: NoticeLineRow, asked_fen: int, granted: tuple[Granted, ...]) -> ChargedLine:
    return ChargedLine(
        line_no=row.line_no,
        key=DutyKey(row.item_id, row.unit_code, row.obligation_on, _ordinal(row)),
        item_name=row.item_name,
        unit_name=row.unit_name,
        line_id=row.line_id,
        outcome=row.outcome,
        amount_fen=row.amount_fen,
        explanation=row.explanation,
        basis=row.basis,
        late_rule=row.late_rule,
        asked_fen=asked_fen,
        reliefs=granted,
    )


def _ordinal(row: NoticeLineRow) -> int:
    """Give the ordinal of the duty that a later piece was issued for."""
    return int((row.explanation.get("difference") or {}).get("ordinal", 0))


def _asked_back(
    session: Session, region: str, notices: Sequence[int]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Add up what refunds hold of each line's charge and late fee, from the application on.

    A refund of a payment that was reversed holds nothing: there is nothing of it to give back.
    """
    line = RefundLineRow
    query = (
        select(RefundRow.notice, line.line_no, func.sum(line.amount_fen), func.sum(line.late_fen))
        .join(line, (line.region == RefundRow.region) & (line.refund == RefundRow.id))
        .join(
            PaymentRow,
            (PaymentRow.region == RefundRow.region) & (PaymentRow.id == RefundRow.payment),
        )
        .where(
            RefundRow.region == region,
            line.region == region,
            PaymentRow.region == region,
            PaymentRow.state != "reversed",
            RefundRow.notice.in_(notices),
            RefundRow.state.in_(HOLDING),
        )
        .group_by(RefundRow.notice, line.line_no)
    )
    rows = session.execute(query)
    return {(notice, number): (int(fen), int(late)) for notice, number, fen, late in rows}


def told_of(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Keep the differences that can be booked."""
    return tuple(each for each in differences if each.fen)
