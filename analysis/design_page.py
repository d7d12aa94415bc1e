"""Designs side by side as one HTML file that opens anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from analysis.design_figures import correlations, fraction_of_design_space
from analysis.report.page import environment
from designs.evaluation import compare

if TYPE_CHECKING:
    from designs.evaluation import Evaluation


def render(evaluations: Mapping[str, Evaluation]) -> str:
    """Write the page.

    Args:
        evaluations: Of each design, by the name it is shown under.

    Returns:
        A complete HTML document without any external resource.
    """
    table = compare(evaluations)
    rows = [(name, [_shown(value) for value in row]) for name, row in table.iterrows()]
    curves = {
        name: (evaluation.prediction.fractions, evaluation.prediction.fds)
        for name, evaluation in evaluations.items()
    }
    maps = [
        (name, Markup(correlations(found.values, found.columns, f"map{number}")))  # noqa: S704
        for number, (name, found) in enumerate(
            (name, evaluation.correlations) for name, evaluation in evaluations.items()
        )
    ]
    return (
        environment()
        .get_template("designs.html.j2")
        .render(
            names=list(evaluations),
            rows=rows,
            powers={name: evaluation.power for name, evaluation in evaluations.items()},
            assumed=next(iter(evaluations.values())).assumed,
            fds=Markup(fraction_of_design_space(curves, "fds")),  # noqa: S704
            maps=maps,
        )
    )


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
