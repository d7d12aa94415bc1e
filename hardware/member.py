"""A device of the station together with what it was told, which it may forget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hardware.bus import Bus
from hardware.devices.device import Device, Setting
from hardware.errors import DeviceRefused


class Member:
    """A device on a line of the station.

    A device that comes back after its line was lost may have been without power: once it has
    proved who it is, it is told its settings again. So is one that was without power while its
    line stayed, once a scan has found it out. Settings are idempotent; acts are not, and are never
    told again.

    Args:
        device: The driver.
        port: Name of its port.
        safe: Channel to safe value, for its watchdog.

    Attributes:
        told: The last value that each vessel's channel was to have.
        watchdog_s: Seconds of silence after which the device goes safe by itself; None when
            nothing of the kind is armed.
    """

    def __init__(self, device: Device, port: str, safe: Mapping[str, float]) -> None:
        self.device: Final = device
        self.port: Final = port
        self.told: dict[Setting, float] = {}
        self.watchdog_s: float | None = None
        self._safe = safe
        self._lost: dict[str, str] = {}

    def identify(self, bus: Bus) -> None:
        """Let the device prove who it is, and tell it what it was told before.

        Raises:
            HardwareError: It is not there, or another one.
        """
        self.device.identify(bus)
        if self.told:
            self.device.apply(bus, self.told)

    def remind(self, bus: Bus) -> None:
        """Tell the device its settings again if it has forgotten any.

        Raises:
            DeviceRefused: It had.
        """
        self._lost |= self.device.forgotten(bus)
        if not self._lost:
            return
        again = {key: value for key, value in self.told.items() if key[1] in self._lost}
        if not again:
            return
        said = " and ".join(dict.fromkeys(self._lost.values()))
        outcomes = self.device.apply(bus, again)
        refused = {key[1]: one.detail for key, one in outcomes.items() if one.status != "done"}
        self._lost = {channel: self._lost[channel] for channel in refused}
        then = f"not set again: {'; '.join(refused.values())}" if refused else "set again"
        raise DeviceRefused(f"{said}, as after a loss of power; it was {then}")

    def arm(self, bus: Bus, seconds: float) -> None:
        """Arm the device's own watchdog if it has one; said again in time, it is fed.

        Raises:
            DeviceRefused: It has fired; it is armed again and told its settings again.
        """
        try:
            self.watchdog_s = self.device.arm_watchdog(bus, seconds, self._safe)
        except DeviceRefused:
            if self.told:
                self.device.apply(bus, self.told)
            raise

    def disarm(self, bus: Bus) -> None:
        """End the watchdog that was armed."""
        if self.watchdog_s is not None:
            self.device.disarm(bus)
            self.watchdog_s = None
