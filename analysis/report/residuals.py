"""Can the model be believed: residuals, powers of the response, influence of each vessel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from analysis import effect_figures, figures
from analysis.fitted import CONFIDENCE
from analysis.report.figures import run_numbers
from analysis.report.links import anchors
from analysis.report.parts import Figure, figure
from analysis.report.words import label, term_label

if TYPE_CHECKING:
    from analysis.study import ResponseStudy, Study


def diagnostic_plots(study: Study, response: ResponseStudy, prefix: str) -> tuple[Figure, ...]:
    """The residual plots, the Box-Cox plot and the influence of each run."""
    drawn = [*_residuals(study, response, prefix)]
    drawn += [_powers(response, f"{prefix}-box-cox"), _influence(study, response, prefix)]
    return tuple(f for f in drawn if f is not None)


def _residuals(study: Study, response: ResponseStudy, prefix: str) -> list[Figure | None]:
    table = response.diagnostics.table
    if response.model.sigma is None or table["studentized"].isna().all():
        return []
    name, unit, links = label(response.name), response.spec.unit, anchors(study)
    order = run_numbers(study).loc[table.index]
    return [
        figure(
            figures.predicted_vs_observed(table, name, unit, f"{prefix}-agreement", links),
            "Fitted against measured. Points near the line: the model describes the runs. Each "
            "point leads to its run.",
        ),
        figure(
            figures.residuals_vs_fitted(table, name, unit, f"{prefix}-fitted", links),
            "Residuals against fitted values. No trend and no funnel is good.",
        ),
        figure(
            figures.normal_plot(table, name, f"{prefix}-normal", links),
            "Normal plot. Points along the line: the errors are normal, the p values hold.",
        ),
        figure(
            figures.residuals_vs_order(table, order, name, f"{prefix}-order", links),
            "Residuals in run order. No drift is good.",
        ),
    ]


def _powers(response: ResponseStudy, name: str) -> Figure | None:
    found = response.box_cox
    if found is None:
        return None
    ends = found.profile["exponent"].iloc[[0, -1]]
    low, high = (
        float(np.clip(end if end is not None else far, *ends))
        for end, far in zip((found.low, found.high), ends, strict=True)
    )
    floor = found.log_likelihood - float(stats.chi2.ppf(CONFIDENCE, 1)) / 2
    svg = effect_figures.box_cox(found.profile, (low, high), floor, label(response.name), name)
    return figure(svg, f"Box-Cox plot. {found.sentence} The upright line is 1, no change.")


def _influence(study: Study, response: ResponseStudy, prefix: str) -> Figure | None:
    dropping = response.dropping
    if dropping is None or dropping.largest.dropna().empty:
        return None
    changes = dropping.changes.abs()
    known = changes.dropna(how="all")
    terms: dict[Any, str] = {run: term_label(str(row.idxmax())) for run, row in known.iterrows()}
    cook = response.diagnostics.table["cook"]
    name = f"{prefix}-influence"
    svg = effect_figures.influence(dropping.largest, cook, terms, name, anchors(study))
    return figure(
        svg,
        "The fit without each run in turn: how far the coefficient that moves most moves, in its "
        "standard errors. Named are the three most influential runs with that term and Cook's "
        "distance D.",
    )
