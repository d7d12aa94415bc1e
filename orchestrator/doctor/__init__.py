"""The doctor: why a device does not answer, its cause and its cure, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.doctor.computer import look_at_computer
from orchestrator.doctor.finding import Finding
from orchestrator.doctor.lines import ask_devices
from orchestrator.doctor.machine import Machine
from orchestrator.doctor.ports import look_at_ports

if TYPE_CHECKING:
    from hardware.station_spec import StationSpec

__all__ = ["Finding", "Machine", "examine"]


def examine(machine: Machine, station: StationSpec | None = None) -> list[Finding]:
    """Look at this computer, its ports, and a station's devices.

    Nothing is moved, heated or dosed: devices are only asked who they are.

    Args:
        machine: The computer.
        station: Whose ports and devices to look for; without it no device is asked.
    """
    clocks = machine.clocks()
    findings = [*look_at_ports(machine, station), *look_at_computer(machine)]
    if station is not None:
        findings += ask_devices(station, machine)
    return [*findings, machine.jumped(clocks)]
