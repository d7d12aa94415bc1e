"""The set-point that keeps all limits most surely, and the ranges around it that still do.

Both are found by direct optimisation of the probability over continuous settings. No grid of
settings is judged and thinned out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.stats import norm, qmc

from analysis.canonical import actual_settings
from analysis.search import climbed_best, starting_points
from analysis.space.draws import CHUNK
from analysis.wording import chance, quantity, setting, share

if TYPE_CHECKING:
    from analysis.space.probability import DesignSpace

LEVEL = 0.9
"""Probability of keeping all limits that a range is asked to hold, unless told otherwise."""

_SEARCH_DRAWS = 3 * CHUNK
_TOLD_DRAWS = 200_000
_STARTS = 5


@dataclass(frozen=True)
class RobustSetpoint:
    """The setting where one new run keeps every limit most surely.

    Attributes:
        settings: In the factors' units; levels of categorical factors as given to the space.
        coded: The continuous factors, coded.
        probability: Of one new run keeping every limit there.
        sentence: In words.
    """

    settings: dict[str, float | str]
    coded: dict[str, float]
    probability: float
    sentence: str


@dataclass(frozen=True)
class AcceptableRange:
    """Between which settings of one factor the probability holds.

    Attributes:
        factor: Its name.
        low: Lower end, in its unit.
        high: Upper end.
        at_edge: Whether an end is the edge of what was tested rather than where it stops to hold.
    """

    factor: str
    low: float
    high: float
    at_edge: bool


@dataclass(frozen=True)
class AcceptableRanges:
    """Proven acceptable ranges about a set-point.

    Attributes:
        level: Probability of keeping all limits that is held.
        alone: Each factor varied by itself, the others at the set-point.
        jointly: All factors at once anywhere in their ranges: the largest box (by the product of
            its coded widths) that was found; empty where the set-point itself does not hold.
        lowest: Smallest probability found in the box, over its corners and points inside it.
        sentences: In words.
    """

    level: float
    alone: tuple[AcceptableRange, ...]
    jointly: tuple[AcceptableRange, ...]
    lowest: float | None
    sentences: tuple[str, ...]


def robust_setpoint(space: DesignSpace) -> RobustSetpoint:
    """The setting of highest probability; of equals, the one farthest from any limit."""
    region = space.joint.region

    def score(x: np.ndarray) -> np.ndarray:
        margin = np.tanh(space.joint.margins(x).min(axis=1) / 10)
        return np.asarray(space.probability(x) + 1e-3 * margin)

    starts = starting_points(region)
    promising = starts[np.argsort(-_quick_score(space, starts), kind="stable")[:_STARTS]]
    options = {"xatol": 1e-3, "fatol": 1e-5, "maxfev": 120 * starts.shape[1]}
    best = climbed_best(score, promising, region, options)
    return _described(space, best)


def _quick_score(space: DesignSpace, x: np.ndarray) -> np.ndarray:
    """Product of the chances of each limit at the expected responses: enough to find starts."""
    margins = space.joint.margins(x)
    return np.asarray(norm.logcdf(margins).sum(axis=1))


def _described(space: DesignSpace, x: np.ndarray) -> RobustSetpoint:
    joint = space.joint
    settings = actual_settings(joint.factors, joint.names, x, joint.levels)
    probability = float(space.probability(x, _TOLD_DRAWS)[0])
    return RobustSetpoint(
        settings=settings,
        coded=dict(zip(joint.names, map(float, x), strict=True)),
        probability=probability,
        sentence=(
            f"One new run at {setting(settings, joint.factors)} keeps every limit with a "
            f"probability of {chance(probability)}."
        ),
    )


def acceptable_ranges(
    space: DesignSpace, coded: Mapping[str, float], level: float = LEVEL
) -> AcceptableRanges:
    """Proven acceptable ranges about a set-point: each factor alone, and all together.

    Args:
        space: The design space.
        coded: The set-point, such as `RobustSetpoint.coded`.
        level: Probability of keeping all limits that every setting in a range must have.
    """
    centre = np.array([coded[name] for name in space.joint.names])
    held = float(space.probability(centre, _TOLD_DRAWS)[0])
    if held < level:
        return AcceptableRanges(
            level,
            (),
            (),
            None,
            (
                f"The set-point keeps every limit with a probability of {chance(held)} only, less "
                f"than the {share(level)} asked for; there is no acceptable range about it.",
            ),
        )
    alone = tuple(_alone(space, centre, i, level) for i in range(len(centre)))
    low, high, lowest = _largest_box(space, centre, level)
    jointly = tuple(_range(space, i, low[i], high[i]) for i in range(len(centre)))
    return AcceptableRanges(level, alone, jointly, lowest, _told(space, level, alone, jointly))


def _range(space: DesignSpace, i: int, low: float, high: float) -> AcceptableRange:
    region, name = space.joint.region, space.joint.names[i]
    ends = space.joint.factors.continuous[name].to_actual(np.array([low, high]))
    edge = low <= region.low[i] + 1e-6 or high >= region.high[i] - 1e-6
    return AcceptableRange(name, float(ends[0]), float(ends[1]), bool(edge))


def _alone(space: DesignSpace, centre: np.ndarray, i: int, level: float) -> AcceptableRange:
    def excess(value: float) -> float:
        point = centre.copy()
        point[i] = value
        return float(space.probability(point)[0]) - level

    def end(bound: float) -> float:
        """Where the probability first falls below the level on the way to ``bound``."""
        way = np.linspace(centre[i], bound, 12)
        points = np.tile(centre, (len(way), 1))
        points[:, i] = way
        falls = np.flatnonzero(space.probability(points) < level)
        if len(falls) == 0 or centre[i] == bound:
            return bound
        first = max(int(falls[0]), 1)
        if excess(way[first - 1]) <= 0:  # at the very level: no room
            return float(way[first - 1])
        return float(brentq(excess, way[first - 1], way[first], xtol=1e-4))

    region = space.joint.region
    return _range(space, i, end(float(region.low[i])), end(float(region.high[i])))


def _largest_box(
    space: DesignSpace, centre: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Ends of the largest box about the set-point whose every setting holds the level.

    The corners decide where the settings that hold form a convex set; points inside are checked
    as well, and the box is drawn in about the set-point until all of them hold.
    """
    region, k = space.joint.region, len(centre)
    signs = np.array(list(product((0.0, 1.0), repeat=k)))
    wanted = norm.ppf(level)

    def corners(ends: np.ndarray) -> np.ndarray:
        return np.asarray(ends[:k] + signs * (ends[k:] - ends[:k]))

    def slack(ends: np.ndarray) -> np.ndarray:
        p = np.clip(space.probability(corners(ends), _SEARCH_DRAWS), 1e-4, 1 - 1e-4)
        return np.asarray(norm.ppf(p) - wanted)

    def slack_slope(ends: np.ndarray) -> np.ndarray:
        """By differences wide enough to see past the steps of a counted probability."""
        step = 0.02 * np.concatenate([region.high - region.low] * 2)
        columns = [(slack(ends + h) - slack(ends - h)) / (2 * h.sum()) for h in np.diag(step)]
        return np.column_stack(columns)

    def loss(ends: np.ndarray) -> tuple[float, np.ndarray]:
        width = np.maximum(ends[k:] - ends[:k], 1e-6)
        return -float(np.log(width).sum()), np.concatenate([1 / width, -1 / width])

    best = (centre, centre, 0.0)
    volume = -np.inf
    for reach in (0.1, 0.3):
        start = np.concatenate([centre - reach, centre + reach])
        start = np.clip(start, np.tile(region.low, 2), np.tile(region.high, 2))
        result = minimize(
            loss,
            start,
            jac=True,
            method="SLSQP",
            bounds=[
                *((low, c) for low, c in zip(region.low, centre, strict=True)),
                *((c, high) for c, high in zip(centre, region.high, strict=True)),
            ],
            constraints=[{"type": "ineq", "fun": slack, "jac": slack_slope}],
            options={"maxiter": 25, "ftol": 1e-3},
        )
        box = _drawn_in(space, centre, result.x[:k], result.x[k:], level)
        size = float(np.log(np.maximum(box[1] - box[0], 1e-9)).sum())
        if size > volume:
            best, volume = box, size
    return best


