"""Create the function that takes clear confirmations by frames that arrived together (PostgreSQL).

It books them by ``book_clear_payments`` if the token that proved each is in force, and keeps each one's
two frames. ``take_frame`` goes, and ``book_clear_payment`` with it: one that comes alone is a list of one.

Revision ID: 0044
Revises: 0043
"""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# ``p_told`` and ``p_frames`` are JSON lists: what is booked, and both frames of each. Of equal serials and
# pay codes the caller sends the first one only. Gives the serials that were booked.
TAKE_FRAMES_TOGETHER = """
CREATE FUNCTION take_frames_together(p_region text, p_bank text, p_told text, p_frames text,
    p_at timestamptz) RETURNS text LANGUAGE plpgsql
SET plan_cache_mode TO force_generic_plan SET enable_seqscan TO off SET enable_bitmapscan TO off
SET enable_hashjoin TO off SET enable_mergejoin TO off SET enable_material TO off AS $$
DECLARE
    proved text[];
    taken text[];
    told text := p_told;
BEGIN
    SELECT array_agg(t.trade_no) INTO proved
        FROM json_to_recordset(p_told::json) AS t (trade_no text, node text, token_sha256 text)
        WHERE EXISTS (SELECT 1 FROM gateway_node AS g
            WHERE g.region = p_region AND g.node = t.node AND g.bank = p_bank
                AND g.valid_from <= p_at AND (g.valid_to IS NULL OR g.valid_to > p_at)
                AND encode(sha256(convert_to(g.token, 'UTF8')), 'hex') = t.token_sha256);
    IF proved IS NULL THEN RETURN ''; END IF;
    IF cardinality(proved) < json_array_length(p_told::json) THEN
        SELECT json_agg(e) INTO told FROM json_array_elements(p_told::json) AS e
            WHERE e ->> 'trade_no' = ANY (proved) AND p_region IS NOT NULL;
    END IF;
    taken := book_clear_payments(p_region, p_bank, told);
    IF cardinality(taken) = 0 THEN RETURN ''; END IF;
    INSERT INTO message_log (region, id, direction, node, msg_no, msg_id, msg_ref, raw, sha256,
            result, received_at)
        SELECT p_region, t.id, t.direction, t.node, t.msg_no, t.msg_id, t.msg_ref,
            decode(t.raw, 'base64'), t.sha256, '00000', t.accepted_at
        FROM json_to_recordset(p_frames::json)
            AS t (trade_no text, node text, accepted_at timestamptz, direction text, id bigint,
                msg_no text, msg_id text, msg_ref text, raw text, sha256 text)
        WHERE t.trade_no = ANY (taken);
    RETURN array_to_string(taken, ' ');
END $$
"""
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
            AND n.status IN ('issued', 'expired') AND n.amount_fen = p_amount_fen AND n.reliefs = 0
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
    INSERT INTO bank_trade (region, bank, trade_no) VALUES (p_region, p_bank, p_trade_no)
        ON CONFLICT (region, bank, trade_no) DO NOTHING;
    IF NOT FOUND THEN RETURN 'unclear'; END IF;
    RETURN book_payment(p_region, p_bank, p_trade_no, p_pay_code, p_amount_fen, p_account_no,
        p_paid_at, p_answer, p_now, p_payment, p_entry, its_notice, 0, its_account, p_bank_day,
        p_channel, p_payer_name, p_payer_account,
        array_fill('designated/' || its_account, ARRAY[cardinality(credits)]), credits, fens);
END $$
"""
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
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(TAKE_FRAMES_TOGETHER)
    op.execute(
        f"DROP FUNCTION take_frame({CLEAR}, text, text, text, bigint, bytea, text, text, "
        "text, text, bigint, bytea, text)"
    )
    op.execute(f"DROP FUNCTION book_clear_payment({CLEAR})")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(BOOK_CLEAR_PAYMENT)
    op.execute(TAKE_FRAME)
    op.execute("DROP FUNCTION take_frames_together(text, text, text, text, timestamptz)")
