"""The engine and an independent reference agree on every edge.

By default a seeded part of the edge requests is asked; ``FEELEDGER_EDGES=all`` asks every one.
"""

from datetime import date
from os import environ
from random import Random

from feeledger.assessment.engine import Request as EngineRequest
from feeledger.assessment.engine import assess
from tests.reference.decimal_reference import Request, answer
from tests.reference.edges import requests_refused, requests_without_names, values_of_facts
from tests.reference.engine_side import disagreements, engine_answer, facts_for_engine
from tests.reference.reference_facts import RefusedFact

EVERYTHING = environ.get("FEELEDGER_EDGES") == "all"
PART = 1.0 if EVERYTHING else 0.15
PART_OF_RANGES = 0.3 if EVERYTHING else 0.03
SHOWN = 20


def part_of(requests, seed, part=PART):
    random = Random(seed)
    return [request for request in requests if random.random() < part]


def failures_of(edition, plan, requests):
    return [
        f"{found} | {request}"
        for request in requests
        for found in disagreements(edition, request, engine_answer(plan, edition, request))
    ]


def test_every_line_has_edge_requests_enough(edition, requests):
    assert sum(len(item["lines"]) for item in edition["items"].values()) == 237
    assert sum(len(asked) for asked in requests.values()) >= 15_000


def test_engine_and_reference_agree_on_the_edges_of_every_line(edition, plan, requests):
    asked = [request for item, of_item in requests.items() for request in part_of(of_item, item)]
    failures = failures_of(edition, plan, asked)
    assert not failures, f"{len(failures)} differ\n" + "\n".join(failures[:SHOWN])


def test_engine_and_reference_agree_when_nothing_is_named(edition, plan):
    failures = failures_of(edition, plan, requests_without_names())
    assert not failures, "\n".join(failures[:SHOWN])


def test_facts_out_of_bounds_are_refused_where_an_asked_line_uses_them(edition, plan):
    asked = [
        request
        for item in edition["items"].values()
        for line in item["lines"]
        for request in requests_refused(edition, item, line)
    ]
    failures = failures_of(edition, plan, asked)
    assert len(asked) > 300
    assert not failures, "\n".join(failures[:SHOWN])


def test_the_range_of_an_undetermined_line_holds_whatever_the_missing_facts_turn_out_to_be(
    edition, plan, requests
):
    failures, tried = [], 0
    for name, asked in requests.items():
        random = Random(name)
        for request in part_of(asked, name, PART_OF_RANGES):
            given = engine_answer(plan, edition, request)
            for line in () if isinstance(given, set) else given["lines"]:
                if line["outcome"] == "undetermined" and line["allowed_range"]:
                    for found in completions(edition, request, line["line"], random):
                        tried += 1
                        if not within(found, line["allowed_range"]):
                            failures.append(f"{line['allowed_range']} {found} | {request}")
    assert tried > 1000
    assert not failures, f"{len(failures)} fail\n" + "\n".join(failures[:SHOWN])


def completions(edition, request, line_id, random):
    """Give what the reference says of a line once its missing facts are made up, some times."""
    item = next(i for i in edition["items"].values() if any(x["id"] == line_id for x in i["lines"]))
    line = next(x for x in item["lines"] if x["id"] == line_id)
    values = values_of_facts(edition, item, line, item["reliefs"])
    for _ in range(3):
        facts = {
            name: random.choice(choices)
            for name, choices in values.items()
            if not edition["facts"][name]["class_fact"]
        }
        try:
            completed = Request(request.on, request.region, (), (line_id,), facts | request.facts)
            reply = answer(edition, completed).lines[line_id]
        except RefusedFact:
            continue
        if reply.amount is not None:
            yield reply


def within(reply, allowed):
    low, high = (None if bound is None else int(bound.replace(".", "")) for bound in allowed)
    amount = int(reply.amount.replace(".", ""))
    return (low is None or low <= amount) and (high is None or amount <= high)


def test_a_number_counts_alike_as_text_as_decimal_and_as_whole_number(edition, plan):
    facts = {"headcount": "31", "disabled_employed": "0", "average_wage": "65432.10"}
    facts |= {"social_average_wage": "60000", "payer_kind": "enterprise"}
    asked = [facts, facts_for_engine(edition, facts), {**facts, "headcount": 31}]
    totals = {
        str(
            assess(
                plan,
                EngineRequest(
                    ref=None,
                    on=date(2024, 7, 1),
                    region="130000",
                    items=("disabled-employment",),
                    lines=(),
                    facts=given,
                ),
            ).total
        )
        for given in asked
    }
    assert totals == {"27383.33"}  # 0.465 × 65432.10 × 90 % = 27383.33385
