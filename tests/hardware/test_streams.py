"""Devices that speak while nobody asks: made to stop, and never taken for an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.bus import Bus
from hardware.devices.alicat import Alicat
from hardware.devices.atlas_ezo import EzoSensor
from hardware.devices.mt_sics import Balance
from hardware.emulators import Emission, EmulatedLine, MemoryPort, Plant, serve
from hardware.emulators.alicat import Alicat as EmulatedAlicat
from hardware.emulators.atlas_ezo import SensorCircuit
from hardware.emulators.ends import has_pseudo_terminals
from hardware.emulators.faults import FaultPlan, FaultyLine
from hardware.emulators.mt_sics import Load, MtSics
from hardware.errors import DeviceRefused, ForeignReply, HardwareError
from hardware.serial_port import SerialPort
from hardware.specs import AlicatSpec, AtlasEzoSpec
from hardware.specs.liquid_handler import BalanceSpec
from hardware.station_spec import PortSpec
from tests.hardware.scripted import ScriptedPort
from tests.hardware.standin import StandInCulture

PLACE = {"x": "100 mm", "y": "180 mm"}


class Chatter:
    """Says how often it has spoken, every half second from 1 s on; answers ``?``."""

    def __init__(self) -> None:
        self.said = 0

    def feed(self, data, now_s):
        return [Emission(0.1, b"answer\r")] if data == b"?" else []

    def speaks_at(self, after_s: float) -> float:
        return max(1.0, (after_s // 0.5 + 1) * 0.5)

    def say(self, at_s: float) -> bytes:
        self.said += 1
        return b"%d\r" % self.said


def listen(port: MemoryPort, until_s: float) -> list[tuple[float, bytes]]:
    heard = []
    while data := port.read_some(until_s):
        heard.append((round(port.now(), 3), data))
    return heard


# -- the line ------------------------------------------------------------------------------


def test_what_is_said_unasked_comes_in_its_time_and_before_later_answers():
    port = MemoryPort(EmulatedLine([Chatter()], 9600))
    assert listen(port, 1.7) == [(1.002, b"1\r"), (1.502, b"2\r")]
    port.begin(1.95)
    port.write(b"?")
    assert [data for _, data in listen(port, 2.6)] == [b"3\r", b"answer\r", b"4\r"]


def test_what_was_dropped_is_gone_and_of_a_long_silence_a_buffer_is_left():
    chatter = Chatter()
    port = MemoryPort(EmulatedLine([chatter], 300))
    port.begin(5.2)
    port.drop_input()
    assert listen(port, 5.9) == [(5.567, b"1\r")]
    port.begin(3600.0)
    assert len(listen(port, 3600.0)) == pytest.approx(4096 / 300 * 10 / 0.5, abs=2)


def test_a_faulty_line_says_nothing_while_it_is_gone_or_its_device_boots():
    line = FaultyLine(EmulatedLine([Chatter()], 9600), FaultPlan("hang-up", delay_s=2.0))
    port = MemoryPort(line)
    port.begin(1.2)
    port.write(b"?")
    assert [at_s for at_s, _ in listen(port, 4.1)] == pytest.approx([3.502, 4.002], abs=0.002)


@pytest.mark.skipif(not has_pseudo_terminals(), reason="no pseudo-terminals here")
def test_it_is_heard_on_a_pseudo_terminal_too():
    with serve({"line": EmulatedLine([Chatter()], 9600)}, pace=4.0) as ports:
        port = SerialPort(ports["line"], PortSpec(path=ports["line"], baud=9600))
        port.open()
        port.write(b"?")
        heard, until_s = b"", port.now() + 10.0
        while heard.count(b"\r") < 3 and (data := port.read_some(until_s)):
            heard += data
        port.close()
    assert heard.split(b"\r")[:3] == [b"answer", b"1", b"2"]


# -- Atlas Scientific EZO ------------------------------------------------------------------


def probe(kind: str = "ph"):
    culture = StandInCulture(ph=7.0, do=80.0, temperature=37.0)
    circuit = SensorCircuit(Plant({"A1": culture}, noise=False), "A1", kind)
    bus = Bus(MemoryPort(EmulatedLine([circuit], 9600)))
    spec = AtlasEzoSpec(family="atlas-ezo", port="p", circuit=kind, vessels="A1")
    return bus, EzoSensor(spec, ("A1",)), circuit, culture


def test_a_probe_as_delivered_is_made_silent_when_it_is_opened():
    bus, sensor, circuit, _ = probe()
    bus.port.begin(30.0)
    bus.open()
    sensor.identify(bus)
    assert bus.wait(10.0) == b""
    circuit.feed(b"C,1\r", bus.now())
    assert bus.wait(10.0).count(b"7.000\r") >= 9


@pytest.mark.parametrize("kind", ["ph", "do", "rtd"])
def test_a_probe_that_begins_to_stream_is_made_silent_by_the_next_reading(kind):
    bus, sensor, circuit, culture = probe(kind)
    sensor.identify(bus)
    circuit.feed(b"C,1\r", bus.now())
    bus.port.begin(bus.now() + 60.0)
    channel = {"ph": "ph", "do": "do", "rtd": "temperature"}[kind]
    culture.values[channel] = 9.0
    assert sensor.measure(bus) == pytest.approx(9.0, abs=0.05)
    assert bus.wait(10.0) == b""


@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.sampled_from([0, 1, 2])), max_size=12))
def test_a_streamed_reading_is_never_the_asked_one(plan):
    """The truth changes between any two readings, so that a streamed one is of another time."""
    bus, sensor, circuit, culture = probe()
    value = 2.0
    for pause_s, every_s in plan:
        circuit.feed(b"C,%d\r" % every_s, bus.now())
        bus.port.begin(bus.now() + pause_s)
        culture.values["ph"] = value = value % 11.0 + 1.0
        try:
            assert sensor.measure(bus) == pytest.approx(value, abs=0.001)
        except HardwareError:
            continue


# -- Alicat --------------------------------------------------------------------------------


def controllers(units: str, alone: bool):
    cultures = {unit: StandInCulture(gas_flow=10.0) for unit in units}
    plant = Plant(cultures, noise=False)
    emulated = [EmulatedAlicat(plant, (unit,), unit) for unit in units]
    bus = Bus(MemoryPort(EmulatedLine(emulated, 19200)))
    drivers = [
        Alicat(AlicatSpec(family="alicat", port="p", unit=unit, vessels="A1"), (unit,), 10 / 19200)
        for unit in units
    ]
    drivers[0].alone = alone
    bus.gap_s = drivers[0].gap_s
    return bus, drivers, emulated, cultures


def make_stream(emulated: EmulatedAlicat, unit: bytes, now_s: float) -> None:
    (answer,) = emulated.feed(unit + b"@ @\r", now_s)
    assert answer.data.startswith(b"@ +014.70")


def test_a_stream_of_frames_has_its_interval():
    bus, _, (unit,), _ = controllers("A", alone=True)
    unit.feed(b"AW91=200\r", 0.0)
    make_stream(unit, b"A", 0.0)
    assert bus.wait(1.1).count(b"\r") == 5
    assert unit.feed(b"@@=B\r", 2.0)[0].data.startswith(b"B +014.70")
    bus.wait(2.0)
    assert bus.wait(5.0) == b""


def test_a_controller_left_streaming_gets_its_letter_back_when_it_is_opened():
    bus, (driver,), (unit,), _ = controllers("A", alone=True)
    make_stream(unit, b"A", 0.0)
    bus.port.begin(20.0)
    bus.open()
    driver.identify(bus)
    assert driver.measure(bus) == 10.0
    assert bus.wait(5.0) == b""


def test_a_controller_that_begins_to_stream_is_stopped_by_the_next_reading():
    bus, (driver,), (unit,), cultures = controllers("A", alone=True)
    driver.identify(bus)
    assert driver.measure(bus) == 10.0
    make_stream(unit, b"A", bus.now())
    bus.wait(3.0)
    cultures["A"].values["gas_flow"] = 40.0
    assert driver.measure(bus) == 40.0


def test_among_others_nobody_knows_whose_stream_it_is():
    bus, (first, second), (_, unit), _ = controllers("AB", alone=False)
    for driver in (first, second):
        driver.identify(bus)
    make_stream(unit, b"B", bus.now())
    for _ in range(3):
        assert first.measure(bus) == 10.0
        with pytest.raises(ForeignReply, match="streams; end that with '@@' and its letter"):
            second.measure(bus)
    assert unit.feed(b"@@ B\r", bus.now())[0].data.startswith(b"B ")
    bus.wait(1.0)
    assert second.measure(bus) == 10.0


def test_registers_tell_what_the_set_point_is_of():
    bus, (driver,), (unit,), cultures = controllers("A", alone=True)
    assert unit.feed(b"AR122\r", 0.0)[0].data == b"A   122 = 37\r"
    assert unit.feed(b"AR7\r", 0.0)[0].data == b"?\r"
    assert unit.feed(b"AW122=99\r", 0.0)[0].data == b"?\r"
    assert unit.feed(b"AW122=34\r", 0.0)[0].data == b"A   122 = 34\r"
    unit.feed(b"AS 20\r", 0.0)
    assert cultures["A"].values["gas_flow"] == 10.0, "20 psi are no flow"
    with pytest.raises(DeviceRefused, match=r"set-point is in PSIA, no mass flow"):
        driver.identify(bus)
    unit.feed(b"AW122=37\r", bus.now())
    driver.identify(bus)


# -- MT-SICS -------------------------------------------------------------------------------


def balance(grams: dict[str, float]):
    emulated = MtSics(lambda now_s: Load(grams["pan"], 0.0), "B7")
    bus = Bus(MemoryPort(EmulatedLine([emulated], 9600)))
    scale = Balance(BalanceSpec(family="mt-sics", port="p", place=PLACE))
    return bus, scale, emulated


def test_a_balance_streams_until_it_is_reset_or_asked_for_a_weight():
    bus, _, emulated = balance({"pan": 1.0})
    bus.port.begin(5.0)
    for ending in (b"@\r\n", b"S\r\n", b"SI\r\n"):
        emulated.feed(b"SIR\r\n", bus.now())
        assert bus.wait(1.05).count(b"S S     1.0000 g\r\n") == 10
        emulated.feed(ending, bus.now())
        assert bus.wait(5.0) == b""


def test_a_balance_left_streaming_is_stopped_when_it_is_opened():
    bus, scale, emulated = balance({"pan": 1.0})
    emulated.feed(b"SIR\r\n", 0.0)
    bus.port.begin(20.0)
    bus.open()
    scale.identify(bus)
    assert bus.wait(5.0) == b""


def test_a_balance_that_begins_to_stream_is_reset_before_it_weighs():
    grams = {"pan": 1.0}
    bus, scale, emulated = balance(grams)
    scale.identify(bus)
    scale.mark(bus)
    assert scale.weigh(bus) == pytest.approx(0.9)
    emulated.feed(b"SIR\r\n", bus.now())
    bus.wait(3.0)
    grams["pan"] = 5.0
    assert scale.weigh(bus) == 5.0, "from the true zero: a reset ends the mark too"
    assert scale.resets == 2
    assert not scale.unbroken(bus), "and weights from before it do not count"


def test_a_moving_weight_is_no_answer_to_the_question_for_one_at_rest():
    steps = [(">", 0.0, b"@\r\n"), ("<", 0.01, b'I4 A "B7"\r\n')]
    steps += [(">", 0.0, b"S\r\n"), ("<", 0.01, b"S D     9.0000 g\r\n")]
    steps += [("<", 1.0, b"S S    12.0000 g\r\n")]
    steps += [(">", 0.0, b"SI\r\n"), ("<", 0.01, b"S S    12.0000 g\r\n")]
    _, scale, _ = balance({"pan": 0.0})
    assert scale.weigh(Bus(ScriptedPort(steps))) == 12.0
