"""Create the function that takes all clear confirmations of a batch in one call (PostgreSQL).

The conditions are those of ``book_clear_payment``, over many at once: whatever is not clear is left
untouched for the long way. Rows are locked in one order (notices by pay code, then serials, then the
book), so that batches that overlap never wait in a ring. tests/payments/test_batch.py holds this
way against the long one.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# ``p_told`` is a JSON list. Of equal serials, and of equal pay codes, the caller sends the first one
# only. The planner is held to index lookups: a plan made while the tables were small would read the
# whole of them later.
BOOK_CLEAR_PAYMENTS = """
CREATE FUNCTION book_clear_payments(p_region text, p_bank text, p_told text, p_now timestamptz)
RETURNS text[] LANGUAGE plpgsql
SET enable_seqscan TO off SET enable_bitmapscan TO off SET enable_hashjoin TO off
SET enable_mergejoin TO off SET enable_material TO off AS $$
DECLARE
    its_day date;
    trade_nos text[];
    pay_codes text[];
    fens bigint[];
    account_nos text[];
    paid_ats timestamptz[];
    bank_days date[];
    channels text[];
    payer_names text[];
    payer_accounts text[];
    answers text[];
    payments bigint[];
    entries bigint[];
    notices bigint[];
    accounts bigint[];
    held text[];
    bound text[];
BEGIN
    WITH told AS MATERIALIZED (SELECT * FROM json_to_recordset(p_told::json) AS t(
            trade_no text, pay_code text, check_fits boolean, amount_fen bigint, account_no text,
            paid_at timestamptz, bank_day date, channel text, payer_name text,
            payer_account text, answer text, payment bigint, entry bigint)),
        places AS MATERIALIZED (SELECT p.account_no, p.bank_day,
                (SELECT d.id FROM designated_account AS d
                    WHERE d.region = p_region AND d.account_no = p.account_no
                    AND d.valid_from <= p.bank_day
                    AND (d.valid_to IS NULL OR d.valid_to > p.bank_day)
                    AND (d.bank = p_bank OR NOT EXISTS (SELECT 1 FROM designated_account AS o
                        WHERE o.region = p_region AND o.bank = p_bank
                        AND o.valid_from <= p.bank_day
                        AND (o.valid_to IS NULL OR o.valid_to > p.bank_day)))
                    ORDER BY d.valid_from DESC LIMIT 1) AS account
            FROM (SELECT DISTINCT account_no, bank_day FROM told) AS p
            WHERE EXISTS (SELECT 1 FROM agent_bank AS a
                WHERE a.region = p_region AND a.bank = p_bank AND a.valid_from <= p.bank_day
                AND (a.valid_to IS NULL OR a.valid_to > p.bank_day))),
        clear AS (SELECT t.*, n.id AS notice, p.account
            FROM told AS t
            JOIN places AS p ON p.account_no = t.account_no AND p.bank_day = t.bank_day
            JOIN region_setting AS s ON s.region = p_region
            JOIN notice AS n ON n.region = p_region AND n.pay_code = t.pay_code
            WHERE p.account IS NOT NULL AND (s.paycode_profile = 'none' OR t.check_fits)
                AND n.status IN ('issued', 'expired') AND n.amount_fen = t.amount_fen
                AND t.bank_day BETWEEN n.issued_on AND n.valid_until
                AND (NOT s.require_prior_query OR EXISTS (SELECT 1 FROM bank_query AS q
                    WHERE q.region = p_region AND q.notice = n.id AND q.bank = p_bank))
                AND NOT EXISTS (SELECT 1 FROM notice_line AS l WHERE l.region = p_region
                    AND l.notice = n.id AND l.late_rule IS NOT NULL)
            ORDER BY n.pay_code
            FOR NO KEY UPDATE OF n)
        SELECT array_agg(c.trade_no), array_agg(c.pay_code), array_agg(c.amount_fen),
            array_agg(c.account_no), array_agg(c.paid_at), array_agg(c.bank_day),
            array_agg(c.channel), array_agg(c.payer_name), array_agg(c.payer_account),
            array_agg(c.answer), array_agg(c.payment), array_agg(c.entry), array_agg(c.notice),
            array_agg(c.account)
        INTO trade_nos, pay_codes, fens, account_nos, paid_ats, bank_days, channels, payer_names,
            payer_accounts, answers, payments, entries, notices, accounts
        FROM clear AS c;
    IF trade_nos IS NULL THEN RETURN ARRAY[]::text[]; END IF;
    WITH first AS (INSERT INTO bank_trade (region, bank, trade_no)
            SELECT p_region, p_bank, t FROM unnest(trade_nos) AS t ORDER BY t
            ON CONFLICT (region, bank, trade_no) DO NOTHING RETURNING trade_no)
        SELECT array_agg(f.trade_no) INTO held FROM first AS f WHERE p_region IS NOT NULL;
    IF held IS NULL THEN RETURN ARRAY[]::text[]; END IF;
    SELECT b.open_day INTO its_day FROM ledger_book AS b WHERE b.region = p_region FOR SHARE;
    IF NOT FOUND THEN RETURN ARRAY[]::text[]; END IF;
    WITH first AS (INSERT INTO payment_key (region, bank, kind, trade_no, pay_code, amount_fen,
                account_no, paid_at, answer, accepted_at)
            SELECT p_region, p_bank, 'confirmation', t.trade_no, t.pay_code, t.fen, t.account_no,
                t.paid_at, t.answer, p_now
            FROM unnest(trade_nos, pay_codes, fens, account_nos, paid_ats, answers)
                AS t (trade_no, pay_code, fen, account_no, paid_at, answer)
            WHERE t.trade_no = ANY (held) ORDER BY t.trade_no
            ON CONFLICT (region, bank, kind, trade_no) DO NOTHING RETURNING trade_no)
        SELECT array_agg(f.trade_no) INTO bound FROM first AS f WHERE p_region IS NOT NULL;
    IF bound IS NULL THEN RETURN ARRAY[]::text[]; END IF;
    WITH taken AS MATERIALIZED (SELECT * FROM unnest(trade_nos, pay_codes, fens, paid_ats,
                bank_days, channels, payer_names, payer_accounts, payments, entries, notices,
                accounts)
            AS t (trade_no, pay_code, fen, paid_at, bank_day, channel, payer_name, payer_account,
                payment, entry, notice, account)
            WHERE t.trade_no = ANY (bound)),
        heads AS (INSERT INTO ledger_entry (region, id, day, kind, subject, reason, posted_at)
            SELECT p_region, t.entry, its_day, 'payment', 'payment:' || t.payment, '', p_now
            FROM taken AS t),
        legs AS (INSERT INTO ledger_posting (region, entry, leg, debit, credit, fen)
            SELECT p_region, t.entry, g.leg, 'designated/' || t.account, g.credit, g.fen
            FROM taken AS t CROSS JOIN LATERAL (
                SELECT row_number() OVER (ORDER BY min(l.line_no)) AS leg,
                    'income/' || l.unit_code || '/' || l.item_id AS credit,
                    sum(l.amount_fen)::bigint AS fen
                FROM notice_line AS l WHERE l.region = p_region AND l.notice = t.notice
                GROUP BY l.unit_code, l.item_id HAVING sum(l.amount_fen) > 0) AS g),
        settled AS (UPDATE notice AS n SET status = 'paid' WHERE n.region = p_region
            AND n.id = ANY ((SELECT array_agg(t.notice) FROM taken AS t)::bigint[]))
        INSERT INTO payment (region, id, notice, pay_code, bank, kind, trade_no, amount_fen,
                late_fen, account, entry, state, paid_at, bank_day, received_at, channel,
                payer_name, payer_account)
            SELECT p_region, t.payment, t.notice, t.pay_code, p_bank, 'confirmation', t.trade_no,
                t.fen, 0, t.account, t.entry, 'confirmed', t.paid_at, t.bank_day, p_now,
                t.channel, t.payer_name, t.payer_account
            FROM taken AS t;
    IF EXISTS (SELECT 1 FROM outbox_subscription AS s WHERE s.region = p_region
            AND s.ended_at IS NULL AND s.kinds LIKE '% payment-confirmed %') THEN
        PERFORM enqueue_payment(p_region, t.payment, t.notice, p_bank, t.channel, t.payer_name,
                t.payer_account, t.answer, p_now)
            FROM unnest(payments, notices, channels, payer_names, payer_accounts, answers,
                trade_nos)
            AS t (payment, notice, channel, payer_name, payer_account, answer, trade_no)
            WHERE t.trade_no = ANY (bound);
    END IF;
    RETURN bound;
