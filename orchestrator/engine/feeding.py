"""Feeds as doses: a profile says what is owed, the arm pays it in strokes large enough to trust.

Every profile (constant, exponential, bolus) is a rate; what it owes grows from scan to scan and
is paid at each ``every`` as soon as it reaches the smallest dose. What was paid short or over
(a syringe has steps) stays on the account, so that the total is right whatever the stroke.
"""

from __future__ import annotations

import math

from orchestrator.protocol import Addition, BolusFeed, ExponentialFeed, Feed, Reagent

_SECONDS_PER_HOUR = 3600.0
_DIGITS = 4
"""Doses are asked for in steps of 0.1 µL."""


class FeedAccount:
    """What one culture is owed of one feed during one phase.

    Args:
        feed: The protocol's feed, bound to this culture's factor levels.
        start_volume_ml: Volume that rates in g/L/h refer to.
        strength_g_l: Glucose in the source, g/L; turns g/L/h into a flow.

    Attributes:
        next_due_s: When the next dose is due, s of the phase.
        early_s: How long before that it may be asked for.
        waits_s: How long it then has to begin.
    """

    def __init__(self, feed: Feed, start_volume_ml: float, strength_g_l: float) -> None:
        self.feed = feed
        self._flow_ml_h = _flow_ml_h(feed, start_volume_ml, strength_g_l)
        self._owed_ml = 0.0
        self._reached_s = 0.0
        self.next_due_s = feed.first
        self.early_s = feed.early_s
        self.waits_s = feed.early_s + feed.within.late_s

    def dose_ml(self, phase_s: float) -> float | None:
        """What to give now.

        Args:
            phase_s: Seconds since the phase began, holds not counted.

        Returns:
            Volume in mL, or None when no dose is due or too little is owed.
        """
        if phase_s < self.next_due_s:
            return None
        self.accrue(phase_s)
        doses = 1 + math.floor((phase_s - self.next_due_s) / self.feed.every)
        self.next_due_s += doses * self.feed.every
        if isinstance(self.feed, BolusFeed) and self.feed.volume is not None:
            self._owed_ml += self.feed.volume * doses
        dose = round(self._owed_ml, _DIGITS)
        if dose <= 0 or dose < self.feed.smallest:
            return None
        self._owed_ml -= dose
        return dose

    def accrue(self, phase_s: float) -> None:
        """Owe what the profile gives until ``phase_s``."""
        self._owed_ml += self._accrued_ml(self._reached_s, phase_s)
        self._reached_s = phase_s

    def correct(self, by_ml: float) -> None:
        """Put back what was asked for and not given (negative: given too much)."""
        self._owed_ml += by_ml

    def skip(self, phase_s: float) -> None:
        """Owe nothing for the time until ``phase_s``, nor for the doses due in it."""
        self._reached_s = max(self._reached_s, phase_s)  # an early dose was for later
        if phase_s > self.next_due_s:
            missed = math.ceil((phase_s - self.next_due_s) / self.feed.every)
            self.next_due_s += missed * self.feed.every

    def _accrued_ml(self, from_s: float, to_s: float) -> float:
        if isinstance(self.feed, ExponentialFeed) and self.feed.growth_rate > 0:
            growth = self.feed.growth_rate / _SECONDS_PER_HOUR
            grown = math.exp(growth * to_s) - math.exp(growth * from_s)
            return self.feed.start / self.feed.growth_rate * grown
        return self._flow_ml_h * (to_s - from_s) / _SECONDS_PER_HOUR


def _flow_ml_h(feed: Feed, start_volume_ml: float, strength_g_l: float) -> float:
    if isinstance(feed, ExponentialFeed):
        return feed.start
    if not isinstance(feed, BolusFeed) and feed.flow is not None:
        return feed.flow
    if feed.rate is not None:
        return feed.rate * start_volume_ml / strength_g_l
    return 0.0


def addition_ml(addition: Addition, reagent: Reagent, volume_ml: float) -> float:
    """Volume that brings a culture to the wanted concentration, its own volume included.

    Args:
        addition: What is wanted.
        reagent: What is in the bottle.
        volume_ml: Of the culture before.

    Raises:
        ValueError: The reagent is too thin.
    """
    if addition.to is None:
        return addition.volume or 0.0
    stock = reagent.stock(addition.to.unit)
    if stock is None or stock <= addition.to.value:
        raise ValueError(f"{addition.source} cannot reach {addition.to}")
    return round(volume_ml * addition.to.value / (stock - addition.to.value), 4)
