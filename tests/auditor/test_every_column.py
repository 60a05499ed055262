"""Every column of every money table: what is sealed cannot be changed, deleted, swapped or forged unseen.

The tables are those of the metadata that hold fen or hang on an entry: a new one that nobody audits
fails here. The books are filled once; each damage is done in a transaction, audited, and taken back.
"""

import hashlib
import sqlite3
from dataclasses import replace

import pytest
from sqlalchemy import Boolean, func, select
from sqlalchemy.orm.attributes import set_committed_value

from feeledger.auditor.program import audit_database
from feeledger.audits import audit_books, bound_by_seal
from feeledger.ledger.sealing import seal_region
from feeledger.refunds import actions
from feeledger.refunds.actions import approve_refund, hold_refund
from feeledger.refunds.tables import RefundFileRow
from feeledger.schema import metadata
from feeledger.store import Fen, Store
from tests.auditor.everything import LATER, OTHER, begin, fill_everything
from tests.auditor.test_audit import FREE, changed, findings_after
from tests.builders import (
    REGION,
    a_hand,
    a_notice,
    a_paid_notice,
    a_payment,
    a_query,
    a_verified_refund,
    an_approved_refund,
    the_calendar,
)

# Money tables that the auditor reads, and which of their rows to damage: one that stands for a sealed act.
SEALED = {
    "refund": "state = 'paid' AND account_kind = 'other'",
    "refund_line": "refund IN (SELECT id FROM refund WHERE state = 'paid')",
    "refund_move": "refund IN (SELECT id FROM refund WHERE state = 'paid')",
    "refund_file": "refund IN (SELECT id FROM refund WHERE state = 'paid')",
    "refund_share": "1 = 1",
    "payment_refund": "1 = 1",
    "settlement": "state = 'settled'",
    "settlement_payment": "cancelled = 0",
    "settlement_share": "settlement IN (SELECT id FROM settlement WHERE state = 'settled')",
    "payment_share": "payment IN (SELECT payment FROM settlement_payment WHERE cancelled = 0)",
    "share_rule": "1 = 1",
    "share_level": "1 = 1",
    "unmatched_receipt": "parent IS NULL AND state = 'matched'",
    "funds_arrival": "trade_no IN (SELECT trade_no FROM unmatched_receipt)",
    "receipt_return": "state = 'returned'",
    "receipt_claim": "ended_as = 'booked'",
    "claimed_receipt": "claim IN (SELECT id FROM receipt_claim WHERE ended_as = 'booked')",
    "claimed_notice": "claim IN (SELECT id FROM receipt_claim WHERE ended_as = 'booked')",
    "payment_reversal": "1 = 1",
    "payment_key": "kind = 'reversal'",
    "notice_relief": "state = 'approved'",
    "line_relief": "1 = 1",
    "voucher": "state = 'written_off' OR state = 'red'",
    "recon_batch": "state = 'closed' AND replaces IS NOT NULL",
    "recon_line": "outcome = 'extra'",
    "recon_difference": "result = '15003' AND state = 'written_off'",
    "recon_request": "state = 'judged'",
    "recon_day": "1 = 1",
    "gateway_registration": "1 = 1",
    "bank_trade": "trade_no = 'S1'",
}
# Tried column by column in test_audit.py, on the plain books.
ELSEWHERE = {"ledger_entry", "ledger_posting", "ledger_closed_day", "ledger_snapshot", "payment",
             "notice", "notice_line", "entry_seal", "seal_block", "seal_day"}  # fmt: skip
