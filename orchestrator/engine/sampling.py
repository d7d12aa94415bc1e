"""When samples are due, and which well receives each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from orchestrator.engine.operation import Operation

if TYPE_CHECKING:
    from orchestrator.protocol import Sample


class WellBook:
    """Hands out the wells of the station's plates, each once.

    Args:
        wells: Names such as ``plate1/A1``, in the order in which they are filled.
    """

    def __init__(self, wells: Iterable[str]) -> None:
        self._free = iter(wells)

    def take(self) -> str | None:
        """The next free well; None when the plates are full."""
        return next(self._free, None)


class Series:
    """One line of the protocol's ``samples``, for one culture.

    It begins when its phase begins and goes on to the end of the culture. A phase that has no end
    of its own (such as ``harvest``) takes one last sample and waits for it.
    """

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self._next_s: float | None = None

    def begin(self, running_s: float) -> None:
        """The phase named in ``from`` has begun."""
        if self._next_s is None:
            self._next_s = running_s

    def due(self, running_s: float) -> bool:
        """Whether a sample is to be taken now; asking takes it."""
        if self._next_s is None or running_s < self._next_s:
            return False
        if self.sample.every is None:
            self._next_s = math.inf
        else:
            missed = math.floor((running_s - self._next_s) / self.sample.every)
            self._next_s += (missed + 1) * self.sample.every
        return True

    def operation(self, vessel: str, due_s: float) -> Operation:
        """Draw one; into which well is said later."""
        sample = self.sample
        return Operation(
            vessel,
            "sample",
            due_s,
            sample.within.late_s,
            sample.volume,
            sample=sample.name,
            early_s=sample.within.early_s,
            period_s=sample.every,
            analysis_s=sample.analysis or 0.0,
            hold_s=sample.hold,
        )

    @property
    def next_s(self) -> float:
        """When the next is due; infinite before it has begun and after the last."""
        return math.inf if self._next_s is None else self._next_s

    def last(self) -> bool:
        """Whether one last sample is to be taken, because the culture's last phase begins."""
        return self._next_s is not None and self._next_s < math.inf
