"""Points of definitive screening designs, with the centre runs that belong to them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from designs.errors import DesignError
from designs.factors import Factors
from designs.generators.definitive import definitive_screening
from designs.points.factorial import two_level_points
from designs.specs.common import BlocksByCount
from designs.specs.screening import DefinitiveScreening

_FEWEST = 3


def definitive(factors: Factors, spec: DefinitiveScreening) -> pd.DataFrame:
    """Mirrored runs in pairs, `pair` telling which; then centre runs, every block its own.

    Raises:
        DesignError: Too few factors, a categorical one of more than two levels, or centre points
            that cannot be shared out.
    """
    if len(factors.continuous) < _FEWEST:
        raise DesignError(
            "a definitive-screening design needs at least three continuous factors", ("kind",)
        )
    categorical = [at for at, name in enumerate(factors) if name in factors.categorical]
    runs, centre = definitive_screening(len(factors), categorical, spec.fake_factors)
    blocks = spec.blocks.count if isinstance(spec.blocks, BlocksByCount) else 1
    count = spec.centre_points or blocks * len(centre)
    if count % len(centre):
        raise DesignError(
            "with categorical factors the centre points come in mirrored pairs; give an even "
            "number",
            ("centre_points",),
        )
    half = len(runs) // 2
    centres = np.tile(centre, (count // len(centre), 1))
    pairs = np.concatenate([np.tile(np.arange(half), 2), half + np.arange(count) // len(centre)])
    signs = np.concatenate([runs, centres])
    points = two_level_points(factors, spec.kind, "definitive", signs).assign(pair=pairs)
    points.loc[len(runs) :, "point"] = "centre"
    return points
