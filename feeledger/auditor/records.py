"""The records behind entries, hashed again: what the seal binds besides postings and payments.

Refunds, settlements, reversals, arrivals, returns and claims each bind their rows, column by column
(docs/proof.md). The columns stand here a second time, on purpose. All comes in streams in order of
one key; memory holds one digest an entry, and one settlement at a time.
"""

from collections.abc import Iterator
from typing import Any

from feeledger.auditor.database import Reader, Row, instant_text
from feeledger.auditor.findings import Peeked
from feeledger.auditor.hashing import form_hash

COLUMNS = {
    "refund": "region id payment notice pay_code uscc payer_name unit_code unit_name ground reason "
    "applied_as applicant found_on apply_due apply_due_provisional applied_on applied_at amount_fen "
    "account_kind to_name to_account to_bank evidence shared route verified_by approved_by "
    "second_approver approved_on approval_entry",
    "refund paid": "paid_by paid_on paid_at payment_no payment_entry",
    "refund_line": "region refund line_no item_id item_name amount_fen late_fen",
    "refund_move": "region refund seq event before after actor day at reason limit_was due_on "
    "due_provisional",
    "refund_file": "region refund file_no name media_type size sha256 attached_by attached_at",
    "refund_share": "region refund line_no level fen",
    "settlement": "region id document until payments fen prepared_by prepared_on prepared_at "
    "approved_by approved_at entry",
    "settlement_payment": "region settlement payment fen",
    "settlement_share": "region settlement payment line_no level fen",
    "payment_share": "region payment line_no level rule fen kept_at",
    "share_rule": "region id item_id unit_code collecting document valid_from entered_by entered_at",
    "share_level": "region rule level ratio",
    "unmatched_receipt": "region id bank trade_no kind amount_fen account entry pay_code parent "
    "payer_name payer_account payer_bank remark arrived_at bank_day recorded_at",
    "funds_arrival": "region bank trade_no kind message_no amount_fen account pay_code payer_name "
    "payer_account payer_bank remark batch_no arrived_at bank_day recorded_at",
    "payment_key": "region bank kind trade_no pay_code amount_fen account_no paid_at answer "
    "accepted_at",
    "receipt_return": "region id receipt amount_fen state payee_name payee_account payee_bank reason "
    "evidence requested_by requested_at decided_by decided_at decision_reason returned_on "
    "bank_reference entry",
    "receipt_claim": "region id amount_fen reason differences proposed_by proposed_at audited_by "
    "audited_at ended_as ended_by ended_at end_reason",
    "claimed_receipt": "region claim receipt amount_fen",
    "claimed_notice": "region claim notice pay_code amount_fen payment",
    "notice_relief": "region id notice kind line_no fen bp due_on document document_on issuer reason "
    "state applied_by applied_at decided_by decided_at decision_reason seq",
    "line_relief": "region notice seq line_no relief fen late_bp due_was",
    "payment_reversal": "region id payment entry bank kind trade_no amount_fen reason was_early "
    "notice_status received_at",
}
TRUTHS = frozenset({"apply_due_provisional", "due_provisional", "shared", "was_early"})
Form = dict[str, str | None]


def names_of(table: str) -> list[str]:
    """Give the columns that a record binds of a table."""
    return COLUMNS[table].split()


def listed(table: str, alias: str) -> str:
    """Write the columns of a table for a query."""
    return ", ".join(f"{alias}.{name}" for name in names_of(table))


def form_of(table: str, row: Row) -> Form:
    """Write a row as a record holds it: every value a text, or null."""
    return {name: _text(name, value) for name, value in zip(names_of(table), row, strict=True)}


def record_digests(reader: Reader, region: str) -> dict[int, tuple[bytes, ...]]:
    """Work out the digest of every record of a region, by the entry that binds it.

    An approval of a refund has a second: as it was sealed before its files were bound.
    """
    found: dict[int, tuple[bytes, ...]] = {}
    for made in (_refunds, _settlements, _reversals, _arrivals, _returns, _paid):
        for entry, kind, tables in made(reader, {"region": region}):
            found[entry] = (_digest(kind, tables),)
            if kind == "refund-approval":
                before = {name: rows for name, rows in tables.items() if name != "refund_file"}
                found[entry] += (_digest(kind, before),)
    return found


def _digest(kind: str, tables: dict[str, list[Form]]) -> bytes:
    form = {"form": "feeledger-record-1", "kind": kind, "tables": tables}
    return bytes.fromhex(form_hash(form))


