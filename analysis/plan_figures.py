"""Figures of the plan and of the raw data: what stood where, and how replicates agree."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle

from analysis.campaign_figures import vessel_order
from analysis.figure_style import (
    ACCENT,
    CATEGORIES,
    INK,
    MUTED,
    WARM,
    Links,
    canvas,
    page_links,
    plain_axis,
    with_unit,
)
from analysis.figures import POINTS


def plan_map(
    runs: Mapping[str, str],
    groups: Mapping[str, int],
    legend: str,
    name: str,
    critical: frozenset[str] = frozenset(),
    links: Links = None,
) -> str:
    """Which run stood in which vessel, seen from above, coloured by block or whole plot.

    Args:
        runs: Run number by vessel name (row letter and column number).
        groups: Block or whole plot of each vessel; empty for none.
        legend: What the groups are; empty for none.
        name: Prefix of ids, unique in a page.
        critical: Vessels without which some term could not be estimated.
        links: Anchor in the page of each vessel.
    """
    rows = sorted({vessel_order(v)[0] for v in runs})
    columns = sorted({vessel_order(v)[1] for v in runs})
    known = sorted(set(groups.values()))
    text = f"Run number of each vessel at its place in the array{', by ' * bool(legend)}{legend}"
    size = (max(0.62 * len(columns) + 0.5, 3.0), 0.62 * len(rows) + 0.75)
    with canvas(name, text, width=size[0], height=size[1]) as c:
        axes = c.axes("")
        for vessel, run in runs.items():
            row, column, _ = vessel_order(vessel)
            at = (columns.index(column), rows.index(row))
            group = groups.get(vessel)
            colour = ACCENT if group is None else CATEGORIES[known.index(group) % len(CATEGORIES)]
            axes.add_patch(
                Circle(
                    at, 0.43, facecolor=to_rgba(colour, 0.16),
                    edgecolor=WARM if vessel in critical else colour,
                    linewidth=2.4 if vessel in critical else 0.9,
                    url=f"page:{links[vessel]}" if links else None,
                )
            )  # fmt: skip
            second = "" if group is None else f"\n{group}"
            axes.text(*at, f"{run}{second}", ha="center", va="center", fontsize=8, color=INK,
                      linespacing=1.1)  # fmt: skip
        axes.set(xlim=(-0.6, len(columns) - 0.4), ylim=(len(rows) - 0.4, -0.6), aspect="equal")
        axes.set_xticks(range(len(columns)), [str(n) for n in columns])
        axes.set_yticks(range(len(rows)), rows)
        axes.xaxis.tick_top()
        axes.spines[:].set_visible(False)
        return c.svg()


def replicates(
    table: pd.DataFrame, label: str, unit: str, name: str, links: Links = None
) -> str | None:
    """Each setting's runs beside each other, ordered by their mean; None with two runs or less.

    Args:
        table: Columns ``setting`` (a number per distinct setting) and ``value``, index naming
            the runs.
        label: Name of the response.
        unit: Its unit.
        name: Prefix of ids, unique in a page.
        links: Anchor in the page of each run.
    """
    known = table.dropna(subset=["value"])
    if len(known) < 3:
        return None
    means = known.groupby("setting")["value"].mean().sort_values(kind="stable")
    place = {setting: i + 1 for i, setting in enumerate(means.index)}
    at = known["setting"].map(place)
    with canvas(name, f"Replicates of {label} by setting") as c:
        axes = c.axes("y")
        reach = known.groupby("setting")["value"].agg(["min", "max", "size"]).loc[means.index]
        several = reach[reach["size"] > 1]
        axes.vlines([place[s] for s in several.index], several["min"], several["max"],
                    color=MUTED, linewidth=1)  # fmt: skip
        axes.scatter(at, known["value"], urls=page_links(known.index, links), **POINTS)
        axes.plot(np.arange(1, len(means) + 1), means, color=MUTED, linewidth=0.7, zorder=1)
        axes.set_xlabel("setting, by mean")
        axes.set_ylabel(with_unit(label, unit))
        plain_axis(axes, "x", whole=True)
        plain_axis(axes, "y")
        return c.svg()