def _drawn_in(
    space: DesignSpace, centre: np.ndarray, low: np.ndarray, high: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray, float]:
    k = len(centre)
    unit = np.vstack(
        [np.array(list(product((0.0, 1.0), repeat=k))), qmc.Sobol(k, scramble=False).random(64)]
    )

    def lowest(shrunk: float) -> float:
        ends = centre + shrunk * (low - centre), centre + shrunk * (high - centre)
        return float(space.probability(ends[0] + unit * (ends[1] - ends[0])).min())

    holds, fails = 0.0, 1.0
    if lowest(1.0) >= level:
        holds = 1.0
    else:
        for _ in range(12):
            middle = (holds + fails) / 2
            holds, fails = (middle, fails) if lowest(middle) >= level else (holds, middle)
    return centre + holds * (low - centre), centre + holds * (high - centre), lowest(holds)


def _told(
    space: DesignSpace,
    level: float,
    alone: tuple[AcceptableRange, ...],
    jointly: tuple[AcceptableRange, ...],
) -> tuple[str, ...]:
    factors = space.joint.factors

    def listed(ranges: tuple[AcceptableRange, ...]) -> str:
        return ", ".join(
            f"{r.factor} {quantity(r.low)} to {quantity(r.high, factors[r.factor].unit)}"
            for r in ranges
        )

    return (
        f"Each factor alone, the others at the set-point, may vary within {listed(alone)}, and "
        f"one new run keeps every limit with at least {share(level)} probability.",
        f"All factors at once may vary within {listed(jointly)} for the same.",
    )