END $$
"""
# Without a key (``p_keyid`` null) the nonce was used up by an earlier call of the same request.
TAKE_CONFIRMATIONS = """
CREATE FUNCTION take_confirmations(
    p_region text, p_bank text, p_told text, p_now timestamptz, p_keyid text, p_nonce text,
    p_at timestamptz, p_forgotten timestamptz, p_message bigint, p_subject text,
    p_request_id text, p_raw bytea, p_sha256 text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE told text[];
BEGIN
    IF p_keyid IS NOT NULL THEN
        INSERT INTO api_nonce (keyid, nonce, used_at)
            SELECT k.keyid, p_nonce, p_at FROM bank_key AS k
            WHERE k.keyid = p_keyid AND k.bank = p_bank AND k.valid_from <= p_at
                AND (k.valid_to IS NULL OR k.valid_to > p_at)
            ON CONFLICT (keyid, nonce) DO UPDATE SET used_at = p_at
                WHERE api_nonce.used_at < p_forgotten;
        IF NOT FOUND THEN RETURN 'refused'; END IF;
    END IF;
    told := book_clear_payments(p_region, p_bank, p_told, p_now);
    INSERT INTO message_log (region, id, direction, node, msg_no, msg_id, msg_ref, raw, sha256,
            result, received_at)
        VALUES (p_region, p_message, 'in', p_bank, 'batch', p_subject, p_request_id, p_raw,
            p_sha256, '00000', p_now);
    RETURN 'taken ' || array_to_string(told, ' ');
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(BOOK_CLEAR_PAYMENTS)
        op.execute(TAKE_CONFIRMATIONS)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "DROP FUNCTION take_confirmations(text, text, text, timestamptz, text, text, "
            "timestamptz, timestamptz, bigint, text, text, bytea, text)"
        )
        op.execute("DROP FUNCTION book_clear_payments(text, text, text, timestamptz)")
