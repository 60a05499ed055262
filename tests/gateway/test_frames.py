"""Bytes and frames, R-B6 up to the MAC."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeledger.gateway.frames import (
    FRAME_MOST,
    BrokenFrame,
    Frame,
    FrameReader,
    mac_holds,
    write_frame,
)
from feeledger.gateway.vouchers import Head, write_message
from tests.gateway.peers import TOKEN, a_query, sealed

PAY_CODE = "13018426000000000105"
GOOD = a_query(PAY_CODE)


def frames_of(*pieces):
    """Everything a reader gives for bytes arriving in pieces, up to the first fault."""
    reader, found = FrameReader(), []
    for piece in pieces:
        reader.add(piece)
        while (one := reader.take()) is not None:
            found.append(one)
    rest = reader.break_off()
    return found + ([] if rest is None else [rest])


def results(found):
    return [one.refusal.result if isinstance(one, BrokenFrame) else "frame" for one in found]


def test_the_worked_example_of_the_specification_is_written_byte_for_byte():
    head = Head(
        src="F130300",
        des="K1303000001",
        msg_no="5001",
        msg_id="20260105000000000001",
        msg_ref="20260105000000000001",
        work_date="20260105",
    )
    voucher = {"OriMsgNo": "8994", "Result": "11001", "Information": "不存在的缴款码"}

    raw = write_frame("5001", write_message(head, voucher), token=b"feeledger-demo-token")

    assert len(raw) == 592
    assert raw.startswith(b"592     CNNONTAX1.05001<?xml ")
    assert raw.endswith(b"dea5f2b4639f96a78d76306fc60ae15ab56ad1f24ce94177a176c73c1daaffb8")
    assert (
        b"<Voucher>PFZvdWNoZXI+PE9yaU1zZ05vPjg5OTQ8L09yaU1zZ05vPjxSZXN1bHQ+MTEwMDE8L1Jlc3VsdD48"
        b"SW5mb3JtYXRpb24+sru05tTatcS9yb/uwus8L0luZm9ybWF0aW9uPjwvVm91Y2hlcj4=</Voucher>"
    ) in raw


def test_a_frame_made_elsewhere_is_read_whole():
    [frame] = frames_of(GOOD)

    assert (frame.raw, frame.msg_no, frame.xml) == (GOOD, "8997", GOOD[23:-64])
    assert mac_holds(frame, TOKEN.encode())


def test_a_frame_cut_at_any_position_is_the_same_frame():
    for at in range(len(GOOD) + 1):
        assert frames_of(GOOD[:at], GOOD[at:]) == [Frame(GOOD)], at


def test_a_frame_arrives_byte_by_byte():
    assert frames_of(*(GOOD[at : at + 1] for at in range(len(GOOD)))) == [Frame(GOOD)]


@given(st.lists(st.integers(1, 3 * len(GOOD)), max_size=8))
def test_three_frames_are_three_however_they_arrive_and_surplus_begins_the_next(cuts):
    three = GOOD * 3
    edges = [0, *sorted(cuts), len(three)]
    pieces = [three[a:b] for a, b in itertools.pairwise(edges)]

    assert frames_of(*pieces) == [Frame(GOOD)] * 3


def test_surplus_bytes_that_are_no_frame_are_the_next_frames_fault():
    assert results(frames_of(GOOD + b"nonsense")) == ["frame", "10002"]


@pytest.mark.parametrize(
    "length",
    [b"        ", b"  592   ", b"-5920000", b"+592    ", b"5 92    ", b"592\t    ", b"abcdefgh",
     b"0       ", b"86      ", b"1048577 ", b"99999999", b"59.2    ", b"\xb2\xb2\xb2\xb2    "],
)  # fmt: skip
def test_a_length_that_is_no_number_up_to_a_mebibyte_is_10002(length):
    [fault] = frames_of(length + GOOD[8:])

    assert fault.refusal.result == "10002"


def test_the_length_is_judged_before_the_version_and_before_the_rest_arrives():
    reader = FrameReader()
    reader.add(b"abcdefgh")

    assert reader.take().refusal.result == "10002"
    assert results(frames_of(b"9999999 WRONGAPP2.0")) == ["10002"]


@pytest.mark.parametrize("kind", [b"CNNONTAX1.1", b"cnnontax1.0", b"OTHERAPP1.0", b"\x00" * 11])
def test_another_application_or_version_is_10003_before_the_rest_arrives(kind):
    assert results(frames_of(GOOD[:8] + kind)) == ["10003"]


def test_the_greatest_frame_is_read_and_one_byte_more_is_not():
    xml = b"x" * (FRAME_MOST - 87)

    assert results(frames_of(sealed("8997", xml))) == ["frame"]
    assert results(frames_of(sealed("8997", xml + b"x"))) == ["10002"]
    with pytest.raises(ValueError, match="1048577"):
        write_frame("8997", xml + b"x", token=b"t")


@pytest.mark.parametrize("cut", [1, 7, 8, 18, 19, 23, 400, -1])
def test_a_frame_that_ends_too_early_is_10002(cut):
    assert results(frames_of(GOOD[:cut])) == ["10002"]


def test_nothing_at_all_is_no_fault():
    assert frames_of(b"") == []


def test_after_a_fault_nothing_more_is_read():
    reader = FrameReader()
    reader.add(b"nonsense" + GOOD)
    broken = reader.take()

    reader.add(GOOD)

    assert broken.raw == b"nonsense" + GOOD
    assert reader.take() is None
    assert reader.break_off() is None


@pytest.mark.parametrize("spell", [bytes.lower, bytes.upper, bytes.swapcase])
def test_the_mac_holds_in_either_case(spell):
    assert mac_holds(Frame(GOOD[:-64] + spell(GOOD[-64:])), TOKEN.encode())


def test_the_mac_fails_with_another_token_another_byte_or_other_signs():
    damaged = bytearray(GOOD)
    damaged[40] ^= 1

    assert not mac_holds(Frame(GOOD), b"another-token")
    assert not mac_holds(Frame(bytes(damaged)), TOKEN.encode())
    assert not mac_holds(Frame(GOOD[:-64] + b"\xff" * 64), TOKEN.encode())
    assert not mac_holds(Frame(GOOD[:-64] + b" " * 64), TOKEN.encode())


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=3))
def test_any_bytes_give_frames_or_one_fault_the_same_in_any_pieces(data, cuts):
    edges = [0, *sorted(min(at, len(data)) for at in cuts), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(edges)]

    whole, pieced = frames_of(data), frames_of(*pieces)

    assert results(whole) == results(pieced)
    assert set(results(whole)[:-1]) <= {"frame"}


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_one_damaged_byte_is_a_fault_or_a_frame_whose_mac_fails(at, change):
    damaged = bytearray(GOOD)
    damaged[at] ^= change

    found = frames_of(bytes(damaged))

    # What the MAC does not cover, the head's number and the blanks of the length, is either held
    # against the XML later or the same length; the case of the MAC's letters is free.
    for one in found:
        if isinstance(one, Frame) and mac_holds(one, TOKEN.encode()):
            assert one.xml == GOOD[23:-64]
            assert 19 <= at < 23 or one.mac.lower() == GOOD[-64:]
