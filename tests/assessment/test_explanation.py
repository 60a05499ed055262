"""The explanation as data and as sentences; others rely on its shape."""

import json
from datetime import date
from decimal import Decimal

import pytest

from feeledger.assessment.engine import assess
from feeledger.assessment.explanation import answer_document, refusal_document, sentences_of
from feeledger.assessment.outcomes import FactsRefused, Request
from feeledger.assessment.steps import steps_of
from feeledger.catalog.items import Adjustment, Rounding, Window
from feeledger.catalog.plan import plan_of
from feeledger.catalog.rates import (
    BasePlusExcess,
    Bracket,
    Coefficient,
    Fixed,
    FloorPrice,
    Formula,
    Free,
    Interpolate,
    Matrix,
    NotEstablished,
    Percent,
    PerUnit,
    Point,
    Progressive,
    Range,
    Share,
    Tier,
    Tiers,
)
from feeledger.errors import Text
from tests.assessment.small_catalog import (
    a_catalog,
    a_line,
    a_relief,
    alternatives,
    an_event,
    an_item,
    answered,
    asked,
    if_all,
)

D = Decimal
RATE = PerUnit(D("0.00196875"), "千瓦时", ("kwh",))
SMALL = if_all(("size", "in", ("small", "micro")))


def test_an_answer_has_the_fixed_shape():
    catalog = a_catalog(an_item(a_line(RATE)))
    request = Request("r1", date(2024, 5, 1), items=("fee",), facts={"kwh": 120000})

    document = answer_document(assess(plan_of(catalog), request))

    line = document["lines"][0]
    steps = line.pop("steps")
    assert document == {
        "ref": "r1",
        "catalog": {"id": "test", "kind": "compilation", "sha256": catalog.edition.sha256},
        "on": "2024-05-01",
        "region": "130000",
        "lines": [
            {
                "item": "fee",
                "line": "fee.line",
                "outcome": "due",
                "amount": "236.25",
                "allowed_range": None,
                "needs": [],
                "documents": ["冀财〔2020〕1号"],
            }
        ],
        "total": "236.25",
        "complete": True,
    }
    assert steps["version"] == 1
    assert json.loads(json.dumps(document)) == document


def test_needs_and_bounds_are_told():
    answer = asked(
        a_catalog(an_item(a_line(RATE), reliefs=(a_relief("exempt", SMALL),))), {"kwh": 120000}
    )

    line = answer_document(answer)["lines"][0]

    assert line["amount"] is None
    assert line["allowed_range"] == ["0.00", "236.25"]
    assert line["needs"] == [{"fact": "size", "supplied_by": "register"}]


def test_a_provisional_line_says_since_when_and_by_which_document():
    line = a_line(
        RATE,
        provisional=True,
        provisional_document="2022年10月14日函",
        window=Window(date(2022, 8, 26)),
    )

    document = answer_document(asked(a_catalog(an_item(line)), {"kwh": 1}))["lines"][0]

    assert document["provisional"] == {"since": "2022-08-26", "document": "2022年10月14日函"}


def test_alternatives_and_reasons_stand_only_where_they_are_true():
    group = alternatives("fee.line", class_fact="user", classes=(("home", "fee.line"),))
    catalog = a_catalog(an_item(a_line(RATE), alternatives=(group,)))

    unchosen = answer_document(asked(catalog, {"kwh": 1}))["lines"][0]
    chosen = answer_document(asked(catalog, {"kwh": 1, "user": "home"}))["lines"][0]

    assert unchosen["alternative"] is True
    assert "alternative" not in chosen
    assert "reason" not in chosen
    assert chosen["steps"]["chosen"]["by"] == "user"


