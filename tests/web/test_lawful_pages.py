"""Is this charge lawful: findings with documents and what one may do, or what is missing."""

CHARGE = {"region": "130184", "on": "2026-11-20", "amount": "800"}


def test_a_charge_for_an_ended_item_is_found_with_its_document_and_remedies(send):
    text = send("/lawful", {**CHARGE, "item": "环境监测服务费"}).text

    assert "项目已停止收取" in text
    assert "财税〔2017〕20号" in text
    assert "可以拒绝缴纳" in text
    assert "/report?item=environmental-monitoring" in text


def test_a_name_that_is_in_no_catalog_is_said_with_the_gaps_of_a_compilation(send):
    text = send("/en/lawful", {**CHARGE, "item": "卫星导航年检专项费"}).text

    assert "Not in the catalog" in text
    assert "may have gaps" in text


def test_a_name_that_may_mean_several_items_offers_them(send):
    text = send("/lawful", {**CHARGE, "item": "登记费"}).text

    assert "尚不能判断" in text
    assert 'name="chosen" value="realestate-registration"' in text


def test_the_item_chosen_among_the_candidates_is_judged(send):
    data = {**CHARGE, "item": "登记费", "chosen": "vehicle-mortgage-registration"}

    assert "项目已停止收取" in send("/lawful", data).text


def test_a_guess_may_be_denied_and_the_amount_is_shown_as_read(send):
    data = {**CHARGE, "item": "工商注册费", "amount": "１，８００元"}

    guessed, denied = send("/lawful", data).text, send("/lawful", {**data, "chosen": "none"}).text

    assert "按名称推测，请核对" in guessed
    assert "1,800.00" in guessed
    assert "目录中没有该项目" in denied
    assert 'name="chosen" value="trademark-registration"' in denied


def test_missing_facts_are_asked_for_and_decide_the_next_time(send):
    # Road: the fact that is missing is the area; 2 m² of one class decide.
    first = send("/lawful", {**CHARGE, "item": "soil-water-compensation"}).text
    assert 'name="fact-borrow_m3"' in first

    # 1,000 m³ of earth at 0.30 yuan are 300.00; 800.00 is 500.00 too much.
    facts = {
        "fact-borrow_m3": "1000",
        "fact-soil_water_paid_in_earlier_way": "no",
        "line": "soil-water.borrow",
    }
    second = send("/lawful", {**CHARGE, "item": "soil-water-compensation", **facts}).text

    assert "超过标准" in second
    assert "300.00" in second


def test_an_account_that_is_not_the_designated_one_is_the_first_finding(send):
    text = send("/lawful", {**CHARGE, "item": "环境监测服务费", "account": "6222000000000000"}).text

    assert text.index("账户不是指定账户") < text.index("项目已停止收取")


def test_the_designated_account_is_no_finding(send):
    data = {**CHARGE, "item": "环境监测服务费", "account": "0000-1111-2222-3333"}

    assert "账户不是指定账户" not in send("/lawful", data).text


def test_every_fault_of_the_form_is_told_at_once_and_input_kept(send):
    text = send("/en/lawful", {"item": "", "amount": "8x", "on": "", "region": "1"}).text

    for field in ("item", "amount", "on", "region"):
        assert f'href="#{field}"' in text
    assert 'value="8x"' in text


def test_an_item_named_in_the_address_is_filled_in_by_its_name(client):
    assert 'value="环境监测服务费"' in client.get("/lawful?item=environmental-monitoring").text