# Tables with fen in them that move no money; why, each.
NO_MONEY = {
    "rejected_confirmation": "a refused message: nothing was booked",
    "refused_arrival": "a refused message: nothing was booked",
    "early_reversal": "a refused message, kept so that its payment is reversed when it comes",
    "account_flow": "what a bank's statement says; its money is arrivals, payments and receipts",
    "account_flow_line": "what a bank's statement says; its money is arrivals, payments and receipts",
    "report": "what somebody says was collected",
    "assessment_run_line": "what an enterprise would owe; a notice freezes its own lines",
    "annual_quota": "what an enterprise is expected to owe in a year",
    "quota_correction": "a correction of what is expected",
    "case_move": "a step of a case",
    "reassessment": "what duties come to anew; what it changes are notices and refunds",
    "reassessment_line": "the difference of one duty",
    "reassessment_relief": "which relief was carried over; what reliefs took is audited",
    "reassessment_booking": "which notice or refund came of it; those are audited",
    "project_round": "what a project would owe, assessed; a notice freezes its own lines",
    "supervision_case": "what a case is about",
}
# Columns that a later, lawful act may change, or that say nothing of money; why, each.
FREE_HERE = FREE | {
    "share_rule.valid_to": "the end of a rule is entered later",
    "share_rule.ended_by": "as its end",
    "share_rule.ended_at": "as its end",
    "settlement.cancelled_by": "of cancelled orders, which moved nothing",
    "settlement.cancelled_at": "of cancelled orders",
    "settlement.cancel_reason": "of cancelled orders",
    "voucher.id": "a name; number, notice and signature bind the voucher",
    "voucher.assigned_at": "when it was numbered; nothing is signed of it",
    "voucher.assigned_on": "the day of it; its year is the ticket code's",
    "voucher.written_off_at": "when it was written off",
    "voucher.ended_at": "when it became red",
    "voucher.end_reason": "why it became red",
    "gateway_registration.content_sha256": "of a message that is not kept; the notice is what was taken from it",
    "gateway_registration.wants_notification": "what the unit asked for; nothing of money follows from it",
}


# A notice as a node would have registered it.
REGISTERED = (
    "UPDATE notice SET issued_by = 'node:N1' WHERE status = 'expired'",
    "INSERT INTO gateway_registration SELECT region, pay_code, '', 'N1', 1, issued_at FROM notice WHERE status = 'expired'",
)


@pytest.fixture(scope="module")
def books(migrated_file, tmp_path_factory):
    """A connection to books with everything in them, without walls."""
    folder = tmp_path_factory.mktemp("everything")
    path = folder / "books.db"
    path.write_bytes(migrated_file.read_bytes())
    store = Store(f"sqlite:///{path}")
    fill_everything(store, folder / "keys")
    store.close()
    connection = sqlite3.connect(path, isolation_level=None)
    named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in named:
        connection.execute(f'DROP TRIGGER "{name}"')
    unique = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE UNIQUE%'"
    for (name,) in connection.execute(unique).fetchall():
        connection.execute(f'DROP INDEX "{name}"')
    for statement in REGISTERED:
        connection.execute(statement)
    for pragma in ("foreign_keys=OFF", "ignore_check_constraints=ON"):
        connection.execute(f"PRAGMA {pragma}")
    yield connection
    connection.close()


def damaged(books, *statements):
    """Do statements, audit, and take them back; give what was found."""
    return findings_after(books, statements)


def test_books_with_everything_in_them_are_clean(books):
    assert damaged(books) == []


@pytest.mark.postgresql
def test_they_are_clean_on_postgresql_too(pg_store, pg_database, tmp_path):
    fill_everything(pg_store, tmp_path / "keys")

    assert dict(audit_database(pg_database.service_url)) == {REGION: []}


def money_tables():
    """Tables with a column of fen, or that hang on a ledger entry."""
    for table in metadata.tables.values():
        of_entry = any(key.column.table.name == "ledger_entry" for key in table.foreign_keys)
        if of_entry or any(isinstance(column.type, Fen) for column in table.columns):
            yield table.name


def test_no_money_table_is_forgotten():
    told = {*SEALED, *ELSEWHERE, *NO_MONEY}
    assert set(money_tables()) - told == set()
    assert set(SEALED) <= set(metadata.tables)


def other(value, column):
    """Give another value for a column that is no neighbour's."""
    if isinstance(column.type, Boolean):
        return str(1 - value)
    return str(value + 1_000_003) if isinstance(value, int) else changed(value)


def row_of(books, table):
    found = books.execute(f"SELECT rowid FROM {table} WHERE {SEALED[table]} ORDER BY rowid LIMIT 1")
    return found.fetchone()[0]


