"""Create the functions that write an entry and a payment in one round trip (PostgreSQL).

They take ids, days and instants as arguments, touch one region, and decide nothing but who came
first. On SQLite the same rows are written by statements (payments/booking_actions.py).

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

POST_ENTRY = """
CREATE FUNCTION post_entry(
    p_region text, p_entry bigint, p_day date, p_kind text, p_subject text, p_now timestamptz,
    p_debits text[], p_credits text[], p_fens bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_entry (region, id, day, kind, subject, reason, posted_at)
        VALUES (p_region, p_entry, p_day, p_kind, p_subject, '', p_now);
    INSERT INTO ledger_posting (region, entry, leg, debit, credit, fen)
        SELECT p_region, p_entry, leg, debit, credit, fen
        FROM unnest(p_debits, p_credits, p_fens) WITH ORDINALITY AS p (debit, credit, fen, leg);
END $$
"""
BOOK_PAYMENT = """
CREATE FUNCTION book_payment(
    p_region text, p_bank text, p_trade_no text, p_pay_code text, p_amount_fen bigint,
    p_account_no text, p_paid_at timestamptz, p_answer text, p_now timestamptz,
    p_payment bigint, p_entry bigint, p_notice bigint, p_late_fen bigint, p_account bigint,
    p_bank_day date, p_channel text, p_payer_name text, p_payer_account text,
    p_debits text[], p_credits text[], p_fens bigint[]
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE its_day date;
BEGIN
    SELECT b.open_day INTO its_day FROM ledger_book AS b WHERE b.region = p_region FOR SHARE;
    IF NOT FOUND THEN RETURN 'no-book'; END IF;
    INSERT INTO payment_key (region, bank, kind, trade_no, pay_code, amount_fen, account_no,
            paid_at, answer, accepted_at)
        VALUES (p_region, p_bank, 'confirmation', p_trade_no, p_pay_code, p_amount_fen,
            p_account_no, p_paid_at, p_answer, p_now)
        ON CONFLICT (region, bank, kind, trade_no) DO NOTHING;
    IF NOT FOUND THEN RETURN 'taken'; END IF;
    PERFORM post_entry(p_region, p_entry, its_day, 'payment', 'payment:' || p_payment, p_now,
        p_debits, p_credits, p_fens);
    UPDATE notice SET status = 'paid' WHERE region = p_region AND id = p_notice;
    INSERT INTO payment (region, id, notice, pay_code, bank, kind, trade_no, amount_fen, late_fen,
            account, entry, state, paid_at, bank_day, received_at, channel, payer_name,
            payer_account)
        VALUES (p_region, p_payment, p_notice, p_pay_code, p_bank, 'confirmation', p_trade_no,
            p_amount_fen, p_late_fen, p_account, p_entry, 'confirmed', p_paid_at, p_bank_day,
            p_now, p_channel, p_payer_name, p_payer_account);
    RETURN 'booked';
END $$
"""
ARGUMENTS = (
    "text, text, text, text, bigint, text, timestamptz, text, timestamptz, bigint, bigint, "
    "bigint, bigint, bigint, date, text, text, text, text[], text[], bigint[]"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POST_ENTRY)
        op.execute(BOOK_PAYMENT)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION book_payment({ARGUMENTS})")
        op.execute(
            "DROP FUNCTION post_entry(text, bigint, date, text, text, timestamptz, text[], "
            "text[], bigint[])"
        )
