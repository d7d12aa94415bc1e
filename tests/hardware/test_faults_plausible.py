"""Readings that no checksum protects: what passes, what is asked again, what is not believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.bus import Bus
from hardware.errors import DamagedReply
from hardware.plausible import STEPS, Confirmed, Step
from tests.hardware.scripted import ScriptedPort


class Answers:
    """Gives one reading after the other and counts the questions."""

    def __init__(self, *readings):
        self.readings = list(readings)
        self.asked = 0

    def __call__(self, bus):
        self.asked += 1
        return self.readings.pop(0)


def believed(*readings, times, channel="ph"):
    """The readings that pass, and how many questions each cost."""
    answers, bus = Answers(*readings), Bus(ScriptedPort([]))
    confirmed = Confirmed(channel, answers)
    passed = []
    for _ in range(times):
        before = answers.asked
        try:
            passed.append((confirmed(bus), answers.asked - before))
        except DamagedReply as error:
            passed.append((str(error), answers.asked - before))
    return passed, bus.health.doubted


def test_the_first_reading_is_asked_twice_and_a_steady_one_once():
    assert believed(7.0, 7.01, 7.05, 7.1, times=3) == ([(7.01, 2), (7.05, 1), (7.1, 1)], 0)


def test_a_jump_that_comes_twice_is_true():
    assert believed(7.0, 7.0, 5.0, 5.01, times=2) == ([(7.0, 2), (5.01, 2)], 0)


def test_a_flipped_bit_is_put_right_by_the_second_reading():
    assert believed(7.0, 7.0, 3.0, 7.02, 7.01, times=2) == ([(7.0, 2), (7.01, 3)], 1)


def test_a_flipped_bit_that_tells_the_old_value_is_not_believed_either():
    assert believed(7.0, 7.0, 5.0, 7.0, 5.0, 5.0, times=2) == ([(7.0, 2), (5.0, 4)], 2)


def test_readings_that_never_agree_are_not_believed():
    passed, doubted = believed(7.0, 7.0, 3.0, 5.0, 9.0, 1.0, 7.0, times=3)
    assert passed[1] == ("ph was 3, then 5, then 9, then 1: none of these is believed", 4)
    assert passed[2] == (7.0, 1), "the last value that was believed counts on"
    assert doubted == 3


def test_what_is_no_number_is_never_believed():
    passed, _ = believed(*[float("nan")] * 4, times=1)
    assert "none of these is believed" in passed[0][0]


def test_one_vial_of_many_is_enough_to_ask_again():
    vials = [37.0] * 16
    flipped = [37.0] * 15 + [69.0]
    passed, doubted = believed(vials, vials, flipped, vials, vials, times=2, channel="temperature")
    assert passed == [(vials, 2), (vials, 3)]
    assert doubted == 1


def test_a_step_has_a_share_of_the_value():
    assert Step(0.1, 0.1).of(-10.0) == pytest.approx(1.1)
    assert Step(2.0, 0.05).said == "2 + 5 %"
    assert Step(1.0).said == "1"


@given(
    truth=st.lists(st.floats(0.5, 13.5), min_size=2, max_size=20),
    flip=st.integers(0, 19),
    to=st.floats(0.0, 14.0),
)
def test_a_single_flip_never_passes_by_more_than_a_step(truth, flip, to):
    asked = 0

    def measure(bus):
        nonlocal asked
        asked += 1
        return to if asked == flip + 1 else value

    confirmed, bus = Confirmed("ph", measure), Bus(ScriptedPort([]))
    step, last = STEPS["ph"].of(0.0) + 1e-9, truth[0]
    for value in truth:
        try:
            said = confirmed(bus)
        except DamagedReply:
            continue
        assert abs(said - value) <= step or abs(said - last) <= step, "the truth, or no news of it"
        last = said
