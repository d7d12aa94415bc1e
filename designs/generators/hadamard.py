"""Plackett-Burman designs: Hadamard matrices of every multiple of four up to a hundred.

Sources: Plackett & Burman, Biometrika 33 (1946) 305; Paley, J. Math. Phys. 12 (1933) 311;
Williamson, Duke Math. J. 11 (1944) 65; Baumert, Golomb & Hall, Bull. AMS 68 (1962) 237 (order 92).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designs._pydoe import pydoe
from designs.errors import DesignError
from designs.generators.galois import jacobsthal, prime_power

Array = NDArray[np.float64]

_WILLIAMSON: dict[int, tuple[str, str, str, str]] = {
    92: (
        "+++++-++---++---++-++++",
        "+-+++--++-+--+-++--+++-",
        "+-+--+++++----+++++--+-",
        "+--++-+-+------+-+-++--",
    ),
}
"""First rows of four symmetric circulants whose squares add to n times the identity."""


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
        square = hadamard(runs)
    else:
        runs = 4 * (factors // 4 + 1)
        while (square := hadamard(runs)) is None:
            runs += 4
    if square is None:
        raise DesignError(f"no Plackett-Burman design of {runs} runs is known here", ("runs",))
    if not np.array_equal(square.T @ square, runs * np.eye(runs)):
        raise DesignError(f"the Plackett-Burman design of {runs} runs came out wrong", ("kind",))
    return np.asarray(square[:, 1 : factors + 1])


def hadamard(runs: int) -> Array | None:
    """A Hadamard matrix whose first column is ones, or None where none is constructed here."""
    # pyDOE2 doubles further sizes, so that some columns are whole products of two others: its 24
    # runs are not those of Plackett and Burman, which Paley's construction gives.
    if runs in (12, 20) or runs & (runs - 1) == 0:
        return np.column_stack([np.ones(runs), pydoe().pbdesign(runs - 1)])
    if prime_power(runs - 1):  # and 3 (mod 4), since runs is a multiple of four
        return _first_column_of_ones(_bordered(runs - 1, -1) + np.eye(runs))
    half = runs // 2 - 1
    if prime_power(half) and half % 4 == 1:
        signs, turned = np.array([[1, 1], [1, -1]]), np.array([[1, -1], [-1, -1]])
        core = _bordered(half, 1)
        return _first_column_of_ones(np.kron(core, signs) + np.kron(np.eye(half + 1), turned))
    if runs in _WILLIAMSON:
        return _first_column_of_ones(_williamson(*_WILLIAMSON[runs]))
    smaller = hadamard(runs // 2) if runs % 8 == 0 else None
    signs = np.array([[1.0, 1.0], [1.0, -1.0]])
    return None if smaller is None else np.asarray(np.kron(signs, smaller))


def _bordered(order: int, below: int) -> Array:
    core = np.zeros((order + 1, order + 1))
    core[0, 1:], core[1:, 0], core[1:, 1:] = 1, below, jacobsthal(order)
    return core


def _williamson(*rows: str) -> Array:
    size = np.arange(len(rows[0]))
    turns = (size[None, :] - size[:, None]) % len(size)
    a, b, c, d = (np.array([1.0 if s == "+" else -1.0 for s in row])[turns] for row in rows)
    return np.block([[a, b, c, d], [-b, a, -d, c], [-c, d, a, -b], [-d, -c, b, a]])


def _first_column_of_ones(square: Array) -> Array:
    return np.asarray(square * square[:, :1])
