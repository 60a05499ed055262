"""What a claim must be: N receipts for one notice or one for N, sums equal; who the payer seems to be.

A payer whose name or account is not what the notice says is no refusal: the auditor must confirm it
(R-U3). A notice has no account of its own, so an account is held against those that the payer's
earlier payments came from, where there are any [I].
"""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from feeledger.errors import Conflict, Invalid, Missing, Text
from feeledger.money import Money, total_of
from feeledger.notices.notice import UNPAID

CHANNEL: Final = "19"  # booking of an unmatched receipt [I]
SERIAL_PREFIX: Final = "RL"
PARTS_MAX: Final = 200


class ClaimMissing(Missing):
    """There is no such claim in the region."""

    code = "claim-missing"
    title = Text("没有这项认领", "There is no such claim")


class ClaimShapeWrong(Invalid):
    """A claim takes several receipts for one notice, or one receipt for several: never both (R-U1)."""

    code = "claim-shape-wrong"
    title = Text("认领须一对多或多对一", "A claim is N to 1 or 1 to N")


class ClaimSumDiffers(Conflict):
    """The receipts are not the sum payable on the notices (R-U1); a surplus is split off first."""

    code = "claim-sum-differs"
    title = Text("款项与通知书合计不符", "The receipts are not the sum of the notices")


class ClaimAccountsDiffer(Conflict):
    """The receipts lie in different designated accounts."""

    code = "claim-accounts-differ"
    title = Text("各笔款项不在同一账户", "The receipts lie in different accounts")


class NoticeNotClaimable(Conflict):
    """The notice takes no money of that day: paid, void, or over before the money came."""

    code = "notice-not-claimable"
    title = Text("通知书不能用这笔款项缴清", "The notice cannot be paid by this money")


class ClaimNotMovable(Conflict):
    """The claim is over, or not as far as the act needs."""

    code = "claim-not-movable"
    title = Text("该项认领当前状态不允许此操作", "The claim's state does not allow this")


class PayerNotConfirmed(Conflict):
    """The payer is not the notice's, as it seems, and the auditor did not confirm it (R-U3)."""

    code = "payer-not-confirmed"
    title = Text("付款人不一致，须确认", "The payer differs and must be confirmed")


@dataclass(frozen=True, slots=True)
class MoneySeen:
    """A receipt as its claim meets it."""

    id: int
    amount: Money
    account: int
    arrived_at: datetime
    arrived_on: date
    payer_name: str | None
    payer_account: str | None


@dataclass(frozen=True, slots=True)
class NoticeClaimed:
    """A notice as a claim meets it; ``payable`` on the receipt's day, late fees included (R-M5)."""

    id: int
    pay_code: str
    status: str
    payable: Money
    valid_until: date
    payer_name: str
    known_accounts: Collection[str] = ()


def demand_shape(receipts: int, notices: int) -> None:
    """Let N:1 and 1:N pass. Raises ClaimShapeWrong."""
    if min(receipts, notices) == 1 and max(receipts, notices) <= PARTS_MAX:
        return
    raise ClaimShapeWrong(
        Text(
            f"{receipts} 笔款项对 {notices} 张通知书：只能多笔款项对一张，或一笔款项对多张（至多 {PARTS_MAX}）。",
            f"{receipts} receipts for {notices} notices: only several for one or one for several, "
            f"at most {PARTS_MAX}.",
        )
    )


def demand_one_account(receipts: Sequence[MoneySeen]) -> None:
    """Let receipts of one designated account pass. Raises ClaimAccountsDiffer."""
    if len({one.account for one in receipts}) > 1:
        raise ClaimAccountsDiffer(
            Text(
                "各笔款项须在同一指定账户，请分别认领。",
                "All receipts of a claim must lie in one designated account; claim them apart.",
            )
        )


def demand_sums(receipts: Sequence[MoneySeen], notices: Sequence[NoticeClaimed]) -> None:
    """Let equal sums pass. Raises ClaimSumDiffers."""
    came = total_of(one.amount for one in receipts)
    due = total_of(one.payable for one in notices)
    if came != due:
        raise ClaimSumDiffers(
            Text(
                f"款项合计 {came} 元，通知书按到账日应缴 {due} 元；多缴部分请先拆分。",
                f"The receipts are {came}, the notices come to {due} on the day of the money; split "
                f"a surplus off first.",
            ),
            receipts=str(came),
            notices=str(due),
        )


def demand_claimable(notice: NoticeClaimed, on: date) -> None:
    """Let an unpaid notice pass that still ran when the money came. Raises NoticeNotClaimable."""
    if notice.status in UNPAID and on <= notice.valid_until:
        return
    if notice.status in UNPAID:
        text = Text(
            f"通知书 {notice.pay_code} 有效期至 {notice.valid_until}，款项于 {on} 到账，已过期。",
            f"Notice {notice.pay_code} ran until {notice.valid_until}; the money came on {on}.",
        )
    else:
        text = Text(
            f"通知书 {notice.pay_code} 已缴清或已作废，不能再用这笔款项缴款。",
            f"Notice {notice.pay_code} is paid or void; this money cannot pay it.",
        )
    raise NoticeNotClaimable(text, status=notice.status)


def day_of_claim(receipts: Sequence[MoneySeen]) -> date:
    """Give the day on which the last of the money came: late fees and validity go by it [I]."""
    return max(one.arrived_on for one in receipts)


def payer_differences(
    receipts: Sequence[MoneySeen], notices: Sequence[NoticeClaimed]
) -> list[dict[str, str]]:
    """Give where the payer of the money is not the notice's, as far as both are known (R-U3)."""
    found = []
    for receipt in receipts:
        for notice in notices:
            if plain_name(receipt.payer_name or "") != plain_name(notice.payer_name):
                found.append(_difference(receipt, notice, "name", notice.payer_name))
            known = notice.known_accounts
            if known and receipt.payer_account not in known:
                found.append(_difference(receipt, notice, "account", "、".join(sorted(known))))
    return found


def plain_name(name: str) -> str:
    """Give a payer's name as it is compared: width, blanks and case do not matter.

    >>> plain_name("演示（河北） 商行") == plain_name("演示(河北)商行")
    True
    """
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _difference(
    receipt: MoneySeen, notice: NoticeClaimed, field: str, expected: str
) -> dict[str, str]:
    told = receipt.payer_name if field == "name" else receipt.payer_account
    return {
        "receipt": str(receipt.id),
        "pay_code": notice.pay_code,
        "field": field,
        "told": told or "",
        "expected": expected,
    }
