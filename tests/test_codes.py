"""Credit codes (R-V1), division and industry shapes (R-V2, R-V3), pay codes (R-P1 to R-P3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeledger.codes import (
    judge_division_shape,
    judge_industry,
    judge_pay_code,
    judge_uscc,
    make_pay_code,
    spans_of_division,
)

SOUND_USCC = [
    "91130100MA07A1B27U",
    "911303001054321092",
    "91130184MA0CQ3T535",
    "92130600L12345674L",
    "93131000MA08XYW94J",
    "12130000401234561E",
    "11130300000123457P",
    "52130200MJ0045TXX4",
    "91130100MA07000970",
    "91130100MA0800194Y",
    "91130300MA060007XR",
    "91110000101623741K",
    "91350100M000100Y43",
    "911101066976941872",
]
OURS = [
    "13030014000000000019",
    "13030014000000000027",
    "13030014000000000035",
    "13010026987654321013",
    "13018426000000000105",
    "13000026999999999999",
]


@pytest.mark.parametrize("code", SOUND_USCC)
def test_r_v1_sound_codes_are_accepted(code: str) -> None:
    assert judge_uscc(code).value == code


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        ("91130100MA07A1B27T", "uscc-check", "character 18 should be 'U', not 'T'"),
        ("91130100MA07A1B72U", "uscc-check", "character 18"),
        ("9113010OMA07A1B27U", "uscc-character", "character 8, 'O'"),
        ("91130100MA07A1B27", "uscc-length", "17 characters"),
        ("91130100MA07A1B27UU", "uscc-length", "19 characters"),
        ("91I30100MA07A1B27U", "uscc-character", "character 3, 'I'"),
        ("91310115MA1H8R7C6D", "uscc-check", "should be '7', not 'D'"),
        ("91350211M0000XUF46", "uscc-check", "should be 'R', not '6'"),
        ("91130100 MA07A1B27U", "uscc-character", "character 9, a blank"),
        ("91130100-MA07A1B27U", "uscc-character", "character 9, '-'"),
        ("91A30100MA07A1B27U", "uscc-region", "character 3, 'A'"),
        ("01130100MA07A1B27U", "uscc-authority", "character 1, '0'"),
        ("94130100MA07A1B27U", "uscc-category", "character 2, '4'"),
        ("Y2130100MA07A1B27U", "uscc-category", "character 2, '2'"),
        ("", "uscc-empty", "empty"),
    ],
)
def test_r_v1_the_fault_of_a_code_is_named(code: str, reason: str, said: str) -> None:
    judgement = judge_uscc(code)

    assert judgement.value is None
    assert judgement.code == reason
    assert judgement.problem is not None
    assert said in judgement.problem.en


def test_r_v1_faults_are_told_in_chinese_with_their_place() -> None:
    def said(code: str) -> str:
        problem = judge_uscc(code).problem
        assert problem is not None
        return problem.zh

    assert "第 8 位“O”" in said("9113010OMA07A1B27U")
    assert "第 3 位“A”" in said("91A30100MA07A1B27U")
    assert "第 2 位“4”不是登记管理部门 9 的机构类别，应为 1、2、3" in said("94130100MA07A1B27U")
    assert "第 18 位应为“U”，实为“T”" in said("91130100MA07A1B27T")
    assert "应为 18 位，实为 17 位" in said("91130100MA07A1B27")


def test_r_p2_a_pay_code_may_carry_any_two_digits_of_a_year() -> None:
    assert make_pay_code("130184", 99, 1).startswith("130184" + "99")
    assert make_pay_code("130184", 0, 1).startswith("130184" + "00")


def test_r_v1_blanks_around_width_and_case_are_normalised() -> None:
    assert judge_uscc("  91130100ma07a1b27u\u3000").value == "91130100MA07A1B27U"
    assert judge_uscc("９１１３０１００ＭＡ０７Ａ１Ｂ２７Ｕ").value == "91130100MA07A1B27U"


def test_r_v1_other_alphabets_do_not_slip_through_upper_casing() -> None:
    assert judge_uscc("91130100MA07A1B27ſ").code == "uscc-character"
    assert judge_uscc("9113010٠MA07A1B27U").code == "uscc-character"


def test_r_v1_an_authority_added_by_amendment_is_accepted_with_a_warning() -> None:
    # A1130000000000000?: weights 1 (A = 10) + 3 (1) + 9 (1) + 27 (3) = 10 + 3 + 9 + 81 = 103; 103 mod 31 = 10, 31 - 10 = 21 = M
    judgement = judge_uscc("A1130000000000000M")

    assert judgement.value == "A1130000000000000M"
    assert any("authority 'A'" in warning.en for warning in judgement.warnings)


def test_r_v1_an_inner_check_that_does_not_hold_only_warns() -> None:
    assert not any(
        "organisation" in warning.en for warning in judge_uscc("91130184MA0CQ3T535").warnings
    )
    # the quoted code of R-V1 whose inner check fails is not known; change 17 and the outer check with it:
    # 91130184MA0CQ3T53 has sum s; position 17 weighs 28, so 3 -> 4 adds 28 = -3 (mod 31): 5 becomes 8
    judgement = judge_uscc("91130184MA0CQ3T548")

    assert judgement.value == "91130184MA0CQ3T548"
    assert any("should end in '3'" in warning.en for warning in judgement.warnings)


@given(
    st.sampled_from(SOUND_USCC),
    st.integers(0, 17),
    st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"),
)
def test_r_v1_every_single_slip_in_a_code_is_caught(code: str, at: int, sign: str) -> None:
    slip = code[:at] + sign + code[at + 1 :]

    assert judge_uscc(slip).sound == (slip == code)


def test_r_v2_a_division_has_six_digits() -> None:
    assert judge_division_shape("130184").value == "130184"
    assert judge_division_shape("13018").code == "region-length"
    assert judge_division_shape("13018x").code == "region-character"
    assert judge_division_shape("１30184").code == "region-character"
    assert judge_division_shape("130184\n").code == "region-character"


def test_r_v2_divisions_are_known_with_their_years() -> None:
    assert spans_of_division("130184") == (("新乐市", 1993, None),)
    assert spans_of_division("132304") == (("新乐市", 1992, 1993),)
    assert spans_of_division("130185") == (("鹿泉市", 1994, 2014),)
    assert [span[0] for span in spans_of_division("130602")] == ["新市区", "竞秀区"]
    assert spans_of_division("133100") == (("雄安新区", 2017, None),)
    assert spans_of_division("139999") == ()
    assert spans_of_division("000000") == ()
    assert spans_of_division("13018") == ()


@pytest.mark.parametrize("code", ["C34", "C341", "C3411", "A01", "T97"])
def test_r_v3_industries_are_a_letter_and_two_to_four_digits(code: str) -> None:
    assert judge_industry(code).value == code


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("C3", "industry-length"),
        ("C34111", "industry-length"),
        ("U34", "industry-section"),
        ("c3411", "industry-section"),
        ("3411", "industry-section"),
        ("C34x", "industry-character"),
        ("CC34", "industry-character"),
        ("", "industry-empty"),
    ],
)
def test_r_v3_other_shapes_are_refused(code: str, reason: str) -> None:
    assert judge_industry(code).code == reason


@pytest.mark.parametrize("code", OURS)
def test_r_p2_the_worked_examples_check(code: str) -> None:
    assert judge_pay_code(code, "own").value == code
    assert make_pay_code(code[:6], int(code[6:8]), int(code[8:19])) == code


@given(st.sampled_from(OURS), st.integers(0, 19), st.sampled_from("0123456789"))
def test_r_p2_every_single_digit_error_is_caught(code: str, at: int, digit: str) -> None:
    slip = code[:at] + digit + code[at + 1 :]

    assert judge_pay_code(slip, "own").sound == (slip == code)


@given(st.integers(0, 99), st.integers(1, 99_999_999_999))
def test_r_p2_codes_we_make_pass_our_own_check(year2: int, serial: int) -> None:
    assert judge_pay_code(make_pay_code("130184", year2, serial), "own").sound


@pytest.mark.parametrize(
    ("region", "year2", "serial"),
    [
        ("13018", 26, 1),
        ("130184", 100, 1),
        ("130184", -1, 1),
        ("130184", 26, 0),
        ("130184", 26, 10**11),
    ],
)
def test_r_p2_codes_that_do_not_fit_are_never_made(region: str, year2: int, serial: int) -> None:
    with pytest.raises(ValueError, match="no pay code"):
        make_pay_code(region, year2, serial)


@pytest.mark.parametrize(
    "code",
    [
        "32068222300000000007",
        "32068221300000000036",
        "53010026134004568343",
        "34000019081115065040",
    ],
)
def test_r_p3_codes_of_others_are_judged_by_structure_only(code: str) -> None:
    assert judge_pay_code(code, "none").value == code


def test_r_p3_a_code_of_others_fails_our_check_and_says_what_was_expected() -> None:
    # R-P2 example ends in 9 for 1303001400000000001
    judgement = judge_pay_code("13030014000000000018", "own")

    assert judgement.code == "pay-code-check"
    assert judgement.problem is not None
    assert "character 20 should be '9', not '8'" in judgement.problem.en


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1303001400000000", "pay-code-central"),
        ("1303001400000000001", "pay-code-length"),
        ("130300140000000000199", "pay-code-length"),
        ("", "pay-code-empty"),
        ("99999914000000000019", "pay-code-region"),
        ("00000014000000000019", "pay-code-region"),
        ("1303001400000000001９", "pay-code-character"),
        ("13030014000000000019\n", "pay-code-character"),
        (" 13030014000000000019", "pay-code-character"),
        ("-3030014000000000019", "pay-code-character"),
    ],
)
def test_r_p1_other_pay_codes_are_refused_with_the_reason(code: str, reason: str) -> None:
    assert judge_pay_code(code, "none").code == reason
