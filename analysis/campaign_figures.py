"""Figures of the campaign itself: what every vessel did, when, and where it stood.

Every function takes tables and returns one SVG string (see `analysis.figure_style`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import FigureBase
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, PathPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import NDArray

from analysis.figure_style import (
    ACCENT,
    CATEGORIES,
    INK,
    LINE_STYLES,
    MUTED,
    RULE,
    STEPS,
    WARM,
    Links,
    canvas,
    page_links,
    plain_axis,
    show_grid,
    with_unit,
)

CHANNELS: dict[str, tuple[str, str]] = {
    "od": ("optical density", ""),
    "do": ("dissolved oxygen", "% air saturation"),
    "ph": ("pH", ""),
    "temperature": ("temperature", "°C"),
    "stirring": ("stirring", "rpm"),
    "volume": ("volume", "mL"),
    "gas_flow": ("gas flow", "mL/min"),
    "oxygen": ("oxygen in the gas", "%"),
}
"""Label and unit of each channel, in the order a reader looks at them."""

TIME_COURSE_POINTS = 120
"""Points a line is thinned to: means over equal stretches of readings."""

_STEADY = 0.05
"""Share of its value within which a channel counts as steady."""
_VESSEL = re.compile(r"([A-Za-z]+)(\d+)")


def vessel_order(name: str) -> tuple[str, int, str]:
    """Sort key: A2 before A10, rows before columns; other names follow by name."""
    match = _VESSEL.fullmatch(name)
    return (match[1], int(match[2]), name) if match else ("~", 0, name)


def time_courses(courses: pd.DataFrame, groups: Mapping[str, str], legend: str, name: str) -> str:
    """One panel per channel, one line per vessel, coloured by group.

    Args:
        courses: Columns ``t_h``, ``vessel`` and one per channel.
        groups: Group of each vessel (a factor's level), in the order of the legend; a vessel
            without one is drawn grey. Empty for no grouping.
        legend: What the groups are, such as "feed rate (g/L/h)".
        name: Prefix of ids, unique in a page.
    """
    channels = [c for c in CHANNELS if c in courses.columns and courses[c].notna().any()] + [
        c for c in courses.columns if c not in {"t_h", "vessel", *CHANNELS}
    ]
    levels = list(dict.fromkeys(groups.values()))
    colours = dict(zip(levels, _ordered_colours(len(levels)), strict=True))
    rows = (len(channels) + 1) // 2
    text = "Time courses of every vessel: " + ", ".join(_channel(c)[0] for c in channels)
    with canvas(name, text, width=10, height=0.5 + 2.1 * rows) as c:
        grid = c.figure.subplots(rows, 2, sharex=True, squeeze=False)
        for axes, channel in zip(grid.flat, channels, strict=False):
            show_grid(axes, "y")
            for vessel, course in courses.groupby("vessel", sort=True):
                level = groups.get(str(vessel))
                _course(axes, course, channel, levels, level, colours.get(level or "", MUTED))
            axes.set_title(with_unit(*_channel(channel)))
            _show_flat_as_flat(axes)
            plain_axis(axes, "y", ticks=5)
            plain_axis(axes, "x", ticks=8)
            axes.margins(x=0.01)
        for axes in grid.flat[len(channels) :]:
            axes.set_visible(False)
        for axes in grid[-1]:
            axes.set_xlabel("time (h)")
        if len(channels) % 2:
            grid[-2 if rows > 1 else -1, 1].tick_params(labelbottom=True)
        if levels:
            _group_legend(c.figure, levels, colours, legend)
        return c.svg()


def _show_flat_as_flat(axes: Axes) -> None:
    """Keep a steady channel's noise from filling its panel."""
    low, high = axes.get_ylim()
    middle = (low + high) / 2
    if high - low < 2 * _STEADY * abs(middle):
        axes.set_ylim(middle - _STEADY * abs(middle), middle + _STEADY * abs(middle))


def timeline(phases: pd.DataFrame, operations: pd.DataFrame | None, name: str) -> str:
    """Phases of each vessel as bars, work of the liquid handler as ticks below.

    Args:
        phases: Columns ``vessel``, ``phase``, ``start_s``, ``end_s``.
        operations: Columns ``start_s``, ``end_s``, ``vessel``, ``kind``, ``status``; what was
            not done is crossed in its vessel's row. None without a liquid handler.
        name: Prefix of ids, unique in a page.
    """
    vessels = sorted(phases["vessel"].astype(str).unique(), key=vessel_order)
    order = list(dict.fromkeys(phases.sort_values("start_s", kind="stable")["phase"]))
    work = operations if operations is not None and len(operations) else None
    kinds = [] if work is None else list(work["kind"].value_counts(sort=False).index)
    heights = [0.13 * len(vessels) + 0.35, 0.28 * len(kinds) + 0.2]
    text = f"Timeline of {len(vessels)} vessels through {', '.join(map(str, order))}"
    with canvas(name, text, width=10, height=sum(heights[: 2 if kinds else 1]) + 0.75) as c:
        if kinds:
            top, arm = c.figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": heights})
        else:
            top, arm = c.figure.add_subplot(), None
        _phase_bars(top, phases, vessels, order)
        if work is not None and arm is not None:
            _crosses(top, work, vessels)
            _arm_ticks(arm, work, kinds)
        bottom = arm if arm is not None else top
        bottom.set_xlabel("time (h)")
        plain_axis(bottom, "x", ticks=10)
        return c.svg()


def has_place(vessel: str) -> bool:
    """Whether a vessel's name says where it stands in the array (row letter, column number)."""
    return _VESSEL.fullmatch(vessel) is not None


def vessel_map(
    values: Mapping[str, float],
    lost: Sequence[str],
    label: str,
    unit: str,
    name: str,
    links: Links = None,
) -> str:
    """The response of each vessel where it stood, seen from above.

    Args:
        values: Response by vessel name (row letter and column number).
        lost: Vessels that were lost; crossed.
        label: Name of the response.
        unit: Its unit.
        name: Prefix of ids, unique in a page.
        links: Anchor in the page of each vessel.
    """
    known = [v for v in {**values, **dict.fromkeys(lost, 0.0)} if has_place(v)]
    rows = sorted({vessel_order(v)[0] for v in known})
    columns = sorted({vessel_order(v)[1] for v in known})
    finite = [v for v in values.values() if np.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    text = f"{label} of each vessel at its place in the array"
    size = (0.72 * len(columns) + 0.5, 0.72 * len(rows) + 0.75)
    with canvas(name, text, width=max(size[0], 3.0), height=size[1]) as c:
        axes = c.axes("")
        for vessel in sorted(known, key=vessel_order):
            row, column, _ = vessel_order(vessel)
            at = (columns.index(column), rows.index(row))
            value = values.get(vessel, np.nan)
            share = (value - low) / (high - low) if high > low else 0.5
            url = f"page:{links[vessel]}" if links and vessel in links else None
            _seen_from_above(axes, at, value, share, vessel in lost, url)
        axes.set(xlim=(-0.6, len(columns) - 0.4), ylim=(len(rows) - 0.4, -0.6), aspect="equal")
        axes.set_xticks(range(len(columns)), [str(n) for n in columns])
        axes.set_yticks(range(len(rows)), rows)
        axes.xaxis.tick_top()
        axes.spines[:].set_visible(False)
        axes.set_title(with_unit(label, unit))
        return c.svg()


def run_order(table: pd.DataFrame, label: str, unit: str, name: str, links: Links = None) -> str:
    """The response in the order of the runs; a drift shows here. Up to six blocks are told apart.

    Args:
        table: Columns ``run``, ``value`` and, if there are blocks, ``block``.
        label: Name of the response.
        unit: Its unit.
        name: Prefix of ids, unique in a page.
        links: Anchor in the page of each row.
    """
    with canvas(name, f"{label} in run order, {len(table)} runs") as c:
        axes = c.axes()
        told_apart = "block" in table and 1 < table["block"].nunique() <= len(CATEGORIES)
        blocks = table.groupby("block", sort=True) if told_apart else [("", table)]
        for position, (block, part) in enumerate(blocks):
            ranked = part.sort_values("run")
            colour = CATEGORIES[position] if told_apart else ACCENT
            axes.scatter(
                ranked["run"],
                ranked["value"],
                marker="osD^vP"[position],
                s=25,
                facecolor=to_rgba(colour, 0.35),
                edgecolor=colour,
                label=f"block {block!s}",
                clip_on=False,
                urls=page_links(ranked.index, links),
            )
        axes.axhline(table["value"].mean(), color=MUTED, linewidth=1, zorder=1)
        if told_apart:
            c.figure.legend(loc="outside lower left", ncols=6, handletextpad=0.1, columnspacing=1)
        axes.set_xlabel("run, in order of execution")
        axes.set_ylabel(with_unit(label, unit))
        plain_axis(axes, "x", whole=True)
        plain_axis(axes, "y")
        return c.svg()


def _channel(channel: str) -> tuple[str, str]:
    return CHANNELS.get(channel, (channel.replace("_", " "), ""))


def _ordered_colours(count: int) -> list[str]:
    """Steps of the ramp, as far apart as ``count`` allows."""
    if count <= 1:
        return [ACCENT] * count
    places = np.linspace(0, len(STEPS) - 1, count).round().astype(int)
    return [STEPS[i] for i in places]


def _course(
    axes: Axes,
    course: pd.DataFrame,
    channel: str,
    levels: Sequence[str],
    level: str | None,
    colour: str,
) -> None:
    known = course[["t_h", channel]].dropna().sort_values("t_h", kind="stable")
    time, values = _thinned(known["t_h"].to_numpy(), known[channel].to_numpy(dtype=np.float64))
    style = LINE_STYLES[levels.index(level) % len(LINE_STYLES)] if level in levels else "-"
    axes.plot(time, values, color=colour, linewidth=0.8, alpha=0.75, linestyle=style)


def _thinned(
    time: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means over equal stretches of readings, so that fifty vessels stay lines, not noise."""
    if len(time) <= TIME_COURSE_POINTS:
        return time, values
    starts = np.linspace(0, len(time), TIME_COURSE_POINTS, endpoint=False).astype(int)
    counts = np.diff(np.append(starts, len(time)))
    return np.add.reduceat(time, starts) / counts, np.add.reduceat(values, starts) / counts


def _group_legend(
    figure: FigureBase, levels: Sequence[str], colours: Mapping[str, str], title: str
) -> None:
    handles = [
        Line2D(
            [], [], color=colours[level], linewidth=2, linestyle=LINE_STYLES[i % len(LINE_STYLES)]
        )
        for i, level in enumerate(levels)
    ]
    legend = figure.legend(
        handles,
        levels,
        loc="outside upper left",
        ncols=6,
        title=title,
        alignment="left",
        columnspacing=1.4,
    )
    legend.get_title().set_fontsize(8.5)


def _phase_bars(
    axes: Axes, phases: pd.DataFrame, vessels: Sequence[str], order: Sequence[str]
) -> None:
    rows = {vessel: row for row, vessel in enumerate(vessels)}
    # One hue, deeper with every phase: calm, and in order without colour vision.
    depths = np.linspace(0.22, 0.95, max(len(order), 2))
    shades = {phase: to_rgba(ACCENT, depth) for phase, depth in zip(order, depths, strict=False)}
    for vessel, phase, start, end in phases[["vessel", "phase", "start_s", "end_s"]].itertuples(
        index=False
    ):
        bar = Rectangle(
            (start / 3600, rows[str(vessel)] - 0.38),
            max(end - start, 0) / 3600,
            0.76,
            facecolor=shades[phase],
            edgecolor="none",
        )
        axes.add_patch(bar)
    axes.set_ylim(len(vessels) - 0.4, -0.6)
    axes.set_xlim(0, max(float(phases["end_s"].max()) / 3600, 1e-6))
    step = 1 if len(vessels) <= 24 else 2
    axes.set_yticks(range(0, len(vessels), step), list(vessels)[::step], fontsize=7)
    show_grid(axes, "x")
    axes.figure.legend(
        [Rectangle((0, 0), 1, 1, facecolor=shades[p], edgecolor="none") for p in order],
        [str(phase) for phase in order],
        loc="outside upper left",
        ncols=8,
        columnspacing=1.4,
        handlelength=1.4,
    )


def _crosses(axes: Axes, work: pd.DataFrame, vessels: Sequence[str]) -> None:
    rows = {vessel: row for row, vessel in enumerate(vessels)}
    failed = work[(work["status"] != "done") & work["vessel"].astype(str).isin(rows)]
    axes.plot(
        failed["start_s"] / 3600,
        [rows[str(vessel)] for vessel in failed["vessel"]],
        marker="x",
        linestyle="",
        color=WARM,
        markersize=4.5,
        markeredgewidth=1.4,
        zorder=4,
    )


def _arm_ticks(axes: Axes, work: pd.DataFrame, kinds: Sequence[str]) -> None:
    end = axes.get_xlim()[1]
    # Ticks closer than a fortieth of a percent cannot be told apart: one is drawn.
    grain = max(end / 4000, 1e-9)
    for row, kind in enumerate(kinds):
        hours = work.loc[work["kind"] == kind, "start_s"].to_numpy(dtype=np.float64) / 3600
        places = np.unique((hours / grain).round()) * grain
        corners = np.empty((2 * len(places), 2))
        corners[0::2] = np.column_stack([places, np.full(len(places), row - 0.36)])
        corners[1::2] = np.column_stack([places, np.full(len(places), row + 0.36)])
        codes = np.tile([Path.MOVETO, Path.LINETO], len(places))
        colour = CATEGORIES[row % len(CATEGORIES)]
        axes.add_patch(PathPatch(Path(corners, codes), edgecolor=colour, linewidth=0.5))
    axes.set_ylim(len(kinds) - 0.4, -0.6)
    axes.set_yticks(range(len(kinds)), list(map(str, kinds)))
    axes.tick_params(axis="y", labelcolor=INK)
    show_grid(axes, "x")


def _seen_from_above(
    axes: Axes, at: tuple[int, int], value: float, share: float, lost: bool, url: str | None
) -> None:
    known = bool(np.isfinite(value))
    axes.add_patch(
        Circle(
            at,
            0.43,
            facecolor=to_rgba(ACCENT, 0.06 + 0.54 * share) if known else "none",
            edgecolor=WARM if lost else (ACCENT if known else RULE),
            linewidth=1.3 if lost else 0.8,
            url=url,
        )
    )
    if lost:
        axes.text(*at, "lost", ha="center", va="center", fontsize=8, color=INK)
    elif known:
        axes.text(
            *at, f"{value:#.3g}".rstrip(".").replace("-", "−"), ha="center", va="center", fontsize=8
        )
