"""Analysis of variance of a mixed model: each term against the error that it is subject to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.anova import Anova, AnovaRow, about_the_mean
from analysis.model_matrix import group_of, unique
from designs.model_terms import INTERCEPT

if TYPE_CHECKING:
    from collections.abc import Collection

    from analysis.mixed.inference import MixedInference
    from analysis.mixed.lack_of_fit import LackOfFit
    from analysis.problem import Problem


def analyse(
    problem: Problem, inference: MixedInference, variance: float, df: int, lack: LackOfFit
) -> Anova:
    """The joint tests of terms and groups of terms.

    Sums of squares are ``F * df * residual variance``, as R's lmerTest gives them: in a balanced
    split plot those of a sub-plot term are the usual ones, those of a whole-plot term are scaled
    to the sub-plot error.

    Args:
        problem: What was fitted.
        inference: Tests of its contrasts.
        variance: Of the residual.
        df: Of the residual.
        lack: What repeated settings say.
    """
    matrix = about_the_mean(problem.matrix)
    root = np.sqrt(problem.weights)
    # Contrasts over the coefficients of ``matrix``, written over those of the problem's matrix.
    back = np.linalg.lstsq(matrix.values, problem.matrix.values, rcond=None)[0]
    _, sequential = np.linalg.qr(matrix.values * root[:, None])
    terms = [term for term in unique(matrix.terms) if term != INTERCEPT]
    groups = unique(group_of(term) for term in terms)

    def tested(source: str, members: Collection[str], rows: np.ndarray) -> AnovaRow:
        test = inference.joint(rows[matrix.columns_of(members)] @ back)
        mean_sq = test.f * variance
        return AnovaRow(source, test.df, mean_sq * test.df, mean_sq, test.f, test.p, test.df_error)

    weights, y = problem.weights, problem.y
    mean = float(np.average(y, weights=weights))
    return Anova(
        groups=tuple(tested(g, [t for t in terms if group_of(t) == g], sequential) for g in groups),
        terms=tuple(tested(term, [term], sequential) for term in terms),
        terms_adjusted=tuple(tested(term, [term], np.eye(len(back))) for term in terms),
        model=tested("model", terms, np.eye(len(back))) if terms else AnovaRow("model", 0, 0.0),
        residual=AnovaRow("residual", df, variance * df, variance),
        lack_of_fit=lack.row,
        pure_error=lack.pure_error,
        total=AnovaRow("total", len(y) - 1, float(np.sum(weights * (y - mean) ** 2))),
    )
