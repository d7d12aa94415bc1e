"""What a new value of one coordinate does to the criterion, compiled.

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

from designs.optimal._algebra import precision_times, solved
from designs.optimal._compile import inner
from designs.optimal._points import phi
from designs.optimal._types import Array, Forms, Groups, Held, Problem, Whole

_TINY = 1e-12
_WORST = 1e300


@inner
def _bases(x: Array, i: int, j: int, problem: Problem, bases: Array) -> int:
    """U_e of one run: of each column that holds factor j, the product of its other factors."""
    levels, touch_other = problem[0], problem[3]
    first, last = problem[4][j], problem[4][j + 1]
    for t in range(first, last):
        value = 1.0
        for w in range(touch_other.shape[1]):
            other = touch_other[t, w, 0]
            if other >= 0:
                value *= phi(levels[other], x[i, other], touch_other[t, w, 1])
        bases[t - first] = value
    return int(last - first)


@inner
def _forms(
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
        for t in range(count):
            f = touch[first + t, 1]
            out[e, f] += left[s] * right[t] * matrix[column, touch[first + t, 0]]


@inner
def _mixed(
    first: int, count: int, touch: Whole, bases: Array, vector: Array, order: int, out: Array
) -> None:
    """U_e v for every function e of a factor."""
    out[: order + 1] = 0.0
    for t in range(count):
        out[touch[first + t, 1]] += bases[t] * vector[touch[first + t, 0]]


@inner
def merit(
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
    if m == 1:
        alpha = beta = x = y = 0.0
        for e in range(1, order + 1):
            d = change[e]
            if d == 0.0:
                continue
            beta += d * edg[0, 0, e]
            y += d * ewg[0, 0, e]
            for f in range(1, order + 1):
                alpha += d * change[f] * ede[0, 0, e, f]
                x += d * change[f] * ewe[0, 0, e, f]
        ratio = (1.0 + beta) ** 2 - alpha * gdg[0, 0]
        if not by_trace:
            return float(ratio)
        if ratio < _TINY:
            return -_WORST
        more = gdg[0, 0] * x - 2.0 * (1.0 + beta) * y + alpha * gwg[0, 0]
        return -trace - float(more) / float(ratio)
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
def group_forms(
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
        count = _bases(x, first + r, j, problem, bases[r])
    for r in range(m):
        for s in range(m):
            _forms(at, count, touch, bases[r], bases[s], inverse_, order, ede[r, s])
            _mixed(at, count, touch, bases[r], dg[s], order, edg[r, s])
            if by_trace:
                _forms(at, count, touch, bases[r], bases[s], weighed, order, ewe[r, s])
                _mixed(at, count, touch, bases[r], wg[s], order, ewg[r, s])


@inner
def hold(
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
