"""Points of mixture designs: blends, crossed with the levels of the factors beside the mixture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.factors import Factors
from designs.generators.polytope import region
from designs.generators.simplex import axial, simplex_centroid, simplex_lattice
from designs.linear import linear_constraints
from designs.points.centre import centre_points
from designs.points.factorial import level_grid
from designs.specs.mixture import MixtureDesign

Array = NDArray[np.float64]

_EXACT = 1e-9


def mixture(factors: Factors, spec: MixtureDesign) -> pd.DataFrame:
    """The blends at every combination of the other factors' levels, then the centre points.

    Raises:
        DesignError: The bounds cut the simplex, or the region cannot be made.
    """
    if spec.points == "extreme-vertices":
        parts, middle = _in_region(factors, spec)
    else:
        _refuse_cut(factors, spec)
        parts = list(_on_simplex(len(factors.mixture), spec))
        middle = np.full(len(factors.mixture), 1 / len(factors.mixture))
    blends = pd.concat(
        [
            pd.DataFrame(points, columns=list(factors.mixture)).assign(point=point)
            for point, points in parts
        ],
        ignore_index=True,
    )
    if len(factors.mixture) < len(factors):
        blends = blends.merge(level_grid(factors, spec.levels), how="cross")
    centre = centre_points(factors, spec.centre_points, middle)
    return pd.concat([blends, centre], ignore_index=True) if len(centre) else blends


def _on_simplex(components: int, spec: MixtureDesign) -> Iterator[tuple[str, Array]]:
    if spec.points == "simplex-lattice":
        points = simplex_lattice(components, spec.degree)
    else:
        points = simplex_centroid(components)
    pure = points.max(axis=1) > 1 - _EXACT
    yield "vertex", points[pure]
    yield "blend", points[~pure]
    if spec.axial:
        yield "axial", axial(components)


def _refuse_cut(factors: Factors, spec: MixtureDesign) -> None:
    cut = [
        name
        for name, high in zip(factors.mixture, factors.mixture.coded_highs, strict=True)
        if high < 1 - _EXACT
    ]
    if cut or spec.constraints:
        what = f"the upper bound of {cut[0]} cuts" if cut else "constraints cut"
        raise DesignError(
            f"{what} corners off the simplex; use points: extreme-vertices", ("points",)
        )


def _in_region(factors: Factors, spec: MixtureDesign) -> tuple[list[tuple[str, Array]], Array]:
    A, b = linear_constraints(factors.mixture, spec.constraints)
    found = region(np.minimum(factors.mixture.coded_highs, 1.0), A, b)
    parts = [("vertex", found.vertices)]
    highest = len(factors.mixture) - 1  # the dimension of the region itself
    for name, dimension in (("edges", 1), ("faces", 2)):
        if name in spec.centroids and dimension < highest:
            parts.append((name.removesuffix("s"), found.face_centroids(dimension)))
    if "overall" in spec.centroids:
        parts.append(("blend", found.centroid()[None, :]))
    return parts, found.centroid()
