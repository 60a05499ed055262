"""Read an edition's files with a bare YAML loader into plain dictionaries of fractions.

Nothing of the project's own strict reader is used: what this one takes is what stands in the
files, word for word. Windows keep both ends inclusive, as printed.
"""

from fractions import Fraction
from pathlib import Path

from yaml import BaseLoader, load

REPOSITORY = Path(__file__).resolve().parents[2]
EDITION = REPOSITORY / "catalogs" / "hebei" / "compiled-2026-11-24"
NOTHING = (None, "unknown", "open", "null", "")


def read_edition(directory=EDITION):
    """Give the edition: places, facts, and items in the order of their files."""
    edition = {"places": {}, "facts": {}, "items": {}}
    bounds = {}
    for path in sorted(directory.glob("*.yaml")):
        content = load(path.read_text(encoding="utf-8"), Loader=BaseLoader)
        bounds.update(content.get("bounds", {}))
        for place in content.get("places", ()):
            edition["places"][place["name"]] = place["codes"]
        for fact in content.get("facts", ()):
            edition["facts"][fact["name"]] = fact
        for item in content.get("items", ()):
            edition["items"][item["id"]] = item_of(item, path.stem)
    for name, fact in edition["facts"].items():
        edition["facts"][name] = fact_of(fact, bounds.get(fact["type"], {}))
    return edition


def number(text):
    """Give a fraction, or None for an open end or a thing that is not there."""
    return None if text in NOTHING else Fraction(text)


def fact_of(fact, bounds):
    """Give what the reference has to know of a fact."""
    derived = fact.get("derived")
    most = {"high": "2"} if fact["name"] == "disabled_share" else {}  # 财税〔2015〕72号 art. 7
    fact = {**most, **fact}
    return {
        "type": fact["type"],
        "low": number(fact.get("low", bounds.get("low"))),
        "high": number(fact.get("high", bounds.get("high"))),
        "decimals": int(fact.get("decimals", bounds.get("decimals", "0"))),
        "divisor_low": number(fact.get("divisor_low")),
        "values": [entry["value"] for entry in fact.get("values", ())],
        "derived": (derived["numerator"], derived["denominator"]) if derived else None,
        "class_fact": fact.get("class_fact") == "true",
    }


def item_of(item, file):
    """Give an item with its lines, reliefs, events and alternatives."""
    return {
        "id": item["id"],
        "file": file,
        "lines": [line_of(line, item["id"]) for line in item["lines"]],
        "reliefs": [relief_of(relief) for relief in item.get("reliefs", ())],
        "events": [
            {"kind": event["kind"], "day": day_of(event["day"])} for event in item.get("events", ())
        ],
        "alternatives": [
            {
                "lines": group["lines"],
                "class_fact": group.get("class_fact"),
                "classes": [
                    (value, name)
                    for value, names in group.get("classes", {}).items()
                    for name in names
                ],
            }
            for group in item.get("alternatives", ())
        ],
    }


def day_of(text):
    """Give an ISO day, or None where it is unknown or open."""
    return None if text in NOTHING else text


def window_of(window):
    """Give first and last day, both inclusive; an unknown start begins at ``not_before``."""
    return {
        "first": day_of(window["from"]) or day_of(window.get("not_before")),
        "last": day_of(window["to"]),
    }


def line_of(line, item):
    """Give a line."""
    return {
        "id": line["id"],
        "item": item,
        "place": line["place"],
        **window_of(line["window"]),
        "when": condition_of(line.get("applies_when")),
        "rate": rate_of(line["rate"]),
        "rounding": number(line.get("round_quantity_up_to")),
        "adjustments": [
            {"when": condition_of(a["when"]), "multiply": number(a["multiply"])}
            for a in line.get("adjustments", ())
        ],
        "provisional": "provisional" in line,
    }


