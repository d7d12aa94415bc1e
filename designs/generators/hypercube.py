"""Latin hypercubes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from designs._pydoe import pydoe

Array = NDArray[np.float64]
Criterion = Literal["random", "centred", "maximin", "correlation"]

_CANDIDATES = 200
"""Hypercubes drawn by the criteria that keep the best."""


def latin_hypercube(
    factors: int, runs: int, criterion: Criterion, random: np.random.Generator
) -> Array:
    """A Latin hypercube (runs x k) in [-1, 1]: each factor has one run in each of n equal cells.

    Args:
        factors: Number of factors k.
        runs: Number of points n.
        criterion: ``random``: anywhere in the cells; ``centred``: in their middle; ``maximin``:
            of many, the one of largest smallest distance; ``correlation``: of many, the one of
            smallest largest correlation between two factors.
        random: Source of randomness.
    """
    # pyDOE2 knows only the legacy random state; fed from the generator it is as reproducible.
    state = np.random.RandomState(random.integers(2**32, dtype=np.uint32))

    def draw() -> Array:
        where = "center" if criterion == "centred" else None
        cube = pydoe().lhs(factors, samples=runs, criterion=where, random_state=state)
        return np.asarray(2 * cube - 1, dtype=np.float64)

    scores: dict[str, Callable[[Array], float]] = {
        "maximin": _smallest_distance,
        "correlation": lambda cube: -_largest_correlation(cube),
    }
    if criterion not in scores or factors == 1:
        return draw()
    return max((draw() for _ in range(_CANDIDATES)), key=scores[criterion])


def _smallest_distance(points: Array) -> float:
    first, second = np.triu_indices(len(points), 1)
    return float(np.min(np.sum((points[first] - points[second]) ** 2, axis=1)))


def _largest_correlation(points: Array) -> float:
    correlations = np.corrcoef(points, rowvar=False)
    return float(np.max(np.abs(correlations - np.diag(np.diag(correlations)))))
