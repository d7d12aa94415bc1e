"""How exactly settings are met, in coded units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import ModelError
from analysis.wording import listing

if TYPE_CHECKING:
    from designs import Factors


def coded_sd(factors: Factors, setpoint_error: Mapping[str, float]) -> np.ndarray:
    """Standard deviation of each numeric factor's set-point error, coded, in order (k).

    Args:
        factors: The factors.
        setpoint_error: In a factor's unit; of a factor on a log scale relative (0.05 for 5 %).
            A factor that is not named is met exactly.

    Raises:
        ModelError: A name is no continuous factor, or a deviation is negative.
    """
    if blended := [name for name in setpoint_error if name in factors.mixture]:
        raise ModelError(
            f"A set-point error is given for {listing(blended)}, part of a mixture: more of it is "
            "less of the others, which one number does not tell. State it for other factors only."
        )
    for name, sd in setpoint_error.items():
        if name not in factors.continuous:
            raise ModelError(f"A set-point error is given for '{name}', no continuous factor.")
        if not (np.isfinite(sd) and sd >= 0):
            raise ModelError(f"The set-point error of '{name}' is {sd}; it must be 0 or more.")
    sds = dict.fromkeys(factors.numeric, 0.0)
    for name, sd in setpoint_error.items():
        factor = factors.continuous[name]
        if factor.scale == "log":
            sds[name] = 2 * float(np.log1p(sd) / np.log(factor.high / factor.low))
        else:
            sds[name] = 2 * sd / (factor.high - factor.low)
    return np.array(list(sds.values()))
