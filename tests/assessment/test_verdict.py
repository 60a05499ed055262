"""Is this charge lawful: charges held against the Hebei catalog."""

from datetime import date
from pathlib import Path

import pytest

from feeledger.assessment.charge_words import ACTIONS, PAID_THROUGH, TITLES
from feeledger.assessment.findings import MAY_DO, WORST_FIRST, Charge, Finding
from feeledger.assessment.outcomes import FactsRefused
from feeledger.assessment.verdict import Verdict, judge_charge
from feeledger.assessment.verdict_document import verdict_document
from feeledger.catalog.plan import Plan, plan_of
from feeledger.catalog.reader import load_catalog
from feeledger.money import parse_amount

HEBEI = Path(__file__).parents[2] / "catalogs" / "hebei" / "compiled-2026-11-24"
FIRST_HOUSE = {
    "registrations": 1,
    "certificates_issued": 1,
    "property_kind": "non_residential",
    "enterprise_size": "large",
    "registration_kind": "first",
    "project_kind": "other",
}
NON_TAX_ACCOUNT = "0000-1111-2222"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(load_catalog(HEBEI))


def judged(plan: Plan, named: str, amount: str, on: str, **told) -> Verdict:
    return judge_charge(plan, Charge(named, parse_amount(amount), date.fromisoformat(on), **told))


def codes(verdict: Verdict) -> list[str]:
    return [finding.code for finding in verdict.findings]


def only(verdict: Verdict) -> Finding:
    assert len(verdict.findings) == 1
    return verdict.findings[0]


def test_a_charge_at_the_standard_is_lawful(plan: Plan) -> None:
    # 反光汽车号牌 100元/副, two pairs
    verdict = judged(
        plan, "机动车号牌工本费", "200", "2026-01-01", facts={"plates_car_reflective": 2}
    )

    assert codes(verdict) == ["lawful"]
    assert verdict.lawful
    assert "发改价格规〔2019〕1931号" in verdict.findings[0].documents


def test_a_charge_above_the_standard_says_by_how_much(plan: Plan) -> None:
    verdict = judged(
        plan, "机动车号牌工本费", "250.50", "2026-01-01", facts={"plates_car_reflective": 2}
    )

    finding = only(verdict)
    assert (finding.code, finding.by) == ("above_standard", "50.50")
    assert "refuse_excess" in finding.may_do
    assert "report" in finding.may_do
    assert not verdict.lawful


def test_a_charge_below_the_standard_says_by_how_much(plan: Plan) -> None:
    verdict = judged(
        plan, "机动车号牌工本费", "150", "2026-01-01", facts={"plates_car_reflective": 2}
    )

    assert (only(verdict).code, only(verdict).by) == ("below_standard", "50.00")


def test_several_quantities_of_one_item_are_added_up(plan: Plan) -> None:
    # 2 x 100 + 3 x 5 (临时号牌 5元/张)
    facts = {"plates_car_reflective": 2, "plates_temporary": 3}

    assert codes(judged(plan, "机动车号牌工本费", "215", "2026-01-01", facts=facts)) == ["lawful"]
    assert only(judged(plan, "机动车号牌工本费", "216", "2026-01-01", facts=facts)).by == "1.00"


def test_without_facts_nothing_can_be_told_and_the_needs_are_named(plan: Plan) -> None:
    finding = only(judged(plan, "机动车号牌工本费", "200", "2026-01-01"))

    assert finding.code == "cannot_tell"
    assert "plates_car_reflective" in finding.needs
    assert "give_facts" in finding.may_do


def test_r_c1_an_ended_item_may_not_be_charged_for_a_later_duty(plan: Plan) -> None:
    finding = only(judged(plan, "白蚁防治费", "500", "2017-04-01"))

    assert (finding.code, finding.by) == ("ended", "2017-04-01")
    assert "财税〔2017〕20号" in finding.documents
    assert finding.may_do == ("refuse", "report", "ask_refund")


def test_r_c1_a_duty_before_the_end_may_still_be_charged_after_it(plan: Plan) -> None:
    verdict = judged(plan, "白蚁防治费", "500", "2017-03-31", charged_on=date(2018, 1, 1))

    assert "ended" not in codes(verdict)


