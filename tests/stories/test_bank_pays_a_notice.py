"""A bank pays a notice: over real HTTP, from the question to the proof in the ledger."""

import http.client
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from werkzeug.serving import make_server

from feeledger.api.signing import sign_request
from feeledger.app import create_app
from feeledger.clock import Clock
from feeledger.ledger.tables import EntryRow
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRow, RejectedConfirmationRow
from feeledger.payments.verify_queries import verify_region
from feeledger.settings import Settings
from tests.api.banks import KEY, a_key, an_advice_message
from tests.builders import NOW, REGION, a_notice, a_place, an_edition, an_enterprise

RIVALS = 64


@pytest.fixture
def hands():
    """The hands of the clock, the service's and the bank's; a test may move them."""
    return {"now": NOW}


@pytest.fixture
def served(any_store, hands):
    """The application behind a real HTTP server, and the pay code of a notice of 140.00 yuan."""
    with any_store.write() as session:
        an_edition(session)
        a_place(session)
        an_enterprise(session)
        code = a_notice(session).pay_code
        a_key(session)
    settings = replace(Settings.from_environ({"FEELEDGER_MODE": "test"}))
    app = create_app(settings, store=any_store, clock=Clock(source=lambda: hands["now"]))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, code
    server.shutdown()
    thread.join()
    server.server_close()


class Teller:
    """A bank's front end: signs each call with a fresh nonce and sends it."""

    def __init__(self, port, at=NOW):
        self.port = port
        self.at = at
        self.calls = 0
        self.lock = threading.Lock()

    def send(self, method, path, message=None):
        with self.lock:
            self.calls += 1
            nonce = f"teller-{self.calls}"
        body = b"" if message is None else json.dumps(message).encode()
        headers = sign_request(
            method=method,
            url=f"http://127.0.0.1:{self.port}{path}",
            body=body,
            key=KEY,
            created=self.at,
            nonce=nonce,
        )
        if body:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text

    def query(self, code):
        return self.send("GET", f"/api/v1/bank/notices/{code}")

    def pay(self, code, serial, **changes):
        return self.send(
            "POST", "/api/v1/bank/payments", an_advice_message(code, serial, **changes)
        )

    def ask(self, serial):
        return self.send("GET", f"/api/v1/bank/payments/{serial}?region={REGION}")


def test_a_bank_asks_pays_loses_the_answer_and_asks_again(served, any_store):
    port, code = served
    teller = Teller(port)

    status, text = teller.query(code)
    told = json.loads(text)
    assert (status, told["result"], told["payable"]) == (200, "00000", "140.00")

    wrong = teller.pay(code, "T-1", account="9999-8888-7777-6666")
    assert (wrong[0], json.loads(wrong[1])["result"]) == (409, "12003")

    first = teller.pay(code, "T-1", account=told["account"]["account_no"])
    assert first[0] == 201

    # The answer was lost on its way: the bank asks by its serial, and sends again to be sure.
    asked, again = teller.ask("T-1"), teller.pay(code, "T-1")
    assert asked == (200, first[1])
    assert again == first

    double = teller.pay(code, "T-2")
    assert (double[0], json.loads(double[1])["result"]) == (409, "12001")

    paid = json.loads(teller.query(code)[1])
    assert (paid["status"], paid["payable"]) == ("1", "0.00")

    with any_store.read() as session:
        assert session.scalar(select(NoticeRow.status)) == "paid"
        assert session.scalar(select(func.count()).select_from(EntryRow)) == 1
        refused = session.scalars(
            select(RejectedConfirmationRow.result).order_by(RejectedConfirmationRow.id)
        ).all()
        assert sorted(refused) == ["12001", "12003"]
        assert verify_region(session, REGION) == ()


@pytest.mark.parametrize("serials", ["different", "the same"])
def test_many_at_once_book_one_payment(served, any_store, serials):
    """64 confirmations at once: of different serials one wins, of one serial all get one answer."""
    port, code = served
    teller = Teller(port)
    teller.query(code)
    names = [f"T-{n}" if serials == "different" else "T-0" for n in range(RIVALS)]

    with ThreadPoolExecutor(RIVALS) as pool:
        answers = list(pool.map(lambda serial: teller.pay(code, serial), names))

    statuses = Counter(status for status, _ in answers)
    if serials == "different":
        assert statuses == {201: 1, 409: RIVALS - 1}
        refused = {json.loads(text)["result"] for status, text in answers if status == 409}
        assert refused == {"12001"}
    else:
        assert statuses == {201: RIVALS}
        assert len({text for _, text in answers}) == 1
    with any_store.read() as session:
        assert session.scalar(select(func.count()).select_from(PaymentRow)) == 1
        assert session.scalar(select(func.count()).select_from(EntryRow)) == 1
        assert verify_region(session, REGION) == ()


def test_nothing_is_paid_after_the_last_day_unless_the_money_came_in_time(served, any_store, hands):
    port, code = served
    Teller(port).query(code)
    hands["now"] = datetime(2027, 1, 1, 2, 0, tzinfo=UTC)
    teller = Teller(port, at=hands["now"])

    late = teller.pay(code, "T-1", paid_at="2027-01-01T00:00:00+08:00")
    in_time = teller.pay(code, "T-1", paid_at="2026-12-31T23:59:59+08:00")

    assert (late[0], json.loads(late[1])["result"]) == (409, "12006")
    assert in_time[0] == 201
    with any_store.read() as session:
        paid_at = session.scalar(select(PaymentRow.paid_at))
    assert paid_at == datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
