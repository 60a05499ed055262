"""What an answer comes to, in words: why nothing is owed, what is missing, what is owed."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from feeledger.assessment.conditions import Judged, failed_tests
from feeledger.assessment.outcomes import LineAnswer, Outcome, Trace
from feeledger.assessment.wording import (
    OPERATORS,
    day_words,
    number,
    option_words,
    supplier_words,
    value_words,
    window_words,
)
from feeledger.catalog.items import Condition, Fact, Test
from feeledger.catalog.plan import LinePlan
from feeledger.errors import Text
from feeledger.money import Money

NO_SHARE = Text("无（分母为 0）", "no share, of nothing")
OUTCOMES: dict[Outcome, Text] = {
    "due": Text("应缴", "due"),
    "reduced": Text("减征", "reduced"),
    "provisional": Text("暂定", "provisional"),
    "exempt": Text("免缴", "exempt"),
    "not_applicable": Text("不适用", "not applicable"),
    "undetermined": Text("待定", "undetermined"),
    "ended": Text("已终止", "ended"),
    "no_rate": Text("无标准", "no rate"),
    "guided": Text("指导价", "guided"),
    "ceiling": Text("最高限价", "ceiling"),
    "range": Text("区间价", "range"),
    "below_floor": Text("低于底价", "below the floor"),
}
ENDINGS = {
    "cancelled": Text("已取消", "was cancelled"),
    "cancelled_or_suspended": Text("已取消或停征", "was cancelled or suspended"),
    "suspended": Text("已停征", "was suspended"),
    "stopped": Text("已停止征收", "was stopped"),
    "exempt_all": Text("对所有单位和个人免征", "was made free for everyone"),
    "rate_set_to_zero": Text("征收标准降为零", "had its rate set to zero"),
    "merged_and_stopped": Text("已并入其他项目并停征", "was merged into another and stopped"),
    "converted_to_tax": Text("已改为税", "was converted into a tax"),
    "superseded_by": Text("已被其他收费取代", "was superseded by another charge"),
    "government_pricing_ended": Text("政府不再定价", "is no longer priced by the government"),
}
REASONS = {
    "not_established": Text("目录中没有查到这项标准的金额", "no figure of this price was found"),
    "lapsed": Text("原标准已到期，当日没有有效的标准", "the price has lapsed; none holds that day"),
    "market_price": Text("已放开，由市场定价", "released to the market"),
    "not_yet_begun": Text("标准尚未开始执行", "the price had not yet begun"),
    "outside_table": Text("数值超出公布的标准表，没有对应价格", "the table gives no price there"),
    "other_class": Text("已指明属于其他类别", "another class was named"),
    "outside_place": Text("该标准不适用于所在地区", "the price does not hold in that region"),
    "version_over": Text("该版本已不再执行", "this version is over"),
    "charged_otherwise": Text("已按其他方式缴纳，不重复收费", "charged in another way, not twice"),
}


def name_of(answer: LineAnswer) -> Text:
    """Give the name of the item or line that was answered."""
    line = answer.trace.line
    return (
        answer.trace.plan.catalog.items[answer.item].name if line is None else _name_of_line(line)
    )


def _name_of_line(line: LinePlan) -> Text:
    item, own = line.item.name, line.line.name
    return Text(
        item.zh if own.zh == item.zh else f"{item.zh}·{own.zh}",
        item.en if own.en == item.en else f"{item.en}: {own.en}",
    )


def head_words(answer: LineAnswer, lang: str) -> list[str]:
    """Say which standard answers, for where and for which days."""
    line = answer.trace.line
    if line is None:
        return [name_of(answer).to(lang)]
    return [_standard_words(line, answer.trace.request.on, lang)]


@lru_cache(maxsize=2048)
def _standard_words(line: LinePlan, day: date, lang: str) -> str:
    name, on = _name_of_line(line).to(lang), day_words(day, lang)
    window = window_words(line.line.window, lang)
    return Text(
        f"{name}：按{line.place.name}的标准（{window}），义务发生日 {on}。",
        f"{name}: by the price of {line.place.label_en} ({window}); the duty arose on {on}.",
    ).to(lang)


def result_words(answer: LineAnswer, lang: str) -> list[str]:
    """Say what the answer comes to."""
    if answer.outcome == "ended":
        return _ended_words(answer, lang)
    if answer.outcome in ("no_rate", "not_applicable"):
        return _barred_words(answer, lang)
    if answer.outcome == "undetermined":
        return _missing_words(answer, lang)
    told = _amount_words(answer, lang)
    if answer.alternative:
        told.append(_alternative_words(answer, lang))
    return told


def _ended_words(answer: LineAnswer, lang: str) -> list[str]:
    trace = answer.trace
    kind = ENDINGS.get(answer.reason or "", Text("已终止", "has ended")).to(lang)
    name = name_of(answer).to(lang)
    day = trace.ending.day if trace.ending is not None else None
    if day is None and trace.line is not None:
        day = trace.line.line.window.first
    since = (
        Text("", "")
        if day is None
        else Text(f"自{day_words(day, 'zh')}起", f" on {day_words(day, 'en')}")
    )
    document = trace.ending.document if trace.ending is not None else None
    by = Text("", "") if document is None else Text(f"（{document}）", f" ({document})")
    return [
        Text(
            f"{name}{since.zh}{kind}{by.zh}，此后发生的义务不得收取；遇到收取可以拒缴并举报。",
            f"{name} {kind}{since.en}{by.en}; charging it for a later duty is a violation:"
            " you may refuse and report it.",
        ).to(lang)
    ]


def _barred_words(answer: LineAnswer, lang: str) -> list[str]:
    trace = answer.trace
    if answer.reason == "condition_false" and trace.line is not None:
        condition = trace.line.line.applies_when
        tests = () if condition is None else failed_tests(condition, trace)
        failed = "；".join(judged_words(each, trace, lang) for each in tests)
        return [Text(f"本标准不适用：{failed}。", f"This price does not apply: {failed}.").to(lang)]
    reason = REASONS.get(answer.reason or "", Text("", "")).to(lang)
    if answer.outcome == "no_rate":
        told = [Text(f"没有可用的标准：{reason}。", f"There is no rate: {reason}.").to(lang)]
        if trace.hole is not None:
            told.append(trace.hole.why.to(lang))
        return told
    return [Text(f"本标准不适用：{reason}。", f"This price does not apply: {reason}.").to(lang)]


def judged_words(each: Judged, trace: Trace, lang: str) -> str:
    """Say a failed test: what was wanted, what was met, by how little it was missed."""
    fact = trace.plan.catalog.facts[each.test.fact]
    wanted = f"{OPERATORS[each.test.op].to(lang)} {_expected_words(each.test, fact, lang)}"
    met = NO_SHARE.to(lang) if each.given is None else value_words(fact, each.given, lang)
    label = fact.label.to(lang)
    gap = Text("", "")
    if each.gap:
        gap = Text(f"，相差 {number(each.gap, 'zh')}", f", {number(each.gap, 'en')} off")
    return Text(
        f"{label}须{wanted}，实际为 {met}{gap.zh}",
        f"{label}: {wanted} is wanted, it is {met}{gap.en}",
    ).to(lang)


def condition_words(condition: Condition, facts: Mapping[str, Fact], lang: str) -> str:
    """Say a condition of the catalog; an empty one holds for everyone."""
    if not condition.tests:
        return Text("对所有缴费人", "for every payer").to(lang)
    told = []
    for test in condition.tests:
        fact = facts[test.fact]
        label, op = fact.label, OPERATORS[test.op]
        expected = Text(_expected_words(test, fact, "zh"), _expected_words(test, fact, "en"))
        told.append(
            Text(f"{label.zh}{op.zh} {expected.zh}", f"{label.en} {op.en} {expected.en}").to(lang)
        )
    joint = Text(" 且", " and ") if condition.kind == "all" else Text(" 或", " or ")
    return joint.to(lang).join(told)


def _expected_words(test: Test, fact: Fact, lang: str) -> str:
    expected = test.value
    if isinstance(expected, tuple):
        told = [option_words(fact, value, lang) for value in expected]
        return Text("、".join(told), ", ".join(told)).to(lang)
    if isinstance(expected, bool):
        return value_words(fact, expected, lang)
    return (
        option_words(fact, expected, lang) if isinstance(expected, str) else number(expected, lang)
    )


def _missing_words(answer: LineAnswer, lang: str) -> list[str]:
    facts = answer.trace.plan.catalog.facts
    told = []
    if answer.needs:
        needs = [
            Text(
                f"{facts[need.fact].label.zh}（由{supplier_words(need.supplied_by, 'zh')}提供）",
                f"{facts[need.fact].label.en} (from {supplier_words(need.supplied_by, 'en')})",
            ).to(lang)
            for need in answer.needs
        ]
        listed = Text("、".join(needs), ", ".join(needs)).to(lang)
        told.append(
            Text(f"暂不能确定金额，还缺：{listed}。", f"Not yet known; missing: {listed}.").to(lang)
        )
    if answer.reason == "reduction_unknown":
        told.append(
            Text(
                "适用一项减征，但文件未写明幅度，须由执收单位提供依据。",
                "A reduction holds whose size no document read states; the department must show it.",
            ).to(lang)
        )
    return told + _range_words(answer, lang, Text("金额范围", "It comes to"))


def _range_words(answer: LineAnswer, lang: str, lead: Text) -> list[str]:
    low, high = answer.allowed_range or (None, None)
    if low is None and high is None:
        return []
    parts: Iterable[str]
    if lang == "en":
        parts = [
            *([f"at least {money_words(low, lang)}"] if low is not None else []),
            *([f"at most {money_words(high, lang)}"] if high is not None else []),
        ]
        return [f"{lead.en}: {', '.join(parts)}."]
    parts = [
        *([f"最低 {money_words(low, lang)}"] if low is not None else []),
        *([f"最高 {money_words(high, lang)}"] if high is not None else []),
    ]
    return [f"{lead.zh}：{'，'.join(parts)}。"]


def money_words(money: Money, lang: str) -> str:
    """Print an amount to the fen."""
    return f"{money:,} yuan" if lang == "en" else f"{money:,} 元"


AMOUNTS = {
    "due": Text("应缴 {}。", "Owed: {}."),
    "reduced": Text("减征后应缴 {}。", "Owed after the reduction: {}."),
    "provisional": Text(
        "暂按此标准应缴 {}；新标准公布后多退少补。",
        "Owed for now: {}; the difference is settled when the new price is published.",
    ),
    "exempt": Text("免缴，应缴 {}。", "Exempt, owed: {}."),
    "guided": Text("指导价的基准为 {}。", "The guided price stands at {}."),
    "ceiling": Text("最高不得超过 {}。", "Not more than {}."),
    "below_floor": Text(
        "约定价格低于底价，按底价为 {}。", "The agreed price is under the floor, which makes {}."
    ),
}


def _amount_words(answer: LineAnswer, lang: str) -> list[str]:
    told = []
    template = AMOUNTS.get(answer.outcome)
    if template is not None and answer.amount is not None:
        told.append(template.to(lang).format(money_words(answer.amount, lang)))
    if answer.outcome in ("guided", "range", "ceiling"):
        told += _range_words(answer, lang, Text("允许范围", "Allowed"))
    return told


def _alternative_words(answer: LineAnswer, lang: str) -> str:
    line = answer.trace.line
    by = line.groups[0].by if line is not None and line.groups else Text("类别", "class")
    return Text(
        f"同一事项按“{by.zh}”分别定价，尚未指明属于哪一类，故不计入合计。",
        f"The same thing has several prices by {by.en}; none was chosen, so it is not added up.",
    ).to(lang)
