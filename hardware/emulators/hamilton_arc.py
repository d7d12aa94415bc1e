"""Hamilton Arc pH and dissolved-oxygen sensors (manual EPHUM011 624300/01).

Register numbers here are those on the wire, one below the manual's. 32-bit values stand with
their low word first, as a public driver tested on an Arc pH reads them; ``high-first`` exists
because another public driver reads the other way round.
"""

from __future__ import annotations

import struct
from typing import Literal

from hardware.emulators.modbus_rtu import ILLEGAL_ADDRESS, ILLEGAL_VALUE, ModbusError
from hardware.emulators.plant import Plant

WordOrder = Literal["low-first", "high-first"]

PRIMARY, TEMPERATURE, LEVEL, ADDRESS = 2089, 2409, 4287, 4095
UNIT_C, UNIT_PERCENT_SATURATION, UNIT_PH = 0x04, 0x20, 0x1000
_PASSWORDS = {0x03: 0, 0x0C: 18111978, 0x30: 16021966}
_FLOAT = struct.Struct(">f")
_NO_STATUS = bytes(4)
_MEASURES = {"ph": (UNIT_PH, 0.0, 14.0), "do": (UNIT_PERCENT_SATURATION, 0.0, 300.0)}


class HamiltonArc:
    """One sensor: a measurement block for its own quantity and one for the temperature.

    Args:
        plant: Where the sensor stands.
        vessel: Name of the vessel it stands in.
        reads: Its quantity, ``ph`` or ``do`` (% air saturation).
        address: Modbus address, 1 to 32.
        word_order: Order of the words of 32-bit values.

    Attributes:
        status: Status bits of both blocks (0x08 warning, 0x10 error).
    """

    def __init__(
        self,
        plant: Plant,
        vessel: str,
        reads: Literal["ph", "do"],
        address: int,
        word_order: WordOrder = "low-first",
    ) -> None:
        self.status = 0
        self._plant = plant
        self._vessel = vessel
        self._low_first = word_order == "low-first"
        self._address = address
        self._level = 0x03
        unit, low, high = _MEASURES[reads]
        self._blocks = {
            PRIMARY: (reads, self._words(unit), self._float(low) + self._float(high)),
            TEMPERATURE: (
                "temperature",
                self._words(UNIT_C),
                self._float(-10.0) + self._float(140.0),
            ),
        }

    def read(self, start: int, count: int, now_s: float) -> bytes:
        """Registers of a measurement block (whole blocks only) or of the configuration.

        Raises:
            ModbusError: Another register, or part of a block.
        """
        block = self._blocks.get(start)
        if block is not None and count == 10:
            channel, unit, limits = block
            value = self._plant.read(self._vessel, channel, now_s)
            four = _FLOAT.pack(value)
            if self._low_first:
                four = four[2:] + four[:2]
            return unit + four + (self._words(self.status) if self.status else _NO_STATUS) + limits
        if start == LEVEL and count == 4:
            return self._words(self._level) + self._words(0)
        if start == ADDRESS and count == 2:
            return self._words(self._address)
        raise ModbusError(ILLEGAL_ADDRESS)

    def write(self, start: int, content: bytes, now_s: float) -> None:
        """Change the operator level; nothing else is writable here.

        Raises:
            ModbusError: Another register, or a wrong password.
        """
        if start != LEVEL or len(content) != 8:
            raise ModbusError(ILLEGAL_ADDRESS)
        level, password = self._number(content[:4]), self._number(content[4:])
        if _PASSWORDS.get(level) != password:
            raise ModbusError(ILLEGAL_VALUE)
        self._level = level

    def power_cycle(self, now_s: float) -> None:
        """Lose power; the operator level falls back to U (p. 5)."""
        self._level = 0x03

    def _ordered(self, four: bytes) -> bytes:
        return four[2:] + four[:2] if self._low_first else four

    def _float(self, value: float) -> bytes:
        return self._ordered(_FLOAT.pack(value))

    def _words(self, value: int) -> bytes:
        return self._ordered(value.to_bytes(4, "big"))

    def _number(self, four: bytes) -> int:
        return int.from_bytes(self._ordered(four), "big")
