"""Hamilton Arc pH and dissolved-oxygen sensors: Modbus RTU on RS-485, manual EPHUM011 624300/01.

A measurement block holds ten registers and is read whole (p. 21, 23). The manual counts registers
from 1, the wire from 0 (p. 5). The sensor's memory stands 100 000 writes (p. 5), so nothing is
ever written here. Function codes 3 and 4 both read: they alternate, so that a reply which is one
request late is recognised as foreign.

Doubts: the order of the two words of a 32-bit value (low first is what a public driver tested on
an Arc pH reads; another public driver reads high first) is an option of the station file, and a
value outside the limits that its own block states is refused.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping
from typing import Final, NamedTuple

from hardware.bus import Bus, Exchange
from hardware.devices.device import Device, Probe
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply
from hardware.framing import Rtu, rtu_frame
from hardware.specs import ArcSpec

READ_CODES: Final = (3, 4)
REGISTERS: Final = 10
_BLOCK_BYTES = 2 * REGISTERS
_TIMEOUT_S = 0.3
_LOW_FIRST = struct.Struct("<IfIff")
_WOBBLE = 0.01
"""Share of the span by which a value may leave it: oxygen near zero is noise around zero."""


class Block(NamedTuple):
    """A measurement block.

    Attributes:
        register: First register on the wire, one below the manual's number.
        unit_bit: Its unit (p. 19).
        unit: The same in words.
    """

    register: int
    unit_bit: int
    unit: str


BLOCKS: Final[Mapping[str, Block]] = {
    "ph": Block(2089, 0x1000, "pH"),
    "do": Block(2089, 0x20, "% air saturation"),
    "temperature": Block(2409, 0x04, "degC"),
}
"""Primary measurement channels 1 and 6 (p. 21, 23)."""

STATUS_BITS: Final[Mapping[int, str]] = {
    0x01: "the temperature is outside the measuring range",
    0x02: "the temperature is outside the operating range",
    0x10: "the sensor reports an error",
}
"""Status bits (p. 23) that make a value none; 0x04 (calibration) and 0x08 (warning) do not."""
_INVALID = sum(STATUS_BITS)

EXCEPTIONS: Final[Mapping[int, str]] = {
    1: "illegal function",
    2: "illegal register",
    3: "illegal value",
    4: "device failure",
}


class HamiltonArc(Device):
    """One sensor in one vessel.

    Args:
        spec: Its line of the station file.
        address: 1 to 32.
        vessel: Where it stands.
        character_s: Seconds one character takes on its line.
    """

    controls: frozenset[str] = frozenset()
    checked = True

    def __init__(self, spec: ArcSpec, address: int, vessel: str, character_s: float) -> None:
        self.name = f"hamilton-arc {address}"
        self.vessels = (vessel,)
        self.gap_s = 3.5 * character_s
        self.probes = (Probe(spec.reads, self.vessels, self.measure),)
        self._block = BLOCKS[spec.reads]
        self._low_first = spec.word_order == "low-first"
        self._exchanges = self._alternating(address)
        self._turn = 0

    def measure(self, bus: Bus) -> float:
        """Read the sensor's own quantity, in the unit of its block."""
        self._turn ^= 1
        return bus.transact(self._exchanges[self._turn])

    def identify(self, bus: Bus) -> None:
        """A good value in the right unit is the sensor's identity."""
        self.measure(bus)

    def _alternating(self, address: int) -> tuple[Exchange[float], Exchange[float]]:
        by_3, by_4 = (
            rtu_frame(struct.pack(">BBHH", address, code, self._block.register, REGISTERS))
            for code in READ_CODES
        )
        framing = Rtu()
        return (
            Exchange((by_3, by_4), framing, self._match, _TIMEOUT_S),
            Exchange((by_4, by_3), framing, self._match, _TIMEOUT_S),
        )

    def _match(self, request: bytes, frame: bytes) -> float:
        if frame[0] != request[0] or frame[1] & 0x7F != request[1]:
            raise ForeignReply(
                f"unit {frame[0]} answered by function {frame[1]}, "
                f"unit {request[0]} was asked by {request[1]}"
            )
        if frame[1] & 0x80:
            raise DeviceRefused(f"Modbus exception {frame[2]}: {EXCEPTIONS.get(frame[2], '?')}")
        if frame[2] != _BLOCK_BYTES:
            raise DamagedReply(f"{frame[2]} bytes came, a measurement block has {_BLOCK_BYTES}")
        return self._value(frame[3:-2])

    def _value(self, payload: bytes) -> float:
        unit, value, status, low, high = _fields(payload, self._low_first)
        if unit != self._block.unit_bit:
            raise DamagedReply(f"unit 0x{unit:x} came where {self._block.unit} was expected")
        if status & _INVALID:
            raise DeviceRefused(
                "; ".join(text for bit, text in STATUS_BITS.items() if status & bit)
            )
        margin = _WOBBLE * (high - low)
        if not low - margin <= value <= high + margin:
            raise DamagedReply(
                f"{value:g} is outside the sensor's own limits {low:g} to {high:g}; "
                "is its word_order right?"
            )
        return float(value)


def _fields(payload: bytes, low_first: bool) -> tuple[int, float, int, float, float]:
    """Unit, value, status, least and greatest value of a block."""
    if not low_first:
        return struct.unpack(">IfIff", payload)
    # Low word first, but high byte first within a word: swapping each word's bytes leaves
    # plain little-endian numbers.
    words = array("H", payload)
    words.byteswap()
    return _LOW_FIRST.unpack(words)
