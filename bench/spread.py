"""One account beside many, repeats beside queries, and the slowest in a hundred (PostgreSQL, fsync)."""

from statistics import median

from bench.client import drive, drive_timed
from bench.payments import message, query
from bench.place import build, build_counties
from bench.servers import banks_door, production_server
from feeledger.store import Store

PASSES = 3
CLIENTS = 8
EACH = 250
MANY = 16
SLOW_CLIENTS = 16


def run():
    size = CLIENTS * EACH
    with production_server() as server, server.database() as database:
        store = Store(database.service_url)
        codes, amount, _ = build(store, 2 * PASSES * size)
        spread = build_counties(store, MANY, PASSES * size)
        store.close()
        environ = {
            "FEELEDGER_MODE": "demo",
            "FEELEDGER_DATABASE_URL": database.service_url,
            "FEELEDGER_DEMO_TODAY": "2026-11-24",
        }
        one, many, again, asked, slow = [], [], [], [], {}
        with banks_door(**environ) as port:
            for number in range(PASSES):
                part = codes[number * size : (number + 1) * size]
                other = spread[number::PASSES]
                one.append(_rate(port, [message(port, c, amount) for c in part], 201))
                many.append(_rate(port, [message(port, c, amount, a) for c, a in other], 201))
                again.append(_rate(port, [message(port, c, amount) for c in part], 201))
                asked.append(_rate(port, [query(port, c) for c in part], 200))
                late = codes[(PASSES + number) * size : (PASSES + number + 1) * size]
                requests = [message(port, c, amount) for c in late]
                _, counts = drive_timed(
                    port, [requests[n::SLOW_CLIENTS] for n in range(SLOW_CLIENTS)]
                )
                for key, times in counts.items():
                    slow[key] = slow.get(key, 0) + times
    p99 = _percentile(slow, 99)
    return [
        _row(
            "confirmations into one account, 8 clients",
            one,
            f"into {MANY} accounts of as many counties",
            many,
        ),
        _row(
            "repeated confirmations, 8 clients", again, "signed queries of the same notices", asked
        ),
        (
            "confirmations at 16 clients, the slowest in a hundred",
            f"{p99:.0f} ms",
            "aim",
            "150 ms",
            p99 / 150,
        ),
    ]


def _row(what, ours, yardstick, theirs):
    a, b = median(ours), median(theirs)
    return (what, f"{a:.0f} /s", yardstick, f"{b:.0f} /s", a / b)


def _rate(port, requests, wanted):
    seconds, statuses = drive(port, [requests[n::CLIENTS] for n in range(CLIENTS)])
    if statuses != {wanted: len(requests)}:
        raise SystemExit(f"not every call was answered with {wanted}: {statuses}")
    return len(requests) / seconds


def _percentile(counts, share):
    """Give the milliseconds within which ``share`` in a hundred were answered, all with 201."""
    if {status for status, _ in counts} != {201}:
        raise SystemExit(f"not every payment was taken: {sorted({s for s, _ in counts})}")
    left = sum(counts.values()) * share / 100
    for (_, tenths), times in sorted(counts.items(), key=lambda pair: pair[0][1]):
        left -= times
        if left <= 0:
            return (tenths + 1) / 10
    raise ValueError("no counts")