def test_every_changed_column_is_found(books):
    unseen = []
    for table in SEALED:
        number = row_of(books, table)
        for column in metadata.tables[table].columns:
            at = f"{table}.{column.name}"
            if at in FREE_HERE:
                continue
            (value,) = books.execute(
                f"SELECT {column.name} FROM {table} WHERE rowid = {number}"
            ).fetchone()
            change = (
                f"UPDATE {table} SET {column.name} = {other(value, column)} WHERE rowid = {number}"
            )
            if not damaged(books, change):
                unseen.append(at)
    assert unseen == []


def test_every_deleted_row_is_found(books):
    unseen = [
        table
        for table in SEALED
        if not damaged(books, f"DELETE FROM {table} WHERE rowid = {row_of(books, table)}")
    ]
    assert unseen == []


def test_every_row_put_in_is_found(books):
    """A copy of a row under another key: money that nobody moved."""
    unseen = []
    for table in SEALED.keys() - {"bank_trade"}:  # one serial more is a name that nobody used yet
        keys = [column.name for column in metadata.tables[table].primary_key.columns]
        last = keys[-1]
        names = [column.name for column in metadata.tables[table].columns]
        (value,) = books.execute(
            f"SELECT {last} FROM {table} WHERE rowid = {row_of(books, table)}"
        ).fetchone()
        moved = other(value, metadata.tables[table].columns[last])
        told = ", ".join(moved if name == last else name for name in names)
        copy = f"INSERT INTO {table} ({', '.join(names)}) SELECT {told} FROM {table} WHERE rowid = {row_of(books, table)}"
        if not damaged(books, copy):
            unseen.append(table)
    assert unseen == []


