"""Compiled: information of a design, its inverse, and small systems of equations."""

from __future__ import annotations

import math

import numpy as np

from designs.optimal._compile import inner
from designs.optimal._types import Array, Whole

_TINY = 1e-12


@inner
def precision_times(vinv: Array, rows: Array, first: int, last: int, i: int, out: Array) -> None:
    """Row i of V⁻¹X, whose whole plot is the runs from first to last."""
    out[:] = 0.0
    for r in range(first, last):
        v = vinv[i, r]
        if v != 0.0:
            for c in range(rows.shape[1]):
                out[c] += v * rows[r, c]


@inner
def information(rows: Array, prior: Array, vinv: Array, start: Whole, stop: Whole) -> Array:
    """P + X'V⁻¹X (p x p)."""
    n, p = rows.shape
    found = prior.copy()
    weighted = np.empty(p)
    outer = start.shape[0] - 1
    for i in range(n):
        precision_times(vinv, rows, start[outer, i], stop[outer, i], i, weighted)
        for a in range(p):
            if rows[i, a] != 0.0:
                for b in range(p):
                    found[a, b] += rows[i, a] * weighted[b]
    return found


@inner
def multiply(left: Array, right: Array, out: Array) -> None:
    """The product of two square matrices into ``out``."""
    p = left.shape[0]
    out[:] = 0.0
    for a in range(p):
        for b in range(p):
            for c in range(p):
                out[a, c] += left[a, b] * right[b, c]


@inner
def inverse(matrix: Array, out: Array) -> float:
    """Inverse of a symmetric positive matrix into ``out``; its log determinant, or -inf."""
    p = matrix.shape[0]
    lower = np.zeros((p, p))
    log_determinant = 0.0
    for a in range(p):
        for b in range(a + 1):
            left = matrix[a, b]
            for c in range(b):
                left -= lower[a, c] * lower[b, c]
            if a == b:
                if not left > _TINY * matrix[a, a]:
                    return -np.inf
                lower[a, a] = math.sqrt(left)
                log_determinant += math.log(left)
            else:
                lower[a, b] = left / lower[b, b]
    for a in range(p):  # the inverse of the factor, in its place
        lower[a, a] = 1.0 / lower[a, a]
        for b in range(a):
            left = 0.0
            for c in range(b, a):
                left -= lower[a, c] * lower[c, b]
            lower[a, b] = left * lower[a, a]
    for a in range(p):
        for b in range(a + 1):
            left = 0.0
            for c in range(a, p):
                left += lower[c, a] * lower[c, b]
            out[a, b] = out[b, a] = left
    return log_determinant


@inner
def solved(matrix: Array, size: int, other: Array) -> float:
    """Solve ``matrix`` y = ``other`` in place; the determinant. Partial pivoting."""
    determinant = 1.0
    for a in range(size):
        pivot = a
        for b in range(a + 1, size):
            if abs(matrix[b, a]) > abs(matrix[pivot, a]):
                pivot = b
        if abs(matrix[pivot, a]) < _TINY:
            return 0.0
        if pivot != a:
            determinant = -determinant
            for c in range(size):
                matrix[a, c], matrix[pivot, c] = matrix[pivot, c], matrix[a, c]
                other[a, c], other[pivot, c] = other[pivot, c], other[a, c]
        determinant *= matrix[a, a]
        for b in range(a + 1, size):
            share = matrix[b, a] / matrix[a, a]
            if share != 0.0:
                for c in range(a, size):
                    matrix[b, c] -= share * matrix[a, c]
                for c in range(size):
                    other[b, c] -= share * other[a, c]
    for a in range(size - 1, -1, -1):
        for c in range(size):
            for b in range(a + 1, size):
                other[a, c] -= matrix[a, b] * other[b, c]
            other[a, c] /= matrix[a, a]
    return determinant
