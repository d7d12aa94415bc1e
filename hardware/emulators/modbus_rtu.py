"""The slaves' side of a Modbus RTU segment: one parser for all slaves that hear the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from fastcrc.crc16 import modbus as crc16

from hardware.emulators.line import Emission

READ_HOLDING, READ_INPUT, WRITE_MULTIPLE = 0x03, 0x04, 0x10
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 0x01, 0x02, 0x03

_SILENCE_S = 0.02
"""Silence that ends a frame. The standard's 3.5 characters (1.75 ms above 19200 baud) would make a
pseudo-terminal on a busy computer lose frames that no wire would lose."""
_LONGEST = 256
_MEMO_SIZE = 4096


class ModbusError(Exception):
    """A request that the slave answers with an exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code = code


class Slave(Protocol):
    """Registers behind one address."""

    def read(self, start: int, count: int, now_s: float) -> bytes:
        """Content of ``count`` registers from ``start`` (as on the wire, 0-based), 2 bytes each.

        Raises:
            ModbusError: The slave does not allow it.
        """
        ...

    def write(self, start: int, content: bytes, now_s: float) -> None:
        """Set registers from ``start`` on.

        Raises:
            ModbusError: The slave does not allow it.
        """
        ...


class _Request(NamedTuple):
    address: int
    function: int
    start: int
    registers: int
    content: bytes


class RtuSegment:
    """All slaves of one line.

    As real slaves do, they answer nothing to a frame with a wrong CRC or a foreign address and
    find the next frame only after silence.

    Args:
        slaves: By address (1 to 247).
        turnaround_s: From the request's last byte to the reply's first.
    """

    def __init__(self, slaves: Mapping[int, Slave], turnaround_s: float = 0.015) -> None:
        self._slaves = dict(slaves)
        self._turnaround_s = turnaround_s
        self._heard = b""
        self._heard_s = 0.0
        # A master polls with the same few requests for weeks; equal bytes have an equal CRC.
        self._checked: dict[bytes, _Request] = {}

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give the replies of the slave they address."""
        if self._heard:
            if now_s - self._heard_s <= _SILENCE_S:
                data = self._heard + data
            self._heard = b""
        request = self._checked.get(data) or self._check(data)
        if request is None:
            self._heard, self._heard_s = data[:_LONGEST], now_s
            return []
        slave = self._slaves.get(request.address)
        if slave is None:
            return []
        reply = _answer(slave, request, now_s)
        reply += crc16(reply).to_bytes(2, "little")
        # What Emission(...) does, in half the time.
        return [tuple.__new__(Emission, (self._turnaround_s, reply))]

    def power_cycle(self, now_s: float) -> None:
        """All slaves lose power; what each forgets, it says in a method of the same name."""
        self._heard = b""
        for slave in self._slaves.values():
            forget = getattr(slave, "power_cycle", None)
            if forget is not None:
                forget(now_s)

    def _check(self, frame: bytes) -> _Request | None:
        if len(frame) < 4 or len(frame) != _length(frame) or crc16(frame) != 0:
            return None
        start = int.from_bytes(frame[2:4], "big")
        count = int.from_bytes(frame[4:6], "big")
        request = _Request(frame[0], frame[1], start, count, frame[7:-2])
        if request.function in (READ_HOLDING, READ_INPUT) and len(self._checked) < _MEMO_SIZE:
            self._checked[frame] = request
        return request


def _length(frame: bytes) -> int:
    """Length that the request's head promises; functions unknown here end with their CRC."""
    if frame[1] in (READ_HOLDING, READ_INPUT):
        return 8
    if frame[1] == WRITE_MULTIPLE:
        return 9 + frame[6] if len(frame) > 6 else _LONGEST
    return len(frame)


def _answer(slave: Slave, request: _Request, now_s: float) -> bytes:
    """The reply without its CRC."""
    address, function, start, count, content = request
    try:
        if function in (READ_HOLDING, READ_INPUT):
            registers = slave.read(start, count, now_s)
            return bytes((address, function, len(registers))) + registers
        if function != WRITE_MULTIPLE:
            raise ModbusError(ILLEGAL_FUNCTION)
        if len(content) != 2 * count:
            raise ModbusError(ILLEGAL_VALUE)
        slave.write(start, content, now_s)
        return bytes((address, function)) + start.to_bytes(2, "big") + count.to_bytes(2, "big")
    except ModbusError as error:
        return bytes((address, function | 0x80, error.code))
