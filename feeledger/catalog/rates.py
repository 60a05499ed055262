"""The closed vocabulary of rate forms met in published catalogs.

A rate is a value: exact decimals (yuan, or percent where the name says so) and the names of the
facts it reads. What it comes to is worked out by the plan (``plan.py``) and its evaluators. A new
form is added here, in ``reader_rates.py`` (how it is written), in ``forms.py`` (what it computes).
"""

from dataclasses import dataclass
from decimal import Decimal

from feeledger.errors import Text


@dataclass(frozen=True, slots=True)
class PerUnit:
    """``amount`` yuan for each unit; the quantities multiply. A ceiling is "not more than"."""

    amount: Decimal
    unit: str
    quantities: tuple[str, ...]
    ceiling: bool = False


@dataclass(frozen=True, slots=True)
class Fixed:
    """A flat ``amount`` in yuan, times the quantities where there are any."""

    amount: Decimal
    unit: str
    quantities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Percent:
    """``percent`` of a base, not below ``minimum`` nor above ``maximum`` (yuan)."""

    percent: Decimal
    base: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A fact that multiplies; outside ``values``, where some are given, it is refused."""

    fact: str
    values: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Bracket:
    """One marginal band up to and including ``upto``: a rate as a share of one, or a flat sum.

    ``share`` is percent / 100 or permille / 1000, exact; ``amount`` is flat, yuan.
    ``written`` keeps the rate as printed ("2.5%", "4.0‰").
    """

    upto: Decimal | None
    share: Decimal | None = None
    amount: Decimal | None = None
    written: str = ""


@dataclass(frozen=True, slots=True)
class Progressive:
    """Marginal brackets over a base, then coefficients, ``minimum``, and a float either way.

    ``float_up`` and ``float_down`` are shares of one (0.2 is 20 per cent).
    """

    base: str
    brackets: tuple[Bracket, ...]
    coefficients: tuple[Coefficient, ...] = ()
    minimum: Decimal | None = None
    float_up: Decimal = Decimal(0)
    float_down: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tier:
    """One whole amount picked by a band; ``amount_low`` makes it a ceiling between the two."""

    upto: Decimal | None
    amount: Decimal
    amount_low: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What part of the whole one payer bears."""

    payer: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Tiers:
    """Whole amounts by band of the fact ``by``, times quantities; perhaps a ceiling and a split."""

    by: str
    tiers: tuple[Tier, ...]
    unit: str = ""
    quantities: tuple[str, ...] = ()
    ceiling: bool = False
    split: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class BasePlusExcess:
    """(base + excess × max(0, quantity − included)) × times."""

    base_amount: Decimal
    included: Decimal
    excess_amount: Decimal
    unit: str
    quantity: str
    times: str


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a published table: at this base, this amount (yuan)."""

    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Interpolate:
    """A straight line between points, then coefficients, then a float.

    Below the first point, and beyond the last without ``beyond_*``, there is no rate.
    ``beyond_percent`` takes the whole base; ``beyond_amount`` is flat. ``float_up`` and
    ``float_down`` are shares of one.
    """

    base: str
    points: tuple[Point, ...]
    beyond_percent: Decimal | None = None
    beyond_amount: Decimal | None = None
    coefficients: tuple[Coefficient, ...] = ()
    float_up: Decimal = Decimal(0)
    float_down: Decimal = Decimal(0)
    band_edges: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """An amount by row band and column class, times quantities."""

    row: str
    row_bands: tuple[Decimal | None, ...]
    column: str
    column_values: tuple[str, ...]
    cells: tuple[tuple[Decimal, ...], ...]
    unit: str
    quantities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Only bounds are published (yuan a unit); ``set_by`` says who sets the price within them."""

    low: Decimal
    high: Decimal
    unit: str
    quantities: tuple[str, ...]
    set_by: Text


@dataclass(frozen=True, slots=True)
class FloorPrice:
    """The agreed price (a fact, yuan a unit) may not be under ``amount``."""

    amount: Decimal
    unit: str
    quantities: tuple[str, ...]
    actual_price_fact: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A named expression over facts and constants, in the language of ``expressions.py``.

    One quotient at most, at the outermost place: ``divisor`` is the text of what divides.
    """

    name: str
    expression: str
    constants: tuple[tuple[str, Decimal], ...] = ()
    divisor: str | None = None
    notes: Text | None = None


@dataclass(frozen=True, slots=True)
class Free:
    """Set to zero, not cancelled."""


@dataclass(frozen=True, slots=True)
class NotEstablished:
    """The item exists or existed, the figure was not found; ``reason`` says what is known."""

    reason: Text


Rate = (
    PerUnit
    | Fixed
    | Percent
    | Progressive
    | Tiers
    | BasePlusExcess
    | Interpolate
    | Matrix
    | Range
    | FloorPrice
    | Formula
    | Free
    | NotEstablished
)

FORMS: dict[type, str] = {
    PerUnit: "per_unit",
    Fixed: "fixed",
    Percent: "percent",
    Progressive: "progressive",
    Tiers: "tier",
    BasePlusExcess: "base_plus_excess",
    Interpolate: "interpolate",
    Matrix: "matrix",
    Range: "range",
    FloorPrice: "floor_price",
    Formula: "formula",
    Free: "free",
    NotEstablished: "not_established",
}
