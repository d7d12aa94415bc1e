"""A factor's part in the model's rows, compiled.

The rows are linear in the basis functions of a factor (powers, or indicators of levels): where it
goes from x_now to x, a row changes by the sum over functions e of (phi_e(x) - phi_e(x_now)) U_e.
U_e holds, in each column that has function e of the factor, the product of its other factors.
"""

from __future__ import annotations

from designs.optimal._compile import inner
from designs.optimal._points import phi
from designs.optimal._types import Array, Problem, Whole

LEAST = 1e-9
"""Relative gain below which a value stays."""
ROUNDS = 10
"""Neighbours that are tried of a continuous value: five on either side, ever closer."""


@inner
def beside(x: Array, i: int, j: int, problem: Problem, bases: Array) -> int:
    """U_e of run i for all functions e, column by column.

    Returns:
        How many columns hold the factor.
    """
    levels, others = problem[0], problem[3]
    first, last = problem[4][j], problem[4][j + 1]
    for t in range(first, last):
        value = 1.0
        for w in range(others.shape[1]):
            other = others[t, w, 0]
            if other >= 0:
                value *= phi(levels[other], x[i, other], others[t, w, 1])
        bases[t - first] = value
    return int(last - first)


@inner
def bilinear(
    first: int,
    count: int,
    touch: Whole,
    left: Array,
    right: Array,
    matrix: Array,
    order: int,
    out: Array,
) -> None:
    """U_e M U_f' for every two functions e and f of a factor, from two runs' bases."""
    out[: order + 1, : order + 1] = 0.0
    for s in range(count):
        column, e = touch[first + s, 0], touch[first + s, 1]
        f, total = touch[first, 1], 0.0
        for t in range(count):  # columns of one function stand together
            if touch[first + t, 1] != f:
                out[e, f] += left[s] * total
                f, total = touch[first + t, 1], 0.0
            total += right[t] * matrix[column, touch[first + t, 0]]
        out[e, f] += left[s] * total


@inner
def linear(
    first: int, count: int, touch: Whole, bases: Array, vector: Array, order: int, out: Array
) -> None:
    """U_e v for every function e of a factor."""
    out[: order + 1] = 0.0
    for t in range(count):
        out[touch[first + t, 1]] += bases[t] * vector[touch[first + t, 0]]


@inner
def trial(grid: Array, j: int, count: int, n: int, middle: float) -> float:
    """The n-th value to try: the grid's, then ever closer ones on both sides of ``middle``."""
    if n < count:
        return float(grid[j, n])
    step = 2.0 / max(1, count - 1)
    for _ in range((n - count) // 2 + 1):
        step /= 3.0
    return float(middle + (step if (n - count) % 2 else -step))


@inner
def move(x: Array, rows: Array, i: int, j: int, value: float, problem: Problem, d: Array) -> None:
    """Give a run a new value; ``d`` is how its row changes."""
    levels, touch, others, at = problem[0], problem[2], problem[3], problem[4]
    d[:] = 0.0
    x[i, j] = value
    for t in range(at[j], at[j + 1]):
        product = phi(levels[j], value, touch[t, 1])
        for w in range(others.shape[1]):
            other = others[t, w, 0]
            if other >= 0:
                product *= phi(levels[other], x[i, other], others[t, w, 1])
        d[touch[t, 0]] = product - rows[i, touch[t, 0]]
        rows[i, touch[t, 0]] = product
