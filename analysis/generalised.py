"""Generalised linear models: shares, counts and responses whose scatter grows with their size."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from analysis.anova import Anova, AnovaRow
from analysis.errors import ModelError
from analysis.fitted import Quality, ResponseModel, model_of
from analysis.inference import LeastSquaresInference
from analysis.least_squares import criteria
from analysis.model_matrix import group_of, unique
from analysis.problem import pose
from analysis.response_model import read_terms
from analysis.scale import Scale
from designs.model_terms import INTERCEPT

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analysis.problem import Problem
    from designs import Factors

Distribution = Literal["binomial", "poisson", "gamma"]

_SCALES = {"binomial": Scale("logit"), "poisson": Scale("log"), "gamma": Scale("log")}


def fit_generalised(
    table: pd.DataFrame,
    factors: Factors,
    response: str,
    terms: Sequence[str],
    distribution: Distribution,
    block: str | None = None,
    *,
    trials: str | int | None = None,
) -> ResponseModel:
    """Fit a generalised linear model by maximum likelihood.

    Shares ("binomial") are modelled by their log odds, counts ("poisson") and responses of
    constant relative scatter ("gamma") by their logarithm. The analysis of variance is one of
    deviance: ``sum_sq`` holds deviances, ``f`` the deviance per degree of freedom (over the
    dispersion, for gamma), and ``p`` is of chi-squared (of F, for gamma). Predictions are of the
    mean; there is no interval for a new run.

    Args:
        table: One row per run.
        factors: The factors of the design.
        response: Column to model: a share from 0 to 1, or a number of successes where ``trials``
            is given; a count; a positive number.
        terms: Model terms.
        distribution: Of the response.
        block: Column of block labels, or None.
        trials: Column of the number of trials of each run, or that number; binomial only.

    Raises:
        ModelError: The table cannot be modelled; the text says why.
    """
    wanted, used = read_terms(terms, factors)
    problem, kept = pose(table, factors, response, wanted, used, block)
    problem = replace(problem, scale=_SCALES[distribution])
    tried = _trials(kept, trials) if distribution == "binomial" else np.ones(len(kept))
    if distribution == "binomial" and trials is not None:
        problem = replace(problem, observed=problem.observed / tried)
    _require_support(problem, distribution)
    return _fitted(problem, distribution, tried)


def _trials(table: pd.DataFrame, trials: str | int | None) -> np.ndarray:
    if trials is None or isinstance(trials, int):
        return np.full(len(table), float(trials or 1))
    if trials not in table.columns:
        raise ModelError(f"The table has no column '{trials}' for the number of trials.")
    found = pd.to_numeric(table[trials], errors="coerce").to_numpy(float)
    if not (found >= 1).all():
        raise ModelError(f"The trials in '{trials}' must be one at least in every run.")
    return found


def _require_support(problem: Problem, distribution: Distribution) -> None:
    y, name = problem.observed, problem.response
    if distribution == "binomial" and not ((y >= 0) & (y <= 1)).all():
        raise ModelError(
            f"'{name}' must be a share from 0 to 1, or successes out of a number of trials."
        )
    if distribution == "poisson" and not (y >= 0).all():
        raise ModelError(f"'{name}' is negative in some runs, so it is no count.")
    if distribution == "gamma" and not (y > 0).all():
        raise ModelError(f"'{name}' is nought or negative in some runs.")


def _solve(problem: Problem, distribution: Distribution, tried: np.ndarray, x: np.ndarray) -> Any:
    family = {
        "binomial": sm.families.Binomial(),
        "poisson": sm.families.Poisson(),
        "gamma": sm.families.Gamma(sm.families.links.Log()),
    }[distribution]
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerfectSeparationWarning)
        try:
            return sm.GLM(problem.observed, x, family=family, var_weights=tried).fit(
                tol=1e-12, maxiter=200
            )
        except (PerfectSeparationWarning, np.linalg.LinAlgError, ValueError) as error:
            raise ModelError(
                f"The terms tell the runs of '{problem.response}' apart perfectly, so their "
                "effects have no finite estimate; leave terms out."
            ) from error


def _fitted(problem: Problem, distribution: Distribution, tried: np.ndarray) -> ResponseModel:
    x = problem.matrix.values
    result = _solve(problem, distribution, tried, x)
    df = x.shape[0] - x.shape[1]
    free = distribution == "gamma"
    dispersion = float(result.scale)
    inference = _NoNewRun(
        np.asarray(result.params),
        np.asarray(result.cov_params()) / dispersion,
        dispersion if df or not free else np.nan,
        df if free else np.inf,
    )
    anova = _deviance(problem, distribution, tried, result)
    quality = Quality(
        sigma=None,
        r2=1 - float(result.deviance) / anova.total.sum_sq if anova.total.sum_sq else None,
        **criteria(float(result.llf), len(x), x.shape[1] + free),
    )
    return model_of(
        problem,
        distribution,
        inference,
        quality,
        anova,
        _run_table(problem, result, dispersion),
        lambda rows: _fitted(problem.of(rows), distribution, tried[rows]),
        notes=_on_dispersion(result, distribution, df),
    )


class _NoNewRun(LeastSquaresInference):
    """Wald's inference of a generalised linear model, which foretells means and no single runs."""

    def new_run(self, contrasts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Not known."""
        nothing = np.full(len(contrasts), np.nan)
        return nothing, nothing


def _deviance(
    problem: Problem, distribution: Distribution, tried: np.ndarray, result: Any
) -> Anova:
    """Deviance explained by each term after those before it, and given all others."""
    matrix = problem.matrix
    terms = [term for term in unique(matrix.terms) if term != INTERCEPT]
    left = matrix.values.shape[0] - matrix.values.shape[1]
    dispersion = float(result.scale) if distribution == "gamma" else 1.0

    def of(members: Collection[str]) -> float:
        x = matrix.only([INTERCEPT, *members]).values
        return float(_solve(problem, distribution, tried, x).deviance)

    def row(source: str, members: Collection[str], without: Collection[str]) -> AnovaRow:
        df = len(matrix.columns_of(set(members) - set(without)))
        drop = of(without) - of(members)
        mean, f = drop / df, drop / df / dispersion
        if distribution == "gamma":
            return AnovaRow(source, df, drop, mean, f, float(stats.f.sf(f, df, left)), left)
        return AnovaRow(source, df, drop, mean, f, float(stats.chi2.sf(drop, df)))

    def after(source: str, members: Sequence[str]) -> AnovaRow:
        first = min(terms.index(m) for m in members)
        last = max(terms.index(m) for m in members) + 1
        return row(source, terms[:last], terms[:first])

    groups = unique(group_of(term) for term in terms)
    total = of([])
    return Anova(
        groups=tuple(after(g, [t for t in terms if group_of(t) == g]) for g in groups),
        terms=tuple(after(term, [term]) for term in terms),
        terms_adjusted=tuple(
            row(t, terms, [other for other in terms if other != t]) for t in terms
        ),
        model=row("model", terms, []) if terms else AnovaRow("model", 0, 0.0),
        residual=AnovaRow(
            "residual", left, float(result.deviance), result.deviance / left if left else None
        ),
        lack_of_fit=None,
        pure_error=None,
        total=AnovaRow("total", len(problem.observed) - 1, total),
    )


def _run_table(problem: Problem, result: Any, dispersion: float) -> pd.DataFrame:
    """Runs with deviance residuals."""
    leverage = np.asarray(result.get_hat_matrix_diag())
    free = np.where(leverage > 1 - 1e-9, np.nan, 1 - leverage)
    deviance = np.asarray(result.resid_deviance)
    pearson = np.asarray(result.resid_pearson)
    return pd.DataFrame(
        {
            "observed": problem.observed,
            "fitted": np.asarray(result.fittedvalues),
            "residual": deviance,
            "leverage": leverage,
            "studentized": deviance / np.sqrt(dispersion * free),
            "cook": pearson**2 * leverage / free**2 / dispersion / problem.matrix.values.shape[1],
        },
        problem.coded.index,
    )


def _on_dispersion(result: Any, distribution: Distribution, df: int) -> tuple[str, ...]:
    if distribution == "gamma" or df == 0:
        return ()
    ratio = float(result.pearson_chi2) / df
    if stats.chi2.sf(result.pearson_chi2, df) >= 0.05:
        return ()
    return (
        f"The runs scatter {ratio:.1f} times as much as the {distribution} distribution lets them, "
        "so the intervals are too narrow and the p too small.",
    )
