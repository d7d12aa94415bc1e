"""The trend of each vessel: small drawings of its channels, one anchor per run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from analysis.campaign_figures import CHANNELS
from analysis.report.links import vessel_anchors
from analysis.report.words import label, number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.study import Study

POINTS = 60
"""Means a trend is thinned to."""

_WIDTH, _HEIGHT = 150.0, 44.0


@dataclass(frozen=True)
class Panel:
    """One channel of one vessel.

    Attributes:
        name: Channel with its unit.
        svg: The course; pale the median of all vessels.
        low: Smallest of its means.
        high: Largest.
        last: Last.
    """

    name: str
    svg: Markup
    low: str
    high: str
    last: str


@dataclass(frozen=True)
class ChannelRange:
    """Where a channel of a vessel went, told of the means that its trend is drawn through.

    Attributes:
        low: Smallest.
        high: Largest.
        last: Last.
    """

    low: float
    high: float
    last: float

    @classmethod
    def of(cls, course: pd.Series) -> ChannelRange | None:
        """Of means in order of time; None where there is none."""
        known = course.dropna()
        if known.empty:
            return None
        return cls(float(known.min()), float(known.max()), float(known.iloc[-1]))


@dataclass(frozen=True)
class Trend:
    """One vessel.

    Attributes:
        anchor: In the page.
        title: Run and vessel.
        facts: Its settings and responses, as pairs.
        panels: Its channels.
        lost: Why it was lost; empty otherwise.
    """

    anchor: str
    title: str
    facts: tuple[tuple[str, str], ...]
    panels: tuple[Panel, ...]
    lost: str


def trends(
    study: Study, courses: pd.DataFrame | None, lost: Mapping[str, str]
) -> tuple[Trend, ...]:
    """One trend per run, in order of execution; empty without time courses or vessels.

    Args:
        study: The analysis.
        courses: Columns ``t_h``, ``vessel`` and one per channel.
        lost: Vessels that were lost, with the reason.
    """
    places = vessel_anchors(study)
    if courses is None or courses.empty or len(places) != len(study.table):
        return ()
    means = _thinned(courses)
    channels = list(means.columns)
    middle = means.groupby("slot").median().reindex(range(POINTS))
    spans = {c: (float(means[c].min()), float(means[c].max())) for c in channels}
    own = dict(tuple(means.reset_index().groupby("vessel", observed=True)))
    found = []
    for run, (vessel, anchor) in zip(study.table.index, places.items(), strict=True):
        course = own.get(vessel)
        panels: tuple[Panel, ...] = ()
        if course is not None:
            course = course.set_index("slot").reindex(range(POINTS))
            panels = tuple(_panel(c, course[c], middle[c], spans[c]) for c in channels)
        facts = _facts(study, run)
        found.append(
            Trend(anchor, f"Run {run}, {vessel}", facts, panels, str(lost.get(vessel, "")))
        )
    return tuple(found)


def channel_ranges(courses: pd.DataFrame | None) -> dict[str, dict[str, ChannelRange]]:
    """Ranges of every channel of every vessel; empty without time courses."""
    if courses is None or courses.empty:
        return {}
    found: dict[str, dict[str, ChannelRange]] = {}
    for vessel, course in _thinned(courses).groupby("vessel", observed=True):
        ranges = {str(channel): ChannelRange.of(course[channel]) for channel in course}
        found[str(vessel)] = {name: known for name, known in ranges.items() if known is not None}
    return found


def _thinned(courses: pd.DataFrame) -> pd.DataFrame:
    """Means of the channels that were read, by vessel and one of `POINTS` stretches of time."""
    channels = [c for c in courses.columns if c not in {"t_h", "vessel"}]
    channels = [c for c in channels if courses[c].notna().any()]
    edges = np.linspace(float(courses["t_h"].min()), float(courses["t_h"].max()), POINTS + 1)
    slot = np.clip(np.searchsorted(edges, courses["t_h"], side="right") - 1, 0, POINTS - 1)
    return courses.assign(slot=slot).groupby(["vessel", "slot"], observed=True)[channels].mean()


def _facts(study: Study, run: Any) -> tuple[tuple[str, str], ...]:
    row = study.table.loc[run]
    units = {n: f.unit for n, f in study.factors.items()}
    units |= {n: r.spec.unit for n, r in study.responses.items()}
    return tuple(
        (label(name), f"{number(_plain(row[name]), 3)} {unit}".strip())
        for name, unit in units.items()
        if name in study.table.columns
    )


def _plain(value: object) -> object:
    return value.item() if hasattr(value, "item") else value


def _panel(channel: str, course: pd.Series, middle: pd.Series, span: tuple[float, float]) -> Panel:
    words, unit = CHANNELS.get(channel, (label(channel), ""))
    name = f"{words} ({unit})" if unit else words
    lines = [("middle", middle.to_numpy(float)), ("own", course.to_numpy(float))]
    paths = "".join(f'<path class="{kind}" d="{_path(values, span)}"/>' for kind, values in lines)
    title = escape(f"{name}, from {number(span[0], 3)} to {number(span[1], 3)}")
    svg = (
        f'<svg class="trend" role="img" aria-label="{title}" '
        f'viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" preserveAspectRatio="none">{paths}</svg>'
    )
    ends = ChannelRange.of(course)
    if ends is None:
        return Panel(name, Markup(svg), "–", "–", "–")  # noqa: S704
    low, high, last = (number(v, 3) for v in (ends.low, ends.high, ends.last))
    return Panel(name, Markup(svg), low, high, last)  # noqa: S704


def _path(values: NDArray[np.float64], span: tuple[float, float]) -> str:
    """Straight lines between means that follow each other; a gap stays a gap."""
    low, high = span
    height = high - low or 1.0
    parts, pen = [], False
    for slot, value in enumerate(values):
        if not np.isfinite(value):
            pen = False
            continue
        x = _WIDTH * (slot + 0.5) / len(values)
        y = _HEIGHT - 2 - (_HEIGHT - 4) * (value - low) / height
        parts.append(f"{'L' if pen else 'M'}{x:.1f} {y:.1f}")
        pen = True
    return "".join(parts)
