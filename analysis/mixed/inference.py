"""Tests and intervals of a mixed model: Kenward and Roger's, and Satterthwaite's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats

from analysis.inference import FTest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.mixed.reml import Variances

Method = Literal["kenward-roger", "kenward-roger-observed", "satterthwaite"]
"""How degrees of freedom are found; "observed" is JMP's form of Kenward and Roger's."""


@dataclass(frozen=True)
class MixedInference:
    """What is known of the coefficients of a mixed model, given how well its variances are.

    Attributes:
        method: "kenward-roger" (with the expected information, as R's pbkrtest),
            "kenward-roger-observed" (with the observed information, as JMP) or "satterthwaite"
            (with the observed information, as R's lmerTest).
        estimates: Generalised least squares coefficients (p).
        model_covariance: Their covariance were the variances known (p x p).
        covariance: The same, adjusted for the variances being estimates (Kenward and Roger);
            equal to ``model_covariance`` for Satterthwaite.
        components: Variance of each random term, then of the residual (r + 1).
        components_covariance: Asymptotic covariance of the components (r + 1 x r + 1).
        slopes: Derivative of the covariance with respect to each component (r + 1 x p x p).
    """

    method: Method
    estimates: np.ndarray
    model_covariance: np.ndarray
    covariance: np.ndarray
    components: np.ndarray
    components_covariance: np.ndarray
    slopes: np.ndarray

    def degrees_of_freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """Denominator degrees of freedom of each row of contrasts (k x p)."""
        slopes = self._slopes_at(contrasts)
        spread = np.einsum("kr,rs,ks->k", slopes, self.components_covariance, slopes)
        variance = _quadratic(contrasts, self.model_covariance)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(2 * variance**2 / spread)

    def new_run(self, contrasts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Variance of a new run about its prediction, in new groups, and its df.

        Satterthwaite's approximation to the sum of the prediction's variance and all components.
        """
        slopes = self._slopes_at(contrasts) + 1.0
        variance = _quadratic(contrasts, self.covariance) + self.components.sum()
        spread = np.einsum("kr,rs,ks->k", slopes, self.components_covariance, slopes)
        return variance, np.asarray(2 * variance**2 / spread)

    def joint(self, contrasts: np.ndarray) -> FTest:
        """Test that all rows of contrasts (q x p, independent) are nought at once."""
        if self.method != "satterthwaite" and len(contrasts) > 1:
            test = _kenward_roger_f(self, contrasts)
            if test.df_error > 0:  # else the moments are those of no F
                return test
        return _satterthwaite_f(self, np.atleast_2d(contrasts))

    def _slopes_at(self, contrasts: np.ndarray) -> np.ndarray:
        return np.asarray(np.einsum("ki,rij,kj->kr", contrasts, self.slopes, contrasts))


def infer(
    x: np.ndarray,
    y: np.ndarray,
    designs: Sequence[np.ndarray],
    variances: Variances,
    method: Method = "kenward-roger",
) -> MixedInference:
    """Generalised least squares at estimated variances, and the inference that goes with it.

    Args:
        x: Model matrix of full column rank (n x p).
        y: Response (n).
        designs: Indicator matrix of each random term (n x groups).
        variances: As `estimate_variances` gives them.
        method: Of the degrees of freedom and the covariance.

    Source: Kenward & Roger, Biometrics 53 (1997) 983-997; Halekoh & Højsgaard, J. Statistical
        Software 59(9) (2014); Kuznetsova, Brockhoff & Christensen, ibid. 82(13) (2017).
    """
    parts = [*(z @ z.T for z in designs), np.eye(len(y))]
    whole = sum(v * g for v, g in zip(variances.components, parts, strict=True))
    inverse = np.linalg.inv(whole)
    known = np.linalg.inv(x.T @ inverse @ x)
    leaning = [inverse @ g for g in parts]  # V^-1 G_r
    pulled = [lean @ inverse @ x for lean in leaning]  # V^-1 G_r V^-1 X
    p = np.array([-x.T @ pull for pull in pulled])
    estimates = known @ (x.T @ (inverse @ y))
    slopes = -np.array([known @ p_r @ known for p_r in p])
    q = np.array([[x.T @ a @ b for b in pulled] for a in leaning])
    if method == "kenward-roger":
        components = 2 * np.linalg.pinv(_expected(leaning, p, q, known), hermitian=True)
    else:
        components = _observed(x, y, inverse, known, parts, variances.components)
    adjusted = known
    if method != "satterthwaite":
        excess = q - np.einsum("rij,jk,skl->rsil", p, known, p)
        adjusted = known + 2 * known @ np.einsum("rs,rsij->ij", components, excess) @ known
    return MixedInference(
        method, estimates, known, adjusted, variances.components, components, slopes
    )


def _expected(
    leaning: Sequence[np.ndarray], p: np.ndarray, q: np.ndarray, known: np.ndarray
) -> np.ndarray:
    """Twice the expected information on the components."""
    traces = np.array([[np.sum(a * b.T) for b in leaning] for a in leaning])
    once = np.einsum("ij,rsji->rs", known, q)
    twice = np.einsum("ij,rjk,kl,sli->rs", known, p, known, p)
    return np.asarray(traces - 2 * once + twice)


def _observed(
    x: np.ndarray,
    y: np.ndarray,
    inverse: np.ndarray,
    known: np.ndarray,
    parts: Sequence[np.ndarray],
    variances: np.ndarray,
) -> np.ndarray:
    """Covariance of the components from the curvature of the restricted likelihood.

    A component that came out as nought is taken for known, as lmerTest does.
    """
    projection = inverse - inverse @ x @ known @ x.T @ inverse
    rest = projection @ y
    ways = [g @ rest for g in parts]
    leaning = [projection @ g for g in parts]
    traces = np.array([[np.sum(a * b.T) for b in leaning] for a in leaning])
    curved = np.array([[a @ projection @ b for b in ways] for a in ways])
    hessian = 2 * curved - traces
    free = variances > 0
    covariance = np.zeros_like(hessian)
    inverse = np.linalg.pinv(hessian[np.ix_(free, free)], hermitian=True)
    covariance[np.ix_(free, free)] = 2 * inverse
    return np.asarray(covariance)


def _quadratic(contrasts: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("ki,ij,kj->k", contrasts, matrix, contrasts))


def _wald(inference: MixedInference, contrasts: np.ndarray) -> float:
    value = contrasts @ inference.estimates
    covariance = contrasts @ inference.covariance @ contrasts.T
    return float(value @ np.linalg.solve(covariance, value)) / len(contrasts)


def _kenward_roger_f(inference: MixedInference, contrasts: np.ndarray) -> FTest:
    """Kenward and Roger's F: scaled, with the df that match its first two moments."""
    known, w = inference.model_covariance, inference.components_covariance
    q = len(contrasts)
    theta = np.linalg.solve(contrasts @ known @ contrasts.T, contrasts)
    parts = [-(theta @ slope @ contrasts.T) for slope in inference.slopes]
    traces = np.array([np.trace(part) for part in parts])
    a1 = float(traces @ w @ traces)
    a2 = float(np.sum(w * np.array([[np.sum(a * b.T) for b in parts] for a in parts])))
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    below = 3 * q + 2 * (1 - g)
    c1, c2, c3 = g / below, (q - g) / below, (q + 2 - g) / below
    v0, v1, v2 = 1 + c1 * b, 1 - c2 * b, 1 - c3 * b
    v0 = 0.0 if abs(v0) < 1e-10 else v0
    rho = ((1 - a2 / q) / v1) ** 2 * v0 / v2 / q
    df = 4 + (q + 2) / (q * rho - 1)
    scaling = 1.0 if abs(df - 2) < 1e-2 else df * (1 - a2 / q) / (df - 2)
    f = scaling * _wald(inference, contrasts)
    return FTest(f, q, df, float(stats.f.sf(f, q, df)))


def _satterthwaite_f(inference: MixedInference, contrasts: np.ndarray) -> FTest:
    """An F with Satterthwaite's df, pooled over the independent directions of the contrasts."""
    f = _wald(inference, contrasts)
    _, axes = np.linalg.eigh(contrasts @ inference.covariance @ contrasts.T)
    each = inference.degrees_of_freedom(axes.T @ contrasts)
    df = float(each[0]) if len(each) == 1 else _pooled(each)
    return FTest(f, len(contrasts), df, float(stats.f.sf(f, len(contrasts), df)))


def _pooled(each: np.ndarray) -> float:
    """The df of an F whose expectation is that of the sum of squared t of these df."""
    if np.ptp(each) < 1e-8 * each.mean():
        return float(each.mean())
    if (each <= 2).any():
        return 2.0
    expected = float(np.sum(each / (each - 2)))
    return 2 * expected / (expected - len(each))
