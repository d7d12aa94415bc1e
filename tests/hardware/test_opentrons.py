"""Opentrons modules: drivers against transcripts, emulators, and both together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.bus import Bus
from hardware.devices.opentrons import HeaterShaker, TemperatureModule
from hardware.emulators import opentrons as emulators
from hardware.emulators.plant import Plant
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, NoReply
from hardware.specs import HeaterShakerSpec, TemperatureModuleSpec
from tests.hardware.bench import LINE, SMALL, SmallStation, on_small_station
from tests.hardware.scripted import ScriptedPort
from tests.hardware.standin import StandInCulture

HEATED = SMALL | {
    "ports": {"one": LINE | {"baud": 115200}, "two": LINE | {"baud": 115200}},
    "devices": [
        {"family": "opentrons-heater-shaker", "port": "one", "vessels": "A1..A2"},
        {"family": "opentrons-temperature", "port": "two", "vessels": "B1..B2", "serial": "T2"},
    ],
    "liquid_handler": None,
}


def shaker(serial: str | None = None) -> HeaterShaker:
    spec = HeaterShakerSpec(
        family="opentrons-heater-shaker", port="p", vessels="A1..A2", serial=serial
    )
    return HeaterShaker(spec, ("A1", "A2"))


def cooler(serial: str | None = None) -> TemperatureModule:
    spec = TemperatureModuleSpec(
        family="opentrons-temperature", port="p", vessels="A1", serial=serial
    )
    return TemperatureModule(spec, ("A1",))


def both(channel: str, value: float) -> dict[tuple[str, str], float]:
    return {("A1", channel): value, ("A2", channel): value}


@pytest.mark.parametrize("chunk", [0, 1, 6])
def test_heater_shaker_plays_its_transcript(chunk):
    port = ScriptedPort.of("heater_shaker", chunk)
    bus, module = Bus(port), shaker("HSV0120230801")
    module.identify(bus)
    assert module.measure(bus, "temperature") == 22.53
    done = module.apply(bus, both("temperature", 37.0))["A2", "temperature"]
    assert (done.status, done.value) == ("done", 37.0)
    refused = module.apply(bus, both("stirring", 500.0))["A1", "stirring"]
    assert (refused.status, refused.value) == ("not done", None)
    assert "speed out of range" in refused.detail
    with pytest.raises(DeviceRefused, match="reports async ERR401:heater overcurrent"):
        module.measure(bus, "stirring")
    assert module.measure(bus, "stirring") == 498.0
    safe = module.apply(bus, both("temperature", 20.0))["A1", "temperature"]
    assert (safe.status, safe.detail.endswith("its heater is off")) == ("not done", True)
    still = module.apply(bus, both("stirring", 0.0))["A1", "stirring"]
    assert (still.status, still.value) == ("done", 0.0)
    assert port.finished


@pytest.mark.parametrize("chunk", [0, 1, 4])
def test_temperature_module_plays_its_transcript(chunk):
    port = ScriptedPort.of("temperature_module", chunk)
    bus, module = Bus(port), cooler("TDV20P20210101")
    module.identify(bus)
    assert module.measure(bus, "temperature") == 23.512
    done = module.apply(bus, {("A1", "temperature"): 8.0})["A1", "temperature"]
    assert (done.status, done.value) == ("done", 8.0)
    assert module.measure(bus, "temperature") == 9.125
    assert port.finished


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        (b"M105 C:22.5 T:37.0\n", ForeignReply, None),
        (b"M123 C:300 T:300 OK\n", ForeignReply, "M105 was asked"),
        (b"M105\n", ForeignReply, "as it was sent"),
        (b"M105 OK\n", DamagedReply, "'' is no temperature"),
        (b"M105 C:2x.5 T:37.0 OK\n", DamagedReply, "no temperature"),
        (b"M105 C:925.0 T:37.0 OK\n", DamagedReply, "'925.0' is no temperature"),
        (b"ERR003:unhandled gcode OK\n", DeviceRefused, "unhandled gcode"),
        (b"M105 C:22.5", DamagedReply, "no whole reply"),
        (b"\n", NoReply, "no reply"),
    ],
)
def test_no_trouble_becomes_a_temperature(reply, error, says):
    steps = [(">", 0.0, b"M105\n"), ("<", 0.01, reply)]
    with pytest.raises(error if says else NoReply, match=says):
        shaker().measure(Bus(ScriptedPort(steps * 2)), "temperature")


def test_a_set_point_that_is_told_back_differently_is_not_done():
    steps = [(">", 0.0, b"M104 S37.00\n"), ("<", 0.01, b"M104 OK\n")]
    steps += [(">", 0.0, b"M105\n"), ("<", 0.01, b"M105 C:22.50 T:57.00 OK\n")]
    outcome = shaker().apply(Bus(ScriptedPort(steps)), both("temperature", 37.0))
    assert outcome["A1", "temperature"].detail.endswith("tells set-point 57, not 37")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (both("stirring", 100.0), "100 is outside 200 to 3000 rpm"),
        (both("temperature", 96.0), "96 is outside 37 to 95 degC"),
        ({("A1", "stirring"): 300.0, ("A2", "stirring"): 400.0}, "one stirring for all"),
    ],
)
def test_what_cannot_be_set_sends_nothing(settings, says):
    outcomes = shaker().apply(Bus(ScriptedPort([])), settings).values()
    assert all(outcome.status == "not done" and says in outcome.detail for outcome in outcomes)


def test_an_open_latch_or_another_number_is_refused():
    who = [(">", 0.0, b"M115\n"), ("<", 0.01, b"FW:1 HW:A SerialNo:HS1 OK\n")]
    latch = [(">", 0.0, b"M241\n"), ("<", 0.01, b"M241 STATUS:IDLE_OPEN OK\n")]
    with pytest.raises(DeviceRefused, match="latch is not closed"):
        shaker("HS1").identify(Bus(ScriptedPort(who + latch)))
    with pytest.raises(DeviceRefused, match="number is HS1, the station file says HS2"):
        shaker("HS2").identify(Bus(ScriptedPort(who)))


@pytest.fixture
def plant() -> Plant:
    cultures = {name: StandInCulture(stirring=0.0) for name in ("A1", "A2")}
    return Plant(cultures, noise=False)


def answer(module, data: bytes) -> bytes:
    return b"".join(emission.data for emission in module.feed(data, 0.0))


def test_emulated_heater_shaker(plant):
    module = emulators.HeaterShaker(plant, ("A1", "A2"))
    assert answer(module, b"M105\n") == b"M105 C:37.00 T:0.00 OK\n"
    assert answer(module, b"M104 S42.5\nM105\n") == b"M104 OK\nM105 C:42.50 T:42.50 OK\n"
    assert answer(module, b"M104 S20\n") == b"ERR203:temperature out of range OK\n"
    assert answer(module, b"M3 S800\nM123\n") == b"M3 OK\nM123 C:800 T:800 OK\n"
    module.trouble = "ERR401:heater overcurrent"
    assert answer(module, b"G28\n") == b"async ERR401:heater overcurrent OK\nG28 OK\n"
    assert answer(module, b"M242\nM3 S800\n") == b"M242 OK\nERR126:plate lock not closed OK\n"
    assert answer(module, b"M999\nx\n") == b"ERR003:unhandled gcode OK\n" * 2
    module.power_cycle(0.0)
    assert plant.read("A2", "temperature", 0.0) == emulators.ROOM_C


def test_emulated_temperature_module(plant):
    module = emulators.TemperatureModule(plant, ("A1",))
    assert answer(module, b"M105\r\n\r\n") == b"T:none C:37.000\r\nok\r\nok\r\n"
    assert answer(module, b"M104 S8\r\n\r\n") == b"ok\r\nok\r\n"
    assert answer(module, b"M105\r\n\r\n") == b"T:8.000 C:8.000\r\nok\r\nok\r\n"
    assert answer(module, b"M18\r\n\r\n") == b"ok\r\nok\r\n"
    assert answer(module, b"M104 S150\r\n\r\n").startswith(b"ERR003")


@given(st.lists(st.binary(max_size=30)))
def test_no_bytes_crash_the_emulators(chunks):
    plant = Plant({"A1": StandInCulture(stirring=0.0)}, noise=False)
    for kind in (emulators.HeaterShaker, emulators.TemperatureModule):
        module = kind(plant, ("A1",))
        for chunk in [*chunks, b"\n"]:
            module.feed(chunk, 0.0)


def test_modules_of_a_station():
    async def scenario(small: SmallStation):
        for culture in small.cultures.values():
            culture.values["stirring"] = 0.0
        station = small.station
        await station.open()
        assert station.channels == ("temperature", "stirring")
        assert station.controls("A1") == {"temperature", "stirring"}
        assert station.shared_with("B1", "temperature") == ("B1", "B2")
        wanted = both("temperature", 38.5) | both("stirring", 600.0)
        wanted |= {("B1", "temperature"): 4.0, ("B2", "temperature"): 4.0}
        outcomes = await station.set_many(wanted)
        assert {outcome.status for outcome in outcomes.values()} == {"done"}
        scan = await station.scan()
        assert scan.faults == ()
        assert scan.values[:2].tolist() == [[38.5, 600.0]] * 2
        assert scan.values[2:, 0].tolist() == [4.0] * 2
        await station.safe(("A1", "A2", "B1", "B2"))
        scan = await station.scan()
        assert scan.values[:, 0].tolist() == [emulators.ROOM_C] * 2 + [20.0] * 2
        assert scan.values[0, 1] == 480.0

    on_small_station(scenario, HEATED)
