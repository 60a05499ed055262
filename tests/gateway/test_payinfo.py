"""PayInfo, R-B7."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeledger.gateway.payinfo import PayLine, read_pay_info, write_pay_info
from feeledger.gateway.refusals import FrameMalformed, LinesDiffer
from feeledger.money import Money, total_of

REAL = "103043211|不动产登记费|80.0|次|1|不限制|0.0-0.0#"
AMOUNTS = st.integers(0, 10**15 - 1).map(Money)


def test_a_real_line_is_read():
    [line] = read_pay_info(REAL, total=Money(8000))

    assert line == PayLine("103043211", "不动产登记费", Money(8000), "次", Decimal(1), None)


def test_bounds_and_a_quantity_of_four_decimals_are_read():
    text = "1|费|80|亩|2.5005|金额上下限|10.00-100.5#"

    [line] = read_pay_info(text, total=Money(8000))

    assert line.quantity == Decimal("2.5005")
    assert line.bounds == (Money(1000), Money(10050))


@pytest.mark.parametrize(
    "text",
    [
        "",
        REAL[:-1],
        REAL + "x",
        "##",
        REAL.replace("|次", ""),
        REAL.replace("次", "次|"),
        REAL.replace("80.0", "80.005"),
        REAL.replace("80.0", "1e1"),
        REAL.replace("|1|", "|1.00005|"),
        REAL.replace("|1|", "||"),
        REAL.replace("不限制", "别的"),
        REAL.replace("0.0-0.0", "0.0"),
    ],
)
def test_a_pay_info_that_breaks_its_grammar_is_10002(text):
    with pytest.raises(FrameMalformed):
        read_pay_info(text, total=Money(8000))


def test_lines_that_do_not_add_up_are_16005():
    with pytest.raises(LinesDiffer) as refused:
        read_pay_info(REAL * 2, total=Money(16001))

    assert refused.value.result == "16005"
    assert "160.00" in refused.value.detail.zh


def test_what_ends_a_part_or_a_line_is_written_wide():
    text = write_pay_info([PayLine("1", "a|b#c", Money(1))])

    assert text == "1|a｜b＃c|0.01|项|1|不限制|0.00-0.00#"


def test_lines_longer_than_the_field_become_one_summary_line_of_the_same_total():
    lines = [PayLine(f"1030{at}", "水土保持补偿费", Money(100 + at)) for at in range(30)]

    text = write_pay_info(lines)

    [line] = read_pay_info(text, total=total_of(each.amount for each in lines))
    assert line.name == "水土保持补偿费等30项"
    assert len(text.encode("gbk")) <= 500


@given(st.lists(st.tuples(st.text("收费|#ab1", max_size=80), AMOUNTS), min_size=1, max_size=12))
def test_whatever_is_written_fits_the_field_and_is_read_back_to_the_same_total(told):
    lines = [PayLine("1", name, amount) for name, amount in told]
    total = total_of(line.amount for line in lines)
    if total.fen >= 10**15:
        return

    text = write_pay_info(lines)

    assert len(text.encode("gbk")) <= 500
    assert total_of(line.amount for line in read_pay_info(text, total=total)) == total


@given(st.text("|#.-0123456789不限制次", max_size=60))
def test_any_text_is_read_or_refused_never_a_crash(text):
    with suppress(FrameMalformed, LinesDiffer):
        read_pay_info(text, total=Money(0))
