"""Look up what we owe: two codes open one enterprise, for one sitting; nothing else does."""

from datetime import timedelta

import pytest

UNKNOWN = "91130184MA0CQ4N34H"


def opened(send, told):
    return send("/lookup", {"uscc": told.uscc, "code": told.lookup_code})


@pytest.mark.parametrize("kind", ["pay_code", "lookup_code"])
def test_a_credit_code_with_either_code_opens_the_overview(client, send, told, kind):
    answer = send("/lookup", {"uscc": told.uscc, "code": getattr(told, kind)})

    assert (answer.status_code, answer.location) == (303, "/lookup/overview")
    assert "演示商行" in client.get("/lookup/overview").text


def test_codes_are_taken_as_people_type_them(send, told):
    grouped = " ".join(told.pay_code[i : i + 4] for i in range(0, 20, 4))

    answer = send("/lookup", {"uscc": f"　{told.uscc.lower()} ", "code": grouped})

    assert answer.status_code == 303


@pytest.mark.parametrize("uscc", ["told", UNKNOWN])
def test_unknown_and_wrong_look_alike(fresh, uscc):
    asked = fresh.told.uscc if uscc == "told" else uscc

    answer = fresh.send("/lookup", {"uscc": asked, "code": "AAAAAAAAAA"})

    assert answer.status_code == 200
    assert "信用代码与缴款码（或查询码）不相符" in answer.text


def test_after_five_tries_in_vain_even_the_right_code_is_refused_for_a_while(fresh):
    for _ in range(5):
        fresh.send("/lookup", {"uscc": fresh.told.uscc, "code": "AAAAAAAAAA"})
    right = {"uscc": fresh.told.uscc, "code": fresh.told.pay_code}

    assert "不相符" in fresh.send("/lookup", right).text
    fresh.hands["wall"] += timedelta(minutes=16)
    assert fresh.send("/lookup", right).status_code == 303


def test_another_enterprises_pay_code_opens_nothing(fresh):
    answer = fresh.send("/lookup", {"uscc": UNKNOWN, "code": fresh.told.pay_code})

    assert "不相符" in answer.text


def test_what_cannot_be_a_credit_code_is_said_beside_the_field(send):
    text = send("/en/lookup", {"uscc": "9113", "code": ""}).text

    assert "4 characters instead of 18" in text
    assert 'href="#uscc"' in text
    assert 'href="#code"' in text


def test_the_overview_is_closed_to_a_browser_that_opened_nothing(client):
    assert client.get("/lookup/overview").location == "/lookup"
    assert client.get("/en/lookup/overview").location == "/en/lookup"


def test_the_overview_closes_after_half_an_hour_unused(fresh):
    fresh.send("/lookup", {"uscc": fresh.told.uscc, "code": fresh.told.pay_code})
    fresh.hands["wall"] += timedelta(minutes=29)
    assert fresh.client.get("/lookup/overview").status_code == 200
    fresh.hands["wall"] += timedelta(minutes=31)

    assert fresh.client.get("/lookup/overview").location == "/lookup"


def test_ending_the_look_up_closes_it_at_once(client, send, told):
    opened(send, told)
    send("/lookup/end", {}, page="/lookup/overview")

    assert client.get("/lookup/overview").location == "/lookup"


def test_not_yet_audited_is_said_and_is_not_zero(client, send, told):
    opened(send, told)
    text = client.get("/lookup/overview").text

    assert "年收费额度：尚未核定" in text
    assert "未核定不等于零" in text


def test_the_year_shows_what_was_noticed_and_paid_item_by_item(client, send, told):
    # 100 m² and 50 m² at 1.40 yuan: 140.00 + 70.00 noticed, 70.00 of it paid.
    opened(send, told)
    text = client.get("/lookup/overview").text

    table = text[text.index("按已登记情况测算</th>") :]
    row = table[table.index("水土保持补偿费") :].split("</tr>")[0]
    assert "210.00" in row
    assert "70.00" in row


def test_items_paid_through_others_are_shown_as_such(client, send, told):
    opened(send, told)
    text = client.get("/en/lookup/overview").text

    levy = text[text.index("Disabled-employment levy") :]
    assert "paid through the tax authority" in levy[: levy.index("</tr>")]
    assert "undetermined" in levy[: levy.index("</tr>")]  # the wages are not on record


def test_facts_on_record_stand_with_their_source(client, send, told):
    opened(send, told)
    text = client.get("/lookup/overview").text

    assert "45 人" in text
    assert "企业填报" in text
    assert "年报" in text


def test_a_year_without_anything_says_so(client, send, told):
    opened(send, told)
    text = client.get("/lookup/overview?year=2019").text

    assert "这一年还没有通知书，也没有可据以测算的情况" in text
