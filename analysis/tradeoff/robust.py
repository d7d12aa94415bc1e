"""The best setting when set-points are not met exactly: highest expected desirability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm, qmc

from analysis.canonical import actual_settings
from analysis.desirability import Desire, overall
from analysis.errors import ModelError
from analysis.optimum import desires_over
from analysis.search import climbed_best, starting_points
from analysis.setpoint_error import coded_sd
from analysis.surface import Region, Surface, level_choices, surface_of
from analysis.wording import setting

if TYPE_CHECKING:
    from analysis.fitted import ResponseModel
    from analysis.responses import ResponseSpec

_ERRORS = 8  # two to this power set-point errors, spread evenly over their distribution
_STARTS = 6


@dataclass(frozen=True)
class RobustOptimum:
    """The setting of highest expected desirability.

    Attributes:
        settings: In the factors' units.
        coded: The continuous factors and components of a mixture, coded.
        expected: Overall desirability there, averaged over set-point errors.
        exact: Overall desirability there if the set-point were met exactly.
        kept: Share of set-point errors at which the expected responses keep every limit.
        sentence: In words.
    """

    settings: dict[str, float | str]
    coded: dict[str, float]
    expected: float
    exact: float
    kept: float
    sentence: str


def robust_optimum(
    models: Mapping[str, ResponseModel],
    specs: Mapping[str, ResponseSpec],
    setpoint_error: Mapping[str, float],
) -> RobustOptimum:
    """The setting whose overall desirability is highest on average over set-point errors.

    The desirability of a setting that breaks a limit is nought. Errors are normal; the models are
    taken at their estimates. How surely the limits are kept with all uncertainty in it is
    `analysis.space.robust_setpoint`.

    Args:
        models: Fitted models by response, over the same factors.
        specs: Goals and limits.
        setpoint_error: Standard deviation in each factor's unit, relative for a log factor.

    Raises:
        ModelError: No response has a goal, or an error is given for no continuous factor.
    """
    wanted = {
        name: model
        for name, model in models.items()
        if specs[name].goal != "none" or specs[name].low is not None or specs[name].high is not None
    }
    if all(specs[name].goal == "none" for name in wanted):
        raise ModelError("A best setting needs a response with a goal.")
    factors = next(iter(wanted.values())).factors
    region = Region.of(pd.concat([model.coded for model in wanted.values()]), factors)
    charts = [
        (levels, [surface_of(model, levels) for model in wanted.values()])
        for levels in level_choices(factors)
    ]
    desires, _ = desires_over([specs[name] for name in wanted], charts, region)
    errors = _errors(coded_sd(factors, setpoint_error))
    found = [
        (levels, surfaces, _best(surfaces, desires, errors, region)) for levels, surfaces in charts
    ]
    levels, surfaces, x = max(
        found, key=lambda f: float(_expected(f[1], desires, f[2][None], errors)[0])
    )
    expected = float(_expected(surfaces, desires, x[None], errors)[0])
    none = np.zeros((1, len(x)))
    grades = _graded(surfaces, desires, x[None, None] + errors[None])
    settings = actual_settings(factors, tuple(factors.numeric), x, levels)
    return RobustOptimum(
        settings=settings,
        coded=dict(zip(factors.numeric, map(float, x), strict=True)),
        expected=expected,
        exact=float(_expected(surfaces, desires, x[None], none)[0]),
        kept=float(np.mean(grades >= 0)),
        sentence=(
            f"With set-point errors as stated the best setting is {setting(settings, factors)}; "
            f"its desirability is {expected:.3f} on average."
        ),
    )


def _errors(sd: np.ndarray) -> np.ndarray:
    """Set-point errors all over their distribution, coded (2**_ERRORS x k)."""
    if len(sd) == 0:
        return np.zeros((1, 0))
    even = qmc.Sobol(len(sd), scramble=True, seed=0).random_base2(_ERRORS)
    return np.asarray(norm.ppf(np.clip(even, 1e-9, 1 - 1e-9)) * sd)


def _graded(surfaces: list[Surface], desires: list[Desire], x: np.ndarray) -> np.ndarray:
    return overall(desires, [surface(x) for surface in surfaces])


def _expected(
    surfaces: list[Surface], desires: list[Desire], x: np.ndarray, errors: np.ndarray
) -> np.ndarray:
    """Mean desirability of points (n x k) over errors (e x k)."""
    grades = _graded(surfaces, desires, x[:, None, :] + errors)
    return np.asarray(np.maximum(grades, 0.0).mean(axis=1))


def _best(
    surfaces: list[Surface], desires: list[Desire], errors: np.ndarray, region: Region
) -> np.ndarray:
    def score(x: np.ndarray) -> np.ndarray:
        return _expected(surfaces, desires, x, errors)

    starts = starting_points(region)
    promising = starts[np.argsort(-score(starts), kind="stable")[:_STARTS]]
    options = {"xatol": 1e-5, "fatol": 1e-9, "maxiter": 300 * starts.shape[1]}
    return climbed_best(score, promising, region, options)
