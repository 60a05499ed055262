"""XML in GBK and messages: R-B6 after the MAC, and the field tables."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeledger.gateway.fields import Field, read_fields
from feeledger.gateway.messages import (
    CONFIRMATION_FIELDS,
    read_confirmation,
    read_query,
)
from feeledger.gateway.refusals import FrameMalformed, FrameVersionRefused
from feeledger.gateway.vouchers import (
    Head,
    claimed_source,
    demand_head,
    open_envelope,
    vouchers_in,
    write_message,
)
from feeledger.payments.refusals import BankRefusal, PayCodeUnknown
from tests.gateway.peers import NODE, a_confirmation, a_query, inner, xml_of

PAY_CODE = "13018426000000000105"
VOUCHER = inner({"PayCode": PAY_CODE})
GOOD = xml_of("8997", VOUCHER)
HEAD = Head("F130184", NODE, "5001", "1", "1", "20261124")


def read(xml, msg_no="8997"):
    """Go the way of R-B6 after the MAC."""
    envelope = open_envelope(xml)
    demand_head(envelope.head, msg_no=msg_no)
    return vouchers_in(envelope)


def result_of(xml, msg_no="8997"):
    with pytest.raises(BankRefusal) as refused:
        read(xml, msg_no)
    return refused.value.result


def test_a_message_made_elsewhere_is_read():
    envelope = open_envelope(GOOD)

    assert (envelope.head.src, envelope.head.des) == (NODE, "F130184")
    assert envelope.head.msg_id == "20261124000000000001"
    assert vouchers_in(envelope) == ({"PayCode": PAY_CODE},)


def test_several_vouchers_are_read_in_one_body_or_in_several():
    two = xml_of("8997", VOUCHER, inner({"PayCode": "2"}))
    in_one = two.replace(b"</VoucherBody><VoucherBody>", b"")

    assert [v["PayCode"] for v in read(two)] == [PAY_CODE, "2"]
    assert read(in_one) == read(two)


def test_base64_in_lines_and_blanks_between_tags_do_no_harm():
    coded = base64.b64encode(VOUCHER)
    folded = GOOD.replace(coded, coded[:30] + b"\r\n" + coded[30:] + b"\n")

    assert read(folded) == read(GOOD)
    assert read(GOOD.replace(b"><", b">\n  <")) == read(GOOD)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"</CFX>", b""),
        (b"</CFX>", b"</CFX><CFX/>"),
        (b"</CFX>", b"</CFX>" + b"\x80" + b"\x00" * 30),  # how SHA-256 is lengthened
        (b"</CFX>", b"</CFX>\x00"),
        (b"<CFX>", b'<!DOCTYPE CFX [<!ENTITY e "x">]><CFX>'),
        (b"<CFX>", b'<!DOCTYPE CFX SYSTEM "http://127.0.0.1/x.dtd"><CFX>'),
        (b"<SRC>", b"<SRC>&undefined;"),
        (b"<SRC>", b"<SRC><!-- x -->"),
        (b"<CFX>", b"<CFX><?php x?>"),
        (b"<SRC>", b"<SRC>\xff\xff"),
        (b'encoding="GBK"', b'encoding="UTF-8"'),
        (b"HEAD>", b"HAED>"),
        (b"CFX>", b"XML>"),
        (b"<CFX>", b'<CFX xmlns="urn:x">'),
        (b"<DES>", b"<SRC>X</SRC><DES>"),
        (b"<MsgID>20261124000000000001</MsgID>", b""),
        (b"<VoucherCount>1<", b"<VoucherCount>2<"),
        (b"<VoucherCount>1<", b"<VoucherCount>01<"),
        (b"<VoucherCount>1<", b"<VoucherCount><"),
        (b"<MOF>", b"<MOF><MOF>"),
        (b"<CFX>", b"<!-- before the root --><CFX>"),
        (b"<CFX>", b"<?x before the root?><CFX>"),
        (b"</CFX>", b"</CFX><!-- behind it -->"),
        (b"<MSG>", b"<HEAD><APP>CNNONTAX</APP><VER>1.0</VER></HEAD><MSG>"),
        (b"<MSG>", b"<MSG><MOF/></MSG><MSG>"),
        (b"<MOF>", b"<MOF/><MOF>"),
        (b"<VoucherBody>", b"<VoucherCount>2</VoucherCount><VoucherBody>"),
        (b"MSG>", b"MGS>"),
    ],
)
def test_a_damaged_message_is_10002(old, new):
    """R-B6: not well-formed, DOCTYPE or entity, head, count."""
    damaged = GOOD.replace(old, new)
    assert damaged != GOOD
    assert result_of(damaged) == "10002"


@pytest.mark.parametrize(
    "voucher",
    [
        b"<Voucher>\xff\xff</Voucher>",
        b"<Voucher>\x81\x30\x81\x30</Voucher>",  # GB18030, not GBK
        b"<Voucher>",
        b"<Other/>",
        b"",
        b"<Voucher><PayCode>1</PayCode><PayCode>2</PayCode></Voucher>",
        b"<Voucher><PayCode>1<!-- -->2</PayCode></Voucher>",
        b"<Voucher><PayCode>1<b/>2</PayCode></Voucher>",
        b'<!DOCTYPE Voucher [<!ENTITY e "1">]><Voucher><PayCode>&e;</PayCode></Voucher>',
    ],
)
def test_an_unsound_voucher_is_10002(voucher):
    assert result_of(xml_of("8997", voucher)) == "10002"


@pytest.mark.parametrize("coded", [b"PFZ!", b"PFZ", b"\xd6\xd0", b"===="])
def test_unsound_base64_is_10002(coded):
    assert result_of(GOOD.replace(base64.b64encode(VOUCHER), coded)) == "10002"


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"app": "OTHERAPP"}, "10003"),
        ({"app": ""}, "10003"),
        ({"ver": "1.1"}, "10003"),
        ({"msg_no": "5996"}, "10002"),
    ],
)
def test_the_head_is_held_against_the_frames(change, result):
    xml = xml_of(change.pop("msg_no", "8997"), VOUCHER, **change)

    assert result_of(xml) == result


def test_version_is_judged_before_number_and_number_before_the_vouchers():
    assert result_of(xml_of("5996", VOUCHER, ver="2.0", count=7)) == "10003"
    with pytest.raises(FrameMalformed, match="MsgNo"):
        read(xml_of("5996", VOUCHER, count=7))


def test_no_external_file_is_ever_opened(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("13018426000000000105")
    attack = f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{secret}">]>'.encode()

    with pytest.raises(FrameMalformed, match="DOCTYPE"):
        read(GOOD.replace(b"<CFX>", attack + b"<CFX>"))


def test_deep_and_wide_messages_are_answered_quickly():
    assert result_of(b"<CFX>" * 100_000) == "10002"
    assert result_of(GOOD.replace(b"<SRC>", b"<X/>" * 100_000 + b"<SRC>")) == "10002"


def test_the_claimed_source_is_read_without_parsing():
    assert claimed_source(GOOD) == NODE
    assert claimed_source(b"<SRC>\xff</SRC>") == ""
    assert claimed_source(b" " * 3000 + GOOD) == ""


def test_what_gbk_has_not_is_written_as_a_reference_and_read_back():
    voucher = {"Information": "㐀𠮷<&>店", "Empty": ""}

    [read_back] = read(write_message(HEAD, voucher), "5001")

    assert read_back == voucher


def test_characters_that_xml_forbids_are_left_out_in_writing():
    [read_back] = read(write_message(HEAD, {"Memo": "a\x00\x0bb"}), "5001")

    assert read_back == {"Memo": "ab"}


@given(
    st.dictionaries(st.from_regex("[A-Z][A-Za-z0-9]{0,9}", fullmatch=True), st.text(max_size=40))
)
def test_any_voucher_written_is_read_back(texts):
    kept = {
        name: "".join(s for s in text if s.isprintable()).strip() for name, text in texts.items()
    }

    assert read(write_message(HEAD, kept), "5001") == (kept,)


@settings(max_examples=300)
@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=4))
def test_random_damage_of_the_xml_is_refused_or_read_never_a_crash(at, change):
    damaged = GOOD[:at] + change + GOOD[at + len(change) :]

    with suppress(FrameMalformed, FrameVersionRefused):
        read(damaged)


@settings(max_examples=300)
@given(st.integers(0, len(VOUCHER) - 1), st.binary(max_size=4))
def test_random_damage_of_the_voucher_is_refused_or_read_never_a_crash(at, change):
    damaged = VOUCHER[:at] + change + VOUCHER[at + len(change) :]

    with suppress(FrameMalformed):
        [voucher] = read(xml_of("8997", damaged))
        read_query(voucher)


def confirmation(**changes):
    [voucher] = read(a_confirmation(PAY_CODE, **changes)[23:-64], "5996")
    return read_confirmation(voucher)


def test_a_confirmation_becomes_the_advice_it_is():
    advice = confirmation()

    assert (advice.pay_code, advice.trade_no, str(advice.amount)) == (PAY_CODE, "T0001", "140.00")
    assert advice.paid_at.isoformat() == "2026-11-24T01:59:58+00:00"  # 09:59:58 in Beijing
    assert (advice.account, advice.channel) == ("0000-1111-2222-3333", "13")
    assert (advice.payer_name, advice.payer_account) == ("演示商行", None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("PayCode", None),
        ("PayCode", "1301842600000000010"),
        ("PayCode", "１３０１８４２６０００００００００１０５"),
        ("CfmDate", "2026-11-24"),
        ("CfmDate", "20261131"),
        ("CfmDate", "２０２６１１２４"),
        ("CfmTime", "240000"),
        ("CfmTime", "0959"),
        ("Amt", "1e3"),
        ("Amt", "1.005"),
        ("Amt", "-1"),
        ("Amt", "0"),
        ("Amt", "NaN"),
        ("Amt", "１４０"),
        ("TraNoBus", None),
        ("TraNoBus", "a b"),
        ("TraNoBus", "x" * 65),
        ("PayMode", "1x"),
        ("PayMode", "123"),
        ("PayerName", "名" * 101),
        ("PayerAcct", "账号"),
        ("RecAcct", "1234"),
        ("RecAcct", None),
    ],
)
def test_a_field_that_breaks_its_table_is_10002(field, value):
    with pytest.raises(BankRefusal) as refused:
        confirmation(**{field: value})

    assert refused.value.result == "10002"


def test_a_central_pay_code_is_unknown_here():
    with pytest.raises(PayCodeUnknown):
        confirmation(PayCode="1301842600000001")


def test_all_fields_that_are_wrong_are_named_at_once():
    with pytest.raises(FrameMalformed) as refused:
        read_fields({"Amt": "1e3"}, CONFIRMATION_FIELDS)

    for name in ("PayCode", "CfmDate", "CfmTime", "Amt", "TraNoBus", "RecAcct"):
        assert name in refused.value.detail.zh
        assert name in refused.value.detail.en


def test_a_field_that_no_table_lists_is_let_be():
    assert read_fields({"A": "1", "B": "2"}, (Field("A", "NString", 1),)) == {"A": "1"}


def test_a_query_carries_the_check_code_in_hold1():
    [voucher] = read(a_query(PAY_CODE)[23:-64])

    assert read_query({**voucher, "Hold1": "ab12"})["Hold1"] == "ab12"
