"""What follows from the fitted models: trade-offs, the design space, effects of places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from analysis.errors import ModelError
from analysis.position_effects import PositionEffects, position_effects
from analysis.space import (
    AcceptableRanges,
    BlendMap,
    ProbabilityMap,
    RobustSetpoint,
    acceptable_ranges,
    blend_map,
    design_space,
    robust_setpoint,
)
from analysis.tradeoff import ParetoFront, RobustOptimum, pareto_front, robust_optimum

if TYPE_CHECKING:
    from analysis.study import Study

_Found = TypeVar("_Found")

MAP_SIZE = 41


@dataclass(frozen=True)
class Space:
    """The design space: how surely one new run keeps every limit.

    Attributes:
        chart: Over the two continuous factors that matter most, the others at the most robust
            setting; None with fewer than two or above second order.
        blends: Over the blends of three components, the other factors at the most robust setting.
        robust: The setting that keeps the limits most surely.
        ranges: Proven acceptable ranges about it.
        setpoint_error: Assumed standard deviation of each setting, in the factor's unit (relative
            for a factor on a log scale); a factor not named is met exactly.
    """

    chart: ProbabilityMap | None
    blends: BlendMap | None
    robust: RobustSetpoint
    ranges: AcceptableRanges
    setpoint_error: dict[str, float]


@dataclass(frozen=True)
class Exploration:
    """All that follows from the models of a study.

    Attributes:
        front: Settings that none beats in every response; None with fewer than two goals.
        space: The design space; None where no response has a limit.
        tolerant: Best setting under set-point errors; None where none are told.
        positions: Effects of place and order on each response.
        reasons: Why something cannot be told, as sentences.
    """

    front: ParetoFront | None
    space: Space | None
    tolerant: RobustOptimum | None
    positions: dict[str, PositionEffects]
    reasons: tuple[str, ...]


def explore(
    study: Study, setpoint_error: Mapping[str, float] | None = None, ranked: tuple[str, ...] = ()
) -> Exploration:
    """Draw the consequences of a study's models; deterministic.

    Args:
        study: The analysis.
        setpoint_error: Standard deviation of each setting, in its factor's unit, relative for a
            factor on a log scale; met exactly where not given.
        ranked: Continuous factors, the most important first, for the chart of the design space;
            by the size of their effects when omitted.
    """
    models = {name: response.model for name, response in study.responses.items()}
    specs = {name: response.spec for name, response in study.responses.items()}
    errors = dict(setpoint_error or {})
    reasons: list[str] = []

    def tried(make: Callable[[], _Found]) -> _Found | None:
        try:
            return make()
        except ModelError as reason:
            reasons.append(str(reason))
            return None

    shown = study.optimum is not None and study.optimum.supported is not False
    wished = [s for s in specs.values() if s.goal != "none"]
    limited = [s for s in specs.values() if s.low is not None or s.high is not None]
    front = space = tolerant = None
    if shown:
        if len(wished) > 1:
            front = tried(lambda: pareto_front(models, specs))
        if limited:
            space = tried(lambda: _space(study, errors, ranked))
        if any(errors.values()):
            tolerant = tried(lambda: robust_optimum(models, specs, errors))
    return Exploration(front, space, tolerant, _positions(study), tuple(reasons))


def _space(study: Study, errors: dict[str, float], ranked: tuple[str, ...]) -> Space:
    models = {name: response.model for name, response in study.responses.items()}
    specs = {name: response.spec for name, response in study.responses.items()}
    best = study.optimum
    levels = {n: str(best.settings[n]) for n in study.factors.categorical} if best else {}
    space = design_space(models, specs, errors, levels)
    robust = robust_setpoint(space)
    ranges = acceptable_ranges(space, robust.coded)
    pair = (*ranked, *(n for n in study.factors.continuous if n not in ranked))[:2]
    chart = blends = None
    if len(pair) == 2:
        across, up = (n for n in study.factors if n in pair)
        others = {n: v for n, v in robust.coded.items() if n not in pair}
        with suppress(ModelError):
            chart = space.map(across, up, at=others, size=MAP_SIZE)
    with suppress(ModelError):
        blends = blend_map(space, robust.coded)
    return Space(chart, blends, robust, ranges, errors)


def _positions(study: Study) -> dict[str, PositionEffects]:
    if "vessel" not in study.table.columns:
        return {}
    tested = {
        name: position_effects(response.model, study.table["vessel"])
        for name, response in study.responses.items()
    }
    return {name: found for name, found in tested.items() if found is not None}
