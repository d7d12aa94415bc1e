"""Tecan Cavro syringe pumps (XCalibur, XLP 6000) in the OEM protocol, 9600 or 38400 8N1.

Frame (manual p. 3-3 to 3-5): STX, address, sequence, command, ETX, XOR of all these. The sequence
byte counts 1 to 7 and carries a repeat bit: the pump acknowledges a repeat of what it has executed
without executing it again, so that a lost acknowledgement may be answered by a repeat, for acts
too. The number must rotate, or a lost command and its repeat would be acknowledged undone.

Only ``Q`` tells busy or ready, and operand errors show there (p. 3-47). Plunger moves are absolute
(``A``), never relative. After anything uncertain the position (``?``) tells what was done.

Doubt: the pump stays with the first protocol it hears (OEM or DT) until it is switched off.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from hardware.bus import Bus, Exchange
from hardware.devices.device import Command
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, HardwareError
from hardware.framing import OemXor, oem_frame
from hardware.runner import Steps
from hardware.specs.liquid_handler import PumpSpec

COMMANDS: Final[Mapping[str, Command]] = {
    "initialise": Command("ZR", "act", 0.3, "p. 3-10", settle_s=2.0, tries=3),
    "move": Command("{valve}V{pulses}A{steps}R", "act", 0.3, "p. 3-17, 3-23", "steps", tries=3),
    "ready": Command("Q", "read", 0.3, "p. 3-47", tries=3),
    "where": Command("?", "read", 0.3, "p. 3-41", "steps", tries=3),
}
"""I, O: valve to the wash liquid, to the needle; V: pulses/s; A: absolute plunger position."""

ERRORS: Final[Mapping[int, str]] = {
    1: "initialisation failed",
    2: "it does not know this command",
    3: "an operand is out of range",
    4: "the commands are in a wrong order",
    6: "its memory failed",
    7: "it is not initialised",
    9: "the plunger is overloaded",
    10: "the valve is overloaded",
    11: "the plunger must not move with the valve at bypass",
    15: "a command came while it was moving",
}
NEEDS_INITIALISING: Final = frozenset({1, 7, 9, 10})
_READY, _ALWAYS, _ERROR = 0x20, 0x40, 0x0F
_HOST = 0x30
_REPEAT = 0x08
_PULSES = (5, 5800)
_VALVE_S = 0.25
_PATIENCE_S = 10.0
_POLL_S = 0.05


class Status(NamedTuple):
    """What the pump says of itself: ready or moving, error number (0: none), data."""

    ready: bool
    error: int
    data: str


class CavroPump:
    """One pump; positions in plunger steps, 0 is empty.

    Args:
        spec: Its part of the station file.
    """

    def __init__(self, spec: PumpSpec) -> None:
        self.name = f"cavro {spec.address}"
        self._spec = spec
        self._address = 0x30 + spec.address
        self._pulses_per_step = 1 if spec.steps >= 6000 else 2
        self._sequence = 0
        self._plunger: int | None = None
        self._framing = OemXor()

    def status(self, bus: Bus) -> Status:
        """Ready or busy, and the error that stands."""
        return self._transact(bus, COMMANDS["ready"], "Q")

    def position(self, bus: Bus) -> int:
        """Where the plunger stands, steps."""
        data = self._transact(bus, COMMANDS["where"], "?").data
        if not data.isdigit() or int(data) > self._spec.steps:
            raise DamagedReply(f"'{data}' is no plunger position")
        return int(data)

    def initialise(self, bus: Bus) -> Steps[int]:
        """Push everything out and find the zero; gives the position."""
        command = COMMANDS["initialise"]
        self._transact(bus, command, command.template)
        return (yield from self._at_rest(bus, command.settle_s))

    def move(self, bus: Bus, target: int, valve: str, flow_ml_h: float) -> Steps[int]:
        """Turn the valve and bring the plunger to a position.

        Args:
            bus: The pump's bus.
            target: Position, steps.
            valve: ``I`` or ``O``.
            flow_ml_h: Speed of the plunger as a flow.

        Returns:
            Where the plunger stands afterwards, which is the truth whatever the pump answered.

        Raises:
            HardwareError: Where it stands could not be asked.
        """
        command = COMMANDS["move"]
        way = target - (target if self._plunger is None else self._plunger)
        text = command.fill(valve=valve, pulses=self._pulses_s(flow_ml_h), steps=target).decode()
        self._plunger = None
        with suppress(HardwareError):  # whether it goes, the position will tell
            self._transact(bus, command, text)
        return (yield from self._at_rest(bus, self.move_s(way, flow_ml_h)))

    def move_s(self, way: int, flow_ml_h: float) -> float:
        """Seconds that a move of so many steps takes."""
        return abs(way) * self._pulses_per_step / self._pulses_s(flow_ml_h)

    def _pulses_s(self, flow_ml_h: float) -> int:
        """Motor pulses per second of a flow, within what the pump can do."""
        pulses = flow_ml_h / 3600.0 / self._spec.step_ml * self._pulses_per_step
        return round(min(max(pulses, _PULSES[0]), _PULSES[1]))

    def _at_rest(self, bus: Bus, expected_s: float) -> Steps[int]:
        yield expected_s
        until_s = bus.now() + _PATIENCE_S
        while not self.status(bus).ready:
            if bus.now() > until_s:
                raise DeviceRefused(f"{self.name} is still moving")
            yield _POLL_S
        self._plunger = self.position(bus)
        return self._plunger

    def _transact(self, bus: Bus, command: Command, text: str) -> Status:
        self._sequence = self._sequence % 7 + 1
        first, again = (
            oem_frame(bytes([self._address, 0x30 | repeat | self._sequence]) + text.encode("ascii"))
            for repeat in (0, _REPEAT)
        )
        requests = (first, *(again,) * (command.tries - 1))
        return bus.transact(
            Exchange(
                requests, self._framing, _match, command.timeout_s, command.effect, repeatable=True
            )
        )


def _match(request: bytes, frame: bytes) -> Status:
    if frame[1] != _HOST:
        raise ForeignReply(f"a frame to {frame[1]:#x} came, not one to the host")
    if not frame[2] & _ALWAYS:
        raise DamagedReply(f"{frame[2]:#x} is no status")
    data = frame[3:-2].decode("ascii", "replace")
    return Status(bool(frame[2] & _READY), frame[2] & _ERROR, data)
