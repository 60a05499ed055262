"""Create the function that takes clear confirmations of one bank that arrived together (PostgreSQL).

Each of them has its own nonce, its own message and its own instant of acceptance, which the rows of
``book_clear_payments`` therefore carry now. What is not booked is left untouched, its nonce too, for the
long way. Locks are taken in the order of all others: nonces by their names, then what booking locks.

A notice that somebody holds is not waited for: it is not clear now, and goes the long way, which waits
for it alone. The functions keep one plan: told how many rows come, the planner made a new one for every call, which
cost more than the call. ``take_confirmation`` goes: one that comes alone is a list of one.

Revision ID: 0043
Revises: 0042
"""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

# ``p_told`` is a JSON list. Of equal serials, pay codes and nonces the caller sends the first one only.
# The planner is held to index lookups: a plan made while the tables were small would read the whole
# of them later. Serials and nonces are locked in the order of their bytes, as every other hand sorts them.
BOOK_CLEAR_PAYMENTS = """
CREATE FUNCTION book_clear_payments(p_region text, p_bank text, p_told text)
RETURNS text[] LANGUAGE plpgsql
SET plan_cache_mode TO force_generic_plan SET enable_seqscan TO off
SET enable_bitmapscan TO off SET enable_hashjoin TO off SET enable_mergejoin TO off
SET enable_material TO off AS $$
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
    accepted_ats timestamptz[];
    payments bigint[];
    entries bigint[];
    notices bigint[];
    accounts bigint[];
    held text[];
    bound text[];
    all_held boolean;  -- as nearly always; else each is looked for among them
    all_bound boolean;
BEGIN
    WITH told AS MATERIALIZED (SELECT * FROM json_to_recordset(p_told::json) AS t(
            trade_no text, pay_code text, check_fits boolean, amount_fen bigint, account_no text,
            paid_at timestamptz, bank_day date, channel text, payer_name text,
            payer_account text, answer text, payment bigint, entry bigint,
            accepted_at timestamptz)),
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
                AND n.status IN ('issued', 'expired') AND n.amount_fen = t.amount_fen AND n.reliefs = 0
                AND t.bank_day BETWEEN n.issued_on AND n.valid_until
                AND (NOT s.require_prior_query OR (SELECT true FROM bank_query AS q
                    WHERE q.region = p_region AND q.notice = n.id AND q.bank = p_bank))
                AND NOT EXISTS (SELECT 1 FROM notice_line AS l WHERE l.region = p_region
                    AND l.notice = n.id AND l.late_rule IS NOT NULL)
            ORDER BY n.pay_code
            FOR NO KEY UPDATE OF n SKIP LOCKED)
        SELECT array_agg(c.trade_no), array_agg(c.pay_code), array_agg(c.amount_fen),
            array_agg(c.account_no), array_agg(c.paid_at), array_agg(c.bank_day),
            array_agg(c.channel), array_agg(c.payer_name), array_agg(c.payer_account),
            array_agg(c.answer), array_agg(c.accepted_at), array_agg(c.payment),
            array_agg(c.entry), array_agg(c.notice), array_agg(c.account)
        INTO trade_nos, pay_codes, fens, account_nos, paid_ats, bank_days, channels, payer_names,
            payer_accounts, answers, accepted_ats, payments, entries, notices, accounts
        FROM clear AS c;
    IF trade_nos IS NULL THEN RETURN ARRAY[]::text[]; END IF;
    WITH first AS (INSERT INTO bank_trade (region, bank, trade_no)
            SELECT p_region, p_bank, t FROM unnest(trade_nos) AS t ORDER BY t COLLATE "C"
            ON CONFLICT (region, bank, trade_no) DO NOTHING RETURNING trade_no)
        SELECT array_agg(f.trade_no) INTO held FROM first AS f WHERE p_region IS NOT NULL;
    IF held IS NULL THEN RETURN ARRAY[]::text[]; END IF;
    all_held := cardinality(held) = cardinality(trade_nos);
    SELECT b.open_day INTO its_day FROM ledger_book AS b WHERE b.region = p_region FOR SHARE;
    IF NOT FOUND THEN RETURN ARRAY[]::text[]; END IF;
    WITH first AS (INSERT INTO payment_key (region, bank, kind, trade_no, pay_code, amount_fen,
                account_no, paid_at, answer, accepted_at)
            SELECT p_region, p_bank, 'confirmation', t.trade_no, t.pay_code, t.fen, t.account_no,
                t.paid_at, t.answer, t.accepted_at
            FROM unnest(trade_nos, pay_codes, fens, account_nos, paid_ats, answers, accepted_ats)
                AS t (trade_no, pay_code, fen, account_no, paid_at, answer, accepted_at)
            WHERE all_held OR t.trade_no = ANY (held) ORDER BY t.trade_no COLLATE "C"
            ON CONFLICT (region, bank, kind, trade_no) DO NOTHING RETURNING trade_no)
        SELECT array_agg(f.trade_no) INTO bound FROM first AS f WHERE p_region IS NOT NULL;
    IF bound IS NULL THEN RETURN ARRAY[]::text[]; END IF;
    all_bound := cardinality(bound) = cardinality(trade_nos);
    WITH taken AS MATERIALIZED (SELECT * FROM unnest(trade_nos, pay_codes, fens, paid_ats,
                bank_days, channels, payer_names, payer_accounts, accepted_ats, payments, entries,
                notices, accounts)
            AS t (trade_no, pay_code, fen, paid_at, bank_day, channel, payer_name, payer_account,
                accepted_at, payment, entry, notice, account)
            WHERE all_bound OR t.trade_no = ANY (bound)),
        heads AS (INSERT INTO ledger_entry (region, id, day, kind, subject, reason, posted_at)
            SELECT p_region, t.entry, its_day, 'payment', 'payment:' || t.payment, '',
                t.accepted_at
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
                t.fen, 0, t.account, t.entry, 'confirmed', t.paid_at, t.bank_day, t.accepted_at,
                t.channel, t.payer_name, t.payer_account
            FROM taken AS t;
    IF EXISTS (SELECT 1 FROM outbox_subscription AS s WHERE s.region = p_region
            AND s.ended_at IS NULL AND s.kinds LIKE '% payment-confirmed %') THEN
        PERFORM enqueue_payment(p_region, t.payment, t.notice, p_bank, t.channel, t.payer_name,
                t.payer_account, t.answer, t.accepted_at)
            FROM unnest(payments, notices, channels, payer_names, payer_accounts, answers,
                accepted_ats, trade_nos)
            AS t (payment, notice, channel, payer_name, payer_account, answer, accepted_at,
                trade_no)
            WHERE all_bound OR t.trade_no = ANY (bound);
    END IF;
    RETURN bound;
END $$
"""
# Gives the serials that were booked, then a line for each that was accepted before with the same
# content: its serial, and its first answer (R-B3).
TAKE_TOGETHER = """
CREATE FUNCTION take_together(p_region text, p_bank text, p_told text, p_at timestamptz,
    p_forgotten timestamptz) RETURNS text LANGUAGE plpgsql
SET plan_cache_mode TO force_generic_plan SET enable_seqscan TO off SET enable_bitmapscan TO off
SET enable_hashjoin TO off SET enable_mergejoin TO off SET enable_material TO off AS $$
DECLARE
    fresh text[];
    taken text[];
    repeated text[];
    answers text := '';
    told text := p_told;
BEGIN
    WITH told AS MATERIALIZED (SELECT * FROM json_to_recordset(p_told::json)
            AS t (trade_no text, keyid text, nonce text)),
        used AS (INSERT INTO api_nonce (keyid, nonce, used_at)
            SELECT k.keyid, t.nonce, p_at FROM told AS t JOIN bank_key AS k ON k.keyid = t.keyid
            WHERE k.bank = p_bank AND k.valid_from <= p_at
                AND (k.valid_to IS NULL OR k.valid_to > p_at)
            ORDER BY k.keyid COLLATE "C", t.nonce COLLATE "C"
            ON CONFLICT (keyid, nonce) DO UPDATE SET used_at = p_at
                WHERE api_nonce.used_at < p_forgotten
            RETURNING keyid, nonce)
        SELECT array_agg(t.trade_no) INTO fresh FROM told AS t
            JOIN used AS u ON u.keyid = t.keyid AND u.nonce = t.nonce;
    IF fresh IS NULL THEN RETURN ''; END IF;
    IF cardinality(fresh) < json_array_length(p_told::json) THEN
        SELECT json_agg(e) INTO told FROM json_array_elements(p_told::json) AS e
            WHERE e ->> 'trade_no' = ANY (fresh);
    END IF;
    taken := book_clear_payments(p_region, p_bank, told);
    IF cardinality(taken) < cardinality(fresh) THEN
        SELECT array_agg(t.trade_no), string_agg(E'\\n' || t.trade_no || ' ' || k.answer, '')
            INTO repeated, answers
            FROM json_to_recordset(told::json)
                AS t (trade_no text, pay_code text, amount_fen bigint, account_no text,
                    paid_at timestamptz)
            JOIN payment_key AS k ON k.region = p_region AND k.bank = p_bank
                AND k.kind = 'confirmation' AND k.trade_no = t.trade_no
                AND k.pay_code = t.pay_code AND k.amount_fen = t.amount_fen
                AND k.account_no = t.account_no AND k.paid_at = t.paid_at
            JOIN payment AS p ON p.region = p_region AND p.bank = p_bank
                AND p.kind = 'confirmation' AND p.trade_no = t.trade_no AND p.state <> 'reversed'
            WHERE t.trade_no <> ALL (taken);
        DELETE FROM api_nonce AS n USING json_to_recordset(told::json)
                AS t (trade_no text, keyid text, nonce text)
            WHERE n.keyid = t.keyid AND n.nonce = t.nonce AND t.trade_no <> ALL (taken)
                AND t.trade_no <> ALL (coalesce(repeated, ARRAY[]::text[]));
    END IF;
    INSERT INTO message_log (region, id, direction, node, msg_no, msg_id, msg_ref, raw, sha256,
            result, received_at)
        SELECT p_region, t.message, 'in', p_bank, 'confirmation', t.trade_no, t.request_id,
            decode(t.raw, 'base64'), t.sha256, '00000', t.accepted_at
        FROM json_to_recordset(told::json)
            AS t (trade_no text, accepted_at timestamptz, message bigint, request_id text,
                raw text, sha256 text)
        WHERE t.trade_no = ANY (taken || repeated);
    RETURN array_to_string(taken, ' ') || coalesce(answers, '');
END $$
"""
# The batch of 0022, with as many instants as rows.
TAKE_CONFIRMATIONS = """
CREATE OR REPLACE FUNCTION take_confirmations(
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
    told := book_clear_payments(p_region, p_bank, p_told);
    INSERT INTO message_log (region, id, direction, node, msg_no, msg_id, msg_ref, raw, sha256,
            result, received_at)
        VALUES (p_region, p_message, 'in', p_bank, 'batch', p_subject, p_request_id, p_raw,
            p_sha256, '00000', p_now);
    RETURN 'taken ' || array_to_string(told, ' ');
END $$
"""
WITH_ONE_INSTANT = """
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
                AND n.status IN ('issued', 'expired') AND n.amount_fen = t.amount_fen AND n.reliefs = 0
                AND t.bank_day BETWEEN n.issued_on AND n.valid_until
                AND (NOT s.require_prior_query OR (SELECT true FROM bank_query AS q
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
ALONE = (
    "text, text, text, text, boolean, bigint, text, timestamptz, text, timestamptz, bigint, bigint, "
    "date, text, text, text, text, text, timestamptz, timestamptz, bigint, text, bytea, text"
)
BOOKING_OF_ALL = "book_clear_payments(p_region, p_bank, p_told)"
BOOKING_AT_ONE = "book_clear_payments(p_region, p_bank, p_told, p_now)"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("DROP FUNCTION book_clear_payments(text, text, text, timestamptz)")
    op.execute(BOOK_CLEAR_PAYMENTS)
    op.execute(TAKE_CONFIRMATIONS)
    op.execute(TAKE_TOGETHER)
    op.execute(f"DROP FUNCTION take_confirmation({ALONE})")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(TAKE_CONFIRMATION)
    op.execute("DROP FUNCTION take_together(text, text, text, timestamptz, timestamptz)")
    op.execute("DROP FUNCTION book_clear_payments(text, text, text)")
    op.execute(WITH_ONE_INSTANT)
    op.execute(TAKE_CONFIRMATIONS.replace(BOOKING_OF_ALL, BOOKING_AT_ONE))
