"""A claim before it is proposed: what is chosen so far, and what might go with it (R-U1).

Suggestions are by sum, by the pay code that the payer wrote, and by the payer's name; a person
chooses, and the rules of ``claim.py`` judge the choice when it is proposed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feeledger.money import Money, total_of
from feeledger.notices.notice import UNPAID
from feeledger.notices.relief_queries import notice_due_fen, payables_on
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import UnmatchedReceiptRow
from feeledger.unmatched.claim import (
    PARTS_MAX,
    NoticeClaimed,
    day_of_claim,
    payer_differences,
    plain_name,
)
from feeledger.unmatched.claim_queries import accounts_of_payer, money_seen

OFFERED_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class NoticeOffered:
    """A notice that a claim may pay: what is payable on the day of the money, and why it is offered."""

    row: NoticeRow
    payable: Money
    fits: bool = False
    same_payer: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """What is chosen so far. ``on`` is the day of the money; None while no receipt is chosen."""

    receipts: tuple[UnmatchedReceiptRow, ...]
    notices: tuple[NoticeOffered, ...]
    differences: Sequence[dict[str, str]]
    on: date | None

    @property
    def came(self) -> Money:
        """What the receipts come to."""
        return total_of(Money(row.amount_fen) for row in self.receipts)

    @property
    def due(self) -> Money:
        """What the notices come to on the day of the money."""
        return total_of(one.payable for one in self.notices)

    @property
    def missing(self) -> Money:
        """What the notices still need."""
        return self.due - self.came if self.due > self.came else Money(0)

    @property
    def surplus(self) -> Money:
        """What the receipts have beyond the notices."""
        return self.came - self.due if self.came > self.due else Money(0)

    @property
    def takes_receipt(self) -> bool:
        """Say whether another receipt keeps the claim N to 1."""
        return len(self.notices) <= 1 and len(self.receipts) < PARTS_MAX

    @property
    def takes_notice(self) -> bool:
        """Say whether another notice keeps the claim 1 to N."""
        many = len(self.receipts) > 1
        return bool(self.receipts) and len(self.notices) < (1 if many else PARTS_MAX)


@dataclass(frozen=True, slots=True)
class NoticesSought:
    """What a person looks for: a text (pay code, credit code, name) and an amount; "" and None: nothing."""

    text: str = ""
    amount: Money | None = None


def draft_of(
    session: Session, region: str, receipts: Collection[int], pay_codes: Collection[str]
) -> ClaimDraft:
    """Give what is chosen so far; numbers and codes that nothing stands under are left out."""
    its = UnmatchedReceiptRow
    query = select(its).where(its.region == region, its.id.in_(sorted(receipts)[:PARTS_MAX]))
    chosen = tuple(session.scalars(query.order_by(its.bank_day, its.id)))
    if not chosen:
        return ClaimDraft((), (), (), None)
    money = [money_seen(row) for row in chosen]
    on = day_of_claim(money)
    codes = sorted(set(pay_codes))[:PARTS_MAX]
    notices = _offered(session, region, _notices_by(region, NoticeRow.pay_code.in_(codes)), on)
    known = [_claimed(session, one) for one in notices]
    return ClaimDraft(chosen, tuple(notices), payer_differences(money, known), on)


def notices_sought(
    session: Session, region: str, draft: ClaimDraft, sought: NoticesSought
) -> tuple[NoticeOffered, ...]:
    """Find unpaid notices by what a person typed, those whose sum fits first."""
    if draft.on is None or not (sought.text or sought.amount):
        return ()
    where: list[Any] = [_payable_then(draft.on)]
    if sought.text:
        where.append(
            or_(
                NoticeRow.payer_name.contains(sought.text, autoescape=True),
                NoticeRow.uscc.startswith(sought.text.upper(), autoescape=True),
                NoticeRow.pay_code.startswith(sought.text, autoescape=True),
            )
        )
    if sought.amount is not None:
        where.append(notice_due_fen() == sought.amount.fen)
    found = _offered(session, region, _notices_by(region, *where), draft.on)
    return _ranked(found, draft)


def notices_suggested(
    session: Session, region: str, draft: ClaimDraft
) -> tuple[NoticeOffered, ...]:
    """Suggest unpaid notices: of the sum still open, of the code the payer wrote, of the payer."""
    if draft.on is None or not draft.takes_notice:
        return ()
    names = {row.payer_name for row in draft.receipts if row.payer_name}
    codes = {row.pay_code for row in draft.receipts if row.pay_code}
    likely = or_(
        notice_due_fen() == draft.surplus.fen,
        NoticeRow.pay_code.in_(sorted(codes)),
        NoticeRow.payer_name.in_(sorted(names)),
    )
    found = _offered(
        session, region, _notices_by(region, _payable_then(draft.on), likely), draft.on
    )
    return _ranked(found, draft)


def payers_notices_that_fit(
    offered: Sequence[NoticeOffered], draft: ClaimDraft
) -> tuple[NoticeOffered, ...]:
    """Give all unpaid notices of the payer, where there are several and together they fit exactly."""
    own = tuple(one for one in offered if one.same_payer)
    together = total_of(one.payable for one in own)
    fits = len(own) > 1 and len(draft.receipts) == 1 and together == draft.surplus
    return own if fits else ()


def receipts_suggested(
    session: Session, region: str, draft: ClaimDraft
) -> tuple[UnmatchedReceiptRow, ...]:
    """Suggest free receipts that may belong to the chosen ones: same payer, code, or missing sum."""
    if not draft.receipts or not draft.takes_receipt:
        return ()
    its = UnmatchedReceiptRow
    names = {row.payer_name for row in draft.receipts if row.payer_name}
    codes = {row.pay_code for row in draft.receipts if row.pay_code}
    query = (
        select(its)
        .where(
            its.region == region,
            its.state == "received",
            its.account == draft.receipts[0].account,
            its.id.not_in([row.id for row in draft.receipts]),
            or_(
                its.payer_name.in_(sorted(names)),
                its.pay_code.in_(sorted(codes)),
                its.amount_fen == draft.missing.fen,
            ),
        )
        .order_by((its.amount_fen == draft.missing.fen).desc(), its.bank_day, its.id)
        .limit(OFFERED_MAX)
    )
    return tuple(session.scalars(query))


def _payable_then(on: date) -> Any:
    return NoticeRow.status.in_(sorted(UNPAID)) & (NoticeRow.valid_until >= on)


def _notices_by(region: str, *where: Any) -> Any:
    return (
        select(NoticeRow)
        .where(NoticeRow.region == region, *where)
        .order_by(NoticeRow.issued_on, NoticeRow.id)
        .limit(PARTS_MAX)
    )


def _offered(session: Session, region: str, query: Any, on: date) -> list[NoticeOffered]:
    rows = list(session.scalars(query))
    payable = payables_on(session, region, rows, on)
    return [NoticeOffered(row, payable[row.id]) for row in rows]


def _ranked(found: Sequence[NoticeOffered], draft: ClaimDraft) -> tuple[NoticeOffered, ...]:
    """Mark why each is offered; what fits and was named comes first, what is chosen is left out."""
    names = {plain_name(row.payer_name or "") for row in draft.receipts}
    codes = {row.pay_code for row in draft.receipts if row.pay_code}
    chosen = {one.row.id for one in draft.notices}
    marked = [
        NoticeOffered(
            one.row,
            one.payable,
            fits=one.payable == draft.surplus,
            same_payer=plain_name(one.row.payer_name) in names,
            named=one.row.pay_code in codes,
        )
        for one in found
        if one.row.id not in chosen
    ]
    marked.sort(key=lambda one: (one.fits, one.named, one.same_payer), reverse=True)
    return tuple(marked[:OFFERED_MAX])


def _claimed(session: Session, one: NoticeOffered) -> NoticeClaimed:
    return NoticeClaimed(
        id=one.row.id,
        pay_code=one.row.pay_code or "",
        status=one.row.status,
        payable=one.payable,
        valid_until=one.row.valid_until,
        payer_name=one.row.payer_name,
        known_accounts=accounts_of_payer(session, one.row.region, one.row.uscc),
    )
