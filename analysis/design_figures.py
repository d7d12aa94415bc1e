"""Figures of designs before a night: how precisely they predict, what disturbs what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from analysis.figure_style import ACCENT, CATEGORIES, LINE_STYLES, canvas, plain_axis
from analysis.figure_style import RULE as PALE

_MOST_NAMES = 30


def fraction_of_design_space(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], name: str
) -> str:
    """Prediction variance below which a fraction of the region lies, a curve for each design.

    Args:
        curves: Fractions and variances of each design.
        name: Of the figure, unique within a page.
    """
    text = "Fraction of design space: " + ", ".join(curves)
    with canvas(name, text, width=6.4, height=3.6) as drawn:
        axes = drawn.axes("both")
        for position, (label, (fractions, variances)) in enumerate(curves.items()):
            style = LINE_STYLES[position % len(LINE_STYLES)]
            colour = CATEGORIES[position % len(CATEGORIES)]
            axes.plot(fractions, variances, color=colour, linestyle=style, label=label)
        axes.set_xlabel("Fraction of the region")
        axes.set_ylabel("Variance of prediction / of a run")
        axes.set_xlim(0, 1)
        axes.set_ylim(bottom=0)
        plain_axis(axes, "x")
        plain_axis(axes, "y")
        axes.legend(loc="upper left")
        return drawn.svg()


def correlations(values: NDArray[np.float64], columns: Sequence[str], name: str) -> str:
    """Absolute correlations between a design's effects: pale is none, dark is one."""
    with canvas(name, "Correlations between effects", width=4.2, height=4.2) as drawn:
        axes = drawn.axes("")
        shades = LinearSegmentedColormap.from_list("correlation", ["#ffffff", PALE, ACCENT])
        axes.pcolormesh(values[::-1], cmap=shades, vmin=0, vmax=1, edgecolors=PALE, linewidth=0.3)
        axes.set_aspect("equal")
        shown = len(columns) <= _MOST_NAMES
        at = np.arange(len(columns)) + 0.5
        axes.set_xticks(at if shown else [], columns if shown else [], rotation=90, fontsize=6.5)
        axes.set_yticks(at if shown else [], columns[::-1] if shown else [], fontsize=6.5)
        return drawn.svg()
