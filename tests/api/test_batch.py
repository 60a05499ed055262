"""Up to 500 confirmations in one request: a verdict each, as if each had been sent alone."""

import json
import random

import pytest
from sqlalchemy import func, select, text

from feeledger.ledger.tables import EntryRow
from feeledger.payments.tables import (
    DiscrepancyRow,
    PaymentKeyRow,
    PaymentRow,
    RefusedMessageRow,
)
from feeledger.payments.verify_queries import verify_region
from feeledger.regions.bank_actions import appoint_agent_bank
from tests.api.banks import a_key, an_advice_message
from tests.builders import (
    BANK,
    CLERK,
    LONG_AGO,
    NOW,
    OTHER_BANK,
    OTHER_REGION,
    REGION,
    a_notice,
    a_place,
    a_query,
    an_enterprise,
)
from tests.racing import batches_at_once

PATH = "/api/v1/bank/payments/batch"


def notices(store, count, region=REGION):
    with store.write() as session:
        made = [a_notice(session, region=region) for _ in range(count)]
        for notice in made:
            a_query(session, notice)
        return [notice.pay_code for notice in made]


def summed(answer):
    told = answer.get_json()
    return [(v["result"], v.get("code", v["trade_no"])) for v in told["verdicts"]]


def test_each_confirmation_gets_the_verdict_it_would_get_alone(any_world):
    world = any_world
    with world.store.write() as session:
        a_place(session, OTHER_REGION, bank=OTHER_BANK)
        appoint_agent_bank(session, OTHER_REGION, BANK, valid_from=LONG_AGO, by=CLERK, now=NOW)
    one, two, three, four = notices(world.store, 4)
    [far] = notices(world.store, 1, OTHER_REGION)
    alone = world.bank.pay(one, "ALONE")
    batch = [
        an_advice_message(two, "S2"),
        an_advice_message(three, "S3", amount="140.01"),
        an_advice_message(far, "S2"),  # another region: another serial
        an_advice_message(three, "S3"),  # the refused one, mended
        an_advice_message(two, "S2", amount="140"),  # the same again
        an_advice_message(two, "S2", payer_name=None, amount="139.00"),  # other content
        an_advice_message(four, "S4", amount=14000, account="短"),
        an_advice_message(two, "S5"),  # paid by S2 above
        an_advice_message(one, "ALONE"),
        an_advice_message(world.pay_code, "S6"),  # never queried
        "13018426000000000105",
    ]

    first = world.bank.post(PATH, {"payments": batch})

    assert first.status_code == 200
    assert summed(first) == [
        ("00000", "S2"),
        ("12004", "amount-differs"),
        ("00000", "S2"),
        ("00000", "S3"),
        ("00000", "S2"),
        ("99999", "serial-reused"),
        ("10002", "bank-message-refused"),
        ("12001", "already-paid"),
        ("00000", "ALONE"),
        ("12005", "never-queried"),
        ("10002", "bank-message-refused"),
    ]
    told = first.get_json()
    verdicts = told["verdicts"]
    assert (told["result"], told["accepted"], told["refused"]) == ("00000", 5, 6)
    assert verdicts[0] == verdicts[4]
    assert verdicts[0]["pay_code"] == two
    assert verdicts[8] == alone.get_json()
    assert {e["pointer"] for e in verdicts[6]["errors"]} == {
        "/payments/6/account",
        "/payments/6/amount",
    }
    assert verdicts[10]["errors"][0]["pointer"] == "/payments/10"
    assert (verdicts[1]["status"], verdicts[1]["trade_no"]) == (409, "S3")
    assert verdicts[1]["facts"] == {"due": "140.00", "paid": "140.01"}
    # One alone, two, far, three: each once in the books, and what was refused is kept (R-B4).
    assert (world.payments(), world.count(PaymentKeyRow), world.count(EntryRow)) == (4, 4, 4)
    assert world.count(DiscrepancyRow) == 1
    assert world.count(RefusedMessageRow) == 2
    assert {row.result for row in world.rejections()} == {"12004", "99999", "12001", "12005"}
    kept = [row for row in world.messages() if row.msg_no == "batch"]
    assert {row.region for row in kept} == {REGION, OTHER_REGION, "000000"}
    assert all(row.raw.endswith(json.dumps({"payments": batch}).encode()) for row in kept)
    with world.store.read() as session:
        assert verify_region(session, REGION) == ()
        assert verify_region(session, OTHER_REGION) == ()

    # The answer was lost: the whole batch again. What was booked gets its first answer (R-B3).
    again = world.bank.post(PATH, {"payments": batch})
    single = world.bank.pay(two, "S2")

    for at in (0, 2, 4, 8):
        assert again.get_json()["verdicts"][at] == verdicts[at]
    assert again.get_json()["verdicts"][3] == verdicts[3]
    assert again.get_json()["verdicts"][1]["code"] == "serial-reused"  # S3 is bound by now
    assert single.status_code == 201
    assert single.data.decode() in first.data.decode()
    assert world.payments() == 4
    # The same signature a second time does nothing.
    assert world.bank.again().status_code == 401
    refused = world.bank.post(PATH, {"payments": batch[:1]}, nonce="used-before")
    assert refused.status_code == 200
    assert (
        world.bank.post(PATH, {"payments": batch[:1]}, nonce="used-before").get_json()["code"]
        == "nonce-used"
    )


