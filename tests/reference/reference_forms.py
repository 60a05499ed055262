"""The reference's rate forms: what each published form of a price comes to, in fractions.

``read`` gives the value of a fact; every fact a form looks at is known here.
"""

from fractions import Fraction
from itertools import pairwise

from tests.reference.reference_facts import value_of

HUNDRED = Fraction(100)


def whole_units(quantity, size):
    """Round a quantity up to whole steps."""
    steps = quantity / size
    whole = steps.numerator // steps.denominator
    return (whole if whole == steps else whole + 1) * size


def product(numbers):
    """Multiply exactly."""
    result = Fraction(1)
    for number in numbers:
        result *= number
    return result


def progressive_sum(brackets, base):
    """Add up marginal bands; a flat one is owed whole, at a base of 0 too."""
    owed, lower = Fraction(0), Fraction(0)
    for bracket in brackets:
        if bracket["amount"] is not None:
            owed += bracket["amount"]
        else:
            upper = base if bracket["upto"] is None else min(base, bracket["upto"])
            owed += max(Fraction(0), upper - lower) * bracket["share"]
        if bracket["upto"] is None or base <= bracket["upto"]:
            return owed
        lower = bracket["upto"]
    return None


def tier_of(tiers, value):
    """Pick the band of a value; the upper edge belongs to it. None above a closed last band."""
    for tier in tiers:
        if tier["upto"] is None or value <= tier["upto"]:
            return tier
    return None


def on_the_line(rate, base):
    """Interpolate; None where the table gives no price."""
    points = rate["points"]
    if base < points[0][0]:
        return None
    for (left, at_left), (right, at_right) in pairwise(points):
        if base <= right:
            return at_left + (at_right - at_left) * (base - left) / (right - left)
    if rate["beyond_percent"] is not None:
        return base * rate["beyond_percent"] / HUNDRED
    return rate["beyond_amount"]


def outside_table(edition, facts, rate):
    """Say whether the published table has no price for the value that is known."""
    if rate["form"] == "interpolate":
        base = value_of(edition, facts, rate["base"])
        return base is not None and on_the_line(rate, base) is None
    if rate["form"] == "tier":
        value = value_of(edition, facts, rate["by"])
        return value is not None and tier_of(rate["tiers"], value) is None
    return False


def formula_value(rate, read):
    """Work out a formula as it is written, in fractions."""
    names = dict(rate["constants"])
    text = rate["expression"]
    words = "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
    for word in words:
        if word not in names and not word[0].isdigit() and word not in ("max", "min"):
            names[word] = read(word)
    return Fraction(eval(text, {"__builtins__": {}}, {**names, "max": max, "min": min}))


def base_and_excess(rate, read):
    """Give what the base costs and what further units cost, both already times ``times``."""
    further = max(Fraction(0), read(rate["quantity"]) - rate["included"])
    times = read(rate["times"])
    return rate["base_amount"] * times, further * rate["excess_amount"] * times


def units_of(line, read):
    """Multiply the quantities of a line, each rounded up first where the line says so."""
    size = line["rounding"]
    numbers = [read(name) for name in line["rate"]["quantities"]]
    return product(n if size is None else whole_units(n, size) for n in numbers)


def coefficients_of(rate, read):
    """Multiply the coefficients of a rate."""
    return product(read(coefficient["fact"]) for coefficient in rate["coefficients"])


def cell_of(rate, read):
    """Give the cell of a matrix; the upper edge of a row belongs to it."""
    value = read(rate["row"])
    rows = [n for n, upto in enumerate(rate["row_bands"]) if upto is None or value <= upto]
    return rate["cells"][rows[0]][rate["column_values"].index(read(rate["column"]))]


def floored_price(rate, read):
    """Give the agreed price, or the floor where that is under it."""
    return max(read(rate["actual_price_fact"]), rate["amount"])


FORMS = {
    "per_unit": lambda line, rate, read: rate["amount"] * units_of(line, read),
    "fixed": lambda line, rate, read: rate["amount"] * units_of(line, read),
    "percent": lambda _, rate, read: read(rate["base"]) * rate["percent"] / HUNDRED,
    "progressive": lambda _, rate, read: (
        progressive_sum(rate["brackets"], read(rate["base"])) * coefficients_of(rate, read)
    ),
    "tier": lambda line, rate, read: (
        tier_of(rate["tiers"], read(rate["by"]))["amount"] * units_of(line, read)
    ),
    "base_plus_excess": lambda _, rate, read: sum(base_and_excess(rate, read)),
    "interpolate": lambda _, rate, read: (
        on_the_line(rate, read(rate["base"])) * coefficients_of(rate, read)
    ),
    "matrix": lambda line, rate, read: cell_of(rate, read) * units_of(line, read),
    "floor_price": lambda line, rate, read: floored_price(rate, read) * units_of(line, read),
    "formula": lambda _, rate, read: formula_value(rate, read),
}
