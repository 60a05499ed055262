"""JSON at the door: strict, bounded, exact."""

from decimal import Decimal

import pytest

from feeledger.api.json_text import DEPTH_MAX, read_json, write_json
from feeledger.api.refusals import BadJson


def test_numbers_with_a_point_are_exact_decimals():
    value = read_json(b'{"a": 0.1, "b": 1e3, "c": 12, "d": 90071992547409.93}')

    assert value == {
        "a": Decimal("0.1"),
        "b": Decimal(1000),
        "c": 12,
        "d": Decimal("90071992547409.93"),
    }
    assert type(value["c"]) is int


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": 1e999999999}',
        b'{"a": 1e-999999999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 0.' + b"9" * 5000 + b"}",
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"\\udc00": 1}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    ],
)
def test_what_is_not_sound_json_is_refused(body):
    with pytest.raises(BadJson) as refusal:
        read_json(body)

    assert refusal.value.detail.zh
    assert refusal.value.detail.en


def test_the_depth_is_bounded_exactly():
    deepest = b"[" * DEPTH_MAX + b"]" * DEPTH_MAX
    too_deep = b"[" * (DEPTH_MAX + 1) + b"1" + b"]" * (DEPTH_MAX + 1)

    assert read_json(deepest)
    with pytest.raises(BadJson):
        read_json(too_deep)


def test_a_syntax_fault_names_line_and_column():
    with pytest.raises(BadJson) as refusal:
        read_json(b'{\n "a": 1\n "b": 2\n}')

    assert refusal.value.facts == {"line": 3, "column": 2}


def test_chinese_text_is_written_as_it_is():
    assert write_json({"名称": "新乐市"}) == '{"名称":"新乐市"}'.encode()
