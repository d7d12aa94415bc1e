"""Limits at work: which bounds are broken, once and for long enough."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrator.engine.operation import Operation
from orchestrator.protocol import Limit, Limits


class Excursion(NamedTuple):
    """A reading has left its limits, or is back within them.

    Attributes:
        channel: Which.
        then: What is to be done: ``warn``, ``hold``, ``abort``; empty when it is back.
        what: In words.
    """

    channel: str
    then: str
    what: str


class Guard:
    """Watches the limits of one culture; tells of each excursion once, and of its end."""

    def __init__(self, limits: Limits) -> None:
        self._limits = [
            (
                channel,
                -math.inf if limit.low is None else limit.low,
                math.inf if limit.high is None else limit.high,
                limit,
            )
            for channel, limit in limits.items()
        ]
        self._volume = limits.volume
        self._outside_since_s: dict[str, float] = {}
        self._told: set[str] = set()

    @property
    def at_ease(self) -> bool:
        """Whether everything was within its limits at the last look."""
        return not self._outside_since_s

    def bounds(self) -> Iterator[tuple[str, float, float]]:
        """Each channel that has limits, with the lower and the upper one."""
        for channel, low, high, _ in self._limits:
            yield channel, low, high

    def within(self, readings: Mapping[str, float]) -> bool:
        """Whether every channel that has limits gave a reading within them."""
        for channel, low, high, _ in self._limits:
            if not low <= readings.get(channel, math.nan) <= high:
                return False
        return True

    def excursions(self, time_s: float, readings: Mapping[str, float]) -> list[Excursion]:
        """Limits newly broken, and those that hold again.

        Args:
            time_s: Nominal time of the scan.
            readings: Channel to value, NaN where none (which proves nothing).
        """
        newly: list[Excursion] = []
        for channel, low, high, limit in self._limits:
            value = readings.get(channel, math.nan)
            if low <= value <= high:
                if channel in self._outside_since_s:
                    newly += self._returned(channel, value, limit)
                continue
            if math.isnan(value):
                continue
            since_s = self._outside_since_s.setdefault(channel, time_s)
            if channel not in self._told and time_s - since_s >= limit.for_:
                self._told.add(channel)
                what = f"{channel} is {value:.3g}, outside its limits"
                newly.append(Excursion(channel, limit.then, what))
        return newly

    def _returned(self, channel: str, value: float, limit: Limit) -> list[Excursion]:
        """An excursion that was told is over only beyond the dead band."""
        if channel in self._told and not limit.well_within(value):
            return []
        del self._outside_since_s[channel]
        if channel not in self._told:
            return []
        self._told.discard(channel)
        return [Excursion(channel, "", f"{channel} is {value:.3g}, within its limits again")]

    def refuses_volume(self, volume_ml: float) -> tuple[str, str] | None:
        """Whether a dose would fill the vessel beyond its limit, and what to do then."""
        if self._volume is None or self._volume.high is None or volume_ml <= self._volume.high:
            return None
        return self._volume.then, f"a dose would fill the vessel to {volume_ml:.2f} mL"

    def bears_twice(self, operation: Operation, volume_ml: float) -> bool:
        """Whether it does no harm if an operation, booked once already, happens twice."""
        if operation.kind == "sample":
            return True
        too_much = self.refuses_volume(volume_ml + operation.volume_ml)
        return operation.kind != "inducer" and not too_much


class Bounds:
    """The limits of several cultures side by side, for one look at all of them.

    Args:
        guards: One a culture.
        channels: What is looked at, in this order; a limit on another channel is never kept.
    """

    def __init__(self, guards: Sequence[Guard], channels: Sequence[str]) -> None:
        shape = len(guards), len(channels)
        self._low, self._high = np.full(shape, -math.inf), np.full(shape, math.inf)
        self._free = np.ones(shape, dtype=bool)
        for row, guard in enumerate(guards):
            for channel, low, high in guard.bounds():
                if channel in channels:
                    column = channels.index(channel)
                    self._low[row, column], self._high[row, column] = low, high
                    self._free[row, column] = False
                else:
                    self._free[row], self._high[row] = False, -math.inf

    def within(self, readings: NDArray[np.float64]) -> list[bool]:
        """See `Guard.within`; one answer a culture.

        Args:
            readings: One row a culture, [cultures, channels]; NaN where there is none.
        """
        kept = (self._low <= readings) & (readings <= self._high)
        every: list[bool] = np.logical_and.reduce(kept | self._free, axis=1).tolist()
        return every
