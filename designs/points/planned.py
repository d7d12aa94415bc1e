"""From a design section to coded points: replicated, with centre points, not yet randomised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from designs.errors import DesignError
from designs.factors import Factors
from designs.points.centre import centre_points
from designs.points.definitive import definitive
from designs.points.factorial import fractional, full_factorial, plackett_burman
from designs.points.mixture import mixture
from designs.points.spread import latin_hypercube, space_filling
from designs.points.surface import box_behnken, central_composite
from designs.points.table import table
from designs.spec import DesignSpec
from designs.specs.factorial import Fractional, FullFactorial
from designs.specs.mixture import MixtureDesign
from designs.specs.screening import DefinitiveScreening, PlackettBurman
from designs.specs.spread import LatinHypercube, SpaceFilling
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
    _refuse_unfit(factors, spec)
    points = _POINTS[type(spec)](factors, spec)
    if type(spec) in _WITH_CENTRES:
        is_centre = points["point"] == "centre"
        points, centre = points[~is_centre], points[is_centre]
    else:
        centre = centre_points(factors, spec.centre_points)
        if "block" in points:
            centre["block"] = np.arange(len(centre)) % (points["block"].max() + 1)
    copies = [points.assign(replicate=number) for number in range(1, spec.replicates + 1)]
    copies.append(centre.assign(replicate=np.arange(1, len(centre) + 1)))
    runs = pd.concat([copy for copy in copies if len(copy)], ignore_index=True)
    runs["standard_order"] = np.arange(1, len(runs) + 1)
    own = [column for column in ("block", "pair") if column in runs]
    return runs[["standard_order", "point", "replicate", *own, *factors]]


def _refuse_unfit(factors: Factors, spec: DesignSpec) -> None:
    if factors.mixture and not isinstance(spec, MixtureDesign | Table):
        raise DesignError(
            f"{' and '.join(factors.mixture)} add up to a total, so that they cannot vary freely; "
            "a mixture needs kind: mixture, or a table of its own",
            ("kind",),
        )
    if isinstance(spec, MixtureDesign) and not factors.mixture:
        raise DesignError(
            "a mixture design needs components: factors with a total, such as {total: 20 g/L}",
            ("kind",),
        )


_POINTS: dict[type[Any], Callable[[Factors, Any], pd.DataFrame]] = {
    FullFactorial: full_factorial,
    Fractional: fractional,
    PlackettBurman: plackett_burman,
    CentralComposite: central_composite,
    BoxBehnken: box_behnken,
    DefinitiveScreening: definitive,
    LatinHypercube: latin_hypercube,
    SpaceFilling: space_filling,
    MixtureDesign: mixture,
    Table: table,
}

_WITH_CENTRES = (DefinitiveScreening, MixtureDesign)
"""Kinds whose points come with centre points of their own."""
