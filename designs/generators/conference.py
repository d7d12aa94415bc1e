"""Conference matrices: zero on the diagonal, plus or minus one elsewhere, columns orthogonal.

Sources: Paley, J. Math. Phys. 12 (1933) 311; Belevitch, Bell Syst. Tech. J. 29 (1950) 1; doubling
of skew matrices: Seberry Wallis, Lect. Notes Math. 292 (1972).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.generators.galois import jacobsthal, prime_power

Array = NDArray[np.float64]

_LARGEST = 60


def conference(least: int) -> Array:
    """The smallest conference matrix of at least an order that is constructed here.

    Raises:
        DesignError: So large a one is not.
    """
    for order in range(least + least % 2, _LARGEST + 1, 2):
        if (found := _of_order(order)) is not None:
            return found
    raise DesignError(f"no conference matrix of order {least} is known here", ("kind",))


def _of_order(order: int) -> Array | None:
    field = order - 1
    if field > 2 and prime_power(field):
        matrix = np.zeros((order, order))
        matrix[0, 1:], matrix[1:, 1:] = 1, jacobsthal(field)
        matrix[1:, 0] = 1 if field % 4 == 1 else -1
        return matrix
    half = _of_order(order // 2) if order % 8 == 0 else None
    if half is None or not np.array_equal(half, -half.T):
        return None
    one = np.eye(len(half))
    return np.block([[half, half + one], [half - one, -half]])
