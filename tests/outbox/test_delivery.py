"""Deliveries over real sockets: signed, retried by the table, one receiver's trouble its own."""

import base64
import hashlib
import json
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from feeledger.gateway.actions import Holder, enter_node
from feeledger.outbox.delivery_actions import note_attempt, take_up
from feeledger.outbox.letters import Receipt
from feeledger.outbox.queries import attempts_of
from feeledger.outbox.schedule import LEASE, WAITS
from feeledger.outbox.subscription_actions import (
    DeliveryNotFinished,
    end_subscription,
    renew_secret,
    send_again,
)
from feeledger.outbox.tables import DeliveryRow
from feeledger.payments.tables import MessageLogRow
from tests.builders import CLERK, NOW, POLICE_UNIT, REGION, USCC, WATER_UNIT, WINDOW
from tests.gateway.peers import TOKEN, UNIT_NODE, Told, a_frame
from tests.outbox.conftest import by_hand, deliver, node_listening, pay, subscribe

MINUTE = timedelta(minutes=1)


def rows(store):
    with store.read() as session:
        return list(session.scalars(select(DeliveryRow)))


def history(store):
    (row,) = rows(store)
    with store.read() as session:
        found = attempts_of(session, row.region, row.message, row.subscription)
    return [(one.attempt_no, one.delivered, one.answer, one.error) for one in found]


def test_a_payment_arrives_signed_and_once(place, receivers):
    receiver = receivers()
    subscription = subscribe(place, receiver.url, uscc=USCC)
    answer = pay(place)

    assert deliver(place) == 1
    assert deliver(place) == 0

    ((path, headers, body),) = receiver.came
    told = json.loads(body)
    assert path == "/hook?of=us"
    assert by_hand(headers, body, subscription.secret)
    assert not by_hand(headers, body, base64.b64encode(b"another").decode())
    assert (told["version"], told["kind"], told["region"]) == ("1", "payment-confirmed", REGION)
    assert headers["Webhook-Id"] == told["id"]
    assert told["data"]["payment_id"] == answer["payment_id"]
    assert told["data"]["amount"] == "140.00"
    assert "payer_account" not in told["data"]
    assert history(place) == [(1, True, "204", "")]
    assert [row.state for row in rows(place)] == ["delivered"]


def test_a_department_sees_its_own_lines_and_the_issuing_unit_all(store, receivers):
    from tests.builders import a_payment, a_place, an_enterprise
    from tests.outbox.test_enqueue import a_notice_of_two

    police, window = receivers(), receivers()
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
    subscribe(store, police.url, unit_code=POLICE_UNIT)
    subscribe(store, window.url, unit_code=WINDOW)
    with store.write() as session:
        a_payment(session, a_notice_of_two(session))

    assert deliver(store) == 2
    seen = [
        [line["amount"] for line in json.loads(one.came[0][2])["data"]["lines"]]
        for one in (police, window)
    ]
    assert seen == [["20.00"], ["140.00", "20.00"]]


