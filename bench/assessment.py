"""One assessment with its full explanation, against plain Decimal code of the same lines."""

import time
from datetime import date
from decimal import Decimal
from statistics import median

from bench.yardstick_decimal import twelve_lines
from feeledger.assessment.engine import Request, assess
from feeledger.assessment.explanation import answer_document
from feeledger.catalog.plan import plan_of
from feeledger.catalog.reader import load_catalog
from feeledger.settings import DEFAULT_CATALOG

LINES = (
    "vehicle-plate.car-reflective",
    "vehicle-plate.temporary",
    "vehicle-certificate.licence",
    "vehicle-certificate.registration",
    "disabled-employment.cap2",
    "culture-construction.advertising",
    "education-surcharge.rate",
    "local-education-surcharge.rate",
    "reservoir-resettlement.2017",
    "reservoir-local.any",
    "soil-water.general-construction",
    "medical-waste.beds",
)
FACTS = {
    "plates_car_reflective": 3,
    "plates_temporary": 7,
    "vehicle_licences": 3,
    "vehicle_registration_certs": 3,
    "headcount": 84,
    "disabled_employed": 1,
    "average_wage": Decimal(71250),
    "social_average_wage": Decimal(84000),
    "payer_kind": "enterprise",
    "ad_sales_incl_vat": Decimal("1260000.40"),
    "ad_publishing_paid": Decimal("81250.15"),
    "vat_taxpayer_kind": "general",
    "monthly_sales": Decimal(640000),
    "vat_and_consumption_tax_paid": Decimal("183201.55"),
    "electricity_kwh": Decimal(1204511),
    "land_occupied_m2": Decimal("3120.5"),
    "beds": 12,
    "days": Decimal(30),
}
ROUNDS = 7
TIMES = 300


def run():
    plan = plan_of(load_catalog(DEFAULT_CATALOG))
    request = Request(
        ref=None, on=date(2026, 11, 24), region="130184", items=(), lines=LINES, facts=FACTS
    )
    numbers = {k: Decimal(v) if isinstance(v, int) else v for k, v in FACTS.items()}
    _check_equal(plan, request, numbers)
    ours, full, plain = [], [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: assess(plan, request)))
        full.append(_seconds(lambda: answer_document(assess(plan, request), "zh")))
        plain.append(_seconds(lambda: twelve_lines(numbers)))
    a, b, c = (median(x) / TIMES * 1e6 for x in (ours, full, plain))
    return [
        (
            "12 lines, amounts and trace",
            f"{a:.0f} µs",
            "plain Decimal code, no checks, no reasons",
            f"{c:.0f} µs",
            a / c,
        ),
        (
            "12 lines with the full explanation document",
            f"{b:.0f} µs",
            "the same",
            f"{c:.0f} µs",
            b / c,
        ),
    ]


def _check_equal(plan, request, numbers):
    answer = assess(plan, request)
    ours = {line.line: line for line in answer.lines}
    for line_id, amount in zip(LINES, twelve_lines(numbers), strict=True):
        line = ours[line_id]
        figure = line.amount if line.amount is not None else line.allowed_range[0]
        if str(figure) != f"{amount:.2f}":
            raise SystemExit(f"{line_id}: {figure} is not {amount}")


def _seconds(work):
    began = time.perf_counter()
    for _ in range(TIMES):
        work()
    return time.perf_counter() - began
