"""Reporting a direct collection over HTTP: judged at once, one case, nothing half done."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from feeledger.api.tables import KeyedAnswerRow, KeyReuseRow
from feeledger.supervision.tables import ReportFileRow, ReportRow, SupervisionCaseRow
from tests.api.conftest import fill_world, open_world
from tests.builders import NOW

PDF = b"%PDF-1.4\n% a demonstration\n"


def a_report(**changes):
    """A department took 200 yuan in cash at the door, for a fee that no catalog holds."""
    report = {
        "region": "130184",
        "department": "演示单位 130184-WATER",
        "item": "上门检查关照费",
        "amount": "200.00",
        "charged_on": "2026-11-20",
        "how_paid": "cash",
        "ticket_no": "000123",
        "story": "上门收取，\n没有通知书。",
        "anonymous": True,
    }
    return {name: value for name, value in (report | changes).items() if value is not None}


def send(world, report):
    return world.app.test_client().post("/api/v1/reports", json=report)


def send_keyed(world, report, key):
    client = world.app.test_client()
    return client.post("/api/v1/reports", json=report, headers={"Idempotency-Key": key})


def count(world, row):
    with world.store.read() as session:
        return session.scalar(select(func.count()).select_from(row))


def test_a_report_opens_a_case_and_says_what_was_found(any_world):
    answer = send(any_world, a_report())

    assert answer.status_code == 201
    document = answer.get_json()
    assert document["opened"] is True
    assert document["case"].isdigit()
    assert document["signals"]
    assert all(signal["explanation"] for signal in document["signals"])
    assert count(any_world, SupervisionCaseRow) == 1


def test_a_key_makes_a_report_count_once_and_for_ever(any_world):
    key = "8e03978e-40d5-43dd-bc93-6894a57f9324"
    refused = send_keyed(any_world, a_report(region="110000"), key)  # binds nothing
    first = send_keyed(any_world, a_report(), key)

    any_world.set_time(NOW + timedelta(days=30))
    reordered = dict(reversed(a_report().items()))
    again = send_keyed(any_world, reordered, f'"{key}"')
    other = [send_keyed(any_world, a_report(amount="200.01"), key) for _ in range(2)]
    short = send_keyed(any_world, a_report(), "1")

    assert refused.status_code == 404
    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    assert [answer.get_json()["code"] for answer in (*other, short)] == [
        "idempotency-key-reused",
        "idempotency-key-reused",
        "idempotency-key-malformed",
    ]
    assert {answer.status_code for answer in (*other, short)} == {422}
    assert (count(any_world, ReportRow), count(any_world, SupervisionCaseRow)) == (1, 1)
    with any_world.store.read() as session:
        assert session.scalars(select(KeyReuseRow.times)).all() == [2]


@pytest.mark.postgresql
def test_one_key_at_once_has_one_effect(pg_store, settings):
    world = open_world(pg_store, settings, fill_world(pg_store))
    together = Barrier(6)

    def report(_number):
        together.wait(30)
        return send_keyed(world, a_report(), "one-key-for-six-callers")

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(report, range(6)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert (count(world, ReportRow), count(world, KeyedAnswerRow)) == (1, 1)


def test_the_same_collection_reported_again_joins_the_case(any_world):
    """R-S2: the same payer, item, amount and day are one thing."""
    first = send(any_world, a_report(payer="91130184MA0CQ3T535")).get_json()

    again = send(any_world, a_report(payer="91130184MA0CQ3T535", story="再报")).get_json()

    assert (again["case"], again["opened"]) == (first["case"], False)
    assert again["report"] != first["report"]
    assert (count(any_world, ReportRow), count(any_world, SupervisionCaseRow)) == (2, 1)


def test_a_file_comes_as_base64_and_is_kept_byte_for_byte(world):
    files = [{"name": "票据.pdf", "content": base64.b64encode(PDF).decode()}]

    answer = send(world, a_report(files=files))

    assert answer.status_code == 201
    with world.store.read() as session:
        assert session.scalar(select(ReportFileRow.content)) == PDF


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"region": "130999"}, 404, "region-not-open"),
        ({"charged_on": "2027-01-01"}, 422, "report-refused"),
        ({"amount": "0.00"}, 422, "report-refused"),
        ({"payer": "91130184MA0CQ3T53X"}, 422, "report-refused"),
        ({"amount": 200}, 422, "message-refused"),
        ({"department": None}, 422, "message-refused"),
        ({"how_paid": "gold"}, 422, "message-refused"),
        ({"anonymous": "yes"}, 422, "message-refused"),
        ({"colour": "red"}, 422, "message-refused"),
        ({"files": [{"name": "a.pdf", "content": "???"}]}, 422, "message-refused"),
        ({"files": [{"name": "a.exe", "content": "TVqQAAMA"}]}, 422, "file-not-accepted"),
        ({"files": [{"name": "a.pdf", "content": "JVBERi0="}] * 6}, 422, "message-refused"),
        ({"story": "x\x00y"}, 400, "bad-json"),
    ],
)
def test_a_report_that_cannot_be_taken_leaves_nothing_behind(world, changes, status, code):
    answer = send(world, a_report(**changes))

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert (count(world, ReportRow), count(world, SupervisionCaseRow)) == (0, 0)
