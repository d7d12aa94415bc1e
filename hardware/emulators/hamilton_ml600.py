"""A Hamilton Microlab 600 with one syringe, in protocol 1/RNO+.

Letters are given by ``1a``; until then a unit hears only that. A string that ends with ``R`` is
executed, one without waits for it. An uninitialised unit acknowledges a move, does nothing and
reports an error, once: the most treacherous of the possible behaviours.
"""

from __future__ import annotations

import re

from hardware.emulators.line import Emission
from hardware.emulators.plunger import Action, Plunger, Stroke, Valve

STEPS = 48_000
_ACK, _NAK = "\x06", "\x15"
_LOWEST_STROKE_S, _HIGHEST_STROKE_S = 2, 3692
_DEFAULT_STROKE_S = 10
_VALVE_S = 0.35
_HOMING_S = 4.0
_TURNAROUND_S = 0.003
_LONGEST = 200
_SYNTAX_ERROR, _DEVICE_ERROR = 0x08, 0x10
_VALVES: dict[str, Valve] = {"I": "input", "O": "output", "W": "bypass"}
_PART = re.compile(r"X|K|V|[IOW]|[MPD](\d+)(?:S(\d+))?")


class Microlab600:
    """One unit of a daisy chain; the units before it only pass on.

    Args:
        place: Its place in the chain, from 1.
        syringe_ml: Volume of a full stroke, mL.
        stroke: Moves the liquid.

    Attributes:
        initialised: False from power-up until ``X``.
        executed: Number of command strings executed.
        plunger: Its moving part.
    """

    def __init__(self, place: int, syringe_ml: float, stroke: Stroke) -> None:
        self.initialised = False
        self.executed = 0
        self.plunger = Plunger(syringe_ml / STEPS, stroke)
        self._place = place
        self._letter = ""
        self._heard = ""
        self._waiting = ""
        self._errors = 0
        self._forgotten = 0.0

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give the answers to the lines for this unit."""
        self._heard += bytes(byte & 0x7F for byte in data).decode("ascii")
        *lines, self._heard = self._heard.split("\r")
        self._heard = self._heard[-_LONGEST:]
        replies = []
        for line in lines:
            self.settle(now_s)
            if line == "1a":
                self._letter = chr(0x60 + self._place)
                replies.append(f"1{chr(0x61 + self._place)}")
            elif self._letter and line[:1] == self._letter:
                replies.append(self._obey(line[1:], now_s))
            elif self._letter and line[:1] == ":":
                self._obey(line[1:], now_s)
        return [Emission(_TURNAROUND_S, f"{reply}\r".encode("ascii")) for reply in replies]

    def settle(self, now_s: float) -> None:
        """Move the liquid that the plunger has moved until now."""
        self.plunger.settle(now_s)

    def power_cycle(self, now_s: float) -> None:
        """Stop where it is and forget letter, zero and what waits."""
        self.settle(now_s)
        self.plunger.stop()
        self.initialised = False
        self._letter = self._heard = self._waiting = ""
        self._errors = 0
        self._forgotten = self.plunger.position

    def _obey(self, text: str, now_s: float) -> str:
        report = self._report(text.removesuffix("R") if text[:2] in ("YQ", "LQ") else text)
        if report is not None:
            return _ACK + report
        if text in ("K", "V"):
            self.plunger.stop()
            self._waiting = ""
            return _ACK
        if not text.endswith("R"):
            self._waiting = text
            return _ACK
        commands, self._waiting = text[:-1] or self._waiting, ""
        parts = list(_PART.finditer(commands))
        if self.plunger.busy or not parts or _PART.sub("", commands):
            self._errors |= _SYNTAX_ERROR
            return _NAK
        return self._execute(parts, now_s)

    def _report(self, text: str) -> str | None:
        """Answer to a question; None for everything else."""
        if text == "E1":
            errors, self._errors = self._errors, 0
            busy = 0x06 if self.plunger.busy else 0
            return chr(0x40 | errors | busy | bool(self._waiting and not busy))
        done = "*" if self.plunger.busy else "N" if self._waiting else "Y"
        reports = {
            "F": done,
            "Z": "Y" if self._errors & _DEVICE_ERROR else "N",
            "H": "Y",
            "T1": chr(0x40 | (0x0C if self.plunger.busy else 0x0F)),
            "U": "NV01.00.A",
            "YQP": str(round(self.plunger.position - self._forgotten)),
            "YQS": str(_DEFAULT_STROKE_S),
        }
        return reports.get(text)

    def _execute(self, parts: list[re.Match[str]], now_s: float) -> str:
        """Time each part after the one before; refuse all when one is impossible."""
        moves = any(part[1] for part in parts)
        if moves and not self.initialised and parts[0][0] != "X":
            self._errors |= _DEVICE_ERROR
            return _ACK
        actions: list[Action] = []
        at, valve, time_s = self.plunger.position, self.plunger.valve, now_s
        for part in parts:
            letter, to, takes_s = part[0][0], at, 0.0
            if letter == "X":
                to, valve, takes_s = 0.0, "output", _HOMING_S + at / STEPS * _DEFAULT_STROKE_S
            elif letter in _VALVES:
                takes_s = _VALVE_S if valve != _VALVES[letter] else 0.0
                valve = _VALVES[letter]
            elif part[1]:
                count, stroke_s = int(part[1]), int(part[2] or _DEFAULT_STROKE_S)
                to = {"M": count, "P": at + count, "D": at - count}[letter]
                if not (0 <= to <= STEPS and _LOWEST_STROKE_S <= stroke_s <= _HIGHEST_STROKE_S):
                    self._errors |= _SYNTAX_ERROR
                    return _NAK
                takes_s = abs(to - at) / STEPS * stroke_s
            if takes_s > 0.0:
                actions.append(Action(time_s, time_s + takes_s, at, to, valve))
                time_s += takes_s
            at = to
        if any(part[0] == "X" for part in parts):
            self.initialised, self._forgotten = True, 0.0
        self.plunger.start(actions)
        self.executed += 1
        return _ACK
