"""A station without wires: the plant behind the face of `hardware.Station`.

For rehearsals in which the wire is not in question. Nothing is encoded, sent or parsed; readings
come with the sensors' noise, a setting reaches whom the device reaches, and what the arm does
takes the time that the arm itself expects of it with a washed needle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Literal

from hardware.bus import Bus
from hardware.devices.device import Setting
from hardware.emulators.line import EmulatedLine
from hardware.emulators.memory import MemoryPort
from hardware.emulators.plant import Plant, Well
from hardware.handler import Handler
from hardware.marks import Mark, Marked, unmarked
from hardware.member import Member
from hardware.outcome import Outcome
from hardware.runner import InlineRunner, Priority
from hardware.station import Scan, Station
from hardware.station_spec import StationSpec
from hardware.stock import Use

_SETTABLE = ("temperature", "stirring", "gas_flow", "oxygen")


class DirectStation(Station):
    """Made on the loop of virtual time that it will be used on.

    Args:
        spec: The station file: its vessels, channels, sharing and deck hold.
        plant: What is read and acted on.
    """

    wires = False

    def __init__(self, spec: StationSpec, plant: Plant) -> None:
        silent = InlineRunner(Bus(MemoryPort(EmulatedLine((), 9600))), asyncio.get_running_loop())
        super().__init__(spec, dict.fromkeys(spec.ports, silent))
        self._plant = plant
        self._places = [plant.vessels.index(vessel) for vessel in self.vessels]
        self._now = asyncio.get_running_loop().time
        self.arms = {name: DirectHandler(arm, plant) for name, arm in self.arms.items()}

    async def open(
        self,
        watchdog_s: float | None = None,
        before_homing: Callable[[], Awaitable[None]] | None = None,
        served: Iterable[str] | None = None,
    ) -> None:
        """See `Station.open`; there is nothing to open."""
        if before_homing is not None:
            await before_homing()

    async def close(self) -> None:
        """Nothing to close."""

    async def scan(self) -> Scan:
        """Read every vessel at this moment."""
        shown = self._plant.survey(self.channels, self._now())
        return Scan(shown[self._places], ())

    async def set_many(
        self, settings: Mapping[Setting, float], priority: Priority = Priority.SET
    ) -> dict[Setting, Outcome]:
        """See `Station.set_many`."""
        now_s = self._now()
        for (vessel, channel), value in settings.items():
            if channel in _SETTABLE:
                for reached in self.shared_with(vessel, channel):
                    self._plant.set(reached, channel, value, now_s)
        return {key: Outcome("done", value=value) for key, value in settings.items()}

    async def pump(
        self, vessel: str, source: str, volume_ml: float, mark: Mark = unmarked
    ) -> Outcome:
        """See `Station.pump`; what is given is there at once."""
        self._plant.add(vessel, volume_ml, source, self._now())
        return Outcome("done", value=volume_ml)

    async def _halt(self, member: Member, vessels: Iterable[str]) -> dict[str, Outcome]:
        """What a pump gives is there at once: none ever runs."""
        return dict.fromkeys(vessels, Outcome("done"))


class DirectHandler:
    """The arm without its gantry and pump.

    Args:
        arm: The station's own, which only says how long things take.
        plant: Where liquid comes from and goes to.
    """

    def __init__(self, arm: Handler, plant: Plant) -> None:
        self._arm = arm
        self._plant = plant
        self.stock = arm.stock

    async def open(self) -> None:
        """Nothing to find."""

    async def close(self) -> None:
        """Nothing to leave."""

    async def halt(self) -> Outcome:
        """See `Handler.halt`; nothing moves between two operations."""
        return Outcome("done")

    def estimate_s(
        self, kind: Literal["dose", "sample"], source: str | None, vessel: str, volume_ml: float
    ) -> float:
        """See `Handler.estimate_s`."""
        return self._arm.estimate_s(kind, source, vessel, volume_ml)

    async def recall(self, marked: Marked) -> Outcome:
        """See `Handler.recall`; nothing is ever cut off here."""
        return Outcome("unknown", "an arm without wires keeps nothing in mind")

    async def dose(
        self, source: str, vessel: str, volume_ml: float, mark: Mark = unmarked
    ) -> Outcome:
        """See `Handler.dose`."""
        if self.stock.sources[source].remaining_ml < volume_ml:
            return Outcome("not done", f"{source} is empty", 0.0)
        await asyncio.sleep(self.estimate_s("dose", source, vessel, volume_ml))
        self.stock.book(Use(source, volume_ml))
        self._plant.add(vessel, volume_ml, source, asyncio.get_running_loop().time())
        return Outcome("done", value=volume_ml)

    async def sample(
        self, vessel: str, volume_ml: float, well: str, mark: Mark = unmarked
    ) -> Outcome:
        """See `Handler.sample`."""
        await asyncio.sleep(self.estimate_s("sample", None, vessel, volume_ml))
        now_s = asyncio.get_running_loop().time()
        if self._plant.read(vessel, "volume", now_s) <= volume_ml:
            return Outcome("not done", f"{vessel} holds too little", 0.0)
        composition = self._plant.withdraw(vessel, volume_ml, now_s)
        self._plant.wells[well] = Well(volume_ml, vessel, composition, now_s)
        return Outcome("done", value=volume_ml)
