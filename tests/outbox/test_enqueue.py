"""What happened is written into the outbox in its own transaction, for those who subscribed only."""

import json

import pytest
from sqlalchemy import event, select, text

from feeledger.notices.actions import void_notice
from feeledger.outbox.kinds import (
    NOTICE_VOIDED,
    PAYMENT_CONFIRMED,
    RELIEF_DECIDED,
    kinds_text,
)
from feeledger.outbox.tables import DeliveryRow, OutboxMessageRow, SubscriptionRow
from feeledger.payments.booking_actions import book_by_function, book_by_statements
from feeledger.reliefs.actions import apply_for_relief, approve_relief, refuse_relief
from feeledger.reliefs.relief import Ground, Terms
from feeledger.store import new_id
from tests.builders import (
    CLERK,
    LICENCE_ITEM,
    LICENCE_LINE,
    NOW,
    POLICE_UNIT,
    REGION,
    TODAY,
    USCC,
    WATER_UNIT,
    WINDOW,
    a_charge,
    a_notice,
    a_payment,
    a_place,
    a_query,
    an_answer,
    an_enterprise,
)
from tests.payments.test_booking import a_booking

BOTH = (PAYMENT_CONFIRMED, NOTICE_VOIDED)


def a_subscription(session, *, unit=None, uscc=None, kinds=BOTH, ended=False):
    """A webhook of a unit's or an enterprise's system."""
    row = SubscriptionRow(
        region=REGION,
        id=new_id(NOW),
        channel="webhook",
        unit_code=unit,
        uscc=uscc,
        kinds=kinds_text(kinds),
        url="https://example.invalid/hook",
        keyid="k",
        secret="c2VjcmV0",
        entered_at=NOW,
        entered_by=CLERK,
        ended_at=NOW if ended else None,
    )
    session.add(row)
    session.flush()
    return row.id


def messages(session):
    return list(session.scalars(select(OutboxMessageRow)))


def receivers(session):
    return sorted(session.scalars(select(DeliveryRow.subscription)))


@pytest.fixture
def place(any_store):
    with any_store.write() as session:
        a_place(session)
        an_enterprise(session)
    return any_store


def a_notice_of_two(session):
    """140.00 of the water unit and 20.00 of the police unit on one notice, asked for."""
    licence = an_answer(LICENCE_ITEM, LICENCE_LINE, facts={"vehicle_licences": 2})
    notice = a_notice(session, a_charge(), a_charge(POLICE_UNIT, licence))
    a_query(session, notice)
    return notice


def test_a_payment_is_told_to_its_units_and_its_payer_and_nobody_else(place):
    with place.write() as session:
        unit = a_subscription(session, unit=POLICE_UNIT)
        payer = a_subscription(session, uscc=USCC)
        a_subscription(session, unit=POLICE_UNIT, kinds=[NOTICE_VOIDED])
        a_subscription(session, unit=WATER_UNIT, ended=True)
        an_enterprise(session, "91130184MA0GLCQ259", name="另一家")
        a_subscription(session, uscc="91130184MA0GLCQ259")
        notice = a_notice_of_two(session)
        answer = a_payment(session, notice).answer

    with place.read() as session:
        assert receivers(session) == sorted([unit, payer])
        (message,) = messages(session)
    assert message.kind == PAYMENT_CONFIRMED
    assert message.subject == f"payment:{answer['payment_id']}"
    assert message.payload == {
        "payment_id": answer["payment_id"],
        "pay_code": notice.pay_code,
        "trade_no": "T0001",
        "amount": "160.00",
        "late_fee": "0.00",
        "account": answer["account"],
        "paid_at": answer["paid_at"],
        "received_at": answer["received_at"],
        "bank": "bank-a",
        "channel": None,
        "payer_name": "演示商行",
        "payer_account": None,
        "notice_id": str(notice.id),
        "uscc": USCC,
        "notice_payer": "演示商行",
        "unit_code": WINDOW,
        "unit_name": f"演示单位 {WINDOW}",
        "lines": message.payload["lines"],
    }
    told = [(x["unit_code"], x["item_id"], x["amount"]) for x in message.payload["lines"]]
    assert told == [  # 100 m² at 1.40, two licences at 10
        (WATER_UNIT, "soil-water-compensation", "140.00"),
        (POLICE_UNIT, LICENCE_ITEM, "20.00"),
    ]


