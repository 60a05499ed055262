"""A flat message is read by its fields alone as its schema reads it, or not at all."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, post_load, validate

from feeledger.api.bank_schemas import AdviceSchema
from feeledger.api.fields import CodeField, MoneyField
from feeledger.api.flat_reading import FlatReader
from feeledger.errors import Text
from feeledger.money import Money
from tests.builders import ACCOUNT_NO

READER = FlatReader(AdviceSchema())
GOOD = {
    "pay_code": "13018426000000000106",
    "trade_no": "T0001",
    "amount": "12.30",
    "account": ACCOUNT_NO,
    "paid_at": "2026-11-24T10:30:00+08:00",
}
NAMES = [*AdviceSchema().fields, "region", ""]
VALUES = st.one_of(
    st.sampled_from([*GOOD.values(), None, True, 12, 1.5, [], {}, "", " 演示 ", "1e3", "１２.30"]),
    st.text(max_size=12),
)


def test_what_is_good_is_read_with_what_was_left_out():
    assert READER.read(GOOD | {"payer_name": " 演示企业 "}) == {
        "pay_code": "13018426000000000106",
        "trade_no": "T0001",
        "amount": Money(1230),
        "account": ACCOUNT_NO,
        "paid_at": datetime(2026, 11, 24, 2, 30, tzinfo=UTC),
        "payer_name": "演示企业",
        "payer_account": None,
        "channel": None,
    }


@given(st.dictionaries(st.sampled_from(NAMES), VALUES), st.sets(st.sampled_from(sorted(GOOD))))
@example({"channel": None}, set())
@example({"pay_code": None}, set())
def test_it_reads_what_the_schema_loads_and_nothing_else(changed, left_out):
    message = {name: value for name, value in (GOOD | changed).items() if name not in left_out}
    try:
        loaded = AdviceSchema().load(message)
    except ValidationError:
        loaded = None

    assert READER.read(message) == loaded


@pytest.mark.parametrize("message", [None, [], "T0001", 7, [GOOD]])
def test_what_is_no_object_is_left_to_the_schema(message):
    assert READER.read(message) is None


class Hooked(Schema):
    amount = MoneyField()

    @post_load
    def change(self, data, **_kwargs):
        return data


class Judged(Schema):
    amount = MoneyField(validate=validate.Equal(Money(1)))


class Renamed(Schema):
    code = CodeField("^A$", means=Text("甲", "A"), data_key="its code")


class Guessing(Schema):
    amount = fields.Integer()


@pytest.mark.parametrize("schema", [Hooked, Judged, Renamed, Guessing])
def test_a_schema_that_does_more_than_its_fields_is_refused(schema):
    with pytest.raises(TypeError):
        FlatReader(schema())
