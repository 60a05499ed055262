"""The program: every region of a database audited in one snapshot, every finding told."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence

from feeledger.auditor.books import BookCheck
from feeledger.auditor.database import AddressRefused, Reader, snapshot_of
from feeledger.auditor.findings import Finding
from feeledger.auditor.notices import NoticeCheck
from feeledger.auditor.receipts import receipt_findings, told_findings
from feeledger.auditor.refunds import refund_findings
from feeledger.auditor.rules import broken_rules
from feeledger.auditor.seals import SealCheck
from feeledger.auditor.settlements import ShareCheck, settlement_findings
from feeledger.auditor.vouchers import voucher_findings

REGIONS = "SELECT region FROM ledger_book ORDER BY region"
NOTHING = ("没有账簿可审。", "There is no book to audit.")


def audit_region(reader: Reader, region: str) -> Iterator[Finding]:
    """Audit one region: notices, entries with their payments, what stands behind them, seals."""
    notices = NoticeCheck(reader, region)
    yield from notices.findings()
    books = BookCheck(reader, region, notices)
    yield from books.findings()
    yield from receipt_findings(reader, region, books.balances())
    yield from told_findings(reader, region)
    yield from broken_rules(reader, region)
    yield from refund_findings(reader, region)
    yield from ShareCheck(reader, region).findings()
    yield from settlement_findings(reader, region)
    yield from voucher_findings(reader, region)
    yield from SealCheck(reader, region, books).findings()


def audit_database(url: str, regions: Sequence[str] = ()) -> Iterator[tuple[str, list[Finding]]]:
    """Audit the regions named, or all; give each with its findings. Raises AddressRefused."""
    with snapshot_of(url) as reader:
        for region in regions or [row[0] for row in reader.rows(REGIONS, {})]:
            yield region, list(audit_region(reader, region))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the audit by its own command line; 0 clean, 1 findings, 2 usage."""
    parser = argparse.ArgumentParser(
        prog="python -m feeledger.auditor.program",
        description="独立审计：只读、一次快照、从头重算 · audits the books from scratch, reading only",
    )
    parser.add_argument("--database", default=os.environ.get("FEELEDGER_DATABASE_URL"),
                        help="数据库地址 · sqlite:///file or postgresql://…")  # fmt: skip
    parser.add_argument(
        "--region", action="append", default=[], help="区划代码，可多次 · region code, may repeat"
    )
    parser.add_argument(
        "--json", action="store_true", help="一行一处的 JSON · one JSON object a finding"
    )
    parser.add_argument("--lang", choices=["zh", "en"], default="zh")
    asked = parser.parse_args(arguments)
    if not asked.database:
        parser.error("--database 或 FEELEDGER_DATABASE_URL · name the database")
    try:
        found = dict(audit_database(asked.database, asked.region))
    except AddressRefused as refused:
        parser.error(f"--database: {refused}")
    return tell_findings(found, as_json=asked.json, language=asked.lang)


def tell_findings(found: dict[str, list[Finding]], *, as_json: bool, language: str) -> int:
    """Print every finding, and the count of each region; give the exit status."""
    for findings in found.values():
        for each in findings:
            document = {"region": each.region, "kind": each.kind, "place": each.place,
                        "detail": {"zh": each.zh, "en": each.en}}  # fmt: skip
            line = f"{each.region} {each.kind} {each.place}: {each.told(language)}"
            _say(json.dumps(document, ensure_ascii=False) if as_json else line)
    english = language == "en"
    if not found:
        _say(NOTHING[english], aside=True)
    for region, findings in found.items():
        told = (f"{len(findings)} findings" if english else f"{len(findings)} 处不符") if findings else (
            "all holds" if english else "全部相符")  # fmt: skip
        _say(f"{region}: {told}", aside=as_json)
    return 0 if found and not any(found.values()) else 1


def _say(line: str, *, aside: bool = False) -> None:
    (sys.stderr if aside else sys.stdout).write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
