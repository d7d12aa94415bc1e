"""Coordinate exchange, compiled: sweeps over all coordinates until none can be bettered.

Meyer & Nachtsheim, Technometrics 37 (1995) 60.
"""

from __future__ import annotations

import numpy as np

from designs.optimal._algebra import information, inverse, multiply
from designs.optimal._change import group_forms, hold, merit
from designs.optimal._compile import inner, kernel
from designs.optimal._points import holds, model_rows, phi
from designs.optimal._types import (
    Array,
    Criterion,
    Forms,
    Groups,
    Problem,
    Rules,
    Store,
    Work,
)

_LEAST = 1e-9
"""Relative gain below which a value stays."""


@inner
def _allowed(x: Array, first: int, last: int, j: int, value: float, rules: Rules) -> bool:
    """Whether the runs of a group may have a value."""
    if rules[0].shape[0] == 1:
        return True
    old = x[first, j]
    good = True
    for r in range(first, last):
        x[r, j] = value
        good = good and holds(x[r], rules)
        x[r, j] = old
    return good


@inner
def _best_value(
    x: Array,
    first: int,
    last: int,
    j: int,
    problem: Problem,
    rules: Rules,
    forms: Forms,
    by_trace: bool,
    trace: float,
    fine: bool,
    work: Work,
) -> tuple[float, float]:
    """The best value of a coordinate and its merit."""
    levels, order = problem[0], problem[5][j]
    grid, counts, smooth = problem[6], problem[7], problem[8]
    change, a, b = work
    m, now = last - first, x[first, j]
    old = np.empty(order + 1)
    for e in range(1, order + 1):
        old[e] = phi(levels[j], now, e)
    best, most = now, -trace if by_trace else 1.0

    step = 2.0 / max(1, counts[j] - 1)
    rounds = 5 if fine and smooth[j] else 0
    for g in range(counts[j] + 2 * rounds):
        if g < counts[j]:
            value = grid[j, g]
        else:
            if (g - counts[j]) % 2 == 0:
                step /= 3.0
                middle = best
            value = middle + (step if (g - counts[j]) % 2 else -step)
            if value < -1.0 or value > 1.0:
                continue
        if value == now or not _allowed(x, first, last, j, value, rules):
            continue
        for e in range(1, order + 1):
            change[e] = phi(levels[j], value, e) - old[e]
        found = merit(change, forms, m, order, by_trace, trace, a, b)
        if found > most:
            best, most = value, found
    return best, most


@inner
def _update(
    d: Array,
    inverse_: Array,
    weighed: Array,
    by_trace: bool,
    gdg: float,
    gwg: float,
    dg: Array,
    wg: Array,
) -> None:
    """Bring D and W up to date after the change d of one run's row; W's are of rank four."""
    p = d.shape[0]
    dd, wd = np.zeros(p), np.zeros(p)
    for b in range(p):
        if d[b] != 0.0:  # only the columns that hold the factor changed
            for a in range(p):
                dd[a] += d[b] * inverse_[b, a]
            if by_trace:
                for a in range(p):
                    wd[a] += d[b] * weighed[b, a]
    alpha, beta, x, y = d @ dd, 1.0 + d @ dg, d @ wd, d @ wg
    det = alpha * gdg - beta * beta
    k11, k12, k22 = gdg / det, -beta / det, alpha / det
    if by_trace:
        # K C K, with C the forms of W
        c11, c12 = k11 * x + k12 * y, k11 * y + k12 * gwg
        c21, c22 = k12 * x + k22 * y, k12 * y + k22 * gwg
        s11, s12 = c11 * k11 + c12 * k12, c11 * k12 + c12 * k22
        s22 = c21 * k12 + c22 * k22
        for a in range(p):
            u1, u2 = k11 * dd[a] + k12 * dg[a], k12 * dd[a] + k22 * dg[a]
            w1, w2 = k11 * wd[a] + k12 * wg[a], k12 * wd[a] + k22 * wg[a]
            v1, v2 = s11 * dd[a] + s12 * dg[a], s12 * dd[a] + s22 * dg[a]
            for b in range(p):
                weighed[a, b] += (v1 - w1) * dd[b] + (v2 - w2) * dg[b] - u1 * wd[b] - u2 * wg[b]
    for a in range(p):
        u1, u2 = k11 * dd[a] + k12 * dg[a], k12 * dd[a] + k22 * dg[a]
        for b in range(p):
            inverse_[a, b] -= u1 * dd[b] + u2 * dg[b]


