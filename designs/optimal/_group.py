"""The coordinates of a group of runs, compiled: what a new value does to the criterion.

A coordinate is the value of one factor in one group of runs: a single run, or a sub-plot or whole
plot where the factor is hard to change. In a group the model's rows are linear in the factor's
basis functions (powers, or indicators of levels), so that for m rows of a group

    E(x) = sum over functions e of (phi_e(x) - phi_e(x_now)) U_e            (m x p)

is how the rows change. With information M = P + X'V⁻¹X, inverse D, G = (V⁻¹X) of the group and
S = (V⁻¹) of the group, the change is of rank 2m, and by Woodbury's identity

    A = [[E D E', I + E D G'], [I + G D E', G D G' - S]]
    det M(x) / det M = (-1)^m det A
    tr(L D(x)) = tr(L D) - tr(A⁻¹ F'WF),   F = [E', G'],  W = D L D

Everything but E is known before x is, which makes trying a value cheap: O(m³) whatever p is.
Meyer & Nachtsheim, Technometrics 37 (1995) 60; Jones & Goos, Appl. Stat. 56 (2007) 347.
"""

from __future__ import annotations

import numpy as np

from designs.optimal._algebra import precision_times, refresh, solved
from designs.optimal._compile import inner
from designs.optimal._forms import LEAST, ROUNDS, beside, bilinear, linear, move, trial
from designs.optimal._points import DEEPEST, holds, phi
from designs.optimal._types import (
    Array,
    Criterion,
    Forms,
    GroupRoom,
    Groups,
    Held,
    Problem,
    Rules,
    Work,
)

_TINY = 1e-12
_WORST = 1e300


@inner
def group_room(runs: int, functions: int, p: int) -> GroupRoom:
    """Room for the work on groups of so many runs."""
    double, single = (runs, runs, functions, functions), (runs, runs, functions)
    square, both = (runs, runs), (2 * runs, 2 * runs)
    forms = (
        np.zeros(double),
        np.zeros(single),
        np.zeros(square),
        np.zeros(double),
        np.zeros(single),
        np.zeros(square),
    )
    held = (np.zeros((runs, p)), np.zeros((runs, p)))
    work = (
        np.zeros(functions),
        np.zeros(functions),
        np.zeros(both),
        np.zeros(both),
        np.zeros(DEEPEST),
    )
    return forms, held, work, np.zeros((runs, p)), np.zeros((runs, p)), np.zeros(p)


@inner
def visit_group(
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
    room: GroupRoom,
) -> float:
    """Try new values for every factor of stratum s in the group that begins at run i.

    Returns:
        tr(L D) afterwards.
    """
    stratum, free = problem[9], problem[10]
    first, last, by_trace = structure[0][s, i], structure[1][s, i], criterion[2]
    forms, held, work, g, bases, d = room
    current = False
    for j in range(x.shape[1]):
        if stratum[j] != s or not free[i, j]:
            continue
        if not current:
            _hold(rows, first, last, structure, inverse_, weighed, by_trace, held, forms, g)
            current = True
        _forms(x, first, last, j, problem, inverse_, weighed, by_trace, held, forms, bases)
        value, found = _best_value(
            x, first, last, j, problem, rules, forms, by_trace, trace, fine, work
        )
        if found <= (-trace + LEAST * abs(trace) if by_trace else 1.0 + LEAST):
            continue
        for r in range(first, last):
            move(x, rows, r, j, value, problem, d)
        trace, current = -refresh(rows, criterion, structure, inverse_, weighed), False
    return trace


@inner
def _allowed(
    x: Array, first: int, last: int, j: int, value: float, rules: Rules, stack: Array
) -> bool:
    """Whether the runs of a group may have a value."""
    now, good = x[first, j], True
    for r in range(first, last):
        x[r, j] = value
        good = good and holds(x[r], rules, stack)
        x[r, j] = now
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
    grid, levels, order, count = problem[6], problem[0][j], problem[5][j], problem[7][j]
    change, old, a, b, stack = work
    now, m = x[first, j], last - first
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
        for e in range(1, order + 1):
            change[e] = phi(levels, value, e) - old[e]
        found = _merit(change, forms, m, order, by_trace, trace, a, b)
        if found > most and _allowed(x, first, last, j, value, rules, stack):
            best, most = value, found
    return best, most


