"""Hold the serial of every payment and arrival in bank_trade, those of before it was kept too.

The audit misses a serial that is not held.

Revision ID: 0046
Revises: 0045
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

HOLD = """
INSERT INTO bank_trade (region, bank, trade_no)
SELECT p.region, p.bank, p.trade_no FROM payment p WHERE p.kind = 'confirmation' AND NOT EXISTS (SELECT 1
    FROM bank_trade t WHERE t.region = p.region AND t.bank = p.bank AND t.trade_no = p.trade_no)
UNION SELECT a.region, a.bank, a.trade_no FROM funds_arrival a WHERE NOT EXISTS (SELECT 1
    FROM bank_trade t WHERE t.region = a.region AND t.bank = a.bank AND t.trade_no = a.trade_no)
"""


def upgrade() -> None:
    op.execute(HOLD)


def downgrade() -> None:
    """Leave them: what holds a serial takes nothing away."""
