"""The best setting within the region of the runs, for one response or several at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.canonical import actual_settings
from analysis.desirability import Desire, desire, overall
from analysis.evidence import shows_an_effect
from analysis.search import best_point
from analysis.surface import Region, Surface, level_choices, surface_of
from analysis.wording import listing, quantity, setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.response_model import ResponseModel
    from analysis.responses import ResponseSpec
    from designs import Factors

_EDGE = 1e-6  # coded distance from a bound that counts as on it


@dataclass(frozen=True)
class Prediction:
    """What a model predicts at one setting.

    Attributes:
        mean: Expected response.
        se: Its standard error; None, as all below, when the fit leaves no error estimate.
        ci_low: 95 % confidence interval of the mean, lower end.
        ci_high: Upper end.
        pi_low: 95 % prediction interval of one new run, lower end.
        pi_high: Upper end.
    """

    mean: float
    se: float | None
    ci_low: float | None
    ci_high: float | None
    pi_low: float | None
    pi_high: float | None


@dataclass(frozen=True)
class Optimum:
    """The best setting found and what is predicted there.

    Attributes:
        goals: Response to "maximise", "minimise", "target", or "within" its limits.
        settings: Factor values in the factors' units; levels for categorical factors.
        coded: The same, coded.
        predictions: One per response with a goal or a limit.
        desirability: Derringer and Suich's overall desirability, 0 to 1; None for one response
            without limits.
        desirabilities: Of each response; empty when ``desirability`` is None.
        at_edge: Factors that stand on the edge of the region of the runs.
        region: Of the runs: "cube" or "sphere" (runs outside the cube: their largest radius bounds
            it) of the continuous factors, or "mixture", the blends between those that were run.
        radius: Bound of the coded distance from the centre; None for the cube.
        feasible: Whether every limit can be met at once within the region.
        supported: Whether an effect on some response with a wish stands out from scatter; None
            when the fits leave no error to tell. Without one no setting is called the best.
        sentences: The setting, the prediction, the edge, the limits, in words.
    """

    goals: dict[str, str]
    settings: dict[str, float | str]
    coded: dict[str, float | str]
    predictions: dict[str, Prediction]
    desirability: float | None
    desirabilities: dict[str, float]
    at_edge: tuple[str, ...]
    region: str
    radius: float | None
    feasible: bool
    supported: bool | None
    sentences: tuple[str, ...]


def find_optimum(
    models: Mapping[str, ResponseModel], specs: Mapping[str, ResponseSpec]
) -> Optimum | None:
    """The setting within the region of the runs that serves all goals and limits best.

    One response without limits: its highest, lowest or nearest-to-target prediction. Otherwise
    the highest overall desirability among the settings that keep every limit; where none does,
    the setting that breaks them least. The search is deterministic.

    Args:
        models: Fitted models by response, all over the same factors.
        specs: Goal and limits of each response.

    Returns:
        None when no response has a goal.
    """
    wanted = {name: model for name, model in models.items() if _has_wish(specs[name])}
    if all(specs[name].goal == "none" for name in wanted):
        return None
    factors = next(iter(wanted.values())).factors
    region = Region.of(pd.concat([model.coded for model in wanted.values()]), factors)
    charts = [
        (levels, [surface_of(model, levels) for model in wanted.values()])
        for levels in level_choices(factors)
    ]
    desires, extremes = desires_over([specs[name] for name in wanted], charts, region)
    found = [
        (levels, surfaces, _best(surfaces, desires, region, extremes))
        for levels, surfaces in charts
    ]
    levels, _, x = max(found, key=lambda f: round(_score(f[1], desires, f[2]), 12))
    return _described(wanted, specs, desires, levels, x, region)


def _has_wish(spec: ResponseSpec) -> bool:
    return spec.goal != "none" or spec.low is not None or spec.high is not None


def desires_over(
    specs: list[ResponseSpec],
    charts: list[tuple[dict[str, str], list[Surface]]],
    region: Region,
) -> tuple[list[Desire], np.ndarray]:
    """Each response's desire, and the points where the responses are highest and lowest."""
    desires, extremes = [], []
    for position, spec in enumerate(specs):
        ends = []
        for _, surfaces in charts:
            for sign in (1.0, -1.0):
                x = _extreme(surfaces[position], sign, region)
                extremes.append(x)
                ends.append(float(surfaces[position](x)))
        desires.append(desire(spec, min(ends), max(ends)))
    return desires, np.array(extremes)


def _extreme(surface: Surface, sign: float, region: Region) -> np.ndarray:
    scale = float(np.abs(surface.weights).max())

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        return -sign * float(surface(x)) / scale, -sign * surface.gradient(x) / scale

    no_more = np.empty((0, len(surface.factors)))
    return best_point(lambda x: sign * surface(x) / scale, loss, region, no_more)


