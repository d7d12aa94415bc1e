"""Designs on the whole simplex: shares of q components that add up to one.

Sources: Scheffé, J. R. Stat. Soc. B 20 (1958) 344 (lattice) and 25 (1963) 235 (centroid); Cornell,
Experiments with Mixtures, ch. 2 (axial points).
"""

from __future__ import annotations

from itertools import combinations, combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def simplex_lattice(components: int, degree: int) -> Array:
    """All blends in which every share is a multiple of 1/m: ``C(q + m - 1, m)`` of them.

    Args:
        components: Number of components q.
        degree: The degree m.
    """
    chosen = list(combinations_with_replacement(range(components), degree))
    return np.array([np.bincount(one, minlength=components) for one in chosen]) / degree


def simplex_centroid(components: int) -> Array:
    """Every subset of the components in equal shares: ``2^q - 1`` blends, singles first."""
    return np.array(
        [
            [1 / size if one in subset else 0.0 for one in range(components)]
            for size in range(1, components + 1)
            for subset in combinations(range(components), size)
        ]
    )


def axial(components: int) -> Array:
    """The blends half-way between the overall centroid and each vertex."""
    return np.asarray((np.eye(components) + 1 / components) / 2)
