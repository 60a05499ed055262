"""How each rate form is written in a catalog file, and what is refused about it."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from feeledger.catalog.faulting import list_names
from feeledger.catalog.rates import (
    BasePlusExcess,
    Bracket,
    Coefficient,
    Fixed,
    FloorPrice,
    Free,
    Interpolate,
    Matrix,
    NotEstablished,
    Percent,
    PerUnit,
    Point,
    Progressive,
    Range,
    Rate,
    Share,
    Tier,
    Tiers,
)
from feeledger.catalog.reader_formulas import read_formula
from feeledger.catalog.reader_parts import Known, read_fact, read_facts
from feeledger.catalog.values import Section, Value

PERCENT_HIGH = Decimal(1000)
PAYERS = ("tenderer", "winner")
BAND_EDGES = ("lower exclusive, upper inclusive",)

SMALLEST_FACTOR = Decimal("0.000001")

_HUNDRED = Decimal(100)
_THOUSAND = Decimal(1000)


def read_rate(value: Value, known: Known) -> Rate:
    """Read a rate of any form; a rate that cannot be told is read as free, after its fault."""
    section = value.section()
    form = section.need("form")
    if section.void or form.void:
        return Free()
    before = len(value.findings.faults)
    read = READERS[form.choice(READERS)]
    if len(value.findings.faults) > before:
        return Free()
    rate = read(section, known)
    section.close()
    return rate


def _read_per_unit(section: Section, known: Known) -> PerUnit:
    return PerUnit(
        amount=section.need("amount").amount(),
        unit=section.need("unit").text(),
        quantities=read_facts(section.need("quantities"), known),
        ceiling=section.maybe("ceiling").flag(),
    )


def _read_fixed(section: Section, known: Known) -> Fixed:
    return Fixed(
        amount=section.need("amount").amount(),
        unit=section.need("unit").text(),
        quantities=read_facts(section.maybe("quantities"), known),
    )


def _read_percent(section: Section, known: Known) -> Percent:
    low, high = section.maybe("min").number(), section.maybe("max").number()
    _judge_order(section.maybe("max"), low, high)
    return Percent(
        percent=section.need("percent").amount(high=PERCENT_HIGH),
        base=read_fact(section.need("base"), known, "money"),
        minimum=low,
        maximum=high,
    )


def _judge_order(value: Value, low: Decimal | None, high: Decimal | None) -> None:
    """Refuse a minimum above its maximum."""
    if low is not None and high is not None and low > high:
        value.refuse("minimum-above-maximum", f"{high}", low=f"{low}", high=f"{high}")


def _read_progressive(section: Section, known: Known) -> Progressive:
    brackets = section.need("brackets")
    sections = [each.section() for each in brackets.each()]
    uptos = read_uptos([each.need("upto") for each in sections], open_end=True)
    up, down = _read_float(section)
    return Progressive(
        base=read_fact(section.need("base"), known, "money"),
        brackets=tuple(
            _read_bracket(each, upto, first=each is sections[0])
            for each, upto in zip(sections, uptos, strict=True)
        ),
        coefficients=_read_coefficients(section, known),
        minimum=section.maybe("min").number(),
        float_up=up,
        float_down=down,
    )


def _read_bracket(section: Section, upto: Decimal | None, *, first: bool) -> Bracket:
    """Read one marginal bracket: a percent, a permille or, in the first one, a flat amount."""
    percent = section.maybe("percent").number(high=PERCENT_HIGH)
    permille = section.maybe("permille").number(high=PERCENT_HIGH)
    amount = section.maybe("amount").number()
    section.close()
    given = [key for key in ("percent", "permille", "amount") if key in section.entries]
    if len(given) != 1 and not section.void:
        section.findings.refuse("bracket-shape", section.spot)
    if amount is not None and not first:
        section.maybe("amount").refuse("flat-bracket-misplaced")
    if percent is not None:
        return Bracket(upto, share=percent / _HUNDRED, written=f"{percent}%")
    if permille is not None:
        return Bracket(upto, share=permille / _THOUSAND, written=f"{permille}‰")
    return Bracket(upto, amount=amount)


def read_uptos(values: Sequence[Value], *, open_end: bool = False) -> list[Decimal | None]:
    """Read rising upper ends; ``open`` may stand last, and must where ``open_end`` says so."""
    found: list[Decimal | None] = []
    before: Decimal | None = None
    for value in values:
        last = value is values[-1]
        if value.is_word("open"):
            if not last:
                value.refuse("open-end-misplaced")
            found.append(None)
            continue
        upto = value.number()
        if upto is not None and before is not None and upto <= before:
            value.refuse("brackets-out-of-order", f"{upto}", before=f"{before}")
        if upto is not None and last and open_end:
            value.refuse("open-end-missing", f"{upto}")
        before = upto if upto is not None else before
        found.append(upto)
    return found


def _read_float(section: Section) -> tuple[Decimal, Decimal]:
    """Read ``float`` {up, down} in percent as shares of one."""
    if not section.has("float"):
        return Decimal(0), Decimal(0)
    inner = section.need("float").section()
    up = inner.need("up").amount(high=_HUNDRED)
    down = inner.need("down").amount(high=_HUNDRED)
    inner.close()
    if inner.entries and not up and not down:
        section.need("float").refuse("float-none")
    return up / _HUNDRED, down / _HUNDRED


def _read_coefficients(section: Section, known: Known) -> tuple[Coefficient, ...]:
    """Read the facts that multiply, with the values they may have."""
    found: list[Coefficient] = []
    for each in section.maybe("coefficients").each():
        inner = each.section()
        fact = inner.need("fact")
        read = _read_coefficient(inner, fact, known)
        if read.fact and read.fact in (before.fact for before in found):
            fact.refuse("entry-duplicate", read.fact)
        found.append(read)
    return tuple(found)


def _read_coefficient(inner: Section, written: Value, known: Known) -> Coefficient:
    fact = read_fact(written, known)
    listed = inner.maybe("values")
    numbers = [each.number(SMALLEST_FACTOR, _HUNDRED) for each in listed.each()]
    inner.close()
    found = [number for number in numbers if number is not None]
    for number in found:
        if found.count(number) > 1:
            listed.refuse("entry-duplicate", f"{number}")
            break
    return Coefficient(fact, tuple(found))


def _read_tiers(section: Section, known: Known) -> Tiers:
    ceiling = section.maybe("ceiling").flag()
    sections = [each.section() for each in section.need("tiers").each()]
    uptos = read_uptos([each.need("upto") for each in sections])
    return Tiers(
        by=read_fact(section.need("by"), known),
        tiers=tuple(
            _read_tier(each, upto, ceiling=ceiling)
            for each, upto in zip(sections, uptos, strict=True)
        ),
        unit=section.maybe("unit").text(),
        quantities=read_facts(section.maybe("quantities"), known),
        ceiling=ceiling,
        split=_read_split(section),
    )


def _read_tier(section: Section, upto: Decimal | None, *, ceiling: bool) -> Tier:
    amount = section.need("amount").amount()
    low = section.maybe("amount_low").number()
    section.close()
    if low is not None and (low >= amount or not ceiling):
        section.maybe("amount_low").refuse("ceiling-top-band", f"{low}")
    return Tier(upto, amount, low)


def _read_split(section: Section) -> tuple[Share, ...]:
    """Read who bears which share; the shares add up to one."""
    value = section.maybe("split")
    shares: list[Share] = []
    for each in value.each():
        inner = each.section()
        written = inner.need("payer")
        payer = written.choice(PAYERS)
        if written.is_word(payer) and payer in (before.payer for before in shares):
            written.refuse("entry-duplicate", payer)
        shares.append(Share(payer, inner.need("share").amount(high=Decimal(1))))
        inner.close()
    total = sum((share.share for share in shares), Decimal(0))
    if shares and total != 1:
        value.refuse("shares-sum", f"{total}")
    return tuple(shares)


def _read_base_plus_excess(section: Section, known: Known) -> BasePlusExcess:
    return BasePlusExcess(
        base_amount=section.need("base_amount").amount(),
        included=section.need("included").amount(),
        excess_amount=section.need("excess_amount").amount(),
        unit=section.need("unit").text(),
        quantity=read_fact(section.need("quantity"), known),
        times=read_fact(section.need("times"), known),
    )


def _read_interpolate(section: Section, known: Known) -> Interpolate:
    points = section.need("points")
    pairs = [_read_point(each) for each in points.each()]
    if len(pairs) == 1:
        points.refuse("points-too-few")
    _judge_points(pairs)
    percent, amount = _read_beyond(section)
    up, down = _read_float(section)
    edges = section.maybe("band_edges")
    return Interpolate(
        base=read_fact(section.need("base"), known, "money"),
        points=tuple(Point(base.amount(), paid.amount()) for base, paid in pairs),
        beyond_percent=percent,
        beyond_amount=amount,
        coefficients=_read_coefficients(section, known),
        float_up=up,
        float_down=down,
        band_edges="" if edges.void else edges.choice(BAND_EDGES),
    )


def _read_point(value: Value) -> tuple[Value, Value]:
    inner = value.section()
    base, paid = inner.need("at"), inner.need("amount")
    inner.close()
    return base, paid


def _judge_points(pairs: Sequence[tuple[Value, Value]]) -> None:
    """Refuse points that do not rise; faults of the numbers are told where they are read."""
    before: Decimal | None = None
    for base, _ in pairs:
        told = len(base.findings.faults)
        at = base.number()
        del base.findings.faults[told:]
        if at is not None and before is not None and at <= before:
            base.refuse("brackets-out-of-order", f"{at}", before=f"{before}")
        before = at if at is not None else before


def _read_beyond(section: Section) -> tuple[Decimal | None, Decimal | None]:
    """Read what holds beyond the last point: a percent of the whole base, or a flat amount."""
    if not section.has("beyond"):
        return None, None
    value = section.need("beyond")
    inner = value.section()
    percent = inner.maybe("percent").number(high=PERCENT_HIGH)
    amount = inner.maybe("amount").number()
    inner.close()
    if not inner.void and inner.has("percent") == inner.has("amount"):
        value.refuse("bracket-shape")
    return percent, amount


def _read_matrix(section: Section, known: Known) -> Matrix:
    row, column = section.need("row").section(), section.need("column").section()
    bands, cells = row.need("bands"), section.need("cells")
    lines = cells.each()
    uptos = read_uptos(bands.each())
    by_column = column.need("by")
    classes = column.need("values")
    matrix = Matrix(
        row=read_fact(row.need("by"), known),
        row_bands=tuple(uptos),
        column=read_fact(by_column, known, "enum"),
        column_values=classes.distinct(each.text() for each in classes.each()),
        cells=tuple(tuple(cell.amount() for cell in line.each()) for line in lines),
        unit=section.need("unit").text(),
        quantities=read_facts(section.need("quantities"), known),
    )
    row.close()
    column.close()
    words = {"rows": str(len(matrix.row_bands)), "columns": str(len(matrix.column_values))}
    if len(lines) != len(matrix.row_bands):
        cells.refuse("matrix-shape", **words)
    for line, read in zip(lines, matrix.cells, strict=True):
        if len(read) != len(matrix.column_values):
            line.refuse("matrix-shape", **words)
    _judge_classes(classes, matrix, known)
    return matrix


def _judge_classes(classes: Value, matrix: Matrix, known: Known) -> None:
    """Refuse columns that are no values of the fact."""
    fact = (known.facts or {}).get(matrix.column)
    for value in matrix.column_values if fact is not None else ():
        if fact is not None and value not in fact.values:
            classes.refuse(
                "enum-value-unknown", value, fact=fact.name, near="", known=list_names(fact.values)
            )


def _read_range(section: Section, known: Known) -> Range:
    low, high = section.need("low").amount(), section.need("high").amount()
    _judge_order(section.need("high"), low, high)
    return Range(
        low=low,
        high=high,
        unit=section.need("unit").text(),
        quantities=read_facts(section.need("quantities"), known),
        set_by=section.need("set_by").pair(),
    )


def _read_floor_price(section: Section, known: Known) -> FloorPrice:
    return FloorPrice(
        amount=section.need("amount").amount(),
        unit=section.need("unit").text(),
        quantities=read_facts(section.need("quantities"), known),
        actual_price_fact=read_fact(section.need("actual_price_fact"), known, "money"),
    )


def _read_free(section: Section, known: Known) -> Free:
    del section, known
    return Free()


def _read_not_established(section: Section, known: Known) -> NotEstablished:
    del known
    return NotEstablished(section.need("reason").pair())


READERS: dict[str, Callable[[Section, Known], Rate]] = {
    "per_unit": _read_per_unit,
    "fixed": _read_fixed,
    "percent": _read_percent,
    "progressive": _read_progressive,
    "tier": _read_tiers,
    "base_plus_excess": _read_base_plus_excess,
    "interpolate": _read_interpolate,
    "matrix": _read_matrix,
    "range": _read_range,
    "floor_price": _read_floor_price,
    "formula": read_formula,
    "free": _read_free,
    "not_established": _read_not_established,
}