def _best(
    surfaces: list[Surface], desires: list[Desire], region: Region, extremes: np.ndarray
) -> np.ndarray:
    graded = sum(wish.graded for wish in desires)

    def score(x: np.ndarray) -> np.ndarray:
        return overall(desires, [surface(x) for surface in surfaces])

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the mean log grade, plus ten times what is broken of the limits."""
        value, slope = 0.0, np.zeros(len(x))
        for surface, wish in zip(surfaces, desires, strict=True):
            y = surface(x)
            gradient = surface.gradient(x)
            if wish.graded:
                grade = max(float(wish.grade(y)), 1e-6)
                value -= np.log(grade) / graded
                slope -= wish.slope(float(y)) / grade / graded * gradient
            value += 10 * float(wish.violation(y))
            slope += 10 * (float(y > wish.high) - float(y < wish.low)) / wish.span * gradient
        return value, slope

    return best_point(score, loss, region, extremes)


def _score(surfaces: list[Surface], desires: list[Desire], x: np.ndarray) -> float:
    return float(overall(desires, [surface(x[None, :]) for surface in surfaces])[0])


def _described(
    models: Mapping[str, ResponseModel],
    specs: Mapping[str, ResponseSpec],
    desires: list[Desire],
    levels: dict[str, str],
    x: np.ndarray,
    region: Region,
) -> Optimum:
    factors = next(iter(models.values())).factors
    numeric = dict(zip(factors.numeric, map(float, x), strict=True))
    coded = {name: levels.get(name, numeric.get(name, 0.0)) for name in factors}
    predictions = {name: prediction_at(model, coded) for name, model in models.items()}
    means = [np.array([p.mean]) for p in predictions.values()]
    total = float(overall(desires, means)[0])
    alone = len(models) == 1 and all(specs[n].low is None is specs[n].high for n in models)
    grades = {
        name: float(wish.grade(y)[0])
        for name, wish, y in zip(models, desires, means, strict=True)
        if wish.graded
    }
    settings = actual_settings(factors, tuple(numeric), x, levels)
    at_edge, feasible = _at_edge(x, factors, region), total >= 0
    supported = _supported(models)
    return Optimum(
        goals={name: wish.goal for name, wish in zip(models, desires, strict=True)},
        settings=settings,
        coded=coded,
        predictions=predictions,
        desirability=None if alone else max(total, 0.0),
        desirabilities={} if alone else grades,
        at_edge=at_edge,
        region=_shape(region),
        radius=region.radius if region.spherical else None,
        feasible=feasible,
        supported=supported,
        sentences=(
            _found(setting(settings, factors), feasible, supported, tuple(models)),
            *(_predicted(name, p, specs[name].unit) for name, p in predictions.items()),
            *(_on_the_edge(at_edge) if supported is not False else ()),
        ),
    )


def _shape(region: Region) -> str:
    if region.blends is not None:
        return "mixture"
    return "sphere" if region.spherical else "cube"


def _supported(models: Mapping[str, ResponseModel]) -> bool | None:
    shown = [shows_an_effect(model) for model in models.values()]
    return True if True in shown else (None if None in shown else False)


def prediction_at(model: ResponseModel, coded: Mapping[str, float | str]) -> Prediction:
    """What a model predicts at one coded setting."""
    row = model.predict(pd.DataFrame({name: [value] for name, value in coded.items()}), coded=True)
    mean, *spread = (float(value) for value in row.iloc[0])
    return Prediction(mean, *(None if np.isnan(value) else value for value in spread))


def _at_edge(x: np.ndarray, factors: Factors, region: Region) -> tuple[str, ...]:
    on_bound = (x <= region.low + _EDGE) | (x >= region.high - _EDGE)
    if region.spherical and np.linalg.norm(x[region.free]) >= region.radius - _EDGE:
        on_bound |= np.abs(x) > region.radius / 10
    on_bound &= region.high > region.low
    if region.blends is not None:
        mixture, at = factors.mixture, region.blends.at
        nothing = -mixture.lows / (mixture.whole - mixture.lows.sum())
        on_bound[at] = region.blends.at_edge(x[at], nothing)
    return tuple(name for name, edge in zip(factors.numeric, on_bound, strict=True) if edge)


def _predicted(name: str, p: Prediction, unit: str) -> str:
    number = partial(quantity, scatter=p.se)
    said = f"There {name} is predicted at {number(p.mean, unit)}"
    if p.ci_low is None or p.ci_high is None or p.pi_low is None or p.pi_high is None:
        return f"{said}; the fit leaves no estimate of error for an interval."
    return (
        f"{said} (95 % confidence {number(p.ci_low)} to {number(p.ci_high)}; one new run "
        f"between {number(p.pi_low)} and {number(p.pi_high)})."
    )


def _found(where: str, feasible: bool, supported: bool | None, responses: tuple[str, ...]) -> str:
    if supported is False:
        return (
            "No setting was shown to be better than another: no effect of any factor on "
            f"{listing(responses)} stands out from scatter. The highest and lowest points of the "
            f"fitted surface are scatter too; the one that fits the goals most is {where}."
        )
    if not feasible:
        return (
            "No setting within the tested region keeps every limit at once; the one that breaks "
            f"them least is {where}."
        )
    if supported is None:
        return (
            f"The best fitted setting is {where}; without an estimate of error nothing shows "
            "that it is better than others."
        )
    return f"The best setting found is {where}."


def _on_the_edge(factors: tuple[str, ...]) -> tuple[str, ...]:
    if not factors:
        return ()
    return (
        f"It stands at the edge of what was tested in {listing(factors)}; the true best may "
        "lie beyond.",
    )
