"""The emulated Reglo ICC and Watson-Marlow pumps by their manuals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.emulators import Plant
from hardware.emulators.ismatec import RegloIcc
from hardware.emulators.ismatec import Tube as IccTube
from hardware.emulators.watson_marlow import DuPump, Tube, WatsonMarlowLine
from tests.hardware.standin import StandInCulture


def plant():
    return Plant({"A1": StandInCulture(), "A2": StandInCulture()}, noise=False)


class Rig:
    """An emulator with its plant."""

    def __init__(self, make) -> None:
        self.plant = plant()
        self.device = make(self.plant)

    def answer(self, data: bytes, now_s: float) -> bytes:
        return b"".join(emission.data for emission in self.device.feed(data, now_s))

    def given(self, vessel: str, now_s: float) -> float:
        self.plant.settle(now_s)
        return sum(self.plant.received[vessel].values())


@pytest.fixture
def icc() -> Rig:
    tubes = {1: IccTube("A1", "base", True), 2: IccTube("A2", "acid", False)}
    rig = Rig(lambda plant: RegloIcc(plant, tubes))
    assert rig.answer(b"1~1\r1xE0\r", 0.0) == b"**"
    return rig


@pytest.fixture
def line() -> Rig:
    def make(plant):
        tube = Tube("A1", "base", 0.5, True)
        other = Tube("A2", "acid", 2.0, False)
        return WatsonMarlowLine([DuPump(1, plant, tube, 10_982), DuPump(2, plant, other, 10_982)])

    return Rig(make)


def test_icc_doses_a_volume_at_a_rate_and_stops(icc):
    assert icc.answer(b"1O\r1xf1\r1J\r", 0.0) == b"***"
    assert icc.answer(b"1f2000+0\r1v1500+0\r", 0.0) == b"2000E+0\r\n1500E+0\r\n"
    assert icc.answer(b"1E\r1H\r1E\r2E\r", 0.0) == b"-*+-"
    assert icc.given("A1", 30.0) == pytest.approx(1.0)
    assert icc.answer(b"1E\r", 44.9) == b"+"
    assert icc.answer(b"1E\r", 45.1) == b"-"
    assert icc.given("A1", 100.0) == pytest.approx(1.5)
    assert icc.given("A2", 100.0) == 0.0


def test_icc_runs_at_a_rate_until_it_is_stopped(icc):
    icc.answer(b"2M\r2xf1\r2K\r2f1200-1\r2H\r", 0.0)
    assert icc.given("A2", 600.0) == pytest.approx(1.2)
    assert icc.answer(b"2I\r", 600.0) == b"*"
    assert icc.given("A2", 900.0) == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("setting", "cause"),
    [
        (b"1f5000+1\r1v1000+0\r", b"R|3500E+1\r\n"),
        (b"1f1000+0\r1v0000+0\r", b"V|9999E+2\r\n"),
        (b"1f1000+0\r1v1000+0\r1L\r", b"C|0000E+0\r\n"),
    ],
)
def test_icc_refuses_to_start_and_says_why(icc, setting, cause):
    icc.answer(b"1O\r1xf1\r", 0.0)
    icc.answer(setting, 0.0)
    assert icc.answer(b"1H\r", 0.0) == b"-"
    assert icc.answer(b"1xe\r", 0.0) == cause
    assert icc.device.started == 0


def test_icc_reports(icc):
    assert icc.answer(b"1#\r1xA\r1~\r1xE\r1xM\r1xD\r1xf\r", 0.0) == (
        b"REGLO ICC 0208 306\r\n4\r\n1\r\n0\r\nL\r\nJ\r\n0\r\n"
    )
    assert icc.answer(b"1f12\r5E\r1Z\rrubbish\r", 0.0) == b"####"


def test_icc_forgets_without_power(icc):
    icc.answer(b"1O\r1xf1\r1f2000+0\r1v1500+0\r1H\r", 0.0)
    icc.device.power_cycle(15.0)
    assert icc.given("A1", 100.0) == pytest.approx(0.5)
    assert icc.answer(b"1~\r1xE\r1v\r", 100.0) == b"0\r\n1\r\n0000E+0\r\n"


def test_icc_that_turns_the_wrong_way_is_seen(icc):
    icc.answer(b"1O\r1xf1\r1K\r1f2000+0\r1v1000+0\r1H\r", 0.0)
    assert icc.given("A1", 60.0) == 0.0
    assert icc.plant.lost


def test_watson_marlow_status_is_the_manuals(line):
    assert line.answer(b"1RS\r", 0.0) == b"520Du 0.50 520R 9.6MM 100.0 CW P/N 1 0 0 !"


def test_watson_marlow_doses_pulses_at_its_speed(line):
    assert line.answer(b"1SP60.0\r", 0.0) == b""
    assert line.answer(b"1DO21964\r", 0.1) == b""
    assert line.given("A1", 1.1) == pytest.approx(0.5)
    assert line.answer(b"1RS\r", 1.1).endswith(b"P/N 1 10982 1 !")
    assert line.given("A1", 9.0) == pytest.approx(1.0)
    assert line.answer(b"1ZY\r", 9.1) == b"0"
    assert line.answer(b"1RT\r", 9.2) == b"21964!"
    assert line.given("A2", 9.2) == 0.0


def test_watson_marlow_commands_need_10_ms_between_them(line):
    line.answer(b"1SP60.0\r1RL\r", 0.0)
    assert b"60.0 CW" in line.answer(b"1RS\r", 0.1)
    assert line.answer(b"1RS\r", 0.105) == b""


def test_watson_marlow_runs_on_changes_speed_and_stops(line):
    line.answer(b"2RL\r", 0.0)
    line.answer(b"2GO\r", 1.0)
    line.answer(b"2SP30.0\r", 61.0)
    line.answer(b"#ST\r", 121.0)
    assert line.given("A2", 500.0) == pytest.approx(100 * 2.0 + 30 * 2.0)


def test_watson_marlow_forgets_without_power(line):
    line.answer(b"1SP60.0\r", 0.0)
    line.answer(b"1DO21964\r", 0.1)
    line.device.power_cycle(1.1)
    assert line.given("A1", 10.0) == pytest.approx(0.5)
    assert line.answer(b"1RS\r", 10.0) == b"520Du 0.50 520R 9.6MM 100.0 CW P/N 1 0 0 !"


COMMANDS = st.text("0123456789#xEMHIJKLMOfvS~PDRGTC.,+-\r", max_size=14).map(str.encode)


@given(st.lists(st.binary(max_size=16) | COMMANDS))
def test_no_bytes_crash_them(chunks):
    icc = Rig(lambda plant: RegloIcc(plant, {1: IccTube("A1", "base", True)}))
    line = Rig(
        lambda plant: WatsonMarlowLine([DuPump(1, plant, Tube("A1", "base", 0.5, True), 800)])
    )
    for now_s, chunk in enumerate(chunks):
        for rig in (icc, line):
            rig.answer(chunk, float(now_s))
            assert rig.given("A1", now_s + 0.5) >= 0.0
