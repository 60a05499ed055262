"""Bank numbers (R-V5), cards and settlement accounts (R-V6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeledger.accounts import judge_account, judge_card, judge_cnaps

SOUND_CNAPS = ["313651027012", "303791000177", "402873300213", "310261000135"]


@pytest.mark.parametrize("number", SOUND_CNAPS)
def test_r_v5_published_bank_numbers_are_accepted(number: str) -> None:
    assert judge_cnaps(number).value == number


@given(st.sampled_from(SOUND_CNAPS), st.integers(0, 11), st.sampled_from("0123456789"))
def test_r_v5_every_single_digit_error_is_caught(number: str, at: int, digit: str) -> None:
    slip = number[:at] + digit + number[at + 1 :]

    assert judge_cnaps(slip).sound == (slip == number)


@pytest.mark.parametrize(
    ("number", "reason", "said"),
    [
        ("313651027013", "cnaps-check", "character 12 should be '2', not '3'"),
        ("0105", "cnaps-length", "4 characters instead of 12"),
        ("31365102701O", "cnaps-character", "is the digit 0 meant"),
        ("", "cnaps-empty", "empty"),
    ],
)
def test_r_v5_the_fault_of_a_bank_number_is_named(number: str, reason: str, said: str) -> None:
    judgement = judge_cnaps(number)

    assert judgement.code == reason
    assert judgement.problem is not None
    assert said in judgement.problem.en


def test_r_v6_cards_of_16_to_19_digits_are_held_to_luhn() -> None:
    assert judge_card("6225881414207430").value == "6225881414207430"
    assert judge_card("6225881414207431").code == "card-check"
    assert judge_card("622588141420743").code == "card-length"
    assert judge_card("62258814142074300000").code == "card-length"
    assert judge_card("6225 8814 1420 7430").code == "card-character"


@given(st.integers(0, 15), st.sampled_from("0123456789"))
def test_r_v6_every_single_digit_error_in_a_card_is_caught(at: int, digit: str) -> None:
    card = "6225881414207430"
    slip = card[:at] + digit + card[at + 1 :]

    assert judge_card(slip).sound == (slip == card)


@pytest.mark.parametrize(
    "number", ["12345678", "6225881414207431", "5000-1234-5678", "1" * 32, "12345678901234-000000"]
)
def test_r_v6_accounts_are_never_held_to_a_check_digit(number: str) -> None:
    assert judge_account(number).value == number


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("1234567", "account-length"),
        ("1" * 33, "account-length"),
        ("1234 5678", "account-character"),
        ("ABC45678", "account-character"),
        ("--------", "account-digits"),
        ("", "account-empty"),
    ],
)
def test_r_v6_other_accounts_are_refused(number: str, reason: str) -> None:
    assert judge_account(number).code == reason
