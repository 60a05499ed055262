"""Rules that one query each can try: it gives the rows that break it, by the key they are found under.

Refunds, settlements, claims, returns, reversals: what does not fit its neighbours, sealed or not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feeledger.auditor.database import Reader
from feeledger.auditor.findings import Finding, Place

HELD = "('finance_approved', 'paid')"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of finding, the table it is found in, what to say, and the query of what breaks it."""

    kind: str
    table: str
    zh: str
    en: str
    query: str


def broken_rules(reader: Reader, region: str, rules: Sequence[Rule] = ()) -> Iterator[Finding]:
    """Try rules on a region, those of this file unless others are given."""
    at, asked = Place(region), {"region": region}
    for rule in rules or RULES:
        for row in reader.rows(rule.query, asked):
            key = "/".join(str(part) for part in row)
            yield at.finding(rule.kind, f"{rule.table}:{key}", rule.zh, rule.en)


def _texts_differ(one: str, other: str, columns: str) -> str:
    """Say in SQL that any of some columns, texts or nothing, differs between two rows."""
    return " OR ".join(
        f"COALESCE({one}.{name}, '') <> COALESCE({other}.{name}, '')" for name in columns.split()
    )


PARENT = _texts_differ(
    "c", "u", "trade_no pay_code payer_name payer_account payer_bank remark bank"
)
# Where the money of a payment was shown: told by its bank, on a statement of the account, or a receipt.
SHOWN = """(
  EXISTS (SELECT 1 FROM funds_arrival a WHERE a.region = p.region AND a.bank = p.bank AND a.trade_no = p.trade_no)
  OR EXISTS (SELECT 1 FROM account_flow_line f WHERE f.region = p.region AND f.bank = p.bank
             AND f.trade_no = p.trade_no)
  OR EXISTS (SELECT 1 FROM unmatched_receipt u WHERE u.region = p.region AND u.payment = p.id))"""
# A payment that was settled keeps the day's file that listed it, though the bank corrects that day.
LISTED = """EXISTS (SELECT 1 FROM recon_line l JOIN recon_batch b ON b.region = l.region AND b.id = l.batch
  WHERE l.region = p.region AND l.payment = p.id AND l.outcome = 'matched'
    AND (b.replaced_by IS NULL OR p.state = 'settled'))"""
