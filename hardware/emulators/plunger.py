"""The moving part of an emulated syringe pump: a plunger and a valve that take their time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Valve: TypeAlias = Literal["input", "output", "bypass"]
Stroke: TypeAlias = Callable[[float, Valve, float], None]
"""Moves liquid: volume in mL (drawn is positive), valve, time in s."""


@dataclass(frozen=True)
class Action:
    """Something that takes time: the plunger goes, the valve turns, or both stand still.

    Attributes:
        start_s: When it begins.
        end_s: When it is over.
        start: Plunger position at its begin, steps.
        end: Plunger position at its end, steps.
        valve: Where the valve stands meanwhile.
    """

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


class Plunger:
    """Goes through its actions as time passes and moves liquid.

    Args:
        step_ml: Volume of a step, mL.
        stroke: Moves the liquid.

    Attributes:
        position: Steps; 0 is empty.
        valve: Where the valve stands.
        step_ml: Volume of a step, mL.
    """

    def __init__(self, step_ml: float, stroke: Stroke) -> None:
        self.position = 0.0
        self.valve: Valve = "input"
        self.step_ml = step_ml
        self._stroke = stroke
        self._until_s = 0.0
        self._actions: deque[Action] = deque()

    @property
    def busy(self) -> bool:
        """Whether actions are under way."""
        return bool(self._actions)

    def start(self, actions: Iterable[Action]) -> None:
        """Add actions, each beginning when the one before ends."""
        self._actions.extend(actions)

    def stop(self) -> None:
        """Stay where it is."""
        self._actions.clear()

    def settle(self, now_s: float) -> None:
        """Move the liquid that the plunger has moved until now.

        A line hears its bytes when the last one is there, so that two lines may tell times in
        another order; what the plunger has moved it does not move back.
        """
        now_s = self._until_s = max(now_s, self._until_s)
        while self._actions and self._actions[0].start_s < now_s:
            action = self._actions[0]
            position = action.position(now_s)
            moved = position - self.position
            # The state goes first: moving liquid makes vessels live on, which settles again.
            self.position, self.valve = position, action.valve
            finished = action.end_s <= now_s
            if finished:
                self._actions.popleft()
            if moved:
                self._stroke(moved * self.step_ml, action.valve, min(now_s, action.end_s))
            if not finished:
                break
