"""Reported charges held against the real catalog: what becomes evidence."""

from datetime import date

import pytest

from feeledger.assessment.outcomes import FactsRefused
from feeledger.catalog.plan import Plan
from feeledger.money import Money, parse_amount
from feeledger.supervision.charge import Ended, Evidence, Excess, ReportedCharge
from feeledger.supervision.judging import Records, evidence_of
from feeledger.supervision.signals import signals_of

DAY = date(2026, 11, 20)
POLICE = "新乐市公安局交警大队"
PAID = Records(paid_notice="13018426000000000105")


def told(
    item: str,
    amount: str,
    department: str,
    *,
    arose: date = DAY,
    charged: date = DAY,
) -> ReportedCharge:
    return ReportedCharge(
        "91130184MA0CQ3T535", department, "", item, parse_amount(amount), charged, arose,
        "transfer", "", "1",
    )  # fmt: skip


def judged(
    plan: Plan, charge: ReportedCharge, records: Records = PAID, **facts: object
) -> tuple[Evidence, set[str]]:
    evidence = evidence_of(plan, charge, records, region="130184", facts=facts)
    return evidence, {signal.code for signal in signals_of(charge, evidence)}


def test_a_charge_at_the_standard_shows_nothing(plan: Plan):
    """2 sets of reflecting plates at 100.00 each are 200.00."""
    evidence, codes = judged(
        plan, told("机动车号牌工本费", "200.00", POLICE), plates_car_reflective=2
    )

    assert codes == set()
    assert (evidence.item_id, evidence.item_sure) == ("vehicle-plate", True)
    assert evidence.edition_sha256 == plan.catalog.edition.sha256


def test_a_charge_over_the_standard_is_s04_with_the_sum_over(plan: Plan):
    charge = told("机动车号牌工本费", "250.00", POLICE)

    evidence, codes = judged(plan, charge, plates_car_reflective=2)

    assert codes == {"S04"}
    assert evidence.excess == Excess(DAY, highest=Money(20_000), over=Money(5_000))


def test_what_the_catalog_cannot_work_out_is_not_over_the_standard(plan: Plan):
    evidence, codes = judged(plan, told("机动车号牌工本费", "99999.00", POLICE))

    assert evidence.excess is None
    assert codes == set()


@pytest.mark.parametrize(
    ("arose", "charged", "over"),
    [
        (date(2017, 6, 20), date(2017, 7, 5), None),  # 15 a piece when the duty arose
        (date(2017, 7, 5), date(2017, 6, 30), None),  # 15 a piece when it was charged
        (date(2017, 7, 1), date(2017, 7, 5), Money(500)),  # 10 on both days
    ],
)
def test_the_standard_of_another_version_in_force_is_no_excess(
    plan: Plan, arose: date, charged: date, over: Money | None
):
    charge = told("机动车行驶证工本费", "15.00", POLICE, arose=arose, charged=charged)

    evidence, _ = judged(plan, charge, vehicle_licences=1)

    assert (evidence.excess.over if evidence.excess else None) == over


def test_an_ended_item_names_the_document_that_ended_it(plan: Plan):
    charge = told("企业注册登记费", "100.00", "新乐市市场监督管理局")

    evidence, codes = judged(plan, charge)

    assert evidence.ended == Ended(date(2015, 1, 1), "财税〔2014〕101号")
    assert codes == {"S06"}


def test_a_duty_before_the_end_is_no_s06(plan: Plan):
    charge = told(
        "排污费", "5000.00", "新乐市环境保护局", arose=date(2017, 12, 1), charged=date(2018, 3, 1)
    )

    assert judged(plan, charge)[1] == set()


def test_what_the_catalog_does_not_have_is_s07(plan: Plan):
    assert judged(plan, told("门前三包管理费", "300.00", "新乐市城管局"))[1] == {"S07"}


def test_another_departments_item_is_s07(plan: Plan):
    assert judged(plan, told("不动产登记费", "550.00", "新乐市公安局"))[1] == {"S07"}


def test_a_unit_that_the_register_does_not_let_charge_the_item_is_s07(plan: Plan):
    charge = told("机动车号牌工本费", "100.00", POLICE)
    only_other = Records(paid_notice="1", unit_items=frozenset({"vehicle-certificate"}))
    this_too = Records(paid_notice="1", unit_items=frozenset({"vehicle-plate"}))

    assert judged(plan, charge, only_other)[1] == {"S07"}
    assert judged(plan, charge, this_too)[1] == set()


def test_the_register_does_not_turn_an_ended_item_into_s07(plan: Plan):
    charge = told("企业注册登记费", "100.00", "新乐市市场监督管理局")
    records = Records(paid_notice="1", unit_items=frozenset({"device-registration"}))

    assert judged(plan, charge, records)[1] == {"S06"}


@pytest.mark.parametrize(
    ("item", "department"),
    [
        ("残疾人就业保障金", "国家税务总局新乐市税务局"),
        ("可再生能源电价附加", "国网河北省电力有限公司新乐市供电分公司"),
        ("诉讼费", "新乐市人民法院"),
        ("招标代理服务费", "某某招标代理有限公司"),
    ],
)
def test_lawful_agents_and_sellers_are_known_and_not_accused_d10(
    plan: Plan, item: str, department: str
):
    assert judged(plan, told(item, "100.00", department), Records())[1] == set()


def test_who_only_examines_a_levy_is_no_lawful_agent(plan: Plan):
    charge = told("残疾人就业保障金", "100.00", "新乐市残疾人联合会")

    assert judged(plan, charge, Records())[1] == {"S01"}


def test_facts_that_cannot_be_used_are_refused(plan: Plan):
    with pytest.raises(FactsRefused):
        judged(plan, told("机动车号牌工本费", "250.00", POLICE), plates_car_reflective="two")