Record = tuple[int, str, dict[str, list[Form]]]
Asked = dict[str, object]


def _text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if name in TRUTHS:
        return "true" if value else "false"
    return instant_text(value) if name == "at" or name.endswith("_at") else str(value)


def _stream(reader: Reader, table: str, key: str, order: str, asked: Asked) -> Peeked:
    """Stream a table by one key, which comes first, then the columns a record binds."""
    return Peeked(
        reader.rows(
            f"SELECT t.{key}, {listed(table, 't')} FROM {table} t WHERE t.region = :region "
            f"ORDER BY {order}",
            asked,
        )
    )


def _of(stream: Peeked, table: str, key: int) -> list[Form]:
    """Give the rows of a key as a record holds them; those of keys before it are passed over."""
    for _ in stream.before(key):
        pass
    return [form_of(table, row[1:]) for row in stream.of(key)]


def _refunds(reader: Reader, asked: Asked) -> Iterator[Record]:
    lines = _stream(reader, "refund_line", "refund", "refund, line_no", asked)
    moves = _stream(reader, "refund_move", "refund", "refund, seq", asked)
    shares = _stream(reader, "refund_share", "refund", "refund, line_no, level", asked)
    files = _stream(reader, "refund_file", "refund", "refund, file_no", asked)
    query = (
        f"SELECT r.id, {listed('refund', 'r')}, {listed('refund paid', 'r')} FROM refund r "
        "WHERE r.region = :region ORDER BY r.id"
    )
    for row in reader.rows(query, asked):
        width = len(names_of("refund")) + 1
        refund, paid = form_of("refund", row[1:width]), form_of("refund paid", row[width:])
        its = [_of(stream, table, row[0]) for stream, table in
               ((lines, "refund_line"), (moves, "refund_move"), (shares, "refund_share"), (files, "refund_file"))]  # fmt: skip
        if refund["approval_entry"] is not None:
            last = max(
                (at for at, move in enumerate(its[1]) if move["event"] == "approve"), default=-1
            )
            tables = {"refund": [refund], "refund_line": its[0], "refund_move": its[1][: last + 1],
                      "refund_file": its[3]}  # fmt: skip
            yield int(refund["approval_entry"]), "refund-approval", tables
        if paid["payment_entry"] is not None:
            tables = {"refund": [{**refund, **paid}], "refund_share": its[2], "refund_move": its[1]}
            yield int(paid["payment_entry"]), "refund-payment", tables


def _settlements(reader: Reader, asked: Asked) -> Iterator[Record]:
    payments = _stream(reader, "settlement_payment", "settlement", "settlement, payment", asked)
    parts = _stream(
        reader, "settlement_share", "settlement", "settlement, payment, line_no, level", asked
    )
    shares = Peeked(
        reader.rows(
            f"SELECT s.settlement, {listed('payment_share', 't')} FROM settlement_payment s "
            "JOIN payment_share t ON t.region = s.region AND t.payment = s.payment "
            "WHERE s.region = :region ORDER BY s.settlement, t.payment, t.line_no, t.level",
            asked,
        )
    )
    rules = _rules(reader, "share_rule", "id", "id", asked)
    levels = _rules(reader, "share_level", "rule", "rule, level", asked)
    query = f"SELECT t.entry, t.id, {listed('settlement', 't')} FROM settlement t WHERE t.region = :region ORDER BY t.id"
    for entry, its, *row in reader.rows(query, asked):
        told = {
            "settlement": [form_of("settlement", tuple(row))],
            "settlement_payment": _of(payments, "settlement_payment", its),
            "settlement_share": _of(parts, "settlement_share", its),
            "payment_share": _of(shares, "payment_share", its),
        }
        used = sorted({int(row["rule"] or 0) for row in told["payment_share"]})
        told["share_rule"] = [form for rule in used for form in rules.get(rule, [])]
        told["share_level"] = [form for rule in used for form in levels.get(rule, [])]
        if entry is not None:
            yield entry, "settlement", told


def _rules(reader: Reader, table: str, key: str, order: str, asked: Asked) -> dict[int, list[Form]]:
    found: dict[int, list[Form]] = {}
    query = f"SELECT t.{key}, {listed(table, 't')} FROM {table} t WHERE t.region = :region ORDER BY {order}"
    for rule, *row in reader.rows(query, asked):
        found.setdefault(rule, []).append(form_of(table, tuple(row)))
    return found


