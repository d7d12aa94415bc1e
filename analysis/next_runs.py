"""Where to run next, from what was measured: uphill, at the best setting, where most may be won."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm, qmc

from analysis.canonical import steepest_ascent
from analysis.desirability import Desire, desire, overall
from analysis.errors import ModelError
from analysis.gaussian_process import GaussianProcess, expected_improvement, fit_process
from designs.evaluation.prediction import region_points, vertices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.responses import ResponseSpec
    from analysis.study import Study
    from designs import Factors

_CANDIDATES = 2048
_DRAWS = 256
_ROOM = 0.5
"""Beyond the best value seen, as a share of the range seen: room for better ones."""


def uphill(study: Study, response: str, count: int, step: float = 0.5) -> pd.DataFrame:
    """Runs on the path of steepest ascent (descent where the response is to be small).

    Args:
        study: The analysis; its model of the response gives the path.
        response: Which.
        count: How many runs, the first one step from the centre.
        step: Between runs, in coded units.

    Returns:
        Coded points, beyond the bounds of the factors when the path leads there; fewer than
        asked for where it would make negative what never is.

    Raises:
        ModelError: There is no model, or it knows no way up.
    """
    if response not in study.responses:
        raise ModelError(f"{response} has no model, so there is no way up")
    part, factors = study.responses[response], study.factors
    goal = part.spec.goal
    fixed = {} if study.optimum is None else study.optimum.settings
    levels = {name: str(fixed.get(name, f.levels[0])) for name, f in factors.categorical.items()}
    distances = [step * number for number in range(1, count + 1)]
    path = steepest_ascent(part.model, levels, descend=goal == "minimise", distances=distances)
    if not path:
        raise ModelError(f"the model of {response} is flat; there is no way up")
    rows = [{name: s.coded.get(name, levels.get(name, 0.0)) for name in factors} for s in path]
    points = pd.DataFrame(rows)
    possible = np.logical_and.accumulate(_possible(factors.to_actual(points), factors))
    if not possible[0]:
        raise ModelError("the first step uphill leads to a negative value; take a smaller one")
    return points[possible].assign(point="given")


def _possible(actual: pd.DataFrame, factors: Factors) -> NDArray[np.bool_]:
    """Runs without a negative value of a factor whose bounds are not negative."""
    never = [name for name, factor in factors.continuous.items() if factor.low >= 0]
    return np.asarray((actual[never] >= 0).all(axis=1))


def confirmation(study: Study, count: int) -> pd.DataFrame:
    """Runs at the best setting found.

    Raises:
        ModelError: No best setting was found.
    """
    if study.optimum is None:
        raise ModelError("no best setting was found, so there is none to confirm")
    return pd.DataFrame([dict(study.optimum.coded)] * count).assign(point="given")


def most_promising(
    table: pd.DataFrame, factors: Factors, specs: Mapping[str, ResponseSpec], count: int
) -> pd.DataFrame:
    """Runs where the goals may be met better than anywhere so far.

    A Gaussian process for each response; the expected improvement of the response, or of the
    overall desirability of several or limited ones. After each choice the processes take its
    expectation for seen ("kriging believer"), so that the next goes elsewhere.

    Args:
        table: A row per run: factors in their units, responses; empty where a run was lost.
        factors: The factors.
        specs: The responses with their goals and limits.
        count: Runs to propose.

    Raises:
        ModelError: No response has a goal, or too little was measured.
    """
    wanted = {n: s for n, s in specs.items() if s.goal != "none" or _limited(s)}
    if all(spec.goal == "none" for spec in wanted.values()):
        raise ModelError("no response has a goal, so no run is more promising than another")
    measured = table.dropna(subset=list(wanted))
    seen = factors.to_coded(measured)
    try:
        processes = [fit_process(_inputs(seen, factors), measured[n].to_numpy()) for n in wanted]
    except ValueError as error:
        raise ModelError(f"too little was measured to learn from: {error}") from error
    places = pd.concat([region_points(factors, _CANDIDATES), vertices(factors)], ignore_index=True)
    inputs, chosen = _inputs(places, factors), []
    for _ in range(count):
        gains = _improvement(processes, list(wanted.values()), inputs)
        best = int(np.argmax(gains))
        chosen.append(best)
        at = inputs[best : best + 1]
        processes = [process.given(at, process.predict(at)[0]) for process in processes]
    return places.iloc[chosen].reset_index(drop=True).round(3).assign(point="given")


def _limited(spec: ResponseSpec) -> bool:
    return spec.low is not None or spec.high is not None


def _improvement(
    processes: Sequence[GaussianProcess],
    specs: Sequence[ResponseSpec],
    places: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Expected improvement at each place over the best expectation at the runs so far."""
    found = [process.predict(places) for process in processes]
    seen = [process.predict(process.x)[0] for process in processes]
    if len(specs) == 1 and specs[0].goal in ("maximise", "minimise") and not _limited(specs[0]):
        sign = 1.0 if specs[0].goal == "maximise" else -1.0
        return expected_improvement(sign * found[0][0], found[0][1], float((sign * seen[0]).max()))
    desires = [_desire(spec, values) for spec, values in zip(specs, seen, strict=True)]
    best = float(overall(desires, seen).max())
    draws = norm.ppf(qmc.Sobol(len(specs), scramble=True, rng=1).random(_DRAWS))
    total = np.zeros(len(places))
    for draw in draws:
        values = [mean + sd * z for (mean, sd), z in zip(found, draw, strict=True)]
        total += np.maximum(overall(desires, values) - best, 0.0)
    return total / _DRAWS


def _desire(spec: ResponseSpec, values: NDArray[np.float64]) -> Desire:
    room = _ROOM * float(np.ptp(values))
    return desire(spec, float(values.min()) - room, float(values.max()) + room)


def _inputs(coded: pd.DataFrame, factors: Factors) -> NDArray[np.float64]:
    """Numbers for a process: coded levels, and an indicator for each level of a category."""
    columns = []
    for name in factors:
        if name in factors.categorical:
            levels = factors.categorical[name].levels
            columns += [(coded[name] == level).to_numpy(dtype=np.float64) for level in levels]
        else:
            columns.append(coded[name].to_numpy(dtype=np.float64))
    return np.column_stack(columns)
