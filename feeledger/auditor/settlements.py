"""Shares by level worked out again (R-M6, R-F4), and settlements: their parts, payments and entries."""

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from typing import Any

from feeledger.auditor.database import Reader, Row, day_text
from feeledger.auditor.findings import Finding, Peeked, Place

RULES = """
SELECT r.id, r.item_id, r.unit_code, r.collecting, r.valid_from, r.valid_to, l.level, l.ratio
FROM share_rule r LEFT JOIN share_level l ON l.region = r.region AND l.rule = r.id
WHERE r.region = :region ORDER BY r.id, l.level
"""
SHARES = """
SELECT s.payment, s.line_no, s.level, s.fen, s.rule, l.amount_fen - COALESCE((SELECT CAST(SUM(q.fen) AS BIGINT)
       FROM line_relief q WHERE q.region = s.region AND q.notice = p.notice AND q.line_no = s.line_no
       AND q.seq <= p.reliefs), 0), l.item_id, l.unit_code, p.bank_day,
       p.late_fen
FROM payment_share s LEFT JOIN payment p ON p.region = s.region AND p.id = s.payment
LEFT JOIN notice_line l ON l.region = s.region AND l.notice = p.notice AND l.line_no = s.line_no
WHERE s.region = :region ORDER BY s.payment, s.line_no, s.level
"""
REFUNDED = """
SELECT r.payment, l.line_no, CAST(SUM(l.amount_fen + l.late_fen) AS BIGINT),
       CAST(SUM(CASE WHEN r.route = 'account' THEN l.amount_fen + l.late_fen ELSE 0 END) AS BIGINT),
       CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM refund_share s WHERE s.region = l.region AND s.refund = l.refund
         AND s.line_no = l.line_no) THEN 0 ELSE l.amount_fen + l.late_fen END) AS BIGINT)
FROM refund r JOIN refund_line l ON l.region = r.region AND l.refund = r.id
WHERE r.region = :region AND r.state = 'paid' GROUP BY r.payment, l.line_no
"""
GIVEN_BACK = """
SELECT r.payment, s.line_no, s.level, CAST(SUM(s.fen) AS BIGINT) FROM refund_share s
JOIN refund r ON r.region = s.region AND r.id = s.refund
WHERE s.region = :region GROUP BY r.payment, s.line_no, s.level
"""
PARTS = """
SELECT s.payment, s.line_no, s.level, s.fen, o.id FROM settlement_share s
JOIN settlement o ON o.region = s.region AND o.id = s.settlement
WHERE s.region = :region AND o.state = 'settled' ORDER BY s.payment, s.line_no, s.level
"""
ORDERS = """
SELECT id, payments, fen, state, prepared_by, approved_by, entry, document, approved_at, cancelled_by,
       cancelled_at, prepared_at FROM settlement WHERE region = :region ORDER BY id
"""
IN_ORDER = """
SELECT y.settlement, y.fen, p.account, CAST(COALESCE((SELECT SUM(s.fen) FROM settlement_share s
  WHERE s.region = y.region AND s.settlement = y.settlement AND s.payment = y.payment), -1) AS BIGINT)
FROM settlement_payment y LEFT JOIN payment p ON p.region = y.region AND p.id = y.payment
WHERE y.region = :region ORDER BY y.settlement
"""
LEVELS = """
SELECT settlement, level, CAST(SUM(fen) AS BIGINT) FROM settlement_share
WHERE region = :region GROUP BY settlement, level ORDER BY settlement, level
"""
ENTRY = "SELECT kind, subject, reason FROM ledger_entry WHERE region = :region AND id = :entry"
PAIRS = "SELECT debit, credit, fen FROM ledger_posting WHERE region = :region AND entry = :entry"
Line = tuple[int, int]


