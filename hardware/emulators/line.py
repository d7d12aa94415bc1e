"""One serial line with emulated devices on it: when does which byte arrive."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple, Protocol, runtime_checkable


class Emission(NamedTuple):
    """Bytes a device sends.

    Attributes:
        delay_s: From the request's last byte to the first byte of ``data`` leaving the device.
        data: What it sends.
    """

    delay_s: float
    data: bytes


class Arrival(NamedTuple):
    """Bytes on their way to the host.

    Attributes:
        start_s: Time at which the first bit leaves the device.
        end_s: Time at which the last bit is with the host.
        data: The bytes.
    """

    start_s: float
    end_s: float
    data: bytes


class Emulator(Protocol):
    """A device (or all devices of one kind) at the far end of a line."""

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes whose last one arrived at ``now_s``; give what the device sends for them."""
        ...


@runtime_checkable
class Talker(Protocol):
    """An emulator that says things nobody asked for."""

    def speaks_at(self, after_s: float) -> float:
        """When it next says something by itself; infinity while it has nothing to say."""
        ...

    def say(self, at_s: float) -> bytes:
        """What it says at that time; nothing, perhaps, after all."""
        ...


def bits_per_byte(frame: str) -> int:
    """Bits on the wire for one byte in a frame such as ``8N2``: start, data, parity, stop.

    Raises:
        ValueError: ``frame`` is not a frame.
    """
    if len(frame) != 3 or frame[0] not in "78" or frame[1] not in "NEO" or frame[2] not in "12":
        raise ValueError(f"'{frame}' is no serial frame; expected one such as '8N1'")
    return 1 + int(frame[0]) + (frame[1] != "N") + int(frame[2])


class EmulatedLine:
    """A serial line that every device on it hears (RS-485 multidrop; one device: RS-232).

    Bytes take their time in both directions. Replies that would overlap on the wire follow each
    other, as from devices that wait for a quiet line.

    Args:
        emulators: The devices.
        baud: Bits per second.
        frame: Such as ``8N1``.

    Attributes:
        talkers: Those that may speak unasked.

    Raises:
        ValueError: The frame or baud rate is impossible.
    """

    def __init__(self, emulators: Sequence[Emulator], baud: int, frame: str = "8N1") -> None:
        if baud <= 0:
            raise ValueError("the baud rate must be positive")
        self.emulators = tuple(emulators)
        self.baud = baud
        self.frame = frame
        self.byte_s = bits_per_byte(frame) / baud
        self.talkers = tuple(device for device in emulators if isinstance(device, Talker))
        self._to_devices_free_s = 0.0
        self._to_host_free_s = 0.0
        self._heard_s = 0.0

    def send(self, data: bytes, now_s: float) -> float:
        """Time at which the last of ``data``, written at ``now_s``, has reached the devices."""
        free_s = self._to_devices_free_s
        begins_s = now_s if now_s > free_s else free_s  # max() would be a call a transaction
        self._to_devices_free_s = heard_s = begins_s + len(data) * self.byte_s
        return heard_s

    def receive(self, data: bytes, now_s: float) -> list[Arrival]:
        """Put the host's bytes on the wire.

        Args:
            data: What the host writes.
            now_s: When it begins to write.

        Returns:
            What comes back, in order of arrival.
        """
        heard_s = self.send(data, now_s)
        if len(self.emulators) == 1:
            emissions = self.emulators[0].feed(data, heard_s)
        else:
            emissions = [
                emission for device in self.emulators for emission in device.feed(data, heard_s)
            ]
        if len(emissions) > 1:
            emissions.sort(key=lambda emission: emission.delay_s)
        arrivals = []
        for delay_s, reply in emissions:
            ready_s, free_s = heard_s + delay_s, self._to_host_free_s
            start_s = ready_s if ready_s > free_s else free_s
            self._to_host_free_s = end_s = start_s + len(reply) * self.byte_s
            # What Arrival(...) does, in half the time.
            arrivals.append(tuple.__new__(Arrival, (start_s, end_s, reply)))
        return arrivals

    def speaks_at(self) -> float:
        """When a device next says something unasked; infinity while all of them are silent."""
        return min((device.speaks_at(self._heard_s) for device in self.talkers), default=inf)

    def unasked(self, until_s: float) -> Arrival | None:
        """The next thing that a device has begun to say unasked by ``until_s``."""
        while (at_s := self.speaks_at()) <= until_s:
            after_s, self._heard_s = self._heard_s, at_s
            said = b"".join(d.say(at_s) for d in self.talkers if d.speaks_at(after_s) == at_s)
            if said:
                return Arrival(at_s, at_s + len(said) * self.byte_s, said)
        return None

    def ignore(self, until_s: float) -> None:
        """Drop what was said unasked by ``until_s``."""
        self._heard_s = max(self._heard_s, until_s)