def test_failures_follow_the_table_of_waits_then_it_has_failed_and_is_sent_again(store, receivers):
    from tests.builders import a_place, an_enterprise

    with store.write() as session:
        a_place(session)
        an_enterprise(session)
    receiver = receivers()
    receiver.answer = 500
    subscribe(store, receiver.url, uscc=USCC)
    pay(store)
    at = MINUTE
    bodies = set()
    for wait in (*WAITS, None):
        assert deliver(store, after=at) == 0
        (row,) = rows(store)
        if wait is not None:
            assert row.next_at == NOW + at + wait
            came = len(receiver.came)
            deliver(store, after=at + wait - timedelta(seconds=1))
            assert len(receiver.came) == came
            at += wait
    bodies = {(headers["Webhook-Id"], body) for _, headers, body in receiver.came}

    assert sum(WAITS, timedelta()) < timedelta(days=2)
    assert len(receiver.came) == 8
    assert len(bodies) == 1
    assert len({headers["Signature"] for _, headers, _ in receiver.came}) == 8
    assert row.state == "failed"
    with store.write() as session:
        send_again(session, REGION, row.message, row.subscription, by=CLERK, now=NOW + at)
    with pytest.raises(DeliveryNotFinished), store.write() as session:
        send_again(session, REGION, row.message, row.subscription, by=CLERK, now=NOW + at)
    receiver.answer = 200
    assert deliver(store, after=at) == 1
    assert history(store)[-2:] == [(8, False, "500", "refused"), (9, True, "200", "")]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (302, "redirected"),
        (404, "refused"),
        (lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"), "broken-answer"),
        (lambda handler: handler.connection.close(), "broken-answer"),
    ],
    ids=["redirect", "not found", "nonsense", "cut"],
)
def test_what_is_not_a_yes_is_kept_as_what_it_was(store, receivers, answer, error):
    from tests.builders import a_place, an_enterprise

    with store.write() as session:
        a_place(session)
        an_enterprise(session)
    receiver = receivers()
    receiver.answer = answer
    subscribe(store, receiver.url, uscc=USCC)
    pay(store)

    assert deliver(store) == 0
    assert history(store)[0][3] == error
    assert len(receiver.came) == 1


def test_a_receiver_that_drips_is_cut_and_holds_up_nobody(store, receivers):
    from tests.builders import a_place, an_enterprise

    with store.write() as session:
        a_place(session)
        an_enterprise(session)
    ended = threading.Event()

    def drip(handler):
        for sign in b"HTTP/1.1 200 OK\r\n" * 20:
            if ended.wait(0.1):
                return
            try:
                handler.wfile.write(bytes([sign]))
            except OSError:
                return

    slow, quick = receivers(), receivers()
    slow.answer = drip
    subscribe(store, slow.url, uscc=USCC)
    subscribe(store, quick.url, unit_code=WATER_UNIT)
    for number in range(5):
        pay(store, f"T{number}")

    began = time.monotonic()
    assert deliver(store, seconds=0.7) == 5
    assert time.monotonic() - began < 4
    ended.set()
    assert len(quick.came) == 5
    assert len(slow.came) == 1


def test_a_delivery_taken_up_by_one_is_not_taken_by_another_until_its_lease_is_over(
    place, receivers
):
    subscription = subscribe(place, receivers().url, uscc=USCC).id
    pay(place)
    now = NOW + MINUTE
    with place.write() as session:
        letter = take_up(session, REGION, subscription, now=now)
        assert letter is not None
    with place.write() as session:
        assert take_up(session, REGION, subscription, now=now) is None
    with place.write() as session:  # whoever took it died: it comes due again
        assert take_up(session, REGION, subscription, now=now + LEASE) == letter
        note_attempt(session, letter, Receipt("200"), at=now, took_ms=1, now=now)
    assert [row.state for row in rows(place)] == ["delivered"]


def test_an_ended_subscription_is_told_nothing_more(place, receivers):
    receiver = receivers()
    subscription = subscribe(place, receiver.url, uscc=USCC).id
    pay(place)
    with place.write() as session:
        end_subscription(session, REGION, subscription, reason="测试", by=CLERK, now=NOW + MINUTE)

    assert deliver(place, after=2 * MINUTE) == 0
    assert receiver.came == []
    assert [row.state for row in rows(place)] == ["dropped"]


def test_a_renewed_secret_signs_from_then_on(store, receivers):
    from tests.builders import a_place, an_enterprise

    with store.write() as session:
        a_place(session)
        an_enterprise(session)
    receiver = receivers()
    old = subscribe(store, receiver.url, uscc=USCC)
    first = (old.keyid, old.secret)
    pay(store)
    with store.write() as session:
        new = renew_secret(session, REGION, old.id, reason="更换", by=CLERK, now=NOW)

    assert deliver(store) == 1
    ((_, headers, body),) = receiver.came
    assert by_hand(headers, body, new.secret)
    assert new.secret != first[1]
    assert (first[0][-2:], new.keyid[-2:]) == (".1", ".2")


