"""Dealing runs to blocks so that block differences disturb the model least."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from designs.model_terms import orthonormal

_PATIENCE = 100
"""Kicks in a row that may bring nothing before the search ends."""
_KICKED = 8
"""Runs that change places at random in a kick."""
_NOTHING = 1e-9
_FIRST_COUNT = 10.0
"""How much more a loss on the columns that matter first weighs than one on the others."""


def losses(basis: NDArray[np.float64], block: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of each column that lies between blocks (0: undisturbed, 1: lost).

    Args:
        basis: Orthonormal columns (n x q) of mean zero.
        block: The block of each run, from 0.
    """
    totals = np.zeros((block.max() + 1, basis.shape[1]))
    np.add.at(totals, block, basis)
    return np.asarray((totals**2 / np.bincount(block)[:, None]).sum(axis=0))


def deal(
    columns: NDArray[np.float64],
    first: int,
    sizes: Sequence[int],
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """Deal runs to blocks of given sizes.

    Runs of different blocks change places as long as that lessens the part of the model's
    columns that lies between blocks; then some are dealt anew, and so on from the best.

    Args:
        columns: The model's columns (n x p); those that matter most, the main effects, first.
        first: How many columns matter most.
        sizes: Runs of each block; their sum is n.
        random: Source of the beginning and the kicks.

    Returns:
        The block of each run, from 0.
    """
    columns = columns - columns.mean(axis=0)
    basis = orthonormal(columns)  # scaling it weighs its losses
    basis[:, : orthonormal(columns[:, :first]).shape[1]] *= np.sqrt(_FIRST_COUNT)
    begin = np.repeat(np.arange(len(sizes)), sizes)
    best = _improved(basis, random.permutation(begin), np.array(sizes))
    least, waited = float(losses(basis, best).sum()), 0
    while least > _NOTHING and waited < _PATIENCE:
        block = best.copy()
        kicked = random.choice(len(block), min(_KICKED, len(block)), replace=False)
        block[kicked] = block[random.permutation(kicked)]
        block = _improved(basis, block, np.array(sizes))
        loss = float(losses(basis, block).sum())
        waited = 0 if loss < least - _NOTHING else waited + 1
        if loss <= least + _NOTHING:
            best, least = block, loss
    return best


def _improved(
    basis: NDArray[np.float64], block: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.int64]:
    totals = np.zeros((len(sizes), basis.shape[1]))
    np.add.at(totals, block, basis)
    improved = True
    while improved:
        improved = False
        for run in range(len(block)):
            gains = _gains(basis, block, totals, sizes, run)
            other = int(np.argmin(gains))
            if gains[other] < -_NOTHING:
                change = basis[other] - basis[run]
                totals[block[run]] += change
                totals[block[other]] -= change
                block[run], block[other] = block[other], block[run]
                improved = True
    return block


def _gains(
    basis: NDArray[np.float64],
    block: NDArray[np.int64],
    totals: NDArray[np.float64],
    sizes: NDArray[np.int64],
    run: int,
) -> NDArray[np.float64]:
    """Change of the loss if ``run`` changed places with each other run (0 within its block)."""
    change = basis - basis[run]
    here, there = totals[block[run]], totals[block]
    norm = (change**2).sum(axis=1)
    gains = (2 * change @ here + norm) / sizes[block[run]]
    gains = gains + (norm - 2 * (change * there).sum(axis=1)) / sizes[block]
    return np.asarray(np.where(block == block[run], 0.0, gains))
