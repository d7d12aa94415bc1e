"""A Gaussian process on coded factors: what a response may be where nothing was run.

Squared-exponential covariance with a length for each input, and noise; hyperparameters by the
highest posterior density under weak log-normal priors, found with the analytic gradient.

Source: Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, chapters 2 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize
from scipy.stats import norm

_PRIOR_MEAN = {"length": 0.0, "signal": 0.0, "noise": np.log(0.1)}
_PRIOR_SD = {"length": 1.0, "signal": 1.0, "noise": 1.5}
_JITTER = 1e-9
_SURE = 37.0
"""Standard deviations beyond which nothing is left to chance."""


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """A process conditioned on runs; responses are centred and scaled inside.

    Attributes:
        x: Inputs of the runs (n x d), coded.
        y: Scaled responses (n).
        mean: Of the responses as given.
        scale: Their standard deviation.
        lengths: Length scale of each input (d), in coded units.
        signal: Variance of the process, in scaled units.
        noise: Variance between equal runs, in scaled units.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    mean: float
    scale: float
    lengths: NDArray[np.float64]
    signal: float
    noise: float

    def predict(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of the response's expectation at inputs (m x d)."""
        factor = cho_factor(self._covariance(), lower=True)
        cross = self.signal * _kernel(self.x, x, self.lengths)
        mean = cross.T @ cho_solve(factor, self.y)
        half = solve_triangular(factor[0], cross, lower=True)
        spread = np.sqrt(np.maximum(self.signal - (half**2).sum(axis=0), 0.0))
        return self.mean + self.scale * mean, self.scale * spread

    def given(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> GaussianProcess:
        """The process after further runs, hyperparameters as they are."""
        scaled = (np.asarray(y) - self.mean) / self.scale
        return replace(self, x=np.vstack([self.x, x]), y=np.append(self.y, scaled))

    def log_likelihood(self) -> float:
        """Log density of the scaled responses."""
        covariance = self._covariance()
        factor = cho_factor(covariance, lower=True)
        half = np.log(np.diag(factor[0])).sum()
        n = len(self.y)
        return float(-0.5 * self.y @ cho_solve(factor, self.y) - half - n / 2 * np.log(2 * np.pi))

    def _covariance(self) -> NDArray[np.float64]:
        K = self.signal * _kernel(self.x, self.x, self.lengths)
        return np.asarray(K + (self.noise + _JITTER) * np.eye(len(self.x)))


def fit_process(x: NDArray[np.float64], y: NDArray[np.float64]) -> GaussianProcess:
    """Fit a process to runs.

    Args:
        x: Inputs (n x d), coded -1 to 1.
        y: Responses (n), at least two and not all equal.

    Returns:
        The best of a few starts; the same data give the same process.

    Raises:
        ValueError: Fewer than two runs, or all responses equal.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if len(y) < 2 or np.ptp(y) == 0:
        raise ValueError("a process needs two different responses or more")
    mean, scale = float(y.mean()), float(y.std(ddof=1))
    scaled, d = (y - mean) / scale, x.shape[1]
    means = np.array([*[_PRIOR_MEAN["length"]] * d, _PRIOR_MEAN["signal"], _PRIOR_MEAN["noise"]])
    sds = np.array([*[_PRIOR_SD["length"]] * d, _PRIOR_SD["signal"], _PRIOR_SD["noise"]])

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = _negative_likelihood(theta, x, scaled)
        off = (theta - means) / sds
        return value + float(off @ off) / 2, slope + off / sds

    nudges = (np.zeros(d + 2), np.r_[np.full(d, 0.7), 0.0, -1.5], np.r_[np.full(d, -0.7), 0.0, 1.0])
    bounds = [(-4.0, 4.0)] * (d + 1) + [(-10.0, 2.0)]
    fits = [
        minimize(loss, means + nudge, jac=True, method="L-BFGS-B", bounds=bounds)
        for nudge in nudges
    ]
    best = min(fits, key=lambda fit: round(float(fit.fun), 9))
    *lengths, signal, noise = np.exp(best.x)
    return GaussianProcess(x, scaled, mean, scale, np.array(lengths), float(signal), float(noise))


def expected_improvement(
    mean: NDArray[np.float64], sd: NDArray[np.float64], best: float
) -> NDArray[np.float64]:
    """Expectation of what a response exceeds ``best`` by (Jones et al., 1998)."""
    z = np.divide(mean - best, sd, out=np.zeros_like(mean), where=sd > 0).clip(-_SURE, _SURE)
    improvement = (mean - best) * norm.cdf(z) + sd * norm.pdf(z)
    return np.asarray(np.where(sd > 0, improvement, np.maximum(mean - best, 0.0)))


def _kernel(
    a: NDArray[np.float64], b: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.float64]:
    difference = (a[:, None, :] - b[None, :, :]) / lengths
    return np.asarray(np.exp(-0.5 * (difference**2).sum(axis=2)))


def _negative_likelihood(
    theta: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Minus the log likelihood and its gradient in the logarithms of the hyperparameters."""
    *lengths, signal, noise = np.exp(theta)
    process = GaussianProcess(x, y, 0.0, 1.0, np.array(lengths), float(signal), float(noise))
    K = signal * _kernel(x, x, process.lengths)
    inverse = np.linalg.inv(K + (noise + _JITTER) * np.eye(len(x)))
    weights = inverse @ y
    pull = inverse - np.outer(weights, weights)
    squares = (x[:, None, :] - x[None, :, :]) ** 2 / process.lengths**2
    slopes = [0.5 * float((pull * K * squares[:, :, j]).sum()) for j in range(x.shape[1])]
    slopes += [0.5 * float((pull * K).sum()), 0.5 * noise * float(np.trace(pull))]
    return -process.log_likelihood(), np.array(slopes)
