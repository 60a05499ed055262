"""Every outcome, its precedence, and the reliefs in their order."""

from datetime import date
from decimal import Decimal

import pytest

from feeledger.catalog.items import NoRate, Window
from feeledger.catalog.rates import (
    BasePlusExcess,
    Bracket,
    NotEstablished,
    PerUnit,
    Progressive,
    Range,
    Tier,
    Tiers,
)
from feeledger.errors import Text
from tests.assessment.small_catalog import (
    DAY,
    a_catalog,
    a_line,
    a_relief,
    alternatives,
    an_event,
    an_item,
    answered,
    asked,
    if_all,
    if_any,
)

D = Decimal
RATE = PerUnit(D(2), "千瓦时", ("kwh",))
UNSEEN = NotEstablished(Text("未见", "not seen"))
SMALL = if_all(("size", "in", ("small", "micro")))
KWH = {"kwh": 10}


def told(answer):
    return answer.outcome, None if answer.amount is None else str(answer.amount)


def needs(answer):
    return [need.fact for need in answer.needs]


def bounds(answer):
    return [None if end is None else str(end) for end in answer.allowed_range]


def test_an_ending_event_closes_the_item_from_its_day_whatever_the_window_says():
    catalog = a_catalog(an_item(a_line(RATE), events=(an_event(day=DAY),)))

    answer = asked(catalog, KWH)
    ended = answer.lines[0]
    before = asked(catalog, KWH, on=date(2024, 4, 30)).lines[0]

    assert (ended.line, told(ended), ended.reason) == (None, ("ended", None), "cancelled")
    assert ended.documents == ("财税〔2018〕4号", "条例")
    assert (str(answer.total), answer.complete) == ("0.00", True)
    assert told(before) == ("due", "20.00")


@pytest.mark.parametrize("line", ["fee.line", "fee.other"])
def test_an_ended_item_is_answered_once_also_for_a_line_that_was_named(line):
    lines = (a_line(RATE), a_line(UNSEEN, "fee.other"))
    catalog = a_catalog(an_item(*lines, events=(an_event(),)))

    answers = asked(catalog, KWH, items=(), lines=(line,)).lines

    assert [(each.item, each.line, each.outcome) for each in answers] == [("fee", None, "ended")]


@pytest.mark.parametrize(
    "event",
    [
        an_event(day=None),
        an_event("released_to_market"),
        an_event("exempt_small_enterprises"),
        an_event("scheduled_but_never_applied"),
    ],
)
def test_other_events_and_those_without_a_day_close_nothing(event):
    catalog = a_catalog(an_item(a_line(RATE), events=(event,)))

    assert told(asked(catalog, KWH).lines[0]) == ("due", "20.00")


def test_an_item_without_a_line_in_force_has_no_rate_and_says_why():
    over = a_line(RATE, window=Window(end=date(2020, 1, 1)))
    later = a_line(RATE, window=Window(begin=date(2025, 1, 1)))
    unknown = a_line(RATE, window=Window(not_before=date(2025, 1, 1)))

    def tried(*lines, **item):
        answer = asked(a_catalog(an_item(*lines, **item)), KWH)
        only = answer.lines[0]
        assert (only.line, only.outcome, answer.complete) == (None, "no_rate", False)
        return only.reason

    assert tried(over) == "lapsed"
    assert tried(later) == "not_yet_begun"
    assert tried(unknown) == "not_yet_begun"
    assert tried(over, events=(an_event("released_to_market", None),)) == "market_price"
    assert tried(over, status="market_priced") == "market_price"


def test_both_ends_of_a_window_are_inclusive():
    """The window is half-open inside: its end is the first day not covered."""
    window = Window(begin=date(2024, 5, 1), end=date(2024, 5, 3))
    catalog = a_catalog(an_item(a_line(RATE, window=window)))
    days = [date(2024, 4, 30), date(2024, 5, 1), date(2024, 5, 2), date(2024, 5, 3)]

    outcomes = [asked(catalog, KWH, on=day).lines[0].outcome for day in days]

    assert outcomes == ["no_rate", "due", "due", "no_rate"]


