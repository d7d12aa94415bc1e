"""How exactly settings are met, in coded units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import ModelError

if TYPE_CHECKING:
    from designs import Factors


def coded_sd(factors: Factors, setpoint_error: Mapping[str, float]) -> np.ndarray:
    """Standard deviation of each continuous factor's set-point error, coded, in order (k).

    Args:
        factors: The factors.
        setpoint_error: In a factor's unit; of a factor on a log scale relative (0.05 for 5 %).
            A factor that is not named is met exactly.

    Raises:
        ModelError: A name is no continuous factor, or a deviation is negative.
    """
    for name, sd in setpoint_error.items():
        if name not in factors.continuous:
            raise ModelError(f"A set-point error is given for '{name}', no continuous factor.")
        if not (np.isfinite(sd) and sd >= 0):
            raise ModelError(f"The set-point error of '{name}' is {sd}; it must be 0 or more.")
    sds = []
    for name, factor in factors.continuous.items():
        sd = setpoint_error.get(name, 0.0)
        if factor.scale == "log":
            sds.append(2 * np.log1p(sd) / np.log(factor.high / factor.low))
        else:
            sds.append(2 * sd / (factor.high - factor.low))
    return np.array(sds)