class ShareCheck:
    """Goes through kept shares line by line; memory holds the rules and what was refunded."""

    def __init__(self, reader: Reader, region: str) -> None:
        """Begin a check."""
        self._reader, self._at, self._asked = reader, Place(region), {"region": region}
        self._rules: dict[int, list[Row]] = defaultdict(list)
        for row in reader.rows(RULES, self._asked):
            self._rules[row[0]].append(row)
        self._back: dict[Line, tuple[int, int, int]] = {
            (row[0], row[1]): (row[2], row[3], row[4]) for row in reader.rows(REFUNDED, self._asked)
        }
        self._given: dict[Line, dict[str, int]] = defaultdict(dict)
        for payment, line, level, fen in reader.rows(GIVEN_BACK, self._asked):
            self._given[payment, line][level] = fen

    def findings(self) -> Iterator[Finding]:
        """Give lines whose shares, refunds or settled parts are not what their rule gives."""
        for rule, levels in self._rules.items():
            if not self._sound(levels):
                yield self._at.finding("share-rule-differs", f"share_rule:{rule}", "没有比例、比例不对或期间与另一条重叠",
                                       "its levels are wrong or missing, or its window overlaps another's")  # fmt: skip
        parts = groupby(self._reader.rows(PARTS, self._asked), key=_line_of)
        waiting = next(parts, None)
        shares = self._reader.rows(SHARES, self._asked)
        for line, rows in groupby(shares, key=_line_of):
            told = list(rows)
            settled: list[Row] | None = None
            while waiting is not None and waiting[0] <= line:
                settled = list(waiting[1]) if waiting[0] == line else None
                waiting = next(parts, None)
            yield from self._line(line, told, settled)

    def _sound(self, rule: list[Row]) -> bool:
        """Say whether a rule has levels with ratios, its own among them, and a window of its own."""
        its, item, unit, collecting, start, end, *_ = rule[0]
        levels = {row[6]: _ratio(row[7] or "") for row in rule}
        if not all(ratio > 0 for ratio in levels.values()) or collecting not in levels:
            return False
        rivals = (rows[0] for other, rows in self._rules.items() if other != its)
        return (end is None or day_text(start) < day_text(end)) and not any(
            (row[1], row[2]) == (item, unit)
            and (end is None or day_text(row[4]) < day_text(end))
            and (row[5] is None or day_text(start) < day_text(row[5]))
            for row in rivals
        )

    def _line(self, line: Line, rows: list[Row], settled: list[Row] | None) -> Iterator[Finding]:
        place = f"payment_share:{line[0]}/{line[1]}"
        total = sum(row[3] for row in rows)
        first = rows[0]
        amount = first[5]
        rule = self._rules.get(first[4], []) if len({row[4] for row in rows}) == 1 else []
        sound = amount is not None and amount <= total <= amount + first[9]
        sound = sound and (first[9] > 0 or total == amount) and _covers(rule, first)
        shares = {row[2]: row[3] for row in rows}
        if not sound or shares != _split(rule, total):
            yield self._at.finding("shares-differ", place, "分成与缴款或比例不符",
                                   "its shares are not what the payment and the rule give")  # fmt: skip
            return
        back, before, unshared = self._back.get(line, (0, 0, 0))
        # What was refunded before the shares were kept was taken from no level.
        untaken = _split(rule, unshared)
        owed = {level: fen - untaken.get(level, 0) for level, fen in _split(rule, back).items()}
        if _without_zero(self._given.get(line, {})) != _without_zero(owed):
            yield self._at.finding("refund-shares-differ", place, "退付由各级分担的与比例不符",
                                   "what refunds took from the levels is not what the rule gives")  # fmt: skip
        taken = _split(rule, before)
        if settled is not None and {row[2]: row[3] for row in settled} != {
            level: fen - taken.get(level, 0) for level, fen in shares.items()
        }:
            yield self._at.finding("settled-parts-differ", place, "划解各级与分成减退付不符",
                                   "what was settled is not its shares less what was refunded")  # fmt: skip