def relief_of(relief):
    """Give a relief."""
    return {
        "id": relief["id"],
        "kind": relief["effect"],
        "factor": number(relief.get("factor")),
        "base_only": relief.get("covers") == "base_amount",
        "when": condition_of(relief["when"]),
        **window_of(relief["window"]),
        "place": relief.get("place"),
        "lines": relief.get("lines", []),
    }


def condition_of(condition):
    """Give a condition; truths are written as true and false."""
    if condition is None:
        return None
    if condition == "always":
        return {"kind": "all", "tests": []}
    ((kind, tests),) = condition.items()
    return {"kind": kind, "tests": [comparison_of(test) for test in tests]}


def comparison_of(test):
    """Give one comparison."""
    value = test["value"]
    truths = {"true": True, "false": False}
    return {
        "fact": test["fact"],
        "op": test["op"],
        "value": truths.get(value, value) if isinstance(value, str) else value,
    }


def rate_of(written):
    """Give a rate with its numbers as fractions; riders that are not written are absent ones."""
    swing = written.get("float", {})
    rate = {
        "form": written["form"],
        "ceiling": written.get("ceiling") == "true",
        "float_up": number(swing.get("up")) or Fraction(0),
        "float_down": number(swing.get("down")) or Fraction(0),
        "coefficients": [
            {"fact": c["fact"], "values": [Fraction(v) for v in c.get("values", ())]}
            for c in written.get("coefficients", ())
        ],
    }
    for key in ("base", "by", "quantity", "times", "actual_price_fact"):
        if key in written:
            rate[key] = written[key]
    for key in (
        "amount",
        "percent",
        "low",
        "high",
        "included",
        "base_amount",
        "excess_amount",
        "min",
        "max",
    ):
        if key in written:
            rate[key] = Fraction(written[key])
    if written["form"] not in ("percent", "progressive", "base_plus_excess", "interpolate"):
        rate["quantities"] = list(written.get("quantities", ()))
    rate.update(TABLES.get(written["form"], lambda _: {})(written))
    return rate


def progressive_of(written):
    """Give marginal bands; percent and permille become shares of one."""
    return {
        "brackets": [
            {
                "upto": number(band["upto"]),
                "amount": number(band.get("amount")),
                "share": share_of(band),
            }
            for band in written["brackets"]
        ]
    }


def share_of(band):
    """Give a band's rate as a share of one, or None where it is flat."""
    if "percent" in band:
        return Fraction(band["percent"]) / 100
    return Fraction(band["permille"]) / 1000 if "permille" in band else None


def tier_of(written):
    """Give bands of whole amounts."""
    return {
        "tiers": [
            {
                "upto": number(band["upto"]),
                "amount": Fraction(band["amount"]),
                "amount_low": number(band.get("amount_low")),
            }
            for band in written["tiers"]
        ]
    }


def interpolate_of(written):
    """Give the points and what is said beyond the last of them."""
    beyond = written.get("beyond", {})
    return {
        "points": [(Fraction(p["at"]), Fraction(p["amount"])) for p in written["points"]],
        "beyond_percent": number(beyond.get("percent")),
        "beyond_amount": number(beyond.get("amount")),
    }


def matrix_of(written):
    """Give rows, columns and cells."""
    return {
        "row": written["row"]["by"],
        "row_bands": [number(upto) for upto in written["row"]["bands"]],
        "column": written["column"]["by"],
        "column_values": written["column"]["values"],
        "cells": [[Fraction(cell) for cell in row] for row in written["cells"]],
    }


def formula_of(written):
    """Give the formula as one expression; its divisor is divided by once, at the end."""
    divisor = written.get("divisor")
    above = written["expression"]
    return {
        "expression": above if divisor is None else f"({above}) / ({divisor})",
        "divisors": [] if divisor is None else divisor.replace("*", " ").split(),
        "constants": {k: Fraction(v) for k, v in written.get("constants", {}).items()},
    }


TABLES = {
    "progressive": progressive_of,
    "tier": tier_of,
    "interpolate": interpolate_of,
    "matrix": matrix_of,
    "formula": formula_of,
}
