"""What others can be told of, and how a subscription keeps its choice of it.

A kind has its row here in the commit that brings who writes it; docs/webhooks.md describes its data.
"""

from collections.abc import Iterable
from typing import Final

from feeledger.errors import Text

PAYMENT_CONFIRMED: Final = "payment-confirmed"
PAYMENT_REVERSED: Final = "payment-reversed"
NOTICE_ISSUED: Final = "notice-issued"
NOTICE_VOIDED: Final = "notice-voided"
RELIEF_DECIDED: Final = "relief-decided"
REVERSAL_EARLY: Final = "reversal-early"
STATEMENT_RECONCILED: Final = "statement-reconciled"
KINDS: Final[dict[str, Text]] = {
    PAYMENT_CONFIRMED: Text("缴款已确认", "payment confirmed"),
    PAYMENT_REVERSED: Text("缴款已冲正", "payment reversed"),
    NOTICE_ISSUED: Text("通知书已开具", "notice issued"),
    NOTICE_VOIDED: Text("通知书已作废", "notice voided"),
    RELIEF_DECIDED: Text("减免缓已决定", "relief decided"),
    REVERSAL_EARLY: Text("冲正先于缴款到达", "reversal came before its payment"),
    STATEMENT_RECONCILED: Text("银行日终对账结果", "result of a bank's reconciliation"),
}
# What a bank's platform can be told by wp.* messages; a statement's result is told to its bank alone.
PLATFORM_KINDS: Final = frozenset({NOTICE_ISSUED, NOTICE_VOIDED, STATEMENT_RECONCILED})
PLATFORM_ONLY: Final = frozenset({STATEMENT_RECONCILED})


def kinds_text(kinds: Iterable[str]) -> str:
    """Write kinds as a subscription keeps them: each between blanks, so that LIKE finds it whole."""
    return f" {' '.join(sorted(set(kinds)))} "


def kinds_in(kept: str) -> tuple[str, ...]:
    """Read the kinds that a subscription keeps."""
    return tuple(kept.split())


def kind_pattern(kind: str) -> str:
    """Give the pattern by which a kind is found in what a subscription keeps."""
    return f"% {kind} %"
