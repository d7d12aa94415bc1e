"""From a design section to coded points: replicated, with centre points, not yet randomised."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice, product
from typing import Any

import numpy as np
import pandas as pd

from designs.errors import DesignError
from designs.factors import Factors
from designs.points.definitive import definitive
from designs.points.factorial import fractional, full_factorial, plackett_burman
from designs.points.spread import latin_hypercube
from designs.points.surface import box_behnken, central_composite
from designs.points.table import table
from designs.spec import DesignSpec
from designs.specs.factorial import Fractional, FullFactorial
from designs.specs.screening import DefinitiveScreening, PlackettBurman
from designs.specs.spread import LatinHypercube
from designs.specs.surface import BoxBehnken, CentralComposite
from designs.specs.table import Table


def planned_runs(factors: Factors, spec: DesignSpec) -> pd.DataFrame:
    """The runs of a design in standard order.

    Returns:
        Columns ``standard_order`` (from 1), ``point``, ``replicate`` (from 1), then one per
        factor in coded units (level text for categorical factors). Replicates follow each
        other as wholes; centre points come last. A design with blocks of its own has a column
        ``block`` (from 0) too, one of mirrored runs a column ``pair``.

    Raises:
        DesignError: The design cannot be made with these factors.
    """
    points = _POINTS[type(spec)](factors, spec)
    if type(spec) in _WITH_CENTRES:
        is_centre = points["point"] == "centre"
        points, centre = points[~is_centre], points[is_centre]
    else:
        centre = _centre_points(factors, spec.centre_points)
        if "block" in points:
            centre["block"] = np.arange(len(centre)) % (points["block"].max() + 1)
    copies = [points.assign(replicate=number) for number in range(1, spec.replicates + 1)]
    copies.append(centre.assign(replicate=np.arange(1, len(centre) + 1)))
    runs = pd.concat([copy for copy in copies if len(copy)], ignore_index=True)
    runs["standard_order"] = np.arange(1, len(runs) + 1)
    own = [column for column in ("block", "pair") if column in runs]
    return runs[["standard_order", "point", "replicate", *own, *factors]]


def _centre_points(factors: Factors, count: int) -> pd.DataFrame:
    if count and not factors.continuous:
        raise DesignError(
            "centre points need a continuous factor, and there is none", ("centre_points",)
        )
    centres: dict[str, Any] = {name: np.zeros(count) for name in factors.continuous}
    # The centre of a categorical factor does not exist: its levels take turns.
    turns = list(islice(cycle(product(*(f.levels for f in factors.categorical.values()))), count))
    for position, name in enumerate(factors.categorical):
        centres[name] = [turn[position] for turn in turns]
    return pd.DataFrame(centres).assign(point="centre")


_POINTS: dict[type[Any], Callable[[Factors, Any], pd.DataFrame]] = {
    FullFactorial: full_factorial,
    Fractional: fractional,
    PlackettBurman: plackett_burman,
    CentralComposite: central_composite,
    BoxBehnken: box_behnken,
    DefinitiveScreening: definitive,
    LatinHypercube: latin_hypercube,
    Table: table,
}

_WITH_CENTRES = (DefinitiveScreening,)
"""Kinds whose points come with centre points of their own."""
