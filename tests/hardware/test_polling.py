"""Sweeps of a line with dead devices on it, on virtual time."""

import asyncio

import numpy as np
import pytest

from hardware.polling import PATIENCE, SELDOM
from tests.hardware.bench import SMALL, SmallStation, on_small_station

PERIOD_S = 5.0
LONG_LINE = SMALL | {
    "vessels": SMALL["vessels"] | {"rows": 4, "columns": 6},
    "devices": [
        {
            "family": "hamilton-arc",
            "port": "ph",
            "reads": "ph",
            "addresses": "1..24",
            "vessels": "A1..D6",
        }
    ],
    "ports": {"ph": SMALL["ports"]["ph"]},
    "liquid_handler": None,
}


class Ear:
    """Hears which unit of the pH line is asked when; some are dead."""

    def __init__(self, small: SmallStation) -> None:
        self.dead: set[int] = set()
        self.asked_s: dict[int, list[float]] = {}
        self._loop = small.loop
        self._port = small.ports["ph"]
        self._port.deaf = self._hears

    def _hears(self, data: bytes) -> bool:
        self.asked_s.setdefault(data[0], []).append(self._port.now())
        return data[0] in self.dead


async def scans(small: SmallStation, count: int) -> list[float]:
    """Scan on the beat; gives how long each scan took."""
    took_s = []
    for _ in range(count):
        began_s = small.loop.time()
        await small.station.scan()
        took_s.append(small.loop.time() - began_s)
        await asyncio.sleep(max(0.0, PERIOD_S - took_s[-1]))
    return took_s


def test_a_dead_device_does_not_take_the_others_period():
    async def scenario(small: SmallStation):
        await small.station.open()
        ear = Ear(small)
        await scans(small, 3)
        ear.dead = {5}
        took_s = await scans(small, 40)
        living = [times for unit, times in ear.asked_s.items() if unit != 5]
        assert len(living) == 23
        for times in living:
            assert len(times) == 43, "each one was read in every scan"
            late_s = np.abs(np.diff(times) - PERIOD_S)
            assert np.sort(late_s)[:-2].max() < 0.1, "but for the scan in which the other died"
            assert late_s.max() < 2.7
        asked = len(ear.asked_s[5]) - 3
        assert asked <= 2 * (PATIENCE + 40 // SELDOM + 1)
        assert max(took_s) < PERIOD_S

    on_small_station(scenario, LONG_LINE)


def test_a_dead_line_costs_three_time_outs_a_scan_and_comes_back():
    async def scenario(small: SmallStation):
        await small.station.open()
        ear = Ear(small)
        ear.dead = set(range(1, 25))
        took_s = await scans(small, 12)
        assert max(took_s) < PATIENCE * 2.7
        scan = await small.station.scan()
        assert len(scan.faults) == 24
        assert np.isnan(scan.values).all()
        ear.dead = set()
        await scans(small, SELDOM + 1)
        assert (await small.station.scan()).faults == ()

    on_small_station(scenario, LONG_LINE)


def test_three_dead_neighbours_hide_the_others_for_one_scan_only():
    async def scenario(small: SmallStation):
        await small.station.open()
        ear = Ear(small)
        ear.dead = {1, 2, 3}
        first = await small.station.scan()
        assert np.isnan(first.values).all()
        assert "not asked, 3 on its line failed in a row" in first.faults[-1].message
        second = await small.station.scan()
        assert np.isnan(second.values).sum() == 3

    on_small_station(scenario, LONG_LINE)


def test_a_fault_is_told_in_the_same_words_while_it_lasts():
    async def scenario(small: SmallStation):
        await small.station.open()
        ear = Ear(small)
        ear.dead = {7}
        said = []
        for _ in range(25):
            scan = await small.station.scan()
            said += [fault.message for fault in scan.faults]
            await asyncio.sleep(PERIOD_S)
        assert set(said) == {
            "ph: no reply within 0.3 s",
            "ph: no reply within 0.3 s (asked seldom)",
        }

    on_small_station(scenario, LONG_LINE)


@pytest.mark.parametrize("unit", [1, 24])
def test_a_refusal_is_an_answer_and_asked_for_every_time(unit):
    async def scenario(small: SmallStation):
        await small.station.open()
        ear = Ear(small)
        small.cultures[small.station.vessels[unit - 1]].values["ph"] = 99.0
        await scans(small, 12)
        assert {len(times) for times in ear.asked_s.values()} >= {12}

    on_small_station(scenario, LONG_LINE)
