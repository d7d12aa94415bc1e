"""Coordinate exchange, compiled.

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

from designs.optimal._algebra import information, inverse, precision_times, solved
from designs.optimal._compile import kernel
from designs.optimal._points import holds, model_rows, phi

_TINY = 1e-12
_WORST = 1e300


@kernel
def _bases(x, i, j, problem, bases):
    """U_e of one run: of each column that holds factor j, the product of its other factors."""
    levels, _, touch, touch_other = problem[0], problem[1], problem[2], problem[3]
    first, last = problem[4][j], problem[4][j + 1]
    for t in range(first, last):
        value = 1.0
        for w in range(touch_other.shape[1]):
            other = touch_other[t, w, 0]
            if other >= 0:
                value *= phi(levels[other], x[i, other], touch_other[t, w, 1])
        bases[t - first] = value
    return last - first


@kernel
def _forms(first, count, touch, left, right, matrix, order, out):
    """U_e M U_f' for every two functions e and f of a factor, from two runs' bases."""
    out[: order + 1, : order + 1] = 0.0
    for s in range(count):
        column, e = touch[first + s, 0], touch[first + s, 1]
        for t in range(count):
            f = touch[first + t, 1]
            out[e, f] += left[s] * right[t] * matrix[column, touch[first + t, 0]]


@kernel
def _mixed(first, count, touch, bases, vector, order, out):
    """U_e v for every function e of a factor."""
    out[: order + 1] = 0.0
    for t in range(count):
        out[touch[first + t, 1]] += bases[t] * vector[touch[first + t, 0]]


@kernel
def _merit(change, forms, m, order, by_trace, trace, a, b):
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
            return ratio
        if ratio < _TINY:
            return -_WORST
        return -(trace + (gdg[0, 0] * x - 2.0 * (1.0 + beta) * y + alpha * gwg[0, 0]) / ratio)
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


@kernel
def _allowed(x, first, last, j, value, rules):
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


@kernel
def _best_value(x, first, last, j, problem, rules, forms, by_trace, trace, fine, work):
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
        merit = _merit(change, forms, m, order, by_trace, trace, a, b)
        if merit > most:
            best, most = value, merit
    return best, most


@kernel
def _group_forms(x, first, last, j, problem, inverse_, weighed, by_trace, held, forms, bases):
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


@kernel
def _hold(rows, first, last, structure, inverse_, weighed, by_trace, held, forms, g):
    """What depends on the group alone: D G', W G', G D G' - S and G W G'."""
    start, stop, vinv = structure
    outer, p, m = start.shape[0] - 1, rows.shape[1], last - first
    dg, wg = held
    gdg, gwg = forms[2], forms[5]
    for r in range(m):
        i = first + r
        precision_times(vinv, rows, start[outer, i], stop[outer, i], i, g[r])
        for a in range(p):
            left, right = 0.0, 0.0
            for b in range(p):
                left += inverse_[a, b] * g[r, b]
            if by_trace:
                for b in range(p):
                    right += weighed[a, b] * g[r, b]
            dg[r, a], wg[r, a] = left, right
    for r in range(m):
        for s in range(m):
            left, right = -vinv[first + r, first + s], 0.0
            for a in range(p):
                left += g[r, a] * dg[s, a]
                right += g[r, a] * wg[s, a]
            gdg[r, s], gwg[r, s] = left, right


@kernel
def _update(d, g, inverse_, weighed, by_trace, gdg, gwg, dg, wg):
    """Bring D and W up to date after the change d of one run's row; W's are of rank four."""
    p = d.shape[0]
    dd, wd = np.zeros(p), np.zeros(p)
    for a in range(p):
        for b in range(p):
            if d[b] != 0.0:
                dd[a] += inverse_[a, b] * d[b]
                if by_trace:
                    wd[a] += weighed[a, b] * d[b]
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


@kernel
def _refresh(rows, criterion, structure, inverse_, weighed):
    """D, W and the criterion's value from the rows alone; -inf where the model is singular."""
    prior, loss, by_trace = criterion
    start, stop, vinv = structure
    log_determinant = inverse(information(rows, prior, vinv, start, stop), inverse_)
    if log_determinant == -np.inf or not by_trace:
        return log_determinant
    product = np.dot(inverse_, loss)
    weighed[:] = np.dot(product, inverse_)
    return -np.trace(product)


@kernel
def _move(x, rows, first, last, j, value, problem, d):
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


@kernel
def exchange(x, problem, structure, rules, criterion, fine, most_sweeps, least):
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
    stratum, free = problem[9], problem[10]
    start, stop, vinv = structure
    by_trace = criterion[2]
    n, k = x.shape
    p = parts.shape[0]
    largest = 1
    for s in range(start.shape[0]):
        for i in range(n):
            if (stratum == s).any():
                largest = max(largest, stop[s, i] - start[s, i])
    functions = order.max() + 1
    shape = (largest, largest, functions)
    forms = (
        np.zeros((largest, largest, functions, functions)),
        np.zeros(shape),
        np.zeros((largest, largest)),
        np.zeros((largest, largest, functions, functions)),
        np.zeros(shape),
        np.zeros((largest, largest)),
    )
    held = (np.zeros((largest, p)), np.zeros((largest, p)))
    g, bases = np.zeros((largest, p)), np.zeros((largest, p))
    work = (
        np.zeros(functions),
        np.zeros((2 * largest, 2 * largest)),
        np.zeros((2 * largest, 2 * largest)),
    )
    inverse_, weighed = np.zeros((p, p)), np.zeros((p, p))
    rows = model_rows(x, levels, parts)
    value = _refresh(rows, criterion, structure, inverse_, weighed)
    d = np.zeros(p)
    for _ in range(most_sweeps):
        if value == -np.inf:
            break
        before = value
        trace = -value
        for s in range(start.shape[0] - 1, -1, -1):
            if not (stratum == s).any():
                continue
            for i in range(n):
                if start[s, i] != i:
                    continue
                first, last = start[s, i], stop[s, i]
                current = False
                for j in range(k):
                    if stratum[j] != s or not free[i, j]:
                        continue
                    if not current:
                        _hold(
                            rows,
                            first,
                            last,
                            structure,
                            inverse_,
                            weighed,
                            by_trace,
                            held,
                            forms,
                            g,
                        )
                        current = True
                    _group_forms(
                        x, first, last, j, problem, inverse_, weighed, by_trace, held, forms, bases
                    )
                    best, merit = _best_value(
                        x, first, last, j, problem, rules, forms, by_trace, trace, fine, work
                    )
                    if merit <= (-trace + 1e-9 * abs(trace) if by_trace else 1.0 + 1e-9):
                        continue
                    _move(x, rows, first, last, j, best, problem, d)
                    if last - first == 1:
                        _update(
                            d,
                            g[0],
                            inverse_,
                            weighed,
                            by_trace,
                            forms[2][0, 0],
                            forms[5][0, 0],
                            held[0][0],
                            held[1][0],
                        )
                        trace = -merit
                    else:
                        trace = -_refresh(rows, criterion, structure, inverse_, weighed)
                    current = False
        value = _refresh(rows, criterion, structure, inverse_, weighed)
        if value - before < (least * abs(before) if by_trace else least):
            break
    return value