def answer_of(raw, *, msg_no="8001", result="00000", token=TOKEN, ref=None):
    """A unit's node answering, written apart from ours."""
    asked = Told(raw)
    framed = a_frame(
        msg_no,
        {"VoucherCount": "1", "OriMsgNo": "5996", "Result": result},
        token,
        src=UNIT_NODE,
        msg_id="1",
    )
    xml = framed[23:-64].replace(
        b"<MsgRef/>", f"<MsgRef>{ref or asked.head('MsgID')}</MsgRef>".encode()
    )
    mac = hashlib.sha256(token.encode() + xml).hexdigest().encode()
    return str(87 + len(xml)).ljust(8).encode() + framed[8:23] + xml + mac


def a_node(store, port):
    with store.write() as session:
        unit = Holder(unit_code=WATER_UNIT)
        enter_node(session, UNIT_NODE, unit, token=TOKEN, by=CLERK, now=NOW)
    subscribe(store, f"tcp://127.0.0.1:{port}", unit_code=WATER_UNIT, node=UNIT_NODE)


@pytest.mark.parametrize("msg_no", ["8001", "5001"])
def test_5996_goes_to_the_units_node_byte_for_byte(store, msg_no):
    from tests.builders import a_place, an_enterprise

    with store.write() as session:
        a_place(session)
        an_enterprise(session)
    with node_listening(lambda raw: answer_of(raw, msg_no=msg_no)) as (port, came):
        a_node(store, port)
        answer = pay(store)
        assert deliver(store) == 1

    (raw,) = came
    told = Told(raw)
    assert raw[:23] == str(len(raw)).ljust(8).encode() + b"CNNONTAX1.05996"
    assert told.is_proved()
    assert (told.head("SRC"), told.head("DES")) == (f"F{REGION}", UNIT_NODE)
    assert told.voucher == (
        "<Voucher>"
        f"<PayCode>{answer['pay_code']}</PayCode><CfmDate>20261124</CfmDate>"
        "<CfmTime>100000</CfmTime><Amt>140.00</Amt><BankOutlet/><Operator/><PayMode/>"
        "<TraNoBus>T0001</TraNoBus><PayerName>演示商行</PayerName><PayerAcct/><PayerOpBk/>"
        "<PayerOpBkNo/><RecAcctType>1</RecAcctType><RecAcct>0000-1111-2222-3333</RecAcct>"
        "<Hold1/><Hold2/></Voucher>"
    )
    with store.read() as session:
        kept = session.scalars(select(MessageLogRow).order_by(MessageLogRow.id)).all()
    assert {(row.direction, row.result) for row in kept} == {("out", "00000"), ("in", "00000")}
    assert next(row.raw for row in kept if row.direction == "out") == raw


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (lambda raw: answer_of(raw, result="99999"), ("99999", "refused")),
        (lambda raw: answer_of(raw, token="another-token-of-16"), ("", "broken-answer")),
        (lambda raw: answer_of(raw, ref="20261124000000000009"), ("", "broken-answer")),
        (lambda raw: answer_of(raw)[:-5], ("", "broken-answer")),
        (lambda _raw: b"", ("", "broken-answer")),
    ],
    ids=["no", "unproved", "to another", "cut", "silent"],
)
def test_5996_counts_only_with_a_proved_yes_to_it(store, answer, kept):
    from tests.builders import a_place, an_enterprise

    with store.write() as session:
        a_place(session)
        an_enterprise(session)
    with node_listening(answer) as (port, _):
        a_node(store, port)
        pay(store)
        assert deliver(store) == 0

    assert history(store) == [(1, False, *kept)]
