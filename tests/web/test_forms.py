"""A form keeps what was written and names every fault of it."""

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from feeledger.errors import Text
from feeledger.money import Money
from feeledger.web.forms import Form, plain_amount, read_amount, read_choice, read_day, read_text


def form_of(**values):
    return Form(MultiDict(values))


@pytest.mark.parametrize(
    "written", ["2026-11-24", "2026/11/24", "2026年11月24日", " ２０２６-11-24 ", "2026.11.24"]
)
def test_a_date_may_be_written_in_the_usual_ways(written):
    assert read_day(form_of(on=written), "on") == date(2026, 11, 24)


@pytest.mark.parametrize(
    "written", ["2026-02-30", "24/11/2026", "tomorrow", "20261124", "0000-01-01"]
)
def test_what_is_no_date_is_refused_beside_the_field(written):
    form = form_of(on=written)

    assert read_day(form, "on") is None
    assert written[:10] in form.errors["on"].zh


def test_an_empty_date_is_a_fault_only_where_it_is_needed():
    assert read_day(form_of(), "on", needed=False) is None
    form = form_of()
    read_day(form, "on")
    assert not form.sound


@pytest.mark.parametrize(
    ("written", "fen"),
    [("1,234.50", 123450), ("￥１２", 1200), ("80 元", 8000), ("0.01", 1), ("CNY 3", 300)],
)
def test_an_amount_may_be_typed_as_clerks_type_it(written, fen):
    assert read_amount(form_of(amount=written), "amount") == Money(fen)


@pytest.mark.parametrize("written", ["12.345", "1,23", "-5", "1e3", "十元", "NaN"])
def test_what_is_no_amount_is_refused_and_kept_as_written(written):
    form = form_of(amount=written)

    assert read_amount(form, "amount") is None
    assert "amount" in form.errors
    assert form.value("amount") == written


def test_separators_out_of_place_are_not_taken_off():
    assert plain_amount("12,34") == "12,34"


def test_the_first_fault_of_a_field_stands():
    form = form_of()
    form.refuse("x", Text("一", "one"))
    form.refuse("x", Text("二", "two"))

    assert form.errors["x"].en == "one"


def test_a_choice_that_was_not_offered_counts_as_none():
    form = form_of(by="elsewhere")

    assert read_choice(form, "by", ["tax"], needed=Text("请选择", "Choose")) == ""
    assert form.errors["by"].en == "Choose"


def test_too_long_a_text_is_refused_with_both_lengths():
    form = form_of(name="字" * 201)
    read_text(form, "name", needed=None)

    assert "200" in form.errors["name"].en
    assert "201" in form.errors["name"].en


def test_signs_that_are_not_seen_are_left_out_of_a_line_of_text():
    form = Form(MultiDict({"name": "甲\u200b乙\u202e 公司\u0007\ufeff"}))

    assert read_text(form, "name", needed=None) == "甲乙 公司"
