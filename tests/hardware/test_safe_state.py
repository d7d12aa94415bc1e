"""Safe values: sent when asked for, and kept by the device itself when nobody asks any more."""

import asyncio

import pytest

from tests.hardware.bench import SMALL, SmallStation, on_small_station

PLATES = SMALL | {
    "ports": {name: SMALL["ports"]["vials"] | {"frame": "7E1"} for name in ("one", "two")},
    "devices": [
        {"family": "namur", "port": "one", "maker": "ika", "vessels": "A1..A2"},
        {"family": "namur", "port": "two", "maker": "ika", "vessels": "B1..B2"},
    ],
    "liquid_handler": None,
}
WATCHDOG_S = 300.0


async def at_work(small: SmallStation, watchdog_s: float | None = WATCHDOG_S) -> None:
    for culture in small.cultures.values():
        culture.values["stirring"] = 300.0
    await small.station.open(watchdog_s)
    outcomes = await small.station.set_many(
        {(vessel, "temperature"): 37.0 for vessel in small.station.vessels}
    )
    assert {outcome.status for outcome in outcomes.values()} == {"done"}


def watchdogs(small: SmallStation) -> list[int]:
    """Which watchdogs have fired, by the emulated devices themselves."""
    for name in ("one", "two"):
        small.lines[name].emulators[0].settle(small.loop.time())
    return [small.lines[name].emulators[0].fired for name in ("one", "two")]


def test_scans_feed_the_watchdogs_and_silence_lets_them_fire():
    async def scenario(small: SmallStation):
        await at_work(small)
        for _ in range(20):
            await asyncio.sleep(60.0)
            assert (await small.station.scan()).faults == ()
        assert watchdogs(small) == [0, 0]
        await asyncio.sleep(WATCHDOG_S + 1.0)
        assert watchdogs(small) == [2, 2], "the engine is gone; the plates keep the safe values"

    on_small_station(scenario, PLATES)


def test_after_a_watchdog_has_fired_the_scan_tells_and_the_settings_are_made_again():
    async def scenario(small: SmallStation):
        await at_work(small)
        await asyncio.sleep(WATCHDOG_S + 60.0)  # such as a computer that slept
        scan = await small.station.scan()
        assert all("watchdog: its watchdog fired" in fault.message for fault in scan.faults)
        assert len(scan.faults) == 2
        await asyncio.sleep(3600.0)
        assert small.cultures["A1"].values["temperature"] == pytest.approx(37.0, abs=0.1)

    on_small_station(scenario, PLATES)


def test_a_line_closed_in_good_order_ends_the_watchdogs():
    async def scenario(small: SmallStation):
        await at_work(small)
        await small.station.safe(small.station.vessels)
        await small.station.close()
        await asyncio.sleep(2 * WATCHDOG_S)
        assert watchdogs(small) == [0, 0]

    on_small_station(scenario, PLATES)


def test_a_device_that_safe_did_not_reach_keeps_its_watchdog():
    async def scenario(small: SmallStation):
        await at_work(small)
        small.ports["two"].deaf = lambda data: True
        outcomes = await small.station.safe(small.station.vessels)
        reached = {key[0]: outcome.status for key, outcome in outcomes.items()}
        assert (reached["A1"], reached["A2"]) == ("done", "done")
        assert "done" not in (reached["B1"], reached["B2"])
        small.ports["two"].deaf = lambda data: False
        await small.station.close()
        await asyncio.sleep(2 * WATCHDOG_S)
        assert watchdogs(small) == [0, 2]

    on_small_station(scenario, PLATES)


def test_no_watchdog_is_armed_unless_asked_for():
    async def scenario(small: SmallStation):
        await at_work(small, None)
        await asyncio.sleep(5000.0)
        assert watchdogs(small) == [0, 0]
        assert (await small.station.scan()).faults == ()

    on_small_station(scenario, PLATES)


def test_safe_tells_what_was_reached_and_what_not():
    async def scenario(small: SmallStation):
        await small.station.open()
        small.ports["vials"].gone = True
        outcomes = await small.station.safe(["A1"])
        assert set(outcomes) == {("A1", "stirring"), ("A1", "temperature"), ("A1", "pumps")}
        assert {outcome.status for outcome in outcomes.values()} <= {"not done", "unknown"}
        outcomes = await small.station.safe(["B1", "B2"])
        assert outcomes["B1", "gas_flow"].status == "done"
        assert outcomes["B1", "stirring"].status == "not done"
        assert outcomes["B1", "stirring"].detail == "evolver on port 'vials': the line is gone"

    on_small_station(scenario)