def test_a_batch_out_of_form_is_refused_as_a_whole(world):
    good = an_advice_message(world.pay_code)
    cases = [
        ({"payments": []}, 422, "/payments"),
        ({"payments": [good] * 501}, 422, "/payments"),
        ({"payments": {}}, 422, "/payments"),
        ({}, 422, "/payments"),
        ([good], 422, ""),
        ({"payments": [good], "more": 1}, 422, "/more"),
        ({"payments": [{"pay_code": f"{110100 + n}"} for n in range(21)]}, 422, "/payments"),
    ]
    for message, status, pointer in cases:
        answer = world.bank.post(PATH, message)
        told = answer.get_json()
        assert (answer.status_code, told["result"]) == (status, "10002"), message
        assert [e["pointer"] for e in told["errors"]] == [pointer]
    too_many = world.bank.post(PATH, {"payments": [good] * 501})
    assert "at most 500" in too_many.get_json()["detail"]
    spoiled = world.bank.post(PATH, {"payments": [good, None, 5, []]}).get_json()
    assert [one["errors"][0]["pointer"] for one in spoiled["verdicts"][1:]] == [
        "/payments/1", "/payments/2", "/payments/3"]  # fmt: skip
    assert spoiled["verdicts"][0]["code"] == "never-queried"
    assert world.bank.post(PATH, b"{" * 9).get_json()["code"] == "bad-json"
    assert world.bank.post(PATH, b" " * (1024 * 1024 + 1)).status_code == 413
    assert world.payments() == 0


@pytest.mark.postgresql
def test_batches_that_overlap_in_other_orders_book_each_serial_once(pg_store, pg_database):
    with pg_store.write() as session:
        a_place(session)
        an_enterprise(session)
        a_key(session)
    codes = notices(pg_store, 30)
    told = [an_advice_message(code, f"S{n:02d}") for n, code in enumerate(codes)]
    # A serial that meets two notices, and a notice that meets two serials.
    told += [an_advice_message(codes[0], "S01"), an_advice_message(codes[2], "X02")]
    shuffled = random.Random(7)
    batches = [shuffled.sample(told, len(told)) for _ in range(8)]

    answers = batches_at_once(pg_database.service_url, batches)

    assert [status for status, _ in answers] == [200] * 8
    firsts = {}
    for _, document in answers:
        for verdict in document["verdicts"]:
            if verdict["result"] == "00000":
                kept = firsts.setdefault(verdict["trade_no"], verdict)
                assert kept == verdict
            else:
                assert verdict["result"] in {"12001", "99999"}
    with pg_store.read() as session:
        count = select(func.count())
        assert session.scalar(count.select_from(PaymentRow)) == len(firsts)
        assert session.scalar(count.select_from(EntryRow)) == len(firsts)
        assert verify_region(session, REGION) == ()
        # Whatever won, every notice but perhaps those of the two quarrels is paid.
        assert len(firsts) in {29, 30}
    with pg_store.read() as session:
        deadlocks = text(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        assert session.scalar(deadlocks) == 0
