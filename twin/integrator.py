"""Time integration: RODAS, a stiff one-step method, compiled once for each organism.

RODAS (Hairer & Wanner 1996, Solving Ordinary Differential Equations II, section IV.7) is an
L-stable Rosenbrock method of order 4 with an embedded order 3. It suits a vessel because it needs
no history: a bolus is a new initial value, and the length of the last step is a good first guess.
Dissolved oxygen is stiff (it follows kLa within seconds, and E. coli's affinity for oxygen is
1e-4 % air saturation), hence an implicit method.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from twin import broth
from twin._kernel import kernel, specialised

Vector: TypeAlias = NDArray[np.float64]
Record: TypeAlias = NDArray[np.void]
Derivatives: TypeAlias = Callable[[Vector, Any, Any, Vector, Vector, Vector], None]
ClimateOf: TypeAlias = Callable[[Vector, Any, Any, Vector], None]
Advance: TypeAlias = Callable[[Vector, Record, Record, Vector, float, float], float]
AdvanceAll: TypeAlias = Callable[
    [Vector, Record, Record, Vector, Vector, NDArray[np.int64], Vector], int
]


class Integrator(NamedTuple):
    """:func:`advance` and :func:`advance_all` for one organism."""

    one: Advance
    several: AdvanceAll


# clocks[:, ...]: what several cultures keep in mind between two calls
LIVED = 0  # s
STEP = 1  # h, to try first

# a whole fed-batch stays within about 2e-4 of a solution at 1e-9, far below any instrument
RELATIVE = 1e-4
ABSOLUTE = 1e-5
SHORTEST_H = 1e-11
GAMMA = 0.25
STAGES = 6
A = np.zeros((STAGES, STAGES))
A[1, :1] = 1.544
A[2, :2] = 0.9466785280815826, 0.2557011698983284
A[3, :3] = 3.314825187068521, 2.896124015972201, 0.9986419139977817
A[4, :4] = 1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950
A[5, :5] = *A[4, :4], 1.0
C = np.zeros((STAGES, STAGES))
C[1, :1] = -5.6688
C[2, :2] = -2.430093356833875, -0.2063599157091915
C[3, :3] = -0.1073529058151375, -9.594562251023355, -20.47028614809616
C[4, :4] = 7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160
C[5, :5] = (
    8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136,
    -6.058818238834054,
)  # fmt: skip


derivatives = cast(Derivatives, None)
"""Stands for an organism's own rates, which are bound under this name: :func:`integrator_for`."""
climate_of = cast(ClimateOf, None)
"""Stands for its climate: the powers and exponentials of a state, which cost the most."""


def iteration_matrix(
    state: Vector, organism: Any, vessel: Any, conditions: Vector, climate: Vector,
    shifted: Vector, slope: Vector, step_h: float, matrix: Vector, scratch: Vector,
) -> None:  # fmt: skip
    """I/(gamma h) minus the Jacobian by forward differences, into ``matrix`` [n, n]."""
    n = slope.size
    for j in range(n):
        kept = state[j]
        shift = 1e-7 * abs(kept) + 1e-9
        state[j] = kept + shift
        shift = state[j] - kept  # what the float really moved by
        if j == broth.TEMPERATURE or j == broth.ALKALINITY or j == broth.CARBON:
            climate_of(state, organism, vessel, shifted)
            derivatives(state, organism, vessel, conditions, shifted, scratch)
        else:
            derivatives(state, organism, vessel, conditions, climate, scratch)
        state[j] = kept
        for i in range(n):
            matrix[i, j] = (slope[i] - scratch[i]) / shift
        matrix[j, j] += 1.0 / (GAMMA * step_h)


@kernel
def factorise(matrix: Vector, pivots: NDArray[np.int64]) -> None:
    """LU with row pivoting, in place."""
    n = pivots.size
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(matrix[i, k]) > abs(matrix[best, k]):
                best = i
        pivots[k] = best
        if best != k:
            for j in range(n):
                matrix[k, j], matrix[best, j] = matrix[best, j], matrix[k, j]
        for i in range(k + 1, n):
            matrix[i, k] /= matrix[k, k]
            share = matrix[i, k]
            if share != 0.0:
                for j in range(k + 1, n):
                    matrix[i, j] -= share * matrix[k, j]


@kernel
def substitute(matrix: Vector, pivots: NDArray[np.int64], vector: Vector) -> None:
    """Solve with the factors of :func:`factorise`, in place."""
    n = pivots.size
    for k in range(n):
        best = pivots[k]
        vector[k], vector[best] = vector[best], vector[k]
    for i in range(1, n):
        for j in range(i):
            vector[i] -= matrix[i, j] * vector[j]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            vector[i] -= matrix[i, j] * vector[j]
        vector[i] /= matrix[i, i]


