"""Points of designs that fill the whole region."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from designs.factors import CategoricalFactor, Factors
from designs.generators import hypercube
from designs.specs.spread import LatinHypercube


def latin_hypercube(factors: Factors, spec: LatinHypercube) -> pd.DataFrame:
    """A Latin hypercube; a categorical factor divides its range among its levels."""
    cube = hypercube.latin_hypercube(
        len(factors), spec.runs, spec.criterion, np.random.default_rng(spec.seed)
    )
    columns: dict[str, Any] = {}
    for (name, factor), column in zip(factors.items(), cube.T, strict=True):
        if isinstance(factor, CategoricalFactor):
            share = (column + 1) / 2 * len(factor.levels)
            columns[name] = [factor.levels[int(number)] for number in share]
        else:
            columns[name] = column
    return pd.DataFrame(columns).assign(point="sample")
