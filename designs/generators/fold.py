"""Folding a two-level design: the same runs again with signs reversed.

Source: Box, Hunter & Hunter, ch. 6; semifolding: Mee & Peralta, Technometrics 42 (2000) 122.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def folded(
    signs: NDArray[np.float64], on: int | None = None, half: int | None = None
) -> NDArray[np.float64]:
    """The runs that a fold adds.

    Args:
        signs: Runs x k of -1 and 1.
        on: Position of the factor that is reversed; all factors when None.
        half: Only the reversed runs in which the factor at this position is high (semifold).
    """
    again = -signs
    if on is not None:
        again = signs.copy()
        again[:, on] *= -1
    return again if half is None else np.asarray(again[again[:, half] > 0])
