"""The Arc emulator against frames of the manual, and the memory port it is read through."""

import struct

import pytest
from fastcrc.crc16 import modbus as crc16
from hypothesis import given
from hypothesis import strategies as st

from hardware.emulators.hamilton_arc import HamiltonArc
from hardware.emulators.line import EmulatedLine, bits_per_byte
from hardware.emulators.memory import MemoryPort
from hardware.emulators.modbus_rtu import RtuSegment
from hardware.emulators.plant import Plant
from tests.hardware.standin import StandInCulture

READ_PH = bytes.fromhex("01 03 08 29 00 0a 16 65")
PH_4_02503 = bytes.fromhex(
    "01 03 14 10 00 00 00 cd 0c 40 80 00 00 00 00 00 00 00 00 00 00 41 60 77 0d"
)
READ_TEMPERATURE = bytes.fromhex("01 04 09 69 00 0a a3 8d")


def with_crc(frame: bytes) -> bytes:
    return frame + crc16(frame).to_bytes(2, "little")


def segment(**values: float) -> RtuSegment:
    plant = Plant({"A1": StandInCulture(**values), "A2": StandInCulture()}, noise=False)
    return RtuSegment({1: HamiltonArc(plant, "A1", "ph", 1), 2: HamiltonArc(plant, "A2", "do", 2)})


def answer(devices: RtuSegment, request: bytes, now_s: float = 1.0) -> bytes:
    return b"".join(emission.data for emission in devices.feed(request, now_s))


def test_reads_the_ph_block_as_the_manual_shows_it():
    assert answer(segment(ph=4.02503), READ_PH) == PH_4_02503


def test_reads_the_temperature_block_with_function_4():
    reply = answer(segment(temperature=36.5), READ_TEMPERATURE)
    assert reply[:3] == b"\x01\x04\x14"
    assert reply[3:7] == b"\x00\x04\x00\x00"
    assert struct.unpack(">f", reply[9:11] + reply[7:9]) == (36.5,)
    assert crc16(reply) == 0


def test_high_first_words():
    plant = Plant({"A1": StandInCulture(ph=4.02503)}, noise=False)
    devices = RtuSegment({1: HamiltonArc(plant, "A1", "ph", 1, "high-first")})
    reply = answer(devices, READ_PH)
    assert reply[3:11] == b"\x00\x00\x10\x00" + struct.pack(">f", 4.02503)


@pytest.mark.parametrize(
    ("request_frame", "reply"),
    [
        (b"\x01\x03\x08\x2b\x00\x02", b"\x01\x83\x02"),  # the value alone is not allowed
        (b"\x01\x03\x08\x29\x00\x09", b"\x01\x83\x02"),
        (b"\x01\x04\x00\x00\x00\x01", b"\x01\x84\x02"),
        (b"\x01\x06\x08\x29\x00\x0a", b"\x01\x86\x01"),
        (b"\x01\x10\x10\xbf\x00\x04\x07" + bytes(7), b"\x01\x90\x03"),
    ],
)
def test_refuses_with_an_exception(request_frame, reply):
    assert answer(segment(), with_crc(request_frame)) == with_crc(reply)


def test_operator_level_needs_its_password():
    devices = segment()

    def low_first(number: int) -> bytes:
        return struct.pack(">HH", number & 0xFFFF, number >> 16)

    head = bytes.fromhex("01 10 10 bf 00 04 08")
    specialist = with_crc(head + low_first(0x30) + low_first(16021966))
    wrong = with_crc(head + low_first(0x30) + low_first(1))
    read_level = with_crc(bytes.fromhex("01 03 10 bf 00 04"))
    assert answer(devices, wrong) == with_crc(b"\x01\x90\x03")
    assert answer(devices, read_level)[3:5] == b"\x00\x03"
    assert answer(devices, specialist) == with_crc(head[:6])
    assert answer(devices, read_level)[3:5] == b"\x00\x30"


def test_is_silent_to_a_wrong_crc_and_a_foreign_address():
    devices = segment()
    assert answer(devices, READ_PH[:-1] + b"\x00", 1.0) == b""
    assert answer(devices, READ_PH, 1.001) == b"", "only silence ends a damaged frame"
    assert answer(devices, READ_PH, 2.0) != b""
    assert answer(devices, with_crc(b"\x09" + READ_PH[1:6]), 3.0) == b""


@pytest.mark.parametrize("request_frame", [READ_PH, READ_TEMPERATURE])
def test_a_frame_split_anywhere_gets_the_same_answer(request_frame):
    whole = answer(segment(), request_frame)
    for cut in range(1, len(request_frame)):
        devices = segment()
        assert answer(devices, request_frame[:cut], 1.0) == b""
        assert answer(devices, request_frame[cut:], 1.002) == whole


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_bytes_crash_it_and_silence_restores_it(chunks):
    devices = segment()
    for chunk in chunks:
        devices.feed(chunk, 1.0)
    assert answer(devices, READ_PH, 5.0) == answer(segment(), READ_PH)


def test_a_transaction_takes_its_wire_time():
    port = MemoryPort(EmulatedLine([segment()], 19200, "8N2"))
    port.begin(100.0)
    port.write(READ_PH)
    assert port.now() == pytest.approx(100 + 8 * 11 / 19200)
    assert len(port.read_some(101.0)) == 25
    assert port.now() == pytest.approx(100 + 33 * 11 / 19200 + 0.015)
    assert port.read_some(100.5) == b""
    assert port.now() == 100.5


def test_a_deadline_within_a_reply_cuts_it():
    byte_s = 11 / 19200
    port = MemoryPort(EmulatedLine([segment(ph=4.02503)], 19200, "8N2"))
    port.write(READ_PH)
    assert port.read_some(8 * byte_s + 0.014) == b""
    assert port.read_some(18.5 * byte_s + 0.015) == PH_4_02503[:10]
    assert port.read_some(1.0) == PH_4_02503[10:]


def test_dropped_input_is_what_had_arrived():
    byte_s = 11 / 19200
    port = MemoryPort(EmulatedLine([segment(ph=4.02503)], 19200, "8N2"))
    port.write(READ_PH)
    port.begin(18.5 * byte_s + 0.015)
    port.drop_input()
    assert port.read_some(1.0) == PH_4_02503[10:]
    port.write(READ_PH)
    port.begin(5.0)
    port.drop_input()
    assert port.read_some(6.0) == b""


def test_frames_count_their_bits():
    assert [bits_per_byte(frame) for frame in ("8N1", "8N2", "7E1", "7O2")] == [10, 11, 10, 11]
    with pytest.raises(ValueError, match="'9N1' is no serial frame"):
        bits_per_byte("9N1")
