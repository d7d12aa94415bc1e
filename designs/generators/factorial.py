"""Full factorial designs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from designs._pydoe import pydoe


def full_factorial(levels: Sequence[int]) -> NDArray[np.int64]:
    """Every combination of level numbers 0 to l-1 (runs x k), the first factor fastest."""
    # pyDOE2 refuses numpy integers.
    return np.asarray(pydoe().fullfact([int(count) for count in levels]), dtype=np.int64)


def two_level(factors: int) -> NDArray[np.float64]:
    """The full two-level factorial (2^k x k) in standard order, coded -1 and 1."""
    return np.asarray(pydoe().ff2n(factors), dtype=np.float64)
