"""Variance components by restricted maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from analysis.mixed.error_terms import error_space

if TYPE_CHECKING:
    from collections.abc import Sequence

_STARTS = (0.1, 1.0, 10.0)  # ratios to the residual variance that the search starts from
_ZERO = 1e-9  # a ratio below this is nought
_NEWTON_STEPS = 50


@dataclass(frozen=True)
class Variances:
    """Estimated variance components.

    Attributes:
        components: One variance per random term, then the residual's; response unit squared.
        log_likelihood: Restricted, at the estimate, on the scale of R's lme4
            (``-2 * log_likelihood`` is its REML criterion).
    """

    components: np.ndarray
    log_likelihood: float


def estimate_variances(x: np.ndarray, y: np.ndarray, designs: Sequence[np.ndarray]) -> Variances:
    """Estimate the variances of ``y = X b + sum Z_i u_i + e``.

    The data are first freed of the model's terms (n - p error contrasts), where the restricted
    likelihood is an ordinary one; it is profiled over the residual variance and searched over
    the ratios of the other variances to it, which may be nought but not negative.

    Args:
        x: Model matrix of full column rank (n x p), n > p.
        y: Response (n).
        designs: ``Z_i`` of each random term (n x groups).

    Source: Searle, Casella & McCulloch, Variance Components (1992), chapter 6.
    """
    space = error_space(x)
    contrasts = space.T @ y
    profile = _Profile(contrasts, [_outer(space.T @ z) for z in designs])
    ratios = profile.best()
    m = len(contrasts)
    inverse = profile.inverse(ratios)
    residual = float(contrasts @ inverse @ contrasts) / m
    _, log_x = np.linalg.slogdet(x.T @ x)
    criterion = profile.value(ratios) + m * (1 + np.log(2 * np.pi / m)) + log_x
    return Variances(np.append(ratios * residual, residual), -float(criterion) / 2)


def _outer(z: np.ndarray) -> np.ndarray:
    return np.asarray(z @ z.T)


class _Profile:
    """``m log(w'M w) + log|W|`` with ``W = I + sum g_i A_i``, ``M`` its inverse, over ratios g."""

    def __init__(self, contrasts: np.ndarray, shares: Sequence[np.ndarray]) -> None:
        self.w = contrasts
        self.shares = shares

    def whole(self, ratios: np.ndarray) -> np.ndarray:
        """``W``."""
        parts = (g * a for g, a in zip(ratios, self.shares, strict=True))
        return np.asarray(sum(parts, start=np.eye(len(self.w))))

    def inverse(self, ratios: np.ndarray) -> np.ndarray:
        """``M``."""
        return np.asarray(np.linalg.inv(self.whole(ratios)))

    def value(self, ratios: np.ndarray) -> float:
        """The criterion, less its constants."""
        whole = self.whole(ratios)
        _, log_det = np.linalg.slogdet(whole)
        return float(len(self.w) * np.log(self.w @ np.linalg.solve(whole, self.w)) + log_det)

    def slopes(self, ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gradient and Hessian."""
        m, inverse = len(self.w), self.inverse(ratios)
        leaning = [inverse @ a for a in self.shares]
        pulled = inverse @ self.w
        square = float(self.w @ pulled)
        ways = [a @ pulled for a in self.shares]
        linear = np.array([pulled @ way for way in ways]) / square
        gradient = np.array([np.trace(lean) for lean in leaning]) - m * linear
        traces = np.array([[np.sum(a * b.T) for b in leaning] for a in leaning])
        curved = np.array([[a @ inverse @ b for b in ways] for a in ways]) / square
        return gradient, -traces + m * (2 * curved - np.outer(linear, linear))

    def best(self) -> np.ndarray:
        """The ratios at the minimum."""
        count = len(self.shares)
        found = [
            minimize(
                self.value,
                np.full(count, start),
                jac=lambda g: self.slopes(g)[0],
                method="L-BFGS-B",
                bounds=[(0.0, None)] * count,
            )
            for start in _STARTS
        ]
        return self._polished(np.asarray(min(found, key=lambda f: float(f.fun)).x))

    def _polished(self, ratios: np.ndarray) -> np.ndarray:
        """Newton's steps on the ratios that are not nought, to the last digits."""
        ratios = np.where(ratios < _ZERO, 0.0, ratios)
        for _ in range(_NEWTON_STEPS):
            free = ratios > 0
            if not free.any():
                break
            gradient, hessian = self.slopes(ratios)
            step = np.linalg.lstsq(hessian[np.ix_(free, free)], gradient[free], rcond=None)[0]
            moved = ratios.copy()
            moved[free] -= step
            if (moved < 0).any() or self.value(moved) > self.value(ratios) + 1e-10:
                break
            ratios = moved
            if np.max(np.abs(step) / ratios[free]) < 1e-12:
                break
        return ratios