def test_a_declared_hole_is_told_with_its_reason():
    hole = NoRate("fee", Window(date(2020, 1, 1), date(2025, 1, 1)), Text("未公布", "unpublished"))
    lines = (
        a_line(RATE, "fee.a", series="fee", window=Window(end=date(2020, 1, 1))),
        a_line(RATE, "fee.b", series="fee", window=Window(begin=date(2025, 1, 1))),
    )

    answer = asked(a_catalog(an_item(*lines, no_rate=(hole,))), KWH).lines[0]

    assert (answer.outcome, answer.reason) == ("no_rate", "lapsed")
    assert answer.trace.hole == hole


def test_a_version_that_is_over_is_left_out_while_another_is_in_force():
    lines = (
        a_line(RATE, "fee.old", window=Window(end=date(2020, 1, 1))),
        a_line(RATE, "fee.new", window=Window(begin=date(2020, 1, 1))),
    )
    catalog = a_catalog(an_item(*lines))

    assert [each.line for each in asked(catalog, KWH).lines] == ["fee.new"]
    named = asked(catalog, KWH, items=(), lines=("fee.old",)).lines[0]
    assert (named.line, named.outcome, named.reason) == (
        "fee.old",
        "not_applicable",
        "version_over",
    )


def test_a_false_condition_wins_over_missing_facts_and_over_no_rate():
    when = if_all(("urban", "eq", True), ("size", "eq", "small"))

    for rate in (RATE, UNSEEN):
        answer = answered(rate, {"urban": False}, applies_when=when)
        assert (told(answer), answer.reason) == (("not_applicable", None), "condition_false")


def test_no_rate_wins_over_an_open_condition_and_over_an_exemption():
    when = if_all(("urban", "eq", True))
    table = Tiers("price", (Tier(D(10), D(1)),))
    free = a_relief("exempt")

    assert answered(UNSEEN, {}, applies_when=when).reason == "not_established"
    answer = answered(table, {"price": 11}, applies_when=when, reliefs=(free,))
    assert (answer.outcome, answer.reason) == ("no_rate", "outside_table")


def test_an_open_condition_leaves_the_line_undetermined_even_when_it_would_be_exempt():
    when = if_all(("urban", "eq", True))

    answer = answered(RATE, {}, applies_when=when, reliefs=(a_relief("exempt"),))

    assert told(answer) == ("undetermined", None)
    assert needs(answer) == ["urban"]
    assert [need.supplied_by for need in answer.needs] == ["department"]


def test_any_is_decided_by_one_truth_and_open_without():
    when = if_any(("urban", "eq", True), ("size", "eq", "small"))

    assert told(answered(RATE, KWH | {"urban": True}, applies_when=when)) == ("due", "20.00")
    assert needs(answered(RATE, KWH | {"urban": False}, applies_when=when)) == ["size"]
    neither = KWH | {"urban": False, "size": "large"}
    assert answered(RATE, neither, applies_when=when).outcome == "not_applicable"


def test_an_exemption_of_the_whole_line_needs_no_quantity():
    answer = answered(RATE, {"size": "micro"}, reliefs=(a_relief("exempt", SMALL),))

    assert told(answer) == ("exempt", "0.00")
    assert answer.documents == ("冀财〔2020〕1号", "冀财〔2021〕9号")


def test_a_missing_quantity_leaves_the_line_undetermined():
    answer = answered(RATE, {})

    assert (told(answer), needs(answer)) == (("undetermined", None), ["kwh"])
    assert bounds(answer) == ["0.00", None]


def test_an_open_relief_leaves_the_line_undetermined_with_its_least_and_most():
    exempt = answered(RATE, KWH, reliefs=(a_relief("exempt", SMALL),))
    halved = answered(RATE, KWH, reliefs=(a_relief("multiply", SMALL, factor="0.5"),))

    assert (told(exempt), needs(exempt)) == (("undetermined", None), ["size"])
    assert bounds(exempt) == ["0.00", "20.00"]
    assert bounds(halved) == ["10.00", "20.00"]


def test_an_exemption_that_holds_makes_open_reliefs_idle():
    reliefs = (
        a_relief("exempt", if_all(("public", "eq", True)), "a"),
        a_relief("multiply", SMALL, "b", factor="0.5"),
        a_relief("not_charged_twice", if_all(("urban", "eq", True)), "c"),
    )

    assert told(answered(RATE, KWH | {"public": True}, reliefs=reliefs)) == ("exempt", "0.00")


