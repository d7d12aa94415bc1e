"""Cavro in DT, PSD/4 and Microlab 600 against transcripts, and the trouble that they can have."""

import pytest

from hardware.bus import Bus
from hardware.devices import syringe_pump_driver
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, NoReply
from hardware.specs.liquid_handler import CavroSpec, Ml600Spec, Psd4Spec
from tests.hardware.scripted import ScriptedPort

FLOW = 864.0  # mL/h


def dt_pump():
    return syringe_pump_driver(CavroSpec(family="cavro", port="p", syringe="1 mL", protocol="dt"))


def psd4(steps=24000):
    return syringe_pump_driver(
        Psd4Spec(family="hamilton-psd4", port="p", syringe="1 mL", steps=steps)
    )


def ml600(address=1):
    return syringe_pump_driver(
        Ml600Spec(family="hamilton-ml600", port="p", syringe="1 mL", address=address)
    )


def run(steps, bus):
    while True:
        try:
            bus.wait(next(steps))
        except StopIteration as end:
            return end.value


def script(*lines):
    """Questions and answers in turn; an empty answer is silence."""
    steps = []
    for asked, answered in zip(lines[::2], lines[1::2], strict=True):
        steps.append((">", 0.0, asked))
        if answered:
            steps.append(("<", 0.002, answered))
    return ScriptedPort(steps)


def dt(text=b"", status=b"`"):
    return b"/0" + status + text + b"\x03\r\n"


@pytest.mark.parametrize("chunk", [0, 1, 3])
@pytest.mark.parametrize(
    ("make", "name", "way"),
    [
        (dt_pump, "cavro_dt", (3000, "O")),
        (psd4, "hamilton_psd4", (12000, "I")),
        (ml600, "hamilton_ml600", (24000, "O")),
    ],
)
def test_transcripts(make, name, way, chunk):
    port = ScriptedPort.of(name, chunk)
    bus, pump = Bus(port), make()
    flow = FLOW if name != "hamilton_ml600" else 1200.0
    assert run(pump.initialise(bus), bus) == 0
    assert run(pump.move(bus, *way, flow), bus) == way[0]
    assert port.finished


def test_a_dt_move_that_nobody_heard_moved_nothing():
    port = script(
        b"/1OV1440A300R\r", b"",
        b"/1Q\r", dt(), b"/1Q\r", dt(),
        b"/1?\r", dt(b"600"), b"/1?\r", dt(b"600"),
        b"/1?6\r", dt(b"o"),
    )  # fmt: skip
    bus = Bus(port)
    assert run(dt_pump().move(bus, 300, "O", FLOW), bus) == 600
    assert port.finished


def test_a_bit_that_flipped_in_a_position_is_not_believed():
    port = script(b"/1?\r", dt(b"700"), b"/1?\r", dt(b"300"), b"/1?\r", dt(b"300"))
    pump = dt_pump()
    assert pump._certain(Bus(port), pump.position) == 300


def test_a_position_that_changes_with_each_answer_is_none():
    port = script(*(x for i in range(5) for x in (b"/1?\r", dt(str(i).encode()))))
    pump = dt_pump()
    with pytest.raises(DamagedReply, match="answers differently each time"):
        pump._certain(Bus(port), pump.position)


def test_ready_by_a_flipped_bit_is_not_ready():
    """The answers 'busy' and 'ready' are one bit apart."""
    port = script(
        b"/1Q\r", dt(status=b"`"), b"/1Q\r", dt(status=b"@"), b"/1Q\r", dt(status=b"@"),
        b"/1?\r", dt(b"4"),
        b"/1Q\r", dt(), b"/1Q\r", dt(), b"/1?\r", dt(b"5"), b"/1?\r", dt(b"5"),
    )  # fmt: skip
    bus = Bus(port)
    assert run(dt_pump()._at_rest(bus, 0.0, range(10)), bus) == 5
    assert port.finished


def test_a_dt_answer_of_another_kind_is_not_taken():
    with pytest.raises(ForeignReply, match="'300' does not answer 'Q'"):
        dt_pump().status(Bus(script(*[b"/1Q\r", dt(b"300")] * 3)))
    with pytest.raises(ForeignReply, match=r"'' does not answer '\?'"):
        dt_pump().position(Bus(script(*[b"/1?\r", dt()] * 3)))


@pytest.mark.parametrize("noise", [b"\xff", b"/1Q\r", b"\r\n"])
def test_dt_passes_over_echo_and_line_noise(noise):
    assert dt_pump().status(Bus(script(b"/1Q\r", noise + dt()))).ready


