"""Definitive screening designs: a conference matrix, its negative, and centre runs.

Every run has its mirror image, so that main effects are free of all effects of second order.

Sources: Jones & Nachtsheim, J. Qual. Technol. 43 (2011) 1; Xiao, Lin & Bai, J. Qual. Technol. 44
(2012) 2 (conference matrices); Jones & Nachtsheim, J. Qual. Technol. 45 (2013) 121 (two-level
categorical factors).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from designs.generators.conference import conference

Array = NDArray[np.float64]


def definitive_screening(
    factors: int, categorical: Sequence[int] = (), fake: int = 0
) -> tuple[Array, Array]:
    """The runs of a definitive screening design.

    Args:
        factors: Number of factors k.
        categorical: Positions of those with two levels.
        fake: Columns beyond the factors', which give their runs to tell the error; one more comes
            where no conference matrix has the size, as for an odd number.

    Returns:
        The 2m paired runs (the second half mirrors the first; -1, 0 and 1, no 0 for a categorical
        factor), m at least k + fake, and the centre runs that belong to them: one at zero, or a
        mirrored pair where there are categorical factors.
    """
    half = conference(factors + fake)[:, :factors]
    if not categorical:
        return np.concatenate([half, -half]), np.zeros((1, factors))
    # What stands at the zeros, and in the centre, is chosen for the largest determinant of main
    # effects, one sign after the other.
    signs = np.ones((2, len(categorical)))
    best = _determinant(half, categorical, signs)
    improved = True
    while improved:
        improved = False
        for place in np.ndindex(signs.shape):
            signs[place] *= -1
            found = _determinant(half, categorical, signs)
            if found > best * (1 + 1e-9):
                best, improved = found, True
            else:
                signs[place] *= -1
    runs, centre = _with_signs(half, categorical, signs)
    return np.concatenate([runs, -runs]), np.concatenate([centre, -centre])


def _with_signs(half: Array, categorical: Sequence[int], signs: Array) -> tuple[Array, Array]:
    runs, centre = half.copy(), np.zeros((1, half.shape[1]))
    for column, at_zero, at_centre in zip(categorical, *signs, strict=True):
        runs[runs[:, column] == 0, column] = at_zero
        centre[0, column] = at_centre
    return runs, centre


def _determinant(half: Array, categorical: Sequence[int], signs: Array) -> float:
    rows = np.concatenate(_with_signs(half, categorical, signs))
    return float(np.linalg.det(rows.T @ rows))