def test_an_item_whose_rate_became_zero_has_ended(plan: Plan) -> None:
    assert only(judged(plan, "育林基金", "100", "2026-01-01")).code == "ended"


def test_an_exempt_payer_owes_nothing(plan: Plan) -> None:
    facts = FIRST_HOUSE | {"enterprise_size": "micro"}

    finding = only(judged(plan, "不动产登记费", "550", "2026-01-01", facts=facts))

    assert (finding.code, finding.by) == ("above_standard", "550.00")


def test_a_relief_that_is_not_known_leaves_open_what_lies_under_the_most(plan: Plan) -> None:
    # 550 for the first certificate; free for small enterprises: between 0 and 550
    facts = {key: value for key, value in FIRST_HOUSE.items() if key != "enterprise_size"}

    within = only(judged(plan, "不动产登记费", "550", "2026-01-01", facts=facts))
    beyond = only(judged(plan, "不动产登记费", "551", "2026-01-01", facts=facts))

    assert (within.code, within.needs) == ("cannot_tell", ("enterprise_size",))
    assert (beyond.code, beyond.by) == ("above_standard", "1.00")


def test_a_condition_that_is_false_everywhere_makes_any_charge_too_much(plan: Plan) -> None:
    facts = {
        "land_price": 1000,
        "idle_months": 6,
        "idle_by_force_majeure_or_government": False,
    }
    finding = only(judged(plan, "土地闲置费", "200", "2026-01-01", facts=facts))

    assert (finding.code, finding.by) == ("above_standard", "200.00")
    assert judged(plan, "土地闲置费", "0", "2026-01-01", facts=facts).lawful


def test_classes_that_nothing_chose_cannot_be_told_apart(plan: Plan) -> None:
    # 100 m2: 5,380 residential, 3,830 other, 2,000 industrial, 1,150 remote
    facts = {"new_floor_area_m2": 100, "project_kind": "other"}

    fitting = only(judged(plan, "城市基础设施配套费", "3830", "2026-01-01", facts=facts))
    between = only(judged(plan, "城市基础设施配套费", "3000", "2026-01-01", facts=facts))
    above = only(judged(plan, "城市基础设施配套费", "5380.01", "2026-01-01", facts=facts))
    below = only(judged(plan, "城市基础设施配套费", "1149.99", "2026-01-01", facts=facts))

    assert (fitting.code, fitting.needs) == ("cannot_tell", ("infrastructure_project_class",))
    assert "金额与" in fitting.says.zh
    assert between.code == "cannot_tell"
    assert "金额与" not in between.says.zh
    assert (above.code, above.by) == ("above_standard", "0.01")
    assert (below.code, below.by) == ("below_standard", "0.01")


def test_a_class_that_is_named_decides(plan: Plan) -> None:
    facts = {
        "new_floor_area_m2": 100,
        "project_kind": "other",
        "infrastructure_project_class": "industrial",
    }

    assert judged(plan, "城市基础设施配套费", "2000", "2026-01-01", facts=facts).lawful
    assert (
        only(judged(plan, "城市基础设施配套费", "3830", "2026-01-01", facts=facts)).by == "1830.00"
    )


def test_prices_of_several_places_are_never_added_up(plan: Plan) -> None:
    # 霸州 (131081) 1.40 a cubic metre; asked from the province: 魏县 0.90 or 霸州 1.40
    facts = {"sewage_m3": 100, "sewage_user_class": "non_resident"}

    there = judged(plan, "污水处理费", "140", "2026-01-01", facts=facts, region="131081")
    from_above = only(judged(plan, "污水处理费", "140", "2026-01-01", facts={"sewage_m3": 100}))
    elsewhere = only(judged(plan, "污水处理费", "140", "2026-01-01", facts=facts, region="130184"))

    assert there.lawful
    assert from_above.code == "cannot_tell"
    assert "region" in from_above.needs
    assert (elsewhere.code, elsewhere.by) == ("no_established_rate", "outside_place")


