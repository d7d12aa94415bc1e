"""The coordinates of one run that is a group of its own, compiled.

The case m = 1 of `designs.optimal._group`, in closed form: with the row's change d = E(x), its
row g of V⁻¹X and s of V⁻¹, alpha = d D d', beta = 1 + g D d' and gamma = g D g' - s,

    det M(x) / det M = beta² - alpha gamma

Nearly all time of a search is spent here; nothing in the loops over values calls, or asks for
memory.
"""

from __future__ import annotations

import numpy as np

from designs.optimal._algebra import precision_times
from designs.optimal._compile import inner
from designs.optimal._forms import LEAST, ROUNDS, beside, bilinear, linear, move, trial
from designs.optimal._points import DEEPEST, holds, phi
from designs.optimal._types import Array, Criterion, Groups, Problem, Rules, RunRoom

_TINY = 1e-12


@inner
def run_room(functions: int, p: int) -> RunRoom:
    """Room for the work on one run."""
    return (
        np.zeros(p),
        np.zeros(p),
        np.zeros(p),
        np.zeros(p),
        np.zeros(p),
        np.zeros(p),
        np.zeros(p),
        np.zeros((functions, functions)),
        np.zeros(functions),
        np.zeros((functions, functions)),
        np.zeros(functions),
        np.zeros(functions),
        np.zeros(functions),
        np.zeros(DEEPEST),
    )


@inner
def visit_run(
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
    room: RunRoom,
) -> float:
    """Try new values for every factor of stratum s in run i.

    Returns:
        tr(L D) afterwards.
    """
    touch, at, order = problem[2], problem[4], problem[5]
    stratum, free, by_trace = problem[9], problem[10], criterion[2]
    g, dg, wg, d, bases = room[0], room[1], room[2], room[3], room[6]
    ede, edg, ewe, ewg = room[7], room[8], room[9], room[10]
    gdg = gwg = 0.0
    current = False
    for j in range(x.shape[1]):
        if stratum[j] != s or not free[i, j]:
            continue
        if not current:
            gdg, gwg = _hold(rows, i, structure, inverse_, weighed, by_trace, g, dg, wg)
            current = True
        first, count = at[j], beside(x, i, j, problem, bases)
        bilinear(first, count, touch, bases, bases, inverse_, order[j], ede)
        linear(first, count, touch, bases, dg, order[j], edg)
        if by_trace:
            bilinear(first, count, touch, bases, bases, weighed, order[j], ewe)
            linear(first, count, touch, bases, wg, order[j], ewg)
        value, found = _best_value(x, i, j, problem, rules, fine, by_trace, trace, gdg, gwg, room)
        if found <= (-trace + LEAST * abs(trace) if by_trace else 1.0 + LEAST):
            continue
        move(x, rows, i, j, value, problem, d)
        _update(inverse_, weighed, by_trace, gdg, gwg, room)
        trace, current = -found, False
    return trace


@inner
def _hold(
    rows: Array,
    i: int,
    structure: Groups,
    inverse_: Array,
    weighed: Array,
    by_trace: bool,
    g: Array,
    dg: Array,
    wg: Array,
) -> tuple[float, float]:
    """What all coordinates of the run share: D g', W g' into place; g D g' - s and g W g'."""
    start, stop, vinv = structure
    outer, p = start.shape[0] - 1, g.shape[0]
    precision_times(vinv, rows, start[outer, i], stop[outer, i], i, g)
    dg[:] = 0.0
    wg[:] = 0.0
    for b in range(p):  # symmetric: by rows, which is faster
        share = g[b]
        for a in range(p):
            dg[a] += share * inverse_[b, a]
        if by_trace:
            for a in range(p):
                wg[a] += share * weighed[b, a]
    gdg, gwg = -vinv[i, i], 0.0
    for a in range(p):
        gdg += g[a] * dg[a]
        gwg += g[a] * wg[a]
    return gdg, gwg


@inner
def _best_value(
    x: Array,
    i: int,
    j: int,
    problem: Problem,
    rules: Rules,
    fine: bool,
    by_trace: bool,
    trace: float,
    gdg: float,
    gwg: float,
    room: RunRoom,
) -> tuple[float, float]:
    """The best value of a coordinate and its merit: the determinant's ratio, or minus the trace."""
    grid, levels, order, count = problem[6], problem[0][j], problem[5][j], problem[7][j]
    ede, edg, ewe, ewg, old, change, stack = (
        room[7],
        room[8],
        room[9],
        room[10],
        room[11],
        room[12],
        room[13],
    )
    now = x[i, j]
    for e in range(1, order + 1):
        old[e] = phi(levels, now, e)
    best, most = now, -trace if by_trace else 1.0
    middle = now
    for n in range(count + (ROUNDS if fine and problem[8][j] else 0)):
        if n >= count and (n - count) % 2 == 0:
            middle = best
        value = trial(grid, j, count, n, middle)
        if value == now or (n >= count and abs(value) > 1.0):
            continue
        alpha = y = u = 0.0
        beta = 1.0
        for e in range(1, order + 1):
            change[e] = phi(levels, value, e) - old[e]
        for e in range(1, order + 1):
            beta += change[e] * edg[e]
            for f in range(1, order + 1):
                alpha += change[e] * change[f] * ede[e, f]
        found = beta * beta - alpha * gdg
        if by_trace:
            for e in range(1, order + 1):
                y += change[e] * ewg[e]
                for f in range(1, order + 1):
                    u += change[e] * change[f] * ewe[e, f]
            if found < _TINY:
                continue
            found = -trace - (gdg * u - 2.0 * beta * y + alpha * gwg) / found
        if found > most:  # rules are asked last: most values are no better
            x[i, j] = value
            if holds(x[i], rules, stack):
                best, most = value, found
            x[i, j] = now
    return best, most


@inner
def _update(
    inverse_: Array, weighed: Array, by_trace: bool, gdg: float, gwg: float, room: RunRoom
) -> None:
    """Bring D and W up to date after the change d of the run's row; W's are of rank four."""
    dg, wg, d, dd, wd = room[1], room[2], room[3], room[4], room[5]
    p = d.shape[0]
    dd[:] = 0.0
    wd[:] = 0.0
    for b in range(p):
        if d[b] != 0.0:  # only the columns that hold the factor changed
            for a in range(p):
                dd[a] += d[b] * inverse_[b, a]
            if by_trace:
                for a in range(p):
                    wd[a] += d[b] * weighed[b, a]
    alpha = x = y = 0.0
    beta = 1.0
    for b in range(p):
        if d[b] != 0.0:
            alpha += d[b] * dd[b]
            beta += d[b] * dg[b]
            x += d[b] * wd[b]
            y += d[b] * wg[b]
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
