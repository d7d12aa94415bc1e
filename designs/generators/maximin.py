"""Points that keep apart: Latin hypercubes and subsets of candidates of largest smallest distance.

Both are judged by the sum of ``d^-p`` over all pairs, which ranks designs by their smallest
distance and then by how many pairs have it.

Source: Morris & Mitchell, J. Stat. Plan. Inference 43 (1995) 381; the optima that tests compare
with: van Dam, Husslage, den Hertog & Melissen, Oper. Res. 55 (2007) 158.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_POWER = 10
"""Half of p: distances are kept squared."""
_STARTS = 10
_PROPOSALS = 100_000
_HOT, _COLD = 0.5, 0.01
_EXCHANGES = 60
"""Exchanges of candidates for each run."""


def maximin_hypercube(factors: int, runs: int, random: np.random.Generator) -> Array:
    """A Latin hypercube (runs x k) in [-1, 1], its points in the middles of their cells."""

    def shuffled() -> NDArray[np.int64]:
        return np.column_stack([random.permutation(runs) for _ in range(factors)])

    if factors == 1 or runs == 2:
        return np.asarray((2 * shuffled() + 1) / runs - 1)
    from designs.generators._annealing import annealed  # brings numba

    found = []
    for _ in range(_STARTS):
        proposals = random.integers([runs, runs - 1, factors], size=(_PROPOSALS, 3))
        proposals[:, 1] += proposals[:, 1] >= proposals[:, 0]
        luck = random.random(_PROPOSALS)
        found.append(annealed(shuffled(), proposals, luck, _HOT, _COLD))
    distances = [_squared(cube.astype(np.float64)) for cube in found]
    best = min(range(_STARTS), key=lambda at: (-distances[at].min(), _crowding(distances[at])))
    return np.asarray((2 * found[best] + 1) / runs - 1)


def _squared(points: Array) -> Array:
    squared = np.asarray(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
    np.fill_diagonal(squared, np.inf)
    return squared


def _crowding(squared: Array) -> float:
    return float((squared**-_POWER).sum() / 2)


def far_apart(candidates: Array, runs: int) -> NDArray[np.int64]:
    """The positions of candidates that keep apart: added one by one, then exchanged.

    Args:
        candidates: Points (c x k), c at least ``runs``.
        runs: How many are chosen.
    """
    middle = ((candidates - candidates.mean(axis=0)) ** 2).sum(axis=1)
    chosen = [int(np.argmax(middle))]
    nearest = ((candidates - candidates[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < runs:
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, ((candidates - candidates[chosen[-1]]) ** 2).sum(axis=1))
    positions = np.array(chosen)
    for _ in range(_EXCHANGES * runs):
        best = _better(candidates, positions)
        if best is None:
            break
        positions = best
    return positions


def _better(candidates: Array, chosen: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """One of the two closest points exchanged for the candidate that crowds least."""
    squared = _squared(candidates[chosen])
    now = _crowding(squared)
    for place in np.unravel_index(int(np.argmin(squared)), squared.shape):
        others = np.delete(chosen, place)
        distances = ((candidates[:, None, :] - candidates[others][None, :, :]) ** 2).sum(axis=2)
        with np.errstate(divide="ignore"):
            crowding = (distances**-_POWER).sum(axis=1)
        left = now - (np.delete(squared[place], place) ** -_POWER).sum()
        other = int(np.argmin(crowding))
        if left + crowding[other] < now * (1 - 1e-9):
            changed = chosen.copy()
            changed[place] = other
            return changed
    return None
