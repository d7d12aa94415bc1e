"""A fitted response model: what every kind of fit gives to its users."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.model_matrix import BLOCKS, term_columns
from analysis.plain import UNTOLD
from designs.model_terms import INTERCEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.anova import Anova
    from analysis.inference import Inference
    from analysis.problem import Covariate, Problem
    from analysis.scale import Scale
    from designs import Factors

CONFIDENCE = 0.95
"""Level of every interval in a study."""

_NO_RANDOM_EFFECTS = pd.DataFrame({"term": [], "group": [], "effect": []})


@dataclass(frozen=True)
class Coefficient:
    """One estimated coefficient, in coded units (half the effect of going from low to high).

    Attributes:
        name: "(Intercept)", a model column ("feed_rate", "medium[rich]", "feed_rate:iptg",
            "feed_rate^2") or a block contrast ("block[2]").
        term: The model term the column belongs to; the block column's name for blocks.
        estimate: In units of the response, on the scale it was modelled on.
        se: Standard error; None, as all below, when the fit leaves no error estimate.
        t: ``estimate / se``.
        p: Two-sided probability of a larger ``t`` by chance.
        low: Lower end of the 95 % confidence interval.
        high: Upper end.
        df: Degrees of freedom of ``t``; None also where they are infinite.
    """

    name: str
    term: str
    estimate: float
    se: float | None
    t: float | None
    p: float | None
    low: float | None
    high: float | None
    df: float | None = None


@dataclass(frozen=True)
class VarianceComponent:
    """The variance of one source of scatter.

    Attributes:
        name: Column of the random term ("whole_plot", "row", "block"), or "residual".
        variance: Response unit squared, on the scale it was modelled on.
        se: Asymptotic standard error of ``variance``.
        groups: Number of groups; number of runs for the residual.
        sd: Square root of ``variance``.
        share: Of the variance of one new run in new groups; None where that is nought.
    """

    name: str
    variance: float
    se: float
    groups: int
    sd: float
    share: float | None


def components_of(
    sources: Sequence[tuple[str, int]], variances: Sequence[float], errors: Sequence[float]
) -> tuple[VarianceComponent, ...]:
    """Components of the scatter.

    Args:
        sources: Name and number of groups of each.
        variances: Of each.
        errors: Standard error of each variance.
    """
    whole = float(sum(variances))
    return tuple(
        VarianceComponent(
            name,
            float(v),
            float(error),
            groups,
            float(v) ** 0.5,
            float(v) / whole if whole else None,
        )
        for (name, groups), v, error in zip(sources, variances, errors, strict=True)
    )


@dataclass(frozen=True)
class ResponseModel:
    """A fitted response model with everything a report prints about it.

    Attributes:
        response: Column that was modelled.
        factors: Factors the runs were coded with.
        terms: Terms that were fitted, in order.
        block: Block column, or None.
        blocks: Block levels, the first being the reference of the block contrasts.
        covariates: Measured quantities that are allowed for.
        method: "least squares", "weighted least squares", "REML" (then with the df of Kenward and
            Roger, unless asked otherwise), or a distribution ("binomial", "poisson", "gamma").
        scale: Scale the response was modelled on; coefficients, sigma, ANOVA and residuals are on
            it, predictions are not.
        coefficients: Intercept, blocks, then terms; no intercept in a mixture model.
        runs: Number of runs used.
        df_residual: Runs minus coefficients; in a mixed model less the groups of its random
            terms as well.
        sigma: Residual standard deviation (within the innermost group of a mixed model); None
            when the model is saturated or its distribution has none.
        r2: Share of the variation about the mean explained by the terms; None when saturated.
        r2_adjusted: The same per degree of freedom.
        r2_predicted: ``1 - PRESS / total``; None when a run alone decides a coefficient.
        press: Sum of squared leave-one-out prediction errors; in a mixed model of leaving out
            whole groups of its first random term.
        aicc: Akaike's criterion, small-sample form (sigma counted as a parameter); None for REML.
        bic: Schwarz's criterion; None for REML.
        log_likelihood: At the maximum; the restricted one for REML.
        anova: See `analysis.anova.Anova`.
        notes: Sentences on runs left out, terms that could not be estimated, missing error.
        table: Runs used, one row each, with the index of the table given: ``observed`` and
            ``fitted`` (in the response's unit), ``residual``, ``leverage``, ``studentized``
            (internally) and ``cook`` (Cook's distance).
        coded: Coded settings of the runs used (continuous factors -1..1, levels as they are).
        matrix: Model matrix of the runs used, one column per coefficient.
        covariance: Of the coefficients; NaN where the fit leaves no error estimate.
        variance_components: Outermost first, the residual last; empty without an error estimate.
        random_effects: Predicted effect (BLUP) of each group: ``term``, ``group``, ``effect``.
        inference: Degrees of freedom and joint tests of any contrasts.
        refit: The same model of some of the runs (True in an array over the rows of ``table``),
            less the terms these cannot estimate.
    """

    response: str
    factors: Factors
    terms: tuple[str, ...]
    block: str | None
    blocks: tuple[str, ...]
    covariates: tuple[Covariate, ...]
    method: str
    scale: Scale
    coefficients: tuple[Coefficient, ...]
    runs: int
    df_residual: int
    sigma: float | None
    r2: float | None
    r2_adjusted: float | None
    r2_predicted: float | None
    press: float | None
    aicc: float | None
    bic: float | None
    log_likelihood: float | None
    anova: Anova
    notes: tuple[str, ...]
    table: pd.DataFrame
    coded: pd.DataFrame
    matrix: np.ndarray
    covariance: np.ndarray
    variance_components: tuple[VarianceComponent, ...]
    random_effects: pd.DataFrame
    inference: Inference = field(metadata=UNTOLD)
    refit: Callable[[np.ndarray], ResponseModel] = field(metadata=UNTOLD)

    @property
    def estimates(self) -> np.ndarray:
        """The coefficients as a vector."""
        return np.array([c.estimate for c in self.coefficients])

    @property
    def tested(self) -> bool:
        """Whether any coefficient has a standard error."""
        return any(c.se is not None for c in self.coefficients)

    @property
    def run_sigma(self) -> float | None:
        """Standard deviation of one new run in new groups; None where it is not known."""
        if not self.variance_components:
            return None
        return float(np.sqrt(sum(c.variance for c in self.variance_components)))

    def contrasts(self, points: pd.DataFrame, *, coded: bool = False) -> np.ndarray:
        """The rows that give the modelled mean at settings (k x p).

        Averaged over the blocks, at the mean of each covariate.

        Args:
            points: One row per point, a column per factor.
            coded: Whether ``points`` are coded; otherwise in the factors' units.
        """
        at = points[list(self.factors)] if coded else self.factors.to_coded(points)
        with_intercept = self.coefficients[0].name == INTERCEPT
        columns = term_columns(at, self.terms, self.factors, intercept=with_intercept)
        place = {name: i for i, name in enumerate(columns.names)}
        x = np.zeros((len(at), len(self.coefficients)))
        for i, coefficient in enumerate(self.coefficients):
            if coefficient.name in place:
                x[:, i] = columns.values[:, place[coefficient.name]]
            elif coefficient.term == BLOCKS:
                x[:, i] = 1 / len(self.blocks)
        return x

    def predict(self, points: pd.DataFrame, *, coded: bool = False) -> pd.DataFrame:
        """Predict the response at settings, averaged over the blocks.

        Args:
            points: One row per point, a column per factor.
            coded: Whether ``points`` are coded; otherwise in the factors' units.

        Returns:
            Columns ``mean``, ``se``, ``ci_low``, ``ci_high`` (95 % confidence of the mean),
            ``pi_low``, ``pi_high`` (95 % prediction of one new run in blocks like these, and in
            new groups of the random terms); all but ``mean`` are NaN where the fit leaves no
            error. For a transformed response ``mean`` is the median. Index as ``points``.
        """
        x = self.contrasts(points, coded=coded)
        eta = x @ self.estimates
        se = np.sqrt(np.einsum("ij,jk,ik->i", x, self.covariance, x))
        variance, df_new = self.inference.new_run(x)
        half = _quantile(self.inference.degrees_of_freedom(x)) * se
        half_new = _quantile(df_new) * np.sqrt(variance)
        back = self.scale.inverse
        return pd.DataFrame(
            {
                "mean": back(eta),
                "se": se * self.scale.slope(eta),
                "ci_low": back(eta - half),
                "ci_high": back(eta + half),
                "pi_low": back(eta - half_new),
                "pi_high": back(eta + half_new),
            },
            index=points.index,
        )


@dataclass(frozen=True)
class Quality:
    """How well a model fits, where that can be told; see `ResponseModel`."""

    sigma: float | None
    r2: float | None
    r2_adjusted: float | None = None
    r2_predicted: float | None = None
    press: float | None = None
    aicc: float | None = None
    bic: float | None = None
    log_likelihood: float | None = None


def model_of(
    problem: Problem,
    method: str,
    inference: Inference,
    quality: Quality,
    anova: Anova,
    table: pd.DataFrame,
    refit: Callable[[np.ndarray], ResponseModel],
    *,
    notes: tuple[str, ...] = (),
    variance_components: tuple[VarianceComponent, ...] = (),
    random_effects: pd.DataFrame | None = None,
) -> ResponseModel:
    """A solved problem with the face of a response model.

    Args:
        problem: What was fitted.
        method: Its name, see `ResponseModel`.
        inference: The coefficients and what is known of them.
        quality: Of the fit.
        anova: Its ``residual`` has the residual degrees of freedom.
        table: Runs used beside their fit.
        refit: The same of some of the runs.
        notes: Sentences beside those of the problem.
        variance_components: Of the scatter.
        random_effects: Of the groups; None without random terms.
    """
    matrix = problem.matrix
    return ResponseModel(
        response=problem.response,
        factors=problem.factors,
        terms=problem.terms,
        block=problem.block,
        blocks=problem.levels,
        covariates=problem.covariates,
        method=method,
        scale=problem.scale,
        coefficients=coefficients_of(matrix.names, matrix.terms, inference),
        runs=len(problem.observed),
        df_residual=anova.residual.df,
        **vars(quality),
        anova=anova,
        notes=(*problem.notes, *notes),
        table=table,
        coded=problem.coded,
        matrix=matrix.values,
        covariance=inference.covariance,
        variance_components=variance_components,
        random_effects=_NO_RANDOM_EFFECTS if random_effects is None else random_effects,
        inference=inference,
        refit=refit,
    )


def _quantile(df: np.ndarray) -> np.ndarray:
    known = np.where(np.asarray(df) > 0, df, np.nan)
    return np.asarray(stats.t.ppf(0.5 + CONFIDENCE / 2, known))


def coefficients_of(
    names: tuple[str, ...], terms: tuple[str, ...], inference: Inference
) -> tuple[Coefficient, ...]:
    """The table of coefficients; those without a standard error stand alone."""
    estimates = inference.estimates
    se = np.sqrt(np.diag(inference.covariance))
    df = inference.degrees_of_freedom(np.eye(len(estimates)))
    half = _quantile(df) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        t = estimates / se
    p = 2 * stats.t.sf(np.abs(t), df)
    found = []
    for i, (name, term) in enumerate(zip(names, terms, strict=True)):
        b = float(estimates[i])
        if not np.isfinite(t[i]):
            found.append(Coefficient(name, term, b, None, None, None, None, None))
            continue
        error, ratio, chance, width = (float(column[i]) for column in (se, t, p, half))
        finite = float(df[i]) if np.isfinite(df[i]) else None
        found.append(Coefficient(name, term, b, error, ratio, chance, b - width, b + width, finite))
    return tuple(found)
