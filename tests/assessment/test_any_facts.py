"""Whatever facts are given or missing, every line of the real catalog is answered and explained."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeledger.assessment.engine import assess
from feeledger.assessment.explanation import answer_document
from feeledger.assessment.outcomes import OWED, FactsRefused, Request
from feeledger.catalog.plan import plan_of
from feeledger.catalog.reader import load_catalog
from feeledger.settings import DEFAULT_CATALOG

PLAN = plan_of(load_catalog(DEFAULT_CATALOG))
ITEMS = sorted(PLAN.by_item)
DAYS = st.dates(date(2009, 1, 1), date(2028, 12, 31))
REGIONS = st.sampled_from(["130000", "130184", "131081", "130434", "130200", "000000"])


def value_of(fact):
    if fact.type == "bool":
        return st.booleans()
    if fact.type == "enum":
        return st.sampled_from(fact.values)
    whole = st.one_of(st.integers(0, 60), st.sampled_from([10**12, 10**6, 30000, 5000000]))
    if fact.type == "int" or fact.name.endswith("_coefficient"):
        return st.sampled_from([1]) if fact.name.endswith("_coefficient") else whole
    return st.one_of(whole, st.decimals(0, 10**7, places=6))


def facts_of(items):
    """Some of the facts the items read, each with a value of its type."""
    names = sorted({name for item in items for line in PLAN.by_item[item] for name in line.reads})
    optional = {
        name: value_of(PLAN.catalog.facts[name]) for name in names if name != "disabled_share"
    }
    return st.fixed_dictionaries({}, optional=optional)


def answer_or_codes(request):
    try:
        return assess(PLAN, request)
    except FactsRefused as refused:
        return {error.code for error in refused.errors}


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_every_line_is_answered_and_explained_in_both_languages(data):
    items = data.draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3, unique=True))
    facts = data.draw(facts_of(items))
    request = Request(None, data.draw(DAYS), data.draw(REGIONS), tuple(items), (), facts)

    answer = answer_or_codes(request)
    if isinstance(answer, set):
        assert answer <= {"out-of-bounds", "coefficient-not-allowed"}
        return

    assert {line.item for line in answer.lines} == set(items)
    for line in answer.lines:
        assert (line.amount is not None) == (line.outcome in AMOUNTS), line.outcome
        assert line.outcome != "undetermined" or line.needs or line.reason == "reduction_unknown"
    owed = [each for each in answer.lines if each.outcome in OWED and not each.alternative]
    assert answer.total.fen == sum(each.amount.fen for each in owed)
    for language in ("zh", "en"):
        assert json.dumps(answer_document(answer, language))


AMOUNTS = OWED | {"guided", "ceiling", "below_floor"}


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_a_missing_fact_may_come_to_lies_within_the_allowed_range(data):
    """Leave one fact out: the amount with it lies between the least and the most told without."""
    item = data.draw(st.sampled_from(ITEMS))
    facts = data.draw(facts_of([item]))
    day, region = data.draw(DAYS), data.draw(REGIONS)
    asked = Request(None, day, region, (item,), (), facts)
    answer = answer_or_codes(asked)
    if isinstance(answer, set):
        return
    whole = {line.line: line for line in answer.lines}
    for name in facts:
        fewer = {key: value for key, value in facts.items() if key != name}
        for line in assess(PLAN, Request(None, day, region, (item,), (), fewer)).lines:
            known = whole.get(line.line)
            if line.outcome != "undetermined" or known is None or known.amount is None:
                continue
            low, high = line.allowed_range or (None, None)
            assert known.outcome == "below_floor" or low is None or low <= known.amount, name
            assert high is None or known.amount <= high, name


@pytest.mark.parametrize("day", [date(2010, 6, 30), date(2016, 1, 1), date(2026, 11, 24)])
def test_the_whole_catalog_is_explained_without_any_fact(day):
    answer = assess(PLAN, Request(None, day, "130102"))

    for language in ("zh", "en"):
        document = answer_document(answer, language)
        assert all(line["steps"]["sentences"] for line in document["lines"])
    assert Decimal(document["total"]) == 0
