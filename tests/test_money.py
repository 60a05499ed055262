"""Money: R-M1 grammar, R-M2 rounding, R-M5 late fee, R-M6 shares, R-M7 capital characters."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeledger.money import (
    AmountRefused,
    Money,
    amount_in_words,
    format_cny,
    late_fee,
    money_of,
    parse_amount,
    round_half_up,
    split_money,
    total_of,
)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("0.01", 1),
        ("80.0", 8000),
        ("22.09", 2209),
        ("12.3", 1230),
        ("9999999999999.99", 999999999999999),
    ],
)
def test_r_m1_amounts_are_read_as_yuan(text: str, fen: int) -> None:
    assert parse_amount(text) == Money(fen)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("-1", "character 1"),
        ("+1", "character 1"),
        (" 1", "character 1"),
        ("1\n", "character 2"),
        ("1,234.00", "character 2"),
        ("1e5", "character 2"),
        ("１２", "character 1"),
        ("٣", "character 1"),
        ("NaN", "character 1"),
        ("1.234", "two decimals"),
        ("01", "begin with 0"),
        ("00.50", "begin with 0"),
        (".5", "point"),
        ("5.", "point"),
        ("1.2.3", "point"),
        ("12345678901234", "thirteen"),
    ],
)
def test_r_m1_anything_else_is_refused_and_says_why(text: str, said: str) -> None:
    with pytest.raises(AmountRefused) as refusal:
        parse_amount(text)

    assert said in refusal.value.detail.en
    assert "如 1234.50" in refusal.value.detail.zh


def test_r_m1_a_huge_text_is_refused_without_repeating_it() -> None:
    with pytest.raises(AmountRefused) as refusal:
        parse_amount("9" * 1_000_000)

    assert len(refusal.value.detail.zh) < 200


@given(st.integers(0, 10**15 - 1))
def test_what_is_printed_is_read_back(fen: int) -> None:
    assert parse_amount(str(Money(fen))) == Money(fen)


def test_sentences_group_amounts_in_thousands_without_losing_a_fen() -> None:
    assert f"{Money(123456789):,}" == "1,234,567.89"
    assert (f"{Money(99):,}", f"{Money(123456)}", f"{Money(1):>6}") == ("0.99", "1234.56", "  0.01")


def test_amounts_print_with_two_decimals() -> None:
    assert [str(Money(fen)) for fen in (0, 1, 10, 1230, 123456)] == [
        "0.00",
        "0.01",
        "0.10",
        "12.30",
        "1234.56",
    ]


def test_amounts_add_and_compare() -> None:
    assert Money(150) + Money(50) == Money(200)
    assert Money(150) - Money(50) == Money(100)
    assert Money(1) < Money(2)
    assert total_of([Money(1), Money(2)]) == Money(3)
    assert total_of([]) == Money(0)
    assert not Money(0)


@pytest.mark.parametrize("value", [-1, 1.0, True, Decimal(1)])
def test_money_is_a_whole_number_of_fen_and_never_below_zero(value: object) -> None:
    with pytest.raises(ValueError, match="whole number of fen"):
        Money(value)


def test_taking_away_more_than_there_is_fails() -> None:
    with pytest.raises(ValueError, match="zero or above"):
        Money(1) - Money(2)


def test_exact_yuan_become_money_and_the_rest_is_refused() -> None:
    assert money_of(Decimal("12.30")) == Money(1230)
    assert money_of(Decimal("1E+3")) == Money(100000)
    assert money_of(Decimal("12.300")) == Money(1230)
    assert Money(1230).yuan == Decimal("12.30")
    for bad in ("0.001", "-1", "NaN", "Infinity"):
        with pytest.raises(AmountRefused):
            money_of(Decimal(bad))


@pytest.mark.parametrize(
    ("numerator", "denominator", "whole"),
    [
        (10005, 10, 1001),
        (10004, 10, 1000),
        (1, 2, 1),
        (1, 3, 0),
        (2, 3, 1),
        (0, 7, 0),
        (5, 2, 3),
        (7, 2, 4),
    ],
)
def test_r_m2_halves_round_up_exactly(numerator: int, denominator: int, whole: int) -> None:
    assert round_half_up(numerator, denominator) == whole


def test_r_m2_three_lines_of_10_005_give_30_03() -> None:
    line = Money(round_half_up(10005, 10))

    assert str(total_of([line, line, line])) == "30.03"


def test_rounding_wants_a_denominator_above_zero() -> None:
    with pytest.raises(ValueError, match="above zero"):
        round_half_up(1, 0)


def test_r_m5_late_fee_examples() -> None:
    assert str(late_fee(Money(1_000_000), daily_rate=Decimal("0.0005"), days=37)) == "185.00"
    assert str(late_fee(Money(50_000), daily_rate=Decimal("0.03"), days=40)) == "500.00"
    assert late_fee(Money(50_000), daily_rate=Decimal("0.03"), days=0) == Money(0)
    assert late_fee(Money(50_000), daily_rate=Decimal("0.03"), days=-3) == Money(0)


def test_r_m1_the_place_of_a_strange_sign_is_counted_from_1_in_both_languages() -> None:
    with pytest.raises(AmountRefused) as refusal:
        parse_amount("12,00")

    assert "第 3 位“,”" in refusal.value.detail.zh
    assert "character 3, ','" in refusal.value.detail.en


def test_zero_is_money_and_a_rate_of_zero_costs_nothing() -> None:
    assert money_of(Decimal(0)) == Money(0)
    assert late_fee(Money(100), daily_rate=Decimal(0), days=9) == Money(0)
    assert Money(1)


def test_r_m6_ratios_may_have_decimals() -> None:
    # floor(10 x 12.5 / 100) = 1; the rest, 9, to the collecting level
    shares = split_money(
        Money(10), {"up": Decimal("12.5"), "here": Decimal("87.5")}, collecting="here"
    )

    assert shares == {"up": Money(1), "here": Money(9)}


def test_r_m5_late_fee_rounds_half_up() -> None:
    # 0.10 yuan x 5 % x 1 day = 0.005 yuan
    assert late_fee(Money(10), daily_rate=Decimal("0.05"), days=1) == Money(1)
    with pytest.raises(ValueError, match="daily rate"):
        late_fee(Money(10), daily_rate=Decimal("-0.05"), days=1)


def test_r_m6_the_remainder_goes_to_the_collecting_level() -> None:
    ratios = {"central": Decimal(10), "province": Decimal(20), "county": Decimal(70)}

    shares = split_money(Money(10001), ratios, collecting="county")

    assert {level: str(share) for level, share in shares.items()} == {
        "central": "10.00",
        "province": "20.00",
        "county": "70.01",
    }


@given(
    st.integers(0, 10**15),
    st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=6).filter(
        lambda ratios: sum(ratios) > 0
    ),
)
def test_r_m6_shares_add_up_to_the_total(fen: int, ratios: list[Decimal]) -> None:
    levels = {str(number): ratio for number, ratio in enumerate(ratios)}

    shares = split_money(Money(fen), levels, collecting="0")

    assert total_of(shares.values()) == Money(fen)
    assert all(share.fen <= fen for share in shares.values())


@pytest.mark.parametrize(
    "ratios", [{"a": Decimal(0)}, {"a": Decimal(-1), "b": Decimal(2)}, {"b": Decimal(1)}]
)
def test_r_m6_impossible_ratios_fail(ratios: dict[str, Decimal]) -> None:
    with pytest.raises(ValueError, match="ratios"):
        split_money(Money(1), ratios, collecting="a")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("150.00", "壹佰伍拾元整"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("0.01", "壹分"),
        ("100000.00", "壹拾万元整"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("100001000.00", "壹亿零壹仟元整"),
        ("107000.53", "壹拾万零柒仟元伍角叁分"),
        ("30040.56", "叁万零肆拾元伍角陆分"),
        ("0", "零元整"),
        ("0.10", "壹角"),
        ("0.52", "伍角贰分"),
        ("10.30", "壹拾元叁角"),
        ("10001.00", "壹万零壹元整"),
        ("100000000.00", "壹亿元整"),
        ("1000000000000.00", "壹万亿元整"),
        ("1000000010000.00", "壹万亿零壹万元整"),
        ("1000100000000.00", "壹万零壹亿元整"),
        ("9999999999999.99", "玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_r_m7_amounts_in_capital_characters(amount: str, words: str) -> None:
    assert amount_in_words(parse_amount(amount)) == words


def test_r_m7_an_amount_beyond_the_words_is_refused() -> None:
    with pytest.raises(AmountRefused, match="too large"):
        amount_in_words(Money(10**18))


def test_amounts_for_people_are_grouped() -> None:
    assert format_cny(Money(123456), "zh") == "1,234.56"
    assert format_cny(Money(123456), "en") == "CNY 1,234.56"
    assert format_cny(Money(12345678901234567890199), "zh") == "123,456,789,012,345,678,901.99"
