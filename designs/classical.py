"""Classical generators: pyDOE2 where it is right, our own where it is not.

Each returns coded points without units, blocks or randomisation. What pyDOE2 1.3.0 gets wrong
and is therefore never asked: fractions (`designs.fractions`), Box-Behnken from six factors on,
Plackett-Burman sizes 28, 36, 44 ..., whole central composites (`designs.composite`), the
correlation criterion of its hypercubes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from designs._pydoe import pydoe
from designs.errors import DesignError
from designs.fractions import two_level

Array = NDArray[np.float64]
Criterion = Literal["random", "centred", "maximin", "correlation"]

_CANDIDATES = 200
"""Hypercubes drawn by the criteria that keep the best."""

# The factors that vary together in each group of runs: Box & Behnken, Technometrics 2 (1960)
# 455. Up to five factors these are all pairs.
_BOX_BEHNKEN_GROUPS: dict[int, tuple[tuple[int, ...], ...]] = {
    6: ((0, 1, 3), (1, 2, 4), (2, 3, 5), (0, 3, 4), (1, 4, 5), (0, 2, 5)),
    7: ((3, 4, 5), (0, 5, 6), (1, 4, 6), (0, 1, 3), (2, 3, 6), (0, 2, 4), (1, 2, 5)),
}


def full_factorial(levels: Sequence[int]) -> NDArray[np.int64]:
    """Every combination of level numbers 0 to l-1 (runs x k), the first factor fastest."""
    # pyDOE2 refuses numpy integers.
    return np.asarray(pydoe().fullfact([int(count) for count in levels]), dtype=np.int64)


def plackett_burman(factors: int, runs: int | None = None) -> Array:
    """An orthogonal two-level design for main effects (runs x k), coded -1 and 1.

    Args:
        factors: Number of factors k.
        runs: A multiple of four above k; the least that can be constructed when None.

    Raises:
        DesignError: No such design has so many runs, or is known here.
    """
    if runs is not None:
        if runs <= factors:
            raise DesignError(
                f"{runs} runs cannot screen {factors} factors; give at least {factors + 1}",
                ("runs",),
            )
        square = _hadamard(runs)
    else:
        runs = 4 * (factors // 4 + 1)
        while (square := _hadamard(runs)) is None:
            runs += 4
    if square is None:
        raise DesignError(f"no Plackett-Burman design of {runs} runs is known here", ("runs",))
    if not np.array_equal(square.T @ square, runs * np.eye(runs)):
        raise DesignError(f"the Plackett-Burman design of {runs} runs came out wrong", ("kind",))
    return np.asarray(square[:, 1 : factors + 1])


def _hadamard(runs: int) -> Array | None:
    """A Hadamard matrix whose first column is ones, or None where none is constructed here."""
    odd = runs // (runs & -runs)
    if odd in (1, 3, 5) and (odd == 1 or runs % 4 == 0):  # the sizes that pyDOE2 has
        return np.column_stack([np.ones(runs), pydoe().pbdesign(runs - 1)])
    if _is_prime(runs - 1):  # and 3 (mod 4), since runs is a multiple of four
        core = _skew_core(runs - 1)
        return _first_column_of_ones(core + np.eye(runs))
    half = runs // 2 - 1
    if _is_prime(half) and half % 4 == 1:
        core = _symmetric_core(half)
        signs, turned = np.array([[1, 1], [1, -1]]), np.array([[1, -1], [-1, -1]])
        return _first_column_of_ones(np.kron(core, signs) + np.kron(np.eye(half + 1), turned))
    smaller = _hadamard(runs // 2) if runs % 8 == 0 else None
    signs = np.array([[1.0, 1.0], [1.0, -1.0]])
    return None if smaller is None else np.asarray(np.kron(signs, smaller))


def _jacobsthal(prime: int) -> Array:
    squares = {value * value % prime for value in range(1, prime)}
    character = np.array([0.0] + [1.0 if value in squares else -1.0 for value in range(1, prime)])
    positions = np.arange(prime)
    return np.asarray(character[(positions[:, None] - positions[None, :]) % prime])


def _skew_core(prime: int) -> Array:
    core = np.zeros((prime + 1, prime + 1))
    core[0, 1:], core[1:, 0], core[1:, 1:] = 1, -1, _jacobsthal(prime)
    return core


def _symmetric_core(prime: int) -> Array:
    core = np.zeros((prime + 1, prime + 1))
    core[0, 1:], core[1:, 0], core[1:, 1:] = 1, 1, _jacobsthal(prime)
    return core


def _first_column_of_ones(square: Array) -> Array:
    return np.asarray(square * square[:, :1])


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % d for d in range(2, int(number**0.5) + 1))


def box_behnken(factors: int) -> Array:
    """The Box-Behnken points without centre points (runs x k), coded -1, 0 and 1.

    Raises:
        DesignError: There are fewer than three factors or more than seven.
    """
    if not 3 <= factors <= 7:
        raise DesignError(
            f"a Box-Behnken design has three to seven continuous factors, not {factors}; "
            "a central-composite design takes any number from two on",
            ("kind",),
        )
    if factors <= 5:
        return np.asarray(pydoe().bbdesign(factors, center=0), dtype=np.float64)
    groups = _BOX_BEHNKEN_GROUPS[factors]
    points = np.zeros((8 * len(groups), factors))
    for number, group in enumerate(groups):
        points[8 * number : 8 * number + 8, group] = two_level(3)
    return points


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
