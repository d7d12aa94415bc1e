"""Compiled: information of a design, its inverse, and small systems of equations."""

from __future__ import annotations

import math

import numpy as np

from designs.optimal._compile import inner
from designs.optimal._types import Array, Criterion, Groups, Whole

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
            share = weighted[a]
            if share != 0.0:
                for b in range(a + 1):
                    found[a, b] += share * rows[i, b]
    for a in range(p):
        for b in range(a):
            found[b, a] = found[a, b]
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
    """Inverse of a symmetric positive matrix into ``out``; its log determinant, or -inf.

    By Cholesky's factor. All inner loops go along rows and sum nothing up, so that they are
    compiled to vectors without a change of the order in which numbers are added.
    """
    p = matrix.shape[0]
    upper = matrix.copy()
    lower = np.zeros((p, p))  # the inverse of upper'
    log_determinant = 0.0
    for a in range(p):
        for c in range(a):
            share = upper[c, a]
            if share != 0.0:
                for b in range(a, p):
                    upper[a, b] -= share * upper[c, b]
                for b in range(c + 1):
                    lower[a, b] -= share * lower[c, b]
        if not upper[a, a] > _TINY * matrix[a, a]:
            return -np.inf
        root = math.sqrt(upper[a, a])
        log_determinant += 2.0 * math.log(root)
        lower[a, a] = 1.0
        for b in range(a, p):
            upper[a, b] /= root
        for b in range(a + 1):
            lower[a, b] /= root
    out[:] = 0.0
    for c in range(p):
        for a in range(c + 1):
            share = lower[c, a]
            for b in range(a + 1):
                out[a, b] += share * lower[c, b]
    for a in range(p):
        for b in range(a):
            out[b, a] = out[a, b]
    return log_determinant


@inner
def refresh(
    rows: Array, criterion: Criterion, structure: Groups, inverse_: Array, weighed: Array
) -> float:
    """D, W and the criterion's value from the rows alone; -inf where the model is singular."""
    prior, loss, by_trace = criterion
    start, stop, vinv = structure
    log_determinant = inverse(information(rows, prior, vinv, start, stop), inverse_)
    if log_determinant == -np.inf or not by_trace:
        return log_determinant
    p = loss.shape[0]
    half = np.zeros((p, p))
    multiply(inverse_, loss, half)
    multiply(half, inverse_, weighed)
    trace = 0.0
    for a in range(p):
        trace += half[a, a]
    return -trace


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
