"""Frames over real TCP: what is asked, what is answered, what is kept."""

import hashlib
import threading

import pytest
from sqlalchemy import select

from feeledger.clock import Clock
from feeledger.gateway.actions import Holder, end_node_token, enter_node
from feeledger.gateway.answering import Gateway
from feeledger.gateway.exchange import answer_frame
from feeledger.gateway.frames import Frame
from feeledger.notices.actions import void_notice
from feeledger.notices.queries import notice_by_pay_code
from feeledger.payments.tables import (
    DiscrepancyRow,
    RefusedMessageRow,
    RejectedConfirmationRow,
)
from feeledger.store import Store
from tests.builders import BANK, CLERK, NOW, REGION, the_calendar
from tests.gateway.peers import (
    FINANCE,
    NODE,
    TOKEN,
    UNIT_NODE,
    Told,
    a_confirmation,
    a_frame,
    a_query,
    inner,
    sealed,
    xml_of,
)


def test_a_query_is_answered_with_what_is_payable_and_where(any_world):
    """R-B1."""
    told = any_world.ask(a_query(any_world.pay_code))

    assert told.msg_no == "5997"
    assert told.is_proved()
    assert (told.head("SRC"), told.head("DES")) == (FINANCE, NODE)
    assert told.head("MsgRef") == told.head("MsgID") == "20261124000000000001"
    assert told.head("WorkDate") == "20261124"
    expected = {
        "AdmDivCode": "130184",
        "PayCode": any_world.pay_code,
        "BillDate": "20261124",
        "ChgAgenCode": "130184-WATER",
        "PayerName": "演示商行",
        "PayerCreditCode": "91130184MA0CQ3T535",
        "Amt": "140.00",
        "OriAmt": "140.00",
        "DelayAmt": "0.00",
        "PayStats": "0",
        "RecAcctType": "1",
        "RecAcct": "0000-1111-2222-3333",
        "RecAcctReal": "0000-1111-2222-3333",
        "RecBankNo": "313651027012",
        "IsInterBank": "0",
    }
    assert {name: told.field(name) for name in expected} == expected
    assert told.field("PayInfo").endswith("|140.00|项|1|不限制|0.00-0.00#")


def test_a_confirmation_after_its_query_is_booked_once_and_answered_for_ever(any_world):
    """R-B2, R-B3."""
    any_world.ask(a_query(any_world.pay_code))

    first = any_world.ask(a_confirmation(any_world.pay_code))
    again = any_world.ask(a_confirmation(any_world.pay_code))

    [payment] = any_world.payments()
    kept = [(row.direction, row.msg_no, row.raw) for row in any_world.messages()[2:4]]
    assert sorted(kept) == [
        ("in", "5996", a_confirmation(any_world.pay_code)),
        ("out", "5001", first.raw),
    ]
    assert (first.msg_no, first.result, first.field("OriMsgNo")) == ("5001", "00000", "5996")
    assert first.field("Information") == str(payment.id)
    assert again.raw == first.raw
    assert (payment.bank, payment.trade_no, payment.amount_fen) == (BANK, "T0001", 14000)
    assert payment.channel == "13"
    paid = any_world.ask(a_query(any_world.pay_code))
    assert (paid.field("PayStats"), paid.field("Amt")) == ("1", "140.00")


def test_both_doors_give_one_serial_the_same_first_answer(any_world):
    """R-B3: the frame door and the API are two faces of one rule."""
    any_world.ask(a_query(any_world.pay_code))
    by_frame = any_world.ask(a_confirmation(any_world.pay_code))

    by_api = any_world.bank.pay(any_world.pay_code)

    assert by_api.status_code == 201
    assert by_api.json["payment_id"] == by_frame.field("Information")
    assert len(any_world.payments()) == 1


