"""A linear model in the form that the kernels take: every column a product of basis functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from designs.factors import CategoricalFactor, ContinuousFactor, Factors
from designs.model_terms import powers
from designs.optimal._types import Array, Mask, Problem, Whole

Column = tuple[tuple[int, int], ...]
"""Factor and basis function of each part of a column; empty for the intercept."""

_GAUSS_POINTS = 12


@dataclass(frozen=True)
class Coordinate:
    """One factor as the search sees it.

    Attributes:
        levels: Number of levels of a categorical factor, numbered from 0; 0 for numbers.
        values: The coded values that are tried first, or the only ones.
        smooth: Whether values between them may be taken as well.
        nuisance: A block: estimated, but never predicted for.
    """

    levels: int
    values: tuple[float, ...]
    smooth: bool = False
    nuisance: bool = False

    @classmethod
    def of(cls, factor: ContinuousFactor | CategoricalFactor, power: int) -> Coordinate:
        """A factor whose highest power in the model is ``power``."""
        if isinstance(factor, CategoricalFactor):
            return cls(len(factor.levels), tuple(map(float, range(len(factor.levels)))))
        if factor.levels is not None:
            return cls(0, tuple(map(float, factor.to_coded(factor.levels))))
        grid = np.linspace(-1, 1, 2 * max(power, 1) + 1).round(2)
        return cls(0, tuple(map(float, grid)), smooth=True)

    @classmethod
    def blocks(cls, count: int) -> Coordinate:
        """The number of a block."""
        return cls(count, tuple(map(float, range(count))), nuisance=True)

    def moments(self, order: int) -> Array:
        """Mean product of every two basis functions over the factor's region."""
        if self.nuisance:
            return np.diag((np.arange(order + 1) == 0).astype(np.float64))
        if self.smooth:
            points, weights = np.polynomial.legendre.leggauss(_GAUSS_POINTS)
        else:
            points, weights = np.array(self.values), np.ones(len(self.values))
        functions = np.array([[self.function(x, e) for e in range(order + 1)] for x in points])
        return np.asarray(functions.T @ (functions * weights[:, None]) / weights.sum())

    def function(self, x: float, code: int) -> float:
        """Basis function of the given number; 0 is the constant."""
        if code == 0:
            return 1.0
        if self.levels == 0:
            return float(x**code)
        return float(x == code) - float(x == 0)


@dataclass(frozen=True)
class Model:
    """Coordinates and the columns built from them, the intercept first."""

    coordinates: tuple[Coordinate, ...]
    columns: tuple[Column, ...]

    @property
    def orders(self) -> Whole:
        """The highest basis function of each coordinate."""
        used = [[e for column in self.columns for f, e in column if f == j] for j in self._numbers]
        return np.array([max(found, default=0) for found in used], dtype=np.int64)

    @property
    def _numbers(self) -> range:
        return range(len(self.coordinates))

    @property
    def levels(self) -> Whole:
        """Number of levels by coordinate, 0 for numbers."""
        return np.array([c.levels for c in self.coordinates], dtype=np.int64)

    @property
    def parts(self) -> Whole:
        """Factor and function of each part of each column (p x parts x 2), -1 where none."""
        return _padded(self.columns, max(1, *map(len, self.columns)))

    def moments(self) -> Array:
        """The moment matrix (p x p) over the whole region: integrals are exact."""
        found = np.ones((len(self.columns), len(self.columns)))
        for j, order in enumerate(self.orders):
            codes = [dict(column).get(j, 0) for column in self.columns]
            found *= self.coordinates[j].moments(int(order))[np.ix_(codes, codes)]
        return found

    def problem(self, stratum: Whole, free: Mask) -> Problem:
        """The arrays that `designs.optimal._exchange.exchange` takes.

        Args:
            stratum: By coordinate, 0 for one that varies between runs, then outwards.
            free: Which values may be changed (n x k).
        """
        touch, others, at = [], [], [0]
        for j in self._numbers:
            for c, column in enumerate(self.columns):
                if (code := dict(column).get(j)) is not None:
                    touch.append((c, code))
                    others.append(tuple(part for part in column if part[0] != j))
            at.append(len(touch))
        counts = np.array([len(c.values) for c in self.coordinates], dtype=np.int64)
        grid = np.zeros((len(counts), counts.max()))
        for j, coordinate in enumerate(self.coordinates):
            grid[j, : counts[j]] = coordinate.values
        return (
            self.levels,
            self.parts,
            np.array(touch, dtype=np.int64).reshape(-1, 2),
            _padded(others, max(1, self.parts.shape[1] - 1)),
            np.array(at, dtype=np.int64),
            self.orders,
            grid,
            counts,
            np.array([c.smooth for c in self.coordinates]),
            stratum,
            free,
        )


def columns_of(factors: Factors, terms: Sequence[str]) -> tuple[Column, ...]:
    """The columns of model terms, in the order of `designs.model_terms.model_matrix`."""
    names = list(factors)
    columns: list[Column] = [()]
    for term in terms:
        parts: list[list[tuple[int, int]]] = []
        for name, power in powers(term).items():
            factor = factors[name]
            levels = len(factor.levels) if isinstance(factor, CategoricalFactor) else 0
            codes = list(range(1, levels)) if levels else [power]
            parts.append([(names.index(name), code) for code in codes])
        columns += [tuple(column) for column in product(*parts)]
    return tuple(columns)


def _padded(columns: Sequence[Column], width: int) -> Whole:
    found = np.full((len(columns), width, 2), -1, dtype=np.int64)
    for c, column in enumerate(columns):
        for w, part in enumerate(column):
            found[c, w] = part
    return found