@inner
def _merit(
    change: Array,
    forms: Forms,
    m: int,
    order: int,
    by_trace: bool,
    trace: float,
    a: Array,
    b: Array,
) -> float:
    """Criterion after a change: the determinant's ratio, or minus the trace.

    ``forms``: E D E', E D G', G D G' - S, and E W E', E W G', G W G', by functions and runs.
    """
    ede, edg, gdg, ewe, ewg, gwg = forms
    for r in range(m):
        for s in range(m):
            alpha = beta = x = y = 0.0
            for e in range(1, order + 1):
                d = change[e]
                beta += d * edg[r, s, e]
                y += d * ewg[r, s, e]
                for f in range(1, order + 1):
                    alpha += d * change[f] * ede[r, s, e, f]
                    x += d * change[f] * ewe[r, s, e, f]
            one = 1.0 if r == s else 0.0
            a[r, s], b[r, s] = alpha, x
            a[r, m + s] = a[m + s, r] = one + beta
            b[r, m + s] = b[m + s, r] = y
            a[m + r, m + s], b[m + r, m + s] = gdg[r, s], gwg[r, s]
    ratio = solved(a, 2 * m, b)
    ratio = -ratio if m % 2 else ratio
    if not by_trace:
        return ratio
    if ratio < _TINY:
        return -_WORST
    left = trace
    for r in range(2 * m):
        left -= b[r, r]
    return -left


@inner
def _forms(
    x: Array,
    first: int,
    last: int,
    j: int,
    problem: Problem,
    inverse_: Array,
    weighed: Array,
    by_trace: bool,
    held: Held,
    forms: Forms,
    bases: Array,
) -> None:
    """All that does not depend on the new value: forms by runs and functions of factor j."""
    touch, order = problem[2], problem[5][j]
    at, m = problem[4][j], last - first
    dg, wg = held
    ede, edg, _, ewe, ewg, _ = forms
    count = 0
    for r in range(m):
        count = beside(x, first + r, j, problem, bases[r])
    for r in range(m):
        for s in range(m):
            bilinear(at, count, touch, bases[r], bases[s], inverse_, order, ede[r, s])
            linear(at, count, touch, bases[r], dg[s], order, edg[r, s])
            if by_trace:
                bilinear(at, count, touch, bases[r], bases[s], weighed, order, ewe[r, s])
                linear(at, count, touch, bases[r], wg[s], order, ewg[r, s])


@inner
def _hold(
    rows: Array,
    first: int,
    last: int,
    structure: Groups,
    inverse_: Array,
    weighed: Array,
    by_trace: bool,
    held: Held,
    forms: Forms,
    g: Array,
) -> None:
    """What depends on the group alone: D G', W G', G D G' - S and G W G'."""
    start, stop, vinv = structure
    outer, p, m = start.shape[0] - 1, rows.shape[1], last - first
    dg, wg = held
    gdg, gwg = forms[2], forms[5]
    for r in range(m):
        i = first + r
        precision_times(vinv, rows, start[outer, i], stop[outer, i], i, g[r])
        dg[r] = 0.0
        wg[r] = 0.0
        for b in range(p):  # symmetric: by rows, which is faster
            share = g[r, b]
            for a in range(p):
                dg[r, a] += share * inverse_[b, a]
            if by_trace:
                for a in range(p):
                    wg[r, a] += share * weighed[b, a]
    for r in range(m):
        for s in range(m):
            left, right = -vinv[first + r, first + s], 0.0
            for a in range(p):
                left += g[r, a] * dg[s, a]
                right += g[r, a] * wg[s, a]
            gdg[r, s], gwg[r, s] = left, right
