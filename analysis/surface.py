"""A fitted model as a polynomial in the coded numeric factors, for geometry and search."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.mixture.blends import Blends
from analysis.model_matrix import term_columns
from analysis.scale import IDENTITY, Scale
from designs.model_terms import INTERCEPT, powers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.response_model import ResponseModel
    from designs import Factors


@dataclass(frozen=True)
class Surface:
    """``sum_k weights[k] * prod_j x_j ** exponents[k, j]`` at fixed levels, averaged over blocks.

    Attributes:
        factors: Names of the continuous factors and components of a mixture, the order of ``x``.
        exponents: Integers, one row per monomial, one column per factor.
        weights: Of each monomial, in units of the response on the scale it was modelled on.
        scale: That scale; values and gradients are of the response itself.
    """

    factors: tuple[str, ...]
    exponents: np.ndarray
    weights: np.ndarray
    scale: Scale = IDENTITY

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Responses at points ``x``, shape (..., factors)."""
        return self.scale.inverse(self.polynomial(x))

    def polynomial(self, x: np.ndarray) -> np.ndarray:
        """Values on the modelled scale at points ``x``, shape (..., factors)."""
        x = np.asarray(x, dtype=float)
        return np.asarray(np.prod(x[..., None, :] ** self.exponents, axis=-1) @ self.weights)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Slope of the response in each factor at one point."""
        exponents, weights = self._derivatives
        slope = np.sum(np.prod(x**exponents, axis=-1) * weights, axis=-1)
        return np.asarray(slope * self.scale.slope(self.polynomial(x)))

    @cached_property
    def _derivatives(self) -> tuple[np.ndarray, np.ndarray]:
        """Exponents (factor, monomial, factor) and weights (factor, monomial) of the slopes."""
        lowered = np.maximum(self.exponents - np.eye(len(self.factors), dtype=int)[:, None, :], 0)
        return lowered, self.exponents.T * self.weights

    def second_order(self) -> tuple[float, np.ndarray, np.ndarray]:
        """``b0``, ``b`` and symmetric ``B`` of ``b0 + x'b + x'Bx``, the terms up to degree two."""
        k = len(self.factors)
        constant, linear, quadratic = 0.0, np.zeros(k), np.zeros((k, k))
        for weight, exponents in zip(self.weights, self.exponents, strict=True):
            present = np.repeat(np.arange(k), exponents)
            if len(present) == 0:
                constant += weight
            elif len(present) == 1:
                linear[present[0]] += weight
            elif len(present) == 2:
                quadratic[present[0], present[1]] += weight / 2
                quadratic[present[1], present[0]] += weight / 2
        return constant, linear, quadratic

    @property
    def degree(self) -> int:
        """Highest total power of a monomial."""
        return int(self.exponents.sum(axis=1).max(initial=0))


def surface_of(model: ResponseModel, levels: Mapping[str, str]) -> Surface:
    """The surface of a model at ``levels`` of the categorical factors."""
    factors = model.factors
    names = tuple(factors.numeric)
    # With every numeric factor at one, a column shows the weight its categorical part has.
    ones = pd.DataFrame({n: [levels.get(n, 1.0)] for n in factors})
    with_intercept = model.coefficients[0].name == INTERCEPT
    columns = term_columns(ones, model.terms, factors, intercept=with_intercept)
    estimates = {c.name: c.estimate for c in model.coefficients}
    weights = columns.values[0] * np.array([estimates[name] for name in columns.names])
    exponents = [
        [0 if term == INTERCEPT else powers(term).get(name, 0) for name in names]
        for term in columns.terms
    ]
    contrasts = [estimates[f"block[{level}]"] for level in model.blocks[1:]]
    if contrasts:  # a monomial of its own: models of mixtures have no intercept to add it to
        weights = np.append(weights, sum(contrasts) / len(model.blocks))
        exponents.append([0] * len(names))
    powers_of = np.array(exponents, dtype=int).reshape(len(weights), -1)
    return Surface(names, powers_of, weights, model.scale)


def level_choices(factors: Factors) -> tuple[dict[str, str], ...]:
    """Every combination of the categorical factors' levels; one empty one without any."""
    categorical = factors.categorical
    return tuple(
        dict(zip(categorical, levels, strict=True))
        for levels in product(*(factor.levels for factor in categorical.values()))
    )


@dataclass(frozen=True)
class Region:
    """Where the runs were: within each factor's tested range, no farther out than any run.

    For a cube of runs the second bound cuts nothing; for a circumscribed or Box-Behnken design
    it is the sphere through the outermost runs. Of a mixture: the blends between those of the runs.

    Attributes:
        low: Smallest coded setting of each continuous factor and component, in the factors' order.
        high: Largest.
        radius: Largest distance of a run from the coded centre in the continuous factors.
        blends: The blends of the components; None without a mixture.
    """

    low: np.ndarray
    high: np.ndarray
    radius: float
    blends: Blends | None = None

    @classmethod
    def of(cls, coded: pd.DataFrame, factors: Factors) -> Region:
        """The region of coded runs."""
        x = coded[list(factors.numeric)].to_numpy(float)
        free = coded[list(factors.continuous)].to_numpy(float)
        blends = None
        if factors.mixture:
            blends = Blends.of(coded[list(factors.mixture)].to_numpy(float), factors)
        radius = float(np.linalg.norm(free, axis=1).max(initial=0))
        return cls(x.min(axis=0), x.max(axis=0), radius, blends)

    @cached_property
    def free(self) -> np.ndarray:
        """Which numeric factors vary freely: all but the components of a mixture."""
        varies = np.ones(len(self.low), dtype=bool)
        if self.blends is not None:
            varies[self.blends.at] = False
        return varies

    @cached_property
    def centre(self) -> np.ndarray:
        """The coded centre, with the middle of the blends."""
        centre = np.zeros(len(self.low))
        if self.blends is not None:
            centre[self.blends.at] = self.blends.middle
        return centre

    @cached_property
    def middle(self) -> np.ndarray:
        """Half-way between the ends of each factor, with the middle of the blends."""
        middle = (self.low + self.high) / 2
        if self.blends is not None:
            middle[self.blends.at] = self.blends.middle
        return np.asarray(middle)

    @property
    def spherical(self) -> bool:
        """Whether the radius cuts off corners of the tested ranges."""
        corner = np.linalg.norm(np.maximum(np.abs(self.low), np.abs(self.high))[self.free])
        return bool(corner > self.radius * (1 + 1e-6))

    def contains(self, x: np.ndarray, tolerance: float = 1e-6) -> np.ndarray:
        """Whether points ``x``, shape (..., factors), lie in the region."""
        x = np.asarray(x, dtype=float)
        boxed = np.all((x >= self.low - tolerance) & (x <= self.high + tolerance), axis=-1)
        inside = boxed & (np.linalg.norm(x[..., self.free], axis=-1) <= self.radius + tolerance)
        if self.blends is not None:
            inside = inside & self.blends.contains(x[..., self.blends.at], tolerance)
        return np.asarray(inside)
