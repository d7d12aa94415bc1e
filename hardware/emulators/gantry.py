"""A three-axis gantry that takes G-code as Marlin and Smoothie firmware do."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from math import hypot
from typing import NamedTuple

from hardware.emulators.line import Emission

Point = tuple[float, float, float]

QUEUE_LENGTH = 16
_AXES = "XYZ"
_THINKS_S = 0.001
_HOMING_S = 4.0
_LONGEST = 96
_LONGEST_DWELL_S = 3600.0
_WORD = re.compile(r"([A-Z])\s*([-+]?(?:\d+\.?\d*|\.\d+))?")
_COMMENT = re.compile(r";.*|\([^)]*\)")


class _Move(NamedTuple):
    start_s: float
    end_s: float
    start: Point
    end: Point


class Gantry:
    """Moves queue up and are answered ``ok`` at once; ``M400`` is answered when all have ended.

    Motion has speed but no acceleration. Targets outside the axes are cut to the nearest point
    within, silently, as Marlin's software endstops do: a driver finds out with ``M114``, which
    tells the target and not where the needle is. Before homing no move is accepted.

    Args:
        limits: Lowest and highest coordinate of x, y and z, mm.
        speeds: Fastest speed of x, y and z, mm/s.
        before_move: Called with the time before a command that may move the needle.
    """

    def __init__(
        self,
        limits: tuple[tuple[float, float], tuple[float, float], tuple[float, float]],
        speeds: Point,
        before_move: Callable[[float], None] = lambda now_s: None,
    ) -> None:
        self._limits = limits
        self._speeds = speeds
        self._before_move = before_move
        self._home: Point = (limits[0][0], limits[1][0], limits[2][1])
        self._moves: deque[_Move] = deque()
        self._target: Point = self._home
        self._homed = False
        self._adrift: Point | None = None
        self._relative = False
        self._feed_mm_s = 50.0
        self._free_s = 0.0
        self._line_number = 0
        self._heard = ""

    def position(self, now_s: float) -> Point:
        """Where the needle is."""
        if self._adrift is not None:
            return self._adrift
        for move in self._moves:
            if now_s <= move.start_s:
                return move.start
            if now_s < move.end_s:
                share = (now_s - move.start_s) / (move.end_s - move.start_s)
                x, y, z = (a + share * (b - a) for a, b in zip(move.start, move.end, strict=True))
                return x, y, z
        return self._target

    def power_cycle(self, now_s: float) -> None:
        """Lose power: the needle stops where it is, the firmware believes itself at zero."""
        self._before_move(now_s)
        self._adrift = self.position(now_s)
        self._moves.clear()
        self._target = (0.0, 0.0, 0.0)
        self._homed = self._relative = False
        self._free_s, self._line_number, self._heard = 0.0, 0, ""

    def feed(self, data: bytes, now_s: float) -> list[Emission]:
        """Take bytes; give the answers to the lines in them, in order."""
        self._heard += data.decode("latin-1").replace("\r", "\n")
        *lines, self._heard = self._heard.split("\n")
        self._heard = self._heard[-_LONGEST:]
        emissions = []
        if lines:
            self._before_move(now_s)
            while self._moves and self._moves[0].end_s <= now_s:
                self._moves.popleft()
        for line in lines:
            code = _COMMENT.sub("", line).strip()
            if code:
                # Commands are obeyed one by one: after M400 the next one waits.
                self._free_s = max(self._free_s, now_s) + _THINKS_S
                reply = self._numbered(code)
                emissions.append(Emission(self._free_s - now_s, reply.encode("ascii")))
        return emissions

    def _numbered(self, code: str) -> str:
        """Check ``N<number> ... *<checksum>`` where there is one, then obey."""
        text, star, checksum = code.partition("*")
        number = re.match(r"N(\d{1,9})\s*", text)
        if not star and not number:
            return self._obey(code.upper())
        sum_ = 0
        for byte in text.encode("latin-1"):
            sum_ ^= byte
        if number is None or checksum.strip() != str(sum_):
            return self._resend("checksum mismatch")
        rest = text[number.end() :].upper().strip()
        expected = self._line_number + 1
        if rest.startswith("M110"):
            self._line_number = int(number[1])
            return "ok\n"
        if int(number[1]) != expected:
            return self._resend("Line Number is not Last Line Number+1")
        self._line_number = expected
        return self._obey(rest)

    def _resend(self, reason: str) -> str:
        last = self._line_number
        return f"Error:{reason}, Last Line: {last}\nResend: {last + 1}\nok\n"

    def _obey(self, code: str) -> str:
        words = [(match[1], match[2]) for match in _WORD.finditer(code)]
        command = f"{words[0][0]}{words[0][1] or ''}" if words else ""
        values = {letter: float(number or 0) for letter, number in words[1:]}
        if _WORD.sub("", code).strip():
            return f'echo:Unknown command: "{_plain(code)}"\nok\n'
        match command:
            case "G0" | "G1" | "G00" | "G01":
                return self._move(values)
            case "G28":
                self._go_home(set(values) & set(_AXES) or set(_AXES))
            case "G90" | "G91":
                self._relative = command == "G91"
            case "G4":
                self._wait()
                dwell_s = values.get("P", 0.0) / 1000 + values.get("S", 0.0)
                self._free_s += min(max(dwell_s, 0.0), _LONGEST_DWELL_S)
            case "M400":
                self._wait()
            case "M114":
                x, y, z = self._target
                return f"X:{x:.2f} Y:{y:.2f} Z:{z:.2f} E:0.00 Count X:0 Y:0 Z:0\nok\n"
            case "M115":
                return "FIRMWARE_NAME:Marlin (emulated) PROTOCOL_VERSION:1.0\nok\n"
            case "G21" | "M17" | "M110" | "M204":
                pass
            case "M18" | "M84":
                self._wait()
                self._homed = False
            case _:
                return f'echo:Unknown command: "{_plain(code)}"\nok\n'
        return "ok\n"

    def _move(self, values: dict[str, float]) -> str:
        if values.get("F", 0.0) > 0.0:
            self._feed_mm_s = values["F"] / 60
        if not self._homed:
            return "echo:Home XYZ First\nok\n"
        targets = []
        for axis, here, (low, high) in zip(_AXES, self._target, self._limits, strict=True):
            there = values.get(axis, 0.0 if self._relative else here)
            targets.append(min(max(there + here if self._relative else there, low), high))
        self._travel((targets[0], targets[1], targets[2]))
        return "ok\n"

    def _travel(self, target: Point) -> None:
        """Append a move; the command waits while the queue before it is full."""
        if len(self._moves) >= QUEUE_LENGTH:
            self._free_s = max(self._free_s, self._moves[-QUEUE_LENGTH].end_s)
        path = [b - a for a, b in zip(self._target, target, strict=True)]
        takes_s = max(
            hypot(*path) / self._feed_mm_s,
            *(abs(step) / speed for step, speed in zip(path, self._speeds, strict=True)),
        )
        self._append(takes_s, target)

    def _append(self, takes_s: float, target: Point) -> None:
        start_s = max(self._free_s, self._moves[-1].end_s if self._moves else 0.0)
        if takes_s > 0.0:
            self._moves.append(_Move(start_s, start_s + takes_s, self._target, target))
        self._target = target

    def _go_home(self, axes: set[str]) -> None:
        """Drive to the end switches; the answer comes when it is there."""
        self._target, self._adrift = self._adrift or self._target, None
        x, y, z = (
            home if axis in axes else here
            for axis, home, here in zip(_AXES, self._home, self._target, strict=True)
        )
        self._append(_HOMING_S, (x, y, z))
        self._wait()
        self._homed = self._homed or axes == set(_AXES)

    def _wait(self) -> None:
        """Let the queue end."""
        if self._moves:
            self._free_s = max(self._free_s, self._moves[-1].end_s)


def _plain(code: str) -> str:
    return code.encode("ascii", "replace").decode("ascii")
