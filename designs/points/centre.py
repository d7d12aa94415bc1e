"""Centre points."""

from __future__ import annotations

from itertools import cycle, islice, product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.factors import Factors


def centre_points(
    factors: Factors, count: int, blend: NDArray[np.float64] | None = None
) -> pd.DataFrame:
    """So many runs in the middle of all numeric factors.

    Args:
        factors: The factors. The centre of a categorical one does not exist: its levels take
            turns.
        count: How many.
        blend: Coded shares of the components in the middle of a mixture.

    Raises:
        DesignError: No factor is a number.
    """
    if count and not factors.numeric:
        raise DesignError(
            "centre points need a continuous factor, and there is none", ("centre_points",)
        )
    centres: dict[str, Any] = {name: np.zeros(count) for name in factors.continuous}
    if blend is not None:
        centres |= {n: np.full(count, s) for n, s in zip(factors.mixture, blend, strict=True)}
    turns = list(islice(cycle(product(*(f.levels for f in factors.categorical.values()))), count))
    for position, name in enumerate(factors.categorical):
        centres[name] = [turn[position] for turn in turns]
    return pd.DataFrame(centres).assign(point="centre")