def attempt(
    state: Vector, organism: Any, vessel: Any, conditions: Vector, step_h: float,
    proposal: Vector, stages: Vector, matrix: Vector, pivots: NDArray[np.int64],
) -> float:  # fmt: skip
    """One step of ``step_h`` into ``proposal``; returns its error in units of the tolerance."""
    n = pivots.size
    slope, climate, shifted = np.empty(n), np.empty(broth.CLIMATE), np.empty(broth.CLIMATE)
    climate_of(state, organism, vessel, climate)
    derivatives(state, organism, vessel, conditions, climate, slope)
    iteration_matrix(
        state, organism, vessel, conditions, climate, shifted, slope, step_h, matrix,
        stages[STAGES - 1],
    )  # fmt: skip
    factorise(matrix, pivots)
    proposal[n:] = state[n:]
    for s in range(STAGES):
        if s > 0:
            for i in range(n):
                value = state[i]
                for j in range(s):
                    value += A[s, j] * stages[j, i]
                proposal[i] = value
            climate_of(proposal, organism, vessel, climate)
            derivatives(proposal, organism, vessel, conditions, climate, slope)
        for i in range(n):
            value = slope[i]
            for j in range(s):
                value += C[s, j] / step_h * stages[j, i]
            stages[s, i] = value
        substitute(matrix, pivots, stages[s])
    worst = 0.0
    for i in range(n):
        error = stages[STAGES - 1, i]
        proposal[i] += error
        size = max(abs(state[i]), abs(proposal[i]))
        if not math.isfinite(proposal[i]):
            return math.inf
        worst = max(worst, abs(error) / (ABSOLUTE + RELATIVE * size))
    return worst


def advance(
    state: Vector, organism: Record, vessel: Record, conditions: Vector, step_h: float,
    span_h: float,
) -> float:  # fmt: skip
    """Move ``state`` on by ``span_h``, in place.

    Args:
        state: the state vector of :mod:`twin.broth`.
        organism: the organism's parameters, one record.
        vessel: the vessel's parameters, one record.
        conditions: what the vessel's controls stand at (:mod:`twin.broth`).
        step_h: the first step to try, h.
        span_h: how far to go, h.

    Returns:
        The step to try first next time, h; negative if no step was short enough.
    """
    n = state.size - broth.INERT
    proposal, stages = np.empty(state.size), np.empty((STAGES, n))
    matrix, pivots = np.empty((n, n)), np.empty(n, dtype=np.int64)
    left_h = span_h
    while left_h > SHORTEST_H:
        conditions[broth.KLA] = broth.gas_transfer(vessel[0], conditions, state[-broth.INERT])
        last = step_h >= left_h
        this_h = left_h if last else step_h
        error = attempt(
            state, organism[0], vessel[0], conditions, this_h, proposal, stages, matrix, pivots
        )
        good = error <= 1.0
        next_h = this_h * (min(5.0, max(0.2, 0.9 * max(error, 1e-4) ** -0.25)) if good else 0.3)
        if good:
            state[:n] = proposal[:n]
            broth.settle(state, vessel[0], this_h)
            left_h -= this_h
        step_h = max(step_h, next_h) if last and good else next_h
        if step_h < SHORTEST_H:
            return -1.0
    return step_h


def advance_all(
    states: Vector, organisms: Record, vessels: Record, conditions: Vector, clocks: Vector,
    rows: NDArray[np.int64], until_s: Vector,
) -> int:  # fmt: skip
    """:func:`advance` for some of the cultures that stand side by side, one a row.

    Args:
        states: [cultures, states], in place.
        organisms: one record a culture.
        vessels: one record a culture.
        conditions: [cultures, conditions].
        clocks: [cultures, 2], what each has lived and the step it tries next, in place.
        rows: which are to live on.
        until_s: [cultures], until when.

    Returns:
        The row that could not be integrated on; negative if there was none.
    """
    for row in rows:
        step_h = advance(
            states[row], organisms[row : row + 1], vessels[row : row + 1], conditions[row],
            clocks[row, STEP], (until_s[row] - clocks[row, LIVED]) / 3600.0,
        )  # fmt: skip
        if step_h < 0.0:
            return int(row)
        clocks[row, STEP] = step_h
        clocks[row, LIVED] = until_s[row]
    return -1


def integrator_for(name: str, rates: Derivatives, climate: ClimateOf) -> Integrator:
    """Both, compiled on first use for the rates of one organism."""
    fine_matrix = specialised(iteration_matrix, name, derivatives=rates, climate_of=climate)
    fine_attempt = specialised(
        attempt, name, derivatives=rates, climate_of=climate, iteration_matrix=fine_matrix
    )
    fine_advance = specialised(advance, name, attempt=fine_attempt)
    return Integrator(fine_advance, specialised(advance_all, name, advance=fine_advance))
