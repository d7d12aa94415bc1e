"""The response traces of all components in one picture (Cox's plot)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figure_style import (
    CATEGORIES,
    LINE_STYLES,
    MUTED,
    canvas,
    number,
    plain_axis,
    show_grid,
    with_unit,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.fitted import ResponseModel
    from analysis.mixture.trace import Trace

_BAND = 0.1  # opacity of an interval: those of several components lie on each other


def trace_figure(
    model: ResponseModel, traces: Sequence[Trace], name: str, *, unit: str = ""
) -> str | None:
    """The expected response as one component takes the place of the others, as SVG.

    Args:
        model: The fitted model.
        traces: Of its components (`analysis.mixture.response_traces`).
        name: Prefix of ids, unique in a page.
        unit: Of the response.

    Returns:
        None when no component can vary alone.
    """
    drawn = [trace for trace in traces if len(trace.amounts) > 1]
    if not drawn:
        return None
    label = model.response.replace("_", " ")
    text = f"Traces of {label} along {', '.join(trace.component for trace in drawn)}"
    with canvas(name, text, width=6.4, height=3.8) as c:
        axes = c.figure.subplots()
        show_grid(axes, "y")
        axes.axvline(0.0, color=MUTED, linewidth=0.8)
        for position, trace in enumerate(drawn):
            colour = CATEGORIES[position % len(CATEGORIES)]
            change = np.asarray(trace.amounts) - trace.reference
            axes.fill_between(change, trace.ci_low, trace.ci_high, color=colour, alpha=_BAND, lw=0)
            axes.plot(
                change,
                trace.predicted,
                color=colour,
                linestyle=LINE_STYLES[position % len(LINE_STYLES)],
                linewidth=1.6,
                label=f"{trace.component.replace('_', ' ')} (from {number(trace.reference)})",
            )
        plain_axis(axes, "x")
        plain_axis(axes, "y", ticks=5)
        axes.set_xlabel(with_unit("more of the component", model.factors[drawn[0].component].unit))
        axes.set_ylabel(with_unit(label, unit))
        c.figure.legend(loc="outside right upper", title="component", alignment="left")
        return c.svg()