def test_no_published_price_is_never_zero(plan: Plan) -> None:
    finding = only(judged(plan, "白蚁防治费", "500", "2015-01-01"))

    assert (finding.code, finding.by) == ("no_established_rate", "not_established")
    assert "ask_basis" in finding.may_do


def test_a_guided_price_has_its_float(plan: Plan) -> None:
    # works up to 1,000,000 at 1.0 % = 10,000, 20 % either way: 8,000 to 12,000
    told = {
        "facts": {"winning_bid": 1_000_000, "tender_class": "works"},
        "department": "某招标代理有限公司",
    }

    for amount in ("8000", "10000", "12000"):
        assert judged(plan, "招标代理服务费", amount, "2010-01-01", **told).lawful
    over = only(judged(plan, "招标代理服务费", "12000.01", "2010-01-01", **told))
    under = only(judged(plan, "招标代理服务费", "7999.99", "2010-01-01", **told))
    assert (over.code, over.by) == ("outside_range", "0.01")
    assert (under.code, under.by) == ("outside_range", "0.01")


def test_published_bounds_hold_on_both_sides(plan: Plan) -> None:
    # 10 beds x 30 days: 1.6 to 5 yuan, 480 to 1,500
    told = {
        "facts": {"beds": 10, "days": 30, "medical_site_class": "with_beds"},
        "department": "某医疗废物处置公司",
    }

    assert judged(plan, "医废处置费", "480", "2026-01-01", **told).lawful
    assert judged(plan, "医废处置费", "1500", "2026-01-01", **told).lawful
    assert only(judged(plan, "医废处置费", "1500.01", "2026-01-01", **told)).code == "outside_range"
    assert only(judged(plan, "医废处置费", "479.99", "2026-01-01", **told)).by == "0.01"


def test_a_ceiling_lets_less_be_charged(plan: Plan) -> None:
    # works up to 5,000,000: not more than 5,000
    told = {
        "facts": {"winning_bid": 4_000_000, "trading_class": "works"},
        "account": "8888-0000",
        "designated": (NON_TAX_ACCOUNT,),
    }

    assert judged(plan, "交易中心服务费", "3000", "2010-01-01", **told).lawful
    assert (
        only(judged(plan, "交易中心服务费", "5000.01", "2010-01-01", **told)).code
        == "above_standard"
    )


def test_between_the_ends_of_an_open_top_band_nothing_can_be_told(plan: Plan) -> None:
    told = {
        "facts": {"winning_bid": 40_000_000, "trading_class": "works"},
        "account": "8888-0000",
        "designated": (NON_TAX_ACCOUNT,),
    }

    assert only(judged(plan, "交易中心服务费", "25000", "2010-01-01", **told)).code == "cannot_tell"
    assert only(judged(plan, "交易中心服务费", "30000.01", "2010-01-01", **told)).by == "0.01"


def test_a_price_under_the_floor_is_too_little(plan: Plan) -> None:
    # SO2: not under 5,000 a tonne, 10 tonnes
    told = {
        "facts": {
            "permit_tonnes": 10,
            "agreed_price_per_tonne": 4000,
            "permit_pollutant_class": "so2",
        },
        "account": "8888-0000",
        "designated": (NON_TAX_ACCOUNT,),
    }
    finding = only(judged(plan, "emission-permit", "40000", "2018-01-01", **told))

    assert (finding.code, finding.by) == ("below_standard", "10000.00")
    assert judged(plan, "emission-permit", "50000", "2018-01-01", **told).lawful


def test_a_reduction_of_unknown_size_leaves_it_open(plan: Plan) -> None:
    # 10 m2 at 200 in a county: not more than 2,000, by how much less no text says
    facts = {
        "shelter_area_required_m2": 10,
        "settlement_class": "county",
        "project_kind": "elderly_care",
    }
    facts["shelter_class"] = next(
        value for value in plan.catalog.facts["shelter_class"].values if "6b" in value
    )
    finding = only(
        judged(plan, "防空地下室易地建设费", "1500", "2026-01-01", facts=facts, region="130184")
    )
    beyond = only(
        judged(plan, "防空地下室易地建设费", "2001", "2026-01-01", facts=facts, region="130184")
    )

    assert finding.code == "cannot_tell"
    assert "未写明幅度" in finding.says.zh
    assert (beyond.code, beyond.by) == ("above_standard", "1.00")


