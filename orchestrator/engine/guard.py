"""Limits at work: which bounds are broken, once and for long enough."""

from __future__ import annotations

import math
from collections.abc import Mapping

from orchestrator.protocol import Limits


class Guard:
    """Watches the limits of one culture; tells of each excursion once."""

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

    def broken(self, time_s: float, readings: Mapping[str, float]) -> list[tuple[str, str]]:
        """Limits newly broken.

        Args:
            time_s: Nominal time of the scan.
            readings: Channel to value, NaN where none (which proves nothing).

        Returns:
            Pairs of what to do (``warn``, ``hold``, ``abort``) and what is wrong, in words.
        """
        newly: list[tuple[str, str]] = []
        for channel, low, high, limit in self._limits:
            value = readings.get(channel, math.nan)
            if low <= value <= high:
                if channel in self._outside_since_s:
                    del self._outside_since_s[channel]
                    self._told.discard(channel)
                continue
            if math.isnan(value):
                continue
            since_s = self._outside_since_s.setdefault(channel, time_s)
            if channel not in self._told and time_s - since_s >= limit.for_:
                self._told.add(channel)
                newly.append((limit.then, f"{channel} is {value:.3g}, outside its limits"))
        return newly

    def refuses_volume(self, volume_ml: float) -> tuple[str, str] | None:
        """Whether a dose would fill the vessel beyond its limit, and what to do then."""
        if self._volume is None or self._volume.high is None or volume_ml <= self._volume.high:
            return None
        return self._volume.then, f"a dose would fill the vessel to {volume_ml:.2f} mL"
