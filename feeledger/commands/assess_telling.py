"""How ``feeledger assess-region`` tells of runs: progress on a terminal, what a run came to."""

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from feeledger.errors import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeledger.assessment.outcomes import FactsRefused
    from feeledger.assessment.province_batches import ProvinceProgress
    from feeledger.assessment.run_queries import Progress, RunSummary

LONGEST_ETA = 359_999


class Watch:
    """Tells progress on a terminal: enterprises, their rate, the time left."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.began = time.monotonic()
        self.first: int | None = None
        self.shown = sys.stderr.isatty()

    def tell(self, done: "Progress") -> None:
        """Write over the line of progress."""
        self.show(done.enterprises)

    def tell_province(self, done: "ProvinceProgress") -> None:
        """Write over the line of progress of a province: which region is in work stands before."""
        self.show(done.enterprises, f"{done.region} ({done.regions_done}/{done.regions})  ")

    def show(self, enterprises: int, place: str = "") -> None:
        """Write how many are done, how many a second, and the seconds left."""
        if self.first is None:
            self.first = enterprises
            self.began = time.monotonic()
        seconds = time.monotonic() - self.began
        rate = (enterprises - self.first) / seconds if seconds else 0
        left = min(LONGEST_ETA, int((self.total - enterprises) / rate)) if rate > 0 else 0
        if self.shown:
            told = f"\r{place}{enterprises:,} / ~{self.total:,}  {rate:,.0f}/s  {max(left, 0)} s  "
            click.echo(told, nl=False, err=True)

    def end(self) -> None:
        """Leave the line of progress."""
        if self.shown:
            click.echo("", err=True)


def summary_document(summary: "RunSummary") -> dict[str, Any]:
    """Write a run as a record for programs."""
    return {
        "region": summary.region,
        "run": summary.run,
        "on": summary.day.isoformat(),
        "catalog": {"id": summary.edition, "sha256": summary.edition_sha256},
        "known_at": summary.known_at.isoformat(),
        "finished": summary.finished_at is not None,
        "enterprises": summary.enterprises,
        "refused": summary.refused,
        "lines_stored": summary.lines,
        "counts": [
            {
                "item": each.item,
                "line": each.line or None,
                "outcome": each.outcome,
                "reason": each.reason or None,
                "alternative": each.alternative,
                "enterprises": each.enterprises,
                "amount": yuan(each.fen),
            }
            for each in summary.counts
        ],
    }


def tell_summary(summary: "RunSummary", language: str) -> None:
    """Print the lines that came to a figure, and how many enterprises were refused."""
    from feeledger.assessment.verdict_words import OUTCOMES

    words = {str(outcome): word for outcome, word in OUTCOMES.items()}
    for each in summary.counts:
        if each.fen and not each.alternative:
            word = words[each.outcome].to(language)
            click.echo(f"{yuan(each.fen):>20}  {each.enterprises:>9,}  {word}  {each.line}")
    click.echo(
        Text(
            f"测算 {summary.run}：{summary.enterprises} 户，存 {summary.lines} 条；"
            f"{summary.refused} 户数据有误，未计（用 --refused {summary.run} 看是哪些户、何处有误）",
            f"run {summary.run}: {summary.enterprises} enterprises, {summary.lines} lines stored; "
            f"{summary.refused} refused for their facts (--refused {summary.run} says who and why)",
        ).to(language)
    )


def refused_document(uscc: str, refused: "FactsRefused", language: str) -> dict[str, Any]:
    """Write one enterprise that a run refused as a record for programs."""
    return {
        "uscc": uscc,
        "errors": [
            {"code": each.code, "field": each.field, "value": each.value,
             "detail": each.detail.to(language)}
            for each in refused.errors
        ],
    }  # fmt: skip


def tell_refused(found: "Iterable[tuple[str, FactsRefused]]", language: str) -> None:
    """Print the enterprises that a run refused, a line for each fault."""
    number = 0
    for uscc, refused in found:
        number += 1
        for each in refused.errors:
            click.echo(f"{uscc}  {each.detail.to(language)}")
    click.echo(
        Text(
            f"{number} 户数据有误，未计；改正后重新测算",
            f"{number} enterprises refused for their facts; mend them and assess again",
        ).to(language)
    )


def yuan(fen: int) -> str:
    """Write fen as yuan."""
    return f"{fen // 100}.{fen % 100:02d}"
