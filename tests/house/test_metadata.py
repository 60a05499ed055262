"""The schema and the write path hold region first."""

import re

import pytest
from sqlalchemy import event, text

from feeledger.notices.actions import void_notice
from feeledger.schema import APPEND_ONLY, metadata
from tests.builders import CLERK, NOW, REGION, a_notice, a_payment, a_query, a_ready_notice

# Reference tables: no region, and no region column used as a key in them.
REFERENCE = {
    "region",
    "bank",
    "bank_key",
    "seal_key",
    "catalog_draft",
    "catalog_edition",
    "enterprise",
    "enterprise_former",
    "enterprise_standing",
    "lookup_code",
    "lookup_try",
    "officer",
    "officer_session",
    "api_call_count",
    "api_nonce",
    "api_signature_refusal",
    "ticket_range",
}
TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)
BOUND = [table for table in TABLES if table.name not in REFERENCE]
FIRST_WORD = re.compile(r"^\s*(SELECT|UPDATE|DELETE|INSERT|WITH)", re.IGNORECASE)
IDS = {"ids": lambda table: table.name}


def first_columns(table):
    """Give the columns of every key and index of a table, in order."""
    yield f"{table.name} primary key", [c.name for c in table.primary_key.columns]
    for constraint in table.constraints:
        if constraint.__visit_name__ in ("unique_constraint", "foreign_key_constraint"):
            yield constraint.name, [c.name for c in constraint.columns]
    for index in table.indexes:
        yield index.name, [c.name for c in index.columns]


def refers_to_reference(table, columns):
    return any(
        fk.referred_table.name in REFERENCE
        for fk in table.foreign_key_constraints
        if [c.name for c in fk.columns] == columns
    )


@pytest.mark.parametrize("table", BOUND, **IDS)
def test_region_comes_first_in_every_key_of_a_bound_table(table):
    wrong = [
        name
        for name, columns in first_columns(table)
        if columns[:1] != ["region"] and not refers_to_reference(table, columns)
    ]

    assert wrong == []
    assert not table.c.region.nullable
    assert str(table.c.region.type) == "TEXT"


@pytest.mark.parametrize("table", [t for t in TABLES if t.name in REFERENCE], **IDS)
def test_a_reference_table_has_no_region_and_refers_to_no_bound_table(table):
    assert "region" not in table.c
    assert all(fk.referred_table.name in REFERENCE for fk in table.foreign_key_constraints)


@pytest.mark.parametrize("table", BOUND, **IDS)
def test_foreign_keys_between_bound_tables_carry_the_region(table):
    for fk in table.foreign_key_constraints:
        if fk.referred_table.name not in REFERENCE:
            assert next(c.name for c in fk.columns) == "region"
            assert next(e.column.name for e in fk.elements) == "region"


@pytest.mark.parametrize("table", TABLES, **IDS)
def test_every_constraint_is_named_within_63_signs(table):
    names = [c.name for c in (*table.constraints, *table.indexes)]

    assert all(names)
    assert all(len(str(name)) <= 63 for name in names)


@pytest.mark.parametrize("table", TABLES, **IDS)
def test_no_id_comes_from_the_database(table):
    assert all(
        not column.autoincrement or (column.autoincrement == "auto" and not is_integer(column))
        for column in table.primary_key.columns
    )
    assert all(column.server_default is None for column in table.columns)


def is_integer(column):
    return column.type.python_type is int and len(column.table.primary_key.columns) == 1


def test_the_ledger_and_what_proves_it_is_append_only():
    assert {
        "ledger_entry",
        "ledger_posting",
        "ledger_snapshot",
        "ledger_closed_day",
        "notice_line",
        "payment_key",
        "message_log",
        "trail_act",
        "catalog_edition",
        "enterprise_fact",
    } <= set(APPEND_ONLY)


def test_no_column_holds_a_balance_of_the_designated_account():
    assert not [name for name in metadata.tables["designated_account"].c.keys() if "fen" in name]  # noqa: SIM118 - columns


@pytest.mark.postgresql
def test_every_statement_of_the_write_path_binds_one_region(pg_store):
    """Take down what a notice, its query, its payment and its voiding send to the database."""
    bound = {table.name for table in BOUND}
    with pg_store.write() as session:
        a_ready_notice(session)
    sent = []

    @event.listens_for(pg_store.writer, "before_cursor_execute")
    def take_down(*told):
        sent.append((told[2], told[3]))  # the statement and its parameters

    with pg_store.write() as session:
        notice = a_notice(session)
    with pg_store.write() as session:
        a_query(session, notice)
    with pg_store.write() as session:
        assert a_payment(session, notice).answer is not None
    with pg_store.write() as session:
        void_notice(session, REGION, a_notice(session).id, reason="测试", by=CLERK, now=NOW)

    assert len(sent) > 20
    for statement, parameters in sent:
        touched = bound & set(re.findall(r"[a-z_]+", statement))
        if touched and FIRST_WORD.match(statement):
            assert "region" in statement, statement
            assert REGION in flattened(parameters), statement
            if not statement.lstrip().startswith("INSERT"):
                assert re.search(r"region = %\(\w+\)s|_payment\(%\(region\)s,", statement), (
                    statement
                )
            assert "now()" not in statement.lower()
            assert "current_date" not in statement.lower()


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "name",
    [
        "book_payment",
        "book_clear_payments",
        "take_frames_together",
        "enqueue_payment",
        "post_entry",
    ],
)
def test_functions_of_the_write_path_touch_the_region_given_and_read_no_clock(pg_store, name):
    with pg_store.read() as session:
        source = session.scalar(text("SELECT prosrc FROM pg_proc WHERE proname = :n"), {"n": name})

    words = source.lower()
    assert not re.search(r"\bnow\(|current_|clock_timestamp|to_char|::date", words)
    for statement in re.split(r";", words):
        if re.search(r"\b(insert|update|delete|from)\b", statement):
            assert "p_region" in statement, statement
    assert "tg_table_name" not in words


@pytest.mark.postgresql
def test_the_one_statement_way_holds_the_serial_that_arrivals_hold_too(pg_store):
    """Whatever a later revision does to the function, this must stay in it (payments/trade_actions)."""
    with pg_store.read() as session:
        source = session.scalar(
            text("SELECT prosrc FROM pg_proc WHERE proname = 'book_clear_payments'")
        )

    held, booked = source.index("INSERT INTO bank_trade"), source.index("INSERT INTO payment_key")
    assert held < booked < source.index("INSERT INTO ledger_entry")
    assert "IF held IS NULL THEN RETURN" in source[held:booked]
    assert "t.trade_no = ANY (held) ORDER BY" in source[booked:]


def flattened(parameters):
    rows = parameters if isinstance(parameters, list | tuple) else [parameters]
    return [value for row in rows for value in (row.values() if isinstance(row, dict) else row)]