RULES = (
    Rule("payment-state-differs", "payment", "状态与对账、到账所示不符",
         "its state is not what the day's file and its money show", """
SELECT p.id FROM payment p WHERE p.region = :region AND p.kind = 'confirmation' AND (
  (p.state IN ('reconciled', 'settled') AND NOT """ + LISTED + """)
  OR (p.state IN ('confirmed', 'arrived') AND """ + LISTED + """)
  OR (p.state IN ('arrived', 'difference') AND NOT """ + SHOWN + """)
  OR (p.state = 'confirmed' AND """ + SHOWN + """
      AND NOT EXISTS (SELECT 1 FROM recon_line l WHERE l.region = p.region AND l.payment = p.id)))
  OR (p.region = :region AND p.kind = 'claim' AND p.state IN ('confirmed', 'difference'))"""),
    Rule("payment-state-differs", "notice", "状态与其缴款是否对账不符",
         "its state is not that of its payment", """
SELECT n.id FROM notice n JOIN payment p ON p.region = n.region AND p.notice = n.id AND p.state <> 'reversed'
WHERE n.region = :region AND n.status IN ('paid', 'reconciled')
  AND (n.status = 'reconciled') <> (p.state = 'reconciled')"""),
    Rule("voucher-state-differs", "voucher", "核销状态与核销时间不符",
         "whether it is written off is not what its time says", """
SELECT v.id FROM voucher v WHERE v.region = :region
  AND ((v.state = 'written_off' AND v.written_off_at IS NULL) OR (v.state = 'complete' AND v.written_off_at IS NOT NULL))"""),
    Rule("refund-differs", "refund", "与缴款或通知书不符", "it does not fit its payment or notice", """
SELECT r.id FROM refund r
LEFT JOIN payment p ON p.region = r.region AND p.id = r.payment
LEFT JOIN notice n ON n.region = r.region AND n.id = r.notice
WHERE r.region = :region AND (p.id IS NULL OR n.id IS NULL OR p.notice <> r.notice
  OR r.pay_code <> n.pay_code OR r.uscc <> n.uscc OR r.payer_name <> n.payer_name
  OR (r.account_kind = 'original' AND r.to_account <> COALESCE(p.payer_account, ''))
  OR (r.account_kind = 'evidenced' AND COALESCE(p.payer_account, '') <> '')
  OR (r.account_kind = 'other' AND r.to_account = COALESCE(p.payer_account, '')))"""),
    Rule("refund-line-differs", "refund_line", "与通知书的行不符，或各次退付超过该行",
         "it does not fit the notice's line, or refunds exceed it", """
SELECT l.refund, l.line_no FROM refund_line l
LEFT JOIN refund r ON r.region = l.region AND r.id = l.refund
LEFT JOIN notice_line n ON n.region = l.region AND n.notice = r.notice AND n.line_no = l.line_no
WHERE l.region = :region AND (n.line_no IS NULL OR n.item_id <> l.item_id OR n.item_name <> l.item_name
  OR n.unit_code <> r.unit_code OR n.unit_name <> r.unit_name OR l.amount_fen < 0 OR l.late_fen < 0
  OR n.amount_fen < (SELECT SUM(o.amount_fen) FROM refund_line o JOIN refund q ON q.region = o.region
     AND q.id = o.refund WHERE o.region = l.region AND q.payment = r.payment AND o.line_no = l.line_no
     AND (q.id = r.id OR (q.state IN """ + HELD + """ AND r.state IN """ + HELD + """))))"""),
    Rule("refund-total-differs", "payment", "已占用或已退与各笔退付之和不符，或超过缴款",
         "what is promised or paid back is not its refunds, or more than it paid", """
SELECT p.id FROM payment p
LEFT JOIN payment_refund t ON t.region = p.region AND t.payment = p.id
LEFT JOIN (SELECT payment, SUM(CASE WHEN state IN """ + HELD + """ THEN amount_fen ELSE 0 END) AS held,
  SUM(CASE WHEN state = 'paid' THEN amount_fen ELSE 0 END) AS back
  FROM refund WHERE region = :region GROUP BY payment) r ON r.payment = p.id
WHERE p.region = :region AND (t.payment IS NOT NULL OR r.payment IS NOT NULL)
  AND (COALESCE(t.reserved_fen, 0) <> COALESCE(r.held, 0) OR COALESCE(t.refunded_fen, 0) <> COALESCE(r.back, 0)
  OR COALESCE(t.amount_fen, p.amount_fen) <> p.amount_fen OR COALESCE(r.held, 0) > p.amount_fen
  OR (p.state = 'reversed' AND COALESCE(r.held, 0) > 0))"""),
    Rule("refund-total-astray", "payment_refund", "没有缴款", "it has no payment", """
SELECT t.payment FROM payment_refund t LEFT JOIN payment p ON p.region = t.region AND p.id = t.payment
WHERE t.region = :region AND p.id IS NULL"""),
    Rule("notice-refund-differs", "notice", "已退金额与已付退付之和不符",
         "what it says was refunded is not what its refunds paid", """
SELECT n.id FROM notice n LEFT JOIN (SELECT r.notice, SUM(l.amount_fen) AS fen FROM refund r
  JOIN refund_line l ON l.region = r.region AND l.refund = r.id
  WHERE r.region = :region AND r.state = 'paid' GROUP BY r.notice) b ON b.notice = n.id
WHERE n.region = :region AND n.refunded_fen <> COALESCE(b.fen, 0)"""),
    Rule("refund-part-astray", "refund", "有行、步骤或分担而没有退付", "its lines, moves or shares have no refund", """
SELECT x.refund FROM (SELECT refund FROM refund_line WHERE region = :region
  UNION SELECT refund FROM refund_move WHERE region = :region
  UNION SELECT refund FROM refund_share WHERE region = :region) x
LEFT JOIN refund r ON r.region = :region AND r.id = x.refund WHERE r.id IS NULL"""),
    Rule("entry-without-refund", "ledger_entry", "没有退付", "it has no refund", """
SELECT e.id FROM ledger_entry e
LEFT JOIN refund a ON a.region = e.region AND a.approval_entry = e.id
LEFT JOIN refund b ON b.region = e.region AND b.payment_entry = e.id
WHERE e.region = :region AND ((e.kind = 'refund-approval' AND a.id IS NULL)
  OR (e.kind = 'refund-payment' AND b.id IS NULL))"""),
    Rule("entry-without-settlement", "ledger_entry", "没有划解单", "it has no settlement", """
SELECT e.id FROM ledger_entry e LEFT JOIN settlement s ON s.region = e.region AND s.entry = e.id
WHERE e.region = :region AND e.kind = 'settlement' AND s.id IS NULL"""),
    Rule("settled-state-differs", "payment", "缴款的划解状态与划解单不符，或在两张单内",
         "its state is not that of its settlement, or it is in two", """
SELECT p.id FROM payment p
LEFT JOIN (SELECT y.payment, COUNT(*) AS orders, SUM(CASE WHEN s.state = 'settled' THEN 1 ELSE 0 END) AS done
  FROM settlement_payment y JOIN settlement s ON s.region = y.region AND s.id = y.settlement
  WHERE y.region = :region AND s.state <> 'cancelled' GROUP BY y.payment) o ON o.payment = p.id
LEFT JOIN notice n ON n.region = p.region AND n.id = p.notice
WHERE p.region = :region AND ((p.state = 'settled') <> (COALESCE(o.done, 0) = 1) OR COALESCE(o.orders, 0) > 1
  OR (p.state = 'settled' AND COALESCE(n.status, '') NOT IN ('settled', 'refunded'))
  OR (n.status = 'settled' AND p.state NOT IN ('settled', 'reversed')))"""),
    Rule("settlement-part-astray", "settlement", "各笔、各级没有划解单，或撤销标记不符",
         "its payments or parts have no order, or their mark is not the order's", """
SELECT y.settlement FROM settlement_payment y
LEFT JOIN settlement s ON s.region = y.region AND s.id = y.settlement
WHERE y.region = :region AND (s.id IS NULL OR (s.state = 'cancelled') <> (y.cancelled <> FALSE))
UNION SELECT z.settlement FROM settlement_share z
LEFT JOIN settlement_payment y ON y.region = z.region AND y.settlement = z.settlement AND y.payment = z.payment
WHERE z.region = :region AND y.payment IS NULL"""),
    Rule("arrival-entry-differs", "unmatched_receipt", "到账分录与款项不符", "its entry is not that of its money", """
SELECT u.id FROM unmatched_receipt u
LEFT JOIN ledger_entry e ON e.region = u.region AND e.id = u.entry
LEFT JOIN ledger_posting p ON p.region = u.region AND p.entry = u.entry
WHERE u.region = :region AND (e.id IS NULL OR e.kind <> 'arrival' OR p.fen IS NULL OR p.leg <> 1
  OR p.debit <> 'designated/' || u.account OR p.credit <> 'unmatched/' || u.account
  OR (u.parent IS NULL AND (e.subject <> 'receipt:' || u.id OR p.fen <> u.amount_fen)))"""),
    Rule("entry-without-receipt", "ledger_entry", "没有待查收入或退回", "it has no receipt, or no return", """
SELECT e.id FROM ledger_entry e
LEFT JOIN unmatched_receipt u ON u.region = e.region AND u.entry = e.id AND u.parent IS NULL
LEFT JOIN receipt_return r ON r.region = e.region AND r.entry = e.id
WHERE e.region = :region AND ((e.kind = 'arrival' AND u.id IS NULL) OR (e.kind = 'return' AND r.id IS NULL))"""),
    Rule("split-differs", "unmatched_receipt", "拆分各部分与原款不符", "its parts are not what was split", """
SELECT u.id FROM unmatched_receipt u
LEFT JOIN (SELECT parent, SUM(amount_fen) AS fen FROM unmatched_receipt
  WHERE region = :region AND parent IS NOT NULL GROUP BY parent) c ON c.parent = u.id
WHERE u.region = :region AND CASE WHEN u.state = 'split' THEN u.amount_fen ELSE 0 END <> COALESCE(c.fen, 0)
UNION SELECT c.id FROM unmatched_receipt c
LEFT JOIN unmatched_receipt u ON u.region = c.region AND u.id = c.parent
WHERE c.region = :region AND c.parent IS NOT NULL AND (u.id IS NULL OR c.account <> u.account
  OR c.entry <> u.entry OR c.arrived_at <> u.arrived_at OR c.bank_day <> u.bank_day
  OR (c.kind <> u.kind AND c.kind <> 'surplus') OR """ + PARENT + ")"),
    Rule("receipt-state-differs", "unmatched_receipt", "状态与认领、缴款或退回不符",
         "its state is not that of its claim, payment or return", """
SELECT u.id FROM unmatched_receipt u
LEFT JOIN receipt_claim c ON c.region = u.region AND c.id = u.claim
LEFT JOIN payment p ON p.region = u.region AND p.id = u.payment
LEFT JOIN receipt_return r ON r.region = u.region AND r.receipt = u.id AND r.state <> 'refused'
LEFT JOIN ledger_entry b ON b.region = u.region AND b.reverses = u.entry
WHERE u.region = :region AND NOT (
  (u.state IN ('received', 'split') AND u.claim IS NULL AND u.payment IS NULL AND r.id IS NULL)
  OR (u.state = 'return_requested' AND u.claim IS NULL AND u.payment IS NULL AND COALESCE(r.state, '') = 'requested')
  OR (u.state = 'returned' AND u.claim IS NULL AND u.payment IS NULL AND COALESCE(r.state, '') = 'returned')
  OR (u.state = 'claim_proposed' AND u.payment IS NULL AND c.id IS NOT NULL AND c.audited_by IS NULL AND c.ended_as IS NULL)
  OR (u.state = 'audited' AND u.payment IS NULL AND c.audited_by IS NOT NULL AND c.ended_as IS NULL)
  OR (u.state = 'matched' AND u.payment IS NULL AND COALESCE(c.ended_as, '') = 'booked')
  OR (u.state = 'matched' AND u.claim IS NULL AND u.parent IS NULL AND p.kind = 'confirmation' AND p.bank = u.bank
      AND (p.trade_no = u.trade_no OR EXISTS (SELECT 1 FROM account_flow_line f WHERE f.region = u.region AND f.receipt = u.id
        AND f.pay_code = p.pay_code AND f.amount_fen = p.amount_fen)) AND b.reason = 'payment:' || p.id))"""),
    Rule("money-counted-twice", "unmatched_receipt", "同一流水既是缴款又是待查",
         "one serial stands as a payment and as a receipt", """
SELECT u.id FROM unmatched_receipt u JOIN payment p ON p.region = u.region AND p.bank = u.bank
  AND p.trade_no = u.trade_no AND p.kind = 'confirmation'
WHERE u.region = :region AND u.parent IS NULL AND (u.payment IS NULL OR u.payment <> p.id)"""),
    Rule("claim-differs", "receipt_claim", "认领的款项、通知书与缴款不符", "its receipts, notices and payments do not fit", """
SELECT c.id FROM receipt_claim c
LEFT JOIN (SELECT t.claim, COUNT(*) AS n, SUM(t.amount_fen) AS fen, SUM(u.amount_fen) AS real_fen,
  SUM(CASE WHEN u.claim = t.claim THEN 1 ELSE 0 END) AS held FROM claimed_receipt t
  JOIN unmatched_receipt u ON u.region = t.region AND u.id = t.receipt WHERE t.region = :region GROUP BY t.claim) t ON t.claim = c.id
LEFT JOIN (SELECT y.claim, COUNT(*) AS n, SUM(y.amount_fen) AS fen, COUNT(y.payment) AS paid,
  SUM(CASE WHEN p.kind = 'claim' AND p.notice = y.notice AND p.pay_code = y.pay_code AND p.amount_fen = y.amount_fen THEN 1 ELSE 0 END) AS sound,
  SUM(CASE WHEN n.pay_code = y.pay_code THEN 1 ELSE 0 END) AS named
  FROM claimed_notice y LEFT JOIN payment p ON p.region = y.region AND p.id = y.payment
  LEFT JOIN notice n ON n.region = y.region AND n.id = y.notice WHERE y.region = :region GROUP BY y.claim) y ON y.claim = c.id
WHERE c.region = :region AND (COALESCE(t.fen, 0) <> c.amount_fen OR COALESCE(t.real_fen, 0) <> c.amount_fen
  OR COALESCE(y.fen, 0) <> c.amount_fen OR (t.n <> 1 AND y.n <> 1) OR y.named <> y.n
  OR (COALESCE(c.ended_as, '') = 'booked' AND (y.paid <> y.n OR y.sound <> y.n OR t.held <> t.n))
  OR (COALESCE(c.ended_as, '') <> 'booked' AND y.paid <> 0)
  OR (c.ended_as IS NOT NULL AND c.ended_as <> 'booked' AND t.held <> 0)
  OR c.audited_by = c.proposed_by OR (c.ended_as = 'booked' AND c.audited_by IS NULL)
  OR (c.audited_by IS NULL) <> (c.audited_at IS NULL) OR c.audited_at < c.proposed_at OR c.ended_at < c.proposed_at)"""),
    Rule("claim-astray", "payment", "补录缴款没有认领", "no claim stands behind it", """
SELECT p.id FROM payment p LEFT JOIN claimed_notice y ON y.region = p.region AND y.payment = p.id
WHERE p.region = :region AND (p.kind = 'claim') <> (y.claim IS NOT NULL)"""),
    Rule("claim-part-astray", "receipt_claim", "认领的款项或通知书没有认领", "its receipts or notices have no claim", """
SELECT x.claim FROM (SELECT claim FROM claimed_receipt WHERE region = :region
  UNION SELECT claim FROM claimed_notice WHERE region = :region) x
LEFT JOIN receipt_claim c ON c.region = :region AND c.id = x.claim WHERE c.id IS NULL"""),
    Rule("return-differs", "receipt_return", "退回与款项或分录不符", "it does not fit its receipt or its entry", """
SELECT r.id FROM receipt_return r
LEFT JOIN unmatched_receipt u ON u.region = r.region AND u.id = r.receipt
LEFT JOIN ledger_entry e ON e.region = r.region AND e.id = r.entry
LEFT JOIN ledger_posting p ON p.region = r.region AND p.entry = r.entry
WHERE r.region = :region AND (u.id IS NULL OR r.amount_fen <> u.amount_fen OR r.decided_by = r.requested_by
  OR COALESCE(u.payer_account, r.payee_account) <> r.payee_account OR COALESCE(u.payer_name, r.payee_name) <> r.payee_name
  OR (r.state = 'returned') <> (r.entry IS NOT NULL) OR (r.state = 'requested') <> (r.decided_by IS NULL)
  OR (r.state = 'returned') <> (r.returned_on IS NOT NULL) OR (r.state = 'returned') <> (r.bank_reference IS NOT NULL)
  OR r.decided_at < r.requested_at OR r.returned_on < u.bank_day OR r.state NOT IN ('requested', 'returned', 'refused')
  OR (r.entry IS NOT NULL AND (e.id IS NULL OR e.kind <> 'return' OR e.subject <> 'receipt:' || r.receipt OR e.reason <> r.reason
    OR p.fen IS NULL OR p.leg <> 1 OR p.fen <> r.amount_fen OR p.debit <> 'unmatched/' || u.account OR p.credit <> 'designated/' || u.account)))"""),
    Rule("arrival-differs", "funds_arrival", "到账与流水键、缴款或待查收入不符",
         "it does not fit its key, its payment or its receipt", """
SELECT a.bank, a.trade_no FROM funds_arrival a
LEFT JOIN payment_key k ON k.region = a.region AND k.bank = a.bank AND k.kind = a.kind AND k.trade_no = a.message_no
LEFT JOIN designated_account d ON d.region = a.region AND d.id = a.account
LEFT JOIN payment p ON p.region = a.region AND p.bank = a.bank AND p.kind = 'confirmation' AND p.trade_no = a.trade_no
LEFT JOIN unmatched_receipt u ON u.region = a.region AND u.bank = a.bank AND u.trade_no = a.trade_no AND u.parent IS NULL
WHERE a.region = :region AND (k.trade_no IS NULL OR k.accepted_at <> a.recorded_at OR d.account_no IS NULL OR k.account_no <> d.account_no
  OR k.paid_at <> a.arrived_at
  OR (a.kind = 'arrival' AND (k.trade_no <> a.trade_no OR k.amount_fen <> a.amount_fen OR COALESCE(a.pay_code, '') <> COALESCE(k.pay_code, '')))
  OR (a.kind = 'in_transit' AND k.amount_fen <> (SELECT SUM(o.amount_fen) FROM funds_arrival o WHERE o.region = a.region
      AND o.bank = a.bank AND o.kind = a.kind AND o.message_no = a.message_no))
  OR (p.id IS NULL AND u.id IS NULL)
  OR (u.id IS NOT NULL AND (u.amount_fen <> a.amount_fen OR u.account <> a.account OR u.arrived_at <> a.arrived_at OR u.bank_day <> a.bank_day
      OR """ + _texts_differ("u", "a", "payer_name payer_account payer_bank remark") + """))
  OR (u.id IS NULL AND p.amount_fen <> a.amount_fen AND p.state NOT IN ('difference', 'reversed')
      AND NOT EXISTS (SELECT 1 FROM discrepancy x WHERE x.region = a.region AND x.bank = a.bank AND x.kind = a.kind
        AND x.trade_no = a.message_no)))"""),
    Rule("message-key-astray", "payment_key", "流水键没有到账或冲正", "no arrival or reversal stands behind the key", """
SELECT k.bank, k.kind, k.trade_no FROM payment_key k
LEFT JOIN funds_arrival a ON a.region = k.region AND a.bank = k.bank AND a.kind = k.kind AND a.message_no = k.trade_no
LEFT JOIN payment_reversal v ON v.region = k.region AND v.bank = k.bank AND v.kind = k.kind AND v.trade_no = k.trade_no
WHERE k.region = :region AND ((k.kind IN ('arrival', 'in_transit') AND a.trade_no IS NULL) OR (k.kind = 'reversal' AND v.id IS NULL)
  OR k.kind NOT IN ('arrival', 'in_transit', 'reversal', 'confirmation', 'claim'))"""),
    Rule("reversal-record-differs", "payment_reversal", "冲正与缴款、分录或流水键不符",
         "it does not fit its payment, entry or key", """
SELECT v.id FROM payment_reversal v
LEFT JOIN payment p ON p.region = v.region AND p.id = v.payment
LEFT JOIN ledger_entry e ON e.region = v.region AND e.id = v.entry
LEFT JOIN payment_key k ON k.region = v.region AND k.bank = v.bank AND k.kind = v.kind AND k.trade_no = v.trade_no
LEFT JOIN designated_account d ON d.region = p.region AND d.id = p.account
WHERE v.region = :region AND (p.id IS NULL OR p.state <> 'reversed' OR p.bank <> v.bank OR p.trade_no <> v.trade_no
  OR p.amount_fen <> v.amount_fen OR e.id IS NULL OR COALESCE(e.reverses, 0) <> p.entry OR e.reason <> v.reason
  OR e.posted_at <> v.received_at OR k.trade_no IS NULL OR k.pay_code <> p.pay_code OR k.amount_fen <> v.amount_fen
  OR k.paid_at <> p.paid_at OR k.accepted_at <> v.received_at OR k.account_no <> d.account_no)"""),
    Rule("reversal-record-missing", "payment", "已冲正而没有冲正记录", "it was reversed, and no reversal is on record", """
SELECT p.id FROM payment p LEFT JOIN payment_reversal v ON v.region = p.region AND v.payment = p.id
WHERE p.region = :region AND (p.state = 'reversed') <> (v.id IS NOT NULL)"""),
)  # fmt: skip
