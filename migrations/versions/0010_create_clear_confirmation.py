"""Create the function that takes a clear confirmation in one statement (PostgreSQL).

"Clear" is the common case: everything R-B2 asks for holds and no late fee is in play. Whatever is
not clear is left untouched for the long way, which judges it in full and gives the reasons; so the
conditions here may be stricter than the rules, never looser. tests/payments/test_clear.py holds
both ways against each other.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BOOK_CLEAR_PAYMENT = """
CREATE FUNCTION book_clear_payment(
    p_region text, p_bank text, p_trade_no text, p_pay_code text, p_check_fits boolean,
    p_amount_fen bigint, p_account_no text, p_paid_at timestamptz, p_answer text,
    p_now timestamptz, p_payment bigint, p_entry bigint, p_bank_day date, p_channel text,
    p_payer_name text, p_payer_account text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    its_notice bigint;
    its_account bigint;
    is_clear boolean;
    credits text[];
    fens bigint[];
BEGIN
    SELECT n.id INTO its_notice FROM notice AS n
        WHERE n.region = p_region AND n.pay_code = p_pay_code
            AND n.status IN ('issued', 'expired') AND n.amount_fen = p_amount_fen
            AND p_bank_day BETWEEN n.issued_on AND n.valid_until
        FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN 'unclear'; END IF;
    SELECT (s.paycode_profile = 'none' OR p_check_fits)
            AND (NOT s.require_prior_query OR EXISTS (SELECT 1 FROM bank_query AS q
                WHERE q.region = p_region AND q.notice = its_notice AND q.bank = p_bank))
            AND EXISTS (SELECT 1 FROM agent_bank AS a
                WHERE a.region = p_region AND a.bank = p_bank AND a.valid_from <= p_bank_day
                AND (a.valid_to IS NULL OR a.valid_to > p_bank_day)),
            (SELECT d.id FROM designated_account AS d
                WHERE d.region = p_region AND d.account_no = p_account_no
                AND d.valid_from <= p_bank_day AND (d.valid_to IS NULL OR d.valid_to > p_bank_day)
                AND (d.bank = p_bank OR NOT EXISTS (SELECT 1 FROM designated_account AS o
                    WHERE o.region = p_region AND o.bank = p_bank
                    AND o.valid_from <= p_bank_day
                    AND (o.valid_to IS NULL OR o.valid_to > p_bank_day)))
                ORDER BY d.valid_from DESC LIMIT 1)
        INTO is_clear, its_account
        FROM region_setting AS s WHERE s.region = p_region;
    IF is_clear IS NOT TRUE OR its_account IS NULL THEN RETURN 'unclear'; END IF;
    SELECT array_agg('income/' || g.unit_code || '/' || g.item_id ORDER BY g.line_no),
            array_agg(g.fen ORDER BY g.line_no), bool_and(g.is_plain)
        INTO credits, fens, is_clear
        FROM (SELECT l.unit_code, l.item_id, min(l.line_no) AS line_no,
                sum(l.amount_fen)::bigint AS fen, bool_and(l.late_rule IS NULL) AS is_plain
            FROM notice_line AS l WHERE l.region = p_region AND l.notice = its_notice
            GROUP BY l.unit_code, l.item_id) AS g
        WHERE g.fen > 0;
    IF is_clear IS NOT TRUE THEN RETURN 'unclear'; END IF;
    RETURN book_payment(p_region, p_bank, p_trade_no, p_pay_code, p_amount_fen, p_account_no,
        p_paid_at, p_answer, p_now, p_payment, p_entry, its_notice, 0, its_account, p_bank_day,
        p_channel, p_payer_name, p_payer_account,
        array_fill('designated/' || its_account, ARRAY[cardinality(credits)]), credits, fens);
END $$
"""
TAKE_CONFIRMATION = """
CREATE FUNCTION take_confirmation(
    p_region text, p_bank text, p_trade_no text, p_pay_code text, p_check_fits boolean,
    p_amount_fen bigint, p_account_no text, p_paid_at timestamptz, p_answer text,
    p_now timestamptz, p_payment bigint, p_entry bigint, p_bank_day date, p_channel text,
    p_payer_name text, p_payer_account text, p_keyid text, p_nonce text, p_at timestamptz,
    p_forgotten timestamptz, p_message bigint, p_request_id text, p_raw bytea, p_sha256 text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE told text;
BEGIN
    INSERT INTO api_nonce (keyid, nonce, used_at)
        SELECT k.keyid, p_nonce, p_at FROM bank_key AS k
        WHERE k.keyid = p_keyid AND k.bank = p_bank AND k.valid_from <= p_at
            AND (k.valid_to IS NULL OR k.valid_to > p_at)
        ON CONFLICT (keyid, nonce) DO UPDATE SET used_at = p_at
            WHERE api_nonce.used_at < p_forgotten;
    IF NOT FOUND THEN RETURN 'unclear'; END IF;
    told := book_clear_payment(p_region, p_bank, p_trade_no, p_pay_code, p_check_fits,
        p_amount_fen, p_account_no, p_paid_at, p_answer, p_now, p_payment, p_entry, p_bank_day,
        p_channel, p_payer_name, p_payer_account);
    IF told <> 'booked' THEN
        DELETE FROM api_nonce WHERE keyid = p_keyid AND nonce = p_nonce;
        RETURN told;
    END IF;
    INSERT INTO message_log (region, id, direction, node, msg_no, msg_id, msg_ref, raw, sha256,
            result, received_at)
        VALUES (p_region, p_message, 'in', p_bank, 'confirmation', p_trade_no, p_request_id,
            p_raw, p_sha256, '00000', p_now);
    RETURN told;
END $$
"""
CLEAR = (
    "text, text, text, text, boolean, bigint, text, timestamptz, text, timestamptz, bigint, "
    "bigint, date, text, text, text"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(BOOK_CLEAR_PAYMENT)
        op.execute(TAKE_CONFIRMATION)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"DROP FUNCTION take_confirmation({CLEAR}, text, text, timestamptz, timestamptz, "
            "bigint, text, bytea, text)"
        )
        op.execute(f"DROP FUNCTION book_clear_payment({CLEAR})")
