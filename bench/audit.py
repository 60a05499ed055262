"""The independent audit over sealed postings on PostgreSQL, against the database adding them up."""

import os
import resource
import subprocess
import sys
import time
from datetime import timedelta

from sqlalchemy import create_engine, text

from bench.place import build
from bench.servers import production_server
from feeledger.audits import bound_by_seal
from feeledger.ledger.sealing import seal_region
from feeledger.payments.actions import record_payment
from feeledger.schema import metadata
from feeledger.store import Store
from tests.builders import (
    BANK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    POLICE_UNIT,
    REGION,
    a_charge,
    a_notice,
    a_query,
    an_advice,
    an_answer,
)

SECONDS_MOST, MB_MOST = 30, 300  # for a million postings
MILLION = 1_000_000
POSTINGS = int(os.environ.get("BENCH_AUDIT_POSTINGS", "200000"))
# Columns that name the row: the copy's is the original's and the number of the copy.
IDS = {
    "notice": ("id",),
    "notice_line": ("notice",),
    "bank_trade": (),
    "payment_key": (),
    "ledger_entry": ("id",),
    "ledger_posting": ("entry",),
    "payment": ("id", "notice", "entry"),
}
ADDING_UP = """
SELECT debit, credit, sum(fen), count(*) FROM ledger_posting p
JOIN ledger_entry e ON e.region = p.region AND e.id = p.entry
LEFT JOIN payment y ON y.region = e.region AND y.entry = e.id
LEFT JOIN entry_seal s ON s.region = e.region AND s.entry = e.id
GROUP BY debit, credit
"""


def run():
    with production_server() as server, server.database() as database:
        store = Store(database.service_url)
        _one_payment(store)
        _copies(database.owner_url, POSTINGS // 2)
        began = time.perf_counter()
        sealed = seal_region(
            store, REGION, particulars=bound_by_seal, now=NOW + timedelta(seconds=30)
        )
        sealing = time.perf_counter() - began
        store.close()
        plain = database.owner_url.replace("postgresql+psycopg://", "postgresql://")
        ours, peak = _audit(plain)
        theirs = _adding_up(database.owner_url)
    label = f"audit of {POSTINGS:,} sealed postings"
    seconds = SECONDS_MOST * POSTINGS / MILLION
    return [
        (f"{label}, whole process", f"{ours:.1f} s", "aim", f"{seconds:.0f} s", ours / seconds),
        (f"{label}, peak memory", f"{peak:.0f} MB", "aim", f"{MB_MOST} MB", peak / MB_MOST),
        (
            label,
            f"{ours:.1f} s",
            "the database adds them up",
            f"{theirs:.1f} s",
            ours / theirs,
        ),
        (
            f"sealing {sealed:,} payments",
            f"{sealed / sealing:.0f} /s",
            "the audit of them",
            f"{sealed / ours:.0f} /s",
            ours / sealing,
        ),
    ]


def _one_payment(store):
    build(store, 1)
    with store.write() as session:
        licence = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 1})
        notice = a_notice(session, a_charge(), a_charge(POLICE_UNIT, licence))
        a_query(session, notice)
        record_payment(session, an_advice(notice, "T0001"), bank=BANK, now=NOW).receipt()


def _copies(url, count):
    """Copy the payment with all that stands behind it, in the database, as its owner."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        (code,) = connection.execute(text("SELECT pay_code FROM payment")).one()
        connection.execute(
            text("DELETE FROM notice_line WHERE notice NOT IN (SELECT notice FROM payment)")
        )
        connection.execute(text("DELETE FROM notice WHERE id NOT IN (SELECT notice FROM payment)"))
        for table, ids in IDS.items():
            columns = [column.name for column in metadata.tables[table].columns]
            told = ", ".join(_copied(name, ids, code) for name in columns)
            connection.execute(
                text(
                    f"INSERT INTO {table} ({', '.join(columns)}) SELECT {told} FROM {table} t, "
                    f"generate_series(1, {count - 1}) n"
                )
            )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _copied(name, ids, code):
    new_code = f"'{code[:8]}' || lpad((500000000 + n)::text, 12, '0')"
    if name in ids:
        return f"t.{name} + n"
    if name == "pay_code":
        return new_code
    if name == "trade_no":
        return "t.trade_no || '-' || n"
    if name == "subject":
        return "'payment:' || (split_part(t.subject, ':', 2)::bigint + n)"
    if name == "answer":
        payment = "(t.answer::json->>'payment_id')"
        told = f"replace(t.answer, '{code}', {new_code})"
        told = f"replace({told}, '\"T0001\"', '\"T0001-' || n || '\"')"
        return f"replace({told}, {payment}, ({payment}::bigint + n)::text)"
    return f"t.{name}"


def _audit(url):
    """Run the auditor as its own process; give its seconds and its peak memory (MB)."""
    program = (
        "import sys; from feeledger.auditor.program import main; "
        f"status = main(['--database', {url!r}, '--lang', 'en']); "
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM')); "
        "print(int(peak.split()[1]) // 1024, file=sys.stderr); "
        "sys.exit(status)"
    )
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"the audit found something: {done.stdout[:2000]} {done.stderr[-2000:]}")
    return seconds, float(done.stderr.split()[-1])


def _adding_up(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        began = time.perf_counter()
        connection.execute(text(ADDING_UP)).all()
        seconds = time.perf_counter() - began
    engine.dispose()
    return seconds


if __name__ == "__main__":
    for row in run():
        print(*row, sep=" | ")
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, "MB of children at most")
