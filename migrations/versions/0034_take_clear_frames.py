"""Create the function that takes a clear confirmation by a frame in one statement (PostgreSQL).

Revision ID: 0034
Revises: 0033
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TAKE_FRAME = """
CREATE FUNCTION take_frame(
    p_region text, p_bank text, p_trade_no text, p_pay_code text, p_check_fits boolean,
    p_amount_fen bigint, p_account_no text, p_paid_at timestamptz, p_answer text,
    p_now timestamptz, p_payment bigint, p_entry bigint, p_bank_day date, p_channel text,
    p_payer_name text, p_payer_account text, p_node text, p_msg_id text, p_msg_ref text,
    p_came bigint, p_came_raw bytea, p_came_sha256 text, p_answer_no text, p_answer_id text,
    p_answer_ref text, p_went bigint, p_went_raw bytea, p_went_sha256 text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE told text;
BEGIN
    told := book_clear_payment(p_region, p_bank, p_trade_no, p_pay_code, p_check_fits,
        p_amount_fen, p_account_no, p_paid_at, p_answer, p_now, p_payment, p_entry, p_bank_day,
        p_channel, p_payer_name, p_payer_account);
    IF told <> 'booked' THEN RETURN told; END IF;
    INSERT INTO message_log (region, id, direction, node, msg_no, msg_id, msg_ref, raw, sha256,
            result, received_at)
        VALUES (p_region, p_came, 'in', p_node, '5996', p_msg_id, p_msg_ref, p_came_raw,
                p_came_sha256, '00000', p_now),
            (p_region, p_went, 'out', p_node, p_answer_no, p_answer_id, p_answer_ref, p_went_raw,
                p_went_sha256, '00000', p_now);
    RETURN told;
END $$
"""
CLEAR = (
    "text, text, text, text, boolean, bigint, text, timestamptz, text, timestamptz, bigint, "
    "bigint, date, text, text, text"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(TAKE_FRAME)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"DROP FUNCTION take_frame({CLEAR}, text, text, text, bigint, bytea, text, text, "
            "text, text, bigint, bytea, text)"
        )
