"""Operations that may begin early, and when they should.

When many cultures are due at one time, one arm cannot serve them all at that time. Where windows
allow early starts, the wave is best begun so early that its first operation is as early as its
last is late. Waves that would run into each other are centred together: the merging is that of
isotonic regression (pool adjacent violators), with the largest deviation as its loss.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Wave(NamedTuple):
    """Operations that are done without a pause, in the order of their due times.

    Attributes:
        size: How many.
        work_s: How long they take together.
        latest_s: Largest deviation (start minus due time) were the wave begun at time zero.
        earliest_s: Smallest deviation were the wave begun at time zero.
    """

    size: int
    work_s: float
    latest_s: float
    earliest_s: float

    @property
    def begin_s(self) -> float:
        """When to begin, so that the largest deviation to either side is smallest."""
        return -(self.latest_s + self.earliest_s) / 2

    def joined(self, later: Wave) -> Wave:
        """Both as one wave."""
        return Wave(
            self.size + later.size,
            self.work_s + later.work_s,
            max(self.latest_s, later.latest_s + self.work_s),
            min(self.earliest_s, later.earliest_s + self.work_s),
        )


def first_wave(operations: Iterable[tuple[float, float]]) -> Wave:
    """The first of the waves that operations form.

    Args:
        operations: Due time and duration of each, s, in the order of due times; at least one.
    """
    waves: list[Wave] = []
    for due_s, takes_s in operations:
        wave = Wave(1, takes_s, -due_s, -due_s)
        while waves and waves[-1].begin_s + waves[-1].work_s > wave.begin_s:
            wave = waves.pop().joined(wave)
        waves.append(wave)
    return waves[0]
