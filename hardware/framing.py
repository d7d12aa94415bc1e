"""Bytes to frames, free of I/O and of time: feed what came, get the whole frames in it.

Each decoder gives only frames that are whole and whose checksum is right, whatever way the bytes
were split, merged or preceded by noise. Whose answer a frame is, the driver decides.
"""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Protocol

from fastcrc.crc16 import modbus as crc16

_LONGEST = 4096
_BLANK = b" \t\n\r\v\f\x1c\x1d\x1e\x1f"
"""What text, unlike bytes, takes for white space: a line of it has no words."""
_MOST_LINES = 64

STX, ETX = 0x02, 0x03
_READS = (3, 4)
_WRITE_MANY = 16


class Framing(Protocol):
    """An incremental decoder of one wire format."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes as they came; give the frames completed by them."""
        ...

    def reset(self) -> None:
        """Forget what is incomplete."""
        ...

    @property
    def leftover(self) -> bytes:
        """Bytes that are no part of a whole frame (yet)."""
        ...


class Delimited:
    """Text lines that end with a terminator; frames come without it.

    Args:
        terminator: A carriage return, a line feed, or such as ``b",end"``.
    """

    def __init__(self, terminator: bytes) -> None:
        self._terminator = terminator
        self._buffer = b""

    def feed(self, data: bytes) -> list[bytes]:
        """See `Framing.feed`; blank lines and white space around a frame are dropped."""
        *lines, rest = (self._buffer + data).split(self._terminator)
        self._buffer = rest[-_LONGEST:]
        return [line for line in map(bytes.strip, lines) if line.strip(_BLANK)]

    def reset(self) -> None:
        """See `Framing.reset`."""
        self._buffer = b""

    @property
    def leftover(self) -> bytes:
        """See `Framing.leftover`."""
        return self._buffer.strip()


class StatusOrLine:
    """Answers that are one character without a terminator, or a line that ends with CR LF.

    Args:
        statuses: The characters that are an answer by themselves; no line begins with one.
    """

    def __init__(self, statuses: bytes) -> None:
        self._statuses = statuses
        self._buffer = b""

    def feed(self, data: bytes) -> list[bytes]:
        """See `Framing.feed`; line ends after a single character are passed over."""
        buffer = (self._buffer + data).lstrip()
        frames = []
        while buffer:
            end = 1 if buffer[0] in self._statuses else buffer.find(b"\r\n")
            if end < 0:
                break
            frames.append(buffer[:end].strip())
            buffer = buffer[end:].lstrip()
        self._buffer = buffer[-_LONGEST:]
        return frames

    def reset(self) -> None:
        """See `Framing.reset`."""
        self._buffer = b""

    @property
    def leftover(self) -> bytes:
        """See `Framing.leftover`."""
        return self._buffer


class ClosedLines:
    """Answers of several lines, the last of which is a known one; frames hold all their lines.

    Args:
        terminator: Ends a line, and stands between the lines of a frame.
        closing: Lines that end an answer, such as ``*OK``.
    """

    def __init__(self, terminator: bytes, closing: tuple[bytes, ...]) -> None:
        self._terminator = terminator
        self._closing = closing
        self._lines = Delimited(terminator)
        self._begun: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """See `Framing.feed`."""
        frames = []
        for line in self._lines.feed(data):
            self._begun = [*self._begun[-_MOST_LINES:], line]
            if line in self._closing:
                frames.append(self._terminator.join(self._begun))
                self._begun = []
        return frames

    def reset(self) -> None:
        """See `Framing.reset`."""
        self._lines.reset()
        self._begun = []

    @property
    def leftover(self) -> bytes:
        """See `Framing.leftover`."""
        return self._terminator.join([*self._begun, self._lines.leftover]).strip()


class Rtu:
    """Modbus RTU replies to FC 3, 4 and 16, and exceptions; frames come with their CRC.

    RTU marks a frame's end by silence, which no operating system delivers reliably. Here the
    length that a reply states and its CRC find it, at any offset.
    """

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[bytes]:
        """See `Framing.feed`."""
        buffer = self._buffer + data if self._buffer else data
        frames = []
        start = 0
        if len(buffer) >= 5 and _rtu_length(buffer, 0) == len(buffer) and crc16(buffer) == 0:
            self._buffer = b""
            return [buffer]
        while start + 5 <= len(buffer):
            end = start + _rtu_length(buffer, start)
            if start < end <= len(buffer) and crc16(buffer[start:end]) == 0:
                frames.append(buffer[start:end])
                buffer, start = buffer[end:], 0
            else:
                start += 1
        self._buffer = buffer[-_LONGEST:]
        return frames

    def reset(self) -> None:
        """See `Framing.reset`."""
        self._buffer = b""

    @property
    def leftover(self) -> bytes:
        """See `Framing.leftover`."""
        return self._buffer


def _rtu_length(buffer: bytes, start: int) -> int:
    """Length of the reply that would begin at ``start``; 0 when none can."""
    function = buffer[start + 1]
    if function in _READS:
        return 5 + buffer[start + 2]
    if function == _WRITE_MANY:
        return 8
    return 5 if function & 0x7F in (*_READS, _WRITE_MANY) else 0


def rtu_frame(body: bytes) -> bytes:
    """A Modbus RTU frame: unit, function and data followed by their CRC, low byte first."""
    return body + crc16(body).to_bytes(2, "little")


class OemXor:
    """Cavro OEM frames: STX ... ETX and the XOR of all these; frames come whole."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[bytes]:
        """See `Framing.feed`; what precedes an STX (line synchronisation) is skipped."""
        buffer = self._buffer + data
        frames = []
        start = buffer.find(STX)
        while start >= 0:
            end = buffer.find(ETX, start + 1) + 2
            if 1 < end <= len(buffer) and reduce(xor, buffer[start:end]) == 0:
                frames.append(buffer[start:end])
                buffer, start = buffer[end:], -1
            start = buffer.find(STX, start + 1)
        self._buffer = buffer[-_LONGEST:]
        return frames

    def reset(self) -> None:
        """See `Framing.reset`."""
        self._buffer = b""

    @property
    def leftover(self) -> bytes:
        """See `Framing.leftover`."""
        return self._buffer


def oem_frame(body: bytes) -> bytes:
    """A Cavro OEM frame around address, sequence and command."""
    framed = bytes([STX]) + body + bytes([ETX])
    return framed + bytes([reduce(xor, framed)])
