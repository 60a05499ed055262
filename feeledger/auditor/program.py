"""The program: every region of a database audited in one snapshot, every finding told."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from feeledger.auditor.books import BookCheck
from feeledger.auditor.database import AddressRefused, DatabaseUnreadable, Reader, snapshot_of
from feeledger.auditor.findings import Finding
from feeledger.auditor.notices import NoticeCheck
from feeledger.auditor.receipts import receipt_findings, told_findings
from feeledger.auditor.reconciling import batch_findings, request_findings
from feeledger.auditor.refunds import file_findings, refund_findings
from feeledger.auditor.rules import broken_rules
from feeledger.auditor.seals import SealCheck
from feeledger.auditor.settlements import ShareCheck, settlement_findings
from feeledger.auditor.state_rules import STATE_RULES
from feeledger.auditor.trails import trail_findings
from feeledger.auditor.vouchers import voucher_findings

# Every region that anything of money stands in: a book that was taken away is missed.
REGIONS = """
SELECT region FROM ledger_book UNION SELECT region FROM ledger_entry UNION SELECT region FROM payment
UNION SELECT region FROM payment_key UNION SELECT region FROM notice UNION SELECT region FROM seal_block
UNION SELECT region FROM seal_day ORDER BY region
"""
SHOWN_MOST = 200
NOTHING = ("没有账簿可审。", "There is no book to audit.")


def audit_region(reader: Reader, region: str) -> Iterator[Finding]:
    """Audit one region: notices, entries with their payments, what stands behind them, seals."""
    notices = NoticeCheck(reader, region)
    books = BookCheck(reader, region, notices)
    checks: tuple[Callable[[], Iterable[Finding]], ...] = (
        notices.findings,
        books.findings,
        lambda: receipt_findings(reader, region, books.balances()),
        lambda: told_findings(reader, region),
        lambda: broken_rules(reader, region),
        lambda: broken_rules(reader, region, STATE_RULES),
        lambda: batch_findings(reader, region),
        lambda: request_findings(reader, region),
        lambda: trail_findings(reader, region),
        lambda: refund_findings(reader, region, books.sealed_before),
        lambda: file_findings(reader, region),
        lambda: ShareCheck(reader, region).findings(),
        lambda: settlement_findings(reader, region),
        lambda: voucher_findings(reader, region),
        SealCheck(reader, region, books).findings,
    )
    for check in checks:
        yield from _carried_on(region, check)


def _carried_on(region: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Run a check; where it meets what no writer of ours wrote it says so, and the next ones go on."""
    try:
        yield from check()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:
        told = f"{type(fault).__name__}: {fault}"[:SHOWN_MOST]
        yield Finding(region, "value-unreadable", "", f"此处以下未能核对：{told}",
                      f"this check could not go on: {told}")  # fmt: skip


def audit_database(url: str, regions: Sequence[str] = ()) -> Iterator[tuple[str, list[Finding]]]:
    """Audit the regions named, or all; give each with its findings.

    Raises AddressRefused, DatabaseUnreadable.
    """
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
    except DatabaseUnreadable as unreadable:
        _say(words_of_unreadable(unreadable)[asked.lang == "en"], aside=True)
        return 2
    return tell_findings(found, as_json=asked.json, language=asked.lang)


def words_of_unreadable(unreadable: DatabaseUnreadable) -> tuple[str, str]:
    """Say in Chinese and in English that nothing was audited, and why."""
    english = (
        f"nothing was audited, the database cannot be read ({unreadable}): check address and role, "
        f"and that feeledger db upgrade was run"
    )
    return (
        f"未能审计，数据库读不了（{unreadable}）：核对地址和角色，并确认已运行 feeledger db upgrade",
        english,
    )


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
