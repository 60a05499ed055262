"""Numbers of banks and accounts: CNAPS numbers, bank cards, settlement accounts (R-V5, R-V6).

On the wire a bank may be named by a short internal code: there a number is judged as CNAPS only
where it has 12 digits.
"""

from typing import Final

from stdnum import luhn
from stdnum.iso7064 import mod_11_10

from feeledger.judgements import (
    Judgement,
    accept,
    refuse,
    strange_sign,
    wrong_check,
    wrong_length,
)

DIGITS: Final = "0123456789"
CNAPS_LENGTH: Final = 12
CARD_SHORTEST: Final = 16
CARD_LONGEST: Final = 19
ACCOUNT_SHORTEST: Final = 8
ACCOUNT_LONGEST: Final = 32


def judge_cnaps(text: str) -> Judgement:
    """Judge a CNAPS bank number: 12 digits, the last by MOD 11,10 over the rest (R-V5)."""
    problem = strange_sign("cnaps", text, DIGITS) or wrong_length(
        "cnaps", text, low=CNAPS_LENGTH, high=CNAPS_LENGTH
    )
    if problem is not None:
        return problem
    expected = mod_11_10.calc_check_digit(text[:-1])
    if text[-1] != expected:
        return wrong_check("cnaps", at=CNAPS_LENGTH, found=text[-1], expected=expected)
    return accept(text)


def judge_card(text: str) -> Judgement:
    """Judge a bank card number: 16 to 19 digits, the last by Luhn (R-V6)."""
    problem = strange_sign("card", text, DIGITS) or wrong_length(
        "card", text, low=CARD_SHORTEST, high=CARD_LONGEST
    )
    if problem is not None:
        return problem
    expected = luhn.calc_check_digit(text[:-1])
    if text[-1] != expected:
        return wrong_check("card", at=len(text), found=text[-1], expected=expected)
    return accept(text)


def judge_account(text: str) -> Judgement:
    """Judge a settlement account number: 8 to 32 digits and dashes, no check at all (R-V6)."""
    problem = strange_sign("account", text, DIGITS + "-") or wrong_length(
        "account", text, low=ACCOUNT_SHORTEST, high=ACCOUNT_LONGEST
    )
    if problem is not None:
        return problem
    if not text.strip("-"):
        return refuse("account-digits", "账号中没有数字", "an account number has digits")
    return accept(text)
