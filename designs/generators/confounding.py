"""Blocks of regular fractions: which products of factors are given up to the blocks.

2^q blocks take 2^q - 1 of the fraction's contrasts. Those are chosen that hold the fewest main
effects, then the fewest two-factor interactions, then the fewest of three factors and so on.

Source: Bisgaard, Technometrics 36 (1994) 204; Sun, Wu & Chen, Technometrics 39 (1997) 298.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designs.generators.regular import Regular

_HIGHEST_ORDER = 4
_BEAM = 60


def confounded(fraction: Regular, blocks: int) -> tuple[int, ...]:
    """The products that tell the blocks apart.

    Args:
        fraction: The fraction to be blocked.
        blocks: Their number, a power of two, at most half the fraction's runs.

    Returns:
        q masks over the base factors for 2^q blocks.
    """
    held = _effects_held(fraction)
    partial: list[tuple[tuple[int, ...], NDArray[np.int64]]] = [((), np.array([0]))]
    for _ in range(blocks.bit_length() - 1):
        found: dict[tuple[int, ...], tuple[tuple[int, ...], NDArray[np.int64]]] = {}
        for chosen, products in partial:
            for mask in range(1, 1 << fraction.base):
                if mask not in products:
                    grown = np.concatenate([products, products ^ mask])
                    score = tuple(held[:, grown[1:]].sum(axis=1).tolist())
                    found.setdefault(score, ((*chosen, mask), grown))
        partial = [found[score] for score in sorted(found)[:_BEAM]]
    return partial[0][0]


def block_numbers(
    fraction: Regular, signs: NDArray[np.float64], products: tuple[int, ...]
) -> NDArray[np.int64]:
    """The block of each run, from 0, by the signs of the products.

    Args:
        fraction: The fraction that the signs are.
        signs: Runs x k.
        products: As of `confounded`.
    """
    base = [fraction.masks.index(1 << bit) for bit in range(fraction.base)]
    number = np.zeros(len(signs), dtype=np.int64)
    for position, mask in enumerate(products):
        factors = [base[bit] for bit in range(fraction.base) if mask >> bit & 1]
        number += (signs[:, factors].prod(axis=1) > 0).astype(np.int64) << position
    return number


def _effects_held(fraction: Regular) -> NDArray[np.int64]:
    """How many effects of order 1, 2, ... each product is (orders x 2^m)."""
    masks = np.arange(1 << fraction.base)
    counts = np.zeros((_HIGHEST_ORDER + 1, len(masks)), dtype=np.int64)
    counts[0, 0] = 1
    for factor in fraction.masks:
        for order in range(_HIGHEST_ORDER, 0, -1):
            counts[order] += counts[order - 1][masks ^ factor]
    return counts[1:]
