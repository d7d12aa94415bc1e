"""A design judged before the night: all that can be said of it without a single result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from designs.evaluation.aliasing import (
    AliasMatrix,
    CorrelationMap,
    alias_matrix,
    correlation_map,
    variance_inflation,
)
from designs.evaluation.audit import DesignAudit
from designs.evaluation.information import information_of
from designs.evaluation.losses import Losses, losses
from designs.evaluation.power import Assumptions, TermPower, term_power
from designs.evaluation.prediction import Prediction, prediction
from designs.run_sheet import RunSheet


@dataclass(frozen=True)
class Evaluation:
    """What a design promises.

    Attributes:
        audit: Its audit.
        assumed: Noise and effect that power is told for.
        terms: The model that is judged: the terms that the runs can estimate.
        left_out: Terms that were asked for and cannot be estimated.
        residual_df: Runs less columns.
        d_efficiency: ``|X' V^-1 X|^(1/p) / n`` of the model alone, in percent.
        condition_number: Of the information matrix with columns scaled to length one.
        power: Of each term.
        prediction: Variance of prediction over the region.
        variance_inflation: Of each column.
        leverage: Of each vessel's run, 0 to 1.
        alias: How effects outside the model enter its coefficients.
        correlations: Between all effects up to second order.
        losses: What the loss of any vessel, or of any two, would cost.
    """

    audit: DesignAudit
    assumed: Assumptions
    terms: tuple[str, ...]
    left_out: tuple[str, ...]
    residual_df: int
    d_efficiency: float
    condition_number: float
    power: tuple[TermPower, ...]
    prediction: Prediction
    variance_inflation: Mapping[str, float]
    leverage: Mapping[str, float]
    alias: AliasMatrix
    correlations: CorrelationMap
    losses: Losses


def evaluate(
    sheet: RunSheet, assumed: Assumptions | None = None, terms: Sequence[str] | None = None
) -> Evaluation:
    """Judge a design.

    Args:
        sheet: The design.
        assumed: Noise and effect; an effect of twice the noise when omitted.
        terms: The model; the design's default model when omitted.

    Raises:
        DesignError: A term names no factor.
    """
    assumed = assumed or Assumptions()
    information = information_of(sheet, terms, assumed.variance_ratio)
    scale = np.sqrt(np.diag(information.matrix))
    shares = 1 - np.diag(information.residual) / np.diag(information.weight)
    return Evaluation(
        audit=sheet.diagnostics(),
        assumed=assumed,
        terms=information.model_terms,
        left_out=tuple(t for t in terms or () if t not in information.model_terms),
        residual_df=information.runs - information.X.shape[1],
        d_efficiency=information.d_efficiency,
        condition_number=float(np.linalg.cond(information.matrix / np.outer(scale, scale))),
        power=term_power(information, sheet.factors, assumed),
        prediction=prediction(information, sheet.factors),
        variance_inflation=variance_inflation(information),
        leverage=dict(zip(map(str, sheet.table["vessel"]), map(float, shares), strict=True)),
        alias=alias_matrix(sheet, information),
        correlations=correlation_map(sheet),
        losses=losses(sheet, assumed, information.model_terms),
    )
