"""Numbers of documents (R-V7)."""

import pytest

from feeledger.documents import judge_document_number


@pytest.mark.parametrize(
    "number",
    [
        "财税〔2016〕33号",
        "冀价行费〔2017〕203号",
        "工信部联企业〔2011〕300号",
        "财库〔2021〕31号",
        "国务院令第427号",
        "中华人民共和国国务院令第281号",
        "财政部公告2023年第8号",
        "财政部 税务总局 发展改革委 民政部 商务部 卫生健康委公告2019年第76号",
        "《中华人民共和国水土保持法》",
        "冀（政）字〔2001〕1号",
    ],
)
def test_r_v7_regular_numbers_stand_as_they_are(number: str) -> None:
    assert judge_document_number(number).value == number


@pytest.mark.parametrize(
    "printed",
    [
        "财税[2016]33号",
        "财税［2016］33号",
        "财税(2016)33号",
        "财税（2016）33号",
        "财税【2016】33号",
    ],
)
def test_r_v7_other_brackets_are_normalised(printed: str) -> None:
    assert judge_document_number(printed).value == "财税〔2016〕33号"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", "doc-number-empty"),
        ("财税〔2016〕第33号", "doc-number-ordinal"),
        ("财税〔2016〕033号", "doc-number-zero"),
        ("财税〔2016〕33", "doc-number-ending"),
        ("财税〔2016〕号", "doc-number-malformed"),
        ("财税〔2016〕123456号", "doc-number-malformed"),
        ("财税〔2016〕３３号", "doc-number-malformed"),
        ("财税〔16〕33号", "doc-number-year"),
        ("财税〔1816〕33号", "doc-number-year"),
        ("〔2016〕33号", "doc-number-prefix"),
        ("CS〔2016〕33号", "doc-number-prefix"),
        (" 财税〔2016〕33号", "doc-number-prefix"),
        ("财税〔2016〕33号 ", "doc-number-ending"),
        ("财税2016年33号", "doc-number-irregular"),
        ("冀价经字2002第43号", "doc-number-irregular"),
        ("河北省发展和改革委员会2022年10月14日函", "doc-number-irregular"),
        ("国务院令427号", "doc-number-irregular"),
        ("国务院令〔2016〕第33号", "doc-number-ordinal"),
        ("水土保持法", "doc-number-malformed"),
        ("《》", "doc-number-malformed"),
    ],
)
def test_r_v7_the_broken_rule_is_named(number: str, reason: str) -> None:
    judgement = judge_document_number(number)

    assert judgement.value is None
    assert judgement.code == reason


def test_r_v7_an_irregular_number_is_told_how_a_catalog_keeps_it() -> None:
    problem = judge_document_number("冀价经字2002第43号").problem

    assert problem is not None
    assert "irregular: true" in problem.zh
    assert "irregular: true" in problem.en
