"""Figures of decisions: how surely limits are kept, and what has to be traded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from matplotlib.tri import Triangulation

from analysis.figure_style import (
    ACCENT,
    INK,
    MUTED,
    WARM,
    canvas,
    log_axis,
    plain_axis,
    with_unit,
)
from analysis.figures import POINTS, FactorAxis, mark_best
from analysis.mixture.ternary import CORNERS, triangle

if TYPE_CHECKING:
    from analysis.space import BlendMap, ProbabilityMap
    from designs import Factors

_LEVELS = (0.0, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_SHADES = [to_rgba(ACCENT, share) for share in (0.03, 0.1, 0.2, 0.34, 0.5, 0.66)]


def probability_map(
    chart: ProbabilityMap,
    x: FactorAxis,
    y: FactorAxis,
    point: tuple[float, float],
    box: tuple[tuple[float, float], tuple[float, float]] | None,
    name: str,
) -> str:
    """The design space over two factors, with the robust set-point and the acceptable box.

    Args:
        chart: Probability at each point; outside the region of the runs nothing is drawn.
        x: Factor along the columns.
        y: Factor along the rows.
        point: The robust set-point.
        box: Acceptable range of x and of y, all factors varied at once; None without one.
        name: Prefix of ids, unique in a page.
    """
    text = f"Probability that a run keeps every limit over {x.label} and {y.label}"
    with canvas(name, text, height=4.4) as c:
        axes = c.axes("")
        shown = np.where(chart.inside, chart.probability, np.nan)
        at = chart.across_values, chart.up_values
        axes.contourf(*at, shown, levels=_LEVELS, colors=_SHADES)
        if _has_lines(shown):
            lines = axes.contour(*at, shown, levels=_LEVELS[1:-1], colors=[ACCENT], linewidths=0.9)
            axes.clabel(lines, fmt=_percent, fontsize=8.5, colors=[INK])
        if box is not None:
            (left, right), (low, high) = box
            axes.add_patch(
                Rectangle((left, low), right - left, high - low, fill=False, edgecolor=WARM,
                          linewidth=1.6, linestyle=(0, (5, 2)))
            )  # fmt: skip
        mark_best(axes, *point)
        for which, factor in (("x", x), ("y", y)):
            if factor.scale == "log":
                log_axis(axes, which, factor.low, factor.high)
            else:
                plain_axis(axes, which)
        axes.set_xlim(x.low, x.high)
        axes.set_ylim(y.low, y.high)
        axes.set_xlabel(with_unit(x.label, x.unit))
        axes.set_ylabel(with_unit(y.label, y.unit))
        return c.svg()


def blend_probability(chart: BlendMap, factors: Factors, best: np.ndarray, name: str) -> str:
    """The design space over the blends of three components, with the most robust blend.

    Args:
        chart: Probability of each blend.
        factors: The factors.
        best: The most robust blend, coded (3).
        name: Prefix of ids, unique in a page.
    """
    components = ", ".join(label.replace("_", " ") for label in factors.mixture)
    text = f"Probability that a run keeps every limit over the blends of {components}"
    with canvas(name, text, height=4.6) as c:
        axes = c.axes("")
        triangle(axes, factors)
        flat = chart.coded @ CORNERS
        mesh = Triangulation(flat[:, 0], flat[:, 1])
        axes.tricontourf(mesh, chart.probability, levels=_LEVELS, colors=_SHADES)
        if _has_lines(chart.probability):
            lines = axes.tricontour(
                mesh, chart.probability, levels=_LEVELS[1:-1], colors=[ACCENT], linewidths=0.9
            )
            axes.clabel(lines, fmt=_percent, fontsize=8.5, colors=[INK])
        mark_best(axes, *(best @ CORNERS))
        return c.svg()


def _has_lines(shown: np.ndarray) -> bool:
    return bool(np.nanmin(shown) < _LEVELS[-2] and np.nanmax(shown) > _LEVELS[1])


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def front(
    table: pd.DataFrame, best: tuple[float, float] | None, labels: tuple[str, str], name: str
) -> str:
    """The Pareto front over two responses.

    Args:
        table: Columns ``x`` and ``y``, a row per setting that none beats.
        best: Both responses at the best setting; None to mark none.
        labels: Of both axes, with units.
        name: Prefix of ids, unique in a page.
    """
    with canvas(name, f"Pareto front of {labels[0]} and {labels[1]}") as c:
        axes = c.axes("both")
        axes.plot(table["x"], table["y"], color=MUTED, linewidth=0.8, zorder=1)
        axes.scatter(table["x"], table["y"], **POINTS)
        if best is not None:
            mark_best(axes, *best)
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        plain_axis(axes, "x")
        plain_axis(axes, "y")
        return c.svg()
