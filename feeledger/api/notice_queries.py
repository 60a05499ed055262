"""A notice for the machines of the bureau: what is frozen, and what moves, told apart.

Once issued, a notice's lines, payer, amount and account never change, so a process writes that part
down once. The officer's session and what moves (status, what was refunded) are read together, in
one statement, each time.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from feeledger.glances import Glance
from feeledger.money import Money
from feeledger.notices.notice import DueLine, payable_on
from feeledger.notices.queries import lines_of, notice_of
from feeledger.notices.relief_queries import due_lines, reliefs_of
from feeledger.notices.tables import NoticeLineRow, NoticeRow
from feeledger.people.queries import Officer
from feeledger.people.roles import Role
from feeledger.people.tables import OfficerRow, OfficerSessionRow
from feeledger.regions.tables import DesignatedAccountRow
from feeledger.store import Store, canonical_json

_SEEN = Glance(
    select(
        OfficerSessionRow.seen_at,
        OfficerRow.id,
        OfficerRow.login,
        OfficerRow.name,
        OfficerRow.role,
        OfficerRow.home_region,
        OfficerRow.unit_code,
        NoticeRow.status,
        NoticeRow.refunded_fen,
        NoticeRow.relieved_fen,
        NoticeRow.reliefs,
    )
    .join(OfficerRow, OfficerRow.id == OfficerSessionRow.officer_id)
    .outerjoin(
        NoticeRow,
        and_(NoticeRow.region == bindparam("region"), NoticeRow.id == bindparam("notice")),
    )
    .where(
        OfficerSessionRow.token_sha256 == bindparam("digest"),
        OfficerSessionRow.revoked_at.is_(None),
        OfficerSessionRow.ends_at > bindparam("now"),
        OfficerSessionRow.seen_at > bindparam("idle_since"),
        OfficerRow.active,
    )
)


@dataclass(frozen=True, slots=True)
class SeenNotice:
    """Who asks, since when the session was noted as used, and what of the notice moves.

    ``reliefs`` counts the reliefs approved so far (R-M4); each makes another frozen part.
    """

    officer: Officer
    seen_at: datetime
    status: str | None
    refunded: Money
    relieved: Money
    reliefs: int


@dataclass(frozen=True, slots=True, eq=False)
class FrozenNotice:
    """The part of a notice that changes with a relief only: as JSON, and what is worked out from it.

    Read once and then the same object, which is why it is told apart as an object.
    """

    body: bytes
    units: frozenset[str]
    lines: tuple[DueLine, ...]
    due_on: date

    def payable_on(self, day: date) -> Money:
        """Give what is payable on a day, late fees included."""
        return payable_on(self.lines, due_on=self.due_on, paid_on=day)


def seen_notice(
    store: Store, digest: str, region: str, notice: int, *, now: datetime, idle: timedelta
) -> SeenNotice | None:
    """Find the officer of a session in force and what moves of a notice; None: not signed in."""
    values = {"digest": digest, "region": region, "notice": notice, "now": now}
    found = _SEEN.first_row(store, values | {"idle_since": now - idle})
    if found is None:
        return None
    seen_at, officer_id, login, name, role, home, unit, status, *moved = found
    refunded, relieved, reliefs = (value or 0 for value in moved)
    officer = Officer(officer_id, login, name, Role(role), home, unit)
    return SeenNotice(officer, seen_at, status, Money(refunded), Money(relieved), reliefs)


def frozen_notice(session: Session, region: str, notice: int) -> FrozenNotice:
    """Write down what of a notice changes with a relief only. Raises NoticeMissing."""
    row = notice_of(session, region, notice)
    lines = lines_of(session, region, notice)
    account = (
        None if row.account is None else session.get(DesignatedAccountRow, (region, row.account))
    )
    document = {
        "region": region,
        "id": str(row.id),
        "pay_code": row.pay_code,
        "payer": {"credit_code": row.uscc, "name": row.payer_name},
        "unit": {"code": row.unit_code, "name": row.unit_name},
        "issued_on": row.issued_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "valid_until": row.valid_until.isoformat(),
        "dates_provisional": row.dates_provisional,
        "amount": str(Money(row.amount_fen)),
        "catalog": {"id": row.edition_id, "sha256": row.edition_sha256},
        "supersedes": None if row.supersedes is None else str(row.supersedes),
        "account": None if account is None else _account_json(account),
        "lines": [_line_json(line) for line in lines],
    }
    return FrozenNotice(
        body=canonical_json(document).encode(),
        units=frozenset({row.unit_code, *(line.unit_code for line in lines)}),
        lines=due_lines(lines, reliefs_of(session, region, [notice])[notice]),
        due_on=row.due_on,
    )


def _account_json(row: DesignatedAccountRow) -> dict[str, Any]:
    return {
        "account_no": row.account_no,
        "printed_account": row.printed_account,
        "name": row.name,
        "bank_name": row.bank_name,
    }


def _line_json(row: NoticeLineRow) -> dict[str, Any]:
    return {
        "line_no": row.line_no,
        "unit": {"code": row.unit_code, "name": row.unit_name},
        "item": row.item_id,
        "item_name": row.item_name,
        "line": row.line_id,
        "obligation_on": row.obligation_on.isoformat(),
        "outcome": row.outcome,
        "amount": str(Money(row.amount_fen)),
        "explanation": row.explanation,
    }
