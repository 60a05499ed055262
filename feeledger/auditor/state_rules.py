"""Rules of what only moves states: lines and differences of reconciliation, serials, registrations, money shown."""

from feeledger.auditor.rules import Rule

# Money of a payment's serial that is not what was confirmed; where it came first it is the receipt's.
OTHER_ARRIVAL = """(a.amount_fen <> p.amount_fen OR a.account <> p.account OR COALESCE(a.pay_code, p.pay_code) <> p.pay_code)
  AND NOT EXISTS (SELECT 1 FROM unmatched_receipt u WHERE u.region = p.region AND u.bank = p.bank
    AND u.trade_no = p.trade_no AND u.parent IS NULL)"""
OTHER_RECEIPT = """u.trade_no = p.trade_no AND u.parent IS NULL AND (u.amount_fen <> p.amount_fen OR u.account <> p.account
  OR COALESCE(u.pay_code, p.pay_code) <> p.pay_code)"""
# A statement of the account may have shown the money first: what is told of it later changes nothing.
BY_STATEMENT = """(
  EXISTS (SELECT 1 FROM account_flow_line f WHERE f.region = p.region AND f.bank = p.bank AND f.trade_no = p.trade_no)
  OR EXISTS (SELECT 1 FROM unmatched_receipt u WHERE u.region = p.region AND u.payment = p.id
    AND u.trade_no <> p.trade_no))"""
STANDING = """FROM recon_line l JOIN recon_batch b ON b.region = l.region AND b.id = l.batch AND b.replaced_by IS NULL
  WHERE l.region = p.region AND l.payment = p.id AND l.outcome = 'matched'"""