def test_only_lines_whose_quantities_were_told_are_meant(plan: Plan) -> None:
    # 石家庄 2016, 10 beds at 3 a month for 12 months = 360; staff and students were not told
    facts = {"beds": 10, "months": 12, "waste_payer_class": "lodging_or_hospital"}

    assert judged(plan, "城镇垃圾处理费", "360", "2016-01-01", facts=facts, region="130100").lawful


def test_a_place_below_the_region_is_asked_for(plan: Plan) -> None:
    # one 市 alone has a price (石家庄), but the question comes from the province
    facts = {"beds": 10, "months": 12, "waste_payer_class": "lodging_or_hospital"}

    assert judged(plan, "城镇垃圾处理费", "360", "2016-01-01", facts=facts).lawful
    assert not judged(plan, "城镇垃圾处理费", "361", "2016-01-01", facts=facts).lawful


def test_what_the_catalog_does_not_hold_may_be_refused(plan: Plan) -> None:
    verdict = judged(plan, "环境卫生赞助费", "500", "2026-01-01")

    assert codes(verdict) == ["not_in_catalog"]
    assert verdict.match.how == "none"
    assert only(verdict).may_do == ("refuse", "ask_basis", "report")
    assert "汇编" in only(verdict).says.zh


@pytest.mark.parametrize("nothing", ["", "  ", "？！", "😀"])
def test_a_text_without_a_word_is_no_charge_outside_the_catalog(plan: Plan, nothing: str) -> None:
    finding = only(judged(plan, nothing, "5", "2026-01-01"))

    assert (finding.code, finding.needs) == ("cannot_tell", ("item",))


def test_a_like_name_is_asked_about_before_anyone_refuses(plan: Plan) -> None:
    # 检测 is not 监测: near no name, like 环境监测服务费 by 4 signs of 5 and 7
    asked = judged(plan, "环境检测费", "100", "2026-05-01")
    answered = judged(plan, "环境检测费", "100", "2026-05-01", none_resembling=True)

    assert (codes(asked), only(asked).needs) == (["not_in_catalog"], ("item",))
    assert only(asked).may_do[0] == "give_facts"
    assert "环境监测服务费" in only(asked).says.zh
    assert "environmental monitoring" in only(asked).says.en.casefold()
    assert only(answered).may_do == ("refuse", "ask_basis", "report")
    assert only(answered).needs == ()


def test_a_guess_that_was_denied_is_not_judged_again(plan: Plan) -> None:
    # 工商注册费 resembles 商标注册费 by 80 percent; whoever paid it says that it is another
    guessed = judged(plan, "工商注册费", "50", "2026-05-01")
    denied = judged(plan, "工商注册费", "50", "2026-05-01", none_resembling=True)

    assert guessed.match.item == "trademark-registration"
    assert denied.item is None
    assert codes(denied) == ["not_in_catalog"]
    assert denied.match.candidates == guessed.match.candidates


def test_least_amounts_of_lines_nobody_spoke_of_are_not_added_up(plan: Plan) -> None:
    # the court: 50 yuan at least for a claim, 50 at least for an enforcement; nobody said which
    assert codes(judged(plan, "诉讼费", "50", "2026-05-01")) == ["cannot_tell"]
    assert only(judged(plan, "诉讼费", "50", "2026-05-01")).standard == (parse_amount("0"), None)

    both = {"claim_amount": "10000", "enforcement_amount": "10000"}
    assert codes(judged(plan, "诉讼费", "100", "2026-05-01", facts=both)) == ["lawful"]
    assert only(judged(plan, "诉讼费", "99", "2026-05-01", facts=both)).code == "below_standard"


