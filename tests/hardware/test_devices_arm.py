"""Cavro pump and gantry against transcripts."""

from functools import reduce
from operator import xor

import pytest

from hardware.bus import Bus
from hardware.devices.cavro import CavroPump
from hardware.devices.gcode import Gantry, Point
from hardware.errors import DamagedReply, DeviceRefused, NoReply
from hardware.framing import oem_frame
from hardware.specs.liquid_handler import CavroSpec, GantrySpec
from tests.hardware.scripted import ScriptedPort

OK = ("<", 0.0, b"ok\n")

READY = oem_frame(b"\x30\x60")


def pump() -> CavroPump:
    return CavroPump(CavroSpec(family="cavro", port="p", address=1, syringe="1 mL"))


def gantry() -> Gantry:
    spec = GantrySpec(
        family="gcode", port="p", speed="400 mm/s", lift_speed="100 mm/s", travel_z="70 mm"
    )
    return Gantry(spec)


def line(number: int, text: bytes) -> tuple[str, float, bytes]:
    """A numbered line of G-code with its checksum."""
    numbered = b"N%d %s" % (number, text)
    return (">", 0.0, b"%s*%d\n" % (numbered, reduce(xor, numbered)))


START = [line(0, b"M110 N0"), OK]


def end_of(steps, bus):
    """Run a job in steps to its end, pausing on the bus's clock."""
    while True:
        try:
            bus.wait(next(steps))
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize("chunk", [0, 1, 3])
def test_cavro_initialises_and_repeats_a_move_whose_acknowledgement_was_lost(chunk):
    port = ScriptedPort.of("cavro", chunk)
    bus, cavro = Bus(port), pump()
    assert end_of(cavro.initialise(bus), bus) == 0
    assert end_of(cavro.move(bus, 3000, "O", 864.0), bus) == 3000
    assert port.finished
    sequence = [sent[2] for sent in port.sent]
    assert sequence == [0x31, 0x32, 0x33, 0x34, 0x35, 0x3D, 0x36, 0x37]


def test_cavro_position_is_the_truth_after_a_move_nobody_acknowledged():
    command = [oem_frame(bytes([0x31, x]) + b"OV1440A3000R") for x in (0x31, 0x39, 0x39)]
    steps = [(">", 0.0, sent) for sent in command]
    steps += [(">", 0.0, oem_frame(b"12Q")), ("<", 0.0, READY)]
    steps += [(">", 0.0, oem_frame(b"13?")), ("<", 0.0, oem_frame(b"\x30\x601234"))]
    bus = Bus(ScriptedPort(steps))
    assert end_of(pump().move(bus, 3000, "O", 864.0), bus) == 1234


def test_cavro_that_cannot_be_asked_gives_no_position():
    command = [oem_frame(bytes([0x31, x]) + b"OV1440A3000R") for x in (0x31, 0x39, 0x39)]
    asked = [oem_frame(bytes([0x31, x]) + b"Q") for x in (0x32, 0x3A, 0x3A)]
    bus = Bus(ScriptedPort([(">", 0.0, sent) for sent in command + asked]))
    with pytest.raises(NoReply):
        end_of(pump().move(bus, 3000, "O", 864.0), bus)


def test_cavro_reports_its_error_number():
    steps = [(">", 0.0, oem_frame(b"11Q")), ("<", 0.0, oem_frame(b"\x30\x69"))]
    status = pump().status(Bus(ScriptedPort(steps)))
    assert (status.ready, status.error) == (True, 9)


@pytest.mark.parametrize("data", [b"", b"12x", b"3001"])
def test_cavro_position_that_cannot_be_is_damaged(data):
    steps = [(">", 0.0, oem_frame(b"11?")), ("<", 0.0, oem_frame(b"\x30\x60" + data))]
    with pytest.raises(DamagedReply):
        pump().position(Bus(ScriptedPort(steps)))


def test_cavro_sequence_rotates_from_one_to_seven():
    numbers = [1, 2, 3, 4, 5, 6, 7, 1]
    steps = []
    for number in numbers:
        steps += [(">", 0.0, oem_frame(bytes([0x31, 0x30 + number]) + b"Q")), ("<", 0.0, READY)]
    bus, cavro = Bus(ScriptedPort(steps)), pump()
    assert all(cavro.status(bus).ready for _ in numbers)


