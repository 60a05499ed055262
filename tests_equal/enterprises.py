"""Made-up enterprises, many of whose facts stand on an edge of the catalog or a hair beside it.

The edges are those of tests/reference/edges.py, which read the edition's own files. A part of the
rows is out of bounds and to be refused, a part reaches beyond 64 bits and is for the scalar walk.
"""

from decimal import Decimal

import numpy as np

from feeledger.assessment.column_facts import Chunk, FactColumn, FactColumns, least_decimals
from feeledger.assessment.fact_export_batches import write_facts
from feeledger.assessment.file_results import FactsAbout, open_facts
from feeledger.assessment.outcomes import Request
from feeledger.assessment.selection import scope_of
from feeledger.catalog.building import shape_of
from feeledger.catalog.nodes import unit_of
from tests.builders import REGION, TODAY
from tests.reference.edges import values_of_facts

CHUNK = 16_384
DECIMALS = {"int": 0, "decimal": 3, "money": 2}
ORDINARY = {"int": 10**4, "decimal": 10**3, "money": 10**7}
FARTHEST = 10**12
APART = {"average_wage": Decimal("9" * 15 + ".999999"), "headcount": 100, "disabled_employed": 0}


def code_of(number):
    return f"91130184{number:010d}"


class Maker:
    """Draws chunks of facts, the same for the same seed."""

    def __init__(self, plan, edition, seed=20261124):
        self.plan = plan
        self.random = np.random.default_rng(seed)
        scope = scope_of(plan, Request(None, TODAY, REGION))
        self.allowed = {c.fact: c.values for _, c in scope.coefficients}
        edges = edges_of(edition)
        self.pools = {
            name: self._pool(fact, edges.get(name, ()))
            for name, fact in plan.catalog.facts.items()
            if name in scope.needed and fact.derived is None
        }

    def _pool(self, fact, edges):
        """Give the scale of a fact's column and the integers worth asking about."""
        if fact.type in ("bool", "enum"):
            return 0, np.arange(2 if fact.type == "bool" else len(fact.values))
        shape = shape_of(fact)
        scale = min(shape.scale, max(DECIMALS[fact.type], least_decimals(fact)))
        values = self.allowed.get(fact.name) or [Decimal(text) for text in edges]
        whole = {
            int(value * unit_of(scale)) for value in values if abs(value) <= ORDINARY[fact.type]
        }
        return scale, np.array(sorted(whole | set() if fact.name in self.allowed else whole | {0}))

    def chunk(self, first, rows):
        """Draw the enterprises of some numbers."""
        share = self.random.choice([0.1, 0.3, 0.9], rows, p=[0.5, 0.4, 0.1])
        columns = {n: self._column(n, pool, rows, share) for n, pool in self.pools.items()}
        apart = {int(row): dict(APART) for row in self.random.choice(rows, rows // 4000)}
        for column in columns.values():
            column.known[list(apart)] = False
            column.values[~column.known] = 0
        return Chunk(
            [code_of(n) for n in range(first, first + rows)],
            FactColumns(rows, columns, False, apart),
        )

    def _column(self, name, pool, rows, share):
        fact, (scale, edges) = self.plan.catalog.facts[name], pool
        random, unit = self.random, unit_of(scale)
        values = random.choice(edges, rows)
        known = random.random(rows) < share
        if fact.type not in ("bool", "enum") and name not in self.allowed:
            shape = shape_of(fact)
            low, high = shape.low / unit_of(shape.scale), shape.high / unit_of(shape.scale)
            low = max(low, float(fact.divisor_low or 0))
            drawn = random.random(rows)
            plain = random.integers(0, ORDINARY[fact.type] * unit, rows)
            values = np.where(drawn < 0.4, plain, values)
            far = random.integers(0, FARTHEST * unit // 1000, rows)
            values = np.where(drawn > 0.99995, far, values)
            values = np.clip(values, int(np.ceil(low * unit)), int(min(high, FARTHEST) * unit))
            values = np.where(random.random(rows) < 0.0003, -1, values)  # to be refused
        return FactColumn(values.astype(np.int64), known, scale)


def edges_of(edition):
    """Give, for every fact, the numbers at which a line, a relief or a bound changes something."""
    found = {}
    for item in edition["items"].values():
        for line in item["lines"]:
            reliefs = [r for r in item["reliefs"] if not r["lines"] or line["id"] in r["lines"]]
            for name, values in values_of_facts(edition, item, line, reliefs).items():
                if edition["facts"][name]["type"] not in ("bool", "enum"):
                    found.setdefault(name, set()).update(Decimal(value) for value in values)
    return found


def facts_file(plan, edition, path, many):
    """Write so many enterprises to a file of facts, and open it."""
    about = FactsAbout(REGION, TODAY, plan.catalog.edition.sha256, "2026-11-24T00:00:00+00:00")
    maker = Maker(plan, edition)
    chunks = (maker.chunk(first, min(CHUNK, many - first)) for first in range(0, many, CHUNK))
    write_facts(plan, about, chunks, path)
    return open_facts(path, plan)
