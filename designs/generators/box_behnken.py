"""Box-Behnken designs: two-level factorials in small groups of factors, the others held.

Source: Box & Behnken, Technometrics 2 (1960) 455, table 4.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.generators.factorial import two_level

Group = tuple[int, ...]


def _cyclic(factors: int, *first: int) -> tuple[Group, ...]:
    return tuple(tuple(sorted((one + turn) % factors for one in first)) for turn in range(factors))


# The factors that vary together in each group of runs. Up to five factors these are all pairs.
_GROUPS: dict[int, tuple[Group, ...]] = {
    **{factors: tuple(combinations(range(factors), 2)) for factors in (3, 4, 5)},
    6: _cyclic(6, 0, 1, 3),
    7: ((3, 4, 5), (0, 5, 6), (1, 4, 6), (0, 1, 3), (2, 3, 6), (0, 2, 4), (1, 2, 5)),
    9: (
        *[(0, 3, 6), (1, 4, 7), (2, 5, 8)] * 2,
        *[(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 4, 8), (2, 3, 7), (1, 5, 6)],
        *[(0, 5, 7), (1, 3, 8), (2, 4, 6)],
    ),
    10: (
        *[(1, 5, 6, 9), (0, 1, 4, 9), (1, 2, 6, 7), (1, 3, 5, 8), (0, 7, 8, 9)],
        *[(2, 3, 4, 9), (0, 3, 6, 7), (2, 4, 6, 8), (0, 2, 5, 8), (3, 4, 5, 7)],
    ),
    11: _cyclic(11, 0, 1, 2, 4, 7),
    12: _cyclic(12, 0, 1, 4, 6),
}


def box_behnken(factors: int) -> NDArray[np.float64]:
    """The Box-Behnken points without centre points (runs x k), coded -1, 0 and 1.

    Raises:
        DesignError: Box and Behnken give no design for so many factors.
    """
    if factors not in _GROUPS:
        raise DesignError(
            f"a Box-Behnken design has three to seven or nine to twelve continuous factors, not "
            f"{factors}; a central-composite design takes any number from two on",
            ("kind",),
        )
    return np.concatenate([_group_points(factors, group) for group in _GROUPS[factors]])


def _group_points(factors: int, group: Group) -> NDArray[np.float64]:
    signs = two_level(min(len(group), 4))
    if len(group) == 5:
        signs = np.column_stack([signs, signs.prod(axis=1)])
    points = np.zeros((len(signs), factors))
    points[:, group] = signs
    return points
