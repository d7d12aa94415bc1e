"""The annealing of a Latin hypercube, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designs.optimal._compile import kernel

Levels = NDArray[np.int64]


@kernel
def annealed(
    cube: Levels, proposals: Levels, luck: NDArray[np.float64], hot: float, cold: float
) -> Levels:
    """Let levels of two runs change places, first freely and at last only for the better.

    Args:
        cube: Runs x k, each column a permutation; changed in place.
        proposals: Two different runs and a column in each row.
        luck: One number in (0, 1) for each proposal.
        hot: Relative growth of the crowding that is taken lightly at first ...
        cold: ... and at last.

    Returns:
        The least crowded hypercube on the way: least sum of ``d^-20`` over all pairs.
    """
    runs, factors = cube.shape
    squared = np.zeros((runs, runs))
    now = 0.0
    for i in range(runs):
        for j in range(i):
            for column in range(factors):
                squared[i, j] += (cube[i, column] - cube[j, column]) ** 2
            squared[j, i] = squared[i, j]
            now += squared[i, j] ** -10.0
    best, least = cube.copy(), now
    new = np.zeros((2, runs))
    steps = len(proposals)
    for step in range(steps):
        first, second, column = proposals[step]
        here, there = cube[first, column], cube[second, column]
        change = 0.0
        for j in range(runs):
            if j != first and j != second:
                other = cube[j, column]
                moved = (there - other) ** 2 - (here - other) ** 2
                new[0, j] = squared[first, j] + moved
                new[1, j] = squared[second, j] - moved
                for place, run in ((0, first), (1, second)):
                    inverse = 1.0 / new[place, j]
                    fourth = (inverse * inverse) * (inverse * inverse)
                    change += fourth * fourth * inverse * inverse
                    inverse = 1.0 / squared[run, j]
                    fourth = (inverse * inverse) * (inverse * inverse)
                    change -= fourth * fourth * inverse * inverse
        heat = hot * (cold / hot) ** (step / steps)
        if change < 0 or luck[step] < np.exp(-np.log1p(change / now) / heat):
            now += change
            cube[first, column], cube[second, column] = there, here
            for j in range(runs):
                if j != first and j != second:
                    squared[first, j] = squared[j, first] = new[0, j]
                    squared[second, j] = squared[j, second] = new[1, j]
            if now < least:
                least = now
                best[:] = cube
    return best
