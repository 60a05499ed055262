"""Ask the columns what the reference and the engine are asked, and bring answers into one shape.

Requests that share day, place and names become the rows of one chunk.
"""

from datetime import date

from feeledger.assessment.column_facts import columns_of_rows
from feeledger.assessment.column_findings import FINDINGS
from feeledger.assessment.column_walk import spread
from feeledger.assessment.columns import assess_columns
from feeledger.assessment.engine import FactsRefused, Request, assess
from feeledger.assessment.selection import scope_of
from feeledger.money import Money
from tests.reference.compare import differences
from tests.reference.decimal_reference import answer
from tests.reference.engine_side import facts_for_engine
from tests.reference.reference_facts import RefusedFact

UNTOLD = ("undetermined",)  # columns do not say what an undetermined row can come to
OWED = ("due", "reduced", "provisional", "exempt")


def chunks_of(requests):
    """Give requests by what is asked of all their rows alike."""
    found = {}
    for request in requests:
        key = (request.on, request.region, tuple(request.items), tuple(request.lines))
        found.setdefault(key, []).append(request)
    return found


def columns_of(plan, edition, key, requests):
    """Answer one chunk by columns."""
    on, region, items, lines = key
    rows = [facts_for_engine(edition, request.facts) for request in requests]
    needed = scope_of(plan, Request(None, date.fromisoformat(on), region, items, lines)).needed
    facts = columns_of_rows(rows, plan.catalog.facts, needed)
    return assess_columns(
        plan, facts, on=date.fromisoformat(on), region=region, items=items, lines=lines
    )


def answers_by_row(answered):
    """Give, for each row, what each line came to; None for a refused row."""
    refused = spread(answered.refused, answered.rows)
    found = [None if refused[row] else {} for row in range(answered.rows)]
    for column in answered.lines:
        masks = [
            spread(mask, answered.rows).tolist()
            for mask in (column.has_low, column.has_high, column.alternative)
        ]
        ends = (column.amount.tolist(), column.low.tolist(), column.high.tolist())
        for row, code in enumerate(column.codes.tolist()):
            if code:
                outcome, reason = FINDINGS[code]
                told = [each[row] for each in (*ends, *masks)]
                found[row][column.item, column.line] = answer_of(outcome, reason, *told)
        for row, line in column.beyond.items():
            found[row][column.item, column.line] = answer_beyond(line)
    return found


def answer_of(outcome, reason, *told):
    amount, low, high, has_low, has_high, alternative = told
    bounds = (low if has_low else None, high if has_high else None)
    bare = outcome in ("range", "undetermined", "not_applicable", "no_rate", "ended")
    assert not (bare and amount), (outcome, amount)
    return (
        outcome,
        reason,
        None if bare else amount,
        bounds if has_low or has_high else None,
        bool(alternative),
    )


def engine_by_line(plan, edition, request):
    """Give what the scalar engine says of each line, in the shape of the columns."""
    asked = Request(
        None,
        date.fromisoformat(request.on),
        request.region,
        tuple(request.items),
        tuple(request.lines),
        facts_for_engine(edition, request.facts),
    )
    try:
        lines = assess(plan, asked).lines
    except FactsRefused:
        return None
    return {(line.item, line.line): answer_beyond(line) for line in lines}


def answer_beyond(line):
    """Give one answer of the scalar engine in the shape of the columns."""
    amount = None if line.amount is None else line.amount.fen
    return line.outcome, line.reason or "", amount, bounds_of(line), line.alternative


def bounds_of(line):
    if line.allowed_range is None or line.outcome in UNTOLD:
        return None
    low, high = (None if end is None else end.fen for end in line.allowed_range)
    return None if low is None and high is None else (low, high)


def against_engine(plan, edition, requests):
    """Give every difference between the columns and the scalar engine."""
    return list(differences_from_engine(plan, edition, requests))


def differences_from_engine(plan, edition, requests):
    for key, asked in chunks_of(requests).items():
        by_row = answers_by_row(columns_of(plan, edition, key, asked))
        for request, columns in zip(asked, by_row, strict=True):
            engine = engine_by_line(plan, edition, request)
            if columns != engine:
                yield f"{told(columns, engine)} | {request}"


def told(columns, engine):
    if columns is None or engine is None:
        return f"columns {columns}, engine {engine}"
    keys = columns.keys() | engine.keys()
    return {k: (columns.get(k), engine.get(k)) for k in keys if columns.get(k) != engine.get(k)}


def against_reference(plan, edition, requests):
    """Give every difference between the columns and the independent reference."""
    found = []
    for key, asked in chunks_of(requests).items():
        by_row = answers_by_row(columns_of(plan, edition, key, asked))
        found += differing_from_reference(edition, asked, by_row)
    return found


def differing_from_reference(edition, asked, by_row):
    """Hold rows of answers against the independent reference."""
    for request, row in zip(asked, by_row, strict=True):
        try:
            expected = answer(edition, request)
        except RefusedFact:
            if row is not None:
                yield f"not refused | {request}"
            continue
        if row is None:
            yield f"refused | {request}"
            continue
        for each in differences(edition, request, expected, document_of(row, expected)):
            yield f"{each} | {request}"


def document_of(columns, expected):
    """Write a row's answers as a document; needs, which columns do not tell, as they should be."""
    lines = []
    for (item, line), (outcome, _, amount, bounds, alternative) in columns.items():
        reply = expected.lines.get(line)
        needs = reply.must_need if reply is not None and outcome == "undetermined" else ()
        lines.append(
            {
                "item": item,
                "line": line,
                "outcome": outcome,
                "amount": None if amount is None else str(Money(amount)),
                "allowed_range": bounds and [None if b is None else str(Money(b)) for b in bounds],
                "needs": [{"fact": need} for need in needs],
                "alternative": alternative,
            }
        )
    counted = [each for each in columns.values() if each[0] in OWED and not each[4]]
    return {
        "lines": lines,
        "total": str(Money(sum(each[2] for each in counted))),
        "complete": not any(e[4] or e[0] in ("undetermined", "no_rate") for e in columns.values()),
    }
