"""Words of two-level designs: the defining relation, alias sets, and partial aliases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from designs.generators.regular import regular

_NOTHING = 1e-9
_MOST_FACTORS = 26
"""Alias sets and partial aliases of more factors than these would be read by nobody."""
_MOST_WORDS = 4096


@dataclass(frozen=True)
class AliasStructure:
    """Which effects of a two-level design are one another, wholly or in part.

    Attributes:
        defining: Products of factors that are the same in every run, such as ``-a*b*c``; empty
            unless the design is a regular fraction.
        sets: Main effects and two-factor interactions that cannot be told apart, such as
            ``a = b:c = -d:e``.
        partial: In a design that is no regular fraction, for each factor the two-factor
            interactions that enter its main effect, each with the share of it that enters.
    """

    defining: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    partial: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def alias_structure(signs: NDArray[np.float64] | None, names: list[str]) -> AliasStructure:
    """The aliases of a two-level design.

    Args:
        signs: Runs x k of -1 and 1; None for a design that has more levels.
        names: The k factors.
    """
    if signs is None or not 2 <= len(names) <= _MOST_FACTORS:
        return AliasStructure()
    fraction = regular(signs)
    if fraction is None:
        return AliasStructure(partial=_partial(signs, names))
    if 1 << (len(names) - fraction.base) > _MOST_WORDS:
        return AliasStructure()
    words = sorted(fraction.words(), key=lambda word: (len(word), word))
    return AliasStructure(
        defining=tuple(
            _signed("*".join(names[i] for i in word), fraction.effect(word)[1]) for word in words
        ),
        sets=tuple(
            " = ".join(_signed(":".join(names[i] for i in effect), s) for effect, s in found)
            for found in fraction.alias_sets()
        ),
    )


def _signed(text: str, sign: int) -> str:
    return f"-{text}" if sign < 0 else text


def _partial(signs: NDArray[np.float64], names: list[str]) -> dict[str, dict[str, float]]:
    """Alias coefficients of the model of main effects against two-factor interactions."""
    pairs = list(combinations(range(len(names)), 2))
    mains = np.column_stack([np.ones(len(signs)), signs])
    products = np.column_stack([signs[:, i] * signs[:, j] for i, j in pairs])
    entering = np.linalg.lstsq(mains, products, rcond=None)[0][1:]
    found: dict[str, dict[str, float]] = {}
    for name, shares in zip(names, entering, strict=True):
        mixed = {
            f"{names[i]}:{names[j]}": float(share)
            for (i, j), share in zip(pairs, shares, strict=True)
            if abs(share) > _NOTHING
        }
        if mixed:
            found[name] = mixed
    return found
