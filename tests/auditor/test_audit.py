"""The auditor finds what is wrong: every column of every sealed money row, and what does not fit in the tail."""

import json
import sqlite3
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner

from feeledger.auditor.database import Reader
from feeledger.auditor.program import audit_database, audit_region, main
from feeledger.cli import root
from feeledger.ledger.actions import close_day
from feeledger.ledger.day_sealing import sign_day
from feeledger.ledger.seal_key_actions import add_seal_key
from feeledger.ledger.seal_keys import new_seal_key
from feeledger.ledger.sealing import seal_region
from feeledger.payments.proof_queries import payment_particulars
from feeledger.schema import metadata
from feeledger.store import Store
from tests.builders import CLERK, NOW, REGION, TODAY, a_notice, a_payment, a_query, a_ready_notice

KEY = new_seal_key()
LATER = NOW + timedelta(seconds=5)


def fill(store):
    """One paid notice on a day that is closed, sealed and signed; another in the open tail."""
    with store.write() as session:
        add_seal_key(session, KEY.public, by=CLERK, now=NOW - timedelta(days=1))
        a_payment(session, a_ready_notice(session))
    seal_region(store, REGION, particulars=payment_particulars, now=LATER)
    with store.write() as session:
        tomorrow = TODAY + timedelta(days=1)
        close_day(session, REGION, TODAY, next_day=tomorrow, by=CLERK, now=NOW)
        sign_day(session, REGION, TODAY, key=KEY, now=LATER + timedelta(seconds=5))
    with store.write() as session:
        second = a_notice(session)
        a_query(session, second)
        a_payment(session, second, trade_no="T0002")


def test_sound_books_are_clean_on_both_databases(any_store):
    fill(any_store)

    assert [(region, found) for region, found in audit_database(any_store.url)] == [(REGION, [])]


@pytest.fixture(scope="module")
def filled(migrated_file, tmp_path_factory):
    """A SQLite file with sound books and without its walls, to be copied and damaged."""
    path = tmp_path_factory.mktemp("audit") / "sound.db"
    path.write_bytes(migrated_file.read_bytes())
    store = Store(f"sqlite:///{path}")
    fill(store)
    store.close()
    connection = sqlite3.connect(path)
    named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in named:
        connection.execute(f'DROP TRIGGER "{name}"')
    connection.execute("PRAGMA ignore_check_constraints=ON")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="module")
