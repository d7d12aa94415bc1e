"""Orthogonal blocks of Box-Behnken designs.

Where the groups of factors that vary together can be dealt out so that every factor varies equally
often in each block, whole groups make the blocks; else each group is halved by the sign of the
product of its factors.

Source: Box & Behnken, Technometrics 2 (1960) 455.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def box_behnken_blocks(points: NDArray[np.float64], blocks: int) -> NDArray[np.int64] | None:
    """The block of each point, from 0; None where neither way makes so many blocks.

    Args:
        points: As of `box_behnken`: groups follow each other as wholes.
        blocks: Their number.
    """
    varied = points != 0
    changes = np.any(varied[1:] != varied[:-1], axis=1)
    group = np.concatenate([[0], np.cumsum(changes)])
    patterns = varied[np.concatenate([[0], np.flatnonzero(changes) + 1])]
    dealt = _dealt(patterns, blocks)
    if dealt is not None:
        return np.asarray(dealt[group])
    if blocks == 2 and patterns.sum(axis=1).min() > 2:
        signs = np.where(varied, points, 1.0).prod(axis=1)
        half = (signs > 0).astype(np.int64)
        return half if 0 < half.mean() < 1 else None
    return None


def _dealt(patterns: NDArray[np.bool_], blocks: int) -> NDArray[np.int64] | None:
    """Groups dealt to blocks with every factor equally often in each (depth first)."""
    often = patterns.sum(axis=0)
    if np.any(often % blocks) or len(patterns) % blocks:
        return None
    room = np.tile(often // blocks, (blocks, 1))
    placed = np.zeros(len(patterns), dtype=np.int64)

    def place(at: int) -> bool:
        if at == len(patterns):
            return True
        used = int(placed[:at].max()) + 1 if at else 0
        for block in range(min(used + 1, blocks)):  # empty blocks are all alike
            if np.all(room[block][patterns[at]] > 0):
                room[block] -= patterns[at]
                placed[at] = block
                if place(at + 1):
                    return True
                room[block] += patterns[at]
        return False

    return placed if place(0) else None
