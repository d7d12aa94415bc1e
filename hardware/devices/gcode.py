"""A gantry that takes G-code, as Smoothie and Marlin firmware do: lines, each answered by ``ok``.

Moves are absolute (``G90``), so that saying where to go twice is harmless; still none is resent
before the gantry was asked where it stands. ``M400`` waits until the moves have ended and ``M114``
tells the position (Marlin: ``X:10.00 Y:...`` then ``ok``; Smoothie: ``ok C: X:10.0000 Y:...``).

Doubt: ``M114`` tells the firmware's belief; a gantry that lost steps is wrong until ``G28``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import dist
from typing import Final, NamedTuple

from hardware.bus import MORE, Bus, Exchange
from hardware.devices.device import Command
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, HardwareError, NoReply
from hardware.framing import Delimited
from hardware.runner import Steps
from hardware.specs.liquid_handler import GantrySpec

COMMANDS: Final[Mapping[str, Command]] = {
    "home_up": Command("G28 Z\n", "act", 30.0, "Marlin/Smoothie G28", tries=1),
    "home": Command("G28\n", "act", 60.0, "Marlin/Smoothie G28", tries=1),
    "absolute": Command("G90\n", "set", 1.0, "Marlin/Smoothie G90", tries=1),
    "across": Command("G0 X{x:.2f} Y{y:.2f} F{speed:.0f}\n", "act", 10.0, "G0", "mm", tries=1),
    "lift": Command("G0 Z{z:.2f} F{speed:.0f}\n", "act", 10.0, "G0", "mm", tries=1),
    "finish": Command("M400\n", "read", 20.0, "Marlin/Smoothie M400", tries=1),
    "where": Command("M114\n", "read", 1.0, "Marlin/Smoothie M114"),
}
_AXIS = re.compile(r"([XYZ]):\s*(-?\d+(?:\.\d+)?)")
_TOLERANCE_MM = 0.05
_TRIES = 2


class Point(NamedTuple):
    """Where the needle's tip is, mm; the gantry's own coordinates."""

    x: float
    y: float
    z: float


class Gantry:
    """Carries the needle; travels only at its travel height.

    Args:
        spec: Its part of the station file.

    Attributes:
        at: Where the needle is; None when that has to be asked.
    """

    name = "gantry"

    def __init__(self, spec: GantrySpec) -> None:
        self.at: Point | None = None
        self._spec = spec
        self._framing = Delimited(b"\n")

    def identify(self, bus: Bus) -> None:
        """Home it: opening its line may have restarted it, and then its positions mean nothing."""
        self.home(bus)

    def home(self, bus: Bus) -> None:
        """Find the end switches; from then on positions mean something."""
        self.at = None
        self._do(bus, "home_up")  # the needle may be in a vessel
        self._do(bus, "home")
        self._do(bus, "absolute")
        self.at = self.where(bus)

    def where(self, bus: Bus) -> Point:
        """Ask for the position."""
        # Behind "Count" Marlin tells motor steps.
        text = " ".join(self._do(bus, "where")).partition("Count")[0]
        axes = dict(_AXIS.findall(text))
        if len(axes) != 3:
            raise DamagedReply(f"'{text}' is no position")
        return Point(float(axes["X"]), float(axes["Y"]), float(axes["Z"]))

    def go(self, bus: Bus, target: Point) -> Steps[None]:
        """Go to a point and verify it.

        Raises:
            DeviceRefused: It stands elsewhere after two tries.
            HardwareError: Where it stands could not be asked.
        """
        for _ in range(_TRIES):
            if self.at is None:
                self.at = self.where(bus)
            if dist(self.at, target) <= _TOLERANCE_MM:
                return
            travel_s = self.travel_s(self.at, target)
            moves, self.at = list(self._path(self.at, target)), None
            trouble = self._send(bus, moves)
            yield travel_s
            self._do(bus, "finish")
            self.at = self.where(bus)
        if dist(self.at or target, target) > _TOLERANCE_MM:
            reason = f" ({trouble})" if trouble else ""
            raise DeviceRefused(f"the gantry stands at {self.at}, not at {target}{reason}")

    def travel_s(self, start: Point | None, end: Point) -> float:
        """Seconds that a way takes, acceleration not counted."""
        spec = self._spec
        if start is None:
            return 2.0
        if start == end:
            return 0.0
        across_mm = dist(start[:2], end[:2])
        if across_mm <= _TOLERANCE_MM:
            return abs(end.z - start.z) / spec.lift_speed
        lift_mm = abs(spec.travel_z - start.z) + abs(spec.travel_z - end.z)
        return lift_mm / spec.lift_speed + across_mm / spec.speed

    def above(self, place: Point) -> Point:
        """The point over a place at travel height."""
        return place._replace(z=self._spec.travel_z)

    def _path(self, start: Point, end: Point) -> Iterator[bytes]:
        lift, across = COMMANDS["lift"], COMMANDS["across"]
        lift_speed = self._spec.lift_speed * 60  # mm/min
        if dist(start[:2], end[:2]) > _TOLERANCE_MM:
            if start.z != self._spec.travel_z:
                yield lift.fill(z=self._spec.travel_z, speed=lift_speed)
            yield across.fill(x=end.x, y=end.y, speed=self._spec.speed * 60)
            start = self.above(end)
        if start.z != end.z:
            yield lift.fill(z=end.z, speed=lift_speed)

    def _send(self, bus: Bus, moves: list[bytes]) -> HardwareError | None:
        """Send moves; one that went wrong stops the rest, and the position will tell."""
        try:
            for move in moves:
                self._transact(bus, COMMANDS["lift"], move)
        except (NoReply, DamagedReply, ForeignReply, DeviceRefused) as error:
            return error
        return None

    def _do(self, bus: Bus, name: str) -> list[str]:
        return self._transact(bus, COMMANDS[name], COMMANDS[name].fill())

    def _transact(self, bus: Bus, command: Command, request: bytes) -> list[str]:
        """The lines of an answer, up to and with its ``ok``."""
        lines: list[str] = []

        def match(sent: bytes, frame: bytes) -> object:
            line = frame.decode("ascii", "replace")
            if line.startswith("!!"):
                raise DeviceRefused("the gantry is halted; clear it (M999) and home it")
            lines.append(line)
            return lines if re.match(r"ok\b", line) else MORE

        bus.transact(
            Exchange(
                (request,) * command.tries,
                self._framing,
                match,
                command.timeout_s,
                command.effect,
            )
        )
        # A complaint precedes its ok; both are taken before anything is said.
        if complaint := [x for x in lines if x.lower().startswith(("error", "echo:", "resend"))]:
            raise DeviceRefused(f"'{request.decode().strip()}': {'; '.join(complaint)}")
        return lines
