"""Whose notices may be registered by 8994: who has a credit code (R-V1), and nobody else.

The field may be empty and has carried a personal number in the wild. feeledger holds what enterprises
and other units owe; it keeps no register of persons. So a payer without a credit code is refused for
what it is, not as a fault of form, and a personal number is never shown or kept in a record of it.
"""

import re
from datetime import date
from typing import Final

from feeledger.codes import judge_uscc
from feeledger.errors import Text
from feeledger.gateway.refusals import PayerNotHeld, malformed
from feeledger.gateway.vouchers import shown

PERSON: Final = re.compile(r"[1-9][0-9]{5}([0-9]{8})[0-9]{3}[0-9X]")
CODE_LENGTH: Final = 18
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS: Final = "10X98765432"
REMEDY: Final = Text(
    "本系统只登记有统一社会信用代码的缴款人（企业和其他单位）；个人和没有信用代码的缴款人请仍由原系统开具",
    "payers here have a credit code, enterprises and other units; for persons and those without one use "
    "the system you have",
)


def demand_payer(code: str) -> None:
    """Demand a credit code. Raises PayerNotHeld for who has none, FrameMalformed for one mistyped."""
    if not code:
        raise _not_held("未填 PayerCreditCode", "PayerCreditCode is empty")
    if is_personal(code):
        raise _not_held("PayerCreditCode 为个人证件号码", "PayerCreditCode is a personal number")
    if len(code) != CODE_LENGTH:
        raise _not_held(
            f"PayerCreditCode 为 {len(code)} 位，不是 18 位信用代码",
            f"PayerCreditCode has {len(code)} characters, a credit code 18",
        )
    judged = judge_uscc(code)
    if judged.problem is not None:
        raise malformed(
            f"PayerCreditCode {shown(code)}：{judged.problem.zh}",
            f"PayerCreditCode {shown(code)}: {judged.problem.en}",
        )


def is_personal(code: str) -> bool:
    """Say whether a code is a resident's number: a day of birth, and the check by GB 11643."""
    found = PERSON.fullmatch(code)
    if found is None:
        return False
    try:
        born = date.fromisoformat(found[1])
    except ValueError:
        return False
    total = sum(int(sign) * weight for sign, weight in zip(code, WEIGHTS, strict=False))
    return born.year >= 1900 and CHECKS[total % 11] == code[-1]  # noqa: PLR2004 - as the norm has it


def _not_held(zh: str, en: str) -> PayerNotHeld:
    return PayerNotHeld(Text(f"{zh}；{REMEDY.zh}。", f"{en}: {REMEDY.en}."))
