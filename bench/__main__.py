"""Run every bench and write docs/benchmarks.md: each figure beside its yardstick, as a ratio.

``python -m bench`` runs all parts and writes the page anew; with ``--short`` all but the long ones, whose
figures stay behind it. ``python -m bench PART…`` runs some and prints them; with ``--keep`` these are
written behind the page, under a heading of their own.
"""

import importlib
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PARTS = (
    "assessment",
    "province",
    "province_large",
    "notice_json",
    "payments",
    "frames",
    "spread",
    "printing",
    "audit",
    "whatif",
)
LONG = ("province_large",)  # half an hour
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
AIMS = {
    "GET one notice's JSON": "0.60",
    "payment confirmations by frames": "1.00",
    "payment confirmations": "0.35",
    "confirmations in batches": "2.00",
    "confirmations into one account": "0.90",
    "repeated confirmations": "0.90",
    "confirmations at 16 clients": "≤ 1.00",
    "notice PDFs": "1.00",
    "province: 12 lines": "≤ 1.50",
    "province: storing": "≤ 1.30",
    "province: whole run": "0.70",
    "large: peak": "< 1.00",
    "large: one line": "< 1.00",
    "what-if: a county": "< 1.00",
    "what-if: province": "< 1.00",
    "what-if: peak": "< 1.00",
}
HEAD = """# 测速 · Benchmarks

Made by `make bench`; each figure beside its yardstick in the same run (`bench/yardstick_*.py`, pgbench). The machines are
small and shared: read the ratios, not the figures. Never edited by hand.

"""


def main():
    asked = sys.argv[1:]
    keep, short = "--keep" in asked, "--short" in asked
    names = tuple(name for name in asked if not name.startswith("--"))
    rows = []
    for name in names or (part for part in PARTS if not (short and part in LONG)):
        print(f"… {name}", file=sys.stderr)
        rows += importlib.import_module(f"bench.{name}").run()
    table = _table(rows)
    print(table)
    if not names:
        apart = [each for each in _apart() if short and each.startswith(LONG)]
        whole = "\n\n## ".join([f"{HEAD}{_circumstances()}\n\n{table}", *apart])
        PAGE.write_text(f"{whole}\n", encoding="utf-8")
    elif keep:
        _keep_apart(" ".join(names), f"{_circumstances()}\n\n{table}")


def _table(rows):
    lines = [
        "| what | feeledger | yardstick | | ratio | aim |",
        "|---|---:|---|---:|---:|---:|",
    ]
    for w, a, y, b, r in rows:
        ratio = "–" if r is None else f"{r:.2f}"
        lines.append(f"| {w} | {a} | {y} | {b} | {ratio} | {_aim(w)} |")
    return "\n".join(lines)


def _keep_apart(title, told):
    """Write parts that were run alone behind the page, under a heading of their own."""
    before = PAGE.read_text(encoding="utf-8").rstrip().split("\n\n## ")[0]
    apart = [each for each in _apart() if not each.startswith(f"{title}\n")]
    page = "\n\n## ".join([before, *apart, f"{title}\n\n{told}"])
    PAGE.write_text(f"{page}\n", encoding="utf-8")


def _apart():
    """Give the parts of the page that were run alone, each with its title."""
    return PAGE.read_text(encoding="utf-8").rstrip().split("\n\n## ")[1:]


def _aim(what):
    if what.startswith("audit of") and not what.endswith("postings"):
        return "≤ 1.00"
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
