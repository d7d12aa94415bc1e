"""Coordinate exchange, compiled: sweeps over all coordinates until none can be bettered.

Meyer & Nachtsheim, Technometrics 37 (1995) 60.
"""

from __future__ import annotations

import numpy as np

from designs.optimal._algebra import refresh
from designs.optimal._compile import kernel
from designs.optimal._group import group_room, visit_group
from designs.optimal._points import model_rows
from designs.optimal._run import run_room, visit_run
from designs.optimal._types import Array, Criterion, Groups, Problem, Rules


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
    alone, grouped = run_room(functions, p), group_room(largest, functions, p)
    inverse_, weighed = np.zeros((p, p)), np.zeros((p, p))
    rows = model_rows(x, levels, parts)
    value = refresh(rows, criterion, structure, inverse_, weighed)
    for _ in range(most_sweeps):
        if value == -np.inf:
            break
        before, trace = value, -value
        for s in range(used.shape[0] - 1, -1, -1):  # hard factors first
            for i in range(x.shape[0]):
                if not used[s] or start[s, i] != i:
                    continue
                if stop[s, i] - i == 1:
                    trace = visit_run(
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
                        alone,
                    )
                else:
                    trace = visit_group(
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
                        grouped,
                    )
        value = refresh(rows, criterion, structure, inverse_, weighed)
        if value - before < (least * abs(before) if by_trace else least):
            break
    return float(value)