def test_factors_multiply_and_the_amount_is_rounded_once():
    reliefs = (
        a_relief("multiply", None, "a", factor="0.5"),
        a_relief("multiply", None, "b", factor="0.15"),
    )

    answer = answered(RATE, {"kwh": D("0.1")}, reliefs=reliefs)

    assert told(answer) == ("reduced", "0.02")  # 0.2 x 0.5 x 0.15 = 0.015


def test_a_relief_that_does_not_hold_leaves_the_amount_due():
    answer = answered(RATE, KWH | {"size": "large"}, reliefs=(a_relief("exempt", SMALL),))

    assert told(answer) == ("due", "20.00")
    assert answer.documents == ("冀财〔2020〕1号",)


def test_a_relief_counts_only_in_its_window_on_its_lines_and_in_its_place():
    over = a_relief("exempt", window=Window(end=DAY))
    elsewhere = a_relief("exempt", lines=("fee.other",))
    city = a_relief("exempt", place="石家庄市")
    lines = (a_line(RATE), a_line(RATE, "fee.other"))

    def tried(relief, region="130000"):
        catalog = a_catalog(an_item(*lines, reliefs=(relief,)))
        return asked(catalog, KWH, region=region).lines[0].outcome

    assert tried(over) == "due"
    assert tried(elsewhere) == "due"
    assert tried(city) == "due"  # a region above the place does not get a local relief
    assert tried(city, "130102") == "exempt"
    assert tried(city, "130400") == "due"


def test_what_was_charged_otherwise_is_not_applicable_even_without_a_rate():
    twice = a_relief("not_charged_twice", if_all(("public", "eq", True)))

    for rate in (RATE, UNSEEN):
        answer = answered(rate, {"public": True}, reliefs=(twice,))
        assert (told(answer), answer.reason) == (("not_applicable", None), "charged_otherwise")
    assert bounds(answered(RATE, KWH, reliefs=(twice,))) == ["0.00", "20.00"]


def test_a_relief_of_unknown_size_leaves_the_line_undetermined():
    answer = answered(
        RATE, KWH | {"size": "small"}, reliefs=(a_relief("unknown_reduction", SMALL),)
    )

    assert (told(answer), answer.reason) == (("undetermined", None), "reduction_unknown")
    assert (needs(answer), bounds(answer)) == ([], [None, "20.00"])


REGISTRATION = BasePlusExcess(D(80), D(1), D(10), "本证书", "staff", "months")
FREED = a_relief("exempt", SMALL, base_only=True)
HALVED = a_relief("multiply", if_all(("urban", "eq", True)), "half", factor="0.5", base_only=True)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"staff": 3, "months": 2, "size": "large", "urban": False}, ("due", "200.00")),
        # base 80 x 2 freed, excess 2 x 10 x 2 = 40 stays
        ({"staff": 3, "months": 2, "size": "small"}, ("reduced", "40.00")),
        ({"staff": 1, "months": 2, "size": "small"}, ("exempt", "0.00")),
        ({"staff": 3, "months": 2, "size": "large", "urban": True}, ("reduced", "120.00")),
        ({"staff": 3, "months": 2, "size": "small", "urban": True}, ("reduced", "40.00")),
        ({"months": 2, "size": "small"}, ("undetermined", None)),
        ({"staff": 3, "months": 2, "urban": True}, ("undetermined", None)),
    ],
)
def test_a_relief_of_the_base_leaves_what_further_units_cost(facts, expected):
    assert told(answered(REGISTRATION, facts, reliefs=(FREED, HALVED))) == expected


def test_reliefs_of_base_and_whole_multiply():
    whole = a_relief("multiply", None, "whole", factor="0.1")
    facts = {"staff": 3, "months": 2, "size": "small", "urban": False}

    assert told(answered(REGISTRATION, facts, reliefs=(FREED, HALVED, whole))) == (
        "reduced",
        "4.00",
    )


def test_a_factor_of_zero_is_an_exemption():
    assert told(answered(RATE, KWH, reliefs=(a_relief("multiply", factor="0"),))) == (
        "exempt",
        "0.00",
    )


def test_a_provisional_price_is_told_as_such_even_when_reduced():
    assert told(answered(RATE, KWH, provisional=True)) == ("provisional", "20.00")
    halved = (a_relief("multiply", factor="0.5"),)
    assert told(answered(RATE, KWH, provisional=True, reliefs=halved)) == ("provisional", "10.00")


