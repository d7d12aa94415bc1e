"""What any fitted model can say of its coefficients: covariance, degrees of freedom, tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class FTest:
    """A test of several contrasts at once.

    Attributes:
        f: The ratio.
        df: Numerator degrees of freedom.
        df_error: Denominator degrees of freedom.
        p: Probability of a larger ratio by chance.
    """

    f: float
    df: int
    df_error: float
    p: float


class Inference(Protocol):
    """How sure a fit is of its coefficients; contrasts are rows over them (k x p)."""

    @property
    def estimates(self) -> np.ndarray:
        """The coefficients (p)."""

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of the coefficients (p x p); NaN where the runs leave no error."""

    def degrees_of_freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """Of the t test of each contrast."""

    def new_run(self, contrasts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Variance of one new run about its prediction, and the degrees of freedom of that."""

    def joint(self, contrasts: np.ndarray) -> FTest:
        """Test that all contrasts, independent of each other, are nought."""


@dataclass(frozen=True)
class LeastSquaresInference:
    """Exact inference under independent normal errors.

    Attributes:
        estimates: Coefficients (p).
        unscaled: ``(X'X)^-1`` (p x p).
        variance: Of the residual; NaN when the fit leaves no error.
        df: Residual degrees of freedom; infinite where the variance is known.
    """

    estimates: np.ndarray
    unscaled: np.ndarray
    variance: float
    df: float

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of the coefficients."""
        return np.asarray(self.unscaled * self.variance)

    def degrees_of_freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """The residual's, for every contrast."""
        return np.full(len(contrasts), float(self.df))

    def new_run(self, contrasts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Variance of one new run about its prediction, and its degrees of freedom."""
        spread = np.einsum("ki,ij,kj->k", contrasts, self.unscaled, contrasts)
        return self.variance * (1 + spread), self.degrees_of_freedom(contrasts)

    def joint(self, contrasts: np.ndarray) -> FTest:
        """The F test of the contrasts."""
        value, q = contrasts @ self.estimates, len(contrasts)
        f = float(value @ np.linalg.solve(contrasts @ self.covariance @ contrasts.T, value)) / q
        p = stats.chi2.sf(f * q, q) if np.isinf(self.df) else stats.f.sf(f, q, self.df)
        return FTest(f, q, self.df, float(p))
