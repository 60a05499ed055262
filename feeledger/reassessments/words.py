"""What changed, in sentences of both languages: editions, endings, true-ups, facts, sums."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from feeledger.assessment.verdict_words import ENDINGS
from feeledger.catalog.items import Edition, Event
from feeledger.errors import Text
from feeledger.money import Money

WordedFact = tuple[Text, object, object, str]


def edition_words(
    then: Edition,
    now: Edition,
    *,
    on: date,
    ending: Event | None,
    trued_up: bool,
    documents: Sequence[str],
) -> Text:
    """Say what a later edition says otherwise of a duty that arose on a day."""
    paper = f"（{'、'.join(documents)}）" if documents else ""
    english = f" ({', '.join(documents)})" if documents else ""
    if ending is not None:
        return _ended(on, ending, paper, english)
    if trued_up:
        return Text(
            f"原按暂行标准计收，正式标准已公布，多退少补{paper}",
            f"charged at a provisional price; the standard has come, and the difference is made "
            f"up{english}",
        )
    return Text(
        f"目录由 {then.id} 改为 {now.id}，义务发生日 {on} 的标准或减免不同{paper}",
        f"edition {now.id} in place of {then.id}: price or relief differ for a duty of "
        f"{on}{english}",
    )


def _ended(on: date, ending: Event, paper: str, english: str) -> Text:
    word = ENDINGS.get(ending.kind, Text(ending.kind, ending.kind))
    announced = ending.announced_on
    retro = announced is not None and ending.day is not None and ending.day < announced
    told = "" if announced is None else f"（{announced} 公布{'，追溯执行' if retro else ''}）"
    told_en = "" if announced is None else f", announced on {announced}"
    back_en = ", with effect from before it was announced" if retro else ""
    return Text(
        f"该项目自 {ending.day} 起{word.zh}{told}，义务发生日 {on} 不应收费，已收的应退{paper}",
        f"the item {word.en} from {ending.day}{told_en}{back_en}; nothing is charged for a duty of "
        f"{on}, and what was paid goes back{english}",
    )


def closed_words(name: Text, day: date, document: str, on: date) -> Text:
    """Say that the enterprise no longer stood in the register on a duty's day (decision 0031)."""
    return Text(
        f"企业{name.zh}（{day}{f'，{document}' if document else ''}），{on} 不产生义务，已收的应退",
        f"the enterprise is {name.en} since {day}{f' ({document})' if document else ''}: no duty "
        f"arises on {on}, and what was paid goes back",
    )


def fact_words(changes: Sequence[WordedFact]) -> Text:
    """Say which facts are known otherwise."""
    zh = "；".join(
        f"{label.zh} {_said(b, 'zh')} → {_said(a, 'zh')}{_on(d)}" for label, b, a, d in changes
    )
    en = "; ".join(
        f"{label.en} {_said(b, 'en')} → {_said(a, 'en')}{_on(d)}" for label, b, a, d in changes
    )
    return Text(f"数据更正：{zh}", f"facts are known otherwise: {en}")


def together_words(then: Edition, now: Edition, changes: Sequence[WordedFact]) -> Text:
    """Say what changed where the way from then to now cannot be taken apart."""
    facts = fact_words(changes)
    edition = Text(f"目录 {then.id} → {now.id}", f"edition {then.id} → {now.id}")
    if not changes:
        return edition
    if then.sha256 == now.sha256:
        return facts
    return Text(f"{edition.zh}；{facts.zh}", f"{edition.en}; {facts.en}")


def earlier_words(then: Money, counted_fen: int) -> Text:
    """Say that what counts is not what the first notice's assessment came to."""
    counted = _yuan(counted_fen)
    return Text(
        f"按开具时的目录和数据应计 {then} 元，至今实际计 {counted} 元（已补、已退或作废的在内）",
        f"by the edition and facts of then it came to {then}; {counted} counts by now, with what was "
        f"added, given back or voided since",
    )


def late_words(fen: int) -> Text:
    """Say what goes back of late fees (R-M5), or is set off."""
    if fen < 0:
        return Text(
            f"此前已多退滞纳金 {_yuan(-fen)} 元，从应退中扣回",
            f"{_yuan(-fen)} of late fees went back before and are set off",
        )
    return Text(
        f"滞纳金随应缴额按原天数重算，一并应退 {_yuan(fen)} 元",
        f"late fees are worked out again over the same days: {_yuan(fen)} go back with it",
    )


def relief_words(taken: Iterable[tuple[str, int]]) -> Iterator[Text]:
    """Say what the payer's reliefs take off (R-M4), document by document."""
    for document, fen in taken:
        yield Text(
            f"已批准的减免（{document}）仍减 {_yuan(fen)} 元",
            f"the relief granted by {document} still takes off {_yuan(fen)}",
        )


def sum_words(fresh: Money, counted_fen: int, fen: int) -> Text:
    """Say the sum: what it comes to, what counts, the difference."""
    counted, rest = _yuan(counted_fen), _yuan(abs(fen))
    word = Text("应补", "to be added") if fen > 0 else Text("应退", "to be given back")
    if not fen:
        word = Text("差额", "difference")
    return Text(
        f"重新测算 {fresh} 元，已计 {counted} 元，{word.zh} {rest} 元",
        f"assessed again {fresh}, counted {counted}, {word.en} {rest}",
    )


def _yuan(fen: int) -> str:
    return str(Money(fen)) if fen >= 0 else f"-{Money(-fen)}"


def _said(value: object, language: str) -> str:
    if value is None:
        return "未知" if language == "zh" else "unknown"
    if isinstance(value, bool):
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _on(document: str) -> str:
    return f"（{document}）" if document else ""
