"""Notices that the whole program stood still: stopped by somebody, swapped out, its machine paused.

A scan that waits long for its devices is no standstill; meanwhile everything else goes on.
"""

from __future__ import annotations

import asyncio
import math


class Heart:
    """Beats on the loop; what comes too late was stopped meanwhile.

    Args:
        period_s: Of its beats.
        still_s: A beat that comes so much too late was missed.
    """

    def __init__(self, period_s: float, still_s: float) -> None:
        self._period_s = period_s
        self._still_s = still_s
        self._due_s = math.inf
        self._stood_s = 0.0

    async def beat(self) -> None:
        """Beat until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._due_s = loop.time() + self._period_s
            await asyncio.sleep(self._period_s)
            self._look(loop.time())

    def stood_still_s(self) -> float:
        """For how long nothing ran since this was asked last; 0 when it did all the time."""
        self._look(asyncio.get_running_loop().time())
        stood_s, self._stood_s = self._stood_s, 0.0
        return stood_s

    def _look(self, now_s: float) -> None:
        late_s = now_s - self._due_s
        if late_s > self._still_s:
            self._stood_s += late_s
            self._due_s = now_s
