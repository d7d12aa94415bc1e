"""An Ismatec Reglo ICC: four channels that dose by themselves, one serial line.

With channel addressing off (after power-up, here) a digit means the whole pump, and a start starts
all channels. Events are on until they are switched off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hardware.emulators.line import Emission
from hardware.emulators.plant import Plant

CHANNELS = 4
_TURNAROUND_S = 0.004
_LONGEST = 40
_FASTEST_ML_MIN = 35.0
_MOST_ML = 999.9
_SENT = re.compile(r"(\d{4})([+-]\d)")
_COMMAND = re.compile(r"([0-8])(x?[A-Za-z!#~?@\]+])(.*)")
_MODES = "LMOGQNP"


class Tube(NamedTuple):
    """What a channel is connected to, and the direction that brings it to the vessel."""

    vessel: str
    source: str
    clockwise: bool


@dataclass
class _Channel:
    """One roller head. Numbers as they are written on the line: mantissa and exponent."""

    mode: str = "L"
    direction: str = "J"
    by_flow: str = "0"
    flow: tuple[int, int] = (0, 0)
    volume: tuple[int, int] = (0, 0)
    started_s: float | None = None
    counted_ml: float = 0.0
    cause: str = "C"

    def given_ml(self, now_s: float) -> float:
        """What it has given since its start; in volume mode it stops there."""
        if self.started_s is None:
            return self.counted_ml
        given_ml = _value(self.flow) * (now_s - self.started_s) / 60.0
        return min(given_ml, _value(self.volume)) if self.mode == "O" else given_ml


class RegloIcc:
    """One pump.

    Args:
        plant: Where the liquid goes.
        tubes: By the number of the channel; a channel without tube runs dry.

    Attributes:
        started: Starts obeyed, for tests of what is sent twice.
    """

    def __init__(self, plant: Plant, tubes: Mapping[int, Tube]) -> None:
        self.started = 0
        self._plant = plant
        self._tubes = dict(tubes)
        self._channels = {number: _Channel() for number in range(1, CHANNELS + 1)}
        self._by_channel = False
        self._events = True
        self._heard = ""
        self._sets: Mapping[str, Callable[[_Channel, str], bool]] = {
            "f": self._set_flow,
            "v": self._set_volume,
            "xf": self._set_rate,
        }
        plant.on_time(self.settle)

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give the answers to the commands in them."""
        self._heard += data.decode("latin-1")
        *lines, self._heard = self._heard.split("\r")
        self._heard = self._heard[-_LONGEST:]
        emissions = []
        for line in lines:
            self.settle(now_s)
            match = _COMMAND.fullmatch(line)
            answer = self._obey(int(match[1]), match[2], match[3], now_s) if match else "#"
            emissions.append(Emission(_TURNAROUND_S, answer.encode("latin-1")))
        return emissions

    def settle(self, now_s: float) -> None:
        """Bring what the channels have moved until now into the vessels."""
        for number, channel in self._channels.items():
            if channel.started_s is None:
                continue
            # Never less than before: another line's clock may have been ahead.
            given_ml = max(channel.given_ml(now_s), channel.counted_ml)
            moved_ml, channel.counted_ml = given_ml - channel.counted_ml, given_ml
            if channel.mode == "O" and given_ml >= _value(channel.volume):
                channel.started_s = None
            self._move(number, channel.direction == "J", moved_ml, now_s)

    def power_cycle(self, now_s: float) -> None:
        """Stop, and forget settings, addressing and events."""
        self.settle(now_s)
        self._channels = {number: _Channel() for number in self._channels}
        self._by_channel, self._events, self._heard = False, True, ""

    def _move(self, number: int, clockwise: bool, volume_ml: float, now_s: float) -> None:
        tube = self._tubes.get(number)
        if tube is None or volume_ml <= 0.0:
            return
        if tube.clockwise == clockwise:
            self._plant.add(tube.vessel, volume_ml, tube.source, now_s)
        else:
            self._plant.lost.append(f"{volume_ml:.3f} mL of {tube.vessel} were pumped backwards")

    def _obey(self, address: int, command: str, data: str, now_s: float) -> str:
        if command == "~" and data in ("0", "1"):
            self._by_channel = data == "1"
            return "*"
        if command == "xE" and data in ("0", "1"):
            self._events = data == "1"
            return "*"
        numbers = [address] if self._by_channel and address else list(self._channels)
        if not set(numbers) <= set(self._channels):
            return "#"
        channels = [self._channels[number] for number in numbers]
        if not data:
            report = self._report(channels, command)
            if report is not None:
                return report
        answers = [self._change(channel, command, data, now_s) for channel in channels]
        return max(answers, key="*-#".index) if len(set(answers)) > 1 else answers[0]

    def _report(self, channels: list[_Channel], command: str) -> str | None:
        """Answer to a question; None for everything else."""
        first = channels[0]
        if command == "E":
            return "+" if any(channel.started_s is not None for channel in channels) else "-"
        reports = {
            "~": str(int(self._by_channel)),
            "xE": str(int(self._events)),
            "xA": str(CHANNELS),
            "#": "REGLO ICC 0208 306",
            "xM": first.mode,
            "xD": first.direction,
            "xf": first.by_flow,
            "xe": first.cause,
            "f": _written(first.flow),
            "v": _written(first.volume),
        }
        return f"{reports[command]}\r\n" if command in reports else None

    def _change(self, channel: _Channel, command: str, data: str, now_s: float) -> str:
        if command == "H" and not data:
            return self._start(channel, now_s)
        if command == "I" and not data:
            channel.started_s = None
            return "*"
        if channel.started_s is not None:
            return "#"
        if command in _MODES and not data:
            channel.mode = command
        elif command in "JK" and not data:
            channel.direction = command
        elif command not in self._sets or not self._sets[command](channel, data):
            return "#"
        elif command in "fv":
            return f"{_written(channel.flow if command == 'f' else channel.volume)}\r\n"
        return "*"

    def _start(self, channel: _Channel, now_s: float) -> str:
        flow, volume = _value(channel.flow), _value(channel.volume)
        if channel.started_s is not None:
            return "*"
        if not 0.0 < flow <= _FASTEST_ML_MIN or channel.by_flow != "1":
            channel.cause = "R|3500E+1"
            return "-"
        if channel.mode == "O" and not 0.0 < volume <= _MOST_ML:
            channel.cause = "V|9999E+2"
            return "-"
        if channel.mode not in "MO":
            channel.cause = "C|0000E+0"
            return "-"
        channel.started_s, channel.counted_ml = now_s, 0.0
        self.started += 1
        return "*"

    def _set_flow(self, channel: _Channel, data: str) -> bool:
        number = _read(data)
        channel.flow = number or channel.flow
        return number is not None

    def _set_volume(self, channel: _Channel, data: str) -> bool:
        number = _read(data)
        channel.volume = number or channel.volume
        return number is not None

    def _set_rate(self, channel: _Channel, data: str) -> bool:
        channel.by_flow = data if data in ("0", "1") else channel.by_flow
        return data in ("0", "1")


def _read(data: str) -> tuple[int, int] | None:
    match = _SENT.fullmatch(data)
    return (int(match[1]), int(match[2])) if match else None


def _written(number: tuple[int, int]) -> str:
    return f"{number[0]:04d}E{number[1]:+d}"


def _value(number: tuple[int, int]) -> float:
    return float(f"{number[0]}e{number[1] - 3}")
