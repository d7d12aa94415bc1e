"""Settings that no other setting beats in every response: the Pareto front."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import qmc

from analysis.errors import ModelError
from analysis.search import pulled_in, starting_points
from analysis.surface import Region, Surface, level_choices, surface_of

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel
    from analysis.responses import ResponseSpec

_SPREAD = 12  # two to this power candidates of a Sobol sequence
_ROUNDS = 20
_CHILDREN = 8


@dataclass(frozen=True)
class ParetoFront:
    """The front over several responses.

    Attributes:
        table: A row per setting of the front, sorted by the first response, best first: a column
            per factor in its unit, then one per response with its expected value.
        goals: Response to "maximise", "minimise" or "target".
        sentence: What has to be traded, in words.
    """

    table: pd.DataFrame
    goals: dict[str, str]
    sentence: str


def non_dominated(losses: np.ndarray) -> np.ndarray:
    """Which rows no other row beats: as good in every column and better in one.

    Args:
        losses: Lower is better (n x m).

    Returns:
        True for the rows of the front (n); of equal rows all.
    """
    distinct, place = np.unique(losses, axis=0, return_inverse=True)  # sorted: none beats earlier
    if losses.shape[1] == 2:
        best = np.minimum.accumulate(distinct[:, 1])
        front = np.concatenate([[True], distinct[1:, 1] < best[:-1]])
    else:
        front = np.zeros(len(distinct), dtype=bool)
        kept, count = np.empty_like(distinct), 0
        for i, row in enumerate(distinct):
            if not np.any(np.all(kept[:count] <= row, axis=1)):
                front[i], kept[count], count = True, row, count + 1
    return np.asarray(front[place.ravel()])


def pareto_front(
    models: Mapping[str, ResponseModel],
    specs: Mapping[str, ResponseSpec],
    size: int = 60,
    seed: int = 0,
) -> ParetoFront:
    """The front of all responses with a goal, within the region of the runs and all limits.

    Dense candidates over the region, then rounds of small steps about the front found so far,
    each kept where nothing beats it; at the end thinned to points spread evenly along the front.

    Args:
        models: Fitted models by response, over the same factors.
        specs: Goals (two at least) and limits.
        size: Points of the front at most.
        seed: Of the steps.

    Raises:
        ModelError: Fewer than two responses have a goal, or no setting keeps the limits.
    """
    goals = {name: specs[name].goal for name in models if specs[name].goal != "none"}
    if len(goals) < 2:
        raise ModelError("A Pareto front needs two responses with a goal at least.")
    factors = next(iter(models.values())).factors
    region = Region.of(pd.concat([model.coded for model in models.values()]), factors)
    charts = [
        (levels, {name: surface_of(model, levels) for name, model in models.items()})
        for levels in level_choices(factors)
    ]
    rng = np.random.default_rng(seed)
    x, chart, losses = _first(charts, models, specs, goals, region)
    if len(x) == 0:
        raise ModelError("No setting within the tested region keeps every limit.")
    scale = np.ptp(losses, axis=0)
    x, chart, losses = _front(x, chart, losses)
    for round_ in range(_ROUNDS):
        step = 0.25 * 0.7**round_ * (region.high - region.low)
        parents = rng.integers(len(x), size=_CHILDREN * max(size, 100))
        children = pulled_in(x[parents] + step * rng.normal(size=(len(parents), len(step))), region)
        more = _judged(children, chart[parents], charts, models, specs, goals)
        joined = (np.concatenate(pair) for pair in zip((x, chart, losses), more, strict=True))
        x, chart, losses = _front(*joined)
        kept = _spread(losses / np.maximum(scale, 1e-300), max(4 * size, 200))
        x, chart, losses = x[kept], chart[kept], losses[kept]
    kept = _spread(losses / np.maximum(scale, 1e-300), size)
    return _told(x[kept], chart[kept], losses[kept], charts, models, goals)


def _first(
    charts: list[tuple[dict[str, str], dict[str, Surface]]],
    models: Mapping[str, ResponseModel],
    specs: Mapping[str, ResponseSpec],
    goals: Mapping[str, str],
    region: Region,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    starts = starting_points(region)
    if starts.shape[1]:
        sobol = 2 * qmc.Sobol(starts.shape[1], scramble=False).random_base2(_SPREAD) - 1
        middle, half = (region.low + region.high) / 2, (region.high - region.low) / 2
        starts = np.vstack([starts, pulled_in(middle + half * sobol, region)])
    x = np.tile(starts, (len(charts), 1))
    chart = np.repeat(np.arange(len(charts)), len(starts))
    return _judged(x, chart, charts, models, specs, goals)


def _judged(
    x: np.ndarray,
    chart: np.ndarray,
    charts: list[tuple[dict[str, str], dict[str, Surface]]],
    models: Mapping[str, ResponseModel],
    specs: Mapping[str, ResponseSpec],
    goals: Mapping[str, str],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points that keep every limit, their charts and their losses."""
    y = _responses(x, chart, charts, models)
    kept = np.ones(len(x), dtype=bool)
    for name, values in y.items():
        low, high = specs[name].low, specs[name].high
        kept &= values >= (-np.inf if low is None or goals.get(name) == "minimise" else low)
        kept &= values <= (np.inf if high is None or goals.get(name) == "maximise" else high)
    losses = np.column_stack([_loss(specs[name], y[name]) for name in goals])
    return x[kept], chart[kept], losses[kept]


