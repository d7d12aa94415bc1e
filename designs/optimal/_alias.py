"""Coordinate exchange for least aliasing, compiled.

With primary columns X1 and potential ones X2, A = (X1'V⁻¹X1)⁻¹ X1'V⁻¹X2 is how potential effects
enter the estimates of primary ones. The sum of A's squares is made small among designs whose
log det X1'V⁻¹X1 does not fall below a floor: Jones & Nachtsheim, Technometrics 53 (2011) 62.
"""

from __future__ import annotations

import numpy as np

from designs.optimal._algebra import inverse, precision_times
from designs.optimal._compile import inner, kernel
from designs.optimal._forms import LEAST, move, trial
from designs.optimal._points import DEEPEST, holds, model_rows
from designs.optimal._types import Array, Groups, Problem, Rules

_BELOW = 1e12
"""Lost for each unit of log det below the floor: no sum of squares outweighs it."""


@inner
def _add(
    rows: Array, first: int, last: int, vinv: Array, share: float, weighted: Array, cross: Array
) -> None:
    """Add a share of what an outermost group brings to X1'V⁻¹[X1 X2]."""
    for i in range(first, last):
        precision_times(vinv, rows, first, last, i, weighted)
        for a in range(cross.shape[0]):
            by = share * rows[i, a]
            if by != 0.0:
                for b in range(cross.shape[1]):
                    cross[a, b] += by * weighted[b]


@inner
def _merit(cross: Array, weight: Array, floor: float, inverse_: Array, line: Array) -> float:
    """Minus the weighted sum of A's squares; below the floor only the determinant counts."""
    p = cross.shape[0]
    log_determinant = inverse(cross[:, :p].copy(), inverse_)
    if log_determinant < floor:
        return -_BELOW * (1.0 + floor - log_determinant)
    total = 0.0
    for a in range(p):
        if weight[a] == 0.0:
            continue
        line[:] = 0.0
        for b in range(p):
            for c in range(p, cross.shape[1]):
                line[c] += inverse_[a, b] * cross[b, c]
        for c in range(p, cross.shape[1]):
            total += weight[a] * line[c] * line[c]
    return -total


@inner
def _visit(
    x: Array,
    rows: Array,
    s: int,
    i: int,
    j: int,
    problem: Problem,
    structure: Groups,
    rules: Rules,
    weight: Array,
    floor: float,
    cross: Array,
    value: float,
) -> float:
    """Give a factor of the group of stratum s that begins at run i its best value on the grid.

    Returns:
        The criterion afterwards; ``cross`` is brought up to date.
    """
    start, stop, vinv = structure
    first, last, outer = i, stop[s, i], start.shape[0] - 1
    begin, end = start[outer, i], stop[outer, i]
    p, columns = cross.shape
    inverse_, line, d = np.empty((p, p)), np.empty(columns), np.empty(columns)
    stack = np.empty(DEEPEST)
    rest, tried = cross.copy(), np.empty_like(cross)
    _add(rows, begin, end, vinv, -1.0, line, rest)
    now, best, most = x[i, j], x[i, j], value
    for n in range(problem[7][j]):
        candidate = trial(problem[6], j, problem[7][j], n, now)
        if candidate == now:
            continue
        allowed = True
        for r in range(first, last):
            move(x, rows, r, j, candidate, problem, d)
            allowed = allowed and holds(x[r], rules, stack)
        if not allowed:
            continue
        tried[:] = rest
        _add(rows, begin, end, vinv, 1.0, line, tried)
        found = _merit(tried, weight, floor, inverse_, line)
        if found > most + min(LEAST * (1.0 + abs(most)), _BELOW):
            best, most = candidate, found
    for r in range(first, last):
        move(x, rows, r, j, best, problem, d)
    cross[:] = rest
    _add(rows, begin, end, vinv, 1.0, line, cross)
    return most


@kernel
def exchange_for_alias(
    x: Array,
    problem: Problem,
    structure: Groups,
    rules: Rules,
    weight: Array,
    floor: float,
    most_sweeps: int,
) -> float:
    """Improve a design in place until no value of a coordinate lessens the aliasing.

    Args:
        x: Coded points (n x k); runs of a whole plot stand together.
        problem: The model, see `designs.optimal.model.Model.problem`; primary columns first.
        structure: As of `designs.optimal._exchange.exchange`.
        rules: Programs that every run must keep.
        weight: What each primary column counts; there are as many as it is long.
        floor: Least log det X1'V⁻¹X1.
        most_sweeps: Sweeps over all coordinates at most.

    Returns:
        Minus the weighted sum of A's squares; far below for a design that is under the floor.
    """
    stratum, free, start, stop, vinv = (
        problem[9],
        problem[10],
        structure[0],
        structure[1],
        structure[2],
    )
    p, outer = weight.shape[0], start.shape[0] - 1
    rows = model_rows(x, problem[0], problem[1])
    cross = np.zeros((p, rows.shape[1]))
    line, inverse_ = np.empty(rows.shape[1]), np.empty((p, p))
    value = -np.inf
    for _ in range(most_sweeps):
        cross[:] = 0.0  # anew in each sweep: sums of differences lose digits
        for i in range(x.shape[0]):
            if start[outer, i] == i:
                _add(rows, i, stop[outer, i], vinv, 1.0, line, cross)
        before = value = _merit(cross, weight, floor, inverse_, line)
        for s in range(outer, -1, -1):  # hard factors first
            for i in range(x.shape[0]):
                for j in range(x.shape[1]):
                    if stratum[j] == s and start[s, i] == i and free[i, j]:
                        value = _visit(
                            x,
                            rows,
                            s,
                            i,
                            j,
                            problem,
                            structure,
                            rules,
                            weight,
                            floor,
                            cross,
                            value,
                        )
        if value <= before:
            break
    return float(value)
