"""Regular two-level fractions seen in their signs: words, and which effects are one another.

Every product of factors in a regular fraction of 2^m runs is, but for its sign, one of the 2^m
products of m base factors. A product is held as a bit mask over the base factors, so that the
product of two is their exclusive or.

Source: Box & Hunter, Technometrics 3 (1961) 311; Wu & Hamada, Experiments, ch. 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Regular:
    """A regular fraction, perhaps the whole factorial.

    Attributes:
        base: Number m of base factors; there are 2^m different runs.
        masks: Each factor as a product of base factors.
        signs: The sign with which it is that product, 1 or -1.
    """

    base: int
    masks: tuple[int, ...]
    signs: tuple[int, ...]

    def effect(self, factors: Sequence[int]) -> tuple[int, int]:
        """Mask and sign of a product of factors, given by position."""
        mask, sign = 0, 1
        for factor in factors:
            mask ^= self.masks[factor]
            sign *= self.signs[factor]
        return mask, sign

    def words(self) -> Iterator[tuple[int, ...]]:
        """The factors of each word of the defining relation, shortest words not first."""
        generators = _relations(self.masks)
        for chosen in range(1, 1 << len(generators)):
            word = 0
            for position, generator in enumerate(generators):
                if chosen >> position & 1:
                    word ^= generator
            yield tuple(i for i in range(len(self.masks)) if word >> i & 1)

    def word_lengths(self) -> tuple[int, ...]:
        """How many words have length 0, 1, 2, ... k: the word-length pattern."""
        lengths = [0] * (len(self.masks) + 1)
        for word in self.words():
            lengths[len(word)] += 1
        return tuple(lengths)

    def alias_sets(self, order: int = 2) -> list[list[tuple[tuple[int, ...], int]]]:
        """Effects up to an order in sets that the runs cannot tell apart.

        Returns:
            One list for each set of at least two: (factors, sign against the first of the set),
            lower orders first. Effects that are constant are left out.
        """
        sets: dict[int, list[tuple[tuple[int, ...], int]]] = {}
        for length in range(1, order + 1):
            for factors in combinations(range(len(self.masks)), length):
                mask, sign = self.effect(factors)
                sets.setdefault(mask, []).append((factors, sign))
        sets.pop(0, None)
        return [
            [(factors, sign * found[0][1]) for factors, sign in found]
            for found in sets.values()
            if len(found) > 1
        ]


def regular(signs: NDArray[np.float64]) -> Regular | None:
    """Recognise a regular fraction.

    Args:
        signs: Runs x k of -1 and 1, in any order, replicated or not.

    Returns:
        None when the runs are no such fraction, or do not all occur equally often.
    """
    columns: list[NDArray[np.float64]] = [np.ones(len(signs))]  # by mask
    masks: list[int] = []
    directions: list[int] = []
    for factor in signs.T:
        means = np.array(columns) @ factor / len(signs)
        mask = int(np.argmax(np.abs(means)))
        if abs(means[mask]) == 1:
            masks.append(mask)
            directions.append(int(means[mask]))
        elif np.any(means) or 2 * len(columns) > len(signs):
            return None
        else:
            masks.append(len(columns))
            directions.append(1)
            columns += [column * factor for column in columns]
    base = len(columns).bit_length() - 1
    counts = np.unique(signs, axis=0, return_counts=True)[1]
    if len(counts) != len(columns) or len(set(counts)) > 1:
        return None
    return Regular(base, tuple(masks), tuple(directions))


def _relations(masks: Sequence[int]) -> list[int]:
    """Independent words, as bit masks over factors: the combinations of ``masks`` that vanish."""
    reduced: dict[int, tuple[int, int]] = {}  # leading bit -> (mask, factors in it)
    words: list[int] = []
    for position, mask in enumerate(masks):
        factors = 1 << position
        while mask:
            leading = mask.bit_length()
            if leading not in reduced:
                reduced[leading] = (mask, factors)
                break
            mask, factors = mask ^ reduced[leading][0], factors ^ reduced[leading][1]
        else:
            words.append(factors)
    return words
