"""What a design can tell: audited on the finished table, whatever made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.evaluation.words import AliasStructure, alias_structure
from designs.factors import Factors
from designs.findings import warnings_of
from designs.model_terms import (
    alias_of,
    block_indicators,
    default_terms,
    effect_columns,
    estimable_terms,
    higher_terms,
    main_effects,
    model_matrix,
)

_EXACT = 1e-7
"""Coded levels carry the rounding of run sheets, twelve digits."""
_MOST_WORK = 2e7
"""Products formed in a search for words of one length; longer words are not looked for."""


@dataclass(frozen=True)
class DesignAudit:
    """Facts about a design, and what they mean for the scientist.

    Attributes:
        runs: Number of runs.
        distinct_points: Number of different settings.
        terms: Terms of the default model that can be estimated, blocks taken out.
        parameters: Columns of that model, the intercept counted.
        rank: Rank of the default model's matrix with the blocks; ``parameters`` plus blocks
            less one when all is well.
        residual_df: Runs left to tell the error.
        pure_error_df: Of those, the ones that come from repeated settings.
        aliased: Terms that cannot be estimated, each with the terms it is mixed with
            (``block`` for the blocks).
        resolution: Length of the shortest word of a two-level design, or of the cube of a
            composite one; None for a full factorial and for designs of more levels.
        words: The shortest words.
        aliases: Which effects of a two-level design are one another, wholly or in part.
        unbalanced: Factors whose levels do not occur equally often (above and below the
            centre).
        orthogonal: Main effects are uncorrelated.
        largest_correlation: Between two columns of main effects.
        d_efficiency: ``|X'X|^(1/p) / n`` of the default model in coded units, in percent.
        blocks: Number of blocks.
        block_losses: For each term the share of its information that block differences take,
            where there is any.
        warnings: Sentences for the scientist.
    """

    runs: int
    distinct_points: int
    terms: tuple[str, ...]
    parameters: int
    rank: int
    residual_df: int
    pure_error_df: int
    aliased: Mapping[str, tuple[str, ...]]
    resolution: int | None
    words: tuple[str, ...]
    aliases: AliasStructure
    unbalanced: tuple[str, ...]
    orthogonal: bool
    largest_correlation: float
    d_efficiency: float
    blocks: int
    block_losses: Mapping[str, float]
    warnings: tuple[str, ...]

    @property
    def balanced(self) -> bool:
        """Whether every factor's levels occur equally often."""
        return not self.unbalanced


def audit(table: pd.DataFrame, factors: Factors) -> DesignAudit:
    """Audit a run sheet's table.

    Args:
        table: Columns ``point`` and ``block`` and one per factor in actual units.
        factors: The factors.
    """
    coded, point, block = factors.to_coded(table), table["point"], table["block"]
    intended = default_terms(coded, point, factors)
    terms = estimable_terms(coded, intended, factors, block=block)
    matrix = model_matrix(coded, terms, factors).to_numpy()
    with_blocks = np.column_stack([matrix, block_indicators(block)[:, 1:]])
    settings = pd.factorize(pd.MultiIndex.from_frame(coded))[0]
    rank = int(np.linalg.matrix_rank(with_blocks))
    signs = two_level_signs(coded, point)
    shortest, words = shortest_words(signs, list(factors), point)
    correlation = _largest_correlation(coded, factors)
    facts = DesignAudit(
        runs=len(table),
        distinct_points=int(settings.max()) + 1,
        terms=tuple(terms),
        parameters=matrix.shape[1],
        rank=rank,
        residual_df=len(table) - rank,
        pure_error_df=_pure_error_df(settings, block),
        aliased=_aliased(coded, point, block, factors, intended),
        resolution=shortest,
        words=words,
        aliases=alias_structure(signs, list(factors)),
        unbalanced=tuple(
            name
            for name in factors
            if name not in factors.mixture and not _is_balanced(coded[name])
        ),
        orthogonal=correlation < _EXACT,
        largest_correlation=correlation,
        d_efficiency=d_efficiency(matrix),
        blocks=block.nunique(),
        block_losses=_block_losses(coded, block, terms, factors),
        warnings=(),
    )
    return warnings_of(facts, table, factors)


def d_efficiency(matrix: NDArray[np.float64]) -> float:
    """``100 |X'X|^(1/p) / n`` of a model matrix X (n x p); 0 when it is singular."""
    runs, parameters = matrix.shape
    sign, logarithm = np.linalg.slogdet(matrix.T @ matrix)
    return 0.0 if sign <= 0 else float(100 * np.exp(logarithm / parameters) / runs)


