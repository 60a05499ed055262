import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeledger.catalog.expressions import (
    TEXT_MAX,
    Apply,
    ExpressionRefused,
    Name,
    Number,
    is_truth,
    names_of,
    parse_expression,
)

NAMES = {"a", "b", "headcount", "average_wage", "quota_ratio"}


def parsed(text):
    return parse_expression(text, NAMES)


def refused(text):
    with pytest.raises(ExpressionRefused) as caught:
        parsed(text)
    return caught.value


def test_products_bind_tighter_than_sums_and_rows_lean_left():
    tree = parsed("a - b * 2 - 1")

    two, one = Number(Decimal(2)), Number(Decimal(1))
    inner = Apply("sub", (Name("a"), Apply("mul", (Name("b"), two))))
    assert tree == Apply("sub", (inner, one))


def test_brackets_min_and_max_are_read():
    tree = parsed("max(0, headcount * quota_ratio - a) * min(average_wage, 2 * b, 7.5)")

    assert isinstance(tree, Apply)
    assert tree.operation == "mul"
    assert [operand.operation for operand in tree.operands] == ["max", "min"]
    assert len(tree.operands[1].operands) == 3
    assert names_of(tree) == {"headcount", "quota_ratio", "a", "average_wage", "b"}


def test_a_comparison_may_stand_as_a_factor():
    tree = parsed("(a > 30 and not b <= 2 or a == 1) * 100")

    assert isinstance(tree, Apply)
    assert is_truth(tree.operands[0])
    assert tree.operands[0].operation == "any"


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("a / b", 3, "divisor"),
        ("a ** 2", 3, "**"),
        ("a.real", 2, "attributes"),
        ("__import__('os')", 12, "strings"),
        ("__import__(a)", 1, "cannot be called"),
        ("abs(a)", 1, "cannot be called"),
        ("'a'", 1, "strings"),
        ("a % 2", 3, "decimal"),
        ("1e5", 1, "plain decimal"),
        ("1.5E-3", 1, "plain decimal"),
        ("1.", 1, "plain decimal"),
        (".5", 1, "attributes"),
        ("0x10", 1, "plain decimal"),
        ("1_000", 1, "plain decimal"),
        ("a = b", 3, "=="),
        ("a; b", 2, "not allowed"),
        ("a[0]", 2, "not allowed"),
        ("lambda: a", 7, "not allowed"),
        ("lambda + a", 1, "unknown name"),
        ("headcont", 1, "headcount"),
        ("a b", 3, "not expected"),
        ("(a", 3, "expected"),
        ("a)", 2, "not expected"),
        ("min(a)", 4, "two or more"),
        ("min a", 5, "expected"),
        ("", 1, "ends here"),
        ("a +", 4, "ends here"),
        ("-a", 1, "not expected"),
        ("a < b", 1, "not a truth"),
        ("(a < b < 2) * a", 8, "chained"),
        ("(a < b) * (b < a)", 9, "two truths"),
        ("(a and b) * 2", 2, "joins comparisons"),
        ("(not a) * 2", 2, "joins comparisons"),
        ("max(a < b, 2)", 4, "a number is wanted"),
        ("a + (a < b)", 3, "a number is wanted"),
        ("\uff11 + a", 1, "not allowed"),
        ("not", 4, "ends here"),
    ],
)
def test_anything_else_is_refused_with_its_position_and_in_both_languages(text, position, words):
    refusal = refused(text)

    assert refusal.facts["position"] == position
    assert words in refusal.detail.en
    assert refusal.detail.zh.startswith("第 ")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000 + "a" + ")" * 100_000,
        "(" * 900 + "a" + ")" * 900,
        "9" * 1_000_000,
        "9" * 31,
        "a" * 65,
        "+".join(["a"] * 900),
        "not " * 400 + "a",
        "min(" * 200 + "a",
        "a" + " " * 10_000_000,
        "a,b" * 600,
    ],
    ids=lambda text: f"{text[:8]}…{len(text)}",
)
def test_hostile_texts_are_refused_at_once(text):
    start = time.perf_counter()

    refused(text)

    assert time.perf_counter() - start < 0.2


def test_a_text_of_the_greatest_length_is_read():
    text = "a" + " " * (TEXT_MAX - 1)

    assert parsed(text) == Name("a")


def ends_well(text):
    """A tree of known names, or a refusal in both languages; nothing else."""
    try:
        return names_of(parsed(text)) <= NAMES
    except ExpressionRefused as refusal:
        return bool(refusal.detail.zh and refusal.detail.en)


@given(st.text(max_size=60))
def test_no_text_ends_in_anything_but_a_tree_or_a_refusal(text):
    assert ends_well(text)


@given(st.text(alphabet="ab +-*()<>=,.0123456789/andormix", max_size=40))
def test_texts_of_the_alphabet_of_formulas_end_likewise(text):
    assert ends_well(text)
