"""The bank in a box by frames, against the real gateway: every act ends with its notice paid once."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from feeledger.banksim.scenario import FRAME_ACTS
from feeledger.cli import root
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentRow
from feeledger.payments.verify_queries import verify_region
from feeledger.store import Store
from tests.builders import ACCOUNT_NO, REGION, TODAY, USCC, WATER_UNIT, a_notice
from tests.gateway.conftest import fill_world, listening
from tests.gateway.peers import NODE, TOKEN, UNIT_NODE
from tests.gateway.test_registration import SOIL

MIX = [act for act in FRAME_ACTS if act != "test-codes"]


@pytest.fixture
def gateway(sqlite_url, tmp_path):
    """A gateway on a free port; gives its port, its store and a file of pay codes."""
    store = Store(sqlite_url)
    codes = [fill_world(store)]
    with store.write() as session:
        codes += [a_notice(session).pay_code for _ in MIX]
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "codes").write_text("\n".join(codes))
    with listening(store) as port:
        yield port, store
    store.close()


def play(tmp_path, url, *words, node=NODE):
    fixed = ["--keyid", node, "--key", str(tmp_path / "token"), "--day", TODAY.isoformat()]
    return CliRunner().invoke(root, ["bank-sim", "--url", url, *fixed, *words])


def test_frames_are_played_and_judged_like_signed_calls(gateway, tmp_path):
    port, store = gateway
    acts = "".join(f"  {act}: 1\n" for act in MIX)
    (tmp_path / "s.yaml").write_text(f"count: 40\nclients: 3\nseed: 5\nacts:\n{acts}")
    words = ["--scenario", str(tmp_path / "s.yaml"), "--notices", str(tmp_path / "codes"), "--json"]

    done = play(tmp_path, f"tcp://127.0.0.1:{port}", *words)

    report = json.loads(done.stdout)
    assert (done.exit_code, report["broken"], report["unknown"]) == (0, [], [])
    assert report["acknowledged"] == len(MIX) + 1
    assert report["server_faults"] == 0
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(PaymentRow)) == len(MIX) + 1
        assert verify_region(session, REGION) == ()


def test_a_units_node_registers_and_voids_rb5(gateway, tmp_path):
    port, store = gateway
    bill = {
        "AdmDivCode": REGION, "BillDate": f"{TODAY:%Y%m%d}", "ChgAgenCode": WATER_UNIT,
        "ChgAgenName": "演示单位", "PayerName": "演示商行", "PayerCreditCode": USCC, "Amt": "140.00",
        "OriAmt": "140.00", "DelayAmt": "0.00", "RecAcctType": "1", "RecAcctReal": ACCOUNT_NO,
        "IsInterBank": "0", "PayInfo": f"{SOIL}|水土保持补偿费|140.00|平方米|100|不限制|0.0-0.0#",
    }  # fmt: skip
    (tmp_path / "bill.json").write_text(json.dumps(bill))
    words = ["--bill", str(tmp_path / "bill.json"), "--count", "3", "--clients", "3", "--json"]

    done = play(tmp_path, f"tcp://127.0.0.1:{port}", *words, node=UNIT_NODE)

    report = json.loads(done.stdout)
    assert (done.exit_code, report["broken"], report["lost"]) == (0, [], 0)
    assert report["refused"] == {"11001": 3, "16005": 3, "18012": 3, "99999": 6}
    with store.read() as session:
        registered = select(NoticeRow.status).where(NoticeRow.pay_code > f"{REGION}265")
        assert list(session.scalars(registered)) == ["voided"] * 3


def test_what_frames_cannot_say_is_a_mistake_of_use(tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "s.yaml").write_text("acts:\n  reorder: 1\n")

    for words, node in (
        (["--scenario", str(tmp_path / "s.yaml")], NODE),
        ([], "B1"),
    ):
        done = play(tmp_path, "tcp://127.0.0.1:9", *words, node=node)
        assert done.exit_code == 2, done.output
    assert play(tmp_path, "tcp://127.0.0.1").exit_code == 2
