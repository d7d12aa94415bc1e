"""Limits that the procedure itself would break."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.protocol.culture import Culture
from orchestrator.protocol.diagnostics import Diagnostic
from orchestrator.protocol.limits import Limit, Limits
from orchestrator.protocol.source import Source
from orchestrator.protocol.vocabulary import CHANNEL_UNITS
from orchestrator.protocol.wording import measured


def bounds(source: Source, culture: Culture, limits: Limits) -> Iterator[Diagnostic]:
    """Set-points and volumes outside the limits."""
    for channel, limit in limits.items():
        for what, value in _planned(culture, channel):
            yield from _crossed(source, channel, limit, what, value)


def _planned(culture: Culture, channel: str) -> Iterator[tuple[str, float]]:
    if channel == "volume":
        yield "the culture starts at", culture.volume
        return
    start = getattr(culture.start, channel, None)
    if start is not None:
        yield "the culture starts at", start
    for phase in culture.phases:
        value = getattr(phase.set_points, channel, None)
        if value is not None:
            yield f"phase `{phase.name}` sets", value


def _crossed(
    source: Source, channel: str, limit: Limit, what: str, value: float
) -> Iterator[Diagnostic]:
    unit = CHANNEL_UNITS[channel]
    for side, bound in (("low", limit.low), ("high", limit.high)):
        if bound is None or (value >= bound if side == "low" else value <= bound):
            continue
        message = f"`{side}` is {measured(bound, unit)}, but {what} {measured(value, unit)}"
        yield source.error(("limits", channel, side), "E405", message)