@pytest.mark.parametrize("chunk", [0, 1, 4])
def test_gantry_homes_travels_high_and_verifies(chunk):
    port = ScriptedPort.of("gcode_marlin", chunk)
    bus, arm = Bus(port), gantry()
    arm.home(bus)
    end_of(arm.go(bus, Point(60, 87, 30)), bus)
    assert arm.at == Point(60, 87, 30)
    assert port.finished
    end_of(arm.go(bus, Point(60, 87, 30)), bus)  # it is there: nothing is sent


def test_gantry_reads_smoothie_positions():
    assert gantry().where(Bus(ScriptedPort.of("gcode_smoothie"))) == Point(10, 20.5, -3)


def test_gantry_that_does_not_arrive_says_so():
    bus, arm = Bus(ScriptedPort.of("gcode_refused")), gantry()
    with pytest.raises(DeviceRefused, match="Home XYZ First"):
        end_of(arm.go(bus, Point(60, 87, 70)), bus)
    assert bus.port.finished


def test_gantry_halted_is_refused():
    bus = Bus(ScriptedPort([*START, line(1, b"M114"), ("<", 0.0, b"!!\r\n")]))
    with pytest.raises(DeviceRefused, match="halted"):
        gantry().where(bus)


def test_gantry_moves_are_never_resent_unasked():
    at_home = b"X:0.00 Y:0.00 Z:70.00 E:0.00\nok\n"
    there = b"X:60.00 Y:0.00 Z:70.00 E:0.00\nok\n"
    steps = [
        *START,
        line(1, b"M114"),
        ("<", 0.0, at_home),
        line(2, b"M114"),
        ("<", 0.0, at_home),
        line(3, b"G0 X60.00 Y0.00 F24000"),  # its ok is lost
        *START,
        line(1, b"M400"),
        OK,
        line(2, b"M114"),
        ("<", 0.0, there),
    ]
    bus, arm = Bus(ScriptedPort(steps)), gantry()
    end_of(arm.go(bus, Point(60, 0, 70)), bus)
    assert bus.port.finished


def test_gantry_asks_again_what_the_firmware_could_not_read():
    told = b"X:1.00 Y:2.00 Z:3.00 E:0.00\nok\n"
    refused = b"Error:checksum mismatch, Last Line: 0\nResend: 1\nok\n"
    steps = [*START, line(1, b"M114"), ("<", 0.0, refused)]
    steps += [*START, line(1, b"M114"), ("<", 0.0, told)]
    bus = Bus(ScriptedPort(steps))
    assert gantry().where(bus) == Point(1, 2, 3)
    assert bus.port.finished


def test_gantry_is_homed_although_the_last_program_broke_off_in_a_line():
    spoilt = b"Error:checksum mismatch, Last Line: 0\nResend: 1\nok\n"
    port = ScriptedPort([line(0, b"M110 N0"), ("<", 0.0, spoilt), *START, line(1, b"G28 Z")])
    with pytest.raises(NoReply):  # the transcript ends here; homing is not tried twice
        gantry().home(Bus(port))
    assert port.finished


def test_gantry_that_smoothie_asks_to_resend_counts_anew():
    steps = [*START, line(1, b"M114"), ("<", 0.0, b"rs N1\r\n")]
    steps += [*START, line(1, b"M114"), ("<", 0.0, b"ok C: X:1.0 Y:2.0 Z:3.0\r\n")]
    assert gantry().where(Bus(ScriptedPort(steps))) == Point(1, 2, 3)


def test_an_ok_without_a_position_is_somebody_elses():
    steps = [*START, line(1, b"M114"), OK, ("<", 0.1, b"X:1.0 Y:2.0 Z:3.0\nok\n")]
    assert gantry().where(Bus(ScriptedPort(steps))) == Point(1, 2, 3)


def test_a_position_told_once_is_not_believed():
    told = [b"X:0.00 Y:0.00 Z:20.00\nok\n"] + [b"X:0.00 Y:0.00 Z:70.00\nok\n"] * 2
    steps = [*START]
    for number, position in enumerate(told, 1):
        steps += [line(number, b"M114"), ("<", 0.0, position)]
    bus = Bus(ScriptedPort(steps))
    end_of(gantry().go(bus, Point(0, 0, 70)), bus)
    assert bus.port.finished