def test_steps_tell_line_window_facts_arithmetic_and_rounding():
    line = a_line(
        RATE,
        window=Window(date(2019, 7, 1), date(2026, 1, 1), begin_basis="seen"),
        rounding=Rounding(D(1)),
    )
    answer = asked(a_catalog(an_item(line)), {"kwh": D("120000.5")}).lines[0]

    steps = steps_of(answer)

    assert steps["chosen"] == {
        "item": "fee",
        "line": "fee.line",
        "on": "2024-05-01",
        "region": "130000",
        "place": "河北省",
        "window": {
            "from": "2019-07-01",
            "to": "2025-12-31",
            "not_before": None,
            "from_basis": "seen",
            "to_basis": "",
        },
        "by": "window",
    }
    assert steps["facts"] == [
        {"fact": "kwh", "value": "120000.5", "unit": "千瓦时", "source": "request"}
    ]
    assert steps["arithmetic"] == [
        {"step": "quantity", "fact": "kwh", "given": "120000.5", "value": "120001"},
        {"step": "rate", "value": "236.25196875"},
    ]
    assert steps["rounding"] == {
        "rule": "half_up_to_fen",
        "exact": "236.25196875",
        "amount": "236.25",
    }


def test_endless_numbers_are_told_as_numerator_and_denominator():
    answer = answered(Formula("f", "price", (), "rate"), {"price": 1, "rate": 3})

    steps = steps_of(answer)

    third = {"numerator": "1", "denominator": "3"}
    assert steps["arithmetic"] == [{"step": "rate", "value": third}]
    assert steps["rounding"] == {"rule": "half_up_to_fen", "exact": third, "amount": "0.33"}


def test_each_stage_of_the_order_is_a_step():
    rate = Progressive(
        "price",
        (Bracket(None, D("0.01")),),
        (Coefficient("coefficient"),),
        minimum=D(50),
    )
    chain = (
        Adjustment("double", if_all(("public", "eq", True)), D(2)),
        Adjustment("urban", if_all(("urban", "eq", True)), D(3)),
    )
    facts = {"price": 1000, "coefficient": D("1.2"), "public": True, "urban": False}

    steps = steps_of(answered(rate, facts, adjustments=chain))["arithmetic"]

    assert steps == [
        {"step": "rate", "value": "10"},
        {"step": "coefficient", "fact": "coefficient", "factor": "1.2", "value": "12"},
        {
            "step": "adjustment",
            "adjustment": "double",
            "applied": True,
            "factor": "2",
            "value": "24",
        },
        {
            "step": "adjustment",
            "adjustment": "urban",
            "applied": False,
            "factor": "3",
            "value": "24",
        },
        {"step": "minimum", "value": "50"},
    ]


def test_reliefs_are_told_applied_missed_by_how_little_or_possible():
    reliefs = (
        a_relief("multiply", if_all(("staff", "gte", 10)), "half", factor="0.5"),
        a_relief("exempt", if_all(("staff", "lte", 30), ("size", "eq", "small")), "free"),
        a_relief("multiply", if_all(("share", "gte", D("0.01"))), "share", factor="0.9"),
        a_relief("exempt", if_all(("urban", "eq", True)), "open"),
    )
    facts = {"kwh": 1, "staff": 31, "disabled": D("0.3"), "size": "small"}

    told = steps_of(answered(RATE, facts, reliefs=reliefs))["reliefs"]

    half, free, share, unknown = told
    assert (half["holds"], half["effect"], half["factor"]) == (True, "multiply", "0.5")
    assert half["documents"] == ["冀财〔2021〕9号"]
    assert (free["holds"], free["applied"]) == (False, False)
    assert free["missed_by"] == [
        {
            "fact": "staff",
            "op": "lte",
            "value": "30",
            "given": "31",
            "holds": False,
            "gap": "1",
        }
    ]
    # 0.3 / 31 = 3/310, short of 1/100 by 1/3100
    assert share["missed_by"][0]["gap"] == {"numerator": "1", "denominator": "3100"}
    assert (unknown["holds"], unknown["possible_with"]) == (None, ["urban"])


def test_a_derived_fact_is_told_with_its_parts():
    relief = a_relief("multiply", if_all(("share", "lt", D("0.01"))), factor="0.9")
    facts = {"kwh": 1, "staff": 300, "disabled": 1}

    told = {f["fact"]: f for f in steps_of(answered(RATE, facts, reliefs=(relief,)))["facts"]}

    assert told["share"] == {
        "fact": "share",
        "value": {"numerator": "1", "denominator": "300"},
        "unit": "",
        "source": "derived",
        "parts": ["disabled", "staff"],
    }


