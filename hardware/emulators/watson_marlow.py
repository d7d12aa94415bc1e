"""Watson-Marlow Du pumps on one line: most commands answer nothing, ``RS`` answers a status.

A command that comes less than 10 ms after the one before is not heard. A dose counts on the
cumulative tacho; without power count and speed are lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hardware.emulators.line import Emission
from hardware.emulators.plant import Plant

_TURNAROUND_S = 0.005
_LEAST_APART_S = 0.010
_CHARACTER_S = 11 / 9600
_LONGEST = 60
_HIGHEST_RPM = 400.0
_COMMAND = re.compile(r"(\d{1,2}|#)([A-Z]{2})([0-9.,]*)")
_EVER = 1e12


class Tube(NamedTuple):
    """What a pump is connected to.

    Attributes:
        vessel: Where it leads.
        source: Where it comes from.
        revolution_ml: Volume of one revolution, mL.
        clockwise: Whether it turns clockwise to bring it there.
    """

    vessel: str
    source: str
    revolution_ml: float
    clockwise: bool


@dataclass
class _Run:
    """Turning since a time, for so many pulses."""

    start_s: float
    pulses: float
    counted: float = 0.0


class DuPump:
    """One pump.

    Args:
        number: The number that is set on it.
        plant: Where the liquid goes.
        tube: What it is connected to.
        pulses: Tacho pulses of one revolution.

    Attributes:
        doses: Doses obeyed, for tests of what is sent twice.
    """

    def __init__(self, number: int, plant: Plant, tube: Tube, pulses: int) -> None:
        self.number = number
        self.doses = 0
        self._plant = plant
        self._tube = tube
        self._pulses = pulses
        self._rpm = 100.0
        self._clockwise = True
        self._tacho = 0.0
        self._run: _Run | None = None
        plant.on_time(self.settle)

    def settle(self, now_s: float) -> None:
        """Bring what it has turned until now into the vessel."""
        run = self._run
        if run is None:
            return
        turned = min(run.pulses, (now_s - run.start_s) * self._rpm / 60.0 * self._pulses)
        turned = max(turned, run.counted)  # another line's clock may have been ahead
        new, run.counted = turned - run.counted, turned
        self._tacho += new
        if turned >= run.pulses:
            self._run = None
        volume_ml = new / self._pulses * self._tube.revolution_ml
        if volume_ml <= 0.0:
            return
        if self._clockwise == self._tube.clockwise:
            self._plant.add(self._tube.vessel, volume_ml, self._tube.source, now_s)
        else:
            self._plant.lost.append(f"{volume_ml:.3f} mL were pumped out of {self._tube.vessel}")

    def obey(self, command: str, data: str, now_s: float) -> str:
        """Do one command; gives the answer, mostly none."""
        self.settle(now_s)
        if command == "RS":
            return self._status()
        if command == "RT":
            return f"{round(self._tacho)}!"
        if command == "ZY":
            return str(int(self._run is not None))
        if command == "SP" and re.fullmatch(r"\d+(\.\d+)?", data):
            self._turn(min(float(data), _HIGHEST_RPM), now_s)
        elif command == "DO" and re.fullmatch(r"[1-9]\d*(,\d+)?", data):
            self.doses += 1
            self._run = _Run(now_s, float(data.partition(",")[0]))
        elif command == "GO":
            self._run = self._run or _Run(now_s, _EVER)
        elif command == "ST":
            self._run = None
        elif command == "TC":
            self._tacho = 0.0
        elif command in ("RR", "RL"):
            self._clockwise = command == "RR"
        return ""

    def power_cycle(self, now_s: float) -> None:
        """Stop and forget count, speed and direction."""
        self.settle(now_s)
        self._run, self._tacho, self._rpm, self._clockwise = None, 0.0, 100.0, True

    def _turn(self, rpm: float, now_s: float) -> None:
        """Go on at another speed."""
        if self._run is not None:
            self._run = _Run(now_s, self._run.pulses - self._run.counted)
        self._rpm = rpm

    def _status(self) -> str:
        way = "CW" if self._clockwise else "CCW"
        return (
            f"520Du {self._tube.revolution_ml:.2f} 520R 9.6MM {self._rpm:.1f} {way}"
            f" P/N {self.number} {round(self._tacho)} {int(self._run is not None)} !"
        )


class WatsonMarlowLine:
    """The pumps of one line.

    Args:
        pumps: Pumps with the same number all obey and answer.
    """

    def __init__(self, pumps: Sequence[DuPump]) -> None:
        self.pumps = tuple(pumps)
        self._heard = ""
        self._last_s = -1.0

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give the answers of the pumps that are asked."""
        begun_s = now_s - len(data) * _CHARACTER_S
        self._heard += data.decode("latin-1")
        *lines, self._heard = self._heard.split("\r")
        self._heard = self._heard[-_LONGEST:]
        answers = []
        for i, line in enumerate(lines):
            too_soon = i > 0 or begun_s - self._last_s < _LEAST_APART_S - 1e-9
            self._last_s = now_s
            match = _COMMAND.fullmatch(line)
            if match is None or too_soon:
                continue
            asked = [p for p in self.pumps if match[1] in ("#", str(p.number))]
            answers += [pump.obey(match[2], match[3], now_s) for pump in asked]
        return [Emission(_TURNAROUND_S, x.encode("ascii")) for x in answers if x]

    def power_cycle(self, now_s: float) -> None:
        """All pumps lose their power."""
        self._heard = ""
        for pump in self.pumps:
            pump.power_cycle(now_s)
