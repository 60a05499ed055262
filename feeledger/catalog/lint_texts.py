"""The findings of a review by their code: how grave, the problem and the remedy, zh and en.

The codes are fixed names; docs/catalog-format.md describes each (a house test holds that).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from feeledger.errors import Text


@dataclass(frozen=True, slots=True)
class Told:
    """How a code is told; grave findings bar publication, others want a written reason."""

    grave: bool
    problem: Text
    remedy: Text


@dataclass(frozen=True, slots=True)
class Found:
    """A finding before it is told: its code, the ids it is about, the words of its sentence."""

    code: str
    ids: tuple[str, ...]
    words: Mapping[str, str | Text] = field(default_factory=dict)


_ONE_ONLY: Final = Text(
    "改窗口或条件，使同一天只有一个标准适用",
    "mend the windows or conditions, so that one price holds on a day",
)
_DECIDE_BY_DOCUMENT: Final = Text(
    "核对文件；确实如此的，写明理由",
    "hold it against the document; where it is really so, write why",
)

LINT_TEXTS: Final[Mapping[str, Told]] = {
    "price-gap": Told(
        grave=True,
        problem=Text(
            "{series} 在 {first} 至 {last} 没有标准，也没有声明",
            "{series} has no price from {first} to {last}, and no hole is declared",
        ),
        remedy=Text(
            "补上版本，或在 no_rate 中声明原因", "add the version, or declare it under no_rate"
        ),
    ),
    "price-overlap": Told(
        grave=True,
        problem=Text(
            "两个版本在 {first} 至 {last} 同时有效",
            "two versions of one price both hold from {first} to {last}",
        ),
        remedy=_ONE_ONLY,
    ),
    "price-doubled": Told(
        grave=False,
        problem=Text(
            "两条标准按同一数量（{facts}）、同一天、同一地方计费，又不是二选一",
            "two prices count the same quantity ({facts}) on the same day in the same place, and "
            "are no alternatives",
        ),
        remedy=Text(
            "列为 alternatives，或写上互斥的条件；确须各收一次的，写明理由",
            "make them alternatives or give them conditions that exclude each other; where both "
            "are owed, write why",
        ),
    ),
    "condition-gap": Told(
        grave=False,
        problem=Text(
            "{fact} {value}时，相邻两条标准都不适用",
            "at {fact} of {value} neither of two neighbouring prices holds",
        ),
        remedy=Text(
            "按文件写明“以下”“以上”含不含本数",
            "say by the document on which side the bound itself lies",
        ),
    ),
    "relief-gap": Told(
        grave=False,
        problem=Text(
            "减免 {series} 在 {first} 至 {last} 中断",
            "the relief {series} is interrupted from {first} to {last}",
        ),
        remedy=_DECIDE_BY_DOCUMENT,
    ),
    "relief-overlap": Told(
        grave=True,
        problem=Text(
            "同一减免的两个版本在 {first} 至 {last} 同时有效，会减两次",
            "two versions of one relief both hold from {first} to {last}: they would reduce twice",
        ),
        remedy=Text("改窗口", "mend a window"),
    ),
    "total-falls": Told(
        grave=False,
        problem=Text(
            "{fact} 增加到 {value} 时应缴总额反而下降：{before} → {after}",
            "the total falls as {fact} rises to {value}: {before} → {after}",
        ),
        remedy=Text(
            "核对数字与档次；文件确是如此的，写明理由",
            "check figures and bands; where the document says so, write why",
        ),
    ),
    "reliefs-unordered": Told(
        grave=False,
        problem=Text(
            "两项减免可同时适用于 {line}，文件与目录都没有写先后或是否叠加",
            "two reliefs can both hold for {line}, and no order or choice between them is stated",
        ),
        remedy=Text(
            "写上互斥的条件；确须叠加的，写明理由（系数相乘，最后取整一次）",
            "give them conditions that exclude each other; where both hold, write why (the factors "
            "multiply, rounded once at the end)",
        ),
    ),
    "relief-dead": Told(
        grave=False,
        problem=Text(
            "减免的期间、地方、条件与其任何一条标准都合不到一起，从不适用",
            "the relief shares no day, place and condition with any price it touches: it never holds",
        ),
        remedy=Text(
            "改期间、地方或条件，或删去", "mend its window, place or condition, or remove it"
        ),
    ),
    "condition-dead": Told(
        grave=True,
        problem=Text(
            "条件互相矛盾或超出数据范围，从不成立：{test}",
            "the condition contradicts itself or the bounds of its facts, and never holds: {test}",
        ),
        remedy=Text("改正条件，或删去", "mend the condition, or remove what it belongs to"),
    ),
    "condition-idle": Told(
        grave=False,
        problem=Text(
            "条件在数据范围内总是成立：{test}",
            "the condition always holds within the bounds of its facts: {test}",
        ),
        remedy=Text("删去条件，或改正界限", "remove the condition, or mend its bound"),
    ),
    "department-missing": Told(
        grave=True,
        problem=Text(
            "没有写明执收部门（现为“{department}”）",
            "no department is named (it says “{department}”)",
        ),
        remedy=Text("写上文件所列的执收或主管部门", "name the department as the document does"),
    ),
    "item-revived": Told(
        grave=False,
        problem=Text(
            "“{name}”与 {day} 已停止的“{ended}”名称相近，此后仍有标准",
            "“{name}” is named like “{ended}”, which ended on {day}, and still has a price after it",
        ),
        remedy=Text(
            "核对是否变相恢复；不是的，写明两者的区别和依据",
            "check that nothing ended is revived; where not, write how they differ and on what basis",
        ),
    ),
    "issuer-once": Told(
        grave=False,
        problem=Text(
            "{once} 只出现一次，另有同号不同发文机关的 {other}",
            "{once} is named once, and {other} has the same number from another issuer",
        ),
        remedy=Text(
            "核对文号的发文机关；两份都存在的，写明理由",
            "check who issued it; where both documents exist, write so",
        ),
    ),
}
