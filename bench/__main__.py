"""Run every bench and write docs/benchmarks.md: each figure beside its yardstick, as a ratio."""

import importlib
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PARTS = ("assessment", "province", "notice_json", "payments", "printing", "audit")
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
AIMS = {
    "GET one notice's JSON": "0.60",
    "payment confirmations": "0.35",
    "confirmations in batches": "2.00",
    "notice PDFs": "1.00",
    "province: 12 lines": "≤ 1.50",
    "province: storing": "≤ 1.30",
    "province: whole run": "0.70",
}
HEAD = """# 测速 · Benchmarks

Made by `make bench`; each figure beside its yardstick in the same run (`bench/yardstick_*.py`, pgbench). The machines are
small and shared: read the ratios, not the figures. Never edited by hand.

"""


def main():
    names = sys.argv[1:] or PARTS
    rows = []
    for name in names:
        print(f"… {name}", file=sys.stderr)
        rows += importlib.import_module(f"bench.{name}").run()
    lines = [
        "| what | feeledger | yardstick | | ratio | aim |",
        "|---|---:|---|---:|---:|---:|",
    ]
    lines += [f"| {w} | {a} | {y} | {b} | {r:.2f} | {_aim(w)} |" for w, a, y, b, r in rows]
    table = "\n".join(lines)
    print(table)
    if not sys.argv[1:]:
        PAGE.write_text(f"{HEAD}{_circumstances()}\n\n{table}\n", encoding="utf-8")


def _aim(what):
    return next((aim for start, aim in AIMS.items() if what.startswith(start)), "–")


def _circumstances():
    revision = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    return (
        f"Run on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC at {revision}: {os.cpu_count()} cores, "
        f"{platform.python_implementation()} {platform.python_version()}, load averages {load}."
    )


main()
