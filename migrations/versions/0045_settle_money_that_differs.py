"""Let a difference be of a payment's money: 14002, for what a day's file lists and other money came for.

Such payments used to keep their state while their notice was reconciled, and nobody could settle them:
their notices are paid again, and each gets its difference.

Revision ID: 0045
Revises: 0044
"""

import sqlalchemy as sa
from alembic import op

from migrations.walls import without_walls

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

RESULT = "ck_recon_difference_result"
BEFORE = "result IN ('15001', '15002', '15003')"
AFTER = "result IN ('15001', '15002', '15003', '14002')"
# One each, of the first file that lists it: files listed such payments again without being told so.
# A day that is closed carried it on: it can be worked on.
GIVE_TO_PEOPLE = """
INSERT INTO recon_difference (region, id, batch, day, result, reason, line_no, payment, trade_no, pay_code,
    bank_fen, booked_fen, state, assignee, explanation, corrected_by, closed_by, closing_reason,
    carried_to, opened_at, changed_at)
SELECT p.region, p.id, b.id, b.day, '14002', 'money_differs', l.line_no, p.id, p.trade_no, p.pay_code,
    COALESCE(a.amount_fen, l.amount_fen), p.amount_fen, 'open', '', '', '', '', '',
    d.day, b.imported_at, b.imported_at
FROM payment p
JOIN recon_line l ON l.region = p.region AND l.payment = p.id AND l.outcome = 'matched'
    AND l.batch = (SELECT MIN(m.batch) FROM recon_line m JOIN recon_batch s ON s.region = m.region
        AND s.id = m.batch AND s.replaced_by IS NULL
        WHERE m.region = p.region AND m.payment = p.id AND m.outcome = 'matched')
    AND l.line_no = (SELECT MIN(o.line_no) FROM recon_line o WHERE o.region = l.region
        AND o.batch = l.batch AND o.payment = p.id AND o.outcome = 'matched')
JOIN recon_batch b ON b.region = l.region AND b.id = l.batch
LEFT JOIN funds_arrival a ON a.region = p.region AND a.bank = p.bank AND a.trade_no = p.trade_no
LEFT JOIN recon_day d ON d.region = b.region AND d.day = b.day
WHERE p.state = 'difference'
"""
PAID_AGAIN = """
UPDATE notice SET status = 'paid' WHERE status = 'reconciled' AND EXISTS (SELECT 1 FROM payment p
    WHERE p.region = notice.region AND p.notice = notice.id AND p.state = 'difference')
"""


def upgrade() -> None:
    with without_walls("recon_difference"):
        _hold_results(AFTER)
    op.execute(sa.text(GIVE_TO_PEOPLE))
    op.execute(sa.text(PAID_AGAIN))


def downgrade() -> None:
    """Go back; differences of money cannot be kept under the results there were."""
    with without_walls("recon_difference"):
        op.execute("DELETE FROM recon_difference WHERE result = '14002'")
        _hold_results(BEFORE)


def _hold_results(condition: str) -> None:
    with op.batch_alter_table("recon_difference") as batch:
        batch.drop_constraint(op.f(RESULT), type_="check")
        batch.create_check_constraint(op.f(RESULT), condition)
