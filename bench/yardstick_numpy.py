"""Yardstick: the twelve lines of bench/assessment.py by hand in numpy, over whole-number columns.

Every fact known, the day fixed, no outcomes, no bounds: what the arithmetic alone costs. Facts are
int64: counts, fen for money, and thousandths for square metres and kilowatt-hours.
"""

import numpy as np


def half_up(top, bottom):
    return (top + bottom // 2) // bottom


def twelve_lines(f):
    """Whole fen of the twelve lines for every enterprise, on 2026-11-24."""
    head, disabled = f["headcount"], f["disabled_employed"]
    wage = np.minimum(f["average_wage"], 2 * f["social_average_wage"])
    short = np.maximum(0, head * 15 - disabled * 1000)  # thousandths of a person
    tenths = np.where(disabled * 1000 < head * 10, 9, np.where(disabled * 1000 < head * 15, 5, 10))
    levy = half_up(short * wage * tenths, 10_000)
    levy = np.where(head <= 30, 0, levy)
    culture = half_up(np.maximum(0, f["ad_sales_incl_vat"] - f["ad_publishing_paid"]) * 15, 1000)
    taxed = f["vat_and_consumption_tax_paid"]
    large = f["monthly_sales"] > 100_000_00
    surcharge = np.where(large, half_up(taxed * 3, 100), 0)
    local = np.where(large, half_up(taxed * 2, 100), 0)
    kwh, land = f["electricity_kwh"], f["land_occupied_m2"]
    yield f["plates_car_reflective"] * 100_00
    yield f["plates_temporary"] * 5_00
    yield f["vehicle_licences"] * 10_00
    yield f["vehicle_registration_certs"] * 10_00
    yield levy
    yield culture
    yield surcharge
    yield local
    yield half_up(kwh * 26, 100_000)
    yield half_up(kwh * 5, 100_000)
    yield (land + 999) // 1000 * 140
    yield f["days"] * f["beds"] * 160
