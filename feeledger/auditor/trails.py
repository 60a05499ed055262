"""The trail against what it tells of: who imported, settled, carried on and closed, and when.

A row that was changed by hand is contradicted by the act that made it what it was. Acts of other
matters are audited where their records are.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from feeledger.auditor.database import Reader, day_text, instant_text
from feeledger.auditor.findings import Finding, Place

ACTS = """
SELECT subject, act, at, actor, reason, details FROM trail_act
WHERE region = :region AND act IN ('import-day-file', 'close-recon-day', 'close-day', 'carry-difference',
  'assign-difference', 'explain-difference', 'correct-difference', 'write-off-difference',
  'close-difference', 'auto-close-difference')
ORDER BY at, id
"""
DIFFERENCES = """
SELECT d.id, d.state, d.assignee, d.explanation, d.corrected_by, d.closed_by, d.closing_reason,
       d.carried_to, d.opened_at, d.changed_at, d.day, d.result, b.imported_at
FROM recon_difference d LEFT JOIN recon_batch b ON b.region = d.region AND b.id = d.batch
WHERE d.region = :region
"""
BATCHES = """
SELECT id, imported_at, imported_by, bank, day, accconfirm_no, matched_count, difference_count,
       file_name, sha256, booked_count, booked_fen FROM recon_batch WHERE region = :region
"""
RECON_DAYS = "SELECT day, closed_at, closed_by, reason, batches, carried FROM recon_day WHERE region = :region"
BOOK_DAYS = (
    "SELECT day, closed_at, closed_by, next_day FROM ledger_closed_day WHERE region = :region"
)
# How far a difference has come; only assigning may be done again.
ORDER = {"open": 0, "assigned": 1, "explained": 2, "corrected": 3, "written_off": 3, "closed": 4, "auto_closed": 4}  # fmt: skip


class Act(NamedTuple):
    """One act as the trail tells it: the first word of its name, when (as ``instant_text`` writes it), by whom."""

    act: str
    at: str
    actor: str
    reason: str
    details: dict[str, Any]


def trail_findings(reader: Reader, region: str) -> Iterator[Finding]:
    """Hold batches, differences and closed days against the acts that made them."""
    at, asked = Place(region), {"region": region}
    acts: dict[str, list[Act]] = defaultdict(list)
    for subject, act, when, actor, reason, details in reader.rows(ACTS, asked):
        acts[subject].append(
            Act(act.partition("-")[0], instant_text(when), actor, reason, json.loads(details))
        )
    made = (
        ("recon_batch", BATCHES, _batch_fits),
        ("recon_difference", DIFFERENCES, _difference_fits),
        ("recon_day", RECON_DAYS, _recon_day_fits),
        ("ledger_closed_day", BOOK_DAYS, _book_day_fits),
    )
    for table, query, fits in made:
        kind = "day" if table == "ledger_closed_day" else table.replace("_", "-")
        for row in reader.rows(query, asked):
            key = str(row[0])
            if not fits(row, acts.pop(f"{kind}:{key}", [])):
                yield at.finding("trail-differs", f"{table}:{key}", "与操作记录不符",
                                 "it is not what the trail tells of it")  # fmt: skip
    for subject in acts:
        yield at.finding("trail-differs", f"trail_act:{subject}", "操作记录所指已不存在",
                         "what the trail tells of is not there")  # fmt: skip


def _batch_fits(row: Any, acts: list[Act]) -> bool:
    if len(acts) != 1:
        return False
    (act,) = acts
    told = {"bank": row[3], "day": day_text(row[4]), "accconfirm_no": row[5], "matched": row[6],
            "differences": row[7]}  # fmt: skip
    # Acts of earlier imports tell less.
    more = {"file_name": row[8], "sha256": row[9], "booked": row[10], "booked_fen": str(row[11])}
    told |= {name: value for name, value in more.items() if name in act.details}
    return (act.at, act.actor) == (
        instant_text(row[1]),
        row[2],
    ) and told.items() <= act.details.items()


def _difference_fits(row: Any, acts: list[Act]) -> bool:
    """Follow a difference; the order of acts of one instant says nothing (a state only goes on)."""
    steps = [one for one in acts if one.act != "carry"]
    state = max((one.details["to"] for one in steps), key=lambda name: ORDER[name], default="open")
    opened = instant_text(row[8])
    changed = instant_text(row[9]) in ({one.at for one in acts} or {opened})
    whole = changed and (row[1], opened) == (state, instant_text(row[12]))
    corrected = _of(steps, "correct", "write")
    closed = _of(steps, "close")
    said = _of(steps, "explain")
    ended = _of(steps, "close", "auto")
    return (
        whole
        and _carried_fits(row, acts)
        and _assignee_fits(row[2], steps)
        and (row[3], row[4]) == (said.reason if said else "", corrected.actor if corrected else "")
        and (row[5], row[6]) == (closed.actor if closed else "", ended.reason if ended else "")
    )


def _of(steps: list[Act], *names: str) -> Act | None:
    return next((one for one in reversed(steps) if one.act in names), None)


def _assignee_fits(assignee: str, steps: list[Act]) -> bool:
    given = [one for one in steps if one.act == "assign"]
    last = max((one.at for one in given), default="")
    return assignee in ({one.details["assignee"] for one in given if one.at == last} or {""})


def _carried_fits(row: Any, acts: list[Act]) -> bool:
    carried = any(one.act == "carry" for one in acts)
    if row[7] is None or not carried:
        # What was settled without being carried on, before money could be a difference (migration 0045).
        return (row[7] is None and not carried) or (row[11] == "14002" and row[7] == row[10])
    next_day = date.fromisoformat(day_text(row[10])) + timedelta(days=1)
    return day_text(row[7]) == next_day.isoformat()


def _recon_day_fits(row: Any, acts: list[Act]) -> bool:
    if len(acts) != 1:
        return False
    (act,) = acts
    return (act.at, act.actor, act.reason, act.details["batches"], len(act.details["carried"])) == (
        instant_text(row[1]), row[2], row[3], row[4], row[5],
    )  # fmt: skip


def _book_day_fits(row: Any, acts: list[Act]) -> bool:
    return [(one.at, one.actor, one.details["next_day"]) for one in acts] == [
        (instant_text(row[1]), row[2], day_text(row[3]))
    ]