def _joined(
    reader: Reader, kind: str, tables: tuple[str, ...], source: str, asked: Asked
) -> Iterator[Record]:
    """Give records of one row a table, as one query gives them; a row that is not there is none."""
    columns = ", ".join(listed(table, f"t{at}") for at, table in enumerate(tables))
    for entry, *values in reader.rows(f"SELECT t0.entry, {columns} {source}", asked):
        told, at = {}, 0
        for table in tables:
            row = tuple(values[at : at + len(names_of(table))])
            at += len(row)
            told[table] = [] if row[0] is None else [form_of(table, row)]
        yield entry, kind, told


def _reversals(reader: Reader, asked: Asked) -> Iterator[Record]:
    return _joined(
        reader,
        "reversal",
        ("payment_reversal", "payment_key"),
        "FROM payment_reversal t0 LEFT JOIN payment_key t1 ON t1.region = t0.region "
        "AND t1.bank = t0.bank AND t1.kind = t0.kind AND t1.trade_no = t0.trade_no "
        "WHERE t0.region = :region",
        asked,
    )


def _arrivals(reader: Reader, asked: Asked) -> Iterator[Record]:
    return _joined(
        reader,
        "arrival",
        ("unmatched_receipt", "funds_arrival", "payment_key"),
        "FROM unmatched_receipt t0 LEFT JOIN funds_arrival t1 ON t1.region = t0.region "
        "AND t1.bank = t0.bank AND t1.trade_no = t0.trade_no "
        "LEFT JOIN payment_key t2 ON t2.region = t1.region AND t2.bank = t1.bank "
        "AND t2.kind = t1.kind AND t2.trade_no = t1.message_no "
        "WHERE t0.region = :region AND t0.parent IS NULL",
        asked,
    )


def _returns(reader: Reader, asked: Asked) -> Iterator[Record]:
    return _joined(
        reader,
        "return",
        ("receipt_return", "unmatched_receipt"),
        "FROM receipt_return t0 LEFT JOIN unmatched_receipt t1 ON t1.region = t0.region "
        "AND t1.id = t0.receipt WHERE t0.region = :region AND t0.entry IS NOT NULL",
        asked,
    )


def _paid(reader: Reader, asked: Asked) -> Iterator[Record]:
    """Put together what stands behind payments: a claim, reliefs, or both."""
    told: dict[int, dict[str, list[Form]]] = {}
    for entry, _, tables in _claims(reader, asked):
        told.setdefault(entry, {}).update(tables)
    for table, order, more in (
        ("notice_relief", "t.id", "AND t.state = 'approved'"),
        ("line_relief", "t.seq, t.line_no", ""),
    ):
        query = (
            f"SELECT p.entry, {listed(table, 't')} FROM payment p JOIN {table} t ON t.region = p.region "
            f"AND t.notice = p.notice AND t.seq <= p.reliefs {more} "
            f"WHERE p.region = :region AND p.reliefs > 0 ORDER BY p.entry, {order}"
        )
        for entry, *row in reader.rows(query, asked):
            told.setdefault(entry, {}).setdefault(table, []).append(form_of(table, tuple(row)))
    for entry, tables in told.items():
        yield entry, "payment", tables


def _claims(reader: Reader, asked: Asked) -> Iterator[Record]:
    taken = _stream(reader, "claimed_receipt", "claim", "claim, receipt", asked)
    named = _stream(reader, "claimed_notice", "claim", "claim, notice", asked)
    receipts = Peeked(
        reader.rows(
            f"SELECT c.claim, {listed('unmatched_receipt', 't')} FROM claimed_receipt c "
            "JOIN unmatched_receipt t ON t.region = c.region AND t.id = c.receipt "
            "WHERE c.region = :region ORDER BY c.claim, t.id",
            asked,
        )
    )
    entries = Peeked(
        reader.rows(
            "SELECT c.claim, p.entry FROM claimed_notice c JOIN payment p ON p.region = c.region "
            "AND p.id = c.payment WHERE c.region = :region ORDER BY c.claim",
            asked,
        )
    )
    query = f"SELECT t.id, {listed('receipt_claim', 't')} FROM receipt_claim t WHERE t.region = :region ORDER BY t.id"
    for claim, *row in reader.rows(query, asked):
        told = {
            "receipt_claim": [form_of("receipt_claim", tuple(row))],
            "claimed_receipt": _of(taken, "claimed_receipt", claim),
            "claimed_notice": _of(named, "claimed_notice", claim),
            "unmatched_receipt": _of(receipts, "unmatched_receipt", claim),
        }
        for _ in entries.before(claim):
            pass
        for _, entry in entries.of(claim):
            yield entry, "payment", told
