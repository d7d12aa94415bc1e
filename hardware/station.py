"""A station at work: vessels with channels to read and to set, whatever devices serve them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hardware.assembly import RobotMaker, devices_of, handler_of
from hardware.bus import Bus
from hardware.devices.device import Device, Setting
from hardware.errors import DeviceFault, HardwareError
from hardware.marks import Mark, Marked, unmarked
from hardware.member import Member
from hardware.outcome import Outcome
from hardware.polling import Fault, Poll
from hardware.runner import Job, Priority, Runner, Trusting
from hardware.station_spec import StationSpec

CHANNELS = ("temperature", "ph", "do", "od", "stirring", "gas_flow", "oxygen")
"""All channels that a device can measure, in the order of every table."""
PUMPS: Final = "pumps"
"""Stands in the place of a channel where it is about a vessel's own pumps."""
_DONE: Final = Outcome("done")
_REAL_ROBOTS: Final[Mapping[str, RobotMaker]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Scan:
    """One look at all vessels.

    Attributes:
        values: A row a vessel, a column a channel, in the channels' canonical units; NaN where
            there is no value.
        faults: Why not, one for each device that gave none.
    """

    values: NDArray[np.float64]
    faults: tuple[Fault, ...]


class Station:
    """The devices of a station file on their buses; made by `Station.build`.

    Attributes:
        vessels: Names in row-major order.
        rows: Rows of the array.
        columns: Columns of the array.
        channels: What is measured here, the columns of `Scan.values`.
        arms: The liquid handlers by name; see `StationSpec.arms`.
        arm_of: The name of the arm that serves a vessel, of each that has one.
        wires: Whether there are lines, real or emulated, between the engine and the vessels.
    """

    wires = True

    def __init__(
        self,
        spec: StationSpec,
        runners: Mapping[str, Runner],
        robots: Mapping[str, RobotMaker] = _REAL_ROBOTS,
    ) -> None:
        self.vessels = spec.vessels.names
        self.rows, self.columns = spec.vessels.rows, spec.vessels.columns
        self._safe = spec.safe.settings
        self._runners = dict(runners)
        self._members: dict[str, list[Member]] = {}
        for port, device in devices_of(spec):
            self._members.setdefault(port, []).append(Member(device, port, self._safe))
            runners[port].bus.gap_s = device.gap_s
        for members in self._members.values():
            members[0].device.alone = len(members) == 1
        measured = {probe.channel for one in self._all() for probe in one.device.probes}
        self.channels = tuple(channel for channel in CHANNELS if channel in measured)
        self._polls = {
            port: Poll(members, self.vessels, self.channels)
            for port, members in self._members.items()
        }
        self._setters = {
            (vessel, channel): member
            for member in self._all()
            for vessel in member.device.vessels
            for channel in member.device.controls
        }
        self._sources: dict[str, tuple[str, ...]] = {
            vessel: tuple(
                source
                for member in self._all()
                if vessel in member.device.vessels
                for source in member.device.sources
            )
            for vessel in self.vessels
        }
        self.arms = {
            name: handler_of(arm, spec.vessels_of(arm), runners, robots.get(name))
            for name, arm in spec.arms.items()
        }
        self.arm_of = spec.arm_of

    @classmethod
    def build(
        cls,
        spec: StationSpec,
        runners: Mapping[str, Runner],
        robots: Mapping[str, RobotMaker] = _REAL_ROBOTS,
    ) -> Station:
        """Make the devices of a station file.

        Args:
            spec: The station file.
            runners: The way to each port of it, by the port's name.
            robots: Makes what stands for a PyLabRobot robot, by the arm's name; those of the
                file without it.

        Raises:
            ValueError: A port has no runner.
        """
        missing = sorted(set(spec.ports) - set(runners))
        if missing:
            raise ValueError(f"no runner for port {', '.join(missing)}")
        return cls(spec, runners, robots)

    def controls(self, vessel: str) -> frozenset[str]:
        """Channels that can be set for a vessel."""
        return frozenset(channel for name, channel in self._setters if name == vessel)

    def shared_with(self, vessel: str, channel: str) -> tuple[str, ...]:
        """Vessels, this one included, that a setting of a channel reaches."""
        device = self._setters[vessel, channel].device
        return device.vessels if device.shared else (vessel,)

    def pumps(self, vessel: str) -> tuple[str, ...]:
        """Sources that are wired to pumps of the vessel's own."""
        return self._sources[vessel]

    async def open(
        self,
        watchdog_s: float | None = None,
        before_homing: Callable[[], Awaitable[None]] | None = None,
        served: Iterable[str] | None = None,
    ) -> None:
        """Open the ports and check that each device is there and is what the file says.

        Args:
            watchdog_s: Devices that have a watchdog of their own go safe when they hear nothing
                for so long; each scan feeds them. None arms nothing.
            before_homing: Done when all lines are open and before a liquid handler moves: the
                last moment at which its devices can be asked what they did before.
            served: Vessels that will be served; a liquid handler of others is left alone. None
                for all.

        Raises:
            DeviceFault: One is not; names device, port and vessels.
        """
        await asyncio.gather(
            *(
                self._runners[port].submit(
                    lambda bus, port=port: self._identify(bus, port, watchdog_s)
                )
                for port in self._runners
            )
        )
        if before_homing is not None:
            await before_homing()
        vessels = set(self.vessels if served is None else served)
        needed = {arm for vessel, arm in self.arm_of.items() if vessel in vessels}
        failures = await asyncio.gather(
            *(arm.open() for name, arm in self.arms.items() if name in needed),
            return_exceptions=True,
        )
        for failure in filter(None, failures):
            raise failure

    async def scan(self) -> Scan:
        """Read every device, all lines at the same time; a dead one does not stop the others."""
        values = np.full((len(self.vessels), len(self.channels)), np.nan)
        faults = await asyncio.gather(
            *(
                self._runners[port].submit(lambda bus, poll=poll: poll.scan(bus, values))
                for port, poll in self._polls.items()
            )
        )
        return Scan(values, tuple(fault for found in faults for fault in found))

    async def set(self, vessel: str, channel: str, value: float) -> Outcome:
        """Set one channel of one vessel; see `set_many`."""
        return (await self.set_many({(vessel, channel): value}))[vessel, channel]

    async def set_many(
        self, settings: Mapping[Setting, float], priority: Priority = Priority.SET
    ) -> dict[Setting, Outcome]:
        """Set channels of vessels; what one command can carry goes out in one.

        Args:
            settings: Value for each vessel and channel, in the channel's canonical unit.
            priority: Among the jobs of each line.

        Returns:
            An outcome for each setting; its value is what was really set.
        """
        by_member: dict[Member, dict[Setting, float]] = {}
        outcomes: dict[Setting, Outcome] = {}
        for key, value in settings.items():
            if key in self._setters:
                by_member.setdefault(self._setters[key], {})[key] = value
            else:
                outcomes[key] = Outcome("not done", f"nothing here sets {key[1]} of {key[0]}")
        done = await asyncio.gather(
            *(self._apply(member, wanted, priority) for member, wanted in by_member.items())
        )
        for part in done:
            outcomes |= part
        return {key: outcomes[key] for key in settings}

    async def pump(
        self, vessel: str, source: str, volume_ml: float, mark: Mark = unmarked
    ) -> Outcome:
        """Give a volume by the vessel's own pump; the outcome's value is what it got, mL.

        Args:
            vessel: Where to.
            source: What.
            volume_ml: How much.
            mark: Told what the pump has counted, before it is told to give anything.
        """
        wired = self._with_pump(vessel, source)
        if wired is None:
            return Outcome("not done", f"no pump brings {source} to {vessel}", 0.0)
        unit = wired.device
        counted = await self._tell(wired, lambda bus: unit.counted(bus, vessel, source))
        if isinstance(counted, Outcome):
            return replace(counted, status="not done", value=0.0)
        mark(counted)
        outcome: Outcome = await self._tell(
            wired, lambda bus: unit.pump(bus, vessel, source, volume_ml), Priority.ACT
        )
        return _bounded(outcome, unit, source, volume_ml)

    async def recall(self, vessel: str, source: str, volume_ml: float, marked: Marked) -> Outcome:
        """What became of a dose by the vessel's own pump when the program ended; see `pump`."""
        wired = self._with_pump(vessel, source)
        if wired is None:
            return Outcome("unknown", f"no pump brings {source} to {vessel} any more")
        unit = wired.device
        outcome: Outcome = await self._tell(
            wired, lambda bus: unit.recall(bus, vessel, source, volume_ml, marked), Priority.ACT
        )
        if outcome.status == "not done" and outcome.value is None:
            outcome = replace(outcome, status="unknown")
        return _bounded(outcome, unit, source, volume_ml)

    async def safe(self, vessels: Iterable[str]) -> dict[Setting, Outcome]:
        """Stop the vessels' own pumps and bring vessels to the station file's safe values.

        Both go before all else on their lines. What became of its pumps stands with each vessel
        under `PUMPS`.

        A setting that other vessels share is made only when all of them are among these. The
        watchdog of a device that could not be reached stays armed.

        Returns:
            What became of each setting that was to be made.
        """
        chosen = set(vessels)
        settings = {
            (vessel, channel): value
            for vessel in self.vessels
            for channel, value in self._safe.items()
            if vessel in chosen
            and (vessel, channel) in self._setters
            and chosen.issuperset(self.shared_with(vessel, channel))
        }
        halting = asyncio.gather(
            *(
                self._halt(member, chosen.intersection(member.device.vessels))
                for member in self._all()
                if member.device.sources and chosen.intersection(member.device.vessels)
            )
        )
        outcomes = await self.set_many(settings, Priority.STOP)
        for key, outcome in outcomes.items():
            if outcome.status != "done":
                self._setters[key].watchdog_s = None
        for pumps in await halting:
            for vessel, outcome in pumps.items():
                if outcomes.get((vessel, PUMPS), _DONE).status == "done":  # a failure stays
                    outcomes[vessel, PUMPS] = outcome
        return outcomes

    async def close(self) -> None:
        """End the watchdogs, leave the liquid handlers and close the ports."""
        # Each of PyLabRobot's backends raises its own.
        await asyncio.gather(*(arm.close() for arm in self.arms.values()), return_exceptions=True)
        await asyncio.gather(
            *(
                runner.submit(lambda bus, port=port: self._leave(bus, port), Priority.STOP)
                for port, runner in self._runners.items()
            ),
            return_exceptions=True,
        )

    def _all(self) -> Iterator[Member]:
        for members in self._members.values():
            yield from members

    def _identify(self, bus: Bus, port: str, watchdog_s: float | None) -> None:
        members = self._members.get(port, [])
        vessels = tuple(vessel for member in members for vessel in member.device.vessels)
        try:
            bus.open()
        except HardwareError as error:
            raise DeviceFault("the line", port, vessels, str(error)) from error
        for member in members:
            device = member.device
            try:
                bus.trust(member)
                if watchdog_s is not None:
                    member.arm(bus, watchdog_s)
            except HardwareError as error:
                raise DeviceFault(device.name, port, device.vessels, str(error)) from error
            if watchdog_s is not None and member.watchdog_s is not None:
                self._polls[port].feed(member, watchdog_s)

    def _leave(self, bus: Bus, port: str) -> None:
        for member in self._members.get(port, []):
            with suppress(HardwareError):  # it then goes safe a while later
                member.disarm(bus)
        bus.close()

    async def _apply(
        self, member: Member, wanted: Mapping[Setting, float], priority: Priority
    ) -> dict[Setting, Outcome]:
        member.told |= wanted
        done: dict[Setting, Outcome] | Outcome = await self._tell(
            member, lambda bus: member.device.apply(bus, wanted), priority
        )
        return dict.fromkeys(wanted, done) if isinstance(done, Outcome) else done

    async def _tell(self, member: Member, job: Job[Any], priority: Priority = Priority.ACT) -> Any:
        """The job's result, or what its failure means: never begun is certainly not done."""
        trusting = Trusting(member, job)
        try:
            return await self._runners[member.port].submit(trusting, priority)
        except HardwareError as error:
            reason = f"{member.device.name} on port '{member.port}': {error}"
            return Outcome("unknown" if trusting.reached else "not done", reason)

    async def _halt(self, member: Member, vessels: Iterable[str]) -> dict[str, Outcome]:
        """Stop the pumps of one device that serve some vessels."""
        chosen = frozenset(vessels)
        done: Outcome | None = await self._tell(
            member, lambda bus: member.device.halt(bus, chosen), Priority.STOP
        )
        return dict.fromkeys(sorted(chosen), done or _DONE)

    def _with_pump(self, vessel: str, source: str) -> Member | None:
        for member in self._all():
            if source in member.device.sources and vessel in member.device.vessels:
                return member
        return None


def _bounded(outcome: Outcome, unit: Device, source: str, volume_ml: float) -> Outcome:
    """A dose that was not begun is nothing; an unknown one the most that can have been given."""
    if outcome.status == "not done" and outcome.value is None:
        return replace(outcome, value=0.0)
    if outcome.status == "unknown":
        return replace(outcome, at_most_ml=unit.given_ml(source, volume_ml))
    return outcome
