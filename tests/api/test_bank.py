"""The banks' door: every refusal through HTTP, with its code, its status and its record."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as property_settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from feeledger.api.signing import SigningKey
from feeledger.ledger.tables import BookRow
from feeledger.notices.actions import void_notice
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import DiscrepancyRow
from feeledger.regions.actions import change_settings
from feeledger.regions.queries import RegionSettings
from feeledger.regions.tables import DesignatedAccountRow
from tests.api.banks import ED_KEY, SM2_KEY, Bank, a_key, an_advice_message
from tests.builders import CLERK, NOW, OTHER_BANK, REGION, a_bank

PROBLEM = "application/problem+json"
# R-P2: region 130184, year 26, serial 00000000010, check digit 5: well formed, issued to nobody.
STRANGE_CODE = "13018426000000000105"


def told(answer):
    document = answer.get_json()
    return answer.status_code, document.get("result"), document.get("code")


def test_a_query_tells_what_is_payable_today_and_is_remembered(any_world):
    answer = any_world.bank.query(any_world.pay_code)

    assert answer.status_code == 200
    document = answer.get_json()
    assert document["result"] == "00000"
    assert (document["status"], document["amount"], document["payable"]) == (
        "0",
        "140.00",
        "140.00",
    )
    assert document["account"]["account_no"] == "0000-1111-2222-3333"
    assert any_world.bank.pay(any_world.pay_code).status_code == 201


def test_a_confirmation_is_booked_and_answered(any_world):
    any_world.bank.query(any_world.pay_code)

    answer = any_world.bank.pay(any_world.pay_code)

    assert answer.status_code == 201
    document = answer.get_json()
    assert document["result"] == "00000"
    assert (document["amount"], document["late_fee"], document["trade_no"]) == (
        "140.00",
        "0.00",
        "T0001",
    )
    assert any_world.payments() == 1
    with any_world.store.read() as session:
        assert session.scalar(select(NoticeRow.status)) == "paid"


def test_r_b3_a_repeated_confirmation_gets_the_first_answer_byte_for_byte(any_world):
    any_world.bank.query(any_world.pay_code)
    first = any_world.bank.pay(any_world.pay_code)

    later = []
    for minutes, changes in enumerate(
        [{}, {"amount": "140"}, {"amount": "140.0"}, {"payer_name": "另一写法"}, {"channel": "13"}]
    ):
        any_world.set_time(NOW + timedelta(minutes=minutes))
        later.append(any_world.bank.pay(any_world.pay_code, **changes))

    assert {(answer.status_code, answer.data) for answer in later} == {(201, first.data)}
    assert any_world.payments() == 1


def test_r_b3_the_same_instant_written_with_another_offset_is_the_same_content(world):
    world.bank.query(world.pay_code)
    first = world.bank.pay(world.pay_code, paid_at="2026-11-24T09:59:58+08:00")

    again = world.bank.pay(world.pay_code, paid_at="2026-11-24T01:59:58.700Z")

    assert (again.status_code, again.data) == (201, first.data)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "140.01"},
        {"account": "0000-1111-2222-3334"},
        {"paid_at": "2026-11-24T09:59:59+08:00"},
        {"pay_code": STRANGE_CODE},
    ],
)
def test_r_b3_the_same_serial_with_other_content_is_99999_and_one_discrepancy(world, changes):
    world.bank.query(world.pay_code)
    first = world.bank.pay(world.pay_code)

    refused = [world.bank.pay(world.pay_code, **changes) for _ in range(2)]

    assert [told(answer) for answer in refused] == [(409, "99999", "serial-reused")] * 2
    assert world.payments() == 1
    assert world.count(DiscrepancyRow) == 1
    assert world.bank.pay(world.pay_code).data == first.data


def test_the_bank_asks_by_its_own_serial_and_gets_the_first_answer(any_world):
    any_world.bank.query(any_world.pay_code)
    first = any_world.bank.pay(any_world.pay_code)

    asked = any_world.bank.ask("T0001")

    assert (asked.status_code, asked.data) == (200, first.data)


def test_a_serial_that_is_unknown_is_told_so(world):
    assert told(world.bank.ask("T9999")) == (404, "11001", "trade-unknown")


def test_another_bank_does_not_see_the_serial(world):
    world.bank.query(world.pay_code)
    world.bank.pay(world.pay_code)
    other = other_bank(world)

    assert told(other.ask("T0001")) == (404, "11001", "trade-unknown")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/bank/payments/T0001",
        "/api/v1/bank/payments/T0001?region=",
        "/api/v1/bank/payments/T0001?region=13018",
        "/api/v1/bank/payments/T0001?region=１３０１８４",
        "/api/v1/bank/payments/T0001?region=130184&region=130184",
        "/api/v1/bank/payments/T0001?region=130184&more=1",
        "/api/v1/bank/payments/T%200001?region=130184",
        f"/api/v1/bank/payments/{'T' * 65}?region=130184",
    ],
)
def test_a_question_by_serial_without_its_region_or_out_of_form_is_10002(world, path):
    answer = world.bank.get(quote(path, safe="/?=&%"))

    assert told(answer) == (422, "10002", "bank-message-refused")
    assert answer.mimetype == PROBLEM


MALFORMED = {
    "pay code missing": {"pay_code": None},
    "pay code short": {"pay_code": "1301842600000000001"},
    "pay code in full width": {"pay_code": "１３０１８４２６００００００００００１７"},
    "serial missing": {"trade_no": None},
    "serial empty": {"trade_no": ""},
    "serial too long": {"trade_no": "T" * 65},
    "serial with a blank": {"trade_no": "T 1"},
    "serial a number": {"trade_no": 1},
    "amount missing": {"amount": None},
    "amount a number": {"amount": 140},
    "amount a float": {"amount": 140.0},
    "amount of three decimals": {"amount": "140.000"},
    "amount with a leading zero": {"amount": "0140.00"},
    "amount below zero": {"amount": "-140.00"},
    "amount in full width": {"amount": "１４０"},
    "amount with blanks": {"amount": " 140.00"},
    "amount with a line feed": {"amount": "140.00\n"},
    "amount with an exponent": {"amount": "1.4e2"},
    "amount grouped": {"amount": "1,400.00"},
    "amount NaN": {"amount": "NaN"},
    "amount of fourteen digits": {"amount": "14000000000000"},
    "amount zero": {"amount": "0.00"},
    "account missing": {"account": None},
    "account of letters": {"account": "ABCDEFGHIJ"},
    "time without offset": {"paid_at": "2026-11-24T09:59:58"},
    "time a day": {"paid_at": "2026-11-24"},
    "time that is none": {"paid_at": "2026-02-30T09:59:58+08:00"},
    "time a number": {"paid_at": 1795485598},
    "name empty": {"payer_name": ""},
    "name too long": {"payer_name": "长" * 101},
    "another field": {"colour": "red"},
}


@pytest.mark.parametrize("what", MALFORMED)
def test_r_b2_a_message_out_of_form_is_10002_before_everything(world, what):
    """Nothing was queried, so 12005 would follow: format precedes it, and it binds no serial."""
    message = an_advice_message(world.pay_code, **MALFORMED[what])

    answer = world.bank.post("/api/v1/bank/payments", message)

    assert (answer.status_code, answer.mimetype) == (422, PROBLEM)
    assert answer.get_json()["result"] == "10002"
    assert [message.result for message in world.messages()] == ["10002"]
    world.bank.query(world.pay_code)
    assert world.bank.pay(world.pay_code).status_code == 201


def test_every_fault_of_a_message_is_told_at_once_with_its_place(world):
    answer = world.bank.pay(world.pay_code, amount=1, account="x", paid_at=None)

    places = [error["pointer"] for error in answer.get_json()["errors"]]
    assert sorted(places) == ["/account", "/amount", "/paid_at"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "bad-json"),
        (b"\xff", "application/json", 400, "bad-json"),
        (b'{"amount":"1","amount":"2"}', "application/json", 400, "bad-json"),
        (b"[" * 9000, "application/json", 400, "bad-json"),
        (b"{}", "text/plain", 415, "json-needed"),
        (b"{}", None, 415, "json-needed"),
        (b"[]", "application/json", 422, "bank-message-refused"),
        (b"null", "application/json", 422, "bank-message-refused"),
    ],
)
def test_what_is_no_message_at_all_is_refused_and_kept(world, body, content_type, status, code):
    answer = world.bank.post("/api/v1/bank/payments", body, content_type=content_type)

    assert (answer.status_code, answer.mimetype) == (status, PROBLEM)
    told = answer.get_json()
    assert (told["code"], told["result"]) == (code, "10002")
    kept = world.messages()
    assert [message.raw.endswith(body) for message in kept] == [True]
    assert [message.result for message in kept] == ["10002"]


@pytest.mark.parametrize("route", ["payments", "payments/batch", "arrivals", "reversals"])
def test_every_route_of_a_bank_tells_the_result_of_what_the_door_refuses(world, route):
    """R-B6 of frames: not well formed 10002. Who is not known to be a bank gets no result."""
    path = f"/api/v1/bank/{route}"
    broken = world.bank.post(path, b"{")
    unsigned = world.bank.client.post(path, data=b"{}", content_type="application/json")

    assert (broken.status_code, broken.get_json()["result"]) == (400, "10002")
    assert (unsigned.status_code, "result" in unsigned.get_json()) == (401, False)


def test_a_body_too_large_is_refused_before_it_is_read(world):
    answer = world.bank.post("/api/v1/bank/payments", b" " * 300_000)

    assert (answer.status_code, answer.get_json()["code"]) == (413, "body-too-large")
    assert answer.get_json()["result"] == "10002"


@pytest.mark.parametrize(("size", "status"), [(256 * 1024, 401), (256 * 1024 + 1, 413)])
def test_a_body_whose_length_is_not_said_has_the_same_limit(world, size, status):
    answer = world.bank.client.post(
        "/api/v1/bank/payments",
        input_stream=BytesIO(b" " * size),
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert answer.status_code == status


def test_r_p1_a_central_code_of_16_digits_is_unknown_here(world):
    assert told(world.bank.query("1301842600000001")) == (404, "11001", "pay-code-unknown")
    assert told(world.bank.pay("1301842600000001")) == (404, "11001", "pay-code-unknown")


@pytest.mark.parametrize("pay_code", ["abc", "1" * 19, "1" * 21, "13018499000000000017%00", "缴"])
def test_r_b1_a_query_out_of_form_is_10002(world, pay_code):
    answer = world.bank.query(quote(pay_code, safe="%"))

    assert (answer.status_code, answer.get_json()["result"]) == (422, "10002")
    assert [message.result for message in world.messages()] == ["10002"]


def test_r_b1_a_query_with_an_unknown_name_is_10002(world):
    answer = world.bank.get(f"/api/v1/bank/notices/{world.pay_code}?colour=red")

    assert told(answer) == (422, "10002", "bank-message-refused")


def test_11001_a_code_that_nobody_has(any_world):
    assert told(any_world.bank.query(STRANGE_CODE)) == (404, "11001", "pay-code-unknown")
    assert told(any_world.bank.pay(STRANGE_CODE)) == (404, "11001", "pay-code-unknown")
    recorded(any_world, "11001")


def test_11002_a_check_digit_that_does_not_fit(world):
    wrong = world.pay_code[:-1] + str((int(world.pay_code[-1]) + 1) % 10)

    assert told(world.bank.query(wrong)) == (422, "11002", "pay-code-check-fails")
    assert told(world.bank.pay(wrong)) == (422, "11002", "pay-code-check-fails")
    recorded(world, "11002")


def test_11003_a_notice_that_has_expired(world):
    """Valid until 2026-12-31 (R-T4): on that day it is told, on the next it is not."""
    world.set_time(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC))
    last_day = world.bank.query(world.pay_code)
    world.set_time(datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC))

    next_day = world.bank.query(world.pay_code)

    assert last_day.status_code == 200
    assert told(next_day) == (409, "11003", "notice-expired")


def test_an_expired_notice_takes_money_that_was_paid_in_time(world):
    world.bank.query(world.pay_code)
    world.set_time(datetime(2027, 1, 4, 1, 0, tzinfo=UTC))

    assert world.bank.pay(world.pay_code, paid_at="2026-12-31T20:00:00+08:00").status_code == 201


def test_11004_a_notice_that_is_void(world):
    world.bank.query(world.pay_code)
    with world.store.write() as session:
        void_notice(session, REGION, world.notice_id, reason="错开", by=CLERK, now=NOW)

    assert told(world.bank.pay(world.pay_code)) == (409, "11004", "notice-void")
    recorded(world, "11004")
    answered = world.bank.query(world.pay_code).get_json()
    assert (answered["status"], answered["payable"]) == ("2", "0.00")


def test_11005_no_account_is_designated_that_day(world):
    world.bank.query(world.pay_code)
    with world.store.write() as session:
        session.execute(
            update(DesignatedAccountRow).values(
                printed_to=date(2026, 11, 20), valid_to=date(2026, 11, 20)
            )
        )

    assert told(world.bank.pay(world.pay_code)) == (403, "11005", "no-account-at-bank")
    assert told(world.bank.query(world.pay_code)) == (403, "11005", "no-account-at-bank")
    recorded(world, "11005")


def test_11006_a_bank_that_is_no_agent_of_the_region(world):
    other = other_bank(world)

    assert told(other.query(world.pay_code)) == (403, "11006", "bank-not-agent")
    assert told(other.pay(world.pay_code)) == (403, "11006", "bank-not-agent")
    recorded(world, "11006", bank=OTHER_BANK)


def test_12001_a_notice_that_was_paid_under_another_serial(any_world):
    any_world.bank.query(any_world.pay_code)
    any_world.bank.pay(any_world.pay_code)

    assert told(any_world.bank.pay(any_world.pay_code, "T0002")) == (409, "12001", "already-paid")
    recorded(any_world, "12001", trade_no="T0002")
    answered = any_world.bank.query(any_world.pay_code).get_json()
    assert (answered["status"], answered["payable"]) == ("1", "0.00")
    assert any_world.payments() == 1


def test_12003_money_in_another_account(world):
    world.bank.query(world.pay_code)

    answer = world.bank.pay(world.pay_code, account="9999-8888-7777-6666")

    assert told(answer) == (409, "12003", "account-differs")
    recorded(world, "12003")


@pytest.mark.parametrize("amount", ["139.99", "140.01", "14000", "1.40"])
def test_12004_another_amount(world, amount):
    world.bank.query(world.pay_code)

    assert told(world.bank.pay(world.pay_code, amount=amount)) == (409, "12004", "amount-differs")
    recorded(world, "12004")


def test_12005_a_notice_that_this_bank_never_queried(any_world):
    assert told(any_world.bank.pay(any_world.pay_code)) == (409, "12005", "never-queried")
    recorded(any_world, "12005")


def test_12005_is_not_asked_where_the_region_does_not_want_it(world):
    with world.store.write() as session:
        change_settings(
            session,
            REGION,
            RegionSettings(require_prior_query=False),
            reason="演示",
            by=CLERK,
            now=NOW,
        )

    assert world.bank.pay(world.pay_code).status_code == 201


def test_12006_a_day_that_is_still_to_come(any_world):
    any_world.bank.query(any_world.pay_code)

    answer = any_world.bank.pay(any_world.pay_code, paid_at="2026-11-25T09:00:00+08:00")

    assert told(answer) == (409, "12006", "day-outside-period")
    recorded(any_world, "12006")


@pytest.mark.parametrize(
    "paid_at",
    ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"],
)
def test_10002_a_time_beyond_the_calendar(world, paid_at):
    answer = world.bank.pay(world.pay_code, paid_at=paid_at)

    assert told(answer) == (422, "10002", "advice-malformed")


def test_a_query_that_looks_like_an_address_is_signed_as_it_stands(world):
    answer = world.bank.get(f"/api/v1/bank/notices/{world.pay_code}?x=http://elsewhere.example")

    assert told(answer) == (422, "10002", "bank-message-refused")


def test_the_host_a_caller_writes_plays_no_part_in_the_signature(world):
    world.bank.query(world.pay_code)

    answer = world.bank.again(Host="elsewhere.example:99999")

    assert answer.get_json()["code"] == "nonce-used"  # verified, and only then found used


@pytest.mark.parametrize("paid_at", ["2026-11-23T23:59:59+08:00", "2027-01-01T00:00:00+08:00"])
def test_12006_a_day_outside_the_period_of_the_notice(world, paid_at):
    """The notice is of 2026-11-24 and valid until 2026-12-31; days are Beijing days."""
    world.bank.query(world.pay_code)

    answer = world.bank.pay(world.pay_code, paid_at=paid_at)

    assert told(answer) == (409, "12006", "day-outside-period")
    recorded(world, "12006")


@pytest.mark.parametrize("paid_at", ["2026-11-24T00:00:00+08:00", "2026-12-31T23:59:59+08:00"])
def test_the_bill_day_and_the_last_day_are_inside_the_period(world, paid_at):
    world.bank.query(world.pay_code)
    world.set_time(datetime(2027, 1, 4, 1, 0, tzinfo=UTC))

    assert world.bank.pay(world.pay_code, paid_at=paid_at).status_code == 201


def test_99999_a_region_without_a_book(world):
    """The operator forgot to open the book: the bank is told to come again, nothing is booked."""
    world.bank.query(world.pay_code)
    with world.store.write() as session:
        session.execute(delete(BookRow))

    assert told(world.bank.pay(world.pay_code)) == (409, "99999", "region-cannot-book")
    recorded(world, "99999")


def test_r_b2_the_first_of_several_faults_is_told(world):
    """Not queried (12005), wrong amount (12004), wrong day (12006), wrong account (12003)."""
    wrong = {
        "amount": "1.00",
        "paid_at": "2026-11-01T00:00:00+08:00",
        "account": "9999-8888-7777-6666",
    }
    results = []
    for mended in ("", "account", "paid_at", "amount"):
        wrong.pop(mended, None)
        results.append(world.bank.pay(world.pay_code, **wrong).get_json()["result"])

    assert results == ["12003", "12006", "12004", "12005"]


def test_r_b4_identical_refusals_are_one_record_with_a_counter(any_world):
    for _ in range(3):
        any_world.bank.pay(any_world.pay_code)

    assert [(row.result, row.times) for row in any_world.rejections()] == [("12005", 3)]
    assert len(any_world.messages()) == 3


def test_r_b4_a_refused_serial_is_judged_afresh(any_world):
    any_world.bank.pay(any_world.pay_code)
    any_world.bank.query(any_world.pay_code)

    assert any_world.bank.pay(any_world.pay_code).status_code == 201


def test_every_message_is_kept_byte_for_byte_with_its_result(any_world):
    any_world.bank.query(any_world.pay_code)
    any_world.bank.pay(any_world.pay_code)
    any_world.bank.pay(any_world.pay_code, "T0002")
    body = any_world.bank.sent[1][2]

    kept = any_world.messages()

    assert [(m.msg_no, m.result) for m in kept] == [
        ("query", "00000"),
        ("confirmation", "00000"),
        ("confirmation", "12001"),
    ]
    assert {m.node for m in kept} == {"bank-a"}
    assert {m.region for m in kept} == {REGION}
    assert kept[1].raw.endswith(b"\r\n\r\n" + body)
    assert b"Signature: sig1=:" in kept[1].raw
    assert all(m.sha256 == hashlib.sha256(m.raw).hexdigest() for m in kept)


def test_a_refusal_is_told_in_the_language_asked_for(world):
    message = an_advice_message(world.pay_code)

    chinese = world.bank.post("/api/v1/bank/payments", message, language="zh-CN").get_json()

    assert chinese["title"] == "确认前未查询"


@pytest.mark.parametrize("key", [ED_KEY, SM2_KEY], ids=lambda key: key.algorithm)
def test_a_bank_with_a_public_key_pays_as_any_other(any_world, key):
    bank = Bank(any_world.app.test_client(), key=key)
    bank.query(any_world.pay_code)

    assert bank.pay(any_world.pay_code).status_code == 201


@property_settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(amount=st.one_of(st.text(max_size=20), st.decimals(0, 10**6, places=2).map(str)))
def test_r_m1_no_amount_but_the_one_due_is_ever_booked(world, amount):
    """140, 140.0 and 140.00 are the amount due (R-M1); every other text is refused."""
    answer = world.bank.pay(world.pay_code, amount=amount)

    assert answer.status_code in (400, 409, 422)
    assert world.payments() == 0


def other_bank(world):
    key = SigningKey("key-other", "hmac-sha256", b"another-secret-of-32-bytes-00000")
    with world.store.write() as session:
        a_bank(session, OTHER_BANK, region=None)
        a_key(session, key, bank=OTHER_BANK)
    return Bank(world.app.test_client(), key=key)


def recorded(world, result, *, bank="bank-a", trade_no="T0001"):
    rows = [row for row in world.rejections() if row.result == result]
    assert [(row.bank, row.trade_no, row.times) for row in rows] == [(bank, trade_no, 1)]
    assert world.messages()[-1].node == bank
    assert rows[0].detail_zh
    assert rows[0].detail_en


def test_the_designated_account_is_told_with_its_announcement(world):
    answer = world.app.test_client().get("/api/v1/designated-account?region=130184&on=2026-11-24")

    document = answer.get_json()
    assert (document["region"], document["on"]) == ("130184", "2026-11-24")
    assert [(a["account_no"], a["printed"]) for a in document["accounts"]] == [
        ("0000-1111-2222-3333", True)
    ]
    assert document["accounts"][0]["announced_by"]["document"] == "演示公告〔2026〕1号"


def test_money_asked_into_another_account_is_a_finding(world):
    charge = {"item": "诉讼费", "amount": "1.00", "on": "2026-11-24", "region": "130184"}
    charge |= {"item": "水土保持补偿费", "facts": {"land_occupied_m2": 100}, "account": "9999-8888"}

    answer = world.app.test_client().post("/api/v1/verdicts", json=charge)

    assert answer.get_json()["findings"][0]["code"] == "wrong_account"
