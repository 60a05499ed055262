"""Codes that others issue and that we issue: credit codes, divisions, industries, pay codes.

Rules R-V1 to R-V3 and R-P1 to R-P3. Each ``judge_…`` returns a Judgement and never raises for a
value; a check character is a typing aid, not authenticity.
"""

from functools import cache, lru_cache
from typing import Final, Literal

from stdnum import numdb
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10

from feeledger.errors import Text
from feeledger.judgements import (
    Judgement,
    accept,
    name_sign,
    narrow_upper,
    refuse,
    strange_sign,
    wrong_check,
    wrong_length,
)

PayCodeProfile = Literal["own", "none"]
Span = tuple[str, int | None, int | None]

DIGITS: Final = "0123456789"
USCC_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I O S V Z
USCC_LENGTH: Final = 18
USCC_REGION: Final = range(2, 8)
CATEGORIES: Final = {"1": "1239", "5": "1239", "9": "123", "Y": "1"}
AMENDED_AUTHORITIES: Final = "234678AN"
INNER_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
INNER_SIGNS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SECTORS: Final = "ABCDEFGHIJKLMNOPQRST"
DIVISION_LENGTH: Final = 6
FISCAL_ONLY: Final = {"133100": ("雄安新区", 2017, None)}  # settles money, not in GB/T 2260
PAY_CODE_LENGTH: Final = 20
CENTRAL_LENGTH: Final = 16
SERIAL_MOST: Final = 99_999_999_999


def judge_uscc(text: str) -> Judgement:
    """Judge a unified social credit code by GB 32100-2015 (R-V1); normalises blanks, width, case.

    Refusals: ``uscc-empty``, ``-character``, ``-length``, ``-region``, ``-authority``,
    ``-category``, ``-check``.
    """
    code = narrow_upper(text)
    problem = (
        strange_sign("uscc", code, USCC_SIGNS)
        or wrong_length("uscc", code, low=USCC_LENGTH, high=USCC_LENGTH)
        or _uscc_region(code)
        or _uscc_authority(code)
    )
    if problem is not None:
        return problem
    expected = uscc.calc_check_digit(code[:17])
    if code[17] != expected:
        return wrong_check("uscc", at=USCC_LENGTH, found=code[17], expected=expected)
    return accept(code, *_uscc_warnings(code))


def judge_division_shape(text: str) -> Judgement:
    """Judge the shape of a division code: six ASCII digits (R-V2)."""
    problem = strange_sign("region", text, DIGITS) or wrong_length(
        "region", text, low=DIVISION_LENGTH, high=DIVISION_LENGTH
    )
    return problem or accept(text)


def judge_industry(text: str) -> Judgement:
    """Judge the shape of an industry code of GB/T 4754: letter A-T, then 2 to 4 digits (R-V3)."""
    problem = wrong_length("industry", text, low=3, high=5)
    if problem is not None:
        return problem
    if text[0] not in SECTORS:
        return refuse(
            "industry-section",
            f"第 1 位应为门类字母 A 至 T（大写），实为“{name_sign(text[0])[0]}”",
            f"character 1 should be a section letter A to T (capital), not {name_sign(text[0])[1]}",
        )
    strange = strange_sign("industry", "0" + text[1:], DIGITS)
    return strange or accept(text)


@lru_cache(maxsize=4096)
def spans_of_division(code: str) -> tuple[Span, ...]:
    """Give what a division code has named: (name, first year, last year), years None where open.

    The list is GB/T 2260 with its history as python-stdnum carries it; empty: never issued.
    """
    if code in FISCAL_ONLY:
        return (FISCAL_ONLY[code],)
    found = _division_list().info(code)
    names = found[1][1].get("county", "") if len(found) == len(("province", "county")) else ""
    return tuple(_span_of(part) for part in names.split(",") if part)


def judge_pay_code(text: str, profile: PayCodeProfile) -> Judgement:
    """Judge a pay code: 20 digits, a region once known, a year; a check digit if ``own`` (R-P1-3).

    Refusals: ``pay-code-empty``, ``-character``, ``-length``, ``-region`` (result 10002),
    ``-central`` (11001) and ``-check`` (11002). Nothing is normalised, zeros are never stripped.
    """
    problem = strange_sign("pay-code", text, DIGITS) or _central_code(text)
    problem = problem or wrong_length("pay-code", text, low=PAY_CODE_LENGTH, high=PAY_CODE_LENGTH)
    if problem is not None:
        return problem
    if not spans_of_division(text[:6]):
        return refuse(
            "pay-code-region",
            f"第 1 至 6 位“{text[:6]}”不是已知的行政区划代码",
            f"characters 1 to 6, {text[:6]}, are no known division code",
        )
    if profile == "own" and not check_digit_fits(text):
        expected = mod_11_10.calc_check_digit(text[:-1])
        return wrong_check("pay-code", at=PAY_CODE_LENGTH, found=text[-1], expected=expected)
    return accept(text)


