"""Fit a model matrix by least squares, plain or weighted, with all that a report prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import WLS

from analysis.anova import Anova, analyse_variance
from analysis.fitted import Quality, ResponseModel, components_of, model_of
from analysis.inference import LeastSquaresInference

if TYPE_CHECKING:
    from analysis.problem import Problem

_ALONE = 1e-9  # a leverage this close to one: the run alone decides a coefficient


def least_squares(problem: Problem) -> ResponseModel:
    """Fit by least squares, weighted where the problem has weights."""
    y, x, w = problem.y, problem.matrix.values, problem.weights
    result = WLS(y, x, w).fit()
    anova = analyse_variance(problem.matrix, y, problem.replicates, w)
    variance = anova.residual.mean_sq
    has_error = variance is not None
    sigma = np.nan if variance is None else variance**0.5
    inference = LeastSquaresInference(
        np.asarray(result.params),
        np.asarray(result.normalized_cov_params),
        np.nan if variance is None else variance,
        anova.residual.df,
    )
    table = _run_table(problem, np.asarray(result.fittedvalues), sigma)
    press = _press(table, w) if has_error else None
    r2 = 1 - anova.residual.sum_sq / anova.total.sum_sq
    quality = Quality(
        sigma=sigma if has_error else None,
        r2=r2 if has_error else None,
        r2_adjusted=1 - (1 - r2) * anova.total.df / anova.residual.df if has_error else None,
        r2_predicted=None if press is None else 1 - press / anova.total.sum_sq,
        press=press,
        **criteria(float(result.llf) if has_error else None, len(y), x.shape[1] + 1),
    )
    return model_of(
        problem,
        "weighted least squares" if problem.weighted else "least squares",
        inference,
        quality,
        anova,
        table,
        lambda rows: least_squares(problem.of(rows)),
        notes=_notes_on_error(anova),
        variance_components=()
        if variance is None
        else components_of(
            [("residual", len(y))], [variance], [variance * (2 / anova.residual.df) ** 0.5]
        ),
    )


def criteria(log_likelihood: float | None, n: int, k: int) -> dict[str, float | None]:
    """Log likelihood, AICc and BIC of ``k`` parameters on ``n`` runs; None where undefined."""
    if log_likelihood is None:
        return {"log_likelihood": None, "aicc": None, "bic": None}
    spare = n - k - 1
    aicc = 2 * k - 2 * log_likelihood + 2 * k * (k + 1) / spare if spare > 0 else None
    bic = k * float(np.log(n)) - 2 * log_likelihood
    return {"log_likelihood": log_likelihood, "aicc": aicc, "bic": bic}


def _run_table(problem: Problem, fitted: np.ndarray, sigma: float) -> pd.DataFrame:
    root = np.sqrt(problem.weights)
    q, _ = np.linalg.qr(problem.matrix.values * root[:, None])
    leverage = np.minimum(np.sum(q**2, axis=1), 1.0)
    alone = np.isclose(leverage, 1.0, atol=_ALONE)
    free = np.where(alone, np.nan, 1 - leverage)
    residual = problem.y - fitted
    studentized = residual * root / (sigma * np.sqrt(free))
    return pd.DataFrame(
        {
            "observed": problem.observed,
            "fitted": problem.scale.inverse(fitted),
            "residual": residual,
            "leverage": leverage,
            "studentized": studentized,
            "cook": studentized**2 * leverage / free / q.shape[1],
        },
        problem.coded.index,
    )


def _press(table: pd.DataFrame, weights: np.ndarray) -> float | None:
    leverage = table["leverage"].to_numpy()
    if np.any(leverage > 1 - _ALONE):
        return None
    left_out = table["residual"].to_numpy() / (1 - leverage)
    return float(np.sum(weights * left_out**2))


def _notes_on_error(anova: Anova) -> tuple[str, ...]:
    if anova.residual.df == 0:
        return (
            "The model has as many coefficients as there are runs: it leaves no estimate of "
            "error, so no standard errors, intervals or tests can be given.",
        )
    if anova.residual.mean_sq is None:
        return (
            "The model goes through every run exactly; there is no scatter to judge it by, "
            "so no standard errors, intervals or tests are given.",
        )
    if anova.pure_error is None:
        return ("No run was repeated, so lack of fit cannot be tested.",)
    return ()
