"""The demonstration's enterprises are invented, valid and repeatable."""

from feeledger.assessment.engine import Request, assess
from feeledger.catalog.plan import plan_of
from feeledger.codes import judge_uscc
from feeledger.demo.enterprises import COUNT, synthetic_enterprises
from tests.builders import TODAY, the_catalog


def test_every_code_is_valid_without_a_warning_and_stands_once():
    codes = [e.uscc for e in synthetic_enterprises()]

    assert len(set(codes)) == COUNT
    assert [c for c in codes if judge_uscc(c).problem or judge_uscc(c).warnings] == []


def test_every_name_says_that_it_is_a_demonstration():
    assert all(e.name.startswith("演示") for e in synthetic_enterprises())


def test_the_same_seed_invents_the_same_enterprises():
    assert synthetic_enterprises(20) == synthetic_enterprises(20)


def test_the_catalog_takes_every_invented_fact():
    plan = plan_of(the_catalog())

    for enterprise in synthetic_enterprises(40):
        request = Request(ref=None, on=TODAY, region="130184", facts=dict(enterprise.facts))
        assert assess(plan, request).lines