TAIL = [
    ("UPDATE refund SET amount_fen = amount_fen + 1 WHERE state = 'finance_approved'", "refund-lines-differ"),
    ("UPDATE refund SET state = 'paid' WHERE state = 'finance_approved'", "refund-payment-differs"),
    ("UPDATE refund SET state = 'rejected' WHERE state = 'finance_approved'", "refund-approval-differs"),
    ("UPDATE refund SET approved_by = applicant WHERE state = 'finance_approved'", "refund-persons-differ"),
    ("UPDATE refund SET state = 'withdrawn' WHERE state = 'unit_verified'", "refund-moves-differ"),
    ("UPDATE refund SET due_on = '2030-01-01' WHERE state = 'finance_approved'", "refund-moves-differ"),
    ("UPDATE refund SET payment = payment + 1 WHERE state = 'finance_approved'", "refund-differs"),
    ("UPDATE payment_refund SET reserved_fen = 0", "refund-total-differs"),
    ("UPDATE notice SET refunded_fen = 1 WHERE status = 'paid'", "notice-refund-differs"),
    ("UPDATE payment SET state = 'settled' WHERE trade_no = 'TAIL'", "settled-state-differs"),
    ("UPDATE payment_share SET fen = fen + 1 WHERE payment IN (SELECT id FROM payment WHERE trade_no = 'TAIL')", "shares-differ"),
    ("UPDATE unmatched_receipt SET state = 'returned' WHERE trade_no = 'OPEN'", "receipt-state-differs"),
    ("UPDATE unmatched_receipt SET amount_fen = 1 WHERE trade_no = 'OPEN'", "arrival-entry-differs"),
    ("UPDATE unmatched_receipt SET bank_day = '2026-11-23' WHERE trade_no = 'OPEN'", "bank-day-differs"),
    ("UPDATE funds_arrival SET amount_fen = 1 WHERE trade_no = 'OPEN'", "arrival-differs"),
    ("UPDATE funds_arrival SET trade_no = 'X' WHERE trade_no = 'OPEN'", "arrival-differs"),
    ("DELETE FROM funds_arrival WHERE trade_no = 'OPEN'", "message-key-astray"),
    ("DELETE FROM unmatched_receipt WHERE trade_no = 'OPEN'", "entry-without-receipt"),
    ("UPDATE receipt_claim SET audited_by = proposed_by WHERE ended_as IS NULL", "claim-differs"),
    ("UPDATE claimed_notice SET amount_fen = 1 WHERE payment IS NULL", "claim-differs"),
    ("UPDATE receipt_return SET payee_account = '1' WHERE state = 'requested'", "return-differs"),
    ("UPDATE receipt_return SET state = 'returned' WHERE state = 'requested'", "return-differs"),
    ("UPDATE voucher SET number = number + 100 WHERE state = 'assigned'", "voucher-number-astray"),
    ("UPDATE voucher SET amount_fen = amount_fen + 1 WHERE state = 'written_off'", "voucher-content-differs"),
    ("UPDATE voucher SET bureau_signature = replace(bureau_signature, 'bureau-1', 'unit-1') WHERE bureau_signature IS NOT NULL", "voucher-signature-fails"),
    ("UPDATE voucher SET content = NULL WHERE bureau_signature IS NOT NULL", "voucher-content-differs"),
    ("UPDATE voucher SET state = 'assigned' WHERE state = 'red'", "voucher-state-differs"),
    ("UPDATE ticket_block SET next_no = next_no + 1", "voucher-number-astray"),
    ("UPDATE settlement SET approved_by = prepared_by WHERE state = 'settled'", "settlement-persons-differ"),
    ("UPDATE settlement_payment SET cancelled = 1 WHERE cancelled = 0", "settlement-part-astray"),
    ("UPDATE payment SET state = 'confirmed' WHERE state = 'reversed'", "reversal-record-missing"),
    ("UPDATE payment SET state = 'difference' WHERE trade_no = 'AR'", "money-state-differs"),
    ("UPDATE payment SET state = 'arrived' WHERE trade_no = 'DF'", "money-state-differs"),
    ("UPDATE payment SET state = 'reversed' WHERE trade_no = 'OWN'", "payment-state-differs"),
    ("UPDATE recon_difference SET state = 'explained' WHERE trade_no = 'D1' AND state = 'closed'", "money-state-differs"),
    ("UPDATE notice SET status = 'issued' WHERE status = 'expired'", "expiry-astray"),
    ("UPDATE notice SET valid_until = '2030-12-31' WHERE status = 'expired'", "expiry-astray"),
    ("UPDATE recon_batch SET raw = X'00', sha256 = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'", "batch-differs"),
    ("UPDATE recon_line SET outcome = 'matched', reason = 'agrees' WHERE trade_no = 'X9'", "line-judged-wrongly"),
    ("UPDATE recon_difference SET bank_fen = bank_fen - 1 WHERE trade_no = 'D1' AND result = '14002'", "difference-differs"),
    ("UPDATE recon_difference SET closed_by = 'other' WHERE state = 'closed'", "trail-differs"),
    ("UPDATE ledger_closed_day SET closed_by = 'other'", "trail-differs"),
    ("UPDATE recon_batch SET state = 'with_differences' WHERE state = 'closed'", "batch-counts-differ"),
    ("UPDATE recon_request SET total_fen = total_fen + 1", "statement-differs"),
    ("DELETE FROM bank_trade WHERE trade_no = 'TAIL'", "serial-unheld"),
    ("DELETE FROM gateway_registration", "registration-differs"),
]  # fmt: skip


def test_what_does_not_fit_is_found_by_its_kind_sealed_or_not(books):
    unseen = []
    for statement, kind in TAIL:
        found = {each.kind for each in damaged(books, statement)}
        if kind not in found:
            unseen.append((statement, kind, found))
    assert unseen == []


def test_a_file_of_evidence_exchanged_with_its_digest_is_found(books):
    """The file, its size and its digest fit each other; the approval was sealed with another (0018)."""
    content = b"%PDF-1.4 forged"
    told = f"content = X'{content.hex()}', size = {len(content)}, sha256 = '{hashlib.sha256(content).hexdigest()}'"
    forged = damaged(
        books, f"UPDATE refund_file SET {told} WHERE rowid = {row_of(books, 'refund_file')}"
    )

    assert [each.kind for each in forged] == ["sealed-entry-changed"]


