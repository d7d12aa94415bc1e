"""Reading all devices of one line in turn, so that dead ones cost the others little.

A question without a usable answer costs its time-outs and the late window behind them. Devices
that failed last are therefore asked last, the others' turns being over by then; after three
failures in a row a device is asked in every tenth scan only; and when three in a row on a line
fail within one scan, the line itself is taken for dead and left for this scan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from hardware.bus import Bus
from hardware.devices.device import Device, Probe
from hardware.errors import DamagedReply, ForeignReply, HardwareError, NoReply, PortLost
from hardware.member import Member
from hardware.plausible import Confirmed
from hardware.runner import Steps

PATIENCE = 3
"""Failures in a row after which a device is asked seldom, and after which a line is left."""
SELDOM = 10
"""A device that failed so often is asked in every so manieth scan."""
_COSTLY = (NoReply, DamagedReply, ForeignReply)
"""What takes until the time-out; a refusal is an answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A device that gave no value in a scan.

    Attributes:
        vessels: Vessels without that value.
        device: Its name.
        message: Why, in a sentence.
    """

    vessels: tuple[str, ...]
    device: str
    message: str

    @property
    def what(self) -> str:
        """Which of its questions had no answer: the message's first word."""
        return self.message.partition(":")[0]


class _Entry:
    """One thing to ask a device in each scan, and how that went.

    Attributes:
        member: The device.
        failures: In a row.
        last: Why it failed last.
    """

    def __init__(
        self,
        member: Member,
        what: str,
        vessels: tuple[str, ...],
        ask: Callable[[Bus, NDArray[np.float64]], None],
    ) -> None:
        self.failures = 0
        self.last = ""
        self.member = member
        self._what = what
        self._vessels = vessels
        self._ask = ask

    def ask(self, bus: Bus, values: NDArray[np.float64]) -> None:
        """Ask; a device on a line that was lost must first prove who it is."""
        bus.trust(self.member)
        self._ask(bus, values)
        self.failures = 0

    def failed(self, error: HardwareError) -> None:
        """Take note of a failure."""
        self.failures += isinstance(error, _COSTLY)
        self.last = str(error)

    def fault(self, message: str = "") -> Fault:
        """Why it gave no value."""
        seldom = " (asked seldom)" if self.failures >= PATIENCE else ""
        text = f"{self._what}: {message or self.last}{seldom}"
        return Fault(self._vessels, self.member.device.name, text)


class Poll:
    """The scan of one line.

    Args:
        members: The devices on the line.
        vessels: All vessels, the rows of a scan.
        channels: All channels, the columns of a scan.
    """

    def __init__(
        self, members: Sequence[Member], vessels: Sequence[str], channels: Sequence[str]
    ) -> None:
        row = {vessel: i for i, vessel in enumerate(vessels)}
        self._scans = 0
        self._entries = [
            _Entry(member, probe.channel, probe.vessels, _into(measure, rows, column))
            for member in members
            for probe in member.device.probes
            for measure in [_believable(member.device, probe)]
            for rows in [[row[vessel] for vessel in probe.vessels]]
            for column in [channels.index(probe.channel)]
        ]
        self._settable = [member for member in members if member.device.controls]

    def feed(self, member: Member, seconds: float) -> None:
        """From now on feed a device's watchdog in each scan."""

        def ask(bus: Bus, _: NDArray[np.float64]) -> None:
            member.arm(bus, seconds)

        self._entries.append(_Entry(member, "watchdog", member.device.vessels, ask))

    def scan(self, bus: Bus, values: NDArray[np.float64]) -> Steps[list[Fault]]:
        """Ask every device; what it says goes into its rows and column of ``values``.

        Whether settings are still as they were made is looked at last: what a watchdog that has
        fired did to them is no loss of power.

        Returns:
            A fault for each device that gave no value or had forgotten its settings.
        """
        faults = yield from self._ask_all(bus, values)
        for member in self._settable:
            if self._failed(member) or not bus.trusts(member):
                continue
            try:
                member.remind(bus)
            except PortLost:
                break
            except HardwareError as error:
                device = member.device
                faults.append(Fault(device.vessels, device.name, f"settings: {error}"))
            yield 0.0
        return faults

    def _failed(self, member: Member) -> bool:
        return any(entry.failures for entry in self._entries if entry.member is member)

    def _ask_all(self, bus: Bus, values: NDArray[np.float64]) -> Steps[list[Fault]]:
        faults: list[Fault] = []
        in_a_row = 0
        waiting = self._due(faults)
        for i, entry in enumerate(waiting):
            try:
                entry.ask(bus, values)
            except PortLost as error:
                return faults + [left.fault(str(error)) for left in waiting[i:]]
            except HardwareError as error:
                entry.failed(error)
                faults.append(entry.fault())
                in_a_row += isinstance(error, _COSTLY)
            else:
                in_a_row = 0
            if in_a_row >= PATIENCE and i + 1 < len(waiting):
                reason = f"not asked, {in_a_row} on its line failed in a row"
                return faults + [left.fault(reason) for left in waiting[i + 1 :]]
            yield 0.0
        return faults

    def _due(self, faults: list[Fault]) -> list[_Entry]:
        """What to ask in this scan, what failed last coming last; the rest are faults."""
        self._scans += 1
        due = []
        for i, entry in enumerate(self._entries):
            if entry.failures >= PATIENCE and (self._scans + i) % SELDOM:
                faults.append(entry.fault())
            else:
                due.append(entry)
        due.sort(key=attrgetter("failures"))
        return due


def _believable(device: Device, probe: Probe) -> Callable[[Bus], float | Sequence[float]]:
    return probe.measure if device.checked else Confirmed(probe.channel, probe.measure)


def _into(
    measure: Callable[[Bus], float | Sequence[float]], rows: list[int], column: int
) -> Callable[[Bus, NDArray[np.float64]], None]:
    place: int | list[int] = rows[0] if len(rows) == 1 else rows

    def ask(bus: Bus, values: NDArray[np.float64]) -> None:
        values[place, column] = measure(bus)

    return ask
