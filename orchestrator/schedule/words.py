"""Times of a plan in words, rounded: a plan is no stop watch."""

from __future__ import annotations

_SPANS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


def span(seconds: float) -> str:
    """Such as ``2.4 h``, ``35 min`` or ``50 s``: two or three digits."""
    for size, unit in _SPANS:
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def clock(seconds: float) -> str:
    """A campaign time in hours and minutes, such as ``14:05 h``; from two days on with the day."""
    minutes = round(seconds / 60)
    days, minutes = divmod(minutes, 1440) if minutes >= 2880 else (0, minutes)
    hours = f"{minutes // 60}:{minutes % 60:02d} h"
    return f"day {days}, {hours}" if days else hours


def deviation(seconds: float) -> str:
    """Such as ``+12 min`` or ``-35 s``; ``in time`` for less than a second."""
    return "in time" if abs(seconds) < 1 else f"{'+' if seconds > 0 else '-'}{span(abs(seconds))}"
