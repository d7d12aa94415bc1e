"""Deterministic search for the best point of a region: fixed starts, then gradients."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize
from scipy.stats import qmc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.mixture.blends import Blends
    from analysis.surface import Region

_STARTS = 6
_SPREAD = 9  # two to this power points of a Sobol sequence look for the starts


def starting_points(region: Region) -> np.ndarray:
    """Points all over a region: its centre, corners, face centres and a Sobol sequence.

    Of a mixture these are the outermost blends and the middle one, at each such point of the
    factors beside them.
    """
    k = len(region.low)
    if k == 0:
        return np.empty((1, 0))
    if region.blends is not None:
        return _starting_blends(region, region.blends)
    spread = 2 * qmc.Sobol(k, scramble=False).random_base2(_SPREAD) - 1
    return pulled_in(_scaled(np.vstack([*_signs(k, most=10), spread]), region), region)


def _signs(k: int, most: int) -> list[np.ndarray]:
    """Centre and face centres of a cube, and its corners up to ``most`` dimensions."""
    signs = [np.zeros((1, k)), np.eye(k), -np.eye(k)]
    if 0 < k <= most:
        signs.append(np.array(list(product((-1.0, 1.0), repeat=k))))
    return signs


def _scaled(signs: np.ndarray, region: Region) -> np.ndarray:
    low, high = region.low[region.free], region.high[region.free]
    return np.asarray((low + high) / 2 + signs * (high - low) / 2)


def _starting_blends(region: Region, blends: Blends) -> np.ndarray:
    f, v = int(region.free.sum()), len(blends.vertices)
    beside, outermost = np.vstack(_signs(f, most=4)), np.vstack([blends.middle, blends.vertices])
    spread = qmc.Sobol(f + v, scramble=False).random_base2(_SPREAD)
    points = np.empty((len(beside) * len(outermost) + len(spread), len(region.low)))
    signs = np.vstack([np.tile(beside, (len(outermost), 1)), 2 * spread[:, :f] - 1])
    points[:, region.free] = _scaled(signs, region)
    mixed = blends.mixed(spread[:, f:])
    points[:, blends.at] = np.vstack([np.repeat(outermost, len(beside), axis=0), mixed])
    return pulled_in(points, region)


def pulled_in(points: np.ndarray, region: Region) -> np.ndarray:
    """The points brought into a region where they lie outside.

    They are clipped to the tested ranges and scaled back onto the sphere; blends are brought in
    towards the middle one.
    """
    inside = np.clip(points, region.low, region.high)
    length = np.linalg.norm(inside[..., region.free], axis=-1, keepdims=True)
    inside[..., region.free] *= np.minimum(1.0, region.radius / np.maximum(length, 1e-300))
    if region.blends is not None:
        at = region.blends.at
        inside[..., at] = region.blends.pulled_in(np.asarray(points)[..., at])
    return np.asarray(inside)


def best_point(
    score: Callable[[np.ndarray], np.ndarray],
    loss: Callable[[np.ndarray], tuple[float, np.ndarray]],
    region: Region,
    extra: np.ndarray,
) -> np.ndarray:
    """The point of highest score; of equals, the one nearest the centre.

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
    promising = starts[_ranked(score(starts), starts, region)[:_STARTS]]
    ends = [_descend(loss, start, region) for start in promising]
    found = np.vstack([promising, ends])
    best = found[_ranked(score(found), found, region)[0]]
    polished = _polish(score, best, region)
    pair = np.vstack([best, polished])
    return _snapped(pair[_ranked(score(pair), pair, region)[0]], region)


def _ranked(scores: np.ndarray, points: np.ndarray, region: Region) -> np.ndarray:
    distance = np.linalg.norm(points - region.centre, axis=1)
    return np.lexsort((distance.round(9), -scores.round(12)))


def _descend(
    loss: Callable[[np.ndarray], tuple[float, np.ndarray]], start: np.ndarray, region: Region
) -> np.ndarray:
    result = minimize(
        lambda x: loss(np.clip(x, region.low, region.high)),
        start,
        jac=True,
        method="SLSQP",
        bounds=list(zip(region.low, region.high, strict=True)),
        constraints=_constraints(region),
        options={"maxiter": 100, "ftol": 1e-11},
    )
    return pulled_in(result.x, region)


def _constraints(region: Region) -> list[dict[str, Any]]:
    """What bounds a region beside its ranges, as SLSQP takes it."""
    found: list[dict[str, Any]] = []
    free = region.free.astype(float)
    if region.spherical:

        def inside(x: np.ndarray) -> float:
            return float(region.radius**2 - (x * free) @ x)

        found.append({"type": "ineq", "fun": inside, "jac": lambda x: -2 * x * free})
    if region.blends is not None:
        blends, k = region.blends, len(region.low)
        sides, plane = np.zeros((len(blends.offsets), k)), np.zeros((len(blends.at), k))
        sides[:, blends.at], plane[:, blends.at] = blends.rows, blends.across
        # As many equations as there are, each once: SLSQP takes no redundant ones.
        _, sizes, plane = np.linalg.svd(plane)
        plane = plane[: len(sizes)][sizes > 0.5]
        at = region.centre
        found.append(
            {
                "type": "ineq",
                "fun": lambda x: blends.offsets - sides @ (x - at),
                "jac": lambda _: -sides,
            }
        )
        found.append({"type": "eq", "fun": lambda x: plane @ (x - at), "jac": lambda _: plane})
    return found


def _climbed(
    score: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    region: Region,
    options: Mapping[str, float],
) -> np.ndarray:
    """The end of Nelder and Mead's way up, within the region."""
    result = minimize(
        lambda x: -float(score(pulled_in(x, region)[None, :])[0]),
        start,
        method="Nelder-Mead",
        options=options,
    )
    return pulled_in(result.x, region)


def _polish(
    score: Callable[[np.ndarray], np.ndarray], start: np.ndarray, region: Region
) -> np.ndarray:
    """From the best point: a kink of the desirability stops a gradient early."""
    return _climbed(
        score, start, region, {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 400 * len(start)}
    )


def climbed_best(
    score: Callable[[np.ndarray], np.ndarray],
    starts: np.ndarray,
    region: Region,
    options: Mapping[str, float],
) -> np.ndarray:
    """The point of highest score among starts and where Nelder and Mead's way up leads from each.

    For scores without a gradient, such as what is counted over draws.

    Args:
        score: Of many points, shape (n, k) to (n,).
        starts: Shape (m, k).
        region: Where to stay.
        options: Of scipy's Nelder-Mead: when a way ends.
    """
    if starts.shape[1] == 0:
        return np.asarray(starts[0])
    points = np.vstack([starts, *(_climbed(score, start, region, options) for start in starts)])
    return np.asarray(points[int(np.argmax(score(points)))])


def _snapped(x: np.ndarray, region: Region) -> np.ndarray:
    """Bounds reached to within rounding are taken exactly."""
    for bound in (region.low, region.high, np.zeros_like(x)):
        x = np.where(np.abs(x - bound) < 1e-7, bound, x)
    if region.blends is not None:  # what the snapping moved goes to the largest share
        at = region.blends.at
        x[at[np.argmax(x[at])]] += 1 - x[at].sum()
    return x
