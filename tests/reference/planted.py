"""Faults planted into an edition, one each: a test that notices none of them proves nothing.

Each fault is a name, the item it touches and a copy of the edition with that one thing changed:
a rate off by 0.0001, an edge or a day moved by one, ``<`` for ``<=``, a relief dropped, a bound
forgotten, a share for the whole.
"""

from copy import deepcopy
from fractions import Fraction

from tests.reference.edges import STEP, shifted

OTHER_OP = {"lt": "lte", "lte": "lt", "gt": "gte", "gte": "gt"}
LITTLE = Fraction(1, 10000)  # for rates: what they multiply reaches 10^12
FLAT = Fraction(5, 100)  # for sums owed whole, and a band edge moved by 100 yuan shows as much
HUNDRED_YUAN = 100
NUMBERS = {
    "amount": LITTLE,
    "percent": LITTLE,
    "low": LITTLE,
    "high": LITTLE,
    "base_amount": FLAT,
    "excess_amount": LITTLE,
    "included": Fraction(1),
    "min": FLAT,
    "max": FLAT,
    "beyond_percent": LITTLE,
    "beyond_amount": FLAT,
    "float_up": LITTLE,
    "float_down": LITTLE,
}


def copies(edition, item_id):
    """Give a function that makes a changed copy of one item of the edition."""

    def changed(change):
        item = deepcopy(edition["items"][item_id])
        change(item)
        return {**edition, "items": {item_id: item}}

    return changed


def faults_of_item(edition, item):
    """Give every planted fault of an item as (name, changed edition)."""
    changed = copies(edition, item["id"])
    for kind in ("lines", "reliefs"):
        for n, thing in enumerate(item[kind]):
            for name, change in faults_of_days(thing):
                yield f"{thing['id']} {name}", changed(lambda i, k=kind, n=n, c=change: c(i[k][n]))
            for name, change in faults_of_conditions(edition, thing):
                yield f"{thing['id']} {name}", changed(lambda i, k=kind, n=n, c=change: c(i[k][n]))
    for n, line in enumerate(item["lines"]):
        for name, change in (*faults_of_rate(edition, line), *faults_of_riders(line)):
            yield f"{line['id']} {name}", changed(lambda i, n=n, c=change: c(i["lines"][n]))
    for n, relief in enumerate(item["reliefs"]):
        yield f"{relief['id']} dropped", changed(lambda i, n=n: i["reliefs"].pop(n))
        for name, change in faults_of_relief(relief):
            yield f"{relief['id']} {name}", changed(lambda i, n=n, c=change: c(i["reliefs"][n]))
    for n, event in enumerate(item["events"]):
        if event["day"] is not None:
            yield f"{item['id']} event {n} dropped", changed(lambda i, n=n: i["events"].pop(n))
            for days in (-1, 1):
                moved = shifted(event["day"], days)
                yield (
                    f"{item['id']} event {n} moved by {days}",
                    changed(lambda i, n=n, d=moved: i["events"][n].update(day=d)),
                )


def faults_of_days(thing):
    """Move each end of a window by a day."""
    for edge in ("first", "last"):
        if thing[edge] is not None:
            for days in (-1, 1):
                moved = shifted(thing[edge], days)
                yield f"{edge} moved by {days}", lambda t, e=edge, d=moved: t.update({e: d})


def faults_of_conditions(edition, thing):
    """Swap < and <=, move a threshold by one step, forget a part."""
    for n, test in enumerate(thing["when"]["tests"] if thing["when"] else ()):
        yield f"part {n} forgotten", lambda t, n=n: t["when"]["tests"].pop(n)
        if test["op"] not in OTHER_OP:
            continue
        other = OTHER_OP[test["op"]]
        yield f"part {n} {other}", lambda t, n=n, o=other: t["when"]["tests"][n].update(op=o)
        step = STEP[edition["facts"][test["fact"]]["type"]]
        for sign in (-1, 1):
            value = str(Fraction(test["value"]) + sign * step)
            yield (
                f"part {n} moved by {sign * step}",
                lambda t, n=n, v=value: t["when"]["tests"][n].update(value=v),
            )


def faults_of_rate(edition, line):
    """Change each figure a little and each edge by a step."""
    rate = line["rate"]
    for key, off in NUMBERS.items():
        if rate.get(key):
            yield f"{key} off", lambda t, k=key, o=off: t["rate"].update({k: t["rate"][k] + o})
    for key in ("min", "max"):
        if rate.get(key) is not None:
            yield f"{key} forgotten", lambda t, k=key: t["rate"].update({k: None})
    for name in rate.get("constants", ()):
        yield (
            f"constant {name} off",
            lambda t, k=name: t["rate"]["constants"].update(
                {k: t["rate"]["constants"][k] + LITTLE}
            ),
        )
    for listed, by in (("brackets", "base"), ("tiers", "by")):
        for n, band in enumerate(rate.get(listed, ())):
            step = STEP[edition["facts"][rate[by]]["type"]] if listed == "tiers" else HUNDRED_YUAN
            yield from faults_of_band(listed, n, band, step)
    for n, (base, amount) in enumerate(rate.get("points", ())):
        for point in ((base + 10 * HUNDRED_YUAN, amount), (base, amount + FLAT)):
            yield (
                f"point {n} off",
                lambda t, n=n, p=point: t["rate"]["points"].__setitem__(n, p),
            )
    for row, cells in enumerate(rate.get("cells", ())):
        for column in range(len(cells)):

            def change(thing, row=row, column=column):
                thing["rate"]["cells"][row][column] += FLAT

            yield f"cell {row} {column} off", change


def faults_of_band(listed, n, band, step):
    """Change a band's figure, its edge. A marginal edge shows once it moves by 100 yuan."""
    for key, off in (("amount", FLAT), ("share", LITTLE / 100), ("amount_low", FLAT)):
        if band.get(key) is not None:

            def change(thing, key=key, off=off):
                thing["rate"][listed][n][key] += off

            yield f"{listed} {n} {key} off", change
    if band["upto"] is not None:
        for sign in (-1, 1):

            def move(thing, sign=sign):
                thing["rate"][listed][n]["upto"] += sign * step

            yield f"{listed} {n} edge moved by {sign * step}", move


def faults_of_riders(line):
    """Forget rounding, an adjustment, a coefficient, a quantity, the ceiling or the provision."""
    if line["rounding"] is not None:
        yield "rounding forgotten", lambda t: t.update(rounding=None)
    for n in range(len(line["adjustments"])):
        yield f"adjustment {n} forgotten", lambda t, n=n: t["adjustments"].pop(n)
    for n in range(len(line["rate"]["coefficients"])):
        yield f"coefficient {n} forgotten", lambda t, n=n: t["rate"]["coefficients"].pop(n)
    for n in range(len(line["rate"].get("quantities", ()))):
        yield f"quantity {n} forgotten", lambda t, n=n: t["rate"]["quantities"].pop(n)
    if line["rate"]["ceiling"]:
        yield "ceiling forgotten", lambda t: t["rate"].update(ceiling=False)
    if line["provisional"]:
        yield "provision forgotten", lambda t: t.update(provisional=False)


def faults_of_relief(relief):
    """Change what a relief does, whom and where it reaches."""
    if relief["factor"] is not None:
        yield "factor off", lambda t: t.update(factor=t["factor"] + LITTLE)
    if relief["base_only"]:
        yield "covers the whole", lambda t: t.update(base_only=False)
    if relief["lines"]:
        yield "first line forgotten", lambda t: t.update(lines=t["lines"][1:])
    if relief["place"] is not None:
        yield "place forgotten", lambda t: t.update(place=None)
