"""Proven acceptable ranges: how far settings may go from a set-point and still keep all limits.

They are found by direct optimisation of the probability over continuous settings. No grid of
settings is judged and thinned out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.stats import norm, qmc

from analysis.canonical import actual_settings
from analysis.space.draws import CHUNK
from analysis.space.setpoint import TOLD_DRAWS
from analysis.wording import chance, quantity, share

if TYPE_CHECKING:
    from analysis.space.probability import DesignSpace

LEVEL = 0.9
"""Probability of keeping all limits that a range is asked to hold, unless told otherwise."""

_SEARCH_DRAWS = 3 * CHUNK


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
        alone: Each factor varied by itself, the others at the set-point; each component of a
            mixture in place of the others, which keep the set-point's proportions.
        jointly: All factors at once anywhere in their ranges: the largest box (by the product of
            its coded widths) that was found; empty where the set-point itself does not hold, and
            for a mixture, whose components cannot be anywhere in a box.
        lowest: Smallest probability found in the box, over its corners and points inside it;
            None without one.
        sentences: In words.
    """

    level: float
    alone: tuple[AcceptableRange, ...]
    jointly: tuple[AcceptableRange, ...]
    lowest: float | None
    sentences: tuple[str, ...]


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
    held = float(space.probability(centre, TOLD_DRAWS)[0])
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
    if space.joint.factors.mixture:
        return AcceptableRanges(level, alone, (), None, _told(space, level, alone, ()))
    low, high, lowest = _largest_box(space, centre, level)
    jointly = tuple(_side(space, centre, i, low[i], high[i]) for i in range(len(centre)))
    return AcceptableRanges(level, alone, jointly, lowest, _told(space, level, alone, jointly))


class _Way(NamedTuple):
    """How one factor varies by itself: ``centre + t * direction``, t counting its coded setting.

    Attributes:
        direction: Coded (k).
        back: Smallest t that was tested.
        forward: Largest.
    """

    direction: np.ndarray
    back: float
    forward: float


def _way(space: DesignSpace, centre: np.ndarray, i: int) -> _Way:
    region, mixture = space.joint.region, space.joint.factors.mixture
    direction = np.zeros(len(centre))
    if (name := space.joint.names[i]) not in mixture or region.blends is None:
        direction[i] = 1.0
        return _Way(direction, float(region.low[i] - centre[i]), float(region.high[i] - centre[i]))
    at, which = region.blends.at, list(mixture).index(name)
    towards = mixture.coded_pure[which] - centre[at]
    direction[at] = towards / towards[which]
    return _Way(direction, *region.blends.reach(centre[at], direction[at]))


def _range(
    space: DesignSpace, i: int, ends: tuple[np.ndarray, np.ndarray], at_edge: bool
) -> AcceptableRange:
    joint, name = space.joint, space.joint.names[i]
    low, high = (actual_settings(joint.factors, joint.names, x, joint.levels)[name] for x in ends)
    return AcceptableRange(name, float(low), float(high), at_edge)


def _side(
    space: DesignSpace, centre: np.ndarray, i: int, low: float, high: float
) -> AcceptableRange:
    """One side of the box."""
    region, direction = space.joint.region, np.eye(len(centre))[i]
    ends = (centre + (low - centre[i]) * direction, centre + (high - centre[i]) * direction)
    edge = low <= region.low[i] + 1e-6 or high >= region.high[i] - 1e-6
    return _range(space, i, ends, bool(edge))


def _alone(space: DesignSpace, centre: np.ndarray, i: int, level: float) -> AcceptableRange:
    way = _way(space, centre, i)

    def excess(t: float) -> float:
        return float(space.probability(centre + t * way.direction)[0]) - level

    def end(bound: float) -> float:
        """Where the probability first falls below the level on the way to ``bound``."""
        steps = np.linspace(0.0, bound, 12)
        falls = np.flatnonzero(space.probability(centre + np.outer(steps, way.direction)) < level)
        if len(falls) == 0 or bound == 0:
            return bound
        first = max(int(falls[0]), 1)
        if excess(steps[first - 1]) <= 0:  # at the very level: no room
            return float(steps[first - 1])
        return float(brentq(excess, steps[first - 1], steps[first], xtol=1e-4))

    back, forward = end(way.back), end(way.forward)
    edge = back <= way.back + 1e-6 or forward >= way.forward - 1e-6
    return _range(space, i, (centre + back * way.direction, centre + forward * way.direction), edge)


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

    others = "the others at the set-point"
    if factors.mixture:
        others += " or, in the blend, in its proportions"
    each = (
        f"Each factor alone, {others}, may vary within {listed(alone)}, and one new run keeps "
        f"every limit with at least {share(level)} probability."
    )
    if not jointly:
        return (each,)
    return (each, f"All factors at once may vary within {listed(jointly)} for the same.")
