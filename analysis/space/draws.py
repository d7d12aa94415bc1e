"""Draws from a joint predictive distribution, shared by all settings that are compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from scipy import stats

from analysis.space.normals import NormalDraws

if TYPE_CHECKING:
    from analysis.space.predictive import JointPredictive

CHUNK = 1024
"""Draws that are made and used together: few enough to stay in the processor's cache."""

_TABLE = np.linspace(-7.0, 7.0, 8193)


@dataclass(frozen=True)
class Chunk:
    """Some draws, in units of each response's run standard deviation.

    Attributes:
        weights: Of each monomial, the run's residual in the constant one (J x P x n, float32).
        shift: Set-point error of each numeric factor, coded (k x n, float32).
    """

    weights: np.ndarray
    shift: np.ndarray


def scaled_limits(joint: JointPredictive) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Limits in units of the run standard deviation, and the origin they are counted from.

    The origin is a limit itself, so that single precision is finest where it decides.

    Returns:
        Low and high (J), infinite for none, and the origin in the response's unit (J).
    """
    origin = np.where(np.isfinite(joint.low), joint.low, joint.high)
    low = (joint.low - origin) / joint.run_sigma
    return low, (joint.high - origin) / joint.run_sigma, origin


def draw_chunks(
    joint: JointPredictive, coded_error: np.ndarray, draws: int, seed: int
) -> Iterator[Chunk]:
    """Independent draws of weights, residuals and set-point errors.

    Args:
        joint: What is drawn from.
        coded_error: Standard deviation of each numeric factor's set-point error, coded (k).
        draws: How many in all.
        seed: The same seed gives the same draws.
    """
    normals = NormalDraws(seed)
    _, _, origin = scaled_limits(joint)
    sigma = joint.run_sigma[:, None]
    means = joint.means.copy()
    means[:, 0] -= origin
    means = (means / sigma).astype(np.float32)
    roots = (joint.roots / sigma[:, :, None]).astype(np.float32)
    together = np.linalg.cholesky(joint.correlation).astype(np.float32)
    responses, monomials = joint.means.shape
    tables = _scale_tables(joint.df)
    unscaled = np.ones((responses, CHUNK), np.float32)
    for start in range(0, draws, CHUNK):
        n = min(CHUNK, draws - start)
        latent = normals.draw(responses * monomials * n).reshape(responses, -1)
        weights = roots @ (together @ latent).reshape(responses, monomials, n)
        scales = _scales(tables, normals.draw(n)) if tables is not None else unscaled[:, :n]
        _assemble(weights, scales, means)
        shift = normals.draw(len(coded_error) * n).reshape(-1, n)
        yield Chunk(weights, shift * coded_error.astype(np.float32)[:, None])


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _assemble(weights, scales, means):  # type: ignore[no-untyped-def]
    """Deviations become draws: scaled and centred."""
    for j in range(weights.shape[0]):
        scale = scales[j]
        for p in range(weights.shape[1]):
            w, mean = weights[j, p], means[j, p]
            for i in range(w.size):
                w[i] = mean + scale[i] * w[i]


def _scale_tables(df: np.ndarray) -> np.ndarray | None:
    """``sqrt(df / chi2)`` at normal scores, a row per response; None where all df are infinite.

    One score gives the scales of all responses, so that with equal df they are one and the same,
    as in the multivariate t distribution.
    """
    if np.all(np.isinf(df)):
        return None
    chance = stats.norm.sf(_TABLE)
    scales = np.array(
        [
            np.ones_like(chance) if np.isinf(v) else np.sqrt(v / stats.chi2.isf(1 - chance, v))
            for v in df
        ]
    )
    return scales.astype(np.float32)


@njit(cache=True)
def _scales(tables, scores):  # type: ignore[no-untyped-def]
    """The scale of each response for each draw, between the entries of the tables (J x n)."""
    lowest, per_step = np.float32(_TABLE[0]), np.float32(1 / (_TABLE[1] - _TABLE[0]))
    scales = np.empty((tables.shape[0], scores.size), np.float32)
    for i in range(scores.size):
        place = (scores[i] - lowest) * per_step
        below = np.int32(place)
        part = place - np.float32(below)
        for j in range(tables.shape[0]):
            value = tables[j, below]
            scales[j, i] = value + part * (tables[j, below + 1] - value)
    return scales