@pytest.mark.parametrize("reply", [b"/0\x1f\x03\r\n", b"/0\xe0\x03\r\n", b"0`\x03\r\n", b"/0`\r\n"])
def test_dt_damage(reply):
    with pytest.raises(DamagedReply):
        dt_pump().status(Bus(script(*[b"/1Q\r", reply] * 3)))


def test_a_valve_that_stands_elsewhere_is_said():
    port = script(
        b"/1OV1440A300R\r", dt(status=b"@"),
        b"/1Q\r", dt(), b"/1Q\r", dt(),
        b"/1?\r", dt(b"300"), b"/1?\r", dt(b"300"), b"/1?6\r", dt(b"i"),
    )  # fmt: skip
    bus = Bus(port)
    with pytest.raises(DeviceRefused, match="the valve of cavro 1 stands at 'I', not at 'O'"):
        run(dt_pump().move(bus, 300, "O", FLOW), bus)


def test_a_pump_that_lost_its_zero_has_no_position():
    port = script(b"/1IV1440A300R\r", dt(status=b"g"), b"/1Q\r", dt(status=b"g"))
    bus = Bus(port)
    with pytest.raises(DeviceRefused, match="it is not initialised"):
        run(dt_pump().move(bus, 300, "I", FLOW), bus)


def test_a_position_off_the_way_is_none():
    pump = dt_pump()
    pump._plunger = 600
    port = script(
        b"/1OV1440A300R\r", dt(status=b"@"),
        b"/1Q\r", dt(), b"/1Q\r", dt(), b"/1?\r", dt(b"0"), b"/1?\r", dt(b"0"), b"/1?6\r", dt(b"o"),
    )  # fmt: skip
    bus = Bus(port)
    with pytest.raises(DamagedReply, match="says 0, which is not between 600 and 300"):
        run(pump.move(bus, 300, "O", FLOW), bus)


def test_a_plunger_that_goes_on_beyond_its_target_is_stopped():
    """One flipped bit makes A2250 of A250; no checksum shows it."""
    pump = dt_pump()
    pump._plunger = 2400
    busy = dt(status=b"@")
    port = script(
        b"/1OV1440A2250R\r", busy, b"/1Q\r", busy, b"/1Q\r", busy,
        b"/1?\r", dt(b"2200"), b"/1?\r", dt(b"2190"), b"/1T\r", dt(),
    )  # fmt: skip
    bus = Bus(port)
    with pytest.raises(DeviceRefused, match="went beyond its target and was stopped"):
        run(pump.move(bus, 2250, "O", FLOW), bus)
    assert port.finished


def test_speeds_stay_within_what_a_pump_can_do():
    for pump in (dt_pump(), psd4(), psd4(3000), ml600()):
        stroke = pump._spec.steps
        assert pump.move_s(stroke, 720.0) == pytest.approx(5.0)
        assert pump.move_s(stroke, 1e6) >= 1.0
        assert pump.move_s(stroke, 1e-6) <= 3692.0


def test_microlab_in_a_chain_takes_the_letter_of_its_place():
    pump = ml600(2)
    port = script(b"1a\r", b"1c\r", b"bE1\r", b"\x06@\r", b"bXR\r", b"\x06\r")
    pump._home(Bus(port))
    assert pump.name == "hamilton-ml600 b"
    with pytest.raises(DeviceRefused, match="the chain has 1 units, this one would be 2"):
        pump._home(Bus(script(b"1a\r", b"1b\r")))


def test_microlab_refuses_and_answers_of_another_kind():
    with pytest.raises(DeviceRefused, match="refused 'aF'"):
        ml600()._ready(Bus(script(b"aF\r", b"\x15\r")))
    with pytest.raises(ForeignReply, match="does not answer 'aF'"):
        ml600()._ready(Bus(script(*[b"aF\r", b"\x063000\r"] * 3)))
    with pytest.raises(DamagedReply):
        ml600()._ready(Bus(script(*[b"aF\r", b"Y\r"] * 3)))
    with pytest.raises(NoReply):
        ml600()._ready(Bus(script(*[b"aF\r", b""] * 3)))
    assert ml600().position(Bus(script(b"aYQPR\r", b"aYQPR\r\x0612\r"))) == 12


def test_microlab_tells_an_error_once_and_it_is_remembered():
    pump = ml600()
    with pytest.raises(DeviceRefused, match="reports a valve or syringe error"):
        pump._ready(Bus(script(b"aF\r", b"\x06Y\r", b"aE1\r", b"\x06P\r")))
    assert pump.needs_initialising(Bus(script(b"aE1\r", b"\x06@\r")))


def test_microlab_that_was_switched_off_gets_its_letter_again():
    port = script(*[b"aE1\r", b""] * 3, b"1a\r", b"1b\r")
    assert ml600().needs_initialising(Bus(port))
    assert port.finished
