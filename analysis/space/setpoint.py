"""The set-point that keeps all limits most surely.

It is found by direct optimisation of the probability over continuous settings. No grid of settings
is judged and thinned out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from analysis.canonical import actual_settings
from analysis.search import climbed_best, starting_points
from analysis.wording import chance, setting

if TYPE_CHECKING:
    from analysis.space.probability import DesignSpace

TOLD_DRAWS = 200_000
"""Draws of a probability that is told."""

_STARTS = 5


@dataclass(frozen=True)
class RobustSetpoint:
    """The setting where one new run keeps every limit most surely.

    Attributes:
        settings: In the factors' units; levels of categorical factors as given to the space.
        coded: The continuous factors and components of a mixture, coded.
        probability: Of one new run keeping every limit there.
        sentence: In words.
    """

    settings: dict[str, float | str]
    coded: dict[str, float]
    probability: float
    sentence: str


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
    probability = float(space.probability(x, TOLD_DRAWS)[0])
    return RobustSetpoint(
        settings=settings,
        coded=dict(zip(joint.names, map(float, x), strict=True)),
        probability=probability,
        sentence=(
            f"One new run at {setting(settings, joint.factors)} keeps every limit with a "
            f"probability of {chance(probability)}."
        ),
    )
