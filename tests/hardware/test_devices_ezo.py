"""Atlas Scientific EZO circuits: transcripts, and readings and doses on a line full of faults."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.bus import Bus
from hardware.devices.atlas_ezo import EzoSensor
from hardware.devices.atlas_ezo_pump import EzoPump
from hardware.emulators import Plant
from hardware.emulators.atlas_ezo import SensorCircuit
from hardware.emulators.atlas_ezo_pump import PumpCircuit
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, HardwareError, NoReply
from hardware.framing import ClosedLines
from hardware.runner import run_through
from hardware.specs import AtlasEzoSpec
from tests.hardware.faulty import FAULTS, FaultyPort
from tests.hardware.scripted import ScriptedPort, read_transcript
from tests.hardware.standin import StandInCulture

faults = st.lists(st.sampled_from(FAULTS), max_size=30)


def spec(circuit: str, **more) -> AtlasEzoSpec:
    return AtlasEzoSpec(family="atlas-ezo", port="p", circuit=circuit, vessels="A1", **more)


def sensor(circuit: str, **more) -> EzoSensor:
    return EzoSensor(spec(circuit, **more), ("A1",))


def pump() -> EzoPump:
    return EzoPump(spec("pump", source="base"), ("A1",))


def dose(device: EzoPump, bus: Bus, volume_ml: float):
    return run_through(device.pump(bus, "A1", "base", volume_ml), bus)


def answered(device: EzoSensor, reply: bytes) -> float:
    """The reading that a set-up circuit makes of a reply."""
    device._sure = True
    device._outputs = {"do": ("mg", "%")}.get(device._spec.circuit, device._outputs)
    steps = [(">", 0.0, b"R\r"), ("<", 0.9, reply)]
    steps += [(">", 0.0, b"C,?\r"), ("<", 0.3, b"?C,0\r*OK\r")]
    return device._read(Bus(ScriptedPort(steps)))


@pytest.mark.parametrize("chunk", [0, 1, 4])
def test_ph_is_set_up_read_and_set_up_again_after_a_restart(chunk):
    port = ScriptedPort.of("atlas_ezo_ph", chunk)
    bus, circuit = Bus(port), sensor("ph", broth="37 degC")
    circuit.identify(bus)
    assert circuit.measure(bus) == pytest.approx(7.023)
    assert circuit.measure(bus) == pytest.approx(9.561)
    assert circuit.restarted == "B 4.870"
    assert port.finished


@pytest.mark.parametrize("chunk", [0, 1, 4])
def test_do_is_woken_and_told_to_send_percent(chunk):
    port = ScriptedPort.of("atlas_ezo_do", chunk)
    bus, circuit = Bus(port), sensor("do")
    circuit.identify(bus)
    assert circuit.measure(bus) == pytest.approx(90.2)
    with pytest.raises(DeviceRefused, match="outputs are switched off"):
        circuit.measure(bus)
    assert port.finished


@pytest.mark.parametrize("chunk", [0, 1, 4])
def test_a_dose_is_what_the_total_says(chunk):
    port = ScriptedPort.of("atlas_ezo_pump", chunk)
    bus, unit = Bus(port), pump()
    unit.identify(bus)
    outcome = dose(unit, bus, 5.0)
    assert (outcome.status, outcome.value) == ("done", 5.0)
    assert port.finished
    assert port.sent.count(b"D,5.00\r") == 1


@given(st.data())
def test_replies_come_whole_wherever_they_are_split(data):
    said = b"".join(step[2] for step in read_transcript("atlas_ezo_pump") if step[0] == "<")
    cut = data.draw(st.integers(0, len(said)))
    whole, parts = (ClosedLines(b"\r", (b"*OK", b"*ER")) for _ in range(2))
    assert parts.feed(said[:cut]) + parts.feed(said[cut:]) == whole.feed(said)
    assert parts.leftover == b""


@pytest.mark.parametrize(
    ("circuit", "reply", "error"),
    [
        ("ph", b"7.02\r*OK\r", DamagedReply),  # a digit was lost
        ("ph", b"15.023\r*OK\r", DamagedReply),
        ("ph", b"7.o23\r*OK\r", DamagedReply),
        ("ph", b"7.020\r7.023\r*OK\r", DamagedReply),  # continuous mode
        ("ph", b"7.023\r*OX\r*OK\r", DamagedReply),
        ("ph", b"*OK\r", ForeignReply),
        ("ph", b"?C,0\r*OK\r", ForeignReply),
        ("ph", b"*ER\r", DeviceRefused),
        ("ph", b"*UV\r7.023\r*OK\r", DeviceRefused),
        ("ph", b"*RS\r7.023\r*OK\r", DeviceRefused),
        ("ph", b"7.023\r", DamagedReply),
        ("ph", b"\r", NoReply),
        ("do", b"90.2\r*OK\r", DamagedReply),  # one of two outputs
        ("rtd", b"-1023.000\r*OK\r", DeviceRefused),
    ],
)
def test_a_reply_that_is_no_reading_is_an_error(circuit, reply, error):
    with pytest.raises(error):
        answered(sensor(circuit), reply)


def test_oxygen_is_the_second_of_two_outputs():
    assert answered(sensor("do"), b"*WA\r6.70,100.4\r*OK\r") == 100.4
    assert answered(sensor("rtd"), b"37.104\r*OK\r") == 37.104


def test_another_circuit_is_refused():
    port = FaultyPort(PumpCircuit(Plant({"A1": StandInCulture()}), "A1", "base"))
    with pytest.raises(DeviceRefused, match="it is an EZO circuit for PMP, not for ph"):
        sensor("ph").identify(Bus(port))


@given(faults, st.sampled_from(["ph", "do", "rtd"]))
def test_a_reading_is_of_its_own_time_or_an_error(plan, circuit):
    channel = {"ph": "ph", "do": "do", "rtd": "temperature"}[circuit]
    culture = StandInCulture()
    port = FaultyPort(SensorCircuit(Plant({"A1": culture}, noise=False), "A1", circuit), plan)
    bus, device = Bus(port), sensor(circuit)
    for value in (1.0, 3.0, 5.0, 7.0, 9.0, 11.0):
        culture.values[channel] = value
        try:
            assert device.measure(bus) == pytest.approx(value, abs=0.05)
        except HardwareError:
            continue


@given(faults)
def test_no_dose_is_given_twice_and_every_outcome_is_true(plan):
    plant = Plant({"A1": StandInCulture()}, noise=False)
    unit = PumpCircuit(plant, "A1", "base")
    port = FaultyPort(unit, plan, noise=b"*DONE,5.00\r")
    bus, device = Bus(port), pump()
    given_ml = 0.0
    for volume_ml in (0.5, 2.0, 0.75, 1.5):
        sent = len(port.written)
        outcome = dose(device, bus, volume_ml)
        orders = [
            data for data in port.written[sent:] if data.startswith(b"D,") and b"?" not in data
        ]
        assert len(orders) <= 1
        unit.settle(bus.now() + 60.0)
        got_ml = plant.received["A1"].get("base", 0.0) - given_ml
        given_ml += got_ml
        if outcome.status == "done":
            assert got_ml == pytest.approx(volume_ml, abs=0.011)
        elif outcome.status == "not done":
            assert outcome.value == pytest.approx(got_ml, abs=0.011)
        port.begin(bus.now() + 60.0)


def test_a_dose_that_was_not_heard_is_not_done_and_one_cut_short_by_a_restart_unknown():
    plant = Plant({"A1": StandInCulture()}, noise=False)
    port = FaultyPort(PumpCircuit(plant, "A1", "base"))
    bus, device = Bus(port), pump()
    assert dose(device, bus, 1.0).status == "done"
    port._faults = iter(["none"] * 2 + ["deaf"])
    outcome = dose(device, bus, 1.5)
    assert (outcome.status, outcome.value) == ("not done", 0.0)
    assert "no reply" in outcome.detail
    port.begin(bus.now() + 10.0)
    port._faults = iter(["none"] * 2 + ["none", "restart"])
    outcome = dose(device, bus, 1.0)
    assert (outcome.status, outcome.value) == ("unknown", None)


def test_an_order_that_becomes_a_greater_one_is_stopped_and_its_volume_told():
    """As a flipped bit makes 5.00 mL of 1.00 mL."""

    class Flipping(FaultyPort):
        def write(self, data: bytes) -> None:
            super().write(b"D,5.00\r" if data == b"D,1.00\r" else data)

    plant = Plant({"A1": StandInCulture()}, noise=False)
    unit = PumpCircuit(plant, "A1", "base")
    port = Flipping(unit)
    bus, device = Bus(port), pump()
    outcome = dose(device, bus, 1.0)
    unit.settle(bus.now() + 60.0)
    assert outcome.status == "not done"
    assert outcome.value == pytest.approx(plant.received["A1"]["base"], abs=0.011)
    assert 1.0 < outcome.value < 1.75, "105 mL/min for 0.4 s"
    assert not any(b"D,?" in data for data in port.written), "one bit from D,7"


def test_a_volume_the_pump_cannot_dose_sends_nothing():
    port = FaultyPort(None)
    outcome = dose(pump(), Bus(port), 0.02)
    assert outcome.detail == "atlas-ezo pump: 0.02 is outside 0.5 to 1000 mL"
    assert (outcome.status, outcome.value, port.written) == ("not done", 0.0, [])