def test_reliefs_touch_the_bounds_of_ranges_and_guided_prices_alike():
    halved = (a_relief("multiply", factor="0.5"),)
    span = Range(D(1), D(3), "千瓦时", ("kwh",), Text("市县", "county"))
    guided = Progressive("price", (Bracket(None, D("0.01")),), float_up=D("0.2"))

    assert bounds(answered(span, KWH, reliefs=halved)) == ["5.00", "15.00"]
    answer = answered(guided, {"price": 1000}, reliefs=halved)
    assert (told(answer), bounds(answer)) == (("guided", "5.00"), ["5.00", "6.00"])
    assert told(answered(span, KWH, reliefs=(a_relief("exempt"),))) == ("exempt", "0.00")


def test_an_industry_reference_is_guided_at_most():
    catalog = a_catalog(an_item(a_line(RATE), pricing="industry_reference"))
    answer = asked(catalog, KWH)

    assert (told(answer.lines[0]), answer.lines[0].allowed_range) == (("guided", "20.00"), None)
    assert str(answer.total) == "0.00"


def test_a_guided_item_without_a_float_is_due():
    catalog = a_catalog(an_item(a_line(RATE), pricing="government_guided"))

    assert told(asked(catalog, KWH).lines[0]) == ("due", "20.00")


def test_a_share_is_compared_exactly_without_a_division():
    """R: at 1 per cent exactly the half applies, just under it pays 90 per cent."""
    reliefs = (
        a_relief(
            "multiply",
            if_all(("share", "gte", D("0.01")), ("share", "lt", D("0.015"))),
            "half",
            factor="0.5",
        ),
        a_relief("multiply", if_all(("share", "lt", D("0.01"))), "ninety", factor="0.9"),
    )

    def tried(**facts):
        return told(answered(RATE, KWH | facts, reliefs=reliefs))

    assert tried(staff=300, disabled=3) == ("reduced", "10.00")
    assert tried(staff=301, disabled=3) == ("reduced", "18.00")
    assert tried(staff=3, disabled=D("0.045")) == ("due", "20.00")
    assert tried(staff=3, disabled=D("0.044999")) == ("reduced", "10.00")
    assert tried(share=D("0.0099")) == ("reduced", "18.00")
    open_one = answered(RATE, KWH | {"staff": 300}, reliefs=reliefs)
    assert (needs(open_one), bounds(open_one)) == (["disabled"], ["10.00", "20.00"])


def test_total_adds_rounded_amounts_of_what_is_owed_only():
    lines = tuple(
        a_line(PerUnit(D(rate), "千瓦时", ("kwh",)), f"fee.{rate}", **given)
        for rate, given in [("0.005", {}), ("0.0051", {"provisional": True})]
    )
    span = a_line(Range(D(1), D(3), "千瓦时", ("kwh",), Text("县", "county")), "fee.range")

    answer = asked(a_catalog(an_item(*lines, span)), {"kwh": 1})

    assert [each.outcome for each in answer.lines] == ["due", "provisional", "range"]
    assert (str(answer.total), answer.complete) == ("0.02", True)


def test_an_answer_with_a_gap_is_not_complete_and_totals_the_rest():
    lines = (a_line(RATE), a_line(PerUnit(D(1), "月", ("months",)), "fee.months"))

    answer = asked(a_catalog(an_item(*lines)), KWH)

    assert (str(answer.total), answer.complete) == ("20.00", False)


TWO = (a_line(RATE, "fee.home"), a_line(PerUnit(D(3), "千瓦时", ("kwh",)), "fee.shop"))
GROUP = alternatives(
    "fee.home",
    "fee.shop",
    class_fact="user",
    classes=(("home", "fee.home"), ("shop", "fee.shop")),
)


def test_unchosen_alternatives_are_each_answered_and_never_added():
    answer = asked(a_catalog(an_item(*TWO, alternatives=(GROUP,))), KWH)

    assert [(told(each), each.alternative) for each in answer.lines] == [
        (("due", "20.00"), True),
        (("due", "30.00"), True),
    ]
    assert (str(answer.total), answer.complete) == ("0.00", False)


