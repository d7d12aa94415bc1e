"""Figures of a fitted model: is it to be believed, what matters, where is it best.

Every function takes tables and returns one SVG string (see `analysis.figure_style`); the same
tables give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import offset_copy
from numpy.typing import NDArray

from analysis.figure_style import (
    ACCENT,
    INK,
    MUTED,
    RULE,
    WARM,
    Links,
    canvas,
    log_axis,
    number,
    page_links,
    plain_axis,
    show_grid,
    with_unit,
)

_SUSPECT = 3.0  # a studentized residual beyond this is named


@dataclass(frozen=True, slots=True)
class FactorAxis:
    """A continuous factor as an axis.

    Attributes:
        label: What stands at the axis.
        unit: Unit of its values; empty for none.
        scale: As the factor is coded.
        low: Left or lower end, in ``unit``.
        high: Other end.
    """

    label: str
    unit: str
    scale: Literal["linear", "log"]
    low: float
    high: float

    def values(self, count: int = 41) -> NDArray[np.float64]:
        """Evenly spaced values along the axis."""
        space = np.geomspace if self.scale == "log" else np.linspace
        return np.asarray(space(self.low, self.high, count))


@dataclass(frozen=True, slots=True)
class ContourPlane:
    """A response over two factors, all others held.

    Attributes:
        x: Factor along the abscissa.
        y: Factor along the ordinate.
        response: Predicted values, shape [len(y.values()), len(x.values())].
        label: Name of the response.
        unit: Its unit.
        points: Settings that were run, columns ``x`` and ``y``, in the factors' units; index
            naming the runs.
        best: The optimum as (x, y); None when there is none.
        held: What the other factors are held at, as a phrase; empty when there are none.
    """

    x: FactorAxis
    y: FactorAxis
    response: NDArray[np.float64]
    label: str
    unit: str
    points: pd.DataFrame
    best: tuple[float, float] | None = None
    held: str = ""


def residuals_vs_fitted(
    table: pd.DataFrame, label: str, unit: str, name: str, links: Links = None
) -> str:
    """Studentized residuals over fitted values; a trend or funnel speaks against the model.

    Args:
        table: Columns ``fitted`` and ``studentized``, index naming the runs.
        label: Name of the response.
        unit: Its unit.
        name: Prefix of ids, unique in a page.
        links: Anchor in the page of each run.
    """
    text = f"Studentized residuals of {label} against fitted values, {len(table)} runs"
    with canvas(name, text) as c:
        axes = c.axes()
        _residual_points(axes, table["fitted"], table["studentized"], table.index, links)
        axes.set_xlabel(with_unit(f"fitted {label}", unit))
        plain_axis(axes, "x")
        return c.svg()


def residuals_vs_order(
    table: pd.DataFrame, order: pd.Series, label: str, name: str, links: Links = None
) -> str:
    """Studentized residuals in the order of the runs; a drift speaks against independence.

    Args:
        table: Column ``studentized``, index naming the runs.
        order: Execution order of the same runs.
        label: Name of the response.
        name: Prefix of ids, unique in a page.
        links: Anchor in the page of each run.
    """
    text = f"Studentized residuals of {label} in run order, {len(table)} runs"
    with canvas(name, text) as c:
        axes = c.axes()
        ranked = order.loc[table.index].sort_values()
        inside = table["studentized"].loc[ranked.index]
        axes.plot(ranked, inside, color=RULE, linewidth=1, zorder=1)
        _residual_points(axes, ranked, inside, ranked.index, links)
        axes.set_xlabel("run, in order of execution")
        plain_axis(axes, "x", whole=True)
        return c.svg()


def normal_plot(table: pd.DataFrame, label: str, name: str, links: Links = None) -> str:
    """Studentized residuals against normal scores; on the line when errors are normal.

    Args:
        table: Columns ``studentized`` and ``normal_score``, index naming the runs.
        label: Name of the response.
        name: Prefix of ids, unique in a page.
        links: Anchor in the page of each run.
    """
    with canvas(name, f"Normal plot of the studentized residuals of {label}") as c:
        axes = c.axes("both")
        known = table.dropna(subset=["studentized", "normal_score"])
        reach = max(2.2, float(known["normal_score"].abs().max()) * 1.1) if len(known) else 2.2
        axes.plot([-reach, reach], [-reach, reach], color=MUTED, linewidth=1, zorder=1)
        _residual_points(axes, known["normal_score"], known["studentized"], known.index, links, 0)
        axes.set_xlabel("expected of a normal distribution")
        plain_axis(axes, "x")
        return c.svg()


def predicted_vs_observed(
    table: pd.DataFrame, label: str, unit: str, name: str, links: Links = None
) -> str:
    """Fitted against measured values, on equal axes with the line of agreement.

    Args:
        table: Columns ``observed`` and ``fitted``.
        label: Name of the response.
        unit: Its unit.
        name: Prefix of ids, unique in a page.
        links: Anchor in the page of each run.
    """
    with canvas(name, f"Fitted against measured {label}, {len(table)} runs") as c:
        axes = c.axes("both")
        both = table[["observed", "fitted"]].to_numpy(dtype=np.float64)
        low, high = float(np.nanmin(both)), float(np.nanmax(both))
        margin = 0.05 * (high - low or abs(high) or 1.0)
        ends = (low - margin, high + margin)
        axes.plot(ends, ends, color=MUTED, linewidth=1, zorder=1)
        axes.scatter(
            table["observed"], table["fitted"], urls=page_links(table.index, links), **POINTS
        )
        axes.set(xlim=ends, ylim=ends)
        axes.set_xlabel(with_unit(f"measured {label}", unit))
        axes.set_ylabel(with_unit(f"fitted {label}", unit))
        plain_axis(axes, "x")
        plain_axis(axes, "y")
        return c.svg()


_T = "|t|: effect over its standard error"


def pareto(
    effects: pd.DataFrame, limit: float | None, label: str, name: str, size: str = _T
) -> str:
    """Size of each effect, largest first, with the limit of what chance can do.

    Args:
        effects: Columns ``term`` and ``size`` (signed: t where there is an error estimate, else
            the coefficient).
        limit: Size beyond which an effect is significant at 5 %; None without error estimate.
        label: Name of the response.
        name: Prefix of ids, unique in a page.
        size: What the sizes are that have a limit.
    """
    ranked = effects.assign(magnitude=effects["size"].abs()).sort_values(
        ["magnitude", "term"], ascending=[True, False], kind="stable"
    )
    text = f"Effects on {label}, largest first: " + ", ".join(ranked["term"][::-1])
    with canvas(name, text, height=max(1.5, 0.85 + 0.3 * len(ranked))) as c:
        axes = c.axes("x")
        for row, signed in enumerate(ranked["size"]):
            clear = limit is not None and abs(signed) > limit
            axes.barh(
                row,
                abs(signed),
                height=0.62,
                color=ACCENT if clear else "none",
                edgecolor=ACCENT if clear else MUTED,
                linewidth=1,
            )
            sign = "+" if signed >= 0 else "−"
            axes.annotate(
                sign,
                (abs(signed), row),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                color=INK,
            )
        axes.set_yticks(range(len(ranked)), list(ranked["term"]))
        axes.tick_params(axis="y", labelcolor=INK)
        axes.margins(x=0.08)
        axes.set_xlim(left=0)
        axes.set_xlabel("size of the coefficient (coded units)" if limit is None else size)
        if limit is not None:
            axes.axvline(limit, color=WARM, linewidth=1.2, linestyle=(0, (5, 2)))
        plain_axis(axes, "x")
        return c.svg()


def contour(surface: ContourPlane, name: str, links: Links = None) -> str:
    """Predicted response over two factors, with the runs and the best setting.

    Args:
        surface: The predictions and what to mark on them.
        name: Prefix of ids, unique in a page.
        links: Where each run leads.
    """
    text = f"Contours of {surface.label} over {surface.x.label} and {surface.y.label}"
    if surface.held:
        text += f", {surface.held}"
    with canvas(name, text, height=4.3) as c:
        axes = c.axes("")
        _filled_contours(axes, surface)
        runs_on_contour(axes, surface.points, links)
        for which, factor in (("x", surface.x), ("y", surface.y)):
            if factor.scale == "log":
                log_axis(axes, which, factor.low, factor.high)
            else:
                plain_axis(axes, which)
        if surface.best is not None:
            mark_best(axes, *surface.best)
        axes.set_xlabel(with_unit(surface.x.label, surface.x.unit))
        axes.set_ylabel(with_unit(surface.y.label, surface.y.unit))
        axes.set_title(with_unit(surface.label, surface.unit), pad=16)
        return c.svg()


def main_effects(
    profiles: Sequence[tuple[FactorAxis, pd.DataFrame]], label: str, unit: str, name: str
) -> str:
    """Prediction along each continuous factor through the best setting, with 95 % confidence.

    Args:
        profiles: Per factor, its axis and a table with columns ``value``, ``mean``, ``ci_low``,
            ``ci_high`` and one ``best`` value repeated.
        label: Name of the response.
        unit: Its unit.
        name: Prefix of ids, unique in a page.
    """
    text = f"Prediction of {label} along " + ", ".join(axis.label for axis, _ in profiles)
    across = 2 if len(profiles) == 4 else min(len(profiles), 3)
    down = -(-len(profiles) // across)
    with canvas(name, text, width=2.6 * max(across, 2), height=2.7 * down) as c:
        grid = c.figure.subplots(down, across, sharey=True, squeeze=False)
        for spare in grid.flat[len(profiles) :]:
            spare.remove()
        for axes, (factor, table) in zip(grid.flat, profiles, strict=False):
            show_grid(axes, "y")
            band = table.dropna(subset=["ci_low", "ci_high"])
            axes.fill_between(
                band["value"], band["ci_low"], band["ci_high"], color=ACCENT, alpha=0.16, lw=0
            )
            axes.plot(table["value"], table["mean"], color=ACCENT, linewidth=1.6)
            axes.axvline(table["best"].iloc[0], color=WARM, linestyle=(0, (5, 2)), linewidth=1.2)
            if factor.scale == "log":
                log_axis(axes, "x", factor.low, factor.high)
            else:
                plain_axis(axes, "x", ticks=4)
            plain_axis(axes, "y", ticks=5)
            axes.set_xlabel(with_unit(factor.label, factor.unit))
        for first in grid[:, 0]:
            first.set_ylabel(with_unit(label, unit))
        return c.svg()


POINTS: dict[str, Any] = {
    "s": 24,
    "facecolor": to_rgba(ACCENT, 0.35),
    "edgecolor": ACCENT,
    "linewidth": 0.9,
    "zorder": 3,
    "clip_on": False,
}
"""How a run looks as a dot."""


def _residual_points(
    axes: Axes,
    x: pd.Series,
    y: pd.Series,
    runs: pd.Index,
    links: Links,
    limit: float = _SUSPECT,
) -> None:
    axes.axhline(0, color=MUTED, linewidth=1, zorder=1)
    for bound in (-limit, limit) if limit else ():
        axes.axhline(bound, color=WARM, linewidth=1, linestyle=(0, (5, 2)), zorder=1)
    axes.scatter(x, y, urls=page_links(runs, links), **POINTS)
    for run, at, value in zip(runs, x, y, strict=True):
        if abs(value) > _SUSPECT:
            axes.annotate(
                str(run), (at, value), xytext=(6, 0), textcoords="offset points", va="center"
            )
    reach = max(float(np.nanmax(np.abs(y), initial=0)), limit or 2.2) * 1.12
    axes.set_ylim(-reach, reach)
    axes.set_ylabel("studentized residual")
    plain_axis(axes, "y")


def _filled_contours(axes: Axes, surface: ContourPlane) -> None:
    x, y, z = surface.x.values(), surface.y.values(), surface.response
    low, high = float(np.min(z)), float(np.max(z))
    axes.set(xlim=(surface.x.low, surface.x.high), ylim=(surface.y.low, surface.y.high))
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-300):
        axes.text(0.5, 0.5, "the model is level here", transform=axes.transAxes, ha="center")
        return
    levels, shades = contour_levels(low, high)
    axes.contourf(x, y, z, levels=levels, colors=shades, antialiased=True)
    lines = axes.contour(x, y, z, levels=levels, colors=[ACCENT], linewidths=0.9)
    axes.clabel(lines, fmt=number, fontsize=8.5, colors=[INK], inline=True, inline_spacing=4)


def contour_levels(low: float, high: float) -> tuple[Any, list[Any]]:
    """Round levels between two responses, and the shades between the levels."""
    levels = MaxNLocator(12, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    # One hue, more of it where the response is higher: readable on paper and on a dark page.
    return levels, [to_rgba(ACCENT, 0.02 + 0.5 * i / len(levels)) for i in range(len(levels) - 1)]


def runs_on_contour(axes: Axes, points: pd.DataFrame, links: Links = None) -> None:
    """The runs as dots, those of one setting around it, with how often it was run.

    Args:
        axes: Where to draw.
        points: Columns ``x`` and ``y``, index naming the runs.
        links: Where each run leads.
    """
    figure = cast("Figure", axes.figure)
    for _, runs in points.groupby(["x", "y"], sort=True):
        x, y, times = float(runs["x"].iloc[0]), float(runs["y"].iloc[0]), len(runs)
        apart = 0.0 if times == 1 else max(4.0, 0.9 * times)  # points: so that each can be met
        targets = page_links(runs.index, links)
        for i in range(times):
            turn = 2 * np.pi * i / times
            around = offset_copy(
                axes.transData,
                figure,
                apart * np.sin(turn),
                apart * np.cos(turn),
                units="points",
            )
            dot = axes.scatter(
                x, y, s=42 if times == 1 else 20, color=INK, linewidth=0, clip_on=False, zorder=3,
                transform=around,
            )  # fmt: skip
            if targets is not None:
                dot.set_urls([targets[i]])
        if times > 1:
            axes.annotate(
                f"×{times}",
                (x, y),
                xytext=(apart + 4, apart + 3),
                textcoords="offset points",
                fontsize=8,
                color=INK,
                annotation_clip=False,
            )


def mark_best(axes: Axes, x: float, y: float) -> None:
    """The best setting as a diamond."""
    axes.plot(
        x,
        y,
        marker="D",
        markersize=11,
        markerfacecolor="none",
        markeredgecolor=WARM,
        markeredgewidth=2,
        clip_on=False,
        zorder=5,
    )
