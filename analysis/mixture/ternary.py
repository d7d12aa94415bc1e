"""Contours of a response over the blends of three components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.tri import Triangulation

from analysis.figure_style import ACCENT, INK, MUTED, Links, canvas, number, with_unit
from analysis.figures import contour_levels, mark_best, runs_on_contour
from analysis.mixture.blends import Blends

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from analysis.fitted import ResponseModel
    from designs import Factors

CORNERS = np.array([[0.5, np.sqrt(0.75)], [0.0, 0.0], [1.0, 0.0]])
"""Where the three pure (pseudo-)components stand; coded blends times this are places there."""


def ternary(
    model: ResponseModel,
    at: Mapping[str, float | str],
    name: str,
    *,
    unit: str = "",
    best: bool,
    links: Links = None,
) -> str | None:
    """The predicted response over all blends between those of the runs, as SVG.

    Args:
        model: The fitted model.
        at: Coded settings: the blend to mark, and what the factors beside the mixture are held at.
        name: Prefix of ids, unique in a page.
        unit: Of the response.
        best: Whether the blend of ``at`` is the best one and is marked.
        links: Where each run leads.

    Returns:
        None unless there are three components and the runs spread over a plane of blends.
    """
    factors = model.factors
    if len(factors.mixture) != 3:
        return None
    components = list(factors.mixture)
    runs = model.coded[components].to_numpy(float)
    blends = Blends.of(runs, factors)
    if len(blends.basis) < 2:
        return None
    points = blends.mesh()
    coded = pd.DataFrame(points, columns=components)
    for other in factors.free:
        coded[other] = at[other]
    predicted = model.predict(coded, coded=True)["mean"].to_numpy()
    label = model.response.replace("_", " ")
    text = f"Contours of {label} over the blends of {', '.join(components)}"
    with canvas(name, text, height=4.6) as c:
        axes = c.axes("")
        triangle(axes, factors)
        _contours(axes, points @ CORNERS, predicted)
        flat = pd.DataFrame((runs @ CORNERS).round(9), model.coded.index, columns=["x", "y"])
        runs_on_contour(axes, flat, links)
        if best:
            mark_best(axes, *(np.array([float(at[n]) for n in components]) @ CORNERS))
        axes.set_title(with_unit(label, unit), pad=16)
        return c.svg()


def _contours(axes: Axes, flat: np.ndarray, predicted: np.ndarray) -> None:
    low, high = float(predicted.min()), float(predicted.max())
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-300):
        axes.annotate("the model is level here", flat.mean(axis=0), ha="center")
        return
    levels, shades = contour_levels(low, high)
    mesh = Triangulation(flat[:, 0], flat[:, 1])
    axes.tricontourf(mesh, predicted, levels=levels, colors=shades, antialiased=True)
    lines = axes.tricontour(mesh, predicted, levels=levels, colors=[ACCENT], linewidths=0.9)
    axes.clabel(lines, fmt=number, fontsize=8.5, colors=[INK], inline=True, inline_spacing=4)


def triangle(axes: Axes, factors: Factors) -> None:
    """Draw the triangle of pseudo-components, each corner with the amounts it stands for."""
    axes.set_axis_off()
    axes.set_aspect("equal")
    ring = np.vstack([CORNERS, CORNERS[:1]])
    axes.plot(ring[:, 0], ring[:, 1], color=MUTED, linewidth=0.8, zorder=1)
    mixture = factors.mixture
    amounts = mixture.lows + mixture.whole - mixture.lows.sum()
    places = (("center", "bottom", 6), ("center", "top", -6), ("center", "top", -6))
    for corner, place, (name, factor), amount in zip(
        CORNERS, places, mixture.items(), amounts, strict=True
    ):
        axes.annotate(
            f"{name.replace('_', ' ')} {number(float(amount))} {factor.unit}".rstrip(),
            corner, xytext=(0, place[2]), textcoords="offset points", ha=place[0], va=place[1],
        )  # fmt: skip
