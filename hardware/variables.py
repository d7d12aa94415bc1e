"""Ports that carry named variables instead of bytes, as OPC UA servers and MQTT brokers do.

Such a port stands under a `hardware.bus.Bus` like a serial one: bus and runner open it, lose it,
open it again with back-off and have its devices prove who they are. Only the words differ: a
driver asks its variables through `hardware.bus.Bus.through`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from hardware.port import Port


class VariablePort(Port, Protocol):
    """A port over which variables are read and written by name."""

    def check(self, names: Sequence[str]) -> None:
        """Whether the server has these variables.

        Raises:
            DeviceRefused: It lacks one; names it.
        """
        ...

    def get(self, name: str, within_s: float) -> float:
        """The present value of a variable, in the server's unit.

        Args:
            name: Of the variable.
            within_s: How old a published value may be; a server that is asked gives a new one.

        Raises:
            HardwareError: There is no good value.
        """
        ...

    def put(self, name: str, value: float) -> None:
        """Write a variable.

        Raises:
            DeviceRefused: The server does not take it.
        """
        ...


class NoBytes:
    """The part of a port that a variable port on wall time has no use for."""

    def now(self) -> float:
        """See `Port.now`."""
        return time.monotonic()

    def write(self, data: bytes) -> None:
        """Refused: `hardware.station_spec` lets no device that speaks bytes stand here."""
        raise TypeError("this port carries variables, no bytes")

    def read_some(self, deadline_s: float) -> bytes:
        """See `Port.read_some`; no byte ever comes."""
        time.sleep(max(0.0, deadline_s - self.now()))
        return b""

    def drop_input(self) -> None:
        """See `Port.drop_input`; nothing comes unasked."""