def test_the_source_of_a_fact_is_told_where_it_is_not_the_request():
    catalog = a_catalog(an_item(a_line(RATE)))
    request = Request(
        None,
        date(2024, 5, 1),
        items=("fee",),
        facts={"kwh": 1},
        sources={"kwh": "register"},
    )

    line = assess(plan_of(catalog), request).lines[0]

    assert steps_of(line)["facts"][0]["source"] == "register"


def test_an_ending_is_told_with_its_day_and_document():
    catalog = a_catalog(an_item(a_line(RATE), events=(an_event(),)))

    line = asked(catalog, {}).lines[0]

    assert steps_of(line)["ending"] == {
        "kind": "cancelled",
        "since": "2018-01-01",
        "document": "财税〔2018〕4号",
        "announced_on": None,
    }
    assert any(
        "2018年1月1日起已取消（财税〔2018〕4号）" in each for each in sentences_of(line, "zh")
    )
    assert any("was cancelled on 1 January 2018" in each for each in sentences_of(line, "en"))


def test_a_split_between_payers_adds_up():
    rate = Tiers(
        "price",
        (Tier(None, D("0.05")),),
        split=(Share("tenderer", D("0.5")), Share("winner", D("0.5"))),
    )

    split = steps_of(answered(rate, {"price": 1}))["split"]

    assert [(share["payer"], share["amount"]) for share in split] == [
        ("tenderer", "0.02"),
        ("winner", "0.03"),
    ]