def _as_before(session, region, entries):
    told = bound_by_seal(session, region, entries)
    return {entry: replace(one, record=one.earlier or one.record) for entry, one in told.items()}


def test_approvals_sealed_before_files_were_bound_still_hold(migrated_file, tmp_path):
    path = tmp_path / "earlier.db"
    path.write_bytes(migrated_file.read_bytes())
    store = Store(f"sqlite:///{path}")
    with store.write() as session:
        begin(session, tmp_path / "keys")
        refund = an_approved_refund(session, a_paid_notice(session), "10.00", **OTHER)
        approve_again = {"hand": a_hand("reviewer:two"), "calendar": the_calendar()}
        approve_refund(session, REGION, refund.id, **approve_again)
    seal_region(store, REGION, particulars=_as_before, now=LATER)
    with store.read() as session:
        assert audit_books(session, REGION) == ()
        assert session.scalar(select(func.count()).select_from(RefundFileRow)) == 1
    assert dict(audit_database(store.url)) == {REGION: []}
    store.close()


def _held_as_of_the_known_account(session, region, refund):
    row, notice = hold_refund(session, region, refund)
    set_committed_value(row, "account_kind", "original")
    return row, notice


@pytest.mark.parametrize(
    ("sealed", "found"), [(_as_before, []), (bound_by_seal, ["refund-persons-differ"])]
)
def test_one_approver_was_enough_only_for_what_was_sealed_before(
    migrated_file, tmp_path, monkeypatch, sealed, found
):
    """Decision 0028: one approver of an uncertain account, as earlier code let it be, and as a forgery."""
    path = tmp_path / "one.db"
    path.write_bytes(migrated_file.read_bytes())
    store = Store(f"sqlite:///{path}")
    with store.write() as session:
        begin(session, tmp_path / "keys")
        notice = a_notice(session)
        a_query(session, notice)
        a_payment(session, notice)  # the bank tells of no account
        refund = a_verified_refund(session, notice, "10.00", **OTHER)
        assert refund.account_kind == "evidenced"
        # The earlier rule asked a second approver of "other" only.
        monkeypatch.setattr(actions, "hold_refund", _held_as_of_the_known_account)
        approve_refund(
            session, REGION, refund.id, hand=a_hand("reviewer:test"), calendar=the_calendar()
        )
        set_committed_value(refund, "account_kind", "evidenced")
        assert (refund.state, refund.second_approver) == ("finance_approved", None)
    seal_region(store, REGION, particulars=sealed, now=LATER)
    assert [one.kind for one in dict(audit_database(store.url))[REGION]] == found
    store.close()


def test_swapped_and_forged_records_are_found(books):
    """Two paid refunds exchange their payees; a forged one gets its leaf and block hashed anew."""
    one, other = (
        row[0]
        for row in books.execute("SELECT id FROM refund WHERE state = 'paid' ORDER BY id LIMIT 2")
    )
    reasons = dict(
        books.execute(f"SELECT id, payment_no || reason FROM refund WHERE id IN ({one}, {other})")
    )
    assert len(reasons) == 2
    swapped = damaged(
        books,
        f"UPDATE refund SET to_bank = CASE id WHEN {one} THEN '甲行' ELSE '乙行' END WHERE id IN ({one}, {other})",
    )
    assert [each.kind for each in swapped].count(
        "sealed-entry-changed"
    ) >= 4  # approvals and payments

    (entry,) = books.execute(f"SELECT payment_entry FROM refund WHERE id = {one}").fetchone()
    leaf = hashlib.sha256(b"forged").hexdigest()
    forged = damaged(
        books,
        f"UPDATE refund SET to_name = '别人' WHERE id = {one}",
        f"UPDATE entry_seal SET leaf = X'{leaf}' WHERE entry = {entry}",
        f"UPDATE seal_block SET root = '{leaf}'",
    )
    kinds = {each.kind for each in forged}
    assert {
        "sealed-entry-changed",
        "block-root-differs",
        "block-changed",
        "day-root-differs",
    } <= kinds
