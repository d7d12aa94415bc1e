"""One number from one curve: rates, integral, lag, peak.

Readings come at uneven times, with gaps, spikes and double times. A level is a median of
neighbours, a rate a straight line through a stretch of readings, and what the readings cannot carry
is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

NEIGHBOURS = 5
"""Readings whose median is a level."""

STRETCH = 0.1
"""A rate is the slope over at least this share of the curve, and over five readings."""

WIDEST_GAP = 0.25
"""Of the curve without a reading: more, and what is summed up over time is not told."""


class NoFeature(ValueError):
    """Why a curve does not have the feature, as the end of a sentence."""


@dataclass(frozen=True)
class Curve:
    """Readings of one channel in one vessel.

    Attributes:
        hours: Times, ascending, without doubles.
        values: Readings, finite.
        start_h: Where the time asked about starts; it ends with the last reading.
    """

    hours: np.ndarray
    values: np.ndarray
    start_h: float

    @classmethod
    def of(cls, hours: np.ndarray, values: np.ndarray, start_h: float | None = None) -> Curve:
        """A curve of any readings: what is not finite is left out, double times are averaged.

        Raises:
            NoFeature: No reading is left.
        """
        hours, values = np.asarray(hours, dtype=float), np.asarray(values, dtype=float)
        finite = np.isfinite(hours) & np.isfinite(values)
        if not finite.any():
            raise NoFeature("there is no reading")
        times, place = np.unique(hours[finite], return_inverse=True)
        means = np.bincount(place, values[finite]) / np.bincount(place)
        return cls(times, means, float(times[0] if start_h is None else start_h))

    @property
    def span_h(self) -> float:
        """From the first reading to the last."""
        return float(self.hours[-1] - self.hours[0])

    def smooth(self) -> np.ndarray:
        """Running medians: a single wild reading is no peak."""
        if len(self.values) < NEIGHBOURS:
            return self.values
        half = NEIGHBOURS // 2
        padded = np.concatenate([self.values[:half][::-1], self.values, self.values[-half:][::-1]])
        return np.asarray(
            np.median(np.lib.stride_tricks.sliding_window_view(padded, NEIGHBOURS), axis=1)
        )

    def first(self) -> float:
        """The level at the start."""
        return float(np.median(self.values[:NEIGHBOURS]))

    def last(self) -> float:
        """The level at the end."""
        return float(np.median(self.values[-NEIGHBOURS:]))


def maximum(curve: Curve) -> float:
    """The highest reading."""
    return float(curve.values.max())


def minimum(curve: Curve) -> float:
    """The lowest reading."""
    return float(curve.values.min())


def mean(curve: Curve) -> float:
    """Of all readings, each alike."""
    return float(curve.values.mean())


def last(curve: Curve) -> float:
    """The last reading."""
    return float(curve.values[-1])


def slope(curve: Curve) -> float:
    """Least-squares slope through all readings, per hour."""
    _need(curve, 2)
    hours = curve.hours - curve.hours.mean()
    return float(hours @ curve.values / (hours @ hours))


def mean_rate(curve: Curve) -> float:
    """From the level at the start to that at the end, per hour."""
    _need(curve, 2 * NEIGHBOURS)
    hours = np.median(curve.hours[-NEIGHBOURS:]) - np.median(curve.hours[:NEIGHBOURS])
    return float((curve.last() - curve.first()) / hours)


def max_rate(curve: Curve) -> float:
    """The steepest rise over a stretch of the curve, per hour."""
    return _steepest(curve)[0]


def max_growth_rate(curve: Curve) -> float:
    """The steepest rise of the logarithm: the specific growth rate, per hour."""
    if np.any(curve.smooth() <= 0):
        raise NoFeature("a growth rate needs readings above zero")
    above = curve.values > 0
    return _steepest(Curve(curve.hours[above], np.log(curve.values[above]), curve.start_h))[0]


def integral(curve: Curve) -> float:
    """Area under the curve, in hours, by trapezoids."""
    _need(curve, 2)
    _without_gaps(curve)
    return float(np.trapezoid(curve.values, curve.hours))


def lag(curve: Curve) -> float:
    """Hours until the steepest tangent meets the level at the start."""
    rate, hour, level = _steepest(curve)
    if rate <= 0:
        raise NoFeature("the curve never rises, so it has no lag")
    return max(float(hour - (level - curve.first()) / rate) - curve.start_h, 0.0)


def peak(curve: Curve) -> float:
    """The highest level."""
    return float(curve.smooth().max())


def time_to_peak(curve: Curve) -> float:
    """Hours from the start to the highest level."""
    _without_gaps(curve)
    return float(curve.hours[int(np.argmax(curve.smooth()))] - curve.start_h)


def gain(curve: Curve) -> float:
    """From the level at the start to that at the end."""
    _need(curve, 2 * NEIGHBOURS)
    return curve.last() - curve.first()


def yield_on(product: Curve, substrate: Curve) -> float:
    """What was gained of one channel per what was used up of another."""
    used = -gain(substrate)
    scatter = float(np.median(np.abs(np.diff(substrate.values)))) if len(substrate.values) else 0.0
    if used <= max(2 * scatter, 1e-12):
        raise NoFeature("no substrate was seen to be used up")
    return gain(product) / used


FEATURES: Mapping[str, Callable[[Curve], float]] = {
    "max": maximum,
    "min": minimum,
    "mean": mean,
    "last": last,
    "slope": slope,
    "mean-rate": mean_rate,
    "max-rate": max_rate,
    "max-growth-rate": max_growth_rate,
    "integral": integral,
    "lag": lag,
    "peak": peak,
    "time-to-peak": time_to_peak,
}
"""What ``take`` of a response can ask of one curve."""


def _need(curve: Curve, count: int) -> None:
    if len(curve.values) < count:
        times = "two times" if count == 2 else f"{count} times"
        raise NoFeature(f"it needs readings at {times} at least")


def _without_gaps(curve: Curve) -> None:
    times = np.concatenate([[min(curve.start_h, curve.hours[0])], curve.hours])
    gap = float(np.diff(times).max())
    whole = float(times[-1] - times[0])
    if gap > WIDEST_GAP * whole:
        raise NoFeature(f"there is no reading for {gap:.3g} h of {whole:.3g} h")


def _steepest(curve: Curve) -> tuple[float, float, float]:
    """Slope, hour and level where a line through a stretch of readings is steepest.

    The line is Theil and Sen's, the median of all slopes between readings of the stretch, so
    that one wild reading turns it little.
    """
    _need(curve, NEIGHBOURS)
    best = (-np.inf, 0.0, 0.0)
    n = len(curve.hours)
    for start in range(n - NEIGHBOURS + 1):
        until = curve.hours[start] + STRETCH * curve.span_h
        stop = max(int(np.searchsorted(curve.hours, until, side="right")), start + NEIGHBOURS)
        if stop > n:
            break
        hours, values = _thinned(curve.hours[start:stop]), _thinned(curve.values[start:stop])
        first, second = np.triu_indices(len(hours), 1)
        rate = float(np.median((values[second] - values[first]) / (hours[second] - hours[first])))
        if rate > best[0]:
            best = (rate, float(np.median(hours)), float(np.median(values)))
    return best


def _thinned(values: np.ndarray) -> np.ndarray:
    """At most 24 of the values: as many as a slope of pairs needs."""
    step = -(-len(values) // 24)
    return values[::step]
