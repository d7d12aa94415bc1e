"""A small emulated station on virtual time, whose lines can be cut."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from hardware import Bus, InlineRunner, Station
from hardware.emulators import MemoryPort, Plant, emulate
from hardware.errors import PortLost
from hardware.handler import Handler
from hardware.station_spec import ONLY_ARM, StationSpec
from orchestrator.engine.clock import run_on_virtual_time
from tests.hardware.standin import StandInCulture

LINE = {"url": "socket://127.0.0.1:4001"}
SMALL = {
    "station": 1,
    "name": "small",
    "vessels": {
        "rows": 2,
        "columns": 2,
        "kind": "2mag-10mL",
        "volume": {"low": "6 mL", "high": "14 mL"},
    },
    "ports": {
        "ph": LINE | {"baud": 19200, "frame": "8N2"},
        "do": LINE | {"baud": 19200, "frame": "8N2"},
        "vials": LINE,
        "gas": LINE | {"baud": 19200},
        "robot": LINE | {"baud": 115200},
        "syringe": LINE | {"baud": 38400},
    },
    "devices": [
        {
            "family": "hamilton-arc",
            "port": port,
            "reads": port,
            "addresses": "1..4",
            "vessels": "A1..B2",
        }
        for port in ("ph", "do")
    ]
    + [
        {
            "family": "evolver",
            "port": "vials",
            "vessels": "A1..B2",
            "pumps": {"acid": {"pump": 2, "flow": "0.5 mL/s"}},
        },
        {"family": "alicat", "port": "gas", "unit": "A", "vessels": "A1..A2"},
        {"family": "alicat", "port": "gas", "unit": "B", "vessels": "B1..B2"},
    ],
    "liquid_handler": {
        "gantry": {"family": "gcode", "port": "robot"},
        "pump": {"family": "cavro", "port": "syringe", "syringe": "1 mL"},
        "deck": {
            "vessels": {"x": "60 mm", "y": "60 mm", "pitch_x": "27 mm", "pitch_y": "27 mm"},
            "sources": {
                "glucose": {"x": "20 mm", "y": "60 mm", "volume": "5 mL"},
                "iptg": {"x": "20 mm", "y": "100 mm", "volume": "1 mL"},
            },
            "plates": {
                "plate1": {"x": "150 mm", "y": "30 mm", "pitch_x": "9 mm", "pitch_y": "9 mm"}
            },
            "waste": {"x": "20 mm", "y": "180 mm"},
            "wash": {"x": "20 mm", "y": "210 mm"},
        },
    },
    "safe": {"stirring": "480 rpm", "temperature": "20 degC", "gas_flow": "0 mL/min"},
}


class CutPort:
    """A memory port whose traffic may be lost.

    Attributes:
        deaf: Given a request, whether the device does not hear it.
        mute: Given a request, whether its reply does not arrive.
        gone: Whether the port itself is gone.
    """

    def __init__(self, inner: MemoryPort) -> None:
        self._inner = inner
        self.deaf: Callable[[bytes], bool] = lambda data: False
        self.mute: Callable[[bytes], bool] = lambda data: False
        self.gone = False
        self._dropping = False
        self.begin, self.now, self.close = inner.begin, inner.now, inner.close

    def open(self) -> None:
        self._check()
        self._inner.open()

    def write(self, data: bytes) -> None:
        self._check()
        self._dropping = self.mute(data)
        if not self.deaf(data):
            self._inner.write(data)

    def read_some(self, deadline_s: float) -> bytes:
        self._check()
        data = self._inner.read_some(deadline_s)
        while data and self._dropping:
            data = self._inner.read_some(deadline_s)
        return data

    def drop_input(self) -> None:
        self._inner.drop_input()

    def _check(self) -> None:
        if self.gone:
            raise PortLost("the line is gone")


class SmallStation:
    """The station, its plant and deck, and its ports by name."""

    def __init__(self, loop: asyncio.AbstractEventLoop, station: Mapping[str, Any]) -> None:
        self.loop = loop
        spec = StationSpec.model_validate(station)
        self.cultures = {name: StandInCulture(gas_flow=20.0) for name in spec.vessels.names}
        self.plant = Plant(self.cultures, noise=False)
        bench = emulate(spec, self.plant)
        self.deck, self.lines = bench.decks.get(ONLY_ARM), bench.lines
        self.ports = {name: CutPort(MemoryPort(line)) for name, line in bench.lines.items()}
        self.runners = {name: InlineRunner(Bus(port), loop) for name, port in self.ports.items()}
        self.station = Station.build(spec, self.runners)

    @property
    def arm(self) -> Handler:
        return self.station.arms[ONLY_ARM]

    def received(self, vessel: str) -> dict[str, float]:
        self.plant.settle(self.loop.time() + 60.0)
        return {name: round(ml, 6) for name, ml in self.plant.received[vessel].items()}


def on_small_station(
    scenario: Callable[[SmallStation], Awaitable[None]], station: Mapping[str, Any] = SMALL
) -> None:
    async def main() -> None:
        await scenario(SmallStation(asyncio.get_running_loop(), station))

    run_on_virtual_time(main())
