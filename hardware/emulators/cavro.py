"""A Cavro syringe pump: plunger, valve, command strings, busy and error reports.

A Hamilton PSD/4 is one that speaks DT only, changes its resolution with ``N`` and goes slower.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from hardware.emulators.cavro_frames import EVERYONE, CavroEar, CavroProtocol, Message, answer
from hardware.emulators.line import Emission
from hardware.emulators.plunger import Action, Plunger, Stroke, Valve

BAD_COMMAND, BAD_OPERAND, NOT_INITIALISED = 2, 3, 7
NOT_ALLOWED, OVERFLOW = 11, 15
_LASTING = {1, 7, 9, 10}
_READY = 0x20
_TURNAROUND_S = 0.004
_VALVE_S = 0.25
_HOMING_S = 1.5
_HOMING_PULSES_S = 500
_PULSES_A_STROKE = 6000
_PULSES_S = 1400
"""Speed after power-up (``?2`` tells it), pulses/s."""
_TOKEN = re.compile(r"([A-Za-z])(\d*)(?:,\d+)*")
_VALVES: dict[str, Valve] = {"I": "input", "O": "output", "B": "bypass"}
_SETTINGS = "vcSLKkN"
_ONE_RESOLUTION: Mapping[str, int] = MappingProxyType({})


class _Program(NamedTuple):
    """What a command string comes to: actions, speed afterwards, the error it stops with."""

    actions: list[Action]
    pulses_s: int
    error: int


class Cavro:
    """One pump. A repeat of the last sequence number is acknowledged and not executed.

    Args:
        address: Address switch plus one: 1 to 15 (``1`` to ``?`` on the line).
        syringe_ml: Volume of a full stroke, mL.
        steps: Steps of a full stroke: 6000 (XLP 6000) or 3000 (XCalibur, two pulses a step).
        stroke: Moves the liquid.
        protocols: Those it understands.
        pulses: Slowest and fastest plunger, pulses/s; a stroke has 6000.
        resolutions: Steps of a full stroke by the operand of ``N``; none: ``N`` changes nothing.

    Attributes:
        initialised: False from power-up until ``Z``; moves are refused.
        executed: Number of command strings executed, for tests of what a repeat does.
        plunger: Its moving part.
    """

    def __init__(
        self,
        address: int,
        syringe_ml: float,
        steps: int,
        stroke: Stroke,
        protocols: tuple[CavroProtocol, ...] = ("oem", "dt"),
        pulses: tuple[int, int] = (5, 6000),
        resolutions: Mapping[str, int] = _ONE_RESOLUTION,
    ) -> None:
        self.initialised = False
        self.executed = 0
        self.plunger = Plunger(syringe_ml / steps, stroke)
        self._address = 0x30 + address
        self._ear = CavroEar(self._address, protocols)
        self._protocols = protocols
        self._steps = steps
        self._pulses = pulses
        self._resolutions = resolutions
        self._pulses_s = 1400
        self._error = 0
        self._loaded = ""
        self._last_sequence = 0
        self._forgotten = 0.0

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
        self.plunger.settle(now_s)

    def power_cycle(self, now_s: float) -> None:
        """Stop where it is and forget zero, speed, sequence and protocol; the syringe stays."""
        self.settle(now_s)
        self.plunger.stop()
        self.initialised = False
        self._ear = CavroEar(self._address, self._protocols)
        self._pulses_s = 1400
        self._error = 0
        self._loaded = ""
        self._last_sequence = 0
        self._forgotten = self.plunger.position
        self._resolve("0")

    def _resolve(self, operand: str) -> None:
        """Count in other steps from now on; the plunger stays where it is."""
        steps = self._resolutions.get(operand, self._steps)
        ratio = steps / self._steps
        self.plunger.position *= ratio
        self.plunger.step_ml /= ratio
        self._forgotten *= ratio
        self._steps = steps

    def _obey(self, message: Message, now_s: float) -> tuple[int, str]:
        """Status (ready bit and error) and data for one message."""
        text = message.text
        if text == "Q":
            status = (0 if self.plunger.busy else _READY) | self._error
            if self._error not in _LASTING:
                self._error = 0
            return status, ""
        if text[:1] in ("?", "&", "F"):
            return self._report(text)
        if message.repeat and message.sequence == self._last_sequence:
            return (0 if self.plunger.busy else _READY) | self._error, ""
        self._last_sequence = message.sequence
        return self._command(text, now_s), ""

    def _report(self, text: str) -> tuple[int, str]:
        """Reports answer at any time; their ready bit says nothing of the plunger."""
        reports = {
            "?": str(round(self.plunger.position - self._forgotten)),
            "?2": str(self._pulses_s),
            "?6": self.plunger.valve[0],
            "?10": str(int(bool(self._loaded))),
            "F": str(int(bool(self._loaded))),
            "&": "P/N: 20730031 Rev-A (emulated)",
        }
        known = text in reports
        return _READY | (0 if known else BAD_COMMAND), reports.get(text, "")

    def _command(self, text: str, now_s: float) -> int:
        """Execute, load or refuse a command string; returns the status."""
        if text in ("T", "TR"):
            self.plunger.stop()
            return _READY | self._error
        if self.plunger.busy:
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
        for letter, digits in tokens:
            if letter == "N":
                self._resolve(digits)
        program = self._compile(tokens, now_s)
        self.plunger.start(program.actions)
        self._pulses_s = program.pulses_s
        self._error = program.error
        self.executed += 1
        return 0 if self.plunger.busy else _READY

    def _compile(self, tokens: list[tuple[str, str]], now_s: float) -> _Program:
        """Time each command after the one before; stop at the first with a bad operand."""
        actions: list[Action] = []
        at, valve = self.plunger.position, self.plunger.valve
        pulses_s, time_s = self._pulses_s, now_s
        pulses_per_step = _PULSES_A_STROKE / self._steps
        for letter, digits in tokens:
            operand = int(digits[:9] or 0)
            to, takes_s = at, 0.0
            if letter in "ZYW":
                self.initialised = True
                self._forgotten = 0.0
                valve, to = "output", 0.0
                takes_s = _HOMING_S + at * pulses_per_step / _HOMING_PULSES_S
            elif letter in _VALVES:
                takes_s = _VALVE_S if valve != _VALVES[letter] else 0.0
                valve = _VALVES[letter]
            elif letter in "APD":
                to = {"A": operand, "P": at + operand, "D": at - operand}[letter]
                if not 0 <= to <= self._steps:
                    return _Program(actions, pulses_s, BAD_OPERAND)
                if valve == "bypass":
                    return _Program(actions, pulses_s, NOT_ALLOWED)
                takes_s = abs(to - at) * pulses_per_step / pulses_s
            elif letter == "V":
                if not self._pulses[0] <= operand <= self._pulses[1]:
                    return _Program(actions, pulses_s, BAD_OPERAND)
                pulses_s = operand
            elif letter == "M":
                takes_s = operand / 1000
            if takes_s > 0.0:
                actions.append(Action(time_s, time_s + takes_s, at, to, valve))
                time_s += takes_s
            at = to
        return _Program(actions, pulses_s, 0)


def _known(letter: str) -> bool:
    return letter in "ZYWIOBAPDVM" or letter in _SETTINGS