GIVEN = "EXISTS (SELECT 1 FROM recon_difference d WHERE d.region = p.region AND d.payment = p.id AND d.result = '14002' AND d.state"
MONEY = (
    "到账所示与状态（已到账、有差异）不符",
    "whether its money agrees is not what its state says",
)
STATE_RULES = (
    Rule("money-state-differs", "payment", *MONEY, """
SELECT p.id FROM payment p WHERE p.region = :region AND p.kind = 'confirmation' AND p.state = 'difference' AND (
  NOT (EXISTS (SELECT 1 FROM funds_arrival a WHERE a.region = p.region AND a.bank = p.bank AND a.trade_no = p.trade_no
      AND """ + OTHER_ARRIVAL + """)
    OR EXISTS (SELECT 1 FROM unmatched_receipt u WHERE u.region = p.region AND u.payment = p.id AND """ + OTHER_RECEIPT + """))
  OR (EXISTS (SELECT 1 """ + STANDING + ") AND NOT " + GIVEN + " NOT IN ('closed', 'auto_closed'))))"),
    Rule("money-state-differs", "payment", *MONEY, """
SELECT p.id FROM payment p JOIN funds_arrival a ON a.region = p.region AND a.bank = p.bank AND a.trade_no = p.trade_no
WHERE p.region = :region AND p.kind = 'confirmation' AND p.state = 'arrived' AND """ + OTHER_ARRIVAL + """
  AND NOT """ + BY_STATEMENT + """
UNION SELECT p.id FROM payment p JOIN unmatched_receipt u ON u.region = p.region AND u.payment = p.id
WHERE p.region = :region AND p.kind = 'confirmation' AND p.state = 'arrived' AND """ + OTHER_RECEIPT + """
UNION SELECT p.id FROM recon_line l JOIN recon_batch b ON b.region = l.region AND b.id = l.batch AND b.replaced_by IS NULL
JOIN payment p ON p.region = l.region AND p.id = l.payment
WHERE l.region = :region AND l.reason = 'money_differs' AND p.state IN ('reconciled', 'settled')
  AND NOT """ + GIVEN + " = 'closed')"),
    Rule("payment-state-differs", "payment", "已冲正而仍为有效日终文件列为一致",
         "it was taken back, and a day's file that stands matched it", """
SELECT p.id FROM payment p WHERE p.region = :region AND p.state = 'reversed'
  AND EXISTS (SELECT 1 """ + STANDING + """ AND l.reason <> 'money_differs')
  AND NOT EXISTS (SELECT 1 FROM recon_difference d WHERE d.region = p.region AND d.payment = p.id AND d.result = '14002')"""),
    Rule("line-judged-wrongly", "recon_line", "判定与缴款不符", "how it was judged is not what its payment says", """
SELECT l.batch, l.line_no FROM recon_line l
LEFT JOIN recon_batch b ON b.region = l.region AND b.id = l.batch
LEFT JOIN payment p ON p.region = l.region AND p.id = l.payment
WHERE l.region = :region AND ((l.outcome = 'extra') <> (l.payment IS NULL)
  OR (l.payment IS NOT NULL AND (p.id IS NULL OR p.trade_no <> l.trade_no OR p.pay_code <> l.pay_code OR p.bank <> b.bank
    OR p.kind <> 'confirmation' OR (l.outcome = 'matched') <> (p.amount_fen = l.amount_fen)))
  OR (l.outcome = 'matched') <> (l.reason IN ('agrees', 'cutoff_shift', 'money_differs'))
  OR (l.outcome = 'differing') <> (l.reason = 'amount_differs')
  OR (l.reason = 'agrees' AND p.bank_day < b.day) OR (l.reason = 'cutoff_shift' AND p.bank_day >= b.day)
  OR (l.reason = 'unknown_code' AND EXISTS (SELECT 1 FROM notice n WHERE n.region = l.region AND n.pay_code = l.pay_code
    AND n.issued_at < b.imported_at))
  OR (l.reason = 'voided' AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.region = l.region AND n.pay_code = l.pay_code
    AND n.status = 'voided'))
  OR (l.reason = 'reversed' AND NOT EXISTS (SELECT 1 FROM payment q WHERE q.region = l.region AND q.bank = b.bank
    AND q.trade_no = l.trade_no AND q.state = 'reversed')))"""),
    Rule("difference-differs", "recon_difference", "与文件的行、缴款或到账不符",
         "it is not what the file's line, the payment or the money say", """
SELECT d.id FROM recon_difference d
LEFT JOIN recon_batch b ON b.region = d.region AND b.id = d.batch
LEFT JOIN recon_line l ON l.region = d.region AND l.batch = d.batch AND l.line_no = d.line_no
LEFT JOIN payment p ON p.region = d.region AND p.id = d.payment
LEFT JOIN funds_arrival a ON a.region = p.region AND a.bank = p.bank AND a.trade_no = p.trade_no
WHERE d.region = :region AND (b.id IS NULL OR d.day <> b.day OR (d.payment IS NOT NULL AND p.id IS NULL)
  OR (d.result = '15002') <> (d.line_no IS NULL) OR (d.result = '15002') <> (d.bank_fen IS NULL)
  OR (d.result = '15003') <> (d.payment IS NULL) OR (d.result = '15003') <> (d.booked_fen IS NULL)
  OR COALESCE(d.booked_fen, p.amount_fen, 0) <> COALESCE(p.amount_fen, d.booked_fen, 0)
  OR (d.result = '15002' AND (d.reason <> 'not_in_file' OR d.trade_no <> p.trade_no OR d.pay_code <> p.pay_code OR p.bank <> b.bank))
  OR (d.line_no IS NOT NULL AND (l.batch IS NULL OR d.trade_no <> l.trade_no OR d.pay_code <> l.pay_code
    OR COALESCE(d.payment, 0) <> COALESCE(l.payment, 0)
    OR l.outcome <> CASE d.result WHEN '15001' THEN 'differing' WHEN '15003' THEN 'extra' ELSE 'matched' END
    OR d.reason <> CASE WHEN d.result = '14002' THEN 'money_differs' ELSE l.reason END
    OR d.bank_fen <> CASE WHEN d.result = '14002' THEN COALESCE(a.amount_fen, l.amount_fen) ELSE l.amount_fen END)))"""),
    Rule("batch-counts-differ", "recon_batch", "合计、状态或更正关系与各行、差异、关闭不符",
         "its counts, state or correction are not those of its lines, differences and day", """
SELECT b.id FROM recon_batch b
LEFT JOIN (SELECT batch, COUNT(*) AS n, SUM(amount_fen) AS fen, SUM(CASE WHEN outcome = 'matched' THEN 1 ELSE 0 END) AS matched,
  SUM(CASE WHEN outcome <> 'matched' OR reason = 'money_differs' THEN 1 ELSE 0 END) AS odd
  FROM recon_line WHERE region = :region GROUP BY batch) l ON l.batch = b.id
LEFT JOIN (SELECT batch, COUNT(*) AS n, SUM(CASE WHEN result = '15002' THEN 0 ELSE 1 END) AS lines
  FROM recon_difference WHERE region = :region GROUP BY batch) d ON d.batch = b.id
LEFT JOIN recon_day c ON c.region = b.region AND c.day = b.day
LEFT JOIN recon_batch o ON o.region = b.region AND o.id = b.replaces
LEFT JOIN recon_batch m ON m.region = b.region AND m.id = b.replaced_by
WHERE b.region = :region AND (b.file_count <> COALESCE(l.n, 0) OR b.file_fen <> COALESCE(l.fen, 0)
  OR b.matched_count <> COALESCE(l.matched, 0) OR COALESCE(l.odd, 0) > COALESCE(d.lines, 0) OR b.difference_count > COALESCE(d.n, 0)
  OR (b.state = 'closed') <> (c.day IS NOT NULL AND b.replaced_by IS NULL)
  OR (b.state <> 'closed' AND (b.state = 'with_differences') <> (b.difference_count > 0))
  OR (b.replaces IS NOT NULL AND COALESCE(o.replaced_by, 0) <> b.id)
  OR (b.replaced_by IS NOT NULL AND COALESCE(m.replaces, 0) <> b.id))"""),
    Rule("statement-differs", "recon_batch", "报文送来的批次与报文记录不符", "its bank sent it, and no message is kept, or the other way round", """
SELECT b.id FROM recon_batch b LEFT JOIN recon_request r ON r.region = b.region AND r.batch = b.id
WHERE b.region = :region AND (b.imported_by = 'bank:' || b.bank) <> (r.batch IS NOT NULL)"""),
    Rule("serial-unheld", "payment", "流水未登记（bank_trade）", "its serial is not held in bank_trade", """
SELECT p.id FROM payment p LEFT JOIN bank_trade t ON t.region = p.region AND t.bank = p.bank AND t.trade_no = p.trade_no
WHERE p.region = :region AND p.kind = 'confirmation' AND t.trade_no IS NULL"""),
    Rule("serial-unheld", "funds_arrival", "流水未登记（bank_trade）", "its serial is not held in bank_trade", """
SELECT a.bank, a.trade_no FROM funds_arrival a
LEFT JOIN bank_trade t ON t.region = a.region AND t.bank = a.bank AND t.trade_no = a.trade_no
WHERE a.region = :region AND t.trade_no IS NULL"""),
    Rule("registration-differs", "gateway_registration", "与所登记的通知书不符", "it is not that of the notice it registered", """
SELECT g.pay_code FROM gateway_registration g LEFT JOIN notice n ON n.region = g.region AND n.pay_code = g.pay_code
WHERE g.region = :region AND (n.id IS NULL OR n.issued_by <> 'node:' || g.node OR n.issued_at <> g.registered_at)"""),
    Rule("registration-differs", "notice", "节点开具而没有登记", "a node issued it, and no registration is there", """
SELECT n.id FROM notice n LEFT JOIN gateway_registration g ON g.region = n.region AND g.pay_code = n.pay_code
WHERE n.region = :region AND substr(n.issued_by, 1, 5) = 'node:' AND g.pay_code IS NULL"""),
)  # fmt: skip