def two_level_signs(coded: pd.DataFrame, point: pd.Series[str]) -> NDArray[np.float64] | None:
    """The runs but centre and axial points as -1 and 1; None where these are not two levels."""
    runs = coded[~point.isin(["centre", "axial"])]
    if len(runs) == 0 or any(runs[name].nunique() != 2 for name in runs):
        return None
    return np.column_stack([2.0 * pd.factorize(runs[name], sort=True)[0] - 1 for name in runs])


def shortest_words(
    signs: NDArray[np.float64] | None, names: list[str], point: pd.Series[str]
) -> tuple[int | None, tuple[str, ...]]:
    """The resolution of a two-level design by searching its words.

    A word is a product of factors that is constant over the runs. In a screening design, which
    has none, a product of non-zero mean counts: it mixes effects in part.

    Returns:
        The length of the shortest words and the words, such as ``a*b*c``; None for a design
        without words.
    """
    if signs is None or len(np.unique(signs, axis=0)) == 2 ** signs.shape[1]:
        return None, ()
    runs, factors = signs.shape
    constant = _EXACT if (point == "screening").any() else 1 - _EXACT
    for length in range(1, factors + 1):
        if runs * length * comb(factors, length) > _MOST_WORK:
            break
        subsets = np.array(list(combinations(range(factors), length)))
        means = signs[:, subsets].prod(axis=2).mean(axis=0)
        if len(found := subsets[np.abs(means) > constant]):
            return length, tuple("*".join(names[i] for i in word) for word in found)
    return None, ()


def _aliased(
    coded: pd.DataFrame,
    point: pd.Series[str],
    block: pd.Series[int],
    factors: Factors,
    intended: list[str],
) -> dict[str, tuple[str, ...]]:
    kept: list[str] = []
    aliased: dict[str, tuple[str, ...]] = {}
    for term in [
        *main_effects(factors),
        *(t for c in higher_terms(coded, point, factors) for t in c),
    ]:
        if estimable_terms(coded, [term], factors, given=kept):
            kept.append(term)
        else:
            aliased[term] = alias_of(coded, term, kept, factors)
    in_blocks = set(intended) - set(estimable_terms(coded, intended, factors, block=block))
    return aliased | {term: ("block",) for term in intended if term in in_blocks}


def _pure_error_df(settings: NDArray[np.int64], block: pd.Series[int]) -> int:
    cells = np.column_stack(
        [settings[:, None] == np.unique(settings)[None, :], block_indicators(block)]
    )
    return len(cells) - int(np.linalg.matrix_rank(cells.astype(float)))


def _is_balanced(levels: pd.Series[float] | pd.Series[str]) -> bool:
    if levels.dtype == np.float64:
        ascending = np.sort(levels.to_numpy(dtype=np.float64))
        return bool(np.allclose(ascending, -ascending[::-1], atol=_EXACT))
    return bool(levels.value_counts().nunique() == 1)


def _largest_correlation(coded: pd.DataFrame, factors: Factors) -> float:
    """The largest absolute correlation between columns of two different factors.

    Two components of one mixture are correlated by nature and do not count.
    """
    units: dict[str, NDArray[np.float64]] = {}
    for name in factors:
        part = effect_columns(coded, [name], factors).to_numpy()
        centred = part - part.mean(axis=0)
        units[name] = centred / np.maximum(np.linalg.norm(centred, axis=0), _EXACT)
    pairs = [
        np.abs(units[first].T @ units[second]).max()
        for first, second in combinations(factors, 2)
        if not {first, second} <= set(factors.mixture)
    ]
    return float(max(pairs, default=0.0))


def _block_losses(
    coded: pd.DataFrame, block: pd.Series[int], terms: list[str], factors: Factors
) -> dict[str, float]:
    if block.nunique() == 1 or not terms:
        return {}
    matrix = model_matrix(coded, terms, factors).to_numpy()
    with_blocks = np.column_stack([matrix, block_indicators(block)[:, 1:]])
    shares = _variances(matrix) / _variances(with_blocks)[: matrix.shape[1]]
    kept = iter(shares if factors.mixture else shares[1:])
    found: dict[str, float] = {}
    for term in terms:
        width = effect_columns(coded, [term], factors).shape[1]
        share = 1 - min(next(kept) for _ in range(width))
        if share > _EXACT:
            found[term] = float(share)
    return found


def _variances(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.diag(np.linalg.inv(matrix.T @ matrix)))
