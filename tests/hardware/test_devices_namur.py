"""NAMUR devices of three makers: transcripts, the watchdog, and a line full of faults."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.bus import Bus
from hardware.devices.namur import Namur
from hardware.emulators import Plant
from hardware.emulators.namur import Heidolph, Ika, Julabo
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, HardwareError, NoReply
from hardware.specs import NamurSpec
from tests.hardware.faulty import FAULTS, FaultyPort
from tests.hardware.scripted import ScriptedPort
from tests.hardware.standin import StandInCulture

EMULATORS = {"ika": Ika, "heidolph": Heidolph, "julabo": Julabo}
SAFE = {"temperature": 20.0, "stirring": 300.0}


def namur(maker: str, **more) -> Namur:
    spec = NamurSpec(family="namur", port="p", maker=maker, vessels="A1..A2", **more)
    return Namur(spec, ("A1", "A2"))


def both(channel: str, value: float) -> dict[tuple[str, str], float]:
    return {("A1", channel): value, ("A2", channel): value}


def emulated(maker: str, faults=(), **more):
    cultures = {name: StandInCulture(stirring=0.0) for name in ("A1", "A2")}
    emulator = EMULATORS[maker](Plant(cultures, noise=False), ("A1", "A2"))
    port = FaultyPort(emulator, faults, noise=b"9.9 1\r\n")
    return Bus(port), namur(maker, **more), cultures["A1"], emulator


def measured(device: Namur, bus: Bus) -> dict[str, float]:
    return {probe.channel: probe.measure(bus) for probe in device.probes}


@pytest.mark.parametrize("chunk", [0, 1, 3])
def test_ika_reads_sets_and_guards(chunk):
    port = ScriptedPort.of("namur_ika", chunk)
    bus, plate = Bus(port), namur("ika", name="RCT digital")
    plate.identify(bus)
    assert measured(plate, bus) == {"temperature": 25.3, "stirring": 0.0}
    outcomes = plate.apply(bus, both("temperature", 37.0) | both("stirring", 500.0))
    assert {(key[1], o.status, o.value) for key, o in outcomes.items()} == {
        ("temperature", "done", 37.0),
        ("stirring", "done", 500.0),
    }
    assert plate.arm_watchdog(bus, 90.0, SAFE) == 90.0
    plate.disarm(bus)
    assert port.finished


def test_ika_says_why_it_refuses():
    port = ScriptedPort.of("namur_ika_refused")
    plate = namur("ika")
    outcome = plate.apply(Bus(port), both("temperature", 300.0))["A1", "temperature"]
    assert outcome.status == "not done"
    assert outcome.detail == (
        "namur ika: its set-point is 37, not 300 degC (status -86: it does not take the value)"
    )
    assert port.finished


@pytest.mark.parametrize("chunk", [0, 1, 3])
def test_heidolph_answers_with_its_commands(chunk):
    port = ScriptedPort.of("namur_heidolph", chunk)
    bus, plate = Bus(port), namur("heidolph")
    plate.identify(bus)
    assert plate.measure(bus, "temperature") == 36.9
    assert plate.apply(bus, both("stirring", 400.0))["A2", "stirring"].value == 400.0
    assert plate.apply(bus, both("stirring", 0.0))["A2", "stirring"].value == 0.0
    assert plate.arm_watchdog(bus, 60.0) is None
    assert port.finished


@pytest.mark.parametrize("chunk", [0, 1, 3])
def test_julabo_is_started_and_asked_whether_it_runs(chunk):
    port = ScriptedPort.of("namur_julabo", chunk)
    bus, bath = Bus(port), namur("julabo")
    bath.identify(bus)
    assert bath.measure(bus, "temperature") == 24.0
    assert bath.apply(bus, both("temperature", 37.0))["A1", "temperature"].status == "done"
    assert port.finished


@pytest.mark.parametrize(
    ("maker", "request_", "reply", "error"),
    [
        ("ika", b"IN_PV_1 \r\n", b"500.0 4 \r\n", ForeignReply),
        ("ika", b"IN_PV_1 \r\n", b"IN_PV_1 \r\n", ForeignReply),
        ("ika", b"IN_PV_1 \r\n", b"37.0\r\n", DamagedReply),
        ("ika", b"IN_PV_1 \r\n", b"3x.0 1 \r\n", DamagedReply),
        ("ika", b"IN_PV_1 \r\n", b"\r\n", NoReply),
        ("heidolph", b"IN_PV_1\r\n", b"IN_PV_5 37.0\r\n", ForeignReply),
        ("heidolph", b"IN_PV_1\r\n", b"IN_PV_1 3\x007\r\n", DamagedReply),
        ("julabo", b"IN_PV_02\r", b"JULABO\r\n", DamagedReply),
    ],
)
def test_what_is_no_value_of_the_channel_is_an_error(maker, request_, reply, error):
    device = namur(maker)
    bus = Bus(ScriptedPort([(">", 0.0, request_), ("<", 0.01, reply)]))
    with pytest.raises(error):
        device._ask(bus, device._maker.outputs["temperature"].measure, device._maker.value)


def test_another_name_or_maker_is_refused():
    bus, plate, *_ = emulated("ika", name="C-MAG HS7")
    with pytest.raises(DeviceRefused, match="it calls itself 'RCT digital', the station file"):
        plate.identify(bus)
    steps = [(">", 0.0, b"VERSION\r"), ("<", 0.1, b"LAUDA\r\n")]
    with pytest.raises(DeviceRefused, match="'LAUDA', not a julabo device"):
        namur("julabo").identify(Bus(ScriptedPort(steps)))


def test_different_values_and_impossible_ones_are_not_done():
    bus, plate, culture, _ = emulated("ika")
    mixed = plate.apply(bus, {("A1", "stirring"): 100.0, ("A2", "stirring"): 200.0})
    assert mixed["A1", "stirring"].detail == ("namur ika gives all its 2 vessels the same stirring")
    slow = plate.apply(bus, both("stirring", 20.0))["A1", "stirring"]
    assert slow.detail == "namur ika: 20 is outside 50 to 2000 rpm"
    assert culture.values["stirring"] == 0.0


def test_a_lost_setting_is_sent_again_and_a_stirrer_that_stands_is_noticed():
    bus, plate, culture, _ = emulated("ika", ["none", "deaf"])
    assert plate.apply(bus, both("temperature", 30.0))["A1", "temperature"].status == "done"
    assert culture.values["temperature"] == 30.0
    bus, plate, culture, _ = emulated("ika", ["none", "none", "deaf"])
    outcome = plate.apply(bus, both("stirring", 300.0))["A1", "stirring"]
    assert outcome.detail == "namur ika: it does not turn"


def test_the_watchdog_bites_when_it_is_not_fed_and_says_so():
    bus, plate, *_ = emulated("ika")
    plate.apply(bus, both("temperature", 37.0) | both("stirring", 800.0))
    assert plate.arm_watchdog(bus, 5.0, SAFE) == 20.0, "the least it can take"
    assert plate.arm_watchdog(bus, 60.0, SAFE) == 60.0
    for _ in range(3):
        bus.port.begin(bus.now() + 50.0)
        plate.arm_watchdog(bus, 60.0, SAFE)
    assert measured(plate, bus) == {"temperature": 37.0, "stirring": 800.0}
    bus.port.begin(bus.now() + 61.0)
    assert measured(plate, bus) == {"temperature": 20.0, "stirring": 300.0}
    with pytest.raises(DeviceRefused, match=r"its watchdog fired after 61 s of silence"):
        plate.arm_watchdog(bus, 60.0, SAFE)
    assert plate.arm_watchdog(bus, 60.0, SAFE) == 60.0


def test_without_safe_values_heater_and_stirrer_go_off_and_disarmed_nothing_happens():
    bus, plate, culture, emulator = emulated("ika")
    plate.apply(bus, both("temperature", 37.0) | both("stirring", 800.0))
    plate.arm_watchdog(bus, 60.0)
    plate.disarm(bus)
    bus.port.begin(bus.now() + 1000.0)
    assert measured(plate, bus) == {"temperature": 37.0, "stirring": 800.0}
    plate.arm_watchdog(bus, 60.0)
    bus.port.begin(bus.now() + 1000.0)
    assert plate.measure(bus, "stirring") == 0.0
    assert (emulator.fired, culture.values["temperature"]) == (1, 22.0)


@given(st.sampled_from(sorted(EMULATORS)), st.lists(st.sampled_from(FAULTS), max_size=25))
def test_a_value_is_of_its_own_time_and_channel_or_an_error(maker, plan):
    bus, device, culture, _ = emulated(maker, plan)
    bus.port._noise = b"*?\r\n"
    for step in range(1, 7):
        culture.values |= {"temperature": 10.0 * step, "stirring": 100.0 * step}
        for channel, scale in (("temperature", 10.0), ("stirring", 100.0)):
            if channel in device.controls:
                try:
                    assert device.measure(bus, channel) == pytest.approx(scale * step)
                except HardwareError:
                    continue


@given(st.sampled_from(sorted(EMULATORS)), st.lists(st.sampled_from(FAULTS), max_size=25))
def test_what_is_said_to_be_set_is_set(maker, plan):
    bus, device, _, emulator = emulated(maker, plan)
    for value in (30.0, 35.0, 40.0):
        try:
            outcome = device.apply(bus, both("temperature", value))["A1", "temperature"]
        except HardwareError:
            continue
        if outcome.status == "done":
            assert emulator.plate.wanted["temperature"] == value == outcome.value
