"""Figures of effects: which stand out, how sure they are, on whom they hang."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba

from analysis.figure_style import (
    ACCENT,
    CATEGORIES,
    INK,
    LINE_STYLES,
    MUTED,
    WARM,
    Links,
    canvas,
    page_links,
    plain_axis,
    show_grid,
    with_unit,
)
from analysis.figures import POINTS, FactorAxis

_MOST_NAMED = 12


def half_normal(effects: pd.DataFrame, limit: float | None, label: str, name: str) -> str:
    """Sizes of effects against half-normal quantiles; those of chance lie on a line through zero.

    Args:
        effects: Columns ``term``, ``size`` (0 or above), ``half_normal``, ``active``.
        limit: Size beyond which an effect is more than chance; None without one.
        label: Name of the response.
        name: Prefix of ids, unique in a page.
    """
    with canvas(name, f"Half-normal plot of the effects on {label}") as c:
        axes = c.axes("both")
        for active, part in effects.groupby("active"):
            colour = ACCENT if active else MUTED
            axes.scatter(
                part["size"],
                part["half_normal"],
                s=26,
                facecolor=to_rgba(colour, 0.35),
                edgecolor=colour,
                zorder=3,
            )
        for row in effects[effects["active"]].nlargest(_MOST_NAMED, "size").itertuples():
            axes.annotate(
                str(row.term),
                (float(row.size), float(row.half_normal)),  # type: ignore[arg-type]
                xytext=(-6, 2),
                textcoords="offset points",
                ha="right",
                fontsize=8,
                color=INK,
            )
        rest = effects.loc[~effects["active"].astype(bool)]
        if len(rest) > 1:
            size, quantile = rest[["size", "half_normal"]].to_numpy(float).T
            slope = float(size @ quantile) / (float(size @ size) or 1.0)
            top = float(effects["half_normal"].max())
            axes.plot([0, top / slope] if slope else [0, 0], [0, top], color=MUTED, linewidth=1)
        if limit is not None:
            axes.axvline(limit, color=WARM, linewidth=1.2, linestyle=(0, (5, 2)))
        axes.set_xlim(0, float(effects["size"].max()) * 1.12 or 1.0)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("size of the effect")
        axes.set_ylabel("half-normal quantile")
        plain_axis(axes, "x")
        plain_axis(axes, "y")
        return c.svg()


def coefficients(table: pd.DataFrame, label: str, unit: str, name: str) -> str:
    """Coefficients with their 95 % intervals, in the order of the model.

    Args:
        table: Columns ``term``, ``estimate``, ``low``, ``high`` (NaN where not known).
        label: Name of the response.
        unit: Its unit.
        name: Prefix of ids, unique in a page.
    """
    shown = table.iloc[::-1].reset_index(drop=True)
    height = max(1.5, 0.85 + 0.27 * len(shown))
    with canvas(name, f"Coefficients of {label} with 95 % intervals", height=height) as c:
        axes = c.axes("x")
        axes.axvline(0, color=MUTED, linewidth=1)
        for row, (estimate, low, high) in enumerate(shown[["estimate", "low", "high"]].to_numpy()):
            clear = bool(low > 0 or high < 0)
            colour = ACCENT if clear else MUTED
            if np.isfinite(low):
                axes.plot([low, high], [row, row], color=colour, linewidth=1.8)
            axes.plot(
                estimate, row, "o", markersize=6, markeredgecolor=colour,
                markerfacecolor=colour if clear else "none",
            )  # fmt: skip
        axes.set_yticks(range(len(shown)), list(shown["term"]))
        axes.tick_params(axis="y", labelcolor=INK)
        axes.set_xlabel(with_unit("coefficient, coded", unit))
        plain_axis(axes, "x")
        return c.svg()


def interaction(
    across: FactorAxis,
    lines: Sequence[tuple[str, pd.DataFrame]],
    legend: str,
    label: str,
    unit: str,
    name: str,
) -> str:
    """Prediction along one factor at several settings of another; parallel: no interaction.

    Args:
        across: The factor along the abscissa.
        lines: Setting of the other factor, and a table with ``value``, ``mean``, ``ci_low`` and
            ``ci_high``.
        legend: The other factor, with its unit.
        label: Name of the response.
        unit: Its unit.
        name: Prefix of ids, unique in a page.
    """
    text = f"{label} along {across.label} at settings of {legend}"
    with canvas(name, text, height=3.7) as c:
        axes = c.axes("y")
        for position, (setting, table) in enumerate(lines):
            colour = CATEGORIES[position % len(CATEGORIES)]
            style = LINE_STYLES[position % len(LINE_STYLES)]
            axes.plot(
                table["value"], table["mean"], color=colour, linestyle=style, label=setting, lw=1.7
            )
            band = table.dropna(subset=["ci_low", "ci_high"])
            axes.fill_between(
                band["value"], band["ci_low"], band["ci_high"], color=colour, alpha=0.12, lw=0
            )
        if across.scale == "log":
            axes.set_xscale("log")
        plain_axis(axes, "x", ticks=4)
        plain_axis(axes, "y")
        axes.set_xlabel(with_unit(across.label, across.unit))
        axes.set_ylabel(with_unit(label, unit))
        c.figure.legend(loc="outside upper left", ncols=3, title=legend, title_fontsize=8.5)
        return c.svg()


def box_cox(
    profile: pd.DataFrame, ends: tuple[float, float], floor: float, label: str, name: str
) -> str:
    """The likelihood over powers of the response, with its 95 % interval.

    Args:
        profile: Columns ``exponent`` and ``log_likelihood``.
        ends: Of the 95 % interval, within the profile.
        floor: Likelihood at its ends.
        label: Name of the response.
        name: Prefix of ids, unique in a page.
    """
    with canvas(name, f"Box-Cox plot of {label}") as c:
        axes = c.axes("both")
        axes.axvspan(*ends, color=ACCENT, alpha=0.14, lw=0)
        axes.plot(profile["exponent"], profile["log_likelihood"], color=ACCENT, linewidth=1.6)
        axes.axhline(floor, color=WARM, linewidth=1, linestyle=(0, (5, 2)))
        axes.axvline(1, color=MUTED, linewidth=1)
        axes.set_xlabel(f"power of {label}")
        axes.set_ylabel("log likelihood")
        plain_axis(axes, "x")
        plain_axis(axes, "y")
        return c.svg()


def influence(
    largest: pd.Series, cook: pd.Series, terms: Mapping[object, str], name: str, links: Links = None
) -> str:
    """How far the coefficients move without each vessel, the most influential ones named.

    Args:
        largest: Largest change of a coefficient, in its standard errors, by run.
        cook: Cook's distance of the same runs.
        terms: Term that changes most, by run.
        name: Prefix of ids, unique in a page.
        links: Anchor in the page of each run.
    """
    known = largest.dropna()
    with canvas(name, "Change of the coefficients without each run") as c:
        axes = c.axes("y")
        at = np.arange(1, len(known) + 1)
        axes.vlines(at, 0, known, color=ACCENT, linewidth=1.4)
        axes.scatter(at, known, urls=page_links(known.index, links), **POINTS)
        for run in known.nlargest(3).index:
            place = int(np.flatnonzero(known.index == run)[0])
            distance = cook.get(run, np.nan)
            axes.annotate(
                f"{run}: {terms.get(run, '')}, D {distance:.2g}",
                (at[place], float(known[run])),
                xytext=(0, 6), textcoords="offset points",
                ha="left" if place < len(known) / 2 else "right", fontsize=8,
            )  # fmt: skip
        axes.axhline(1, color=WARM, linewidth=1, linestyle=(0, (5, 2)))
        axes.set_ylim(0, max(1.15, float(known.max()) * 1.18))
        axes.set_xlabel("run left out, in order of execution")
        axes.set_ylabel("largest change / standard error")
        plain_axis(axes, "x", whole=True)
        plain_axis(axes, "y")
        show_grid(axes, "y")
        return c.svg()
