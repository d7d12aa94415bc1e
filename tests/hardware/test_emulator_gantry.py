"""The gantry emulator: what is answered when, and where the needle really is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.emulators.gantry import QUEUE_LENGTH, Gantry

HOMED_S = 10.0


def make_gantry() -> Gantry:
    return Gantry(limits=((0, 400), (0, 300), (0, 80)), speeds=(200.0, 200.0, 50.0))


@pytest.fixture
def gantry() -> Gantry:
    gantry = make_gantry()
    gantry.feed(b"G28\n", 0.0)
    return gantry


def answer(gantry: Gantry, data: bytes, now_s: float = HOMED_S) -> bytes:
    return b"".join(emission.data for emission in gantry.feed(data, now_s))


def where(gantry: Gantry) -> bytes:
    return answer(gantry, b"M114\n").split(b" E:")[0]


def test_homing_ends_at_the_switches_and_answers_there():
    gantry = make_gantry()
    (emission,) = gantry.feed(b"G28\n", 0.0)
    assert emission.data == b"ok\n"
    assert emission.delay_s == pytest.approx(4.0, abs=0.01)
    assert gantry.position(HOMED_S) == (0, 0, 80)
    assert where(gantry) == b"X:0.00 Y:0.00 Z:80.00"


def test_a_move_is_answered_at_once_and_m400_when_it_has_ended(gantry):
    go, wait = gantry.feed(b"G0 X100 F6000\nM400\n", HOMED_S)
    assert (go.data, wait.data) == (b"ok\n", b"ok\n")
    assert go.delay_s < 0.01
    assert wait.delay_s == pytest.approx(1.0, abs=0.01)
    assert gantry.position(HOMED_S + 0.501) == (pytest.approx(50, abs=0.2), 0, 80)
    assert gantry.position(HOMED_S + 2) == (100, 0, 80)


def test_the_position_asked_for_is_the_target(gantry):
    assert answer(gantry, b"G0 X100 F6000\nM114\n") == (
        b"ok\nX:100.00 Y:0.00 Z:80.00 E:0.00 Count X:0 Y:0 Z:0\nok\n"
    )


def test_no_axis_is_faster_than_it_can_be(gantry):
    _, wait = gantry.feed(b"G0 X200 Z30 F60000\nM400\n", HOMED_S)
    assert wait.delay_s == pytest.approx(1.0, abs=0.01)


def test_a_full_queue_holds_the_answer_back(gantry):
    moves = b"".join(b"G0 X%d F6000\n" % (100 * (i % 2 + 1)) for i in range(QUEUE_LENGTH + 1))
    *queued, held = gantry.feed(moves, HOMED_S)
    assert all(emission.delay_s < 0.1 for emission in queued)
    assert held.delay_s == pytest.approx(1.0, abs=0.1)


def test_targets_outside_are_cut_silently(gantry):
    assert answer(gantry, b"G0 X999 Y-5 Z10\n") == b"ok\n"
    assert where(gantry) == b"X:400.00 Y:0.00 Z:10.00"


def test_relative_moves_add_up(gantry):
    assert answer(gantry, b"G91\nG0 X5\nG0 X5 Y2\nG90\nG1 Z70\n") == b"ok\n" * 5
    assert where(gantry) == b"X:10.00 Y:2.00 Z:70.00"


def test_no_move_before_homing_and_none_without_current():
    gantry = make_gantry()
    assert answer(gantry, b"G0 X10\n", 0.0) == b"echo:Home XYZ First\nok\n"
    gantry.feed(b"G28\nM84\n", 0.0)
    assert answer(gantry, b"G0 X10\n") == b"echo:Home XYZ First\nok\n"


@pytest.mark.parametrize("junk", ["G99", "G0 X1 ?", "HELLO", "M999"])
def test_complains_of_unknown_commands(gantry, junk):
    assert answer(gantry, f"{junk}\n".encode()) == f'echo:Unknown command: "{junk}"\nok\n'.encode()


def test_comments_and_empty_lines_have_no_answer(gantry):
    assert answer(gantry, b"\r\n; hello\n(home) G90 ; absolute\n") == b"ok\n"


def test_numbered_lines_are_checked(gantry):
    def numbered(text: bytes) -> bytes:
        checksum = 0
        for byte in text:
            checksum ^= byte
        return b"%s*%d\n" % (text, checksum)

    assert answer(gantry, numbered(b"N0 M110")) == b"ok\n"
    assert answer(gantry, numbered(b"N1 G0 X10")) == b"ok\n"
    damaged = numbered(b"N2 G0 X20").replace(b"X20", b"X30")
    assert answer(gantry, damaged) == (b"Error:checksum mismatch, Last Line: 1\nResend: 2\nok\n")
    assert answer(gantry, numbered(b"N3 G0 X20")).startswith(b"Error:Line Number is not")
    assert where(gantry) == b"X:10.00 Y:0.00 Z:80.00"


def test_a_line_split_anywhere_gets_the_same_answer(gantry):
    line = b"M114\n"
    whole = answer(gantry, line)
    for cut in range(1, len(line)):
        assert answer(gantry, line[:cut]) + answer(gantry, line[cut:]) == whole


@given(
    st.lists(
        st.binary(max_size=30) | st.text("GMXYZFPSN*0123456789.- \n", max_size=40).map(str.encode)
    )
)
def test_no_bytes_crash_it_or_drive_it_out_of_its_limits(chunks):
    gantry = make_gantry()
    gantry.feed(b"G28\n", 0.0)
    for now_s, chunk in enumerate([*chunks, b"\n"]):
        assert all(emission.delay_s >= 0 for emission in gantry.feed(chunk, float(now_s)))
        x, y, z = gantry.position(float(now_s))
        assert 0 <= x <= 400
        assert 0 <= y <= 300
        assert 0 <= z <= 80
