"""What the liquid handler asks of a syringe pump, and what all families do alike.

Every plunger move is absolute and is followed by the question where the plunger stands: that, not
the acknowledgement, is what a move has done. Where replies carry no checksum, one answer proves
little; such a family asks until two answers in a row agree, and a plunger that goes on beyond its
target (a digit was damaged on its way there) is stopped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, TypeVar

from hardware.bus import Bus
from hardware.errors import DamagedReply, DeviceRefused, HardwareError
from hardware.runner import Steps
from hardware.specs.liquid_handler import SyringePumpSpec

Answer = TypeVar("Answer")

_PATIENCE_S = 10.0
_HOMING_PATIENCE_S = 60.0
"""A pump that was switched off with a full syringe goes home slowly."""
_POLL_S = 0.05
_QUESTIONS = 4


class SyringePump(ABC):
    """A plunger and a valve; positions in plunger steps, 0 is empty.

    Args:
        spec: Its part of the station file.

    Attributes:
        name: Family and address.
        witnesses: Equal answers in a row that make a state certain.
        homing_s: About how long it takes to find its zero.
    """

    name: str
    witnesses: int = 1
    homing_s: ClassVar[float] = 2.0

    def __init__(self, spec: SyringePumpSpec) -> None:
        self._spec = spec
        self._plunger: int | None = None

    def identify(self, bus: Bus) -> None:
        """It must answer, and its plunger must stand where it was left.

        Raises:
            HardwareError: It does not; once that is told, where it stands counts as unknown.
        """
        self.needs_initialising(bus)
        left, self._plunger = self._plunger, None
        if left is not None and (stands := self._certain(bus, self.position)) != left:
            raise DeviceRefused(
                f"{self.name} stands at {stands} and was left at {left}; was it without power?"
            )
        self._plunger = left

    def initialise(self, bus: Bus) -> Steps[int]:
        """Push everything out and find the zero; gives the position.

        Raises:
            HardwareError: It did not, or where it stands could not be asked.
        """
        self._plunger = None
        self._home(bus)
        return (yield from self._at_rest(bus, self.homing_s, None, _HOMING_PATIENCE_S))

    def move(self, bus: Bus, target: int, valve: str, flow_ml_h: float) -> Steps[int]:
        """Turn the valve and bring the plunger to a position.

        Args:
            bus: The pump's bus.
            target: Position, steps.
            valve: ``I`` (wash liquid) or ``O`` (needle).
            flow_ml_h: Speed of the plunger as a flow.

        Returns:
            Where the plunger stands afterwards, which is the truth whatever the pump answered.

        Raises:
            HardwareError: Where it stands is not known, or liquid went another way.
        """
        start, self._plunger = self._plunger, None
        with suppress(HardwareError):  # whether it goes, the position will tell
            self._send_move(bus, target, valve, flow_ml_h)
        way = target - (target if start is None else start)
        ends = range(self._spec.steps + 1)
        if start is not None:
            ends = range(min(start, target), max(start, target) + 1)
        end = yield from self._at_rest(bus, self.move_s(way, flow_ml_h), ends)
        if end != start:
            self._check_valve(bus, valve)
        if end not in ends:
            self._plunger = None
            raise DamagedReply(f"{self.name} says {end}, which is not between {start} and {target}")
        return end

    def stands(self, bus: Bus) -> Steps[int]:
        """Where the plunger stands, once nothing moves any more.

        Raises:
            HardwareError: It cannot be asked, or it has lost its zero.
        """
        if self.needs_initialising(bus):
            raise DeviceRefused(f"{self.name} has lost its zero")
        return (yield from self._at_rest(bus, 0.0, None, _HOMING_PATIENCE_S))

    def halt(self, bus: Bus) -> None:
        """Have the plunger stay where it is, if it moves.

        Raises:
            HardwareError: It is not certain that it does.
        """
        try:
            ready = self._certain(bus, self._ready)
        except DeviceRefused:  # it has lost its zero, and moves nothing
            return
        if not ready:
            self._stop(bus)

    @abstractmethod
    def move_s(self, way: int, flow_ml_h: float) -> float:
        """Seconds that a move of so many steps takes."""

    @abstractmethod
    def position(self, bus: Bus) -> int:
        """Where the plunger stands, steps; one answer."""

    @abstractmethod
    def needs_initialising(self, bus: Bus) -> bool:
        """Whether it has lost its zero."""

    @abstractmethod
    def _ready(self, bus: Bus) -> bool:
        """Whether nothing moves any more; raises when the position means nothing."""

    @abstractmethod
    def _home(self, bus: Bus) -> None:
        """Have it find its zero."""

    @abstractmethod
    def _send_move(self, bus: Bus, target: int, valve: str, flow_ml_h: float) -> None:
        """Have it turn the valve, then go."""

    @abstractmethod
    def _stop(self, bus: Bus) -> None:
        """Have the plunger stay where it is."""

    def _check_valve(self, bus: Bus, valve: str) -> None:  # noqa: B027 (not every pump can say)
        """Raise when the valve stands elsewhere, where nothing else proves it."""

    def _at_rest(
        self, bus: Bus, expected_s: float, ends: range | None, patience_s: float = _PATIENCE_S
    ) -> Steps[int]:
        """Wait until nothing moves; a plunger that is outside of ``ends`` is stopped."""
        yield expected_s
        until_s = bus.now() + patience_s
        while not self._certain(bus, self._ready):
            if ends is not None and self.witnesses > 1 and self._astray(bus, ends):
                self._stop(bus)
                raise DeviceRefused(f"{self.name} went beyond its target and was stopped")
            if bus.now() > until_s:
                raise DeviceRefused(f"{self.name} is still moving")
            yield _POLL_S
        self._plunger = self._certain(bus, self.position)
        return self._plunger

    def _astray(self, bus: Bus, ends: range) -> bool:
        return all(self.position(bus) not in ends for _ in range(self.witnesses))

    def _certain(self, bus: Bus, ask: Callable[[Bus], Answer]) -> Answer:
        """An answer that came as often in a row as this family needs."""
        answer, times = ask(bus), 1
        for _ in range(_QUESTIONS):
            if times == self.witnesses:
                return answer
            former, answer = answer, ask(bus)
            times = times + 1 if answer == former else 1
        raise DamagedReply(f"{self.name} answers differently each time it is asked")
