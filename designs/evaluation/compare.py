"""Designs side by side, judged for the same model by the same assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from designs.evaluation.evaluate import Evaluation, evaluate
from designs.evaluation.information import information_of
from designs.evaluation.power import Assumptions
from designs.run_sheet import RunSheet


def evaluate_all(
    sheets: Mapping[str, RunSheet], assumed: Assumptions | None = None
) -> dict[str, Evaluation]:
    """Evaluate designs for the model of the first; all must have its factors.

    Each is judged for those terms that it can estimate; `Evaluation.left_out` has the others.
    """
    first = next(iter(sheets.values()))
    terms = information_of(first).model_terms
    return {name: evaluate(sheet, assumed, terms) for name, sheet in sheets.items()}


def compare(evaluations: Mapping[str, Evaluation]) -> pd.DataFrame:
    """What differs between designs: one row a criterion, one column a design.

    Efficiencies in percent, variances of prediction in units of the variance between runs,
    power as a probability; None where a design has no such value.
    """
    columns = {name: _criteria(evaluation) for name, evaluation in evaluations.items()}
    return pd.DataFrame(columns, dtype=object).rename_axis("criterion")


def _criteria(evaluation: Evaluation) -> dict[str, Any]:
    audit, predicted, lost = evaluation.audit, evaluation.prediction, evaluation.losses
    powers = {each.term: each.power for each in evaluation.power if each.power is not None}
    least = min(powers, key=lambda term: powers[term], default=None)
    return {
        "runs": audit.runs,
        "different settings": audit.distinct_points,
        "terms of the model": len(evaluation.terms),
        "terms left out": len(evaluation.left_out),
        "residual df": evaluation.residual_df,
        "pure-error df": audit.pure_error_df,
        "resolution": audit.resolution,
        "D-efficiency [%]": evaluation.d_efficiency,
        "A-efficiency [%]": predicted.a_efficiency,
        "G-efficiency [%]": predicted.g_efficiency,
        "average prediction variance": predicted.average,
        "prediction variance at the centre": predicted.at_centre,
        "prediction variance at the vertices": predicted.at_vertices,
        "largest prediction variance": predicted.worst,
        "largest correlation of main effects": round(audit.largest_correlation, 9),
        "largest variance inflation": max(evaluation.variance_inflation.values(), default=None),
        "aliasing with interactions left out": round(evaluation.alias.with_interactions, 9),
        "least power": None if least is None else powers[least],
        "term of least power": least,
        "critical vessels": len(lost.critical),
        "critical pairs of vessels": len(lost.critical_pairs),
        "least D-efficiency, one vessel lost [%]": _least(lost.vessels),
        "least D-efficiency, two vessels lost [%]": _least(lost.pairs),
    }


def _least(found: tuple[Any, ...]) -> float | None:
    return min((loss.d_efficiency for loss in found), default=None)
