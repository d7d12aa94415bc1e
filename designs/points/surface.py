"""Points of response-surface designs, crossed with the levels of categorical factors."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.factors import Factors
from designs.generators import composite
from designs.generators.box_behnken import box_behnken as box_behnken_points
from designs.specs.common import BlocksByCount
from designs.specs.surface import BoxBehnken, CentralComposite


def crossed(factors: Factors, parts: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Points in the continuous factors, all of them at every combination of the levels."""
    points = pd.concat(
        [
            pd.DataFrame(values, columns=list(factors.continuous)).assign(point=point)
            for point, values in parts.items()
        ],
        ignore_index=True,
    )
    levels = [factor.levels for factor in factors.categorical.values()]
    return pd.concat(
        [
            points.assign(**dict(zip(factors.categorical, combination, strict=True)))
            for combination in product(*levels)
        ],
        ignore_index=True,
    )


def composite_points(factors: Factors, spec: CentralComposite) -> composite.Composite:
    """The central composite design in the continuous factors."""
    blocks = spec.blocks.count if isinstance(spec.blocks, BlocksByCount) else 2
    copies = spec.replicates * int(np.prod([len(f.levels) for f in factors.categorical.values()]))
    beside_cube, beside_axial = composite.centre_split(spec.centre_points, blocks)
    return composite.central_composite(
        len(factors.continuous),
        spec.axial,
        spec.alpha,
        (beside_cube / copies, beside_axial / copies),
        full_cube=spec.cube == "full",
    )


def central_composite(factors: Factors, spec: CentralComposite) -> pd.DataFrame:
    """Cube and axial points, at every combination of the levels."""
    points = composite_points(factors, spec)
    return crossed(factors, {"factorial": points.cube, "axial": points.axial})


def box_behnken(factors: Factors, spec: BoxBehnken) -> pd.DataFrame:
    """Edge midpoints, at every combination of the levels."""
    return crossed(factors, {"edge": box_behnken_points(len(factors.continuous))})