SAID = {
    "用电量 120,000 千瓦时 × 每千瓦时 0.00196875 元 = 236.25 元。": (RATE, {"kwh": 120000}),
    "每户 20 元 = 20 元。": (Fixed(D(20), "户"), {}),
    "价款 1,000 元 × 3% = 30 元。": (Percent(D(3), "price"), {"price": 1000}),
    "最高 5 元：计 5 元。": (Percent(D(3), "price", maximum=D(5)), {"price": 1000}),
    "价款 250 元，分段累计：50 元 + 90 × 2.5% + 150 × 4.0‰ = 52.85 元。": (
        Progressive(
            "price",
            (
                Bracket(D(10), amount=D(50)),
                Bracket(D(100), D("0.025")),
                Bracket(None, D("0.004"), written="4.0‰"),
            ),
        ),
        {"price": 250},
    ),
    "人数 2 人，属于1 以上至 2一档：月数 3 月 × 每月 440 元 = 1,320 元。": (
        Tiers("staff", (Tier(D(1), D(350)), Tier(D(2), D(440))), "月", ("months",)),
        {"staff": 2, "months": 3},
    ),
    "人数 3 人（80 元含 1 个，超出 2 个，每本证书 10 元） × 月数 2 月 = 200 元。": (
        BasePlusExcess(D(80), D(1), D(10), "本证书", "staff", "months"),
        {"staff": 3, "months": 2},
    ),
    "价款 15 元，在 10 → 1 元 与 20 → 2 元 之间直线内插：1.5 元。": (
        Interpolate("price", (Point(D(10), D(1)), Point(D(20), D(2)))),
        {"price": 15},
    ),
    "价款 30 元 × 10% = 3 元。": (
        Interpolate("price", (Point(D(10), D(1)), Point(D(20), D(2))), D(10)),
        {"price": 30},
    ),
    "用电量 51 千瓦时（50 以上）、规模 小型：月数 10 月 × 每公里 4 元 = 40 元。": (
        Matrix("kwh", (D(50), None), "size", ("large", "small"), ((D(1), D(2)), (D(3), D(4))),
               "公里", ("months",)),
        {"kwh": 51, "size": "small", "months": 10},
    ),
    "月数 30 月 × 每床·日 1.6 元至5 元，由市县确定。": (
        Range(D("1.6"), D(5), "床·日", ("months",), Text("市县", "the county")),
        {"months": 30},
    ),
    "月数 3 月 × 价款 4,999 元（底价每吨 5,000 元） = 14,997 元。": (
        FloorPrice(D(5000), "吨", ("months",), "price"),
        {"months": 3, "price": 4999},
    ),
    "（人数 31 人 × 0.015 − 安排人数 0 人，小于零按零计） × "
    "（平均工资 50,000 元与 2 × 价款 60,000 元 取较低者） = 23,250 元。": (
        Formula("levy", "max(0, staff * quota - disabled) * min(wage, 2 * price)",
                (("quota", D("0.015")),)),
        {"staff": 31, "disabled": 0, "wage": 50000, "price": 60000},
    ),
    "(价款 1 元 × (2 + 平均工资 1 元)) ÷ (回采率 0.7) = 约 4.285714 元。": (
        Formula("f", "price * (2 + wage)", (), "rate"),
        {"price": 1, "wage": 1, "rate": D("0.7")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", SAID)
def test_every_rate_form_is_told_in_a_sentence(sentence):
    rate, facts = SAID[sentence]
    answer = answered(rate, facts)

    assert sentence in sentences_of(answer, "zh")
    assert all(
        each.isascii() or "〔" in each or "×" in each or "→" in each for each in _english(answer)
    )


def _english(answer):
    """The English sentences without the document numbers, which stay as printed."""
    return [each for each in sentences_of(answer, "en") if not each.startswith("Documents")]


def test_quantities_rounded_up_and_the_one_rounding_are_told():
    answer = answered(
        PerUnit(D("0.333"), "立方米", ("kwh",)), {"kwh": D("10.2")}, rounding=Rounding(D(1))
    )

    told = sentences_of(answer, "zh")

    assert "用电量 10.2 千瓦时，不足一个单位按一个单位计，为 11。" in told
    assert "3.663 元，四舍五入到分：3.66 元。" in told
    assert "应缴 3.66 元。" in told


def test_missing_facts_and_the_range_are_told_with_who_supplies_them():
    answer = answered(RATE, {"kwh": 120000}, reliefs=(a_relief("exempt", SMALL),))

    told = sentences_of(answer, "zh")

    assert "暂不能确定金额，还缺：规模（由登记信息提供）。" in told
    assert "金额范围：最低 0.00 元，最高 236.25 元。" in told
    assert any(each.startswith("可能适用减免“规模属于 小型、微型：免缴全部”") for each in told)
    assert "Not yet known; missing: size (from the register)." in sentences_of(answer, "en")


def test_a_false_condition_is_told_with_what_was_wanted_and_met():
    answer = answered(RATE, {"staff": 31}, applies_when=if_all(("staff", "lte", 30)))

    assert "本标准不适用：人数须不超过 30，实际为 31 人，相差 1。" in sentences_of(answer, "zh")
    assert "This price does not apply: staff: at most 30 is wanted, it is 31 persons, 1 off." in (
        sentences_of(answer, "en")
    )


@pytest.mark.parametrize(
    ("rate", "facts", "line", "sentence"),
    [
        (
            NotEstablished(Text("无", "none")),
            {},
            {},
            "没有可用的标准：目录中没有查到这项标准的金额。",
        ),
        (Free(), {}, {}, "收费征收标准降为零，此后发生的义务不得收取；遇到收取可以拒缴并举报。"),
        (
            RATE,
            {"kwh": 120000},
            {"provisional": True},
            "暂按此标准应缴 236.25 元；新标准公布后多退少补。",
        ),
        (
            Tiers("price", (Tier(D(1), D(5)),)),
            {"price": 2},
            {},
            "没有可用的标准：数值超出公布的标准表，没有对应价格。",
        ),
    ],
)
def test_what_has_no_plain_amount_says_why(rate, facts, line, sentence):
    assert sentence in sentences_of(answered(rate, facts, **line), "zh")


def test_a_refusal_lists_its_errors_in_the_language_asked():
    catalog = a_catalog(an_item(a_line(RATE)))
    with pytest.raises(FactsRefused) as caught:
        asked(catalog, {"kwh": -1})

    document = refusal_document("r", caught.value, "en")

    assert document["ref"] == "r"
    assert document["errors"] == [
        {
            "code": "out-of-bounds",
            "field": "kwh",
            "value": "-1",
            "detail": "kwh (electricity used) = -1: must lie between 0 and 1000000000000",
        }
    ]
