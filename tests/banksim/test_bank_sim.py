"""``feeledger bank-sim`` against a real server, sound and broken ones."""

import base64
import json
import threading
from collections import Counter
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from werkzeug.serving import make_server

from feeledger.app import create_app
from feeledger.banksim.scenario import FACES, Scenario, lay_out, read_scenario
from feeledger.cli import root
from feeledger.clock import Clock
from feeledger.errors import FileRefused
from feeledger.payments.tables import PaymentRow
from feeledger.payments.verify_queries import verify_region
from feeledger.settings import Settings
from tests.api.banks import KEY, a_key
from tests.builders import REGION, TODAY, a_notice, a_place, an_edition, an_enterprise

MIX = [act for act in FACES["api"] if act != "test-codes"]
WIRE_MIX = [act for act in FACES["wp"] if act != "test-codes"]
WIRE_OFTEN = ("reverse", "reorder", "account-flow")


class Twister:
    """A service that once in a while does what no service may: spoil accepted repeats."""

    def __init__(self, app):
        self.app, self.twist = app, False

    def __call__(self, environ, start):
        body = b"".join(self.app(environ, start))
        if self.twist and environ["REQUEST_METHOD"] == "POST":
            body = body.replace(b"00000", b"00000 ")
        return [body]


@pytest.fixture
def service(any_store):
    with any_store.write() as session:
        an_edition(session)
        a_place(session)
        an_enterprise(session)
        codes = [a_notice(session).pay_code for _ in range(len(MIX))]
        a_key(session, valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    app = create_app(
        Settings.from_environ({"FEELEDGER_MODE": "test"}), store=any_store, clock=Clock(fixed=TODAY)
    )
    twister = Twister(app.wsgi_app)
    app.wsgi_app = twister
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, codes, twister
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def play(service, tmp_path):
    port, codes, _ = service
    (tmp_path / "key").write_text(base64.b64encode(KEY.material).decode())
    (tmp_path / "codes").write_text("\n".join(codes))

    def call(*words, url=f"http://127.0.0.1:{port}"):
        fixed = ["--keyid", KEY.id, "--key", str(tmp_path / "key"), "--day", TODAY.isoformat()]
        return CliRunner().invoke(root, ["bank-sim", "--url", url, *fixed, *words])

    return call


def test_every_act_ends_with_its_notice_paid_once_rb3(play, service, any_store, tmp_path):
    """One client an act, so that the figures below can be counted by hand."""
    _, codes, _ = service
    for number, (act, code) in enumerate(zip(MIX, codes, strict=True)):
        text = f'count: 1\nclients: 1\nseed: {number}\nacts:\n  {act}: 1\nnotices:\n  - "{code}"\n'
        (tmp_path / "s.yaml").write_text(text)
        done = play(
            "--scenario", str(tmp_path / "s.yaml"), "--oracle", str(tmp_path / "o"), "--json"
        )
        report = json.loads(done.stdout)
        assert (act, report["broken"], report["unknown"]) == (act, [], [])
        # Of the reversed notice two serials were taken: the first was taken back.
        assert (done.exit_code, report["acknowledged"]) == (0, 2 if act == "reverse" else 1)

    with any_store.read() as session:
        assert session.scalar(select(func.count()).select_from(PaymentRow)) == len(MIX) + 1
        assert verify_region(session, REGION) == ()
    events = [json.loads(line) for line in (tmp_path / "o").read_text().splitlines()]
    kinds = Counter(one["event"] for one in events)
    assert kinds["sending"] == kinds["answered"] + kinds["lost"]
    assert kinds["lost"] == 1  # the cut
    assert events[0]["event"] == "sending"
    codes_seen = {one["code"] for one in events if one["event"] == "answered"}
    assert {
        "00000",
        "99999",
        "12001",
        "12003",
        "12004",
        "12006",
        "signature-invalid",
        "nonce-used",
        "signature-expired",
    } <= codes_seen


def test_many_clients_and_the_fixed_codes(play, tmp_path):
    done = play("--notices", str(tmp_path / "codes"), "--count", "40", "--clients", "4", "--json")

    report = json.loads(done.stdout)
    assert (done.exit_code, report["broken"], report["unknown"]) == (0, [], [])
    assert report["acknowledged"] >= len(MIX)  # one more for each that was taken back
    assert report["server_faults"] == 0


def test_the_same_is_said_by_wp_messages_and_the_day_is_ended(play, service, tmp_path):
    """All messages of this face, the day's statement at the end: 15010 when it comes again (R-R1)."""
    codes = "".join(f'  - "{code}"\n' for code in service[1])
    acts = "".join(f"  {act}: {9 if act in WIRE_OFTEN else 1}\n" for act in WIRE_MIX)
    text = f"count: 40\nclients: 3\nseed: 46\nacts:\n{acts}notices:\n{codes}"
    (tmp_path / "s.yaml").write_text(text)
    oracle = tmp_path / "o"
    words = ["--face", "wp", "--day-end", "--oracle", str(oracle)]

    done = play(*words, "--scenario", str(tmp_path / "s.yaml"), "--json")

    report = json.loads(done.stdout)
    assert (done.exit_code, report["broken"], report["unknown"]) == (0, [], [])
    assert report["refused"]["15010"] == 1
    events = [json.loads(line) for line in oracle.read_text().splitlines()]
    spoken = {one["path"].partition("#")[2] for one in events if one["event"] == "sending"}
    assert spoken >= {
        "wp.outer.bill.pay.query", "wp.outer.bill.pay", "wp.outer.bill.refund",
        "wp.outer.account.arrival", "wp.outer.account.flow", "wp.outer.account.billfund",
        "wp.outer.account.billfund.query"}  # fmt: skip


def test_a_service_that_answers_a_repeat_otherwise_is_found_out(play, service, tmp_path):
    service[2].twist = True
    (tmp_path / "s.yaml").write_text(
        f'count: 1\nacts:\n  pay: 1\nnotices:\n  - "{service[1][0]}"\n'
    )

    done = play("--scenario", str(tmp_path / "s.yaml"))

    assert done.exit_code == 1
    assert "违规应答" in done.stdout


@pytest.mark.parametrize(
    ("words", "url", "told"),
    [
        ([], "http://bank.example.com", "--beyond-this-machine"),
        ([], "ftp://127.0.0.1", "http(s)://host:port"),
        ([], "http://127.0.0.1:99999999", "http(s)://host:port"),
        (["--algorithm", "rot13"], "http://127.0.0.1:1", "hmac-sha256"),
        (["--day-end"], "http://127.0.0.1:1", "--face wp"),
        (["--bill", __file__], "http://127.0.0.1:1", "tcp://"),
        (["--bill", __file__], "tcp://127.0.0.1:1", "ChgAgenCode"),
    ],
)
def test_what_cannot_be_meant_is_refused(words, url, told, tmp_path):
    (tmp_path / "key").write_text(base64.b64encode(KEY.material).decode())
    done = CliRunner().invoke(
        root,
        ["bank-sim", "--url", url, "--keyid", "k", "--key", str(tmp_path / "key"), *words],
    )

    assert done.exit_code == 2
    assert told in done.output


def test_a_scenario_is_read_strictly_with_all_faults_at_once():
    text = b'count: 0\nsped: 1\nacts:\n  fly: 1\n  pay: "2"\nnotices:\n  - 13018426\n'

    with pytest.raises(FileRefused) as refused:
        read_scenario(text, "s.yaml")

    places = {(fault.line, fault.path) for fault in refused.value.faults}
    assert {
        (1, "count"),
        (2, "sped"),
        (4, "acts.fly"),
        (5, "acts.pay"),
        (7, "notices[0]"),
    } <= places


def test_one_seed_gives_one_list():
    scenario = Scenario(seed=5, count=30, notices=tuple(str(n) for n in range(30)))

    assert lay_out(scenario) == lay_out(scenario)
    assert lay_out(scenario) != lay_out(Scenario(seed=6, count=30, notices=scenario.notices))