def settlement_findings(reader: Reader, region: str) -> Iterator[Finding]:
    """Go through the settlements of a region and give what does not hold."""
    at, asked = Place(region), {"region": region}
    payments, levels = (Peeked(reader.rows(query, asked)) for query in (IN_ORDER, LEVELS))
    for row in reader.rows(ORDERS, asked):
        its = [_of(stream, row[0]) for stream in (payments, levels)]
        sums = (len(its[0]), sum(each[1] for each in its[0]))
        added = all(each[1] == each[3] for each in its[0])
        place = f"settlement:{row[0]}"
        if sums != (row[1], row[2]) or not added:
            yield at.finding("settlement-sums-differ", place, "各笔、各级之和与划解额不符",
                             "its payments and parts do not add up to it")  # fmt: skip
        if not _persons_fit(row):
            yield at.finding("settlement-persons-differ", place, "状态与经办人不符，或并非两人",
                             "its persons do not fit its state, or are not two")  # fmt: skip
        if not _entry_fits(reader, region, row, *its):
            yield at.finding("settlement-entry-differs", place, "划解分录不符", "its entry is not that of its parts")  # fmt: skip


def _of(stream: Peeked, key: int) -> list[Row]:
    for _ in stream.before(key):
        pass
    return stream.of(key)


def _line_of(row: Row) -> Line:
    return row[0], row[1]


def _persons_fit(row: Row) -> bool:
    state, prepared_by, approved_by, entry = row[3], row[4], row[5], row[6]
    settled, cancelled = state == "settled", state == "cancelled"
    return (
        state in ("prepared", "settled", "cancelled")
        and settled == (approved_by is not None) == (entry is not None) == (row[8] is not None)
        and approved_by != prepared_by
        and cancelled == (row[9] is not None) == (row[10] is not None)
        and (row[8] is None or row[8] >= row[11])
    )


def _entry_fits(
    reader: Reader, region: str, order: Row, payments: list[Row], levels: list[Row]
) -> bool:
    if order[3] != "settled":
        return order[6] is None
    asked = {"region": region, "entry": order[6]}
    found = reader.first(ENTRY, asked)
    if found != ("settlement", f"settlement:{order[0]}", order[7]):
        return False
    moved: dict[str, int] = defaultdict(int)
    for debit, credit, fen in reader.rows(PAIRS, asked):
        moved[debit] += fen
        moved[credit] -= fen
    wanted: dict[str, int] = defaultdict(int)
    for _, fen, account, _ in payments:
        wanted[f"designated/{account}"] -= fen
    for _, level, fen in levels:
        wanted[f"treasury/{level}"] += fen
    return _without_zero(moved) == _without_zero(wanted)


def _without_zero(sums: dict[str, int]) -> dict[str, int]:
    return {name: fen for name, fen in sums.items() if fen}


def _covers(rule: list[Row], line: Row) -> bool:
    """Say whether a rule is of the line's item and unit and covers the bank's day."""
    if not rule:
        return False
    _, item, unit, _, start, end, *_ = rule[0]
    day = day_text(line[8])
    covers = day_text(start) <= day and (end is None or day < day_text(end))
    return bool(item == line[6] and unit in (None, line[7]) and covers)


def _split(rule: list[Row], total: int) -> dict[str, int]:
    """Divide a total by a rule: whole fen downwards, the rest to the collecting level (R-M6)."""
    if not rule:
        return {}
    ratios: dict[str, Any] = {row[6]: _ratio(row[7]) for row in rule if row[6] is not None}
    whole = sum(ratios.values())
    if not whole:
        return {}
    shares = {level: int(total * ratio / whole) for level, ratio in ratios.items()}
    collecting = rule[0][3]
    shares[collecting] = shares.get(collecting, 0) + total - sum(shares.values())
    return shares


def _ratio(text: str) -> Fraction:
    try:
        return Fraction(text)
    except ValueError:
        return Fraction(0)
