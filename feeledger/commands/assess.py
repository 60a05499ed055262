"""``feeledger assess``: what is owed by the facts of a file, and why; no database.

With ``--enterprise`` the facts are those the database holds of an enterprise (assess_known.py).
"""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from unicodedata import east_asian_width

import click

from feeledger.commands.options import catalog_option, lang_option, spoken_language
from feeledger.errors import Text

if TYPE_CHECKING:
    from feeledger.assessment.requests import Defaults
    from feeledger.catalog.plan import Plan

Spoken = dict[str, Any]
ONE_SOURCE = (
    "须给出 --facts 或 --enterprise 之一；--as-known-on 只与 --enterprise 同用"
    " / give one of --facts and --enterprise; --as-known-on goes with --enterprise"
)
NO_DATE = (
    "缺少日期：请用 --on 给出义务发生日，或在请求中写 on"
    ' / no date: give --on, or write "on" in the request'
)


@click.command()
@click.option(
    "--facts",
    "path",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="数据文件（一个对象，或一行一个请求），- 为标准输入 · facts, or a request a line; - is stdin",
)
@click.option(
    "--enterprise", help="信用代码：按库中所知测算 · a credit code: by what we know of it"
)
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="义务发生日 · the day the duty arose",
)
@click.option(
    "--as-known-on",
    "known_on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="与 --enterprise 同用：按该日终了时所知 · as known at the end of that day",
)
@click.option("--item", "items", multiple=True, help="项目编号，可重复 · an item id, repeatable")
@click.option("--line", "lines", multiple=True, help="标准编号，可重复 · a line id, repeatable")
@click.option(
    "--region", default="130000", show_default=True, help="所在区划 · the division, six digits"
)
@catalog_option
@click.option("--json", "as_json", is_flag=True, help="一个请求一行 JSON · one JSON line a request")
@lang_option
def assess(
    path: str | None,
    enterprise: str | None,
    on: datetime | None,
    known_on: datetime | None,
    items: tuple[str, ...],
    lines: tuple[str, ...],
    region: str,
    directory: Path,
    lang: str | None,
    *,
    as_json: bool,
) -> None:
    r"""按目录计算应缴金额并说明理由 · Work out what is owed, and say why.

    \b
    文件是一个数据对象，或每行一个请求：
    The file is one object of facts, or a request on each line:
      {"ref"?, "on"?, "region"?, "items"?, "lines"?, "facts": {…}}

    \b
    退出码 · exit: 0 已全部作答 · all answered; 1 有请求被拒 · a request was refused
                   2 用法错误 · usage

    \b
    Example: echo '{"electricity_kwh": 120000}' | python -m feeledger assess \
               --facts - --on 2024-05-01 --item water-project-fund
    What did we tell an enterprise on 1 March, and why:
      python -m feeledger assess --enterprise 91130184MA0CQ3T535 --region 130184 \
               --on 2026-03-01 --as-known-on 2026-03-01
    """
    language = lang or spoken_language()
    day = on.date() if on is not None else None
    if (path is None) == (enterprise is None) or (known_on is not None and enterprise is None):
        raise click.UsageError(ONE_SOURCE)
    if enterprise is not None:
        from feeledger.commands.assess_known import assess_enterprise

        if day is None:
            raise click.UsageError(NO_DATE)
        known = known_on.date() if known_on is not None else None
        asked = enterprise, region, day
        assess_enterprise(asked, known, (items, lines), language, as_json=as_json)
    elif path is not None:
        _assess_file(path, directory, (day, region, items, lines), language, as_json=as_json)


def _assess_file(
    path: str,
    directory: Path,
    asked: tuple[date | None, str, tuple[str, ...], tuple[str, ...]],
    language: str,
    *,
    as_json: bool,
) -> None:
    """Answer the requests of a file one by one, and end with exit 1 where one was refused."""
    from feeledger.assessment.requests import Defaults

    plan = _plan_of_folder(directory, language)
    defaults = Defaults(*asked)
    sound = True
    undated: list[str] | None = []
    with click.open_file(path, "rb") as stream:
        for number, text in _texts_of(stream):
            told = _answered(text, number, defaults, plan, language)
            sound = sound and "errors" not in told
            written = line_of(told) if as_json else text_of(told, plan, language)
            if undated is not None and _lacks_date(told):
                undated.append(written)  # told once it is known that others have a date
                continue
            for each in (*(undated or ()), written):
                click.echo(each)
            undated = None
    if undated is not None:
        raise click.UsageError(NO_DATE)
    sys.exit(0 if sound else 1)


def _plan_of_folder(directory: Path, language: str) -> "Plan":
    """Load and compile a catalog; one with faults is told on stderr and ends the run."""
    from feeledger.catalog.plan import plan_of
    from feeledger.catalog.reader import load_catalog
    from feeledger.errors import FeeLedgerError, FileRefused

    try:
        return plan_of(load_catalog(directory))
    except FileRefused as refused:
        for fault in refused.faults:
            click.echo(fault.to(language), err=True)
    except FeeLedgerError as refused:
        click.echo(refused.detail.to(language), err=True)
    sys.exit(1)


