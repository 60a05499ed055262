"""Refunds, one after the other: lines, steps, persons, entries, and what each level gave back."""

import hashlib
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import Any

from feeledger.auditor.database import Reader, Row, day_text, instant_text
from feeledger.auditor.findings import Finding, Peeked, Place

REFUNDS = """
SELECT r.id, r.amount_fen, r.state, r.unit_code, r.route, r.applicant, r.verified_by, r.approved_by,
       r.second_approver, r.paid_by, r.applied_on, r.applied_at, r.approved_on, r.paid_on, r.paid_at,
       r.reason, r.ground, r.apply_due, r.due_on, r.due_provisional, r.changed_at, r.approval_entry,
       r.payment_entry, r.payment_no, r.account_kind, p.account
FROM refund r LEFT JOIN payment p ON p.region = r.region AND p.id = r.payment
WHERE r.region = :region ORDER BY r.id
"""
NAMES = (
    "id", "amount_fen", "state", "unit_code", "route", "applicant", "verified_by", "approved_by",
    "second_approver", "paid_by", "applied_on", "applied_at", "approved_on", "paid_on", "paid_at",
    "reason", "ground", "apply_due", "due_on", "due_provisional", "changed_at", "approval_entry",
    "payment_entry", "payment_no", "account_kind", "account",
)  # fmt: skip
LINES = """
SELECT refund, line_no, item_id, amount_fen, late_fen FROM refund_line
WHERE region = :region ORDER BY refund, line_no
"""
MOVES = """
SELECT refund, seq, event, before, after, actor, day, at, reason, limit_was, due_on, due_provisional
FROM refund_move WHERE region = :region ORDER BY refund, seq
"""
SHARES = """
SELECT refund, level, CAST(SUM(fen) AS BIGINT) FROM refund_share
WHERE region = :region GROUP BY refund, level ORDER BY refund, level
"""
ENTRY = "SELECT kind, subject, reason FROM ledger_entry WHERE region = :region AND id = :entry"
PAIRS = """
SELECT debit, credit, fen FROM ledger_posting WHERE region = :region AND entry = :entry ORDER BY leg
"""
FILES = """
SELECT f.refund, f.file_no, f.size, f.sha256, f.content, r.id
FROM refund_file f LEFT JOIN refund r ON r.region = f.region AND r.id = f.refund
WHERE f.region = :region ORDER BY f.refund, f.file_no
"""
HELD = frozenset({"finance_approved", "paid"})
Refund = dict[str, Any]
Broken = Iterator[tuple[str, bool, str, str]]


def file_findings(reader: Reader, region: str) -> Iterator[Finding]:
    """Hold the files of evidence against their digests; a refund's are numbered from 1."""
    at, refund, last = Place(region), None, 0
    for row in reader.rows(FILES, {"region": region}):
        last = last + 1 if row[0] == refund else 1
        refund, content = row[0], bytes(row[4])
        sound = (row[2], row[3]) == (len(content), hashlib.sha256(content).hexdigest())
        if not sound or row[1] != last or row[5] is None:
            yield at.finding("refund-file-differs", f"refund_file:{row[0]}/{row[1]}",
                             "附件与其摘要、编号或申请不符",
                             "the file is not that of its digest, number or refund")  # fmt: skip


def refund_findings(
    reader: Reader, region: str, sealed_before: Collection[int]
) -> Iterator[Finding]:
    """Go through the refunds of a region and give what does not hold.

    ``sealed_before`` are the entries whose leaf has a form that nothing is sealed with any more: an
    approval among them may be older than decision 0028, when one approver was enough for evidence.
    """
    at, asked = Place(region), {"region": region}
    lines, moves, shares = (Peeked(reader.rows(query, asked)) for query in (LINES, MOVES, SHARES))
    for row in reader.rows(REFUNDS, asked):
        refund = dict(zip(NAMES, row, strict=True))
        its = [_of(stream, row[0]) for stream in (lines, moves, shares)]
        rules = (
            *_lines(refund, its[0]),
            *_moves(refund, its[1], before=refund["approval_entry"] in sealed_before),
            *_entries(reader, region, refund, its[0], its[2]),
        )
        for kind, holds, zh, en in rules:
            if not holds:
                yield at.finding(kind, f"refund:{row[0]}", zh, en)


def _of(stream: Peeked, key: int) -> list[Row]:
    for _ in stream.before(key):
        pass
    return stream.of(key)


def _lines(refund: Refund, lines: list[Row]) -> Broken:
    total = sum(line[3] + line[4] for line in lines)
    yield ("refund-lines-differ", total == refund["amount_fen"], f"各行 {total} 分，退付 {refund['amount_fen']} 分",
           f"its lines come to {total} fen, it to {refund['amount_fen']}")  # fmt: skip


