"""Slopes and curvatures of one fitted model, with their joint covariance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import ModelError
from analysis.polynomial import coded_row, polynomial_weights

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel


@dataclass(frozen=True)
class UncertainQuadratic:
    """A model of at most second order, ``sum_m w[m] prod_i x_i ** exponents[m, i]``.

    Attributes:
        factors: Continuous factors that the model has terms in, the order of x (k).
        exponents: Of the monomials (P x k), the constant first.
        weights: Expected (P).
        covariance: Of the weights (P x P).
        df: Degrees of freedom of that covariance: of the least certain slope at the centre.
    """

    factors: tuple[str, ...]
    exponents: np.ndarray
    weights: np.ndarray
    covariance: np.ndarray
    df: float

    def slopes(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gradient at points (n x k) and its covariance (n x k x k)."""
        rows = self.slope_rows(x)
        return rows @ self.weights, rows @ self.covariance @ rows.transpose(0, 2, 1)

    def slope_rows(self, x: np.ndarray) -> np.ndarray:
        """What each weight adds to each slope at points (n x k): n x k x P."""
        x = np.atleast_2d(x)
        lowered = np.maximum(self.exponents - np.eye(x.shape[1], dtype=int)[:, None, :], 0)
        values = np.prod(x[:, None, None, :] ** lowered, axis=-1)
        return np.asarray(values * self.exponents.T)


def uncertain_quadratic(
    model: ResponseModel, levels: Mapping[str, str] | None = None
) -> UncertainQuadratic:
    """The polynomial of a model at given levels of its categorical factors.

    Args:
        model: A fitted model.
        levels: The first of each factor where not given.

    Raises:
        ModelError: The model is above second order, has no continuous factor or leaves no error,
            or it is one of a mixture.
    """
    factors = model.factors
    if factors.mixture:
        raise ModelError("For a mixture this is not told: its components cannot vary one by one.")
    chosen = {n: (levels or {}).get(n, f.levels[0]) for n, f in factors.categorical.items()}
    exponents, means, covariances = polynomial_weights({model.response: model}, chosen)
    used = np.flatnonzero(exponents.any(axis=0))
    if len(used) == 0:
        raise ModelError(f"The model of {model.response} has no term in a continuous factor.")
    if exponents.sum(axis=1).max() > 2:
        raise ModelError(f"The model of {model.response} is above second order.")
    if not model.tested:
        raise ModelError(
            f"The fit of {model.response} leaves no estimate of error, so nothing can be said of "
            "how sure its shape is."
        )
    k = exponents.shape[1]
    rows = [coded_row(factors, chosen, x) for x in (*np.eye(k)[used], *-np.eye(k)[used])]
    ends = model.contrasts(pd.concat(rows, ignore_index=True), coded=True)
    slopes = (ends[: len(used)] - ends[len(used) :]) / 2
    slopes = slopes[slopes.any(axis=1)]
    df = model.inference.degrees_of_freedom(slopes) if len(slopes) else [model.df_residual]
    return UncertainQuadratic(
        factors=tuple(name for i, name in enumerate(factors.continuous) if i in used),
        exponents=exponents[:, used],
        weights=means[0],
        covariance=covariances[0],
        df=float(np.min(df)),
    )


def f_quantile(confidence: float, df: int, df_error: float) -> float:
    """Of the F distribution, also where the error is known (infinite degrees of freedom)."""
    if np.isinf(df_error):
        return float(stats.chi2.ppf(confidence, df) / df)
    return float(stats.f.ppf(confidence, df, df_error))
