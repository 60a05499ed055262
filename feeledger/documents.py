"""Numbers of official documents: 财税〔2016〕33号 and the grammars beside it (R-V7).

Three other ways of naming a document are accepted as they are: orders (国务院令第427号),
announcements (财政部公告2023年第8号) and laws by title (《…》). An old number without brackets, or a
letter by date, is *irregular*: a catalog may keep its printed form, this judge refuses it.
"""

import re
from typing import Final

from feeledger.judgements import Judgement, accept, refuse, shorten

REGULAR: Final = re.compile(r"[一-龥（）()]{1,20}〔(19|20)[0-9]{2}〕[1-9][0-9]{0,4}号")
ORDER: Final = re.compile(r"[一-龥（）、]{1,40}令第[1-9][0-9]{0,4}号")
ANNOUNCEMENT: Final = re.compile(
    r"[一-龥（）、 ]{1,80}公告((19|20)[0-9]{2}年第|〔(19|20)[0-9]{2}〕第?)[1-9][0-9]{0,4}号"
)
TITLE: Final = re.compile(r"《[^《》\n]{2,80}》")
BRACKETED_YEAR: Final = re.compile(
    r"\[([0-9]{4})\]|［([0-9]{4})］|\(([0-9]{4})\)|（([0-9]{4})）|【([0-9]{4})】"
)
DATED: Final = re.compile(r"(19|20)[0-9]{2}年[0-9]{1,2}月([0-9]{1,2}日)?")
ANY_YEAR: Final = re.compile(r"(19|20)[0-9]{2}")


def judge_document_number(text: str) -> Judgement:
    """Judge the number of a document; brackets of the year are normalised to 〔〕.

    Refusals: ``doc-number-empty``, ``-irregular``, ``-year``, ``-ordinal``, ``-zero``,
    ``-ending``, ``-prefix``, ``-malformed``.
    """
    number = BRACKETED_YEAR.sub(lambda found: f"〔{found[0][1:-1]}〕", text, count=1)
    if any(grammar.fullmatch(number) for grammar in (REGULAR, ORDER, ANNOUNCEMENT, TITLE)):
        return accept(number)
    return _reason(number)


def _reason(number: str) -> Judgement:
    """Say which rule of the grammar a number breaks, the most telling first."""
    if not number:
        return refuse("doc-number-empty", "没有填写", "it is empty")
    if "〔" not in number:
        return _without_brackets(number)
    head, _, rest = number.partition("〔")
    year, _, tail = rest.partition("〕")
    if not re.fullmatch(r"(19|20)[0-9]{2}", year):
        return refuse(
            "doc-number-year",
            f"年份“{shorten(year)}”应为 19 或 20 开头的四位数字",
            f"the year {shorten(year)!r} should be four digits beginning with 19 or 20",
        )
    if not re.fullmatch(r"[一-龥（）()]{1,20}", head):
        return refuse(
            "doc-number-prefix",
            f"机关代字“{shorten(head)}”应为 1 至 20 个汉字或括号",
            f"the issuer {shorten(head)!r} should be 1 to 20 Chinese characters or brackets",
        )
    return _tail_reason(tail)


def _tail_reason(tail: str) -> Judgement:
    """Say what is wrong after the year."""
    if tail.startswith("第"):
        return refuse(
            "doc-number-ordinal", "序号前不加“第”字", "no 第 before the number (GB/T 9704)"
        )
    if not tail.endswith("号"):
        return refuse("doc-number-ending", "应以“号”字结尾", "it should end in 号")
    if tail.startswith("0"):
        return refuse(
            "doc-number-zero", "序号不以 0 开头（不编虚位）", "the number has no leading zero"
        )
    return refuse(
        "doc-number-malformed",
        f"序号“{shorten(tail[:-1])}”应为一至五位数字",
        f"the number {shorten(tail[:-1])!r} should be one to five digits",
    )


def _without_brackets(number: str) -> Judgement:
    """Refuse a number without a year in brackets: irregular, or no document number at all."""
    if DATED.search(number) or ANY_YEAR.search(number) or number.endswith("号"):
        return refuse(
            "doc-number-irregular",
            "不合规范的旧文号或按日期称呼的函件：年份应置于六角括号〔〕内；"
            "如原文如此，目录中照原样保留并注明 irregular: true",
            "irregular: the year should stand in brackets 〔〕 (an old number, or a letter by its "
            "date); where it was printed so, a catalog keeps it and says irregular: true",
        )
    return refuse(
        "doc-number-malformed",
        "不是文号：应为“代字〔年份〕序号号”，如 财税〔2016〕33号",
        "not a document number: it should read like 财税〔2016〕33号",
    )