def test_a_name_that_means_several_items_chooses_none(plan: Plan) -> None:
    verdict = judged(plan, "工本费", "5", "2026-01-01")

    assert verdict.item is None
    assert (only(verdict).code, only(verdict).needs) == ("cannot_tell", ("item",))
    assert "vehicle-plate" in verdict.match.candidates


def test_an_account_that_was_not_announced_is_the_worst_finding(plan: Plan) -> None:
    verdict = judged(
        plan,
        "白蚁防治费",
        "500",
        "2020-01-01",
        account="6222-0000",
        designated=(NON_TAX_ACCOUNT,),
    )

    assert codes(verdict) == ["wrong_account", "ended"]


def test_the_designated_account_is_the_right_one(plan: Plan) -> None:
    verdict = judged(
        plan,
        "机动车号牌工本费",
        "100",
        "2026-01-01",
        facts={"plates_car_reflective": 1},
        account=NON_TAX_ACCOUNT,
        designated=(NON_TAX_ACCOUNT,),
    )

    assert verdict.lawful


def test_an_account_cannot_be_judged_where_the_designated_one_is_not_known(plan: Plan) -> None:
    verdict = judged(
        plan,
        "机动车号牌工本费",
        "100",
        "2026-01-01",
        facts={"plates_car_reflective": 1},
        account=NON_TAX_ACCOUNT,
    )

    assert (only(verdict).code, only(verdict).needs) == ("cannot_tell", ("designated_account",))


@pytest.mark.parametrize(
    ("named", "department"),
    [
        ("残疾人就业保障金", "国家税务总局新乐市税务局"),
        ("可再生能源电价附加", "国网河北省电力有限公司"),
        ("污水处理费", "霸州市自来水公司"),
        ("铁路建设基金", "中国铁路北京局集团有限公司"),
        ("诉讼费", "新乐市人民法院"),
    ],
)
def test_d10_lawful_agents_are_not_accused(plan: Plan, named: str, department: str) -> None:
    verdict = judged(
        plan,
        named,
        "100",
        "2025-12-31",
        department=department,
        account="7777-0000",
        designated=(NON_TAX_ACCOUNT,),
        region="131081",
    )

    assert not {"not_this_department", "wrong_account"} & set(codes(verdict))


def test_another_department_may_not_collect(plan: Plan) -> None:
    verdict = judged(
        plan,
        "机动车号牌工本费",
        "100",
        "2026-01-01",
        facts={"plates_car_reflective": 1},
        department="新乐市住房和城乡建设局",
    )

    assert codes(verdict) == ["not_this_department"]
    assert verdict.findings[0].may_do == ("refuse", "ask_notice", "report")


@pytest.mark.parametrize(
    "department",
    [
        "新乐市公安局",
        "交警大队",
        "新乐市行政审批局",
        "新乐市财政局",
        "财政局住建专柜",
        "某某办公室",
    ],
)
def test_a_department_that_may_collect_or_is_unclear_is_not_accused(
    plan: Plan, department: str
) -> None:
    verdict = judged(
        plan,
        "机动车号牌工本费",
        "100",
        "2026-01-01",
        facts={"plates_car_reflective": 1},
        department=department,
    )

    assert verdict.lawful


@pytest.mark.parametrize(
    ("named", "department"),
    [
        ("不动产登记费", "新乐市国土资源局"),
        ("排污费", "新乐市生态环境分局"),
        ("企业注册登记费", "市场监督管理局"),
    ],
)
def test_offices_keep_their_items_under_new_and_old_names(
    plan: Plan, named: str, department: str
) -> None:
    assert "not_this_department" not in codes(
        judged(plan, named, "1", "2012-01-01", department=department)
    )


def test_a_service_fee_never_goes_into_the_non_tax_account(plan: Plan) -> None:
    told = {"facts": {"winning_bid": 1_000_000, "tender_class": "works"}}

    into = judged(
        plan,
        "招标代理服务费",
        "10000",
        "2010-01-01",
        account=NON_TAX_ACCOUNT,
        designated=(NON_TAX_ACCOUNT,),
        **told,
    )
    by_office = judged(
        plan, "招标代理服务费", "10000", "2010-01-01", department="新乐市发展和改革局", **told
    )
    unclear = judged(plan, "招标代理服务费", "10000", "2010-01-01", **told)

    assert codes(into) == ["service_fee_not_nontax"]
    assert codes(by_office) == ["service_fee_not_nontax"]
    assert codes(unclear) == ["service_fee_not_nontax"]
    assert "pay_seller" in only(into).may_do


