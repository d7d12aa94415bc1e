"""Which block each run stands in: by the design's own structure where it has one, else dealt.

A structure is known for folded designs (their two halves), for regular fractions (by products of
factors), for central composites (cube and axial points) and for Box-Behnken designs; each leaves
the model undisturbed, or gives up what is least missed. All others are dealt by a search.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.blocking import deal, losses
from designs.errors import DesignError
from designs.evaluation.audit import two_level_signs
from designs.factors import Factors
from designs.generators.box_behnken import box_behnken
from designs.generators.box_behnken_blocks import box_behnken_blocks
from designs.generators.composite import orthogonal_split
from designs.generators.confounding import block_numbers, confounded
from designs.generators.regular import regular
from designs.layout import shares
from designs.model_terms import (
    default_terms,
    effect_columns,
    higher_terms,
    main_effects,
    orthonormal,
)
from designs.points.surface import composite_points
from designs.spec import DesignSpec
from designs.specs.common import BlocksByCount
from designs.specs.surface import CentralComposite

Blocks = NDArray[np.int64]

_NOTHING = 1e-9


def block_of_runs(
    factors: Factors,
    spec: DesignSpec,
    runs: pd.DataFrame,
    sizes: list[int],
    random: np.random.Generator,
) -> Blocks:
    """The block of each run, from 0.

    Args:
        factors: The factors.
        spec: The design section.
        runs: As of `points.planned.planned_runs`; a column ``block`` is the design's own.
        sizes: How many runs each block holds where positions decide it; blocks by count may
            come out otherwise.
        random: Source of randomness.

    Raises:
        DesignError: The blocks asked for are not those that the design has itself.
    """
    if "block" in runs:
        return _own(spec, runs, sizes)
    if spec.blocks is None:
        return np.zeros(len(runs), dtype=np.int64)
    by_products = _by_products(factors, runs, sizes)
    if by_products is not None:
        return by_products
    by_groups = _by_groups(factors, runs, sizes)
    if by_groups is not None:
        return by_groups
    if "pair" in runs and isinstance(spec.blocks, BlocksByCount):
        return _in_pairs(factors, runs, spec.blocks.count, random)
    coded = runs[list(factors)]
    terms = default_terms(coded, runs["point"], factors)
    model = effect_columns(coded, terms, factors).to_numpy()
    mains = effect_columns(coded, main_effects(factors), factors).shape[1]
    # Centre points are spread like a factor's levels, be they part of the model's shape or not.
    centre = (runs["point"] == "centre").to_numpy(dtype=np.float64)
    columns = np.column_stack([model[:, :mains], centre, model[:, mains:]])
    if isinstance(spec, CentralComposite) and isinstance(spec.blocks, BlocksByCount):
        block = _cube_and_axes(factors, spec, runs, columns, mains + 1, random)
        centred = model - model.mean(axis=0)
        if block is not None and losses(orthonormal(centred), block).sum() < _NOTHING:
            return block
    return deal(columns, mains + 1, sizes, random)


def _own(spec: DesignSpec, runs: pd.DataFrame, sizes: list[int]) -> Blocks:
    block = runs["block"].to_numpy(dtype=np.int64)
    count = int(block.max()) + 1
    if spec.blocks is not None and not (
        isinstance(spec.blocks, BlocksByCount) and len(sizes) == count
    ):
        raise DesignError(
            f"this design has {count} blocks of its own; leave blocks out", ("blocks",)
        )
    return block


def _by_products(factors: Factors, runs: pd.DataFrame, sizes: list[int]) -> Blocks | None:
    """Blocks of a regular fraction by products of factors, or by whole replicates."""
    count, centre = len(sizes), (runs["point"] == "centre").to_numpy()
    if count & (count - 1) or set(runs["point"]) - {"factorial", "centre"}:
        return None
    signs = two_level_signs(runs[list(factors)], runs["point"])
    fraction = None if signs is None else regular(signs)
    if signs is None or fraction is None:
        return None
    block = np.arange(len(runs)) - int((~centre).sum())  # centre points stand last
    block %= count
    replicates = len(signs) >> fraction.base
    if replicates % count == 0:
        block[~centre] = (runs["replicate"][~centre] - 1) % count
    elif replicates == 1 and 2 * count <= len(signs):
        block[~centre] = block_numbers(fraction, signs, confounded(fraction, count))
    else:
        return None
    main = effect_columns(runs[list(factors)], main_effects(factors), factors).to_numpy()
    undisturbed = losses(orthonormal(main - main.mean(axis=0)), block).sum() < _NOTHING
    return block if undisturbed and np.bincount(block).tolist() == sizes else None


def _by_groups(factors: Factors, runs: pd.DataFrame, sizes: list[int]) -> Blocks | None:
    """Blocks of a Box-Behnken design, the same for every copy of it."""
    edge = (runs["point"] == "edge").to_numpy()
    if not edge.any():
        return None
    points = runs.loc[edge, list(factors.continuous)].to_numpy(dtype=np.float64)
    once = len(box_behnken(len(factors.continuous)))
    found = box_behnken_blocks(points[:once], len(sizes))
    if found is None:
        return None
    block = np.arange(len(runs)) - int(edge.sum())  # centre points stand last
    block %= len(sizes)
    block[edge] = np.tile(found, len(points) // once)
    return block if np.bincount(block).tolist() == sizes else None


def _in_pairs(
    factors: Factors, runs: pd.DataFrame, count: int, random: np.random.Generator
) -> Blocks:
    """Mirrored runs stand in one block: no main effect differs between blocks.

    Source: Jones & Nachtsheim, Technometrics 58 (2016) 74.
    """
    away = runs[runs["point"] != "centre"]
    pair = runs.groupby(["replicate", "pair"]).ngroup()  # of centre runs, too, each its own
    first = away[~pair[away.index].duplicated()]
    curved, others = higher_terms(first[list(factors)], first["point"], factors)
    columns = effect_columns(first[list(factors)], [*curved, *others], factors).to_numpy()
    dealt = deal(columns, len(curved), shares(len(first), count), random)
    block_of = dict(zip(pair[first.index], dealt, strict=True))
    centre = runs["pair"] - away["pair"].max() - 1
    return np.array(
        [block_of.get(p, c % count) for p, c in zip(pair, centre, strict=True)], dtype=np.int64
    )


def _cube_and_axes(
    factors: Factors,
    spec: CentralComposite,
    runs: pd.DataFrame,
    columns: NDArray[np.float64],
    first: int,
    random: np.random.Generator,
) -> Blocks | None:
    """The axial points as a block beside those of the cube, where the centre points allow."""
    point, alpha = runs["point"], composite_points(factors, spec).alpha
    centre, cube = np.flatnonzero(point == "centre"), np.flatnonzero(point == "factorial")
    split = orthogonal_split(
        len(factors.continuous), len(cube), int((point == "axial").sum()), alpha, len(centre)
    )
    if split is None or not isinstance(spec.blocks, BlocksByCount):
        return None
    beside_cube = spec.blocks.count - 1
    inside = np.concatenate([cube, centre[: split[0]]])
    block = np.full(len(runs), beside_cube)
    sizes = shares(len(inside), beside_cube)
    by_products = _by_products(factors, runs.iloc[inside].reset_index(drop=True), sizes)
    block[inside] = (
        deal(columns[inside], first, sizes, random) if by_products is None else by_products
    )
    return block
