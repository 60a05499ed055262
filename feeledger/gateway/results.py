"""The result codes of the banks' messages, in words."""

from collections.abc import Mapping
from typing import Final

from feeledger.errors import Text
from feeledger.gateway.refusals import FrameUnproved
from feeledger.payments.refusals import BankRefusal

FAILURE: Final = "99999"
RESULTS: Final[Mapping[str, Text]] = {
    "00000": Text("成功", "success"),
    "99999": Text("一般失败", "general failure"),
    "10002": Text("报文不符合规范", "the message breaks the specification"),
    "10003": Text("版本错误或不支持", "the version is wrong or unsupported"),
    "11001": Text("不存在的缴款码", "the pay code does not exist"),
    "11002": Text("校验码不符", "the check code fails"),
    "11003": Text("缴款书已过期", "the voucher has expired"),
    "11004": Text("缴款书已作废", "the voucher is void"),
    "11005": Text(
        "该区划在本行没有有效的财政账户", "no valid finance account for the region at this bank"
    ),
    "11006": Text("本行不能查询或代收该缴款书", "this bank cannot query or collect it"),
    "12001": Text("重复缴款确认", "repeated confirmation"),
    "12003": Text("收款账户不符", "the payee account differs"),
    "12004": Text("金额不符", "the amount differs"),
    "12005": Text("未查询过的缴款书不能确认", "confirmation of a voucher never queried"),
    "12006": Text("缴款日期不在有效期内", "the pay date is outside the period"),
    "16003": Text("单位不得收取该项目", "the unit may not charge this item"),
    "16004": Text("收款银行信息有误", "the payee bank information is wrong"),
    "16005": Text("明细合计与总额不符", "the sum of lines is not the total"),
    "18012": Text("没有该单位的代收费权限", "no right to act for this unit"),
}
# Of these the words alone do not say what to mend: faults of form, and of a registered notice.
TOLD_WHY: Final = ("10", "16")
INFORMATION_MOST: Final = 200
CENTRAL: Final = "中央缴款码"


def information_of(refusal: BankRefusal) -> str:
    """Give the Chinese words of a refusal as an answer carries them.

    Where the code alone says too little, what is wrong stands behind it; towards a sender that
    proved nothing it does not.
    """
    if isinstance(refusal, FrameUnproved):
        return refusal.title.zh
    if refusal.result == FAILURE:
        return refusal.detail.zh[:INFORMATION_MOST]
    words = RESULTS[refusal.result].zh
    if refusal.result[:2] in TOLD_WHY or CENTRAL in refusal.detail.zh:
        return f"{words}：{refusal.detail.zh}"[:INFORMATION_MOST]
    return words