def test_a_seller_may_carry_the_name_of_an_office(plan: Plan) -> None:
    told = {"facts": {"winning_bid": 1_000_000, "tender_class": "works"}}

    assert judged(
        plan, "招标代理服务费", "10000", "2010-01-01", department="水利设计研究院", **told
    ).lawful
    assert codes(
        judged(plan, "机动车号牌工本费", "100", "2026-01-01", facts={"plates_car_reflective": 1},
               department="水利设计研究院")
    ) == ["not_this_department"]  # fmt: skip


def test_the_account_outweighs_who_charges_a_service_fee(plan: Plan) -> None:
    told = {"facts": {"winning_bid": 1_000_000, "tender_class": "works"}}
    elsewhere = judged(
        plan,
        "招标代理服务费",
        "10000",
        "2010-01-01",
        account="5",
        designated=(NON_TAX_ACCOUNT,),
        **told,
    )
    unknown = judged(plan, "招标代理服务费", "10000", "2010-01-01", account="5", **told)

    assert elsewhere.lawful
    assert codes(unknown) == ["service_fee_not_nontax"]


def test_a_service_fee_released_to_the_market_has_no_rate(plan: Plan) -> None:
    finding = only(judged(plan, "招标代理费", "1", "2020-01-01", department="某招标代理有限公司"))

    assert (finding.code, finding.by) == ("no_established_rate", "market_price")


def test_findings_come_worst_first(plan: Plan) -> None:
    verdict = judged(
        plan,
        "白蚁防治费",
        "500",
        "2020-01-01",
        department="新乐市公安局",
        account="1",
        designated=(),
    )

    order = [WORST_FIRST.index(code) for code in codes(verdict)]
    assert codes(verdict) == ["wrong_account", "not_this_department", "ended"]
    assert order == sorted(order)


def test_facts_that_cannot_be_used_are_refused(plan: Plan) -> None:
    with pytest.raises(FactsRefused):
        judged(plan, "机动车号牌工本费", "1", "2026-01-01", facts={"plates_car_reflectiv": 1})
    with pytest.raises(FactsRefused):
        judged(plan, "机动车号牌工本费", "1", "2026-01-01", region="1301")


def test_the_document_has_the_fixed_shape_in_both_languages(plan: Plan) -> None:
    verdict = judged(plan, "白蚁防治", "500", "2020-01-01")

    zh = verdict_document(verdict, plan.catalog, "zh")
    en = verdict_document(verdict, plan.catalog, "en")

    assert set(zh) >= {"findings", "item", "match"}
    assert set(zh["findings"][0]) >= {"code", "by", "documents", "may_do"}
    assert zh["item"] == en["item"] == "termite-control"
    assert zh["match"]["how"] == "partial"
    assert zh["match"]["sure"] is False
    assert zh["match"]["candidates"] == [{"item": "termite-control", "name": "白蚁防治费"}]
    assert zh["findings"][0]["by"] == en["findings"][0]["by"] == "2017-04-01"
    assert "2017年4月1日" in zh["findings"][0]["says"]
    assert "1 April 2017" in en["findings"][0]["says"]
    assert zh["catalog"]["notice"]


def test_every_code_and_action_has_words_in_both_languages() -> None:
    assert set(TITLES) == set(MAY_DO) == set(WORST_FIRST)
    assert {action for actions in MAY_DO.values() for action in actions} == set(ACTIONS)


def test_every_item_of_the_catalog_can_be_asked_for_by_its_name(plan: Plan) -> None:
    for item in plan.catalog.items.values():
        verdict = judged(plan, item.name.zh, "1", "2026-11-24")

        assert verdict.item is item
        assert verdict.match.sure
        assert verdict.findings
        assert item.collected_by in PAID_THROUGH
