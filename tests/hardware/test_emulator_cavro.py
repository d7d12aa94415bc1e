"""The Cavro emulator against frames of the manual, and what it does with a repeat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.emulators.cavro import Cavro

INITIALISE = bytes.fromhex("02 31 31 5a 52 03 09")
MOVE_3000 = bytes.fromhex("02 31 32 41 33 30 30 30 52 03 12")
MOVE_3000_AGAIN = bytes.fromhex("02 31 3a 41 33 30 30 30 52 03 1a")
READY, BUSY = bytes.fromhex("02 30 60 03 51"), bytes.fromhex("02 30 40 03 71")


class Rig:
    """A pump with its strokes written down; 3000 steps are 1 mL."""

    def __init__(self) -> None:
        self.strokes: list[tuple[float, str]] = []
        self.pump = Cavro(1, 1.0, 3000, lambda ml, valve, now_s: self.strokes.append((ml, valve)))

    def answer(self, data: bytes, now_s: float) -> bytes:
        return b"".join(emission.data for emission in self.pump.feed(data, now_s))

    def drawn_ml(self, now_s: float) -> float:
        self.pump.settle(now_s)
        return sum(volume_ml for volume_ml, _ in self.strokes)


def oem(sequence: int, text: str, repeat: bool = False, address: int = 0x31) -> bytes:
    frame = bytes([2, address, (0x38 if repeat else 0x30) | sequence]) + text.encode() + b"\x03"
    checksum = 0
    for byte in frame:
        checksum ^= byte
    return frame + bytes([checksum])


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.answer(INITIALISE, 0.0)
    rig.pump.settle(10.0)
    return rig


def status(reply: bytes) -> tuple[bool, int]:
    """Ready or not, and the error."""
    return bool(reply[2] & 0x20), reply[2] & 0x0F


def test_frames_of_the_manual(rig):
    assert oem(1, "ZR") == INITIALISE
    assert oem(2, "A3000R", repeat=True) == MOVE_3000_AGAIN
    assert Rig().answer(INITIALISE, 0.0) == BUSY
    assert rig.answer(MOVE_3000, 10.0) == BUSY
    assert rig.answer(oem(3, "Q"), 11.0) == BUSY
    assert rig.answer(oem(4, "Q"), 30.0) == READY
    assert rig.answer(oem(5, "?"), 30.0) == b"\x020`3000\x03R"


def test_the_plunger_takes_its_time(rig):
    """3000 steps are 6000 half-steps; at 1400 a second they take 4.29 s."""
    rig.answer(MOVE_3000, 10.0)
    assert rig.drawn_ml(10.0 + 2.1428) == pytest.approx(0.5, abs=1e-4)
    assert status(rig.answer(oem(3, "Q"), 14.28)) == (False, 0)
    assert status(rig.answer(oem(4, "Q"), 14.29)) == (True, 0)
    assert rig.strokes[-1][1] == "output"


def test_a_repeat_is_acknowledged_and_not_executed(rig):
    rig.answer(MOVE_3000, 10.0)
    done = rig.pump.executed
    assert rig.answer(MOVE_3000_AGAIN, 20.0) == READY
    assert rig.answer(oem(3, "A0R"), 20.0) == BUSY
    assert rig.pump.executed == done + 1


def test_a_repeat_of_a_command_that_was_lost_is_executed(rig):
    rig.answer(MOVE_3000_AGAIN, 10.0)
    assert rig.drawn_ml(20.0) == pytest.approx(1.0)


def test_a_number_that_never_rotates_loses_a_repeated_dose(rig):
    """A driver that always sends number 1 believes the second move was made."""
    rig.answer(oem(1, "A1000R"), 10.0)
    rig.answer(oem(1, "A2000R", repeat=True), 20.0)
    assert rig.drawn_ml(40.0) == pytest.approx(1 / 3)


def test_moves_before_initialisation_are_refused():
    rig = Rig()
    assert status(rig.answer(oem(1, "A100R"), 0.0)) == (True, 7)
    assert status(rig.answer(oem(2, "Q"), 0.0)) == (True, 7)
    rig.answer(oem(3, "ZR"), 0.0)
    assert status(rig.answer(oem(4, "Q"), 10.0)) == (True, 0)


def test_a_bad_operand_shows_only_in_the_next_query(rig):
    assert status(rig.answer(oem(2, "A3001R"), 10.0)) == (True, 0)
    assert status(rig.answer(oem(3, "Q"), 10.0)) == (True, 3)
    assert status(rig.answer(oem(4, "Q"), 10.0)) == (True, 0)


def test_a_bad_command_and_a_move_while_moving(rig):
    assert status(rig.answer(oem(2, "A100Y5*R"), 10.0)) == (True, 2)
    rig.answer(oem(3, "A3000R"), 10.0)
    assert status(rig.answer(oem(4, "A0R"), 11.0)) == (False, 15)
    assert rig.drawn_ml(30.0) == pytest.approx(1.0)


def test_a_plunger_does_not_move_with_the_valve_on_bypass(rig):
    rig.answer(oem(2, "BA100R"), 10.0)
    assert status(rig.answer(oem(3, "Q"), 20.0)) == (True, 11)
    assert rig.answer(oem(4, "?"), 20.0)[3:-2] == b"0"


def test_termination_leaves_the_plunger_where_it_is(rig):
    rig.answer(oem(2, "V600A3000R"), 10.0)
    assert status(rig.answer(oem(3, "T"), 15.0)) == (True, 0)
    assert rig.answer(oem(4, "?"), 30.0)[3:-2] == b"1500"
    assert rig.drawn_ml(60.0) == pytest.approx(0.5)


def test_a_program_turns_the_valve_between_strokes(rig):
    rig.answer(oem(2, "IA1500OA0R"), 10.0)
    rig.pump.settle(60.0)
    assert rig.strokes == [
        (pytest.approx(0.5), "input"),
        (pytest.approx(-0.5), "output"),
    ]
    assert rig.answer(oem(3, "?6"), 60.0)[3:-2] == b"o"


def test_a_string_without_r_waits_for_it(rig):
    rig.answer(oem(2, "A300"), 10.0)
    assert rig.drawn_ml(20.0) == 0.0
    rig.answer(oem(3, "R"), 20.0)
    assert rig.drawn_ml(30.0) == pytest.approx(0.1)


def test_dt_frames():
    rig = Rig()
    assert rig.answer(b"/1ZR\r", 0.0) == b"/0@\x03\r\n"
    assert rig.answer(b"/1Q\r", 10.0) == b"/0`\x03\r\n"
    assert rig.answer(b"/1?\r", 10.0) == b"/0`0\x03\r\n"


def test_the_protocol_is_latched_at_first_contact(rig):
    assert rig.answer(b"/1Q\r", 10.0) == b""
    other = Rig()
    other.answer(b"/1Q\r", 0.0)
    assert other.answer(INITIALISE, 0.0) == b""


def test_is_silent_to_damage_and_to_other_addresses(rig):
    damaged = bytearray(MOVE_3000)
    damaged[4] ^= 1
    assert rig.answer(bytes(damaged), 10.0) == b""
    assert rig.answer(oem(2, "A10R", address=0x32), 10.0) == b""
    assert rig.answer(b"\xff\x02\x31" + MOVE_3000, 10.0) == BUSY
    assert rig.drawn_ml(30.0) == pytest.approx(1.0)


def test_everyone_obeys_and_nobody_answers(rig):
    assert rig.answer(oem(2, "A300R", address=0x5F), 10.0) == b""
    assert rig.drawn_ml(30.0) == pytest.approx(0.1)


@pytest.mark.parametrize("message", [INITIALISE, MOVE_3000, b"/1ZR\r"])
def test_a_message_split_anywhere_gets_the_same_answer(message):
    whole = Rig().answer(message, 0.0)
    assert whole
    for cut in range(1, len(message)):
        rig = Rig()
        assert rig.answer(message[:cut], 0.0) + rig.answer(message[cut:], 0.0) == whole


@given(
    st.lists(
        st.binary(max_size=20)
        | st.builds(oem, st.integers(1, 7), st.text("ZAPDIOBVMTQR?0123456789,", max_size=12))
    )
)
def test_no_bytes_crash_it(chunks):
    rig = Rig()
    for now_s, chunk in enumerate(chunks):
        rig.answer(chunk, float(now_s))
        assert -1e-9 <= rig.drawn_ml(now_s) <= 1.0 + 1e-9
