"""Regular two-level fractions by their words.

A factor of a fraction with 2^m runs is a product of the m base factors, held as a bit mask. A
word is a product of factors that is constant; the length of the shortest is the resolution.
Words never vanish when factors are added, so a search may drop a partial fraction as soon as
it holds a word that is too short.

Source: Chen, Sun & Wu, Int. Stat. Rev. 61 (1993) 131; Montgomery, Design and Analysis of
Experiments, ch. 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.generators.factorial import two_level

_BEAM = 40
_MOST_ADDED = 12
"""2^12 words are searched in a second; beyond, words are counted without being listed, and the
resolutions III and IV are made."""


def fraction(factors: int, resolution: int) -> NDArray[np.float64]:
    """The smallest regular fraction of at least a resolution.

    Args:
        factors: Number of factors k.
        resolution: Least length of a word.

    Returns:
        Runs x k, coded -1 and 1, the base factors first in standard order; the full factorial
        where no fraction has the resolution.

    Raises:
        DesignError: There are more factors than fractions are searched for.
    """
    for base in range(1, factors):
        masks = _added_factors(factors, base, resolution)
        if masks is not None:
            return _columns(base, masks)
    return two_level(factors)


def fraction_of_runs(factors: int, runs: int) -> NDArray[np.float64]:
    """The fraction of so many runs whose shortest words are longest and fewest.

    Args:
        factors: Number of factors k.
        runs: A power of two above k, at most ``2^k``.

    Raises:
        DesignError: There is no such fraction.
    """
    base = runs.bit_length() - 1
    if runs != 1 << base or not factors < runs <= 1 << factors:
        least = 1 << factors.bit_length()
        raise DesignError(
            f"a fraction with {factors} factors has {least}, {2 * least}, ... runs, at most "
            f"{1 << factors}; not {runs}",
            ("runs",),
        )
    if base == factors:
        return two_level(factors)
    highest = base + 1 if factors - base <= _MOST_ADDED else 4
    found = (_added_factors(factors, base, resolution) for resolution in range(highest, 2, -1))
    return _columns(base, next(masks for masks in found if masks is not None))


def fraction_by_generators(base: int, products: Sequence[tuple[int, ...]]) -> NDArray[np.float64]:
    """The fraction whose further factors are products of the base factors.

    Args:
        base: Number of base factors m.
        products: For each further factor the positions of its base factors.

    Returns:
        2^m runs; the base factors' columns, then one per product.
    """
    return _columns(base, tuple(sum(1 << i for i in product) for product in products))


def _columns(base: int, masks: Sequence[int]) -> NDArray[np.float64]:
    cube = two_level(base)
    added = [cube[:, [i for i in range(base) if mask >> i & 1]].prod(axis=1) for mask in masks]
    return np.column_stack([cube, *added])


@cache
def _added_factors(factors: int, base: int, resolution: int) -> tuple[int, ...] | None:
    added = factors - base
    candidates = [mask for mask in range(1, 1 << base) if mask.bit_count() >= resolution - 1]
    if len(candidates) < added:
        return None
    if added <= _MOST_ADDED and (found := _search(base, added, candidates, resolution)):
        return found
    if added <= _MOST_ADDED:
        return None
    if resolution <= 4:  # products of odd length are clear of each other's pairs
        odd = [mask for mask in candidates if mask.bit_count() % 2]
        chosen = [candidates] if resolution == 3 else [candidates, odd]
        tried = [_search_by_weights(base, added, some, resolution == 4) for some in chosen]
        fractions = [each for each in tried if each is not None]
        return min(fractions)[1] if fractions else None
    raise DesignError(
        f"no fraction of resolution {resolution} is made for {factors} factors; "
        "ask for resolution 4, or split the study",
        ("resolution",),
    )


def _search(
    base: int, added: int, candidates: Sequence[int], resolution: int
) -> tuple[int, ...] | None:
    """Add factors one at a time, keeping the partial fractions of least aberration.

    One fraction is kept of those with equal counts of words of every length and of words on
    every factor, since these are nearly always the same fraction with its factors renamed.
    """
    masks = np.array(candidates)
    partial: list[tuple[tuple[int, ...], NDArray[np.int64]]] = [((), np.zeros(1, dtype=np.int64))]
    for position in range(added):
        found: dict[bytes, tuple[tuple[int, ...], NDArray[np.int64]]] = {}
        for chosen, words in partial:
            grown = words[None, :] ^ (masks[:, None] | 1 << (base + position))
            lengths = np.bitwise_count(grown)
            for row in np.flatnonzero(lengths.min(axis=1, initial=99) >= resolution):
                group = np.concatenate([words, grown[row]])
                key = _pattern(group, base + position + 1)
                found.setdefault(key, ((*chosen, int(masks[row])), group))
        partial = [found[key] for key in sorted(found)[:_BEAM]]
    return partial[0][0] if partial else None


def _search_by_weights(
    base: int, added: int, candidates: Sequence[int], without_triples: bool
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The same for many added factors, whose words are too many to be listed.

    The mean over runs of a power of the sum of a run's signs counts the products of so many
    factors, repeats allowed, that are constant. The third power's is six times the number of words
    of length three; of designs equal so far the smaller of the next has the fewer words of the
    next length. Xu, Statistica Sinica 13 (2003) 691.

    Args:
        base: Number of base factors.
        added: Number of factors to add.
        candidates: The products of base factors that they may be.
        without_triples: Whether words of length three are refused.

    Returns:
        The powers' sums from the third on, and the products; None where there is no such fraction.
    """
    masks = np.array(candidates)
    runs = np.arange(1 << base)
    signs = 1 - 2 * (np.bitwise_count(runs[:, None] & masks) % 2).astype(np.int64)
    start = (1 - 2 * (runs[:, None] >> np.arange(base) & 1)).sum(axis=1)
    partial: list[tuple[tuple[int, ...], NDArray[np.int64]]] = [((), start)]
    for _ in range(added):
        found: dict[tuple[int, ...], tuple[tuple[int, ...], NDArray[np.int64]]] = {}
        for chosen, sums in partial:
            grown = sums[:, None] + signs
            means = [(grown**power).sum(axis=0).tolist() for power in (3, 4, 5, 6)]
            for number, key in enumerate(zip(*means, strict=True)):
                if number not in chosen and not (without_triples and key[0]):
                    found.setdefault(key, ((*chosen, number), grown[:, number]))
        partial = [found[key] for key in sorted(found)[:_BEAM]]
    if not partial:
        return None
    return min(found), tuple(int(masks[number]) for number in partial[0][0])


def _pattern(words: NDArray[np.int64], factors: int) -> bytes:
    lengths = np.bincount(np.bitwise_count(words), minlength=factors + 1)
    on_factor = np.sort([np.count_nonzero(words >> i & 1) for i in range(factors)])
    return np.concatenate([lengths, on_factor]).astype(">u4").tobytes()
