"""Conditions of lines, adjustments and reliefs in words that a shop owner understands."""

from collections.abc import Mapping
from decimal import Decimal

from feeledger.assessment.wording import option_words
from feeledger.catalog.items import Condition, Fact, Test
from feeledger.errors import Text
from feeledger.web.formats import format_rate
from feeledger.web.wording import words_of_unit

COMPARISONS = {
    "eq": Text("等于", "is"),
    "lt": Text("低于", "is below"),
    "lte": Text("不超过", "is at most"),
    "gt": Text("超过", "is above"),
    "gte": Text("不低于", "is at least"),
}


def label_of(name: str, facts: Mapping[str, Fact]) -> Text:
    """Give the label of a fact; an unknown one is named by its code."""
    return facts[name].label if name in facts else Text(name, name)


def label_of_value(name: str, value: str, facts: Mapping[str, Fact]) -> Text:
    """Give the label of one value of an enum."""
    fact = facts.get(name)
    if fact is None:
        return Text(value, value)
    return Text(option_words(fact, value, "zh"), option_words(fact, value, "en"))


def words_of_condition(condition: Condition | None, facts: Mapping[str, Fact]) -> Text:
    """Say when a condition holds; empty for none."""
    if condition is None:
        return Text("", "")
    tests = [words_of_test(test, facts) for test in condition.tests]
    if not tests:
        return Text("普遍适用", "for everyone")
    both = condition.kind == "all"
    return Text(
        ("，且" if both else "，或").join(text.zh for text in tests),
        (", and " if both else ", or ").join(text.en for text in tests),
    )


def words_of_test(test: Test, facts: Mapping[str, Fact]) -> Text:
    """Say one comparison of a fact with a value."""
    label = label_of(test.fact, facts)
    if isinstance(test.value, bool):
        yes = test.value
        return Text(f"{'' if yes else '不属于：'}{label.zh}", f"{'' if yes else 'not: '}{label.en}")
    if isinstance(test.value, Decimal):
        return _words_of_number(test, test.value, facts)
    chosen = (test.value,) if isinstance(test.value, str) else test.value
    values = [label_of_value(test.fact, value, facts) for value in chosen]
    return Text(
        f"{label.zh}为{'、'.join(v.zh for v in values)}",
        f"{label.en}: {' or '.join(v.en for v in values)}",
    )


def _words_of_number(test: Test, value: Decimal, facts: Mapping[str, Fact]) -> Text:
    label, word = label_of(test.fact, facts), COMPARISONS.get(test.op, COMPARISONS["eq"])
    unit = words_of_unit(facts[test.fact].unit) if test.fact in facts else Text("", "")
    number = format_rate(value, "en")
    unit_en = "%" if unit.en == "%" else (f" {unit.en}" if unit.en else "")
    unit_zh = "%" if unit.zh == "%" else (f" {unit.zh}" if unit.zh else "")
    return Text(f"{label.zh}{word.zh} {number}{unit_zh}", f"{label.en} {word.en} {number}{unit_en}")
