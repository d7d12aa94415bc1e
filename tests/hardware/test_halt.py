"""Pumps that run by themselves are stopped, and what they gave until then is told or unknown."""

import asyncio
from types import GeneratorType

import pytest

from tests.hardware.bench import LINE, SMALL, SmallStation, on_small_station
from tests.hardware.test_station_peristaltic import ISMATEC, WATSON_MARLOW, station_with

EZO = {
    "family": "atlas-ezo",
    "port": "pumps",
    "circuit": "pump",
    "source": "base",
    "vessels": "A1",
}
WIRED = {
    "ismatec": (station_with(ISMATEC), "pumps", "base"),
    "watson-marlow": (station_with(WATSON_MARLOW), "pumps", "base"),
    "atlas-ezo": (station_with(EZO), "pumps", "base"),
    "evolver": (SMALL, "vials", "acid"),
}
DOSE_ML = 8.0


@pytest.fixture(params=WIRED)
def wired(request):
    return WIRED[request.param]


def pumping(small: SmallStation, port: str):
    members = small.station._members[port]
    return next(one.device for one in members if one.device.sources and "A1" in one.device.vessels)


async def begun(small: SmallStation, port: str, source: str):
    """A dose under way: its steps, and the bus, at the time of the loop."""
    bus = small.runners[port].bus
    bus.port.begin(small.loop.time())
    steps = pumping(small, port).pump(bus, "A1", source, DOSE_ML)
    assert isinstance(steps, GeneratorType)
    while not small.plant.received["A1"].get(source):
        pause_s = min(next(steps), 1.0)
        await asyncio.sleep(max(0.0, bus.now() - small.loop.time()) + pause_s)
        bus.port.begin(small.loop.time())
        small.plant.settle(small.loop.time())
    return steps


def finished(steps, bus):
    """The outcome of a dose that goes on."""
    while True:
        try:
            bus.wait(next(steps))
        except StopIteration as end:
            return end.value


def test_a_halt_stops_a_dose_and_the_dose_knows_it(wired):
    station, port, source = wired

    async def scenario(small: SmallStation):
        await small.station.open()
        steps = await begun(small, port, source)
        outcomes = await small.station.safe(["A1"])
        assert outcomes["A1", "pumps"].status == "done"
        given_ml = small.received("A1")[source]
        assert 0.0 < given_ml < 0.95 * DOSE_ML
        await asyncio.sleep(600.0)
        assert small.received("A1")[source] == given_ml
        outcome = finished(steps, small.runners[port].bus)
        assert small.received("A1")[source] == given_ml
        assert outcome.status in ("unknown", "not done")
        if outcome.status == "not done":
            assert outcome.value == pytest.approx(given_ml, abs=0.015)

    on_small_station(scenario, station)


def test_a_halt_where_nothing_runs_is_harmless(wired):
    station, _, source = wired

    async def scenario(small: SmallStation):
        await small.station.open()
        for _ in range(2):
            assert (await small.station.safe(["A1"]))["A1", "pumps"].status == "done"
        outcome = await small.station.pump("A1", source, 0.6)
        assert (outcome.status, outcome.value) == ("done", pytest.approx(0.6, rel=0.03))

    on_small_station(scenario, station)


def test_a_pump_that_does_not_hear_its_stop_is_told(wired):
    station, port, source = wired

    async def scenario(small: SmallStation):
        await small.station.open()
        await begun(small, port, source)
        small.ports[port].deaf = lambda data: True
        outcome = (await small.station.safe(["A1"]))["A1", "pumps"]
        assert outcome.status != "done"

    on_small_station(scenario, station)


def test_other_vessels_pumps_go_on():
    async def scenario(small: SmallStation):
        await small.station.open()
        steps = await begun(small, "vials", "acid")
        assert ("A1", "pumps") not in await small.station.safe(["B2"])
        assert finished(steps, small.runners["vials"].bus).status == "done"
        assert small.received("A1") == {"acid": pytest.approx(DOSE_ML)}

    on_small_station(scenario)


@pytest.mark.parametrize(
    "pump",
    [
        {"family": "cavro"},
        {"family": "cavro", "protocol": "dt"},
        {"family": "hamilton-psd4"},
        {"family": "hamilton-ml600", "steps": 48000},
    ],
)
def test_the_plunger_of_the_arm_stays_where_it_is(pump):
    arm = SMALL["liquid_handler"] | {"pump": {"port": "syringe", "syringe": "1 mL", **pump}}
    frame = "7O1" if pump["family"] == "hamilton-ml600" else "8N1"
    ports = SMALL["ports"] | {"syringe": LINE | {"frame": frame}}

    async def scenario(small: SmallStation):
        await small.station.open()
        bus, driver = small.runners["syringe"].bus, small.arm._needle.pump
        bus.port.begin(small.loop.time())
        target = driver._spec.steps * 2 // 3
        stroke = driver.move(bus, target, "O", 0.05 * 3600)
        next(stroke)
        await asyncio.sleep(bus.now() - small.loop.time() + 1.0)
        assert (await small.arm.halt()).status == "done"
        assert (await small.arm.halt()).status == "done"
        await asyncio.sleep(60.0)
        bus.port.begin(small.loop.time())
        assert 0 < finished(stroke, bus) < target
        small.ports["syringe"].deaf = lambda data: True
        assert (await small.arm.halt()).status == "unknown"

    on_small_station(scenario, SMALL | {"ports": ports, "liquid_handler": arm})