def test_a_class_fact_chooses_and_the_others_do_not_apply():
    answer = asked(a_catalog(an_item(*TWO, alternatives=(GROUP,))), KWH | {"user": "shop"})

    assert [(each.outcome, each.reason, each.alternative) for each in answer.lines] == [
        ("not_applicable", "other_class", False),
        ("due", None, False),
    ]
    assert (str(answer.total), answer.complete) == ("30.00", True)


def test_a_named_line_chooses_before_a_class_fact():
    catalog = a_catalog(an_item(*TWO, alternatives=(GROUP,)))

    both = asked(catalog, KWH | {"user": "shop"}, lines=("fee.home",))
    alone = asked(catalog, KWH, items=(), lines=("fee.home",))

    assert [each.outcome for each in both.lines] == ["due", "not_applicable"]
    assert [(each.line, str(each.amount)) for each in alone.lines] == [("fee.home", "20.00")]
    assert (str(alone.total), alone.complete) == ("20.00", True)


def test_two_named_lines_of_one_group_are_never_added():
    catalog = a_catalog(an_item(*TWO, alternatives=(GROUP,)))

    answer = asked(catalog, KWH, items=(), lines=("fee.home", "fee.shop"))

    assert [each.alternative for each in answer.lines] == [True, True]
    assert (str(answer.total), answer.complete) == ("0.00", False)


def test_a_class_without_a_line_in_force_has_no_rate():
    later = Window(begin=date(2025, 1, 1))
    lines = (TWO[0], a_line(RATE, "fee.shop", window=later))
    catalog = a_catalog(an_item(*lines, alternatives=(GROUP,)))

    answer = asked(catalog, KWH | {"user": "shop"})

    assert [(each.line, each.outcome, each.reason) for each in answer.lines] == [
        ("fee.home", "not_applicable", "other_class"),
        (None, "no_rate", "not_yet_begun"),
    ]
    assert not answer.complete


@pytest.mark.parametrize(
    ("region", "items", "lines"),
    [
        ("130102", ("fee",), ["fee.city"]),
        ("130102", (), ["fee.city"]),
        ("130100", (), ["fee.city"]),
        ("130000", ("fee",), ["fee.city"]),  # from above, the item is named
        ("130000", (), []),  # from above, nothing is named
        ("130400", (), []),
        ("130400", ("fee",), [None]),
    ],
)
def test_a_place_covers_the_divisions_under_it_and_those_above_by_name(region, items, lines):
    catalog = a_catalog(an_item(a_line(RATE, "fee.city", place="石家庄市")))

    answer = asked(catalog, KWH, region=region, items=items)

    assert [each.line for each in answer.lines] == lines


def test_a_line_named_outside_its_place_does_not_apply():
    lines = (a_line(RATE, "fee.city", place="石家庄市"), a_line(RATE, "fee.all"))
    catalog = a_catalog(an_item(*lines))

    answer = asked(catalog, KWH, region="130400", items=(), lines=("fee.city",)).lines[0]

    assert (answer.line, answer.outcome, answer.reason) == (
        "fee.city",
        "not_applicable",
        "outside_place",
    )


def test_where_nothing_is_in_force_anywhere_there_is_no_rate_whatever_the_place():
    """README rule 3: no line on that day is no_rate; only a line in force can be out of place."""
    window = Window(begin=date(2020, 1, 1))
    catalog = a_catalog(an_item(a_line(RATE, "fee.city", place="石家庄市", window=window)))

    def tried(on):
        return [
            (each.line, each.outcome, each.reason)
            for each in asked(catalog, KWH, region="130400", on=on).lines
        ]

    assert tried(date(2019, 12, 31)) == [(None, "no_rate", "not_yet_begun")]
    assert tried(date(2020, 1, 1)) == [(None, "not_applicable", "outside_place")]


def test_nothing_named_asks_for_the_whole_catalog_of_the_region():
    other = an_item(a_line(RATE, "grid.line", item="grid", place="电网"), item="grid")
    gone = an_item(a_line(RATE, "gone.line", item="gone"), item="gone", events=(an_event(),))
    catalog = a_catalog(an_item(a_line(RATE)), other, gone)

    def tried(region):
        lines = asked(catalog, KWH, region=region, items=()).lines
        return [(each.item, each.outcome) for each in lines]

    assert tried("130181") == [("fee", "due"), ("grid", "due"), ("gone", "ended")]
    assert tried("130300") == [("fee", "due"), ("gone", "ended")]
