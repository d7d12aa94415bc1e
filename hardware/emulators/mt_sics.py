"""A balance that speaks MT-SICS, with whatever has been given onto its pan."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, inf
from typing import NamedTuple

from hardware.emulators.line import Emission

_THINKS_S = 0.03
_SETTLES_S = 1.2
_ZEROS_G = 4.4
_LONGEST = 80
_STREAM_S = 0.1
_ENDS_STREAM = ("S", "SI", "@")


class Load(NamedTuple):
    """What is on the pan.

    Attributes:
        grams: Its weight.
        since_s: When it last changed.
    """

    grams: float
    since_s: float


class MtSics:
    """One analytical balance, 220 g by 0.1 mg. ``SIR`` streams; ``SNR`` is not offered.

    Args:
        load: Tells what is on the pan at a time (s).
        serial: Its serial number.
        capacity_g: Largest weight.
        decimals: Of a weight in g.
    """

    def __init__(
        self,
        load: Callable[[float], Load],
        serial: str = "B123456789",
        capacity_g: float = 220.0,
        decimals: int = 4,
    ) -> None:
        self._load = load
        self._serial = serial
        self._capacity_g = capacity_g
        self._decimals = decimals
        self._zero_g = 0.0
        self._tare_g = 0.0
        self._heard = ""
        self._streams_from_s = inf

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give an answer to each line."""
        self._heard += data.decode("latin-1")
        *lines, self._heard = self._heard.split("\n")
        self._heard = self._heard[-_LONGEST:]
        return [self._obey(line.strip(), now_s) for line in lines if line.strip()]

    def speaks_at(self, after_s: float) -> float:
        """See `Talker.speaks_at`; weights, while it streams."""
        if self._streams_from_s == inf:
            return inf
        passed_s = max(after_s - self._streams_from_s, 0.0)
        return self._streams_from_s + (floor(passed_s / _STREAM_S + 1e-6) + 1) * _STREAM_S

    def say(self, at_s: float) -> bytes:
        """See `Talker.say`."""
        return self._answer("SI", at_s).data

    def power_cycle(self, now_s: float) -> None:
        """Lose power; afterwards what is on the pan counts as nothing."""
        self._heard, self._streams_from_s = "", inf
        self._zero_g, self._tare_g = self._load(now_s).grams, 0.0

    def _obey(self, command: str, now_s: float) -> Emission:
        if command in _ENDS_STREAM:
            self._streams_from_s = inf
        if command != "SIR":
            return self._answer(command, now_s)
        self._streams_from_s = now_s
        return self._answer("SI", now_s)

    def _answer(self, command: str, now_s: float) -> Emission:
        load = self._load(now_s)
        rest_s = max(load.since_s + _SETTLES_S - now_s, 0.0)
        wait_s = 0.0 if command.endswith("I") else rest_s
        gross_g = load.grams - self._zero_g
        if command in ("S", "SI", "T", "TI") and abs(gross_g) > self._capacity_g:
            head = "S" if command == "SI" else command
            return _line(f"{head} {'+' if gross_g > 0 else '-'}")
        if command.startswith("TA "):
            self._tare_g = _preset(command)
            command = "TA"
        match command:
            case "TA":
                return _line(f"TA A {self._shown(self._tare_g)}")
            case "@":
                self._tare_g = 0.0
                return _line(f'I4 A "{self._serial}"')
            case "I4":
                return _line(f'I4 A "{self._serial}"')
            case "S" | "SI":
                state = "S" if rest_s <= wait_s else "D"
                return _line(f"S {state} {self._shown(gross_g - self._tare_g)}", wait_s)
            case "T" | "TI":
                self._tare_g = gross_g
                return _line(f"{command} S {self._shown(gross_g)}", wait_s)
            case "Z" | "ZI":
                if abs(load.grams) > _ZEROS_G:
                    return _line(f"{command} +")
                self._zero_g, self._tare_g = load.grams, 0.0
                return _line(f"{command} A" if command == "Z" else "ZI S", wait_s)
            case _:
                return _line("ES")

    def _shown(self, grams: float) -> str:
        return f"{round(grams, self._decimals) + 0.0:10.{self._decimals}f} g"


def _preset(command: str) -> float:
    """The tare in ``TA 0.1000 g``; 0 where there is none."""
    words = command.split()
    return float(words[1]) if len(words) == 3 and words[1].replace(".", "", 1).isdigit() else 0.0


def _line(text: str, wait_s: float = 0.0) -> Emission:
    return Emission(_THINKS_S + wait_s, text.encode("ascii") + b"\r\n")
