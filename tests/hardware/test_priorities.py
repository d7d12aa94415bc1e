"""What goes first on a line, over real pseudo-terminals."""

import asyncio
import os
import time

import pytest

from hardware import Bus, SerialPort, Station, ThreadRunner
from hardware.emulators import Plant, emulate, serve
from hardware.station_spec import StationSpec
from tests.hardware.bench import SMALL
from tests.hardware.standin import StandInCulture

pytestmark = [
    pytest.mark.wall,
    pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals"),
]
GAS = SMALL | {
    "devices": [
        {"family": "alicat", "port": "gas", "unit": unit, "vessels": vessel}
        for unit, vessel in (("A", "A1"), ("B", "A2"), ("C", "B1"))
    ],
    "ports": {"gas": SMALL["ports"]["gas"] | {"baud": 9600}},
    "liquid_handler": None,
}
VIALS = GAS | {
    "devices": [SMALL["devices"][2]],
    "ports": {"vials": SMALL["ports"]["vials"]},
}


class Heard(SerialPort):
    """A port that notes what was written on it."""

    def __init__(self, path, spec) -> None:
        super().__init__(path, spec)
        self.requests: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.requests.append(data)
        super().write(data)


def on_line(name, station, scenario):
    spec = StationSpec.model_validate(station)
    plant = Plant({v: StandInCulture(gas_flow=20.0) for v in spec.vessels.names}, noise=False)

    async def main(path: str):
        port = Heard(path, spec.ports[name])
        runner = ThreadRunner(Bus(port), name)
        station = Station.build(spec, {name: runner})
        byte_s = line.byte_s
        try:
            line.byte_s = byte_s / 20  # long tables are told while it opens, which is not the point
            await station.open()
            line.byte_s = byte_s
            await scenario(station, port)
            await station.close()
        finally:
            runner.close()

    lines = emulate(spec, plant).lines
    line = lines[name]
    with serve(lines) as addresses:
        asyncio.run(main(addresses[name]))


def test_a_stop_overtakes_a_running_sweep():
    async def scenario(station: Station, port: Heard):
        sweep = asyncio.create_task(station.scan())
        before = len(port.requests)
        while len(port.requests) < before + 1:
            await asyncio.sleep(0.002)
        asked = len(port.requests)
        outcomes = await station.safe(["B1"])
        waited_for = port.requests[asked:]
        assert {outcome.status for outcome in outcomes.values()} == {"done"}
        assert not sweep.done(), "the sweep was not over when the vessels were safe"
        stop = waited_for.index(b"CS 0.000\r")
        assert stop <= 1, "only one that was under way goes before a stop"
        assert all(request.startswith(b"C") for request in waited_for[stop:]), "the stop's own"
        scan = await sweep
        assert scan.faults == ()
        order = port.requests[before:]
        assert order.index(b"CS 0.000\r") < order.index(b"C\r"), "before its own turn in the sweep"

    on_line("gas", GAS, scenario)


def test_stop_goes_before_act_before_set_before_read():
    async def scenario(station: Station, port: Heard):
        sweeps = [asyncio.create_task(station.scan()) for _ in range(2)]
        before = len(port.requests)
        while len(port.requests) < before + 1:
            await asyncio.sleep(0.002)
        setting = asyncio.create_task(station.set("A1", "gas_flow", 11.0))
        await asyncio.sleep(0)
        stopping = asyncio.create_task(station.safe(["A2"]))
        await asyncio.gather(setting, stopping, *sweeps)
        order = port.requests[before:]
        stop, change = order.index(b"BS 0.000\r"), order.index(b"AS 11.000\r")
        assert stop < change or change == stop - 1, "only one that was under way goes before a stop"
        assert max(stop, change) < order.index(b"C\r")

    on_line("gas", GAS, scenario)


def test_a_stop_does_not_wait_for_a_pump_that_runs():
    async def scenario(station: Station, port: Heard):
        began_s = time.monotonic()
        dose = asyncio.create_task(station.pump("B2", "acid", 1.5))
        while not any(data.startswith(b"pumpa") for data in port.requests):
            await asyncio.sleep(0.01)
        outcomes = await station.safe(["A1"])
        assert {outcome.status for outcome in outcomes.values()} == {"done"}
        assert not dose.done()
        assert (await dose).status == "done"
        assert time.monotonic() - began_s > 3.0, "1.5 mL at 0.5 mL/s"

    on_line("vials", VIALS, scenario)
