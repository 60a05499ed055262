"""A file from its first look to the ledger of facts: whole or not at all, once, on both databases."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from time import monotonic

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from feeledger.cli import root
from feeledger.demo.enterprises import synthetic_enterprises
from feeledger.enterprises.actions import FactOrigin, record_facts
from feeledger.enterprises.dispute_actions import DisputesWanted, count_disputes
from feeledger.enterprises.queries import facts_on
from feeledger.enterprises.reassessment_actions import reassessments_due
from feeledger.enterprises.tables import EnterpriseFactRow
from feeledger.errors import FileRefused
from feeledger.intake.actions import IntakeDiffers, IntakeFaulty
from feeledger.intake.batches import check_file, look_at_file, take_file
from feeledger.intake.offer import Offer, Sheet
from feeledger.intake.queries import IntakeUnknown, faults_of_intake, intake_of
from feeledger.trail import ActsWanted, count_acts, record_act
from tests.builders import (
    CLERK,
    NOW,
    REGION,
    TODAY,
    USCC,
    WATER_UNIT,
    a_place,
    an_edition,
    an_enterprise,
    the_catalog,
)

OTHER = synthetic_enterprises(3)[0].uscc
STRANGER = synthetic_enterprises(3)[1].uscc
HEAD = "uscc,land_occupied_m2,headcount\n"
OFFER = Offer("情况.csv", "department", WATER_UNIT, "水利年报", date(2026, 1, 1), keep_content=True)


@pytest.fixture
def known(placed):
    with placed.write() as session:
        an_edition(session)
        an_enterprise(session, OTHER)
    return placed


def sheet_of(text):
    return Sheet(the_catalog(), io.BytesIO(text.encode()))


def sent(store, text, *, hours=0, offer=OFFER):
    """Look at a file and keep what was found."""
    sheet, now = sheet_of(text), NOW + timedelta(hours=hours)
    looked = look_at_file(store, REGION, sheet, offer, now=now)
    return check_file(store, REGION, sheet, offer, looked, by=CLERK, now=now)


def taken(store, row, text, *, hours=0):
    now = NOW + timedelta(hours=hours)
    return take_file(store, REGION, row.id, sheet_of(text), by=CLERK, now=now)


def count_facts(store):
    with store.read() as session:
        query = select(func.count()).where(EnterpriseFactRow.region == REGION)
        return session.scalar(query)


def test_a_file_is_mended_taken_once_and_changes_nothing_again(known):
    faulty = f"{HEAD}{USCC},100,-5\n{OTHER},80,12\n{STRANGER},1,1\n"
    row = sent(known, faulty)
    assert (row.state, row.faults, row.lines, row.enterprises) == ("faulty", 2, 3, 1)
    with pytest.raises(IntakeFaulty):
        taken(known, row, faulty)
    with known.read() as session:
        kept = faults_of_intake(session, REGION, row.id, limit=9, offset=0)
        assert [(f.line, f.place, f.code) for f in kept] == [
            (2, "headcount", "fact-wrong"),
            (4, "统一社会信用代码", "enterprise-unknown"),
        ]
        with pytest.raises(IntakeUnknown):
            intake_of(session, REGION, row.id, said_by="130184-POLICE")
    assert count_facts(known) == 0

    text = f"{HEAD}{USCC},100,5\n{OTHER},80,12\n"
    row = sent(known, text)
    assert (row.state, row.told) == ("checked", 4)
    with pytest.raises(IntakeDiffers):
        taken(known, row, text.replace("100", "101"))
    assert count_facts(known) == 0
    row = taken(known, row, text)
    assert (row.state, row.new, row.known, row.changed) == ("taken", 4, 0, 2)
    with known.read() as session:
        held = facts_on(session, REGION, USCC, TODAY)["land_occupied_m2"]
        assert (held.value, held.unit, held.source, held.said_by, held.document, held.known_by) == (
            100, "平方米", "department", WATER_UNIT, "水利年报", CLERK,
        )  # fmt: skip
        dues = reassessments_due(session, REGION)
        assert {(d.uscc, d.cause, d.cause_key) for d in dues} == {
            (code, "facts", str(row.id)) for code in (USCC, OTHER)
        }

    # The same file again, and the same facts in another file and spelling: nothing changes.
    again = sent(known, text, hours=1)
    assert (again.id, again.state) == (row.id, "taken")
    assert taken(known, again, text, hours=1).taken_at == row.taken_at
    other = f"{HEAD}{OTHER},80.00,12\n{USCC},100,6\n"
    second = taken(known, sent(known, other, hours=2), other, hours=2)
    assert (second.new, second.known, second.changed) == (1, 3, 1)
    assert count_facts(known) == 5
    # The enterprise says something else: in dispute, and what the department said stands.
    own = f"{HEAD}{USCC},90,\n"
    third = sent(known, own, hours=3, offer=Offer("自报.csv", "enterprise", valid_from=TODAY))
    third = taken(known, third, own, hours=3)
    assert (third.new, third.changed, third.disputed) == (1, 0, 1)
    with known.read() as session:
        assert facts_on(session, REGION, USCC, TODAY)["land_occupied_m2"].value == 100
        assert count_disputes(session, REGION, DisputesWanted()) == 1
        assert count_acts(session, REGION, ActsWanted(act="import-facts")) == 3


def test_titles_above_the_headings_are_passed_over_unless_they_tell_a_unit(known):
    """A caption “单位：万元” would change every number in silence."""
    plain = f"新乐市企业情况,,\n二〇二六年,,\n{HEAD}{USCC},100,5\n"
    looked = look_at_file(known, REGION, sheet_of(plain), OFFER, now=NOW)
    assert (looked.faults, looked.told) == ((), 2)
    (fault,) = look_at_file(
        known, REGION, sheet_of(plain.replace("二〇二六年", "单位：万元")), OFFER, now=NOW
    ).faults
    assert (fault.line, fault.code) == (2, "unit-above")
    assert [
        f.code for f in look_at_file(known, REGION, sheet_of("\n\n"), OFFER, now=NOW).faults
    ] == ["file-empty"]


def test_a_file_that_does_not_pass_any_more_is_taken_in_no_part(known, monkeypatch):
    """The register or the catalog may change between the look and the taking."""
    monkeypatch.setattr("feeledger.intake.batches.STRETCH", 1)
    text = f"{HEAD}{USCC},100,5\n{OTHER},80,12\n"
    row = sent(known, text)
    monkeypatch.setattr(
        "feeledger.intake.batches.codes_registered", lambda _, codes: {USCC} & set(codes)
    )
    with pytest.raises(FileRefused):
        taken(known, row, text)
    assert count_facts(known) == 0
    short = replace(sheet_of(text), lines_max=1)
    (fault,) = look_at_file(known, REGION, short, OFFER, now=NOW).faults
    assert (fault.line, fault.code) == (3, "rows-too-many")


def test_others_write_while_a_file_is_read_and_judged(store):
    """On SQLite there is one writer: at each stretch judged, another writes, and does not wait."""
    with store.write() as session:
        a_place(session)
        an_edition(session)
        an_enterprise(session)
        an_enterprise(session, OTHER)
    text = f"{HEAD}{USCC},100,5\n{OTHER},80,12\n"
    row = sent(store, text)
    waits = []

    def write_meanwhile(_):
        began = monotonic()
        with store.write() as session:
            record_act(
                session, region=REGION, actor=CLERK, act="issue-notice", subject="x", reason="", now=NOW
            )  # fmt: skip
        waits.append(monotonic() - began)

    sheet = replace(sheet_of(text), watch=write_meanwhile)
    kept = take_file(store, REGION, row.id, sheet, by=CLERK, now=NOW)

    assert (kept.state, count_facts(store), len(waits)) == ("taken", 4, 1)
    assert max(waits) < 1


@pytest.mark.parametrize("times", [1, 9])
def test_facts_told_while_a_file_is_worked_out_are_weighed_with_it(known, times):
    """Told once meanwhile, it is worked out again; told each time, within the transaction at last."""
    text = f"{HEAD}{USCC},100,5\n{OTHER},80,12\n"
    row = sent(known, text)
    stages = []

    def say_meanwhile(_):
        stages.append(90 + len(stages))
        if len(stages) <= times:
            own = FactOrigin("enterprise", "自报")
            told = {"land_occupied_m2": stages[-1]}
            with known.write() as session:
                record_facts(
                    session, REGION, USCC, told, own, valid_from=date(2026, 1, 1), by=CLERK, now=NOW
                )

    sheet = replace(sheet_of(text), watch=say_meanwhile)
    kept = take_file(known, REGION, row.id, sheet, by=CLERK, now=NOW + timedelta(minutes=1))

    assert len(stages) == (2 if times == 1 else 3)
    assert (kept.state, kept.new, kept.disputed) == ("taken", 4, 1)
    with known.read() as session:
        # The department's word stands over the enterprise's own, and the two are in dispute.
        assert facts_on(session, REGION, USCC, TODAY)["land_occupied_m2"].value == 100
        assert count_disputes(session, REGION, DisputesWanted()) == 1
        # Each word of the enterprise changed what stood; the file did for both enterprises.
        assert len(reassessments_due(session, REGION)) == len(stages[:times]) + 2


def test_the_command_line_looks_imports_and_writes_the_faults_back(known, url, tmp_path):
    def run(*words):
        env = {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": url}
        return CliRunner().invoke(root, ["facts", *words], env=env)

    file, back = tmp_path / "f.csv", tmp_path / "back.csv"
    given = ["import", str(file), "--region", REGION, "--since", "2026-01-01", "--by", CLERK]
    file.write_text(f"{HEAD}{USCC},x,5\n")
    done = run(*given, "--json", "--result", str(back))
    assert done.exit_code == 1
    assert [f["code"] for f in json.loads(done.stdout)["faults"]] == ["fact-wrong"]
    assert "须为数" in back.read_text()
    file.write_text(f"{HEAD}{USCC},100,5\n")
    assert "--dry-run" in run(*given, "--dry-run").stdout
    assert count_facts(known) == 0
    first, second = (json.loads(run(*given, "--json").stdout) for _ in range(2))
    assert (first["new"], first["again"], second["again"]) == (2, False, True)
    assert run(*given, "--source", "department").exit_code == 2
    made = tmp_path / "t.xlsx"
    assert run("template", str(made), "--fact", "headcount").exit_code == 0
    assert made.stat().st_size > 1000


@pytest.mark.postgresql
def test_one_file_taken_by_many_at_once_is_taken_once(pg_store):
    with pg_store.write() as session:
        a_place(session)
        an_edition(session)
        an_enterprise(session)
    text = f"{HEAD}{USCC},100,5\n"
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda _: sent(pg_store, text), range(4)))
        assert len({row.id for row in rows}) == 1
        done = list(pool.map(lambda _: taken(pg_store, rows[0], text), range(4)))
    assert {row.state for row in done} == {"taken"}
    assert count_facts(pg_store) == 2
    with pg_store.read() as session:
        assert count_acts(session, REGION, ActsWanted(act="import-facts")) == 1


def test_what_contradicts_the_record_is_told_by_row_and_taken_in_no_part(known):
    """10 employees make a share of at most 20 (one of grade 1 or 2 counts as two): 21 is too many.

    Each half comes from another door; told together, in whatever rows, they are taken.
    """
    head = "uscc,headcount,disabled_employed\n"
    with known.write() as session:
        origin, day = FactOrigin("department"), date(2026, 3, 1)
        facts = {"headcount": 10}
        record_facts(session, REGION, USCC, facts, origin, valid_from=day, by=CLERK, now=NOW)
    row = sent(known, f"{head}{USCC},,21\n{OTHER},0,0\n", hours=1)
    with known.read() as session:
        (fault,) = faults_of_intake(session, REGION, row.id, limit=9, offset=0)
    assert (row.state, fault.line, fault.place, fault.value) == (
        "faulty", 2, "disabled_employed", "21",
    )  # fmt: skip
    assert "上年在职职工人数（headcount）10（自 2026-03-01 起）" in fault.problem_zh
    assert "headcount (employees, year before) = 10 since 2026-03-01" in fault.problem_en
    before = replace(OFFER, valid_to=date(2026, 2, 1))  # over before the headcount is told
    assert sent(known, f"{head}{USCC},,21\n", offer=before).state == "checked"
    mended = f"{head}{USCC},,21\n{USCC},11,\n{OTHER},0,0\n"
    row = taken(known, sent(known, mended, hours=1), mended, hours=2)
    assert (row.state, row.new) == ("taken", 4)
    # An enterprise's own word does not stand over the department's: it contradicts nothing.
    own = replace(OFFER, source="enterprise", said_by=None)
    assert sent(known, f"{head}{USCC},3,\n", offer=own, hours=3).state == "checked"
    again = sent(known, f"{head}{USCC},0,\n", hours=4)  # nobody, and 21 of them disabled
    assert again.state == "faulty"
    nothing = "uscc,actual_recovery_rate,altitude_coefficient\n"
    row = sent(known, f"{nothing}{USCC},0,1.05\n", hours=5)  # it divides; it is none published
    with known.read() as session:
        faults = faults_of_intake(session, REGION, row.id, limit=9, offset=0)
    assert {fault.place for fault in faults} == {"actual_recovery_rate", "altitude_coefficient"}