def _moves(refund: Refund, moves: list[Row], *, before: bool) -> Broken:
    """Follow the steps: numbered, each from where the last ended, by the persons on record."""
    whole = [move[1] for move in moves] == list(range(1, len(moves) + 1)) and bool(moves)
    yield ("refund-moves-missing", whole, "步骤不连续或没有", "its moves have a gap, or there are none")  # fmt: skip
    if not whole:
        return
    chained = all(
        one[4] == two[3] and instant_text(one[7]) <= instant_text(two[7]) and one[10] == two[9]
        for one, two in pairwise(moves)
    )
    first, last = moves[0], moves[-1]
    begun = (first[2], first[3], first[4], first[5]) == (
        "apply",
        "",
        "applied",
        refund["applicant"],
    )
    begun = begun and (day_text(first[6]), instant_text(first[7]), day_text(first[9])) == (
        day_text(refund["applied_on"]), instant_text(refund["applied_at"]), day_text(refund["apply_due"]),
    )  # fmt: skip
    ended = (last[4], day_text(last[10]), bool(last[11]), instant_text(last[7])) == (
        refund["state"], day_text(refund["due_on"]), bool(refund["due_provisional"]),
        instant_text(refund["changed_at"]),
    )  # fmt: skip
    yield ("refund-moves-differ", chained and begun and ended, "步骤与申请或现状不符",
           "its moves are not those of its application and state")  # fmt: skip
    yield ("refund-persons-differ", _persons_fit(refund, moves, before=before), "经办人与步骤不符，或并非不同的人",
           "its persons are not those of its moves, or are not different people")  # fmt: skip


def _persons_fit(refund: Refund, moves: list[Row], *, before: bool) -> bool:
    """Hold who verified, approved and paid, and when, against the moves (R-F3)."""
    by = {move[2]: (move[5], day_text(move[6]), instant_text(move[7])) for move in moves}
    nobody = (None, "", "")
    approver = refund["second_approver"] or refund["approved_by"]
    first = by.get("first-approve", by.get("approve", nobody))[0]
    people = [
        refund[name] for name in ("applicant", "verified_by", "approved_by", "second_approver")
    ]
    named = [person for person in people if person is not None]
    one_enough = ("original", "evidenced") if before else ("original",)
    two = refund["account_kind"] not in one_enough and refund["state"] in HELD
    return (
        len(set(named)) == len(named)
        and by.get("verify", nobody)[0] == refund["verified_by"]
        and first == refund["approved_by"]
        and by.get("approve", nobody)[0] == (approver if "approve" in by else None)
        and by.get("approve", nobody)[1] == day_text(refund["approved_on"])
        and by.get("pay", nobody)
        == (refund["paid_by"], day_text(refund["paid_on"]), instant_text(refund["paid_at"]))
        and two <= (refund["second_approver"] is not None)
    )


def _entries(
    reader: Reader, region: str, refund: Refund, lines: list[Row], shares: list[Row]
) -> Broken:
    """Hold the approval and the payment against their entries and postings (R-F2, R-F4)."""
    state, due = refund["state"], f"refund_due/{refund['id']}"
    unit = refund["unit_code"]
    taken: dict[str, int] = {}
    for line in lines:
        for head, fen in (("income", line[3]), ("late_fee", line[4])):
            if fen:
                taken[f"{head}/{unit}/{line[2]}"] = taken.get(f"{head}/{unit}/{line[2]}", 0) + fen
    wanted = {**taken, due: -refund["amount_fen"]}
    yield ("refund-approval-differs",
           _fits(reader, region, refund, ("approval", state in HELD, refund["ground"]), wanted),
           "批准分录不符", "its approval's entry is not that of its lines")  # fmt: skip
    if refund["route"] == "treasury":
        givers = {f"treasury/{row[1]}": -row[2] for row in shares if row[2]}
    else:
        givers = {f"designated/{refund['account']}": -refund["amount_fen"]}
    wanted = {**givers, due: refund["amount_fen"]}
    told = ("payment", state == "paid", refund["payment_no"])
    yield ("refund-payment-differs", _fits(reader, region, refund, told, wanted), "支付分录与退付路径不符",
           "its payment's entry is not that of its route")  # fmt: skip
    yield ("refund-payment-differs", (refund["route"] in ("account", "treasury")) == (state in HELD),
           "退付路径与状态不符", "its route does not fit its state")  # fmt: skip


def _fits(
    reader: Reader,
    region: str,
    refund: Refund,
    told: tuple[str, bool, str],
    wanted: dict[str, int],
) -> bool:
    """Say whether an entry is there when it must be, and moves what is wanted (debits less credits)."""
    step, due, reason = told
    entry = refund[f"{step}_entry"]
    if not due or entry is None:
        return due == (entry is not None)
    asked = {"region": region, "entry": entry}
    found = reader.first(ENTRY, asked)
    if found != (f"refund-{step}", f"refund:{refund['id']}", reason):
        return False
    moved: dict[str, int] = {}
    for debit, credit, fen in reader.rows(PAIRS, asked):
        moved[debit] = moved.get(debit, 0) + fen
        moved[credit] = moved.get(credit, 0) - fen
    return {name: fen for name, fen in moved.items() if fen} == wanted
