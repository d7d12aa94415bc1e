"""A gantry that takes G-code, as Smoothie and Marlin firmware do: lines, each answered by ``ok``.

Every line goes out with its number and a checksum (``N5 G28*22``), so that the firmware refuses
what was damaged on its way, joined to another line or sent twice; ``M110`` starts the count anew.
Answers carry nothing of the kind: where the gantry stands is believed when it is where it was sent
to, or when it is told twice alike.

Moves are absolute (``G90``), so that saying where to go twice is harmless; still none is resent
before the gantry was asked where it stands. ``M400`` waits until the moves have ended and ``M114``
tells the position (Marlin: ``X:10.00 Y:...`` then ``ok``; Smoothie: ``ok C: X:10.0000 Y:...``).

Doubts: ``M114`` tells the firmware's belief; a gantry that lost steps is wrong until ``G28``. Line
numbers and checksums are those of Marlin's and Smoothie's sources, not tried on a gantry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import reduce
from math import dist
from operator import xor
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
    "finish": Command("M400\n", "read", 20.0, "Marlin/Smoothie M400"),
    "where": Command("M114\n", "read", 1.0, "Marlin/Smoothie M114"),
    "count": Command("M110 N0\n", "set", 1.0, "Marlin/Smoothie M110"),
}
_AXIS = re.compile(r"([XYZ]):\s*(-?\d+(?:\.\d+)?)")
_TOLERANCE_MM = 0.05
_TRIES = 2
_QUESTIONS = 4
_UNCERTAIN = (NoReply, DamagedReply, ForeignReply)
_DAMAGED = ("error:checksum", "error:line number", "error:no checksum", "resend", "rs ")
_COMPLAINTS = ("error", "echo:")
_CHATTER = "echo:busy"


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
        self._number: int | None = None

    def identify(self, bus: Bus) -> None:
        """Home it: opening its line may have restarted it, and then its positions mean nothing."""
        self._number = None
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
        axes = _axes(self._do(bus, "where"))
        return Point(float(axes["X"]), float(axes["Y"]), float(axes["Z"]))

    def go(self, bus: Bus, target: Point) -> Steps[None]:
        """Go to a point and verify it.

        Raises:
            DeviceRefused: It stands elsewhere after two tries.
            HardwareError: Where it stands could not be asked.
        """
        stands, trouble = self.at, None
        for _ in range(_TRIES):
            start = self.at or self._sure(bus)
            if dist(start, target) <= _TOLERANCE_MM:
                self.at = start
                return
            self.at = None
            trouble = self._send(bus, list(self._path(start, target)))
            yield self.travel_s(start, target)
            self._do(bus, "finish")
            stands = self.where(bus)
            if dist(stands, target) <= _TOLERANCE_MM:
                self.at = stands
                return
        reason = f" ({trouble})" if trouble else ""
        raise DeviceRefused(f"the gantry stands at {stands}, not at {target}{reason}")

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

    def _sure(self, bus: Bus) -> Point:
        """Where it stands, told twice alike."""
        said = self.where(bus)
        for _ in range(_QUESTIONS):
            before, said = said, self.where(bus)
            if said == before:
                return said
        raise DamagedReply("the gantry tells another position each time it is asked")

    def _send(self, bus: Bus, moves: list[bytes]) -> HardwareError | None:
        """Send moves; one that went wrong stops the rest, and the position will tell."""
        try:
            for move in moves:
                self._transact(bus, COMMANDS["lift"], move)
        except (*_UNCERTAIN, DeviceRefused) as error:
            return error
        return None

    def _do(self, bus: Bus, name: str) -> list[str]:
        return self._transact(bus, COMMANDS[name], COMMANDS[name].fill())

    def _transact(self, bus: Bus, command: Command, text: bytes) -> list[str]:
        """The lines of an answer, up to and with its ``ok``; counts anew after trouble."""
        uncertain: HardwareError | None = None
        for _ in range(command.tries):
            try:
                if self._number is None:
                    self._number = self._count_anew(bus)
                self._number += 1
                return self._exchange(bus, command, text, self._number)
            except _UNCERTAIN as error:
                self._number = None
                uncertain = error
        assert uncertain is not None, "every command has a try"  # noqa: S101
        raise uncertain

    def _count_anew(self, bus: Bus) -> int:
        """Start the lines' numbers at 0; a line that broke off earlier spoils the first try."""
        command = COMMANDS["count"]
        for _ in range(command.tries - 1):
            try:
                self._exchange(bus, command, command.fill(), 0)
            except DamagedReply:
                continue
            return 0
        self._exchange(bus, command, command.fill(), 0)
        return 0

    def _exchange(self, bus: Bus, command: Command, text: bytes, number: int) -> list[str]:
        lines: list[str] = []
        telling = command.template == COMMANDS["where"].template

        def match(sent: bytes, frame: bytes) -> object:
            line = frame.decode("ascii", "replace")
            if line.startswith("!!"):
                raise DeviceRefused("the gantry is halted; clear it (M999) and home it")
            if line.startswith("rs "):  # Smoothie says no ok to it
                raise DamagedReply(f"the gantry did not understand: {line}")
            if not line.startswith(_CHATTER):
                lines.append(line)
            if not re.match(r"ok\b", line):
                return MORE
            if telling and not _complaints(lines) and len(_axes(lines)) != 3:
                lines.clear()
                raise ForeignReply(f"'{line}' is no position")
            return lines

        request = _numbered(number, text)
        bus.transact(Exchange((request,), self._framing, match, command.timeout_s, command.effect))
        # A complaint precedes its ok; both are taken before anything is said.
        if complaints := _complaints(lines):
            said = f"'{text.decode().strip()}': {'; '.join(complaints)}"
            damaged = any(x.lower().startswith(_DAMAGED) for x in complaints)
            raise DamagedReply(said) if damaged else DeviceRefused(said)
        return lines


def _numbered(number: int, text: bytes) -> bytes:
    """A line with its number and the XOR of all before the asterisk."""
    line = b"N%d %s" % (number, text.strip())
    return b"%s*%d\n" % (line, reduce(xor, line))


def _complaints(lines: list[str]) -> list[str]:
    return [line for line in lines if line.lower().startswith((*_COMPLAINTS, *_DAMAGED))]


def _axes(lines: list[str]) -> dict[str, str]:
    """Axis to coordinate; behind "Count" Marlin tells motor steps."""
    return dict(_AXIS.findall(" ".join(lines).partition("Count")[0]))
