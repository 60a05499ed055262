from datetime import date
from decimal import Decimal

import pytest

from feeledger.assessment.outcomes import FactsRefused
from feeledger.assessment.requests import (
    Defaults,
    JsonMalformed,
    read_json,
    ref_of,
    request_of,
)
from feeledger.catalog.plan import plan_of
from feeledger.catalog.rates import PerUnit
from tests.assessment.small_catalog import a_catalog, a_line, an_item

PLAN = plan_of(a_catalog(an_item(a_line(PerUnit(Decimal(1), "", ("kwh",))))))
DEFAULTS = Defaults(date(2024, 5, 1), "130184", ("fee",), ())


def test_numbers_are_read_as_written():
    read = read_json('{"a": 0.1, "b": 12345678901234567890.000001, "c": 7, "d": 1e2}')

    assert read == {
        "a": Decimal("0.1"),
        "b": Decimal("12345678901234567890.000001"),
        "c": 7,
        "d": Decimal(100),
    }
    assert isinstance(read["c"], int)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "",
        "{'a': 1}",
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": -Infinity}',
        '{"a": 1, "a": 2}',
        '{"facts": {"a": 1, "a": 1}}',
        '{"a": 01}',
        '{"a": 1e99999999999999999999}',
        "[" * 100_000,
        '{"a":' * 50_000,
    ],
    ids=lambda text: text[:24],
)
def test_what_is_no_strict_json_is_refused(text):
    with pytest.raises(JsonMalformed) as caught:
        read_json(text)

    assert caught.value.detail.zh
    assert caught.value.detail.en


def test_a_number_of_a_million_digits_is_read_without_harm():
    assert read_json("9" * 1_000_000) == Decimal("9" * 1_000_000)


def test_what_a_request_leaves_out_comes_from_the_options():
    assert request_of({"facts": {}}, DEFAULTS, PLAN).items == ("fee",)
    asked = request_of(
        {"ref": 7, "on": "2020-02-29", "region": "130100", "items": [], "facts": {"kwh": 1}},
        DEFAULTS,
        PLAN,
    )

    assert (asked.ref, asked.on, asked.region) == (7, date(2020, 2, 29), "130100")
    assert (asked.items, asked.facts) == ((), {"kwh": 1})


def test_an_object_without_facts_is_the_facts():
    asked = request_of({"kwh": 3}, DEFAULTS, PLAN)

    assert (asked.facts, asked.on) == ({"kwh": 3}, date(2024, 5, 1))


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        ([1], [("wrong-type", "")]),
        ("x", [("wrong-type", "")]),
        ({"facts": [1]}, [("wrong-type", "facts")]),
        ({"facts": None}, [("wrong-type", "facts")]),
        ({"on": "2024-02-30", "facts": {}}, [("date-malformed", "on")]),
        ({"on": "20240501", "facts": {}}, [("date-malformed", "on")]),
        ({"on": 5, "facts": {}}, [("date-malformed", "on")]),
        ({"items": "fee", "facts": {}}, [("wrong-type", "items")]),
        ({"lines": [1], "facts": {}}, [("wrong-type", "lines")]),
        ({"region": 130184, "facts": {}}, [("wrong-type", "region")]),
        ({"ref": {}, "facts": {}}, [("wrong-type", "ref")]),
        ({"fact": {}, "facts": {}}, [("unknown-key", "fact")]),
        (
            {"on": "x", "itms": [], "items": ["fe"], "facts": {"kw": 1}},
            [
                ("unknown-key", "itms"),
                ("date-malformed", "on"),
                ("unknown-item", "items"),
                ("unknown-fact", "kw"),
            ],
        ),
    ],
)
def test_a_faulty_frame_is_refused_with_every_fault(document, faults):
    with pytest.raises(FactsRefused) as caught:
        request_of(document, DEFAULTS, PLAN)

    assert [(error.code, error.field) for error in caught.value.errors] == faults


def test_a_request_without_any_day_lacks_its_date():
    with pytest.raises(FactsRefused) as caught:
        request_of({"facts": {}}, Defaults(), PLAN)

    assert [error.code for error in caught.value.errors] == ["date-missing"]


def test_a_reference_is_echoed_where_it_is_a_text_or_a_whole_number():
    assert [ref_of(each) for each in ({"ref": "a"}, {"ref": 3}, {"ref": True}, {}, None)] == [
        "a",
        3,
        None,
        None,
        None,
    ]
