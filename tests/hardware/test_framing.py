from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.framing import STX, Delimited, OemXor, Rtu, oem_frame, rtu_frame

ARC_REPLY = bytes.fromhex(
    "01 03 14 10 00 00 00 cd 0c 40 80 00 00 00 00 00 00 00 00 00 00 41 60 77 0d"
)
ARC_REQUEST = bytes.fromhex("01030829000a1665")

registers = st.binary(min_size=2, max_size=20).filter(lambda data: len(data) % 2 == 0)
rtu_replies = st.builds(
    lambda unit, code, data: rtu_frame(bytes([unit, code, len(data)]) + data),
    st.integers(1, 32),
    st.sampled_from([3, 4]),
    registers,
)
printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=20)
oem_replies = st.builds(
    lambda status, data: oem_frame(bytes([0x30, status]) + data.encode()),
    st.sampled_from([0x40, 0x60, 0x69]),
    printable,
)
lines = printable.map(str.strip).filter(bool).map(str.encode)


def fed(framing, data: bytes, cuts: list[int]) -> list[bytes]:
    frames = []
    ends = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in pairwise(ends):
        frames += framing.feed(data[start:end])
    return frames


cuts = st.lists(st.integers(0, 200), max_size=6)


def test_the_facts_frames_carry_their_checksums():
    assert rtu_frame(ARC_REQUEST[:-2]) == ARC_REQUEST
    assert rtu_frame(bytes.fromhex("01040969000a")).hex() == "01040969000aa38d"
    assert oem_frame(b"11ZR").hex(" ") == "02 31 31 5a 52 03 09"
    assert oem_frame(b"12A3000R").hex(" ") == "02 31 32 41 33 30 30 30 52 03 12"
    assert oem_frame(b"1:A3000R").hex(" ") == "02 31 3a 41 33 30 30 30 52 03 1a"


@pytest.mark.parametrize("cut", range(len(ARC_REPLY) + 1))
def test_an_arc_reply_split_at_every_byte(cut):
    framing = Rtu()
    assert framing.feed(ARC_REPLY[:cut]) + framing.feed(ARC_REPLY[cut:]) == [ARC_REPLY]
    assert framing.leftover == b""


@given(st.lists(rtu_replies, min_size=1, max_size=4), cuts)
def test_rtu_replies_split_and_merged_anyhow(replies, cuts):
    assert fed(Rtu(), b"".join(replies), cuts) == replies


@given(rtu_replies, st.binary(max_size=12))
def test_an_rtu_reply_is_found_behind_noise(reply, noise):
    assert Rtu().feed(noise + reply)[-1] == reply


@given(rtu_replies, st.integers(0, 400))
def test_a_flipped_bit_gives_no_rtu_frame(reply, bit):
    damaged = bytearray(reply)
    damaged[bit // 8 % len(reply)] ^= 1 << bit % 8
    framing = Rtu()
    assert reply not in framing.feed(bytes(damaged))


def test_an_echoed_request_is_no_rtu_reply():
    assert Rtu().feed(ARC_REQUEST + ARC_REPLY) == [ARC_REPLY]


def test_an_rtu_exception_and_a_write_answer():
    exception, written = rtu_frame(b"\x01\x83\x02"), rtu_frame(bytes.fromhex("011010bf0004"))
    assert Rtu().feed(exception + written) == [exception, written]


@given(st.lists(oem_replies, min_size=1, max_size=4), cuts)
def test_oem_replies_split_and_merged_anyhow(replies, cuts):
    assert fed(OemXor(), b"".join(replies), cuts) == replies


@given(oem_replies, st.binary(max_size=8).filter(lambda noise: STX not in noise))
def test_an_oem_reply_is_found_behind_line_synchronisation(reply, noise):
    assert OemXor().feed(noise + reply) == [reply]


def test_an_oem_reply_is_found_behind_half_a_frame():
    assert OemXor().feed(b"\x020`" + bytes.fromhex("0230600351")) == [bytes.fromhex("0230600351")]


@given(oem_replies, st.integers(0, 400))
def test_a_flipped_bit_gives_no_oem_frame_of_that_content(reply, bit):
    damaged = bytearray(reply)
    damaged[bit // 8 % len(reply)] ^= 1 << bit % 8
    assert reply not in OemXor().feed(bytes(damaged))


@given(st.lists(lines.filter(lambda line: b",end" not in line), min_size=1, max_size=4), cuts)
def test_lines_split_and_merged_anyhow(content, cuts):
    for terminator in (b"\r", b"\n", b"\x03"):
        assert fed(Delimited(terminator), terminator.join([*content, b""]), cuts) == content


@given(cuts)
def test_evolver_frames_end_with_a_word(cuts):
    stream = b"stire,8,8,end\r\ntempb,1,2,end"
    assert fed(Delimited(b",end"), stream, cuts) == [b"stire,8,8", b"tempb,1,2"]


def test_what_is_incomplete_is_left_over_until_reset():
    framing = Delimited(b"\r")
    assert framing.feed(b"A +01") == []
    assert framing.leftover == b"A +01"
    framing.reset()
    assert framing.feed(b"4.70\r") == [b"4.70"]


@pytest.mark.parametrize("blank", [b"", b" \t", b"\x1c\x1f", b"\v\x1d \x1e"])
def test_a_line_without_words_is_no_line(blank):
    assert Delimited(b"\r").feed(blank + b"\rA 1\r") == [b"A 1"]