def test_a_serial_first_confirmed_by_the_api_is_known_to_the_frames(any_world):
    any_world.bank.query(any_world.pay_code)
    by_api = any_world.bank.pay(any_world.pay_code)

    by_frame = any_world.ask(a_confirmation(any_world.pay_code))

    assert by_frame.field("Information") == by_api.json["payment_id"]
    other = any_world.ask(a_confirmation(any_world.pay_code, Amt="141"))
    assert (other.result, len(any_world.payments())) == ("99999", 1)


def test_a_serial_with_other_content_is_refused_and_one_discrepancy_recorded(world):
    """R-B3."""
    world.ask(a_query(world.pay_code))
    world.ask(a_confirmation(world.pay_code))

    results = [world.ask(a_confirmation(world.pay_code, Amt="141")).result for _ in range(3)]

    assert results == ["99999"] * 3
    assert world.counts()[DiscrepancyRow.__tablename__] == 1


@pytest.mark.parametrize(
    ("changes", "result", "words"),
    [
        ({"Amt": "139.99"}, "12004", "金额不符"),
        ({"RecAcct": "9999-8888-7777"}, "12003", "收款账户不符"),
        ({"CfmDate": "20261123"}, "12006", "缴款日期不在有效期内"),
        ({"PayCode": "13018426000000009995"}, "11002", "校验码不符"),
    ],
)
def test_a_refused_confirmation_gets_its_code_and_is_recorded(world, changes, result, words):
    """R-B2, R-B4."""
    world.ask(a_query(world.pay_code))

    told = world.ask(a_confirmation(world.pay_code, **changes))

    assert (told.result, told.field("Information")) == (result, words)
    assert world.payments() == []
    assert world.counts()[RejectedConfirmationRow.__tablename__] == 1


def test_a_confirmation_out_of_form_is_recorded_as_at_the_other_door(world):
    """R-B4: 10002, and 11001 for a central code; equal ones are one row."""
    for _ in range(2):
        assert world.ask(a_confirmation(world.pay_code, "X1", RecAcct="短")).result == "10002"
    assert (
        world.ask(a_confirmation(world.pay_code, "X2", PayCode="1301842600000001")).result
        == "11001"
    )
    assert world.ask(a_confirmation(world.pay_code, head={"src": UNIT_NODE})).result == "11006"

    with world.store.read() as session:
        rows = session.scalars(select(RefusedMessageRow).order_by(RefusedMessageRow.trade_no)).all()
    assert [(row.trade_no, row.result, row.times, row.bank) for row in rows] == [
        ("X1", "10002", 2, BANK),
        ("X2", "11001", 1, BANK),
    ]
    assert rows[0].pay_code == world.pay_code
    assert rows[0].told["RecAcct"] == "短"


def test_a_confirmation_without_a_query_is_12005(world):
    assert world.ask(a_confirmation(world.pay_code)).result == "12005"


def test_an_unknown_pay_code_is_11001_in_the_words_of_the_specification(world):
    told = world.ask(a_query("13018426000000000105"))

    assert (told.msg_no, told.result) == ("5001", "11001")
    assert told.field("OriMsgNo") == "8997"
    assert told.field("Information") == "不存在的缴款码"


def test_a_central_pay_code_is_11001_and_told_so_rp1(world):
    told = world.ask(a_query("1301842600000001"))

    assert told.result == "11001"
    assert "中央缴款码" in told.field("Information")


def test_a_void_notice_is_answered_with_its_status_and_not_paid(world):
    with world.store.write() as session:
        notice = notice_by_pay_code(session, world.pay_code)
        void_notice(session, REGION, notice.id, reason="测试", by=CLERK, now=NOW)

    told = world.ask(a_query(world.pay_code))

    assert (told.msg_no, told.field("PayStats")) == ("5997", "2")
    assert world.ask(a_confirmation(world.pay_code)).result == "11004"


