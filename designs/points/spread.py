"""Points of designs that fill the whole region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.factors import CategoricalFactor, ContinuousFactor, Factors
from designs.generators import hypercube
from designs.generators.maximin import far_apart, maximin_hypercube
from designs.specs.spread import LatinHypercube, SpaceFilling

Array = NDArray[np.float64]

_CANDIDATES = 2048
"""Points from which those that keep apart are chosen; more where many are wanted."""
_MOST_DRAWN = 2**18


def latin_hypercube(factors: Factors, spec: LatinHypercube) -> pd.DataFrame:
    """A Latin hypercube; a categorical factor divides its range among its levels."""
    cube = hypercube.latin_hypercube(
        len(factors), spec.runs, spec.criterion, np.random.default_rng(spec.seed)
    )
    return _at_levels(factors, _numbers(factors, cube))


def space_filling(factors: Factors, spec: SpaceFilling) -> pd.DataFrame:
    """Runs that keep apart, or a Sobol sequence, where the rules hold.

    Raises:
        DesignError: A rule cannot be read, or next to no point keeps them all.
    """
    random = np.random.default_rng(spec.seed)
    bounded = bool(spec.constraints or spec.disallowed)
    if spec.method == "maximin" and not bounded:
        cube = maximin_hypercube(len(factors), spec.runs, random)
        return _at_levels(factors, _numbers(factors, cube))
    keeps = _rules(factors, spec) if bounded else None
    if spec.method == "sobol":
        return _at_levels(factors, _sobol(factors, spec.runs, keeps, random))
    candidates = _sobol(factors, max(_CANDIDATES, 20 * spec.runs), keeps, random)
    chosen = far_apart(_scaled(factors, candidates), spec.runs)
    return _at_levels(factors, candidates[chosen])


def _rules(factors: Factors, spec: SpaceFilling) -> Callable[[Array], NDArray[np.bool_]]:
    from designs.optimal._points import kept  # brings numba
    from designs.optimal.rules import compiled

    rules = compiled(factors, spec.constraints, spec.disallowed)
    return lambda points: kept(points, rules)


def _sobol(
    factors: Factors,
    runs: int,
    keeps: Callable[[Array], NDArray[np.bool_]] | None,
    random: np.random.Generator,
) -> Array:
    """The first so many points of a scrambled Sobol sequence that keep the rules."""
    from scipy.stats import qmc

    sequence = qmc.Sobol(len(factors), scramble=True, rng=random)
    drawn = sequence.random(1 << (runs - 1).bit_length())
    while True:
        points = _numbers(factors, 2 * drawn - 1)
        points = points if keeps is None else points[keeps(points)]
        if len(points) >= runs:
            return points[:runs]
        if len(drawn) >= _MOST_DRAWN:
            raise DesignError("the rules leave next to nothing of the region", ("constraints",))
        drawn = np.concatenate([drawn, sequence.random(len(drawn))])


def _numbers(factors: Factors, cube: Array) -> Array:
    """Points of [-1, 1]^k as coded values, level numbers for categorical factors.

    A factor with levels, be they names or numbers, divides its range evenly among them.
    """
    points = cube.copy()
    for column, factor in enumerate(factors.values()):
        if isinstance(factor, CategoricalFactor) or (
            isinstance(factor, ContinuousFactor) and factor.levels is not None
        ):
            count = len(factor.levels or ())
            number = np.minimum((cube[:, column] + 1) / 2 * count, count - 1).astype(np.int64)
            points[:, column] = number
            if isinstance(factor, ContinuousFactor):
                points[:, column] = factor.to_coded(factor.levels)[number]
    return points


def _scaled(factors: Factors, points: Array) -> Array:
    """Points for distances: numbers range over one, any two levels are one apart."""
    columns: list[Array] = []
    for column, factor in zip(points.T, factors.values(), strict=True):
        if isinstance(factor, CategoricalFactor):
            columns += [(column == n) * np.sqrt(0.5) for n in range(len(factor.levels))]
        else:
            columns.append(column / 2)
    return np.column_stack(columns)


def _at_levels(factors: Factors, points: Array) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for (name, factor), column in zip(factors.items(), points.T, strict=True):
        if isinstance(factor, CategoricalFactor):
            columns[name] = [factor.levels[int(number)] for number in column]
        else:
            columns[name] = column
    return pd.DataFrame(columns).assign(point="sample")
