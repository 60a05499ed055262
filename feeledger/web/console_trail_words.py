"""Names for the acts of the trail and for what they are about. An act without a name shows as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from feeledger.errors import Text
from feeledger.trail import TrailActRow
from feeledger.web.wording import named

ACTS: Final[Mapping[str, Text]] = {
    "register-enterprise": Text("登记企业", "Enterprise registered"),
    "register-enterprises": Text("按文件登记企业", "Enterprises registered by file"),
    "override-credit-code": Text(
        "校验不符仍登记信用代码", "Credit code registered against its check"
    ),
    "amend-enterprise": Text("更改登记", "Register changed"),
    "close-enterprise": Text("登记注销", "Enterprise closed"),
    "revoke-enterprise": Text("登记吊销", "Enterprise's licence revoked"),
    "restore-enterprise": Text("恢复登记", "Enterprise restored"),
    "record-facts": Text("记录情况", "Facts recorded"),
    "import-facts": Text("导入数据文件", "Facts imported"),
    "decide-fact": Text("裁定情况分歧", "Dispute over a fact decided"),
    "record-permit-act": Text("记录审批登记事项", "Act recorded"),
    "issue-lookup-code": Text("发放查询码", "Lookup code issued"),
    "sign-notice": Text("通知书签章", "Notice signed"),
    "enrol-signing-key": Text("登记签章密钥", "Signing key enrolled"),
    "revoke-signing-key": Text("吊销签章密钥", "Signing key revoked"),
    "open-ticket-block": Text("开放票据号段", "Voucher numbers opened"),
    "bind-ticket-kind": Text("绑定票据种类", "Kind of voucher bound"),
    "issue-notice": Text("开具通知书", "Notice issued"),
    "apply-relief": Text("申请减免缓", "Relief applied for"),
    "approve-relief": Text("批准减免缓", "Relief approved"),
    "refuse-relief": Text("不予减免缓", "Relief refused"),
    "carry-reliefs": Text("减免缓转入新通知书", "Reliefs carried over"),
    "withdraw-relief": Text("撤回减免缓申请", "Relief withdrawn"),
    "void-notice": Text("作废通知书", "Notice voided"),
    "export-burden": Text("导出收费负担", "List of what fees cost exported"),
    "export-notices": Text("导出通知书清单", "List of notices exported"),
    "expire-notices": Text("通知书过期", "Notices expired"),
    "import-day-file": Text("导入日终对账文件", "Day file imported"),
    "close-recon-day": Text("关闭对账日", "Bank day closed"),
    "assign-difference": Text("分派差异", "Difference assigned"),
    "explain-difference": Text("说明差异", "Difference explained"),
    "correct-difference": Text("更正差异", "Difference corrected"),
    "write-off-difference": Text("核销差异", "Difference written off"),
    "close-difference": Text("关闭差异", "Difference closed"),
    "auto-close-difference": Text("差异自动关闭", "Difference closed by a file"),
    "carry-difference": Text("差异结转次日", "Difference carried on"),
    "report-collection": Text("收到举报", "Report received"),
    "open-case": Text("立案", "Case opened"),
    "time-out-case": Text("案件逾期", "Case ran out of time"),
    "explain-case": Text("单位说明", "Case explained"),
    "confirm-case": Text("认定属实", "Case confirmed"),
    "dismiss-case": Text("认定不成立", "Case dismissed"),
    "accept-explanation-case": Text("采纳说明", "Explanation accepted"),
    "reject-explanation-case": Text("不采纳说明", "Explanation rejected"),
    "appeal-case": Text("单位申诉", "Case appealed"),
    "accept-appeal-case": Text("申诉成立", "Appeal accepted"),
    "reject-appeal-case": Text("驳回申诉", "Appeal rejected"),
    "order-rectification-case": Text("责令整改", "Rectification ordered"),
    "report-rectification-case": Text("报告整改", "Rectification reported"),
    "verify-rectification-case": Text("核实整改", "Rectification verified"),
    "refuse-rectification-case": Text("整改不合格", "Rectification refused"),
    "clear-case": Text("信号消除，案件了结", "Signal gone, case cleared"),
    "publish-case": Text("公开案件", "Case published"),
    "open-region": Text("启用区划", "Region opened"),
    "enter-regions": Text("录入区划", "Regions entered"),
    "add-unit": Text("增加执收单位", "Unit added"),
    "let-unit-charge": Text("核定单位收费项目", "Unit allowed to charge"),
    "add-bank": Text("增加银行", "Bank added"),
    "add-bank-key": Text("登记银行密钥", "Bank key added"),
    "add-seal-key": Text("登记封签密钥", "Sealing key added"),
    "end-seal-key": Text("停用封签密钥", "Sealing key ended"),
    "appoint-agent-bank": Text("确定代理银行", "Agent bank appointed"),
    "designate-account": Text("公布指定账户", "Account designated"),
    "open-book": Text("建账", "Book opened"),
    "close-day": Text("日结", "Ledger day closed"),
    "appoint-officer": Text("任用人员", "Officer appointed"),
    "lock-officer": Text("锁定登录", "Sign-in paused"),
    "change-password": Text("重置口令", "Password changed"),
    "end-officer": Text("停用人员", "Officer let go"),
    "draft-edition": Text("提交目录草稿", "Edition handed in"),
    "review-edition": Text("目录复核通过", "Edition reviewed"),
    "return-edition": Text("退回目录草稿", "Edition sent back"),
    "withdraw-edition": Text("撤回目录草稿", "Edition withdrawn"),
    "publish-edition": Text("公布目录", "Catalog published"),
    "propose-reassessment": Text("提出重新测算", "Re-assessment proposed"),
    "approve-reassessment": Text("批准重新测算", "Re-assessment approved"),
    "reject-reassessment": Text("不同意重新测算", "Re-assessment rejected"),
    "match-receipt": Text("待查收入转入缴款", "Receipt matched to its confirmation"),
    "propose-claim": Text("提出认领", "Claim proposed"),
    "audit-claim": Text("认领审核通过", "Claim audited"),
    "reject-claim": Text("退回认领", "Claim rejected"),
    "withdraw-claim": Text("撤回认领", "Claim withdrawn"),
    "book-claim": Text("认领入账", "Claim booked"),
    "drop-claim": Text("认领因银行确认失效", "Claim fell to the bank's confirmation"),
    "export-receipts": Text("导出待查收入清单", "List of unmatched receipts exported"),
    "split-receipt": Text("拆分待查收入", "Receipt split"),
    "request-return": Text("申请退回", "Return asked for"),
    "confirm-return": Text("确认已退回", "Return confirmed"),
    "refuse-return": Text("不同意退回", "Return refused"),
    "export-quotas": Text("导出额度清单", "List of yearly amounts exported"),
    "open-project": Text("记录项目", "Project recorded"),
    "recompute-project": Text("重新核定项目", "Project worked out again"),
    "draft-quotas": Text("生成额度草案", "Yearly amounts drafted"),
    "audit-quotas": Text("批量审核额度", "Yearly amounts audited in bulk"),
    "publish-quotas": Text("公布额度", "Yearly amounts published"),
    "correct-quota": Text("更正额度", "Yearly amount corrected"),
    "audit-quota": Text("审核额度", "Yearly amount audited"),
    "publish-quota": Text("公布一份额度", "One yearly amount published"),
    "revise-quota": Text("修订额度", "Yearly amount revised"),
    "apply-for-refund": Text("申请退付", "Refund applied for"),
    "attach-refund-files": Text("上传退付证明材料", "Evidence for a refund attached"),
    "verify-refund": Text("核实退付", "Refund verified"),
    "forward-refund": Text("退付上报", "Refund passed up"),
    "first-approve-refund": Text("第一人批准退付", "Refund approved by the first of two"),
    "approve-refund": Text("批准退付", "Refund approved"),
    "reject-refund": Text("不予退付", "Refund rejected"),
    "withdraw-refund": Text("撤回退付申请", "Refund withdrawn"),
    "pay-refund": Text("支付退付", "Refund paid"),
    "signal-act": Text("审批未收费引起预警信号", "Permit without fee opened a signal"),
    "signal-notice": Text("通知书引起预警信号", "Notice opened a signal"),
    "signal-refund": Text("退付引起预警信号", "Refund opened a signal"),
    "export-refunds": Text("导出退付清单", "List of refunds exported"),
    "enter-share-rule": Text("录入分成比例", "Share rule entered"),
    "end-share-rule": Text("终止分成比例", "Share rule ended"),
    "prepare-settlement": Text("编制划解单", "Settlement prepared"),
    "approve-settlement": Text("批准划解", "Settlement approved"),
    "cancel-settlement": Text("撤销划解单", "Settlement cancelled"),
    "export-settlement": Text("导出划解单", "Settlement exported"),
    "export-month": Text("导出收支月报", "Monthly account exported"),
    "enter-subscription": Text("登记订阅", "Subscription entered"),
    "renew-webhook-secret": Text("更换订阅密钥", "Webhook secret renewed"),
    "end-subscription": Text("停止订阅", "Subscription ended"),
    "send-again": Text("重发通知", "Notification sent again"),
    "demonstrate": Text("演示", "Demonstration"),
}
SUBJECTS: Final[Mapping[str, Text]] = {
    "enterprise": Text("企业", "Enterprise"),
    "fact-intake": Text("数据文件", "File of facts"),
    "notice": Text("通知书", "Notice"),
    "payment": Text("缴款", "Payment"),
    "receipt": Text("待查收入", "Unmatched receipt"),
    "receipt-claim": Text("认领", "Claim"),
    "refund": Text("退付", "Refund"),
    "share-rule": Text("分成比例", "Share rule"),
    "settlement": Text("划解单", "Settlement"),
    "recon-batch": Text("对账批次", "Batch"),
    "recon-difference": Text("对账差异", "Difference"),
    "recon-day": Text("对账日", "Bank day"),
    "case": Text("案件", "Case"),
    "report": Text("举报", "Report"),
    "unit": Text("执收单位", "Unit"),
    "account": Text("指定账户", "Account"),
    "bank": Text("银行", "Bank"),
    "book": Text("账簿", "Book"),
    "region": Text("区划", "Region"),
    "project": Text("项目", "Project"),
    "subscription": Text("订阅", "Subscription"),
    "quota": Text("年收费额度", "Yearly amount"),
    "quota-year": Text("年度额度", "Year of amounts"),
    "edition": Text("目录版本", "Edition"),
    "reassessment": Text("重新测算", "Re-assessment"),
}


MACHINES: Final[Mapping[str, Text]] = {
    "demonstration": Text("演示程序", "the demonstration"),
    "operator": Text("运维人员", "the operator"),
}


@dataclass(frozen=True, slots=True)
class ActShown:
    """One act of the trail in words."""

    at: datetime
    actor: str
    name: Text
    kind: str
    kind_name: Text
    key: str
    reason: str
    details: Mapping[str, Any]


def shown_acts(
    rows: Iterable[TrailActRow], names: Mapping[str, str] | None = None
) -> list[ActShown]:
    """Give acts in words, in the order they came; people by their names where those are given."""
    acts = [shown_act(row) for row in rows]
    return [replace(act, actor=(names or {}).get(act.actor, act.actor)) for act in acts]


def shown_act(row: TrailActRow) -> ActShown:
    """Give one act in words."""
    kind, _, key = row.subject.partition(":")
    return ActShown(
        at=row.at,
        actor=row.actor,
        name=ACTS.get(row.act, Text(row.act, row.act)),
        kind=kind,
        kind_name=named(SUBJECTS, kind),
        key=key,
        reason=row.reason,
        details=row.details,
    )
