"""Columns of 64-bit integers; outcomes as codes; what does not fit goes to the scalar walk."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from feeledger.assessment import columns
from feeledger.assessment.column_facts import FactColumn, FactColumns, columns_of_rows
from feeledger.assessment.column_findings import FINDINGS
from feeledger.assessment.column_walk import spread
from feeledger.assessment.columns import assess_columns
from feeledger.assessment.outcomes import Request
from feeledger.assessment.selection import scope_of
from feeledger.catalog.plan import plan_of
from tests.builders import REGION, the_catalog

ON = date(2026, 11, 24)


def answered(rows, *lines):
    plan = plan_of(the_catalog())
    scope = scope_of(plan, Request(None, ON, REGION, (), lines))
    facts = columns_of_rows(rows, plan.catalog.facts, scope.needed)
    answer = assess_columns(plan, facts, on=ON, region=REGION, lines=lines)
    return replace(answer, lines=tuple(answer.lines))


def told(answer, row):
    column = answer.lines[0]
    finding = FINDINGS[column.codes[row]]
    return finding and (*finding, int(column.amount[row]))


def test_a_half_fen_is_rounded_up_and_the_levy_is_held_by_its_reliefs():
    wage = {"social_average_wage": Decimal(60000), "payer_kind": "enterprise"}
    answer = answered(
        [
            # (31 x 0.015 - 0) x 65432.10 x 0.9 = 27383.33385
            {"headcount": 31, "disabled_employed": 0, "average_wage": Decimal("65432.10"), **wage},
            # 30 persons or fewer: exempt
            {"headcount": 30, "disabled_employed": 0, "average_wage": Decimal("65432.10"), **wage},
            {"headcount": 31, "disabled_employed": 0, **wage},
        ],
        "disabled-employment.cap2",
    )

    assert told(answer, 0) == ("reduced", "", 27383_33)
    assert told(answer, 1) == ("exempt", "", 0)
    assert told(answer, 2) == ("undetermined", "", 0)


def test_a_false_condition_and_an_unknown_one_are_codes_not_zeros():
    answer = answered([{"vat_taxpayer_kind": "general"}, {}], "culture-construction.advertising")

    assert [told(answer, row)[0] for row in (0, 1)] == ["undetermined", "undetermined"]
    assert answer.lines[0].amount.tolist() == [0, 0]


def test_a_quantity_is_rounded_up_to_whole_square_metres():
    answer = answered(
        [{"land_occupied_m2": Decimal("3120.000001")}, {"land_occupied_m2": 3120}],
        "soil-water.general-construction",
    )

    # 3121 x 1.40 and 3120 x 1.40
    assert [told(answer, row)[2] for row in (0, 1)] == [4369_40, 4368_00]


def test_a_refused_row_is_answered_by_no_line():
    answer = answered(
        [{"vehicle_licences": -1}, {"vehicle_licences": "x"}, {"unknown_name": 1}, {}],
        "vehicle-certificate.licence",
    )

    assert spread(answer.refused, 4).tolist() == [True, True, True, False]
    assert [told(answer, row) for row in range(3)] == [None, None, None]
    assert told(answer, 3)[0] == "undetermined"


def test_rows_beyond_64_bits_are_walked_one_by_one_and_never_wrap():
    most = Decimal(10) ** 12
    answer = answered(
        [{"land_occupied_m2": most}, {"land_occupied_m2": Decimal("0.000001")}],
        "soil-water.general-construction",
    )

    # 10^12 x 1.40 yuan; one whole square metre
    assert [told(answer, row)[2] for row in (0, 1)] == [140_000_000_000_000, 140]


def test_only_the_rows_outside_of_the_proved_box_are_walked(monkeypatch):
    walked = []
    real = columns.answer_line
    monkeypatch.setattr(columns, "answer_line", lambda *a: walked.append(a) or real(*a))
    rows = [{"electricity_kwh": Decimal(n) + Decimal("0.000001")} for n in range(1, 50)]

    answer = answered(
        [*rows, {"electricity_kwh": Decimal(10) ** 12}], "reservoir-resettlement.2017"
    )

    # 0.0026 yuan a kilowatt-hour
    assert len(walked) == 1
    assert told(answer, 48)[2] == 13
    assert told(answer, 49)[2] == 260_000_000_000


def test_a_number_too_wide_for_a_column_is_kept_apart():
    # 10^13 yuan with a millionth beside it needs 20 digits
    answer = answered(
        [
            {"vat_and_consumption_tax_paid": Decimal(10) ** 13, "monthly_sales": 200000},
            {"vat_and_consumption_tax_paid": Decimal("0.500001"), "monthly_sales": 200000},
        ],
        "education-surcharge.rate",
    )

    # 3 % of each: 3 x 10^11 yuan, and 0.01500003 yuan
    assert [told(answer, row)[2] for row in (0, 1)] == [30_000_000_000_000, 2]


def test_a_sum_beyond_64_bits_is_told_apart_and_never_as_a_number():
    answer = answered(
        [{"beds": 10**12, "days": Decimal(10) ** 12}, {"beds": 12, "days": 30}],
        "medical-waste.beds",
    )

    column = answer.lines[0]
    assert told(answer, 0) is None
    assert list(column.beyond) == [0]
    # 1.60 to 5 yuan a bed and day
    assert [end.fen for end in column.beyond[0].allowed_range] == [160 * 10**24, 500 * 10**24]
    assert told(answer, 1) == ("range", "", 0)
    assert (int(column.low[1]), int(column.high[1])) == (576_00, 1800_00)


@pytest.mark.parametrize(
    "column",
    [
        FactColumn(np.zeros(3, np.int64), known=True),
        FactColumn(np.zeros(2, np.int32), known=True),
        FactColumn(np.zeros(2, np.int64), known=True, scale=1),
    ],
    ids=["length", "type", "scale"],
)
def test_a_column_that_its_fact_does_not_allow_is_our_own_mistake(column):
    with pytest.raises(ValueError, match="vehicle_licences"):
        assess_columns(
            plan_of(the_catalog()),
            FactColumns(2, {"vehicle_licences": column}),
            on=ON,
            region=REGION,
        )


def test_a_chunk_of_no_rows_is_answered():
    answer = answered([], "vehicle-certificate.licence")

    assert answer.rows == 0
    assert [len(column.codes) for column in answer.lines] == [0]
