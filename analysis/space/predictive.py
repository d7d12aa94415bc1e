"""What several fitted models together say of one new run, as a distribution over polynomials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import ModelError
from analysis.polynomial import coded_row, polynomial_weights
from analysis.surface import Region

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.fitted import ResponseModel
    from analysis.responses import ResponseSpec
    from designs import Factors

_FEWEST = 3  # runs in common that a correlation is estimated from


@dataclass(frozen=True)
class JointPredictive:
    """The joint predictive distribution of J responses, at given levels of categorical factors.

    Response j of a new run at coded settings x is ``sum_m w[j, m] prod_i x_i ** exponents[m, i]``.
    The weights w scatter about ``means[j]`` as ``sqrt(df[j] / chi2(df[j])) roots[j] u[j]``, where u
    is standard normal, correlated between responses like the residuals of the fits. The run's own
    residual is part of the constant's scatter. Each response alone is then predictive Student t,
    as in its own prediction interval.

    Where all models have the same terms and runs this is the multivariate t distribution; where
    they differ, the correlation between coefficients of different models is an approximation.

    Attributes:
        responses: Names (J).
        factors: The factors, all of them.
        levels: Of the categorical factors.
        exponents: Integers, a row per monomial, a column per continuous factor or component of a
            mixture (P x k); the first row is the constant's.
        means: Expected weights (J x P), on the scales the responses were modelled on.
        roots: Symmetric roots of the covariances of the weights and a run's residual (J x P x P).
        correlation: Of the residuals between responses (J x J).
        run_sigma: Standard deviation of a new run (J).
        df: Degrees of freedom of a new run at the centre of the region (J).
        low: Smallest acceptable values on the modelled scales, minus infinity for none (J).
        high: Largest (J).
        region: Where the runs were.
    """

    responses: tuple[str, ...]
    factors: Factors
    levels: dict[str, str]
    exponents: np.ndarray
    means: np.ndarray
    roots: np.ndarray
    correlation: np.ndarray
    run_sigma: np.ndarray
    df: np.ndarray
    low: np.ndarray
    high: np.ndarray
    region: Region

    @property
    def names(self) -> tuple[str, ...]:
        """The continuous factors and components of a mixture, the order of coded points."""
        return tuple(self.factors.numeric)

    def margins(self, x: np.ndarray) -> np.ndarray:
        """How far inside its limits each response is expected, in standard deviations of a run.

        Args:
            x: Coded points (n x k).

        Returns:
            The distance to the nearer limit, negative beyond it (n x J).
        """
        monomials = np.prod(np.asarray(x)[:, None, :] ** self.exponents, axis=-1)
        y = monomials @ self.means.T
        return np.asarray(np.minimum(y - self.low, self.high - y) / self.run_sigma)


def joint_predictive(
    models: Mapping[str, ResponseModel],
    specs: Mapping[str, ResponseSpec],
    levels: Mapping[str, str] | None = None,
) -> JointPredictive:
    """The joint predictive distribution of all responses that have a limit.

    Args:
        models: Fitted models by response, over the same factors.
        specs: Their limits.
        levels: Of the categorical factors; the first of each where not given.

    Raises:
        ModelError: No response has a limit, or a fit leaves no estimate of error.
    """
    limited = {
        name: model
        for name, model in models.items()
        if specs[name].low is not None or specs[name].high is not None
    }
    if not limited:
        raise ModelError("A design space needs limits: give at least one response its low or high.")
    for name, model in limited.items():
        if model.run_sigma is None:
            raise ModelError(
                f"The fit of {name} leaves no estimate of error (no standard deviation of a "
                "run), so no probability of meeting its limits can be given."
            )
    factors = next(iter(limited.values())).factors
    if not factors.numeric:
        raise ModelError("A design space needs at least one continuous factor.")
    chosen = {n: (levels or {}).get(n, f.levels[0]) for n, f in factors.categorical.items()}
    exponents, means, covariances = polynomial_weights(limited, chosen)
    region = Region.of(pd.concat([model.coded for model in limited.values()]), factors)
    run_sigma = np.array([float(model.run_sigma or 0.0) for model in limited.values()])
    covariances[:, 0, 0] += run_sigma**2
    return JointPredictive(
        responses=tuple(limited),
        factors=factors,
        levels=chosen,
        exponents=exponents,
        means=means,
        roots=np.array([_symmetric_root(covariance) for covariance in covariances]),
        correlation=_residual_correlation(limited),
        run_sigma=run_sigma,
        df=np.array([_run_df(model, chosen, region) for model in limited.values()]),
        low=np.array([_limit(m, specs[n].low, -np.inf) for n, m in limited.items()]),
        high=np.array([_limit(m, specs[n].high, np.inf) for n, m in limited.items()]),
        region=region,
    )


def _limit(model: ResponseModel, value: float | None, none: float) -> float:
    """A limit on the scale the response was modelled on; one beyond that scale bounds nothing."""
    if value is None:
        return none
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = float(model.scale.forward(np.array([value]))[0])
    return none if np.isnan(limit) else limit


def _symmetric_root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def _residual_correlation(models: Mapping[str, ResponseModel]) -> np.ndarray:
    """Between the residuals of runs that both responses have; nearest that is positive definite."""
    residuals = pd.DataFrame({name: model.table["residual"] for name, model in models.items()})
    found = residuals.corr(min_periods=_FEWEST).fillna(0.0).to_numpy(copy=True)
    values, vectors = np.linalg.eigh(found)
    clipped = (vectors * np.maximum(values, 1e-9)) @ vectors.T
    scale = np.sqrt(np.diag(clipped))
    return np.asarray(clipped / np.outer(scale, scale))


def _run_df(model: ResponseModel, levels: Mapping[str, str], region: Region) -> float:
    centre = coded_row(model.factors, levels, region.middle)
    return float(model.inference.new_run(model.contrasts(centre, coded=True))[1][0])
