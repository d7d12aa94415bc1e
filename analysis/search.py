"""Deterministic search for the best point of a region: fixed starts, then gradients."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.stats import qmc

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.surface import Region

_STARTS = 6
_SPREAD = 9  # two to this power points of a Sobol sequence look for the starts


def starting_points(region: Region) -> np.ndarray:
    """Points all over a region: its centre, corners, face centres and a Sobol sequence."""
    k = len(region.low)
    if k == 0:
        return np.empty((1, 0))
    middle, half = (region.low + region.high) / 2, (region.high - region.low) / 2
    spread = 2 * qmc.Sobol(k, scramble=False).random_base2(_SPREAD) - 1
    signs = [np.zeros((1, k)), np.eye(k), -np.eye(k), spread]
    if k <= 10:
        signs.append(np.array(list(product((-1.0, 1.0), repeat=k))))
    return pulled_in(middle + np.vstack(signs) * half, region)


def pulled_in(points: np.ndarray, region: Region) -> np.ndarray:
    """The points clipped to the tested ranges and scaled back onto the sphere where outside."""
    points = np.clip(points, region.low, region.high)
    length = np.linalg.norm(points, axis=-1, keepdims=True)
    return np.asarray(points * np.minimum(1.0, region.radius / np.maximum(length, 1e-300)))


def best_point(
    score: Callable[[np.ndarray], np.ndarray],
    loss: Callable[[np.ndarray], tuple[float, np.ndarray]],
    region: Region,
    extra: np.ndarray,
) -> np.ndarray:
    """The point of highest score; of equals, the one nearest the coded centre.

    Args:
        score: Of many points, shape (n, k) to (n,); what is to be highest.
        loss: Value and gradient at one point of something smooth that is low where the score is
            high, for the descent.
        region: Where to look.
        extra: Further starting points, shape (m, k).
    """
    starts = np.vstack([pulled_in(extra, region), starting_points(region)])
    if starts.shape[1] == 0:
        return np.asarray(starts[0])
    promising = starts[_ranked(score(starts), starts)[:_STARTS]]
    ends = [_descend(loss, start, region) for start in promising]
    found = np.vstack([promising, ends])
    best = found[_ranked(score(found), found)[0]]
    polished = _polish(score, best, region)
    pair = np.vstack([best, polished])
    return _snapped(pair[_ranked(score(pair), pair)[0]], region)


def _ranked(scores: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.lexsort((np.linalg.norm(points, axis=1).round(9), -scores.round(12)))


def _descend(
    loss: Callable[[np.ndarray], tuple[float, np.ndarray]], start: np.ndarray, region: Region
) -> np.ndarray:
    ball = {
        "type": "ineq",
        "fun": lambda x: region.radius**2 - x @ x,
        "jac": lambda x: -2 * x,
    }
    result = minimize(
        lambda x: loss(np.clip(x, region.low, region.high)),
        start,
        jac=True,
        method="SLSQP",
        bounds=list(zip(region.low, region.high, strict=True)),
        constraints=[ball] if region.spherical else [],
        options={"maxiter": 100, "ftol": 1e-11},
    )
    return pulled_in(result.x, region)


def _polish(
    score: Callable[[np.ndarray], np.ndarray], start: np.ndarray, region: Region
) -> np.ndarray:
    """Nelder-Mead from the best point: a kink of the desirability stops a gradient early."""
    result = minimize(
        lambda x: -float(score(pulled_in(x, region)[None, :])[0]),
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 400 * len(start)},
    )
    return pulled_in(result.x, region)


def _snapped(x: np.ndarray, region: Region) -> np.ndarray:
    """Bounds reached to within rounding are taken exactly."""
    for bound in (region.low, region.high, np.zeros_like(x)):
        x = np.where(np.abs(x - bound) < 1e-7, bound, x)
    return x
