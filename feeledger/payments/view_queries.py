"""The one read that a payment is judged by, and the notice's lock with it.

Everything of one notice that matters to one bank on one day comes in a single statement of fixed
text: this is the path every payment takes. What is read under a lock that had to be waited for may
be older than the lock (but for the notice itself): before anything is refused, the key is looked
for again.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Boolean, Date, Row, bindparam, text
from sqlalchemy.orm import Session

from feeledger.money import Money
from feeledger.notices.notice import DueLine, late_rule_of
from feeledger.notices.relief_queries import reliefs_of
from feeledger.notices.reliefs import LineRelief, relieved_bp, relieved_fen
from feeledger.payments.advice import REGION_DIGITS, PayableNotice
from feeledger.payments.judging import PaymentView
from feeledger.store import JsonText

_COVERS: Final = "{0}.valid_from <= :paid_on AND ({0}.valid_to IS NULL OR {0}.valid_to > :paid_on)"
# An agent bank with an account of its own collects into that; any other into the region's (15a).
_VIEW: Final = f"""
SELECT n.id, n.status, n.crc_code, n.amount_fen, n.issued_on, n.due_on, n.valid_until, n.pay_code,
    n.relieved_fen, n.reliefs, l.line_no, l.unit_code, l.item_id, l.amount_fen AS line_fen,
    l.late_rule,
    s.paycode_profile, s.require_prior_query,
    EXISTS (SELECT 1 FROM agent_bank AS a
        WHERE a.region = :region AND a.bank = :bank AND {_COVERS.format("a")}) AS is_agent,
    EXISTS (SELECT 1 FROM designated_account AS d
        WHERE d.region = :region AND {_COVERS.format("d")}) AS has_account,
    (SELECT d.id FROM designated_account AS d
        WHERE d.region = :region AND d.account_no = :account_no AND {_COVERS.format("d")}
        AND (d.bank = :bank OR NOT EXISTS (SELECT 1 FROM designated_account AS o
            WHERE o.region = :region AND o.bank = :bank AND {_COVERS.format("o")}))
        ORDER BY d.valid_from DESC LIMIT 1) AS account_id,
    EXISTS (SELECT 1 FROM bank_query AS q
        WHERE q.region = :region AND q.notice = n.id AND q.bank = :bank) AS was_queried
FROM notice AS n
JOIN notice_line AS l ON l.region = n.region AND l.notice = n.id
JOIN region_setting AS s ON s.region = n.region
WHERE n.region = :region AND n.pay_code = :pay_code
ORDER BY l.line_no"""  # noqa: S608 - only our own words are put in
_LOCK: Final = {"postgresql": "\nFOR NO KEY UPDATE OF n", "sqlite": ""}
_STATEMENTS: Final = {
    dialect: text(_VIEW + lock)
    .bindparams(bindparam("paid_on", type_=Date))
    .columns(
        issued_on=Date,
        due_on=Date,
        valid_until=Date,
        late_rule=JsonText,
        require_prior_query=Boolean,
        is_agent=Boolean,
        has_account=Boolean,
        was_queried=Boolean,
    )
    for dialect, lock in _LOCK.items()
}


def payment_view(
    session: Session, pay_code: str, *, bank: str, account_no: str, paid_on: date
) -> PaymentView | None:
    """Read and lock the notice of a pay code with all that its payment is judged by."""
    values = {
        "region": pay_code[:REGION_DIGITS],
        "pay_code": pay_code,
        "bank": bank,
        "account_no": account_no,
        "paid_on": paid_on,
    }
    statement = _STATEMENTS[session.get_bind().dialect.name]
    rows = session.execute(statement, values).all()
    if not rows:
        return None
    region, notice = pay_code[:REGION_DIGITS], rows[0].id
    # The count is of the locked row, so it is fresh; what it counts is asked for after the lock.
    reliefs = reliefs_of(session, region, [notice])[notice] if rows[0].reliefs else ()
    return _view_of(rows, reliefs)


def _view_of(rows: Sequence[Row[Any]], reliefs: Sequence[LineRelief]) -> PaymentView:
    first = rows[0]
    lines = tuple(
        DueLine(
            row.unit_code,
            row.item_id,
            Money(row.line_fen - relieved_fen(reliefs, row.line_no)),
            late_rule_of(row.late_rule),
            relieved_bp(reliefs, row.line_no),
        )
        for row in rows
    )
    return PaymentView(
        notice=PayableNotice(
            id=first.id,
            pay_code=first.pay_code,
            amount=Money(first.amount_fen - first.relieved_fen),
            lines=lines,
            due_on=first.due_on,
            reliefs=first.reliefs,
        ),
        status=first.status,
        crc_code=first.crc_code,
        issued_on=first.issued_on,
        valid_until=first.valid_until,
        is_agent=first.is_agent,
        has_account=first.has_account,
        account_id=first.account_id,
        was_queried=first.was_queried,
        own_profile=first.paycode_profile == "own",
        prior_query_required=first.require_prior_query,
    )
