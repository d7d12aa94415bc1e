"""A port: six calls between the bus and whatever carries its bytes.

The bus and the drivers know nothing else of the outside, not even the time: a serial port counts
wall seconds, a port in memory counts the seconds of its emulated line.
"""

from typing import Protocol


class Port(Protocol):
    """A byte line to one or more devices, owned by exactly one bus.

    Every method raises `hardware.errors.PortLost` once the line is gone.
    """

    def open(self) -> None:
        """Open the line; harmless when it is open already."""

    def write(self, data: bytes) -> None:
        """Send all bytes; they may still be on the wire when this returns."""

    def read_some(self, deadline_s: float) -> bytes:
        """Wait for bytes.

        Args:
            deadline_s: Time on this port's clock (see `now`); one in the past asks only for what
                is there already.

        Returns:
            One byte or more as soon as there are any; ``b""`` when the deadline passed.
        """

    def drop_input(self) -> None:
        """Discard what has arrived and was not read."""

    def close(self) -> None:
        """Close the line; harmless when it is closed already."""

    def now(self) -> float:
        """Monotonic seconds of this port's clock."""


class MemoryPort(Port, Protocol):
    """A port whose time is not the wall's: it stands still until somebody reads and waits."""

    def begin(self, now_s: float) -> None:
        """Set the port's clock to the start of a job; never moves it back."""
