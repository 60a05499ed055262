"""Published prices and conditions in words, in both languages, with their exact figures."""

from datetime import date
from decimal import Decimal

import pytest

from feeledger.catalog.items import Condition, Fact, Window
from feeledger.catalog.items import Test as Comparison
from feeledger.catalog.rates import (
    BasePlusExcess,
    Bracket,
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
from feeledger.web.condition_words import words_of_condition
from feeledger.web.rate_words import words_of_rate
from feeledger.web.wording import named, words_of_month_or_day, words_of_window

D = Decimal
FACTS = {
    "area": Fact("area", "decimal", "平方米", Text("占地面积", "land area")),
    "months": Fact("months", "int", "月", Text("月数", "months")),
    "cost": Fact("cost", "money", "元", Text("工程费用", "cost of works")),
    "heads": Fact("heads", "int", "人", Text("职工人数", "staff")),
    "urban": Fact("urban", "bool", "", Text("位于规划区", "inside the planning area")),
    "kind": Fact(
        "kind",
        "enum",
        "",
        Text("类别", "kind"),
        values=("a", "b"),
        value_labels=(Text("甲类", "class A"), Text("乙类", "class B")),
    ),
}


@pytest.mark.parametrize(
    ("rate", "zh", "en"),
    [
        (
            PerUnit(D("1.4"), "平方米", ("area", "months")),
            "1.4 元/平方米 × 占地面积 × 月数",
            "CNY 1.4 per m² × land area × months",
        ),
        (
            PerUnit(D("2"), "平方米", ("area",), ceiling=True),
            "不超过 2 元/平方米 × 占地面积",
            "not more than CNY 2 per m² × land area",
        ),
        (Fixed(D("1600"), "件"), "1,600 元", "CNY 1,600"),
        (
            Percent(D("0.5"), "cost", D("1000"), D("300000")),
            "工程费用的 0.5%，最低 1,000 元，最高 300,000 元",
            "0.5% of: cost of works, at least CNY 1,000, at most CNY 300,000",
        ),
        (
            BasePlusExcess(D("80"), D("1"), D("10"), "本", "months", "area"),
            "每占地面积：80 元（含 1 本），月数超出部分每本 10 元",
            "for each of land area: CNY 80 with 1 included, then CNY 10 per booklet of months",
        ),
        (
            Range(D("1.6"), D("5"), "床·日", ("heads",), Text("物价部门", "the price bureau")),
            "每床·日 1.6 至 5 元，具体由物价部门确定 × 职工人数",
            "CNY 1.6 to 5 per bed·day, set by the price bureau × staff",
        ),
        (
            FloorPrice(D("5000"), "吨", ("area",), "cost"),
            "工程费用，不得低于 5,000 元/吨 × 占地面积",
            "cost of works, not below CNY 5,000 per tonne × land area",
        ),
        (
            Formula("levy", "max(0, heads * quota - 2) * cost", (("quota", D("0.015")),), "months"),
            "按公式计算：max (0, [职工人数] × 0.015 − 2) × [工程费用] ÷ [月数]",
            "by formula: max (0, [staff] × 0.015 − 2) × [cost of works] ÷ [months]",
        ),
        (Free(), "标准为零", "set to zero"),
        (
            NotEstablished(Text("附件未见", "annex not seen")),
            "标准未查得：附件未见",
            "no figure was found: annex not seen",
        ),
    ],
)
def test_a_price_is_said_in_one_sentence(rate, zh, en):
    words = words_of_rate(rate, FACTS)

    assert (words.summary.zh, words.summary.en) == (zh, en)
    assert words.rows == ()


def test_brackets_become_a_table_of_parts():
    brackets = (
        Bracket(D("10000"), amount=D("50")),
        Bracket(D("100000"), share=D("0.025"), written="2.5%"),
        Bracket(None, share=D("0.004"), written="4.0‰"),
    )
    words = words_of_rate(Progressive("cost", brackets, minimum=D("3000")), FACTS)

    assert [tuple(cell.en for cell in row) for row in words.rows] == [
        ("up to 10,000", "flat CNY 50"),
        ("above 10,000 up to 100,000", "2.5%"),
        ("above 100,000", "4.0‰"),
    ]
    assert words.summary.zh == "按工程费用分段累进计算，最低 3,000 元"


def test_a_float_says_which_way():
    both = Progressive("cost", (), float_up=D("0.2"), float_down=D("0.2"))
    down = Progressive("cost", (), float_down=D("0.2"))

    assert "可上浮 20%、下浮 20%" in words_of_rate(both, FACTS).summary.zh
    assert "may only float down, by up to 20%" in words_of_rate(down, FACTS).summary.en


def test_tiers_become_a_table_with_ceiling_and_split():
    rate = Tiers(
        "cost",
        (Tier(D("100"), D("350")), Tier(None, D("900"), amount_low=D("400"))),
        ceiling=True,
        split=(Share("招标人", D("0.5")), Share("中标人", D("0.5"))),
    )
    words = words_of_rate(rate, FACTS)

    assert [row[1].zh for row in words.rows] == ["350 元", "400 元 至 900 元"]
    assert "为上限" in words.summary.zh
    assert "招标人 50%、中标人 50%" in words.summary.zh


def test_points_become_a_table_and_what_lies_beyond_is_said():
    rate = Interpolate("cost", (Point(D("500"), D("16.5")),), beyond_percent=D("1.039"))
    words = words_of_rate(rate, FACTS)

    assert [tuple(cell.en for cell in row) for row in words.rows] == [
        ("CNY 500", "CNY 16.5"),
        ("beyond the last point", "1.039% of the whole"),
    ]


def test_a_matrix_becomes_a_table_of_two_keys():
    rate = Matrix(
        "area",
        (D("50"), None),
        "kind",
        ("a", "b"),
        ((D("1"), D("2")), (D("3"), D("4"))),
        "公里",
        (),
    )
    words = words_of_rate(rate, FACTS)

    assert [head.zh for head in words.heads] == ["占地面积", "甲类", "乙类"]
    assert [tuple(cell.en for cell in row) for row in words.rows] == [
        ("up to 50", "1", "2"),
        ("above 50", "3", "4"),
    ]


@pytest.mark.parametrize(
    ("kind", "tests", "zh", "en"),
    [
        ("all", (), "普遍适用", "for everyone"),
        (
            "all",
            (Comparison("heads", "lte", D(30)),),
            "职工人数不超过 30 人",
            "staff is at most 30 person",
        ),
        (
            "all",
            (Comparison("urban", "eq", value=False),),
            "不属于：位于规划区",
            "not: inside the planning area",
        ),
        (
            "any",
            (Comparison("kind", "in", ("a", "b")), Comparison("urban", "eq", value=True)),
            "类别为甲类、乙类，或位于规划区",
            "kind: class A or class B, or inside the planning area",
        ),
    ],
)
def test_a_condition_is_said_in_plain_words(kind, tests, zh, en):
    words = words_of_condition(Condition(kind, tests), FACTS)

    assert (words.zh, words.en) == (zh, en)


@pytest.mark.parametrize(
    ("window", "zh", "en"),
    [
        (Window(), "起始日未知", "start unknown"),
        (
            Window(not_before=date(2015, 1, 1)),
            "起始日未知，不早于 2015年1月1日",
            "start unknown, not before 1 January 2015",
        ),
        (
            Window(date(2017, 7, 1), date(2019, 7, 1), begin_basis="seen", end_basis="inferred"),
            "自 2017年7月1日 至 2019年6月30日（推断）",
            "from 1 July 2017 until 30 June 2019 (inferred)",
        ),
    ],
)
def test_a_window_is_said_with_both_ends_inclusive_and_its_marks(window, zh, en):
    assert words_of_window(window) == Text(zh, en)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("2013-06", "2013年6月", "June 2013"),
        ("2017-04-01", "2017年4月1日", "1 April 2017"),
        ("2009", "2009年", "2009"),
    ],
)
def test_a_day_a_month_or_a_year_is_written_in_words(text, zh, en):
    assert words_of_month_or_day(text) == Text(zh, en)


def test_a_code_without_a_name_is_shown_as_it_is():
    assert named({}, "new_kind") == Text("new kind", "new kind")
