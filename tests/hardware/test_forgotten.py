"""Devices without power for a moment, their lines staying: a scan finds out, and sets them again.

Nothing is asked while they are dark, so that only what they have forgotten can tell.
"""

import asyncio
from typing import Any

import pytest

from hardware.emulators.namur import Ika
from tests.hardware.bench import LINE, SMALL, SmallStation, on_small_station

FAMILIES: dict[str, tuple[dict[str, Any], dict[str, float]]] = {
    "ika": ({"family": "namur", "maker": "ika"}, {"temperature": 41.0, "stirring": 500.0}),
    "heidolph": (
        {"family": "namur", "maker": "heidolph"},
        {"temperature": 41.0, "stirring": 500.0},
    ),
    "julabo": ({"family": "namur", "maker": "julabo"}, {"temperature": 41.0}),
    "heater-shaker": (
        {"family": "opentrons-heater-shaker"},
        {"temperature": 41.0, "stirring": 500.0},
    ),
    "temperature-module": ({"family": "opentrons-temperature"}, {"temperature": 41.0}),
    "alicat": ({"family": "alicat", "unit": "A"}, {"gas_flow": 30.0}),
    "evolver": ({"family": "evolver", "vessels": "A1..B2"}, {"stirring": 500.0}),
}
SILENT = {"evolver"}
"""What cannot tell is told again every half minute, without a word."""


def station(device: dict[str, Any]) -> dict[str, Any]:
    devices = [{"port": "line", "vessels": "A1..A2"} | device]
    parts = {"ports": {"line": LINE}, "devices": devices, "liquid_handler": None}
    return SMALL | parts | {"safe": {}}


async def set_all(small: SmallStation, settings: dict[str, float]) -> dict[str, float]:
    """What the first vessel has once all is set."""
    await small.station.open()
    vessels = [name for name in small.station.vessels if small.station.controls(name)]
    outcomes = await small.station.set_many(
        {(vessel, channel): value for vessel in vessels for channel, value in settings.items()}
    )
    assert {outcome.status for outcome in outcomes.values()} == {"done"}
    assert (await small.station.scan()).faults == ()
    return held(small, settings)


def held(small: SmallStation, settings: dict[str, float]) -> dict[str, float]:
    return {channel: small.cultures["A1"].values[channel] for channel in settings}


async def goes_dark(small: SmallStation) -> None:
    """Lose power between two scans, for a moment."""
    await asyncio.sleep(20.0)
    small.lines["line"].emulators[0].power_cycle(small.loop.time())
    await asyncio.sleep(20.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_scan_finds_out_and_sets_it_again(family):
    device, settings = FAMILIES[family]

    async def scenario(small: SmallStation):
        before = await set_all(small, settings)
        await goes_dark(small)
        assert held(small, settings) != before, "it has forgotten them"
        scan = await small.station.scan()
        assert held(small, settings) == before
        if family not in SILENT:
            (fault,) = scan.faults
            assert fault.what == "settings"
            assert "as after a loss of power; it was set again" in fault.message
        assert (await small.station.scan()).faults == ()

    on_small_station(scenario, station(device))


def test_what_cannot_be_set_again_at_once_is_tried_until_it_can():
    async def scenario(small: SmallStation):
        before = await set_all(small, {"temperature": 41.0, "stirring": 500.0})
        await goes_dark(small)
        small.ports["line"].deaf = lambda data: data.startswith(b"START_4")
        for _ in range(2):
            (fault,) = (await small.station.scan()).faults
            assert "it was not set again: namur ika: it does not turn" in fault.message
        small.ports["line"].deaf = lambda data: False
        (fault,) = (await small.station.scan()).faults
        assert fault.message.endswith("it was set again")
        assert held(small, before) == before
        assert (await small.station.scan()).faults == ()

    on_small_station(scenario, station(FAMILIES["ika"][0]))


@pytest.mark.parametrize("asked_meanwhile", [True, False])
def test_a_plate_that_keeps_its_set_point_is_found_out_by_its_silence(asked_meanwhile):
    """Only the temperature is set, and nothing tells whether an IKA heater is on."""

    async def scenario(small: SmallStation):
        small.cultures["A1"].values["stirring"] = 0.0
        before = await set_all(small, {"temperature": 41.0})
        plate = small.lines["line"].emulators[0]
        assert isinstance(plate, Ika)
        plate.keeps_set_points = True
        if asked_meanwhile:
            small.ports["line"].deaf = lambda data: True
            await small.station.scan()
            small.ports["line"].deaf = lambda data: False
        await goes_dark(small)
        await small.station.scan()
        assert (held(small, before) == before) is asked_meanwhile

    on_small_station(scenario, station(FAMILIES["ika"][0]))


def test_a_stirrer_that_stands_betrays_a_heater_that_is_off():
    async def scenario(small: SmallStation):
        before = await set_all(small, {"temperature": 41.0, "stirring": 500.0})
        plate = small.lines["line"].emulators[0]
        plate.keeps_set_points = True
        await goes_dark(small)
        (fault,) = (await small.station.scan()).faults
        assert "its stirrer stands" in fault.message
        assert held(small, before) == before

    on_small_station(scenario, station(FAMILIES["ika"][0]))


def test_after_safe_values_were_set_those_are_what_it_is_told_again():
    async def scenario(small: SmallStation):
        await set_all(small, {"temperature": 41.0, "stirring": 500.0})
        await small.station.safe(small.station.vessels)
        await goes_dark(small)
        await small.station.scan()
        assert held(small, {"temperature": 0.0, "stirring": 0.0}) == {
            "temperature": 25.0,
            "stirring": 300.0,
        }

    on_small_station(
        scenario,
        station(FAMILIES["ika"][0]) | {"safe": {"stirring": "300 rpm", "temperature": "25 degC"}},
    )