@inner
def _refresh(
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
def _move(
    x: Array, rows: Array, first: int, last: int, j: int, value: float, problem: Problem, d: Array
) -> None:
    """Give a group its new value; ``d`` is how its last row changed."""
    levels, touch, touch_other, at = problem[0], problem[2], problem[3], problem[4]
    d[:] = 0.0
    for r in range(first, last):
        x[r, j] = value
        for t in range(at[j], at[j + 1]):
            product = phi(levels[j], value, touch[t, 1])
            for w in range(touch_other.shape[1]):
                other = touch_other[t, w, 0]
                if other >= 0:
                    product *= phi(levels[other], x[r, other], touch_other[t, w, 1])
            d[touch[t, 0]] = product - rows[r, touch[t, 0]]
            rows[r, touch[t, 0]] = product


@inner
def _store(runs: int, functions: int, p: int) -> Store:
    """Room for the work on groups of so many runs."""
    double = (runs, runs, functions, functions)
    forms = (
        np.zeros(double),
        np.zeros((runs, runs, functions)),
        np.zeros((runs, runs)),
        np.zeros(double),
        np.zeros((runs, runs, functions)),
        np.zeros((runs, runs)),
    )
    held = (np.zeros((runs, p)), np.zeros((runs, p)))
    work = (np.zeros(functions), np.zeros((2 * runs, 2 * runs)), np.zeros((2 * runs, 2 * runs)))
    return forms, held, work, np.zeros((runs, p)), np.zeros((runs, p)), np.zeros(p)


@inner
def _visit(
    x: Array,
    rows: Array,
    s: int,
    i: int,
    problem: Problem,
    structure: Groups,
    rules: Rules,
    criterion: Criterion,
    fine: bool,
    inverse_: Array,
    weighed: Array,
    trace: float,
    store: Store,
) -> float:
    """Try new values for every factor of stratum s in the group that begins at run i.

    Returns:
        tr(L D) afterwards.
    """
    stratum, free = problem[9], problem[10]
    first, last, by_trace = structure[0][s, i], structure[1][s, i], criterion[2]
    forms, held, work, g, bases, d = store
    current = False
    for j in range(x.shape[1]):
        if stratum[j] != s or not free[i, j]:
            continue
        if not current:
            hold(rows, first, last, structure, inverse_, weighed, by_trace, held, forms, g)
            current = True
        group_forms(x, first, last, j, problem, inverse_, weighed, by_trace, held, forms, bases)
        value, found = _best_value(
            x, first, last, j, problem, rules, forms, by_trace, trace, fine, work
        )
        if found <= (-trace + _LEAST * abs(trace) if by_trace else 1.0 + _LEAST):
            continue
        _move(x, rows, first, last, j, value, problem, d)
        if last - first == 1:
            _update(
                d,
                inverse_,
                weighed,
                by_trace,
                forms[2][0, 0],
                forms[5][0, 0],
                held[0][0],
                held[1][0],
            )
            trace = -found
        else:
            trace = -_refresh(rows, criterion, structure, inverse_, weighed)
        current = False
    return trace


@kernel
def exchange(
    x: Array,
    problem: Problem,
    structure: Groups,
    rules: Rules,
    criterion: Criterion,
    fine: bool,
    most_sweeps: int,
    least: float,
) -> float:
    """Improve a design in place until a sweep brings less than ``least``.

    Args:
        x: Coded points (n x k); runs of a whole plot stand together.
        problem: The model, see `designs.optimal.model.Encoded`.
        structure: First and one past the last run of each run's group by stratum (s x n, runs
            themselves first), and V⁻¹ (n x n).
        rules: Programs that every run must keep.
        criterion: Prior information P, loss matrix L (p x p) and whether tr(L D) counts, or
            log det M.
        fine: Whether continuous values are refined between grid points.
        most_sweeps: Sweeps over all coordinates at most.
        least: Gain of a sweep that is worth another: log det, or share of the trace.

    Returns:
        log det M, or -tr(L D); -inf when the model cannot be estimated.
    """
    levels, parts, order = problem[0], problem[1], problem[5]
    stratum = problem[9]
    start, stop = structure[0], structure[1]
    by_trace = criterion[2]
    p = parts.shape[0]
    used, largest, functions = np.zeros(start.shape[0], dtype=np.bool_), 1, 1
    for j in range(x.shape[1]):
        used[stratum[j]] = True
        functions = max(functions, order[j] + 1)
        for i in range(x.shape[0]):
            largest = max(largest, stop[stratum[j], i] - start[stratum[j], i])
    store = _store(largest, functions, p)
    inverse_, weighed = np.zeros((p, p)), np.zeros((p, p))
    rows = model_rows(x, levels, parts)
    value = _refresh(rows, criterion, structure, inverse_, weighed)
    for _ in range(most_sweeps):
        if value == -np.inf:
            break
        before, trace = value, -value
        for s in range(used.shape[0] - 1, -1, -1):  # hard factors first
            for i in range(x.shape[0]):
                if used[s] and start[s, i] == i:
                    trace = _visit(
                        x,
                        rows,
                        s,
                        i,
                        problem,
                        structure,
                        rules,
                        criterion,
                        fine,
                        inverse_,
                        weighed,
                        trace,
                        store,
                    )
        value = _refresh(rows, criterion, structure, inverse_, weighed)
        if value - before < (least * abs(before) if by_trace else least):
            break
    return float(value)
