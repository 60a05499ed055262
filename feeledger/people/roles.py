"""Who may do what: five roles, each with its rights; and two-person rules.

A right names an act, not a page. Whoever prepares may not approve: the pairs are checked where the
act is done (``different_person``), because a role alone cannot tell two people apart.
"""

from enum import StrEnum

from feeledger.errors import Refused, Text


class Role(StrEnum):
    """The roles of the console."""

    CLERK = "clerk"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    DEPARTMENT = "department"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What an officer may do."""

    SEE_CONSOLE = "see-console"
    SEE_ENTERPRISES = "see-enterprises"
    SEE_NOTICES = "see-notices"
    SEE_PAYMENTS = "see-payments"
    SEE_RECONCILIATION = "see-reconciliation"
    SEE_CASES = "see-cases"
    SEE_REPORTERS = "see-reporters"
    SEE_TRAIL = "see-trail"
    SEE_FACTS = "see-facts"
    SUBMIT_FACTS = "submit-facts"
    DECIDE_FACTS = "decide-facts"
    SEE_QUOTAS = "see-quotas"
    SEE_PROJECTS = "see-projects"
    REGISTER_ENTERPRISE = "register-enterprise"
    RECORD_FACTS = "record-facts"
    ISSUE_LOOKUP_CODE = "issue-lookup-code"
    ISSUE_NOTICE = "issue-notice"
    VOID_NOTICE = "void-notice"
    MANAGE_SUBSCRIPTIONS = "manage-subscriptions"
    APPLY_RELIEF = "apply-relief"
    DECIDE_RELIEF = "decide-relief"
    RECORD_PROJECT = "record-project"
    PREPARE_QUOTA = "prepare-quota"
    AUDIT_QUOTA = "audit-quota"
    PUBLISH_QUOTA = "publish-quota"
    IMPORT_DAY_FILE = "import-day-file"
    SETTLE_DIFFERENCE = "settle-difference"
    CLOSE_RECON_DAY = "close-recon-day"
    CLAIM_RECEIPT = "claim-receipt"
    AUDIT_RECEIPT = "audit-receipt"
    SEE_REFUNDS = "see-refunds"
    APPLY_FOR_REFUND = "apply-for-refund"
    VERIFY_REFUND = "verify-refund"
    DECIDE_REFUND = "decide-refund"
    PAY_REFUND = "pay-refund"
    ENTER_SHARE_RULE = "enter-share-rule"
    PREPARE_SETTLEMENT = "prepare-settlement"
    APPROVE_SETTLEMENT = "approve-settlement"
    KEEP_VOUCHER_STOCK = "keep-voucher-stock"
    TRY_CHANGE = "try-change"
    OPEN_CASE = "open-case"
    EXPLAIN_CASE = "explain-case"
    DECIDE_CASE = "decide-case"
    PUBLISH_CASE = "publish-case"
    REVIEW_EDITION = "review-edition"
    PUBLISH_EDITION = "publish-edition"
    PROPOSE_REASSESSMENT = "propose-reassessment"
    APPROVE_REASSESSMENT = "approve-reassessment"


ROLE_NAMES = {
    Role.CLERK: Text("财政经办", "Bureau clerk"),
    Role.REVIEWER: Text("财政复核", "Bureau reviewer"),
    Role.SUPERVISOR: Text("监督人员", "Supervisor"),
    Role.DEPARTMENT: Text("执收单位经办", "Department officer"),
    Role.AUDITOR: Text("审计（只读）", "Auditor (read only)"),
}

_SEE = {
    Right.SEE_CONSOLE,
    Right.SEE_ENTERPRISES,
    Right.SEE_NOTICES,
    Right.SEE_PAYMENTS,
    Right.SEE_RECONCILIATION,
    Right.SEE_REFUNDS,
    Right.SEE_CASES,
    Right.SEE_TRAIL,
    Right.SEE_FACTS,
    Right.SEE_QUOTAS,
    Right.SEE_PROJECTS,
}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CLERK: frozenset(
        _SEE
        | {
            Right.SEE_REPORTERS,
            Right.REGISTER_ENTERPRISE,
            Right.RECORD_FACTS,
            Right.SUBMIT_FACTS,
            Right.ISSUE_LOOKUP_CODE,
            Right.ISSUE_NOTICE,
            Right.VOID_NOTICE,
            Right.APPLY_RELIEF,
            Right.RECORD_PROJECT,
            Right.PREPARE_QUOTA,
            Right.MANAGE_SUBSCRIPTIONS,
            Right.IMPORT_DAY_FILE,
            Right.SETTLE_DIFFERENCE,
            Right.CLAIM_RECEIPT,
            Right.APPLY_FOR_REFUND,
            # For units without an officer of their own: the window verifies for them.
            Right.VERIFY_REFUND,
            Right.PAY_REFUND,
            Right.ENTER_SHARE_RULE,
            Right.PREPARE_SETTLEMENT,
            Right.KEEP_VOUCHER_STOCK,
            Right.TRY_CHANGE,
            Right.OPEN_CASE,
            Right.PUBLISH_EDITION,
            Right.PROPOSE_REASSESSMENT,
        }
    ),
    Role.REVIEWER: frozenset(
        _SEE
        | {
            Right.SEE_REPORTERS,
            Right.TRY_CHANGE,
            Right.SETTLE_DIFFERENCE,
            Right.AUDIT_RECEIPT,
            Right.DECIDE_REFUND,
            Right.APPROVE_SETTLEMENT,
            Right.DECIDE_FACTS,
            Right.CLOSE_RECON_DAY,
            Right.DECIDE_CASE,
            Right.PUBLISH_CASE,
            Right.VOID_NOTICE,
            Right.DECIDE_RELIEF,
            Right.AUDIT_QUOTA,
            Right.PUBLISH_QUOTA,
            Right.REVIEW_EDITION,
            Right.APPROVE_REASSESSMENT,
        }
    ),
    Role.SUPERVISOR: frozenset(
        _SEE | {Right.TRY_CHANGE, Right.OPEN_CASE, Right.DECIDE_CASE, Right.PUBLISH_CASE}
    ),
    # A department sees and issues its own only; the doors pass its unit to every query.
    Role.DEPARTMENT: frozenset(
        {
            Right.SEE_CONSOLE,
            Right.SEE_NOTICES,
            Right.ISSUE_NOTICE,
            Right.SEE_REFUNDS,
            Right.APPLY_FOR_REFUND,
            Right.VERIFY_REFUND,
            Right.APPLY_RELIEF,
            Right.SEE_CASES,
            Right.EXPLAIN_CASE,
            Right.SEE_FACTS,
            Right.SUBMIT_FACTS,
        }
    ),
    Role.AUDITOR: frozenset(_SEE),
}


class NotYourRight(Refused):
    """The officer's role does not carry the right."""

    code = "not-your-right"
    title = Text("您的岗位无此权限", "Your role does not allow this")


class SamePerson(Refused):
    """Two people are needed and one person tried both."""

    code = "same-person"
    title = Text("须由另一人办理", "Another person must do this")


def may(role: Role, right: Right) -> bool:
    """Say whether a role carries a right."""
    return right in RIGHTS[role]


def require_right(role: Role, right: Right) -> None:
    """Let a role with the right pass.

    Raises NotYourRight naming the role and who may do it.
    """
    if may(role, right):
        return
    able = [ROLE_NAMES[r] for r in Role if may(r, right)]
    raise NotYourRight(
        Text(
            f"{ROLE_NAMES[role].zh}不能办理此事；可由{'、'.join(t.zh for t in able)}办理。",
            f"A {ROLE_NAMES[role].en.lower()} cannot do this; ask a "
            f"{' or '.join(t.en.lower() for t in able)}.",
        ),
        right=right.value,
    )


def different_person(first: str, second: str) -> None:
    """Hold the two-person rule.

    Raises SamePerson when both are one.
    """
    if first == second:
        raise SamePerson(
            Text(
                f"此事由 {first} 提出，须由另一人决定。",
                f"{first} began this; another person must decide it.",
            )
        )
