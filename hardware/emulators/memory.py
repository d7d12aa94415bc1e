"""A port in memory: the emulated line read in virtual time."""

from __future__ import annotations

from collections import deque

from hardware.emulators.line import Arrival, EmulatedLine

_HELD = 4096
"""Bytes that nobody reads and an operating system keeps all the same."""


class MemoryPort:
    """`hardware.port.MemoryPort` over an emulated line: time passes only while somebody waits.

    Writing takes the wire time of the bytes; reading waits until bytes arrive or the deadline
    passes. A day on the line costs what its transactions cost.

    Args:
        line: The line and its devices.
    """

    def __init__(self, line: EmulatedLine) -> None:
        self._line = line
        self._now_s = 0.0
        self._coming: deque[Arrival] = deque()

    def begin(self, now_s: float) -> None:
        """Set the port's clock to the start of a job; never moves it back."""
        if now_s > self._now_s:
            self._now_s = now_s

    def now(self) -> float:
        """Seconds of this port's clock."""
        return self._now_s

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Forget what was not read."""
        self._coming.clear()

    def write(self, data: bytes) -> None:
        """Send bytes; returns when the last one is at the devices."""
        arrivals = self._line.receive(data, self._now_s)
        self._now_s += len(data) * self._line.byte_s
        self._coming.extend(arrivals)

    def read_some(self, deadline_s: float) -> bytes:
        """Wait for bytes until ``deadline_s``; a reply is handed over when its last byte is here.

        At a deadline within a reply, the part that has arrived is handed over.
        """
        now_s = self._now_s
        until_s = deadline_s if deadline_s > now_s else now_s
        if self._line.talkers:
            self._overhear(until_s)
        if not self._coming:
            self._now_s = until_s
            return b""
        arrival = self._coming[0]
        end_s = arrival.end_s
        if end_s <= until_s:
            self._coming.popleft()
            if end_s > now_s:
                self._now_s = end_s
            return arrival.data
        self._now_s = until_s
        return self._cut(arrival, until_s)

    def drop_input(self) -> None:
        """Discard what has arrived by now."""
        self._line.ignore(self._now_s)
        while self._coming and self._coming[0].end_s <= self._now_s:
            self._coming.popleft()
        if self._coming:
            self._cut(self._coming[0], self._now_s)

    def _overhear(self, until_s: float) -> None:
        """Put what a device says unasked before the next reply in front of it."""
        self._line.ignore(self._now_s - _HELD * self._line.byte_s)
        before_s = min(until_s, self._coming[0].start_s) if self._coming else until_s
        if (said := self._line.unasked(before_s)) is not None:
            self._coming.appendleft(said)

    def _cut(self, arrival: Arrival, until_s: float) -> bytes:
        """Take the bytes of a reply that are here by ``until_s``; the rest keeps coming."""
        here = int((until_s - arrival.start_s) / self._line.byte_s + 1e-9)
        if here <= 0:
            return b""
        start_s = arrival.start_s + here * self._line.byte_s
        self._coming[0] = Arrival(start_s, arrival.end_s, arrival.data[here:])
        return arrival.data[:here]
