"""A Cavro syringe pump: plunger, valve, command strings, busy and error reports."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hardware.emulators.cavro_frames import EVERYONE, CavroEar, Message, answer
from hardware.emulators.line import Emission

Valve = Literal["input", "output", "bypass"]
Stroke = Callable[[float, Valve, float], None]
"""Moves liquid: volume in mL (drawn is positive), valve, time in s."""

BAD_COMMAND, BAD_OPERAND, NOT_INITIALISED = 2, 3, 7
NOT_ALLOWED, OVERFLOW = 11, 15
_LASTING = {1, 7, 9, 10}
_READY = 0x20
_TURNAROUND_S = 0.004
_VALVE_S = 0.25
_HOMING_S = 1.5
_HOMING_PULSES_S = 500
_TOKEN = re.compile(r"([A-Za-z])(\d*)(?:,\d+)*")
_VALVES: dict[str, Valve] = {"I": "input", "O": "output", "B": "bypass"}
_SETTINGS = "vcSLKkN"


@dataclass(frozen=True)
class _Action:
    """Something that takes time: the plunger goes, the valve turns, or both stand still."""

    start_s: float
    end_s: float
    start: float
    end: float
    valve: Valve

    def position(self, now_s: float) -> float:
        """Plunger position in steps at a time within the action or after it."""
        if now_s >= self.end_s:
            return self.end
        share = (now_s - self.start_s) / (self.end_s - self.start_s)
        return self.start + max(0.0, share) * (self.end - self.start)


class _Program(NamedTuple):
    """What a command string comes to: actions, speed afterwards, the error it stops with."""

    actions: list[_Action]
    pulses_s: int
    error: int


class Cavro:
    """One pump. A repeat of the last sequence number is acknowledged and not executed.

    Args:
        address: Address switch plus one: 1 to 15 (``1`` to ``?`` on the line).
        syringe_ml: Volume of a full stroke, mL.
        steps: Steps of a full stroke: 6000 (XLP 6000) or 3000 (XCalibur, two pulses a step).
        stroke: Moves the liquid.

    Attributes:
        initialised: False from power-up until ``Z``; moves are refused.
        executed: Number of command strings executed, for tests of what a repeat does.
    """

    def __init__(self, address: int, syringe_ml: float, steps: int, stroke: Stroke) -> None:
        self.initialised = False
        self.executed = 0
        self._ear = CavroEar(0x30 + address)
        self._step_ml = syringe_ml / steps
        self._steps = steps
        self._pulses_per_step = 1 if steps >= 6000 else 2
        self._stroke = stroke
        self._pulses_s = 1400
        self._position = 0.0
        self._valve: Valve = "input"
        self._actions: deque[_Action] = deque()
        self._error = 0
        self._loaded = ""
        self._last_sequence = 0

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give an answer to each good message to this pump."""
        emissions = []
        for message in self._ear.hear(data):
            self.settle(now_s)
            status, report = self._obey(message, now_s)
            if message.address != EVERYONE:
                reply = answer(message.protocol, 0x40 | status, report)
                emissions.append(Emission(_TURNAROUND_S, reply))
        return emissions

    def settle(self, now_s: float) -> None:
        """Move the liquid that the plunger has moved until now."""
        while self._actions and self._actions[0].start_s < now_s:
            action = self._actions[0]
            position = action.position(now_s)
            moved = position - self._position
            # The state goes first: moving liquid makes vessels live on, which settles again.
            self._position, self._valve = position, action.valve
            finished = action.end_s <= now_s
            if finished:
                self._actions.popleft()
            if moved:
                self._stroke(moved * self._step_ml, action.valve, min(now_s, action.end_s))
            if not finished:
                break

    def _obey(self, message: Message, now_s: float) -> tuple[int, str]:
        """Status (ready bit and error) and data for one message."""
        text = message.text
        if text == "Q":
            status = (0 if self._actions else _READY) | self._error
            if self._error not in _LASTING:
                self._error = 0
            return status, ""
        if text[:1] in ("?", "&", "F"):
            return self._report(text)
        if message.repeat and message.sequence == self._last_sequence:
            return (0 if self._actions else _READY) | self._error, ""
        self._last_sequence = message.sequence
        return self._command(text, now_s), ""

    def _report(self, text: str) -> tuple[int, str]:
        """Reports answer at any time; their ready bit says nothing of the plunger."""
        reports = {
            "?": str(round(self._position)),
            "?2": str(self._pulses_s),
            "?6": self._valve[0],
            "?10": str(int(bool(self._loaded))),
            "F": str(int(bool(self._loaded))),
            "&": "P/N: 20730031 Rev-A (emulated)",
        }
        known = text in reports
        return _READY | (0 if known else BAD_COMMAND), reports.get(text, "")

    def _command(self, text: str, now_s: float) -> int:
        """Execute, load or refuse a command string; returns the status."""
        if text in ("T", "TR"):
            self._actions.clear()
            return _READY | self._error
        if self._actions:
            return OVERFLOW
        if not text.endswith("R"):
            self._loaded = text
            return _READY
        commands, self._loaded = text[:-1] or self._loaded, ""
        tokens = [(match[1], match[2]) for match in _TOKEN.finditer(commands)]
        if _TOKEN.sub("", commands) or not all(_known(letter) for letter, _ in tokens):
            self._error = BAD_COMMAND
            return _READY | BAD_COMMAND
        letters = {letter for letter, _ in tokens}
        if not self.initialised and letters & set("APDIOB") and not letters & set("ZYW"):
            self._error = NOT_INITIALISED
            return _READY | NOT_INITIALISED
        program = self._compile(tokens, now_s)
        self._actions.extend(program.actions)
        self._pulses_s = program.pulses_s
        self._error = program.error
        self.executed += 1
        return 0 if self._actions else _READY

    def _compile(self, tokens: list[tuple[str, str]], now_s: float) -> _Program:
        """Time each command after the one before; stop at the first with a bad operand."""
        actions: list[_Action] = []
        at, valve, pulses_s, time_s = self._position, self._valve, self._pulses_s, now_s
        for letter, digits in tokens:
            operand = int(digits[:9] or 0)
            to, takes_s = at, 0.0
            if letter in "ZYW":
                self.initialised = True
                valve, to = "output", 0.0
                takes_s = _HOMING_S + at * self._pulses_per_step / _HOMING_PULSES_S
            elif letter in _VALVES:
                takes_s = _VALVE_S if valve != _VALVES[letter] else 0.0
                valve = _VALVES[letter]
            elif letter in "APD":
                to = {"A": operand, "P": at + operand, "D": at - operand}[letter]
                if not 0 <= to <= self._steps:
                    return _Program(actions, pulses_s, BAD_OPERAND)
                if valve == "bypass":
                    return _Program(actions, pulses_s, NOT_ALLOWED)
                takes_s = abs(to - at) * self._pulses_per_step / pulses_s
            elif letter == "V":
                if not 5 <= operand <= 6000:
                    return _Program(actions, pulses_s, BAD_OPERAND)
                pulses_s = operand
            elif letter == "M":
                takes_s = operand / 1000
            if takes_s > 0.0:
                actions.append(_Action(time_s, time_s + takes_s, at, to, valve))
                time_s += takes_s
            at = to
        return _Program(actions, pulses_s, 0)


def _known(letter: str) -> bool:
    return letter in "ZYWIOBAPDVM" or letter in _SETTINGS
