"""The Microlab emulator by the rules of protocol 1/RNO+."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.emulators.cavro import Cavro
from hardware.emulators.hamilton_ml600 import Microlab600

ACK, NAK = b"\x06", b"\x15"


class Rig:
    """A unit with its strokes written down; 48 000 steps are 1 mL."""

    def __init__(self, place: int = 1) -> None:
        self.strokes: list[tuple[float, str]] = []
        self.pump = Microlab600(place, 1.0, lambda ml, valve, at: self.strokes.append((ml, valve)))

    def answer(self, data: bytes, now_s: float) -> bytes:
        return b"".join(emission.data for emission in self.pump.feed(data, now_s))

    def drawn_ml(self, now_s: float) -> float:
        self.pump.settle(now_s)
        return sum(volume_ml for volume_ml, _ in self.strokes)


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    assert rig.answer(b"1a\r", 0.0) == b"1b\r"
    assert rig.answer(b"aXR\r", 0.0) == ACK + b"\r"
    rig.pump.settle(20.0)
    return rig


def test_hears_only_its_letter_and_only_once_it_has_one():
    rig = Rig(place=3)
    assert rig.answer(b"cF\r", 0.0) == b""
    assert rig.answer(b"1a\r", 0.0) == b"1d\r"
    assert rig.answer(b"bF\r", 0.0) == b""
    assert rig.answer(b"cF\r", 0.0) == ACK + b"Y\r"
    assert rig.answer(b":XR\r", 0.0) == b""
    assert rig.pump.initialised


def test_a_move_takes_its_seconds_a_stroke(rig):
    assert rig.answer(b"aOM24000S10R\r", 20.0) == ACK + b"\r"
    assert rig.answer(b"aF\r", 24.9) == ACK + b"*\r"
    assert rig.answer(b"aE1\r", 24.9) == ACK + b"F\r"
    assert rig.answer(b"aYQPR\r", 24.9) == ACK + b"23520\r"
    assert rig.answer(b"aF\r", 25.4) == ACK + b"Y\r"
    assert rig.answer(b"aYQP\r", 25.4) == ACK + b"24000\r"
    assert rig.drawn_ml(25.4) == pytest.approx(0.5)
    assert rig.strokes[-1][1] == "output"
    assert rig.answer(b"aT1\r", 30.0) == ACK + b"O\r"


@pytest.mark.parametrize("text", [b"aQQR\r", b"aM48001S10R\r", b"aM100S1R\r", b"aM100S9999R\r"])
def test_refuses_and_says_so_in_e1_once(rig, text):
    assert rig.answer(text, 20.0) == NAK + b"\r"
    assert rig.answer(b"aE1\r", 20.0) == ACK + b"H\r"
    assert rig.answer(b"aE1\r", 20.0) == ACK + b"@\r"
    assert rig.drawn_ml(60.0) == 0.0


def test_refuses_while_it_moves(rig):
    rig.answer(b"aIM48000S10R\r", 20.0)
    assert rig.answer(b"aM0S10R\r", 22.0) == NAK + b"\r"
    assert rig.drawn_ml(40.0) == pytest.approx(1.0)


def test_without_its_zero_it_acknowledges_and_does_nothing(rig):
    rig.answer(b"aIM24000S2R\r", 20.0)
    rig.pump.power_cycle(30.0)
    assert rig.answer(b"aF\r", 30.0) == b""
    rig.answer(b"1a\r", 30.0)
    assert rig.answer(b"aYQPR\r", 30.0) == ACK + b"0\r"
    assert rig.answer(b"aOM0S2R\r", 30.0) == ACK + b"\r"
    assert rig.answer(b"aE1\r", 40.0) == ACK + b"P\r"
    assert rig.drawn_ml(40.0) == pytest.approx(0.5)
    rig.answer(b"aXR\r", 40.0)
    assert rig.drawn_ml(60.0) == pytest.approx(0.0)


def test_a_string_without_r_waits_and_can_be_dropped(rig):
    assert rig.answer(b"aIM480S2\r", 20.0) == ACK + b"\r"
    assert rig.answer(b"aF\r", 20.0) == ACK + b"N\r"
    rig.answer(b"aR\r", 20.0)
    assert rig.drawn_ml(30.0) == pytest.approx(0.01)
    rig.answer(b"aM0S2\r", 30.0)
    rig.answer(b"aV\r", 30.0)
    assert rig.answer(b"aR\r", 30.0) == NAK + b"\r"


@given(st.lists(st.binary(max_size=20) | st.text("a1XIOMPDSKVRFEYQ0123456789\r:", max_size=12)))
def test_no_bytes_crash_it(chunks):
    rig = Rig()
    rig.answer(b"1a\raXR\r", 0.0)
    for now_s, chunk in enumerate(chunks):
        rig.answer(chunk if isinstance(chunk, bytes) else chunk.encode(), 20.0 + now_s)
        assert -1e-9 <= rig.drawn_ml(20.0 + now_s) <= 1.0 + 1e-9


def test_a_psd4_counts_in_the_resolution_it_was_told():
    strokes: list[float] = []
    pump = Cavro(
        1, 1.0, 3000, lambda ml, valve, at: strokes.append(ml), ("dt",), (2, 5800),
        {"0": 3000, "1": 24_000},
    )  # fmt: skip
    assert pump.feed(b"\x021" + b"1ZR\x03\x09", 0.0) == [], "no OEM"
    pump.feed(b"/1N1ZR\r", 0.0)
    pump.feed(b"/1V6000A12000R\r", 10.0)
    assert pump.feed(b"/1Q\r", 10.0)[0].data == b"/0c\x03\r\n", "5800 pulses/s at most"
    pump.feed(b"/1V5800A12000R\r", 11.0)
    pump.settle(20.0)
    assert sum(strokes) == pytest.approx(0.5)
    pump.power_cycle(20.0)
    assert pump.feed(b"/1?\r", 20.0)[0].data == b"/0`0\x03\r\n"
    pump.feed(b"/1N0ZR\r", 20.0)
    pump.feed(b"/1A1500R\r", 30.0)
    pump.settle(60.0)
    assert sum(strokes) == pytest.approx(0.5)
