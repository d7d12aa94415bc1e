"""When a phase ends: a time, or a trigger that is armed, fires, must hold, and may give up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.protocol import Condition, Until


class Watch:
    """Watches one phase of one culture for its end.

    A reading that is missing proves nothing: it neither fires a trigger nor counts as holding.
    """

    def __init__(self, until: Until) -> None:
        self._until = until
        self._armed = until.arm is None
        self._true_since_s: float | None = None

    def ended(self, phase_s: float, readings: Mapping[str, float]) -> str | None:
        """Why the phase ends now.

        Args:
            phase_s: Seconds since the phase began, holds not counted.
            readings: Channel to value; NaN where none.

        Returns:
            The reason in words, None while the phase goes on.
        """
        until = self._until
        if until.after is not None and phase_s >= until.after:
            return "time"
        if until.when is not None and self._fired(phase_s, readings):
            return f"{until.when}"
        if until.give_up_after is not None and phase_s >= until.give_up_after:
            return "gave up"
        return None

    def _fired(self, phase_s: float, readings: Mapping[str, float]) -> bool:
        until = self._until
        if not self._armed:
            self._armed = self._arms(phase_s, readings)
            return False
        if until.when is None or not _holds(until.when, readings):
            self._true_since_s = None
            return False
        if self._true_since_s is None:
            self._true_since_s = phase_s
        return phase_s - self._true_since_s >= until.for_

    def _arms(self, phase_s: float, readings: Mapping[str, float]) -> bool:
        arm = self._until.arm
        if arm is None:
            return True
        if arm.after is not None and phase_s < arm.after:
            return False
        return arm.when is None or _holds(arm.when, readings)


def _holds(condition: Condition, readings: Mapping[str, float]) -> bool:
    return condition.holds(readings.get(condition.channel, math.nan))