def _texts_of(stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Give the requests of a file, each with the number of its first line.

    They are its lines, or all of it where the first line is but the start of an object and no
    later line is a request.
    """
    number, first = 0, ""
    while not first.strip():
        line = stream.readline()
        if not line:
            raise click.UsageError("数据文件是空的 / the facts file is empty")
        number, first = number + 1, _decoded(line, "utf-8-sig")
    rest: Iterable[bytes] = stream
    if not _is_whole(first):
        rest = stream.readlines()
        if not any(_is_request(line) for line in rest):
            yield number, first + _decoded(b"".join(rest))
            return
    yield number, first.rstrip("\r\n")
    for place, line in enumerate(rest, number + 1):
        text = _decoded(line)
        if text.strip():
            yield place, text.rstrip("\r\n")


def _decoded(line: bytes, encoding: str = "utf-8") -> str:
    return line.decode(encoding, errors="surrogateescape")


def _is_whole(line: str) -> bool:
    """Say whether a line may be a request by itself, rather than the start of a longer one."""
    closed = line.rstrip().endswith("}") and line.count("{") <= line.count("}")
    return closed or not line.lstrip().startswith("{")


def _is_request(line: bytes) -> bool:
    bare = line.strip()
    return bare.startswith(b"{") and bare.endswith(b"}") and b'"facts"' in bare


def _answered(text: str, number: int, defaults: "Defaults", plan: "Plan", language: str) -> Spoken:
    """Answer the request of a line; a refused one is answered with its errors."""
    from feeledger.assessment.engine import assess as assess_request
    from feeledger.assessment.explanation import answer_document, refusal_document
    from feeledger.assessment.outcomes import FactsRefused, RequestFault
    from feeledger.assessment.requests import (
        JsonMalformed,
        read_json,
        ref_of,
        ref_within,
        request_of,
    )

    document: object = None
    try:
        document = read_json(text, first_line=number)
        answer = assess_request(plan, request_of(document, defaults, plan))
    except JsonMalformed as fault:
        malformed = FactsRefused((RequestFault(fault.code, "", "", fault.detail),))
        return refusal_document(ref_within(text), malformed, language)
    except FactsRefused as refused:
        return refusal_document(ref_of(document), refused, language)
    return answer_document(answer, language)


def _lacks_date(told: Spoken) -> bool:
    return any(error["code"] == "date-missing" for error in told.get("errors", []))


def line_of(told: Spoken) -> str:
    """Write an answer as one line of JSON, whatever signs its reference holds."""
    text = json.dumps(told, ensure_ascii=False)
    if text.isprintable():
        return text
    return json.dumps(told)  # line separators and lone surrogates are written as escapes


def text_of(told: Spoken, plan: "Plan", language: str) -> str:
    """Lay an answer out for people: what each line comes to, then why."""
    if "errors" in told:
        return _refusal_text(told, language)
    from feeledger.assessment.verdict_words import OUTCOMES

    edition = plan.catalog.edition
    rows = [
        (
            line["line"] or line["item"],
            OUTCOMES[line["outcome"]].to(language),
            line["amount"] or "—",
        )
        for line in told["lines"]
    ]
    parts = [edition.title.to(language)]
    if edition.notice is not None:
        parts.append(edition.notice.to(language))
    parts += ["", *_table(rows), ""]
    parts += [_told(line) for line in told["lines"]]
    parts.append(_total_text(told, language))
    return "\n".join(parts).encode(errors="replace").decode()


def _table(rows: list[tuple[str, str, str]]) -> list[str]:
    widths = [max((_width(row[column]) for row in rows), default=0) for column in range(3)]
    return [
        f"{row[0]}{' ' * (widths[0] - _width(row[0]))}  "
        f"{row[1]}{' ' * (widths[1] - _width(row[1]))}  "
        f"{' ' * (widths[2] - _width(row[2]))}{row[2]}"
        for row in rows
    ]


def _width(text: str) -> int:
    """Count the columns a text takes on a terminal."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _told(line: Spoken) -> str:
    head, *rest = line["steps"]["sentences"]
    return "\n".join([head, *(f"  {sentence}" for sentence in rest), ""])


def _total_text(told: Spoken, language: str) -> str:
    whole = Text("", "") if told["complete"] else Text("（尚不完整）", " (not complete)")
    ref = "" if told["ref"] is None else f"[{told['ref']}] "
    return Text(
        f"{ref}义务发生日 {told['on']}，区划 {told['region']}，合计 {told['total']} 元{whole.zh}",
        f"{ref}duty of {told['on']}, region {told['region']}: {told['total']} yuan in all{whole.en}",
    ).to(language)


def _refusal_text(told: Spoken, language: str) -> str:
    ref = "" if told["ref"] is None else f"[{told['ref']}] "
    head = Text(f"{ref}请求未受理：", f"{ref}The request was refused:").to(language)
    told_errors = [f"  {error['code']}: {error['detail']}" for error in told["errors"]]
    return "\n".join([head, *told_errors]).encode(errors="replace").decode()
