"""Hold an engine's answer document against the reference: where do they differ?

As lenient as the rules and not more: lines of another place or version may be left out or be
``not_applicable``; an item with nothing in force is answered once; a line without a low bound of
its ceiling may say null or 0.00; an ``undetermined`` line names at least the facts that decide.
"""

from tests.reference.decimal_reference import covers, ended_on, in_window, lies_above
from tests.reference.reference_facts import condition_holds

NO_DEBT = {"not_applicable", "no_rate", "ended"}


def name_of(line):
    """Name a line of a document for a message."""
    return line["line"] or line["item"]


def differences(edition, request, reply, document):
    """Give every difference as a sentence; an empty list is agreement."""
    by_line = {line["line"]: line for line in document["lines"] if line["line"]}
    by_item = {}
    for line in document["lines"]:
        by_item.setdefault(line["item"], []).append(line)
    found = []
    for name, expected in reply.lines.items():
        if expected.outcome == "ended":
            found += ended_differences(expected, by_item.get(expected.item, []))
        elif name not in by_line:
            found.append(f"{name}: expected {expected.outcome} {expected.amount}, not answered")
        else:
            found += line_differences(expected, by_line[name])
    for name in reply.absent:
        line = by_line.get(name)
        if line and (line["amount"] is not None or line["outcome"] not in NO_DEBT):
            found.append(f"{name}: not in force here and then, yet {line['outcome']}")
    for item, expected in reply.bare.items():
        found += bare_differences(edition, request, expected, by_item.get(item, []))
    moved = {item for item in by_item if moved_away(edition, request, reply, item)}
    reply.complete = reply.complete and not moved
    found += [
        f"{item}: expected no_rate without a line"
        for item in sorted(moved)
        if not any(x["line"] is None and x["outcome"] == "no_rate" for x in by_item[item])
    ]
    found += sum_differences(reply, document)
    for item, lines in by_item.items():
        without = [line for line in lines if line["line"] is None]
        tolerable = item in reply.classless and without and without[0]["outcome"] == "no_rate"
        if item not in reply.bare and item not in moved and not tolerable:
            found += [f"{item}: {x['outcome']} without a line" for x in without if not_ended(x)]
    known = set(reply.lines) | set(reply.absent)
    found += [f"{name}: not asked for" for name in by_line if name not in known]
    return found


def moved_away(edition, request, reply, name):
    """Say whether an asked price held here once and now holds in other places only (rule 3)."""
    item = edition["items"][name]
    asked = {line.split("@")[0] for line in (*reply.lines, *reply.absent)}
    if name in reply.bare or ended_on(item, request.on):
        return False
    for over in item["lines"]:
        series = over["id"].split("@")[0]
        versions = [line for line in item["lines"] if line["id"].split("@")[0] == series]
        live = [edition["places"][v["place"]] for v in versions if in_window(v, request.on)]
        if (
            series in asked
            and covers(edition["places"][over["place"]], request.region)
            and (over["last"] or "9999") < request.on
            and live
            and not any(covers(x, request.region) or lies_above(x, request.region) for x in live)
            and condition_holds(edition, request.facts, over["when"]) is not False
        ):
            return True
    return False


def not_ended(line):
    """Say whether a line is anything but ended (an ended item may be answered without a line)."""
    return line["outcome"] != "ended"


def ended_differences(expected, lines):
    """An ended item is ended in every line and owes nothing."""
    if not lines:
        return [f"{expected.item}: expected ended, not answered"]
    return [
        f"{name_of(line)}: expected ended, got {line['outcome']} {line['amount']}"
        for line in lines
        if line["outcome"] not in ("ended", "not_applicable")
        or line["amount"] not in (None, "0.00")
    ] + ([] if any(line["outcome"] == "ended" for line in lines) else [f"{expected.item}: ended"])


def bare_differences(edition, request, expected, lines):
    """An item with nothing in force is answered once, without a line; unasked it may be left out.

    Where it is in force elsewhere, ``not_applicable`` is as right as ``no_rate``.
    """
    named = expected.item in request.items
    if not lines:
        return [f"{expected.item}: expected {expected.outcome}, not answered"] if named else []
    if expected.outcome == "ended":
        return ended_differences(expected, lines)
    right = {"no_rate"}
    days = edition["items"][expected.item]["lines"]
    if any((line["first"] or "") <= request.on <= (line["last"] or "9999") for line in days):
        right.add("not_applicable")
    return [
        f"{name_of(line)}: expected {expected.outcome}, got {line['outcome']} {line['amount']}"
        for line in lines
        if line["outcome"] not in right or line["amount"] is not None
    ]


def line_differences(expected, line):
    """Hold one line against the reference."""
    found = []
    if (line["outcome"], line["amount"]) != (expected.outcome, expected.amount):
        found.append(
            f"{expected.line}: expected {expected.outcome} {expected.amount},"
            f" got {line['outcome']} {line['amount']}"
        )
    if not range_fits(expected, line["allowed_range"]):
        found.append(
            f"{expected.line}: expected range {expected.low}..{expected.high},"
            f" got {line['allowed_range']}"
        )
    needs = {need["fact"] for need in line["needs"]}
    if not expected.must_need <= needs <= expected.may_need:
        found.append(
            f"{expected.line}: expected needs {sorted(expected.must_need)}"
            f" within {sorted(expected.may_need)}, got {sorted(needs)}"
        )
    if bool(line.get("alternative")) != expected.alternative:
        found.append(f"{expected.line}: alternative should be {expected.alternative}")
    return found


def range_fits(expected, given):
    """Guided and range: exactly; ceiling: the upper bound; undetermined is judged elsewhere."""
    if expected.outcome == "undetermined":
        return True
    if expected.outcome == "ceiling" and expected.low is None:
        return given is None or given in ([None, expected.high], ["0.00", expected.high])
    if expected.low is None and expected.high is None:
        return given is None
    return given == [expected.low, expected.high]


def sum_differences(reply, document):
    """The sum adds rounded lines; it says whether it is whole."""
    found = []
    if document["total"] != reply.total:
        found.append(f"total: expected {reply.total}, got {document['total']}")
    if reply.bare or reply.classless:
        return found  # whether an item that is nowhere in force makes it incomplete: see the lines
    if document["complete"] != reply.complete:
        found.append(f"complete: expected {reply.complete}, got {document['complete']}")
    return found
