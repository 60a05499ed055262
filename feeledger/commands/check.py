"""``feeledger check``: judge identifiers by their rules, one value or a file of them."""

import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime

import click

from feeledger.commands.assess import line_of
from feeledger.commands.options import lang_option, spoken_language
from feeledger.judgements import Judgement

KINDS = (
    "uscc",
    "region",
    "industry",
    "cnaps",
    "card",
    "account",
    "doc-number",
    "pay-code",
    "amount",
)
Judge = Callable[[str], Judgement]


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("value", required=False)
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="一行一值的文件，- 为标准输入 · a value a line; - is standard input",
)
@click.option(
    "--profile",
    type=click.Choice(["own", "none"]),
    default="own",
    show_default=True,
    help="缴款码：own 核校验码，none 只看结构 · pay codes: own checks the check digit",
)
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="区划：按哪一天判断，默认今天 · regions: the day to judge by, today if not given",
)
@click.option("--json", "as_json", is_flag=True, help="一值一行 JSON · one JSON object a value")
@lang_option
def check(
    kind: str,
    value: str | None,
    path: str | None,
    profile: str,
    on: datetime | None,
    as_json: bool,
    lang: str | None,
) -> None:
    r"""核验代码与金额 · Judge identifiers and amounts.

    \b
    KIND  uscc 统一社会信用代码 · region 区划 · industry 行业 · cnaps 支付行号 · card 银行卡
          account 账号 · doc-number 文号 · pay-code 缴款码 · amount 金额
    VALUE 一个值；以 - 开头的值写在 -- 之后 · one value; after -- if it begins with -

    \b
    退出码 · exit: 0 通过，标准输出为规范写法 · sound, the normal form on stdout;
                   1 不通过，说明原因 · refused, with the reason; 2 用法错误 · usage
    --file 逐行作答 · answers line by line, in order:
           ok<TAB>规范写法 · normal form
           error<TAB>代码 · code<TAB>原因 · reason

    \b
    Example: python -m feeledger check uscc 91130184MA0CQ3T535
             python -m feeledger check amount -- -5
             python -m feeledger check pay-code --profile none --file codes.txt
    """
    if (value is None) == (path is None):
        raise click.UsageError(
            "请给出一个值，或用 --file 给出文件 / give either one VALUE or --file FILE"
        )
    language = lang or spoken_language()
    judge = _judge_of(kind, profile=profile, on=on.date() if on is not None else None)
    if value is not None:
        sound = _answer_one(judge(value), kind=kind, given=value, lang=language, as_json=as_json)
    else:
        sound = _answer_file(judge, path or "-", kind=kind, lang=language, as_json=as_json)
    sys.exit(0 if sound else 1)


def _judge_of(kind: str, *, profile: str, on: date | None) -> Judge:
    """Import and give the judge of a kind."""
    if kind in {"cnaps", "card", "account"}:
        from feeledger.accounts import judge_account, judge_card, judge_cnaps

        return {"cnaps": judge_cnaps, "card": judge_card, "account": judge_account}[kind]
    if kind == "doc-number":
        from feeledger.documents import judge_document_number

        return judge_document_number
    if kind == "amount":
        return _judge_amount
    if kind == "region":
        return _judge_region_on(on)
    from feeledger.codes import judge_industry, judge_pay_code, judge_uscc

    if kind == "pay-code":
        return lambda text: judge_pay_code(text, "none" if profile == "none" else "own")
    return judge_uscc if kind == "uscc" else judge_industry


def _judge_region_on(on: date | None) -> Judge:
    """Give the judge of regions on a day; today by the clock if none is named."""
    from feeledger.clock import Clock
    from feeledger.regions.reader import judge_region, load_regions
    from feeledger.settings import ROOT

    regions = load_regions(ROOT / "catalogs")
    day = on or Clock().today()
    return lambda text: judge_region(text, regions, on=day)


def _judge_amount(text: str) -> Judgement:
    """Judge an amount by R-M1."""
    from feeledger.money import AmountRefused, parse_amount

    try:
        return Judgement(str(parse_amount(text)))
    except AmountRefused as refusal:
        return Judgement(None, (), refusal.detail, refusal.code)


def _answer_one(judgement: Judgement, *, kind: str, given: str, lang: str, as_json: bool) -> bool:
    """Answer for one value: its normal form on stdout, warnings and reasons on stderr."""
    if as_json:
        click.echo(_as_json(judgement, kind=kind, given=given, lang=lang))
    elif judgement.value is not None:
        click.echo(judgement.value)
    elif judgement.problem is not None:
        click.echo(f"{judgement.code}: {judgement.problem.to(lang)}", err=True)
    if not as_json:
        for warning in judgement.warnings:
            click.echo(f"{'warning: ' if lang == 'en' else '警告：'}{warning.to(lang)}", err=True)
    return judgement.sound


def _answer_file(judge: Judge, path: str, *, kind: str, lang: str, as_json: bool) -> bool:
    """Answer every line of a file in order; warnings on stderr with their line."""
    all_sound = True
    for number, given in enumerate(_lines_of(path), start=1):
        judgement = judge(given)
        all_sound = all_sound and judgement.sound
        if as_json:
            click.echo(_as_json(judgement, kind=kind, given=given, lang=lang))
        elif judgement.value is not None:
            click.echo(f"ok\t{judgement.value}")
        elif judgement.problem is not None:
            click.echo(f"error\t{judgement.code}\t{judgement.problem.to(lang)}")
        for warning in () if as_json else judgement.warnings:
            mark = f"line {number}: warning: " if lang == "en" else f"第 {number} 行：警告："
            click.echo(f"{mark}{warning.to(lang)}", err=True)
    return all_sound


def _lines_of(path: str) -> Iterator[str]:
    """Give the lines of a file without their ends; what is no UTF-8 is marked, and so refused."""
    with click.open_file(path, "rb") as stream:
        for number, line in enumerate(stream):
            text = line.decode("utf-8-sig" if number == 0 else "utf-8", errors="replace")
            yield text.removesuffix("\n").removesuffix("\r")


def _as_json(judgement: Judgement, *, kind: str, given: str, lang: str) -> str:
    """Write one answer as a line of JSON."""
    problem = judgement.problem
    answer = {
        "kind": kind,
        "input": given,
        "ok": judgement.sound,
        "value": judgement.value,
        "code": judgement.code,
        "reason": problem.to(lang) if problem is not None else None,
        "warnings": [warning.to(lang) for warning in judgement.warnings],
    }
    return line_of(answer)