def _responses(
    x: np.ndarray,
    chart: np.ndarray,
    charts: list[tuple[dict[str, str], dict[str, Surface]]],
    models: Mapping[str, ResponseModel],
) -> dict[str, np.ndarray]:
    y = {name: np.empty(len(x)) for name in models}
    for i, (_, surfaces) in enumerate(charts):
        for name, surface in surfaces.items():
            y[name][chart == i] = surface(x[chart == i])
    return y


def _loss(spec: ResponseSpec, y: np.ndarray) -> np.ndarray:
    if spec.goal == "target" and spec.target is not None:
        return np.abs(y - spec.target)
    return -y if spec.goal == "maximise" else y


def _front(
    x: np.ndarray, chart: np.ndarray, losses: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kept = non_dominated(losses)
    _, distinct = np.unique(losses[kept].round(12), axis=0, return_index=True)
    at = np.flatnonzero(kept)[np.sort(distinct)]
    return x[at], chart[at], losses[at]


def _spread(losses: np.ndarray, size: int) -> np.ndarray:
    """Points far from each other, the best in each response first."""
    if len(losses) <= size:
        return np.arange(len(losses))
    chosen = list(dict.fromkeys(int(i) for i in np.argmin(losses, axis=0)))
    nearest = np.min([np.linalg.norm(losses - losses[i], axis=1) for i in chosen], axis=0)
    while len(chosen) < size:
        far = int(np.argmax(nearest))
        chosen.append(far)
        nearest = np.minimum(nearest, np.linalg.norm(losses - losses[far], axis=1))
    return np.array(chosen)


def _told(
    x: np.ndarray,
    chart: np.ndarray,
    losses: np.ndarray,
    charts: list[tuple[dict[str, str], dict[str, Surface]]],
    models: Mapping[str, ResponseModel],
    goals: Mapping[str, str],
) -> ParetoFront:
    factors = next(iter(models.values())).factors
    coded = pd.DataFrame(x, columns=list(factors.numeric))
    for name in factors.categorical:
        coded[name] = [charts[i][0][name] for i in chart]
    table = factors.to_actual(coded)
    for name, values in _responses(x, chart, charts, models).items():
        table[name] = values
    table = table.iloc[np.lexsort(losses.T[::-1])].reset_index(drop=True)
    first, *others = goals
    if len(table) == 1:
        sentence = "One setting is best in every response; nothing has to be traded."
    else:
        ends = ", ".join(
            f"{name} from {table[name].iloc[0]:.4g} to {table[name].iloc[-1]:.4g}"
            for name in others
        )
        sentence = (
            f"Along the front {first} goes from {table[first].iloc[0]:.4g} (best) to "
            f"{table[first].iloc[-1]:.4g} while {ends}."
        )
    return ParetoFront(table, dict(goals), sentence)