def test_without_a_subscriber_nothing_is_written_and_one_look_is_taken(place):
    with place.write() as session:
        a_subscription(session, unit=POLICE_UNIT, kinds=[NOTICE_VOIDED])
        notice = a_notice(session)
        a_query(session, notice)
    sent = []

    def take_down(*told):
        sent.append(told[2])

    event.listen(place.writer, "before_cursor_execute", take_down)
    with place.write() as session:
        assert a_payment(session, notice).answer is not None
    event.remove(place.writer, "before_cursor_execute", take_down)

    with place.read() as session:
        assert messages(session) == []
    looks = 0 if place.dialect == "postgresql" else 1  # PostgreSQL's function looks by itself
    assert sum("outbox" in each for each in sent) == looks


def test_a_payment_that_is_undone_tells_nobody(place):
    with place.write() as session:
        a_subscription(session, uscc=USCC)
        notice = a_notice(session)
        a_query(session, notice)
    with place.write() as session:
        a_payment(session, notice)
        assert len(messages(session)) == 1
        session.rollback()

    with place.read() as session:
        assert messages(session) == []


def test_a_repeated_confirmation_is_told_once(place):
    with place.write() as session:
        a_subscription(session, uscc=USCC)
        notice = a_notice(session)
        a_query(session, notice)
        a_payment(session, notice)
    with place.write() as session:
        assert a_payment(session, notice).repeated

    with place.read() as session:
        assert len(messages(session)) == 1


def test_a_voided_notice_is_told_without_the_reason(place):
    with place.write() as session:
        unit = a_subscription(session, unit=WATER_UNIT)
        notice = a_notice(session)
        void_notice(session, REGION, notice.id, reason="内部原因", by=CLERK, now=NOW)

    with place.read() as session:
        assert receivers(session) == [unit]
        (message,) = messages(session)
    assert message.kind == NOTICE_VOIDED
    assert message.payload["pay_code"] == notice.pay_code
    assert "内部原因" not in json.dumps(message.payload, ensure_ascii=False)


def test_a_decided_relief_is_told_with_what_is_due_now_and_without_the_reason(store):
    half = Terms("reduce", line_no=1, bp=5000)  # half of the water unit's 140.00: 70.00
    ground = Ground("演示减免〔2026〕3号", TODAY, "演示财政局", "内部原因")
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        unit = a_subscription(session, unit=POLICE_UNIT, kinds=[RELIEF_DECIDED])
        payer = a_subscription(session, uscc=USCC, kinds=[RELIEF_DECIDED])
        a_subscription(session, uscc=USCC, kinds=[NOTICE_VOIDED])
        notice = a_notice_of_two(session)
        doing = {"reason": "同意", "now": NOW}
        for by in (refuse_relief, approve_relief):
            relief = apply_for_relief(session, REGION, notice.id, half, ground, by=CLERK, now=NOW)
            assert messages(session) == [] or by is approve_relief  # applied for is not decided
            by(session, REGION, relief.id, by="reviewer", **doing)

    with store.read() as session:
        assert receivers(session) == sorted([unit, payer] * 2)
        told = {one.payload["decision"]: one.payload for one in messages(session)}
    assert set(told) == {"refused", "approved"}
    assert (told["refused"]["amount_due"], told["approved"]["amount"]) == ("160.00", "160.00")
    assert told["approved"]["amount_due"] == "90.00"  # 160.00 - 70.00
    assert [line["amount_due"] for line in told["approved"]["lines"]] == ["70.00", "20.00"]
    assert told["approved"]["due_on"] == notice.due_on.isoformat()
    for words in ("内部原因", "同意"):
        assert words not in json.dumps(told, ensure_ascii=False)


@pytest.mark.postgresql
def test_function_and_statements_tell_the_same(pg_store):
    own = {"notice_id", "payment_id", "trade_no", "pay_code"}
    with pg_store.write() as session:
        a_place(session)
        an_enterprise(session)
        a_subscription(session, unit=WATER_UNIT)
        a_subscription(session, uscc=USCC)
        assert book_by_function(session, a_booking(session, "BY-FUNCTION"))
        assert book_by_statements(session, a_booking(session, "BY-STATEMENTS"))
        rows = messages(session)
        deliveries = session.execute(
            text("SELECT subscription, state, attempts, retries, next_at FROM outbox_delivery")
        ).all()

    one, two = (
        {name: value for name, value in row.payload.items() if name not in own} for row in rows
    )
    assert one == two
    assert one["late_fee"] == "2.00"
    assert {(row.kind, row.happened_at) for row in rows} == {(PAYMENT_CONFIRMED, NOW)}
    assert sorted(deliveries) == sorted(deliveries[:2] * 2)
