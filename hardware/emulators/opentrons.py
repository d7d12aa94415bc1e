"""Opentrons modules: a heater-shaker and a temperature module under the vessels of a plant."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

from hardware.emulators.line import Emission
from hardware.emulators.plant import Plant

ROOM_C = 22.0
_THINKS_S = 0.01
_HOMING_S = 2.0
_LONGEST = 80
_WORDS = re.compile(r"([A-Z]\d+)(?:\s*S(-?\d+(?:\.\d+)?))?")


class _Module(ABC):
    """Lines in, one emission a line out.

    Args:
        plant: Whose vessels stand on it.
        vessels: Their names.
        serial: Its serial number.
    """

    def __init__(self, plant: Plant, vessels: Sequence[str], serial: str) -> None:
        self._plant = plant
        self._vessels = tuple(vessels)
        self._serial = serial
        self._target_c: float | None = None
        self._heard = ""

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give an answer to each line."""
        self._heard += data.decode("latin-1")
        *lines, self._heard = self._heard.split("\n")
        self._heard = self._heard[-_LONGEST:]
        return [
            emission for line in lines for emission in self._line(line.strip(), now_s) if emission
        ]

    def power_cycle(self, now_s: float) -> None:
        """Lose power: the heater is off afterwards."""
        self._heard = ""
        self._heat(None, now_s)

    @abstractmethod
    def _line(self, line: str, now_s: float) -> list[Emission]:
        """What is answered to one line."""

    def _heat(self, target_c: float | None, now_s: float) -> None:
        self._target_c = target_c
        self._put("temperature", ROOM_C if target_c is None else target_c, now_s)

    def _put(self, channel: str, value: float, now_s: float) -> None:
        for vessel in self._vessels:
            self._plant.set(vessel, channel, value, now_s)

    def _see(self, channel: str, now_s: float) -> float:
        return self._plant.read(self._vessels[0], channel, now_s)


class HeaterShaker(_Module):
    """A heater-shaker; see `_Module`.

    Attributes:
        latch: State of the latch, as ``M241`` tells it.
        trouble: A fault that it reports unasked, once, before its next answer.
    """

    def __init__(self, plant: Plant, vessels: Sequence[str], serial: str = "HSV01") -> None:
        super().__init__(plant, vessels, serial)
        self.latch = "IDLE_CLOSED"
        self.trouble = ""
        self._rpm = 0

    def power_cycle(self, now_s: float) -> None:
        """Lose power: heater and shaker are off afterwards."""
        super().power_cycle(now_s)
        self._shake(0, now_s)

    def _line(self, line: str, now_s: float) -> list[Emission]:
        if not line:
            return []
        words = _WORDS.fullmatch(line)
        said = "ERR003:unhandled gcode" if words is None else self._obey(words, now_s)
        report, self.trouble = (f"async {self.trouble} OK\n" if self.trouble else ""), ""
        takes_s = _HOMING_S if line == "G28" else _THINKS_S
        return [Emission(takes_s, f"{report}{said} OK\n".encode("ascii"))]

    def _obey(self, words: re.Match[str], now_s: float) -> str:
        code, value = words[1], float(words[2] or 0.0)
        match code:
            case "M115":
                return f"M115 FW:v1.0.1 HW:Opentrons-heater-shaker-v1 SerialNo:{self._serial}"
            case "M241":
                return f"M241 STATUS:{self.latch}"
            case "M242" | "M243":
                self.latch = "IDLE_OPEN" if code == "M242" else "IDLE_CLOSED"
            case "M105":
                target_c = self._target_c or 0.0
                return f"M105 C:{self._see('temperature', now_s):.2f} T:{target_c:.2f}"
            case "M123":
                return f"M123 C:{self._see('stirring', now_s):.0f} T:{self._rpm}"
            case "M104":
                if not 37.0 <= value <= 95.0:
                    return "ERR203:temperature out of range"
                self._heat(value, now_s)
            case "M106":
                self._heat(None, now_s)
            case "M3":
                if self.latch != "IDLE_CLOSED":
                    return "ERR126:plate lock not closed"
                if not 200 <= value <= 3000:
                    return "ERR123:speed out of range"
                self._shake(round(value), now_s)
            case "G28":
                self._shake(0, now_s)
            case _:
                return "ERR003:unhandled gcode"
        return code

    def _shake(self, rpm: int, now_s: float) -> None:
        self._rpm = rpm
        self._put("stirring", float(rpm), now_s)


class TemperatureModule(_Module):
    """A temperature module; each line, the blank one too, is answered by ``ok``."""

    def __init__(self, plant: Plant, vessels: Sequence[str], serial: str = "TDV01") -> None:
        super().__init__(plant, vessels, serial)

    def _line(self, line: str, now_s: float) -> list[Emission]:
        said = self._obey(line, now_s)
        return [Emission(_THINKS_S, f"{said}ok\r\n".encode("ascii"))]

    def _obey(self, line: str, now_s: float) -> str:
        words = _WORDS.fullmatch(line)
        match words[1] if words else line:
            case "M105":
                target = "none" if self._target_c is None else f"{self._target_c:.3f}"
                return f"T:{target} C:{self._see('temperature', now_s):.3f}\r\n"
            case "M115":
                return f"serial:{self._serial} model:temp_deck_v20 version:v2.2.0\r\n"
            case "M104" if words and words[2] is not None and -9.0 <= float(words[2]) <= 99.0:
                self._heat(float(words[2]), now_s)
            case "M18":
                self._heat(None, now_s)
            case "":
                pass
            case _:
                return "ERR003:unhandled gcode\r\n"
        return ""