def test_the_printed_pseudo_account_means_the_real_one(world):
    """A bank that names what the notice prints has paid into the account behind it."""
    with world.store.writer.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE designated_account SET printed_account = '5555-6666-7777'"
        )
    assert world.ask(a_query(world.pay_code)).field("RecAcct") == "5555-6666-7777"

    told = world.ask(a_confirmation(world.pay_code, RecAcct="5555-6666-7777"))

    assert told.result == "00000"
    assert world.bank.pay(world.pay_code).json["payment_id"] == told.field("Information")


def test_a_units_node_neither_queries_as_a_bank_nor_pays(world):
    for frame in (
        a_query(world.pay_code, src=UNIT_NODE),
        a_confirmation(world.pay_code, head={"src": UNIT_NODE}),
    ):
        assert world.ask(frame).result == "11006"


def test_every_frame_and_its_answer_are_kept_byte_for_byte(any_world):
    asked = a_query(any_world.pay_code)
    told = any_world.ask(asked)

    [came, went] = any_world.messages()

    assert (came.direction, came.raw, came.result) == ("in", asked, "00000")
    assert (went.direction, went.raw, went.result) == ("out", told.raw, "00000")
    assert came.sha256 == hashlib.sha256(asked).hexdigest()
    assert went.sha256 == hashlib.sha256(told.raw).hexdigest()
    assert (came.region, came.node, came.msg_no) == (REGION, NODE, "8997")
    assert (went.msg_no, went.msg_ref) == ("5997", came.msg_id)


# R-B6: every damage, in the order of the rule, on a query that would else succeed.
def damaged(old, new):
    return lambda code: sealed("8997", a_query(code)[23:-64].replace(old, new))


