"""Yardstick: the same twelve lines as plain Decimal code, as a careful clerk's script has them.

No explanation, no conditions beyond the lines' own, no checks: what arithmetic alone costs.
"""

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")


def fen(amount):
    return amount.quantize(FEN, ROUND_HALF_UP)


def twelve_lines(f):
    """The amounts of the twelve lines of bench/assessment.py for one enterprise, on 2026-11-24."""
    D = Decimal  # noqa: N806 (short on purpose)
    levy = D(0)
    if not (f["headcount"] <= 30 and f["payer_kind"] == "enterprise"):
        wage = min(f["average_wage"], D(2) * f["social_average_wage"])
        levy = max(D(0), f["headcount"] * D("0.015") - f["disabled_employed"]) * wage
        share = f["disabled_employed"] / f["headcount"]
        levy *= D("0.9") if share < D("0.01") else D("0.5") if share < D("0.015") else D(1)
    culture = max(D(0), f["ad_sales_incl_vat"] - f["ad_publishing_paid"]) * D("0.03") * D("0.5")
    surcharge = f["vat_and_consumption_tax_paid"] * D("0.03")
    local = f["vat_and_consumption_tax_paid"] * D("0.02")
    if f["monthly_sales"] <= 100000:
        surcharge = local = D(0)
    amounts = [
        f["plates_car_reflective"] * D(100),
        f["plates_temporary"] * D(5),
        f["vehicle_licences"] * D(10),
        f["vehicle_registration_certs"] * D(10),
        levy,
        culture,
        surcharge,
        local,
        f["electricity_kwh"] * D("0.0026"),
        f["electricity_kwh"] * D("0.0005"),
        f["land_occupied_m2"].to_integral_value(rounding="ROUND_CEILING") * D("1.4"),
        f["days"] * f["beds"] * D("1.6"),
    ]
    return [fen(a) for a in amounts]