def books(filled):
    """A connection to the sound books, as one who owns the database could open it."""
    connection = sqlite3.connect(filled, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints=ON")
    yield connection
    connection.close()


def findings_after(books, statements):
    """Do statements, audit, and take them back; give what was found."""
    books.execute("BEGIN")
    try:
        for statement in statements:
            assert books.execute(statement).rowcount != 0, statement
        return list(audit_region(Reader(books), REGION))
    finally:
        books.execute("ROLLBACK")


@pytest.fixture
def damaged(books):
    """Run statements on the sound books and give the kinds of what is found; nothing is kept."""
    return lambda *statements: {each.kind for each in findings_after(books, statements)}


SEALED = ("ledger_entry", "ledger_posting", "payment", "payment_key", "notice_line", "entry_seal",
          "seal_block", "ledger_closed_day", "ledger_snapshot")  # fmt: skip
# Columns that a later, lawful act may change, or that say nothing of money; why, each.
FREE = {
    "payment.state": "moves; the states that can be told from other rows are tried below",
    "notice_line.unit_name": "the unit's code is bound",
    "notice_line.item_code": "the wire's short code; the item's id and name are bound",
    "notice_line.line_id": "part of the explanation, which is not money",
    "notice_line.outcome": "part of the explanation",
    "notice_line.explanation": "part of the explanation",
    "notice_line.basis": "part of the explanation",
    "notice_line.late_rule": "part of the explanation; what it came to is bound as the late fee",
}
COLUMNS = [
    f"{name}.{column.name}"
    for name in SEALED
    for column in metadata.tables[name].columns
    if f"{name}.{column.name}" not in FREE
]


def changed(value):
    """Give another value of the same shape."""
    if value is None:
        return "'x'"
    if isinstance(value, int):
        return str(value + 1)
    if isinstance(value, bytes):
        return "X'" + (bytes([value[0] ^ 1]) + value[1:]).hex() + "'"
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            moved = read(value) + timedelta(days=1)
        except ValueError:
            continue
        return f"'{moved}'" if isinstance(moved, datetime) else f"'{moved.isoformat()}'"
    return f"'{value}x'"


@pytest.mark.parametrize("column", COLUMNS)
def test_every_changed_column_of_a_sealed_money_row_is_found(books, damaged, column):
    table, _, name = column.partition(".")
    number, value = books.execute(f"SELECT rowid, {name} FROM {table}").fetchone()

    assert damaged(f"UPDATE {table} SET {name} = {changed(value)} WHERE rowid = {number}") != set()


@pytest.mark.parametrize("table", SEALED)
def test_every_deleted_row_is_found(damaged, table):
    assert damaged(f"DELETE FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})") != set()


HOURS_ON = "UPDATE seal_chain SET checked_at = '2026-11-24 10:00:00.000000'"


@pytest.mark.parametrize(
    ("statements", "kind"),
    [
        (["UPDATE notice SET status = 'issued'"], "notice-and-payments-differ"),
        (["UPDATE notice SET amount_fen = amount_fen + 1"], "lines-differ"),
        (["UPDATE notice SET refunded_fen = amount_fen"], "refund-astray"),
        (["UPDATE payment SET state = 'reversed'"], "reversal-missing"),
        (["DROP INDEX uq_payment_trade_no", "UPDATE payment SET trade_no = 'T0001'"], "serial-twice"),
        ([HOURS_ON, "DELETE FROM seal_day"], "day-unsigned"),
        (["UPDATE seal_chain SET blocks = 2"], "chain-head-differs"),
        (["UPDATE ledger_book SET open_day = opened_on"], "day-astray"),
        (["UPDATE seal_key SET valid_to = '2026-11-24 00:00:00.000000'"], "key-not-in-force"),
        (["UPDATE payment_key SET amount_fen = 1 WHERE trade_no = 'T0002'"], "key-differs"),
        (["UPDATE ledger_posting SET fen = fen + 1 WHERE rowid = 2"], "entry-amount-differs"),
        (["UPDATE ledger_posting SET credit = debit WHERE rowid = 2"], "pair-malformed"),
        (["UPDATE ledger_posting SET credit = 'cash/1' WHERE rowid = 2"], "account-unknown"),
        (["UPDATE ledger_posting SET leg = 2 WHERE rowid = 2"], "leg-missing"),
        (["UPDATE ledger_entry SET day = '2026-11-24' WHERE rowid = 2"], "entry-after-seal"),
        (["DELETE FROM payment WHERE trade_no = 'T0002'"], "key-without-payment"),
        (["UPDATE payment SET state = 'reconciled' WHERE trade_no = 'T0002'"], "payment-state-differs"),
        (["UPDATE payment SET state = 'arrived' WHERE trade_no = 'T0002'"], "payment-state-differs"),
        ([HOURS_ON], "entry-left-unsealed"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_found_sealed_or_not(damaged, statements, kind):
    assert kind in damaged(*statements)


DAY_COLUMNS = [
    column.name for column in metadata.tables["seal_day"].columns if column.name != "region"
]


@pytest.mark.parametrize("name", DAY_COLUMNS)
def test_every_changed_column_of_a_signed_day_is_found(books, damaged, name):
    (value,) = books.execute(f"SELECT {name} FROM seal_day").fetchone()

    assert damaged(f"UPDATE seal_day SET {name} = {changed(value)}") != set()


def test_two_rows_that_were_swapped_are_found(damaged):
    """The sealed payment's entry and the tail's exchange their amounts' home: both are told."""
    found = damaged(
        "UPDATE ledger_posting SET entry = -1 WHERE rowid = 1",
        "UPDATE ledger_posting SET entry = (SELECT min(id) FROM ledger_entry) WHERE rowid = 2",
        "UPDATE ledger_posting SET entry = (SELECT max(id) FROM ledger_entry) WHERE rowid = 1",
        "UPDATE payment SET bank_day = '2026-11-23' WHERE trade_no = 'T0002'",
    )

    assert "bank-day-differs" in found


def test_a_forged_entry_with_its_leaf_and_block_hashed_anew_is_found(damaged):
    """Whoever forges must sign too: the day's root is signed."""
    found = damaged(
        "UPDATE ledger_entry SET reason = 'forged' WHERE rowid = 1",
        "UPDATE seal_day SET root = '" + "0" * 64 + "'",
    )

    assert {"sealed-entry-changed", "day-root-differs", "signature-fails"} <= found


def test_what_cannot_be_read_is_told_and_the_rest_is_audited_all_the_same(damaged):
    """Whoever can write may not blind the auditor: an instant that is none, a number that is a text."""
    assert damaged("UPDATE seal_key SET valid_to = 'x'", "UPDATE payment SET late_fen = 7") >= {
        "key-not-in-force", "amount-differs"}  # fmt: skip
    found = damaged("UPDATE notice_line SET amount_fen = 'x'",
                    "UPDATE ledger_entry SET reason = 'forged' WHERE rowid = 1")  # fmt: skip
    assert {"value-unreadable", "sealed-entry-changed"} <= found


def test_a_region_whose_book_was_taken_away_is_missed(filled, tmp_path):
    path = tmp_path / "bookless.db"
    path.write_bytes(filled.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM ledger_book")

    [(region, found)] = audit_database(f"sqlite:///{path}")

    assert region == REGION
    assert "book-missing" in {each.kind for each in found}


def test_the_command_and_the_program_tell_kind_and_place(filled, tmp_path, monkeypatch, capsys):
    path = tmp_path / "damaged.db"
    path.write_bytes(filled.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE payment SET late_fen = 1 WHERE trade_no = 'T0002'")
    monkeypatch.setenv("FEELEDGER_DATABASE_URL", f"sqlite:///{path}")
    monkeypatch.setenv("FEELEDGER_MODE", "test")

    found = CliRunner().invoke(root, ["audit", "--json", "--lang", "en"])

    assert found.exit_code == 1
    told = [json.loads(line) for line in found.stdout.splitlines() if line.startswith("{")]
    assert {one["kind"] for one in told} >= {"late-fee-differs", "amount-differs"}
    assert all(one["place"].startswith("payment:") for one in told)
    assert main(["--lang", "zh"]) == 1
    assert "处不符" in capsys.readouterr().out
    assert main(["--database", f"sqlite:///{filled}"]) == 0
