"""The words of a verdict: what each finding says and what an enterprise may do about it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from feeledger.assessment.outcomes import LineAnswer
from feeledger.assessment.standards import Standard
from feeledger.assessment.verdict_words import money_words, name_of, result_words
from feeledger.assessment.wording import day_words
from feeledger.catalog.items import Edition, FeeItem
from feeledger.errors import Text
from feeledger.money import Money

TITLES: Final[Mapping[str, Text]] = {
    "wrong_account": Text("账户不是指定账户", "Not the designated account"),
    "service_fee_not_nontax": Text("经营服务性收费，不是非税收入", "A service fee, not non-tax"),
    "not_in_catalog": Text("目录中没有该项目", "Not in the catalog"),
    "not_this_department": Text("不由该部门收取", "Not this department's item"),
    "ended": Text("项目已停止收取", "The item has ended"),
    "above_standard": Text("超过标准", "Above the standard"),
    "below_standard": Text("低于标准", "Below the standard"),
    "outside_range": Text("超出允许范围", "Outside the allowed range"),
    "no_established_rate": Text("没有查到标准", "No established rate"),
    "cannot_tell": Text("尚不能判断", "Cannot tell yet"),
    "lawful": Text("符合目录", "In line with the catalog"),
}
ACTIONS: Final[Mapping[str, Text]] = {
    "refuse": Text("可以拒绝缴纳", "you may refuse to pay"),
    "refuse_excess": Text(
        "可以拒绝缴纳不符合标准的部分", "you may refuse what goes beyond the standard"
    ),
    "refuse_as_nontax": Text(
        "可以拒绝作为行政收费缴纳或缴入非税账户",
        "you may refuse to pay it as a charge of the state or into the non-tax account",
    ),
    "pay_seller": Text(
        "确需该服务的，按合同直接付给服务提供者",
        "where you want the service, pay whoever gives it, by contract",
    ),
    "report": Text("可以举报", "you may report it"),
    "ask_notice": Text(
        "可以要求出具带缴款码的缴款通知书", "you may ask for the payment notice with its pay code"
    ),
    "ask_basis": Text(
        "可以要求出示收费依据和标准文件", "you may ask for the document and the price it rests on"
    ),
    "ask_refund": Text("已缴的，可以申请退还", "if you have paid, you may apply for a refund"),
    "give_facts": Text("补充所缺的信息后再判断", "give what is missing and ask again"),
}
PAID_THROUGH: Final[Mapping[str, Text]] = {
    "notice": Text("凭缴款通知书缴入指定账户", "paid by notice into the designated account"),
    "tax": Text("由税务部门征收", "paid through the tax authority"),
    "grid": Text("由电网企业随电费代收", "paid through the grid company with the power bill"),
    "water": Text("由供水企业随水费代收", "paid through the water company with the water bill"),
    "railway": Text("由铁路运输企业代收", "paid through the railway carrier"),
    "court": Text("向人民法院交纳", "paid to the court"),
    "central": Text("由中央部门收取", "paid to the central authority"),
    "seller": Text("按合同付给服务提供者", "paid to whoever gives the service, by contract"),
}
CHOICES: Final[Mapping[str, Text]] = {
    "item": Text("具体是哪个项目", "which item it is"),
    "line": Text("属于哪一类", "which class it is"),
    "region": Text("所在的市、县", "the city or county"),
    "designated_account": Text("当地公布的指定账户", "the designated account of the region"),
}
_PLAIN: Final[Mapping[str, Text]] = {
    "wrong_account": Text(
        "收款账户不是公布的指定账户，收费款项只能缴入指定账户",
        "the account is not the one announced; charges are paid into the designated account only",
    ),
    "account_unknown": Text(
        "没有当地指定账户的资料，无法判断收款账户",
        "the designated account of the region is not known here, so the account cannot be judged",
    ),
    "service_fee_not_nontax": Text(
        "这是经营服务性收费，不属于政府非税收入：部门不得作为行政收费收取，也不得缴入非税账户",
        "this is a fee for a service, not non-tax revenue: no department may collect it as a "
        "charge of the state, and it never goes into the non-tax account",
    ),
    "which_item": Text(
        "名称可能指多个项目，请从候选项目中选择",
        "the name may mean several items; choose one of the candidates",
    ),
}


def plain_words(key: str) -> Text:
    """Give a sentence that carries no values."""
    return _PLAIN[key]


def not_listed_words(edition: Edition) -> Text:
    """Say that the catalog has no such item, and what kind of catalog that is."""
    if edition.kind == "publication":
        return Text(
            "公布的目录中没有该项目，目录之外不得收费",
            "the published catalog has no such item; nothing outside it may be charged",
        )
    return Text(
        "目录中没有该项目；目录之外不得收费。本目录系据公开文本汇编，可能有遗漏，请先要求对方出示依据",
        "the catalog has no such item, and nothing outside it may be charged. This catalog is "
        "compiled from public texts and may have gaps: ask for the document first",
    )


def resembling_words(names: Sequence[Text], otherwise: Text) -> Text:
    """Say that no item is called so, which are called alike, and what holds if none is meant."""
    zh = "、".join(f"“{name.zh}”" for name in names)
    en = "; ".join(name.en for name in names)
    return Text(
        f"目录中没有叫这个名称的项目，名称相近的有{zh}：请先核对是不是其中之一。都不是的，{otherwise.zh}",
        f"no item of the catalog is called so; like names: {en}. Check first whether one of them "
        f"is meant. If none is: {otherwise.en}",
    )


def ended_words(item: FeeItem, answer: LineAnswer, *, on: date) -> Text:
    """Say since when and by what an item ended."""
    told = _results((answer,))
    name = Text("", "") if answer.line is not None else item.name
    zh, en = f"义务发生日 {day_words(on, 'zh')}", f"the duty arose on {day_words(on, 'en')}"
    return Text(f"{told.zh or name.zh}（{zh}）", f"{told.en or name.en} ({en})")


def no_rate_words(answers: Sequence[LineAnswer]) -> Text:
    """Say why there is no published price."""
    return _results(answers[:1])


def nothing_owed_words(answers: Sequence[LineAnswer]) -> Text:
    """Say that no price of the item applies to the facts given."""
    told = _results(answers)
    return Text(
        f"按所给情况不应缴纳：{told.zh}", f"nothing is owed with the facts given: {told.en}"
    )


def excess_words(amount: Money, over: Money, standard: Standard) -> Text:
    """Say how much was charged, how much may be, and the difference."""
    return _difference_words(amount, over, standard, Text("多收", "too much by"))


def short_words(amount: Money, under: Money, standard: Standard) -> Text:
    """Say how much was charged, how much is owed, and the difference."""
    return _difference_words(amount, under, standard, Text("少收", "too little by"))


def lacking_words(
    answers: Sequence[LineAnswer],
    needs: Sequence[str],
    *,
    fitting: Sequence[Standard],
    unsized: bool,
) -> Text:
    """Say what is missing, and which class the amount would fit."""
    named = [_need_words(need, answers) for need in needs]
    zh = [f"还缺：{'、'.join(name.zh for name in named)}"] if named else []
    en = [f"missing: {'; '.join(name.en for name in named)}"] if named else []
    if unsized:
        zh.append("适用一项减征，但文件未写明幅度")
        en.append("a reduction holds whose size no document states")
    if fitting:
        names = [name_of(answer) for each in fitting[:1] for answer in each.answers()]
        zh.append(f"金额与“{'、'.join(name.zh for name in names)}”的标准相符")
        en.append(f"the amount fits {', '.join(name.en for name in names)}")
    if not zh:
        zh, en = ["公布的文本不足以判断"], ["the published texts do not decide it"]
    return Text("；".join(zh), "; ".join(en))


def lawful_words(item: FeeItem) -> Text:
    """Say that nothing speaks against the charge, and how it is paid."""
    paid = PAID_THROUGH[item.collected_by]
    return Text(
        f"项目在目录内，金额符合标准；{paid.zh}",
        f"the item is in the catalog and the amount is in line with it; {paid.en}",
    )


def _difference_words(amount: Money, gap: Money, standard: Standard, lead: Text) -> Text:
    told = _results(standard.answers())
    return Text(
        f"收取 {money_words(amount, 'zh')}，{lead.zh} {money_words(gap, 'zh')}。{told.zh}",
        f"{money_words(amount, 'en')} was charged, {lead.en} {money_words(gap, 'en')}. {told.en}",
    )


def _need_words(need: str, answers: Sequence[LineAnswer]) -> Text:
    facts = answers[0].trace.plan.catalog.facts if answers else {}
    return facts[need].label if need in facts else CHOICES.get(need, Text(need, need))


def _results(answers: Sequence[LineAnswer]) -> Text:
    """Say what the lines come to, line by line."""
    zh, en = [], []
    for answer in answers:
        name = name_of(answer)
        results = [result_words(answer, lang) for lang in ("zh", "en")]
        zh.append(_with_name(name.zh, "".join(results[0]), mark="："))
        en.append(_with_name(name.en, " ".join(results[1]), mark=": "))
    return Text("".join(zh), " ".join(en))


def _with_name(name: str, told: str, *, mark: str) -> str:
    """Put a line's name before its result, unless the result begins with it."""
    return told if told.startswith(name) else f"{name}{mark}{told}"
