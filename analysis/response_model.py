"""Fit a response model to designed runs: ordinary least squares on coded factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from designs.factors import Factors

    from analysis.anova import Anova


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
            ``pi_low``, ``pi_high`` (95 % prediction of one new run); all but ``mean`` are NaN
            when the model is saturated. Index as ``points``.
        """
        raise NotImplementedError


def fit(
    table: pd.DataFrame,
    factors: Factors,
    response: str,
    terms: list[str],
    block: str | None = None,
) -> ResponseModel:
    """Fit ``response`` on ``terms`` of the coded factors; see `ResponseModel`."""
    raise NotImplementedError