DAMAGES = {
    "length no number": (lambda code: b"abcdefgh" + a_query(code)[8:], "10002", ""),
    "length beyond a mebibyte": (lambda code: b"1048577 " + a_query(code)[8:], "10002", ""),
    "other application": (
        lambda code: a_query(code).replace(b"CNNONTAX1.0", b"XXNONTAX1.0", 1),
        "10003",
        "",
    ),
    "other version": (
        lambda code: a_query(code).replace(b"CNNONTAX1.0", b"CNNONTAX2.0", 1),
        "10003",
        "",
    ),
    "wrong token": (lambda code: a_query(code, "another-token-42x"), "99999", ""),
    "unknown node": (lambda code: a_query(code, src="K1301840077"), "99999", ""),
    "no node": (lambda code: a_query(code, src="F130184"), "99999", ""),
    "damaged byte": (
        lambda code: a_query(code).replace(b"<VoucherCount>1", b"<VoucherCount>2"),
        "99999",
        "",
    ),
    "no XML and no MAC": (lambda _: sealed("8997", b"\xff" * 50, "another-token-42x"), "99999", ""),
    "not well-formed": (damaged(b"</CFX>", b"</CFX"), "10002", ""),
    "document type": (damaged(b"<CFX>", b"<!DOCTYPE CFX><CFX>"), "10002", ""),
    "entity": (damaged(b"<DES>", b"<DES>&x;"), "10002", ""),
    "application in HEAD": (
        lambda code: a_frame("8997", {"PayCode": code}, app="OTHER"),
        "10003",
        "ref",
    ),
    "version in HEAD": (lambda code: a_frame("8997", {"PayCode": code}, ver="1.1"), "10003", "ref"),
    "number in HEAD": (
        lambda code: sealed("5996", xml_of("8997", inner({"PayCode": code}))),
        "10002",
        "ref",
    ),
    "unknown number": (lambda code: a_frame("1234", {"PayCode": code}), "10002", "ref"),
    "number of other signs": (
        lambda code: sealed("\x00é8", xml_of("8997", inner({"PayCode": code}))),
        "10002",
        "ref",
    ),
    "a second source": (damaged(b"<DES>", b"<SRC>K1</SRC><DES>"), "10002", ""),
    "count": (
        lambda code: sealed("8997", xml_of("8997", inner({"PayCode": code}), count=2)),
        "10002",
        "ref",
    ),
    "two vouchers": (
        lambda code: sealed("8997", xml_of("8997", *[inner({"PayCode": code})] * 2)),
        "10002",
        "ref",
    ),
    "base64": (damaged(b"<Voucher>P", b"<Voucher>!"), "10002", "ref"),
    "voucher no GBK": (
        lambda _: sealed("8997", xml_of("8997", b"<Voucher>\xff\xff</Voucher>")),
        "10002",
        "ref",
    ),
    "field": (lambda _: a_frame("8997", {"PayCode": "abc"}), "10002", "ref"),
    "no field": (lambda _: a_frame("8997", {"PayMode": "13"}), "10002", "ref"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_gets_its_code_and_changes_nothing(world, name):
    """R-B6."""
    make, result, ref = DAMAGES[name]
    before, data = world.counts(), make(world.pay_code)

    told = world.ask(data)

    assert (told.msg_no, told.result) == ("5001", result)
    assert told.head("MsgRef") == ("20261124000000000001" if ref else "")
    assert world.counts() == before
    [came, went] = world.messages()
    assert (came.raw, went.raw) == (data, told.raw)
    assert came.result == went.result == result


def test_a_wrong_mac_says_only_that(world):
    told = world.ask(a_query(world.pay_code, "another-token-42x"))

    assert told.field("Information") == "验签失败"
    assert told.head("DES") == ""


def test_an_answer_to_a_sender_that_proved_nothing_is_no_oracle_for_tokens(world):
    told = world.ask(a_query(world.pay_code, "another-token-42x"))

    assert not told.is_proved()
    assert told.is_proved(token="")


def test_a_proved_senders_fault_is_answered_under_its_token(world):
    assert world.ask(DAMAGES["not well-formed"][0](world.pay_code)).is_proved()


def test_the_mac_of_a_lengthened_message_is_worth_nothing(world):
    """SHA-256 can be continued by one who knows a MAC and not the token; the padding gives it away."""
    lengthened = a_query(world.pay_code)[23:-64] + b"\x80" + b"\x00" * 63 + b"<CFX/>"

    told = world.ask(sealed("8997", lengthened))  # as the forger's MAC would hold

    assert told.result == "10002"


def test_two_tokens_hold_while_they_are_changed_and_an_ended_one_fails_at_once(world):
    new = "the-next-token-of-the-tests"
    with world.store.write() as session:
        assert enter_node(session, NODE, Holder(bank=BANK), token=new, by=CLERK, now=NOW) == 2

    line = world.line()
    both = [line.ask(a_query(world.pay_code, token)) for token in (TOKEN, new)]
    with world.store.write() as session:
        end_node_token(session, NODE, 1, reason="更换", by=CLERK, now=NOW)
    after = [line.ask(a_query(world.pay_code, token)) for token in (TOKEN, new)]
    line.close()

    assert [told.msg_no for told in both] == ["5997", "5997"]
    assert both[1].is_proved(new)
    assert (after[0].result, after[1].msg_no) == ("99999", "5997")


def test_64_frames_of_one_serial_pay_once_and_all_get_the_same_answer(any_world):
    any_world.ask(a_query(any_world.pay_code))
    told, frame = [], a_confirmation(any_world.pay_code)

    def pay():
        told.append(any_world.ask(frame))

    threads = [threading.Thread(target=pay) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(any_world.payments()) == 1
    assert {answer.raw for answer in told} == {told[0].raw}
    assert told[0].result == "00000"


def test_our_own_mistake_is_logged_and_answered_99999(tmp_path, capsys):
    door = Gateway(
        Store(f"sqlite:///{tmp_path / 'empty.db'}"),
        Clock(source=lambda: NOW),
        FINANCE,
        the_calendar(),
    )

    told = Told(answer_frame(door, Frame(a_query("13018426000000000105"))))

    assert (told.result, told.field("Information")) == ("99999", "一般失败")
    logged = capsys.readouterr()
    assert "frame_failed" in logged.out + logged.err
