"""Reading all devices of one line in turn, so that a dead one costs the others little."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.bus import Bus
from hardware.devices.device import Device, Probe
from hardware.errors import HardwareError, NoReply, PortLost
from hardware.runner import Steps

PATIENCE = 3
"""Time-outs in a row after which a device is asked only now and then."""
SELDOM = 10
"""A silent device is asked in every so manieth scan."""


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


class _Entry:
    """A probe, where its values go, and what is known of its device.

    Attributes:
        silent: Questions in a row without an answer.
        verified: Whether the device was identified since its line was opened.
    """

    def __init__(self, device: Device, probe: Probe, rows: int | list[int], column: int) -> None:
        self.probe = probe
        self.rows = rows
        self.column = column
        self.silent = 0
        self.verified = True
        self._device = device

    def measure(self, bus: Bus) -> float | Sequence[float]:
        """Ask the device; one on a line that was lost must first prove who it is."""
        if not self.verified:
            self._device.identify(bus)
            self.verified = True
        return self.probe.measure(bus)

    def fault(self, message: str) -> Fault:
        """Why it gave no value."""
        return Fault(self.probe.vessels, self._device.name, f"{self.probe.channel}: {message}")


class Poll:
    """The scan of one line.

    Args:
        devices: The devices on the line.
        vessels: All vessels, the rows of a scan.
        channels: All channels, the columns of a scan.
    """

    def __init__(
        self, devices: Sequence[Device], vessels: Sequence[str], channels: Sequence[str]
    ) -> None:
        row = {vessel: i for i, vessel in enumerate(vessels)}
        self._scans = 0
        self._lost = False
        self._entries = [
            _Entry(device, probe, rows[0] if len(rows) == 1 else rows, column)
            for device in devices
            for probe in device.probes
            for rows in [[row[vessel] for vessel in probe.vessels]]
            for column in [channels.index(probe.channel)]
        ]

    def scan(self, bus: Bus, values: NDArray[np.float64]) -> Steps[list[Fault]]:
        """Ask every device; what it says goes into its rows and column of ``values``.

        Returns:
            A fault for each device that gave no value.
        """
        faults = []
        self._scans += 1
        for i, entry in enumerate(self._entries):
            if entry.silent >= PATIENCE and (self._scans + i) % SELDOM:
                faults.append(entry.fault(f"silent for {entry.silent} questions, asked seldom"))
                continue
            try:
                self._regain(bus)
                values[entry.rows, entry.column] = entry.measure(bus)
            except PortLost as error:
                self._lose(bus)
                return faults + [left.fault(str(error)) for left in self._entries[i:]]
            except HardwareError as error:
                entry.silent += isinstance(error, NoReply)
                faults.append(entry.fault(str(error)))
            else:
                entry.silent = 0
            yield 0.0
        return faults

    def _lose(self, bus: Bus) -> None:
        self._lost = True
        with suppress(PortLost):
            bus.close()
        for entry in self._entries:
            entry.verified = False

    def _regain(self, bus: Bus) -> None:
        if self._lost:
            bus.open()
            self._lost = False