def check_digit_fits(pay_code: str) -> bool:
    """Say whether the last of 20 digits is the check digit of the others, MOD 11,10 (R-P2)."""
    return pay_code[-1] == mod_11_10.calc_check_digit(pay_code[:-1])


def make_pay_code(region: str, year2: int, serial: int) -> str:
    """Make a pay code of ours: region, year (two digits), serial, check digit MOD 11,10 (R-P2).

    ``year2`` is 0 to 99, ``serial`` 1 to 99,999,999,999; the caller never gives one out twice.
    """
    fits = judge_division_shape(region).sound and 0 <= year2 <= 99  # noqa: PLR2004 - two digits
    if not fits or not 1 <= serial <= SERIAL_MOST:
        raise ValueError(f"no pay code for region {region!r}, year {year2}, serial {serial}")
    body = f"{region}{year2:02d}{serial:011d}"
    return body + mod_11_10.calc_check_digit(body)


def _uscc_region(code: str) -> Judgement | None:
    """Refuse letters where the registration region stands (characters 3 to 8)."""
    at = next((at for at in USCC_REGION if code[at] not in DIGITS), None)
    if at is None:
        return None
    return refuse(
        "uscc-region",
        f"第 {at + 1} 位“{code[at]}”应为数字（第 3 至 8 位是登记机关行政区划）",
        f"character {at + 1}, {code[at]!r}, should be a digit (3 to 8 are the division)",
    )


def _uscc_authority(code: str) -> Judgement | None:
    """Refuse an authority that no list has, or a category that its authority does not give."""
    if code[0] in AMENDED_AUTHORITIES:
        return None
    allowed = CATEGORIES.get(code[0])
    if allowed is None:
        return refuse(
            "uscc-authority",
            f"第 1 位“{code[0]}”不是登记管理部门代码",
            f"character 1, {code[0]!r}, is no registration authority",
        )
    if code[1] in allowed:
        return None
    return refuse(
        "uscc-category",
        f"第 2 位“{code[1]}”不是登记管理部门 {code[0]} 的机构类别，应为 {'、'.join(allowed)}",
        f"character 2, {code[1]!r}, is no category of authority {code[0]}: {', '.join(allowed)}",
    )


def _uscc_warnings(code: str) -> tuple[Text, ...]:
    """Warn of an authority added by amendment, and of an inner check that does not hold."""
    warnings: list[Text] = []
    if code[0] in AMENDED_AUTHORITIES:
        warnings.append(
            Text(
                f"登记管理部门代码“{code[0]}”为标准修改后增加，未核对其机构类别",
                f"authority {code[0]!r} was added by amendment; its category was not checked",
            )
        )
    expected = _inner_check(code[8:16])
    if code[16] != expected:
        warnings.append(
            Text(
                f"第 9 至 17 位组织机构代码的校验码应为“{expected}”，实为“{code[16]}”；仅供核对",
                f"the organisation code in 9 to 17 should end in {expected!r}, not {code[16]!r}; "
                "check it, old entities may differ",
            )
        )
    return tuple(warnings)


def _inner_check(body: str) -> str:
    """Work out the check character of an organisation code (GB 11714)."""
    total = sum(
        INNER_SIGNS.index(sign) * weight for sign, weight in zip(body, INNER_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def _central_code(text: str) -> Judgement | None:
    """Tell a central pay code (16 digits), which is paid elsewhere."""
    if len(text) != CENTRAL_LENGTH:
        return None
    return refuse(
        "pay-code-central",
        "16 位为中央缴款码，不在本系统缴款；本系统缴款码为 20 位",
        "16 digits are a pay code of the central level (中央缴款码), not paid here; ours have 20",
    )


@cache
def _division_list() -> numdb.NumDB:
    """Read the list of divisions once."""
    return numdb.get("cn/loc")


def _span_of(part: str) -> Span:
    """Read ``[1983-2014]桥东区`` as a name and its years."""
    if not part.startswith("["):
        return part, None, None
    years, _, name = part[1:].partition("]")
    first, _, last = years.partition("-")
    return name, int(first) if first else None, int(last) if last else None
