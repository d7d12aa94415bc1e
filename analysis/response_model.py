"""Fit a response model to designed runs: ordinary least squares on coded factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import OLS

from analysis.anova import Anova, analyse_variance
from analysis.errors import ModelError
from analysis.model_matrix import (
    BLOCKS,
    ModelMatrix,
    arranged,
    block_columns,
    estimable,
    term_columns,
    unique,
)
from analysis.runs import Runs, read_runs
from designs import DesignError
from designs.model_terms import INTERCEPT, powers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from designs import Factors

CONFIDENCE = 0.95
"""Level of every interval in a study."""


@dataclass(frozen=True)
class Coefficient:
    """One estimated coefficient, in coded units (half the effect of going from low to high).

    Attributes:
        name: "(Intercept)", a model column ("feed_rate", "medium[rich]", "feed_rate:iptg",
            "feed_rate^2") or a block contrast ("block[2]").
        term: The model term the column belongs to; the block column's name for blocks.
        estimate: In units of the response.
        se: Standard error; None, as all below, when the fit leaves no error estimate.
        t: ``estimate / se``.
        p: Two-sided probability of a larger ``t`` by chance.
        low: Lower end of the 95 % confidence interval.
        high: Upper end.
    """

    name: str
    term: str
    estimate: float
    se: float | None
    t: float | None
    p: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ResponseModel:
    """A fitted response model with everything a report prints about it.

    Attributes:
        response: Column that was modelled.
        factors: Factors the runs were coded with.
        terms: Terms that were fitted, in order.
        block: Block column, or None.
        blocks: Block levels, the first being the reference of the block contrasts.
        coefficients: Intercept, blocks, then terms.
        runs: Number of runs used.
        df_residual: Runs minus coefficients.
        sigma: Residual standard deviation; None when the model is saturated.
        r2: Share of the variation about the mean explained; None when saturated.
        r2_adjusted: The same per degree of freedom.
        r2_predicted: ``1 - PRESS / total``; None when a run alone decides a coefficient.
        press: Sum of squared leave-one-out prediction errors.
        aicc: Akaike's criterion, small-sample form (sigma counted as a parameter).
        log_likelihood: Gaussian log likelihood at the maximum.
        anova: See `analysis.anova.Anova`.
        notes: Sentences on runs left out, terms that could not be estimated, missing error.
        table: Runs used, one row each, with the index of the table given: ``observed`` and
            ``fitted``.
        coded: Coded settings of the runs used (continuous factors -1..1, levels as they are).
        matrix: Model matrix of the runs used, one column per coefficient.
        covariance_unscaled: ``(X'X)^-1``; times ``sigma**2`` it is the covariance of the
            coefficients.
    """

    response: str
    factors: Factors
    terms: tuple[str, ...]
    block: str | None
    blocks: tuple[str, ...]
    coefficients: tuple[Coefficient, ...]
    runs: int
    df_residual: int
    sigma: float | None
    r2: float | None
    r2_adjusted: float | None
    r2_predicted: float | None
    press: float | None
    aicc: float | None
    log_likelihood: float | None
    anova: Anova
    notes: tuple[str, ...]
    table: pd.DataFrame
    coded: pd.DataFrame
    matrix: np.ndarray
    covariance_unscaled: np.ndarray

    def predict(self, points: pd.DataFrame, *, coded: bool = False) -> pd.DataFrame:
        """Predict the response at settings, averaged over the blocks.

        Args:
            points: One row per point, a column per factor.
            coded: Whether ``points`` are coded; otherwise in the factors' units.

        Returns:
            Columns ``mean``, ``se``, ``ci_low``, ``ci_high`` (95 % confidence of the mean),
            ``pi_low``, ``pi_high`` (95 % prediction of one new run in blocks like these); all
            but ``mean`` are NaN when the model is saturated. Index as ``points``.
        """
        at = points[list(self.factors)] if coded else self.factors.to_coded(points)
        columns = term_columns(at, self.terms, self.factors).values
        blocks = np.full((len(at), max(len(self.blocks) - 1, 0)), 1 / max(len(self.blocks), 1))
        x = np.hstack([columns[:, :1], blocks, columns[:, 1:]])
        mean = x @ np.array([c.estimate for c in self.coefficients])
        spread = np.einsum("ij,jk,ik->i", x, self.covariance_unscaled, x)
        sigma = np.nan if self.sigma is None else self.sigma
        t = stats.t.ppf(0.5 + CONFIDENCE / 2, self.df_residual) if self.sigma else np.nan
        se, se_new = sigma * np.sqrt(spread), sigma * np.sqrt(1 + spread)
        return pd.DataFrame(
            {
                "mean": mean,
                "se": se,
                "ci_low": mean - t * se,
                "ci_high": mean + t * se,
                "pi_low": mean - t * se_new,
                "pi_high": mean + t * se_new,
            },
            index=points.index,
        )


def fit(
    table: pd.DataFrame,
    factors: Factors,
    response: str,
    terms: Sequence[str],
    block: str | None = None,
) -> ResponseModel:
    """Fit a response model by ordinary least squares on coded factors.

    Terms the runs cannot estimate are left out and named, with their alias, in ``notes``.
    Blocks are fixed effects, contrasts with the first block.

    Args:
        table: One row per run: factor columns in the factors' units, response columns.
        factors: The factors of the design.
        response: Column to model; any name. Empty where a run was lost.
        terms: "feed_rate", "feed_rate:iptg", "feed_rate^2"; the intercept is implied.
        block: Column of block labels; None for none.

    Raises:
        ModelError: The table cannot be modelled; the text says why.
    """
    wanted, used = _checked(terms, factors)
    runs = read_runs(table, factors, response, used, block)
    matrix, levels = _whole_matrix(runs, wanted, factors)
    matrix, aliased = estimable(matrix)
    return _least_squares(
        runs, matrix, factors, response, block if levels else None, levels, aliased
    )


def _checked(terms: Sequence[str], factors: Factors) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The terms in testing order, and the factors they use."""
    try:
        wanted = arranged(terms)
        used = unique(name for term in wanted for name in powers(term))
        for name in used:
            if name not in factors:
                raise ModelError(f"The model names '{name}', which is none of the factors.")
            if name in factors.categorical and any(powers(t).get(name, 0) > 1 for t in wanted):
                raise ModelError(f"'{name}^2' squares a factor that is no number.")
    except DesignError as error:
        raise ModelError(f"{error}.") from error
    return wanted, used


def _whole_matrix(
    runs: Runs, terms: Sequence[str], factors: Factors
) -> tuple[ModelMatrix, tuple[str, ...]]:
    columns = term_columns(runs.coded, terms, factors)
    if runs.block is None:
        return columns, ()
    blocks, levels = block_columns(runs.block)
    return columns.only([INTERCEPT]).beside(blocks).beside(columns.only(terms)), levels


def _least_squares(
    runs: Runs,
    matrix: ModelMatrix,
    factors: Factors,
    response: str,
    block: str | None,
    levels: tuple[str, ...],
    aliased: tuple[str, ...],
) -> ResponseModel:
    observed = runs.observed.to_numpy()
    result = OLS(observed, matrix.values).fit()
    anova = analyse_variance(matrix, observed, _replicates(runs))
    has_error = anova.residual.mean_sq is not None
    press = _press(result) if has_error else None
    total = anova.total.sum_sq
    return ResponseModel(
        response=response,
        factors=factors,
        terms=tuple(t for t in unique(matrix.terms) if t not in {INTERCEPT, BLOCKS}),
        block=block,
        blocks=levels,
        coefficients=_coefficients(result, matrix, has_error),
        runs=len(observed),
        df_residual=anova.residual.df,
        sigma=anova.residual.mean_sq**0.5 if anova.residual.mean_sq is not None else None,
        r2=float(result.rsquared) if has_error else None,
        r2_adjusted=float(result.rsquared_adj) if has_error else None,
        r2_predicted=None if press is None else 1 - press / total,
        press=press,
        aicc=_aicc(result) if has_error else None,
        log_likelihood=float(result.llf) if has_error else None,
        anova=anova,
        notes=(*runs.notes, *aliased, *_notes_on_error(anova)),
        table=pd.DataFrame({"observed": observed, "fitted": result.fittedvalues}, runs.coded.index),
        coded=runs.coded,
        matrix=matrix.values,
        covariance_unscaled=np.asarray(result.normalized_cov_params),
    )


def _coefficients(result: Any, matrix: ModelMatrix, has_error: bool) -> tuple[Coefficient, ...]:
    if not has_error:
        return tuple(
            Coefficient(name, term, float(estimate), None, None, None, None, None)
            for name, term, estimate in zip(matrix.names, matrix.terms, result.params, strict=True)
        )
    columns = (result.params, result.bse, result.tvalues, result.pvalues)
    interval = result.conf_int(1 - CONFIDENCE).T
    return tuple(
        Coefficient(name, term, *map(float, numbers))
        for name, term, *numbers in zip(
            matrix.names, matrix.terms, *columns, *interval, strict=True
        )
    )


def _replicates(runs: Runs) -> np.ndarray:
    settings = runs.coded.copy()
    numeric = settings.select_dtypes("number").columns
    settings[numeric] = settings[numeric].round(9) + 0.0  # one zero: -0.0 groups with 0.0
    if runs.block is not None:
        settings["(block)"] = runs.block
    return settings.groupby(list(settings.columns), sort=False).ngroup().to_numpy()


def _press(result: Any) -> float | None:
    leverage = result.get_influence().hat_matrix_diag
    if np.any(leverage > 1 - 1e-9):
        return None
    return float(np.sum((result.resid / (1 - leverage)) ** 2))


def _aicc(result: Any) -> float | None:
    """Akaike's criterion with sigma counted as a parameter; None with too few runs for it."""
    n, k = int(result.nobs), len(result.params) + 1
    if n - k - 1 <= 0:
        return None
    return float(2 * k - 2 * result.llf + 2 * k * (k + 1) / (n - k - 1))


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
