"""How precisely a design predicts, over the whole region of its factors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.evaluation.information import Information
from designs.factors import CategoricalFactor, Factors
from designs.generators.polytope import Region, region
from designs.model_terms import model_matrix

_SAMPLE = 2**12
_MOST_NODES = 60_000
_MOST_VERTICES = 2**12
_NODES = np.polynomial.legendre.leggauss(3)
"""Three nodes integrate powers up to the fifth exactly: a quadratic model's variance."""


@dataclass(frozen=True)
class Prediction:
    """Variance of the predicted mean, in units of the variance between runs.

    Attributes:
        a_efficiency: ``p / (n trace(C))`` in percent, C the coefficients' covariance.
        g_efficiency: ``p / (n max variance)`` in percent, over the region.
        average: Mean over the region, the I criterion.
        at_centre: At the centre (the mean over the levels of categorical factors).
        at_vertices: Mean over the region's corners.
        worst: The largest of the region.
        fds: Variance below which a fraction of the region lies; one value for each of
            ``fractions``.
        fractions: 0 to 1.
    """

    a_efficiency: float
    g_efficiency: float
    average: float
    at_centre: float
    at_vertices: float
    worst: float
    fds: tuple[float, ...]
    fractions: tuple[float, ...]


def prediction(information: Information, factors: Factors) -> Prediction:
    """Prediction variance of a model over its region.

    The region is all coded levels between -1 and 1, and all blends within the components' bounds.
    """
    terms, p = information.model_terms, information.parameters
    covariance = information.covariance[:p, :p]

    def variance(points: pd.DataFrame) -> NDArray[np.float64]:
        columns = model_matrix(points, terms, factors).to_numpy()
        return np.asarray(np.einsum("ij,jk,ik->i", columns, covariance, columns))

    corners, inside = vertices(factors), variance(region_points(factors, _SAMPLE))
    at_corners = variance(corners)
    nodes, weights = _quadrature(factors)
    fractions = np.linspace(0, 1, 51)
    worst = float(max(inside.max(), at_corners.max()))
    return Prediction(
        a_efficiency=float(100 * p / (information.runs * np.trace(covariance))),
        g_efficiency=100 * p / (information.runs * worst),
        average=float(weights @ variance(nodes)),
        at_centre=float(variance(_centre(factors)).mean()),
        at_vertices=float(at_corners.mean()),
        worst=worst,
        fds=tuple(float(value) for value in np.quantile(inside, fractions)),
        fractions=tuple(float(fraction) for fraction in fractions),
    )


def region_points(factors: Factors, count: int) -> pd.DataFrame:
    """Coded points spread evenly over the region (a Sobol sequence), always the same ones."""
    drawn = 1 << (count - 1).bit_length()
    from scipy.stats import qmc  # slow to load, and only wanted here

    unit = qmc.Sobol(len(factors), scramble=True, rng=0).random(drawn)
    while len(points := _points_of(factors, unit)) < count:  # blends beyond bounds are dropped
        drawn *= 2
        unit = qmc.Sobol(len(factors), scramble=True, rng=0).random(drawn)
    return points.iloc[:count]


def _points_of(factors: Factors, unit: NDArray[np.float64]) -> pd.DataFrame:
    columns: dict[str, object] = {}
    for (name, factor), share in zip(factors.items(), unit.T, strict=True):
        if isinstance(factor, CategoricalFactor):
            chosen = np.minimum((share * len(factor.levels)).astype(int), len(factor.levels) - 1)
            columns[name] = np.array(factor.levels, dtype=object)[chosen]
        else:
            columns[name] = 2 * share - 1
    points = pd.DataFrame(columns)
    if not factors.mixture:
        return points
    # Exponentials divided by their sum lie evenly on the simplex.
    blends = -np.log1p((-1 - points[list(factors.mixture)].to_numpy()) / 2)
    blends = blends / blends.sum(axis=1, keepdims=True)
    points[list(factors.mixture)] = blends
    within = (blends <= factors.mixture.coded_highs).all(axis=1)
    kept: pd.DataFrame = points.loc[within].reset_index(drop=True)
    return kept


def vertices(factors: Factors) -> pd.DataFrame:
    """The corners of the region, at every combination of levels; of very many an even sample."""
    if 2 ** len(factors.continuous) * _combinations(factors) <= _MOST_VERTICES:
        corners = _crossed(factors, [[-1.0, 1.0]] * len(factors.continuous))
        return _with_blends(corners, factors, lambda region: region.vertices)
    points = region_points(factors, _MOST_VERTICES)
    numeric = list(factors.continuous)
    return points.assign(**{name: np.where(points[name] > 0, 1.0, -1.0) for name in numeric})


def _quadrature(factors: Factors) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Points and weights whose weighted sum is the mean over the region."""
    axes, levels = len(factors.continuous), _combinations(factors)
    if factors.mixture or 3**axes * levels > _MOST_NODES:
        return region_points(factors, _SAMPLE), np.full(_SAMPLE, 1 / _SAMPLE)
    at, weight = _NODES
    nodes = _crossed(factors, [list(at)] * axes)
    each = np.array([prod(w) for w in product(weight / 2, repeat=axes)])
    return nodes, np.tile(each, levels) / levels


def _combinations(factors: Factors) -> int:
    return prod(len(factor.levels) for factor in factors.categorical.values())


def _crossed(factors: Factors, values: Sequence[Sequence[float]]) -> pd.DataFrame:
    """All combinations of the continuous values, at each combination of levels in turn."""
    levels = product(*(factor.levels for factor in factors.categorical.values()))
    names = [*factors.categorical, *factors.continuous]
    rows = [(*chosen, *point) for chosen in levels for point in product(*values)]
    return pd.DataFrame(rows, columns=names)[[name for name in factors if name in names]]


def _centre(factors: Factors) -> pd.DataFrame:
    centre = _crossed(factors, [[0.0]] * len(factors.continuous))
    return _with_blends(centre, factors, lambda region: region.centroid()[None, :])


def _with_blends(
    points: pd.DataFrame, factors: Factors, of: Callable[[Region], NDArray[np.float64]]
) -> pd.DataFrame:
    """Points in the other factors, each at those blends of the mixture's region."""
    if not factors.mixture:
        return points
    upper = np.minimum(factors.mixture.coded_highs, 1.0)
    blends = of(region(upper, np.empty((0, len(upper))), np.empty(0)))
    columns = {name: blends[:, at] for at, name in enumerate(factors.mixture)}
    every = np.repeat(np.arange(len(points)), len(blends))
    repeated = points.iloc[every].reset_index(drop=True)
    return repeated.assign(**{n: np.tile(c, len(points)) for n, c in columns.items()})[
        list(factors)
    ]
