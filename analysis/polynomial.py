"""Fitted models as polynomials in the coded numeric factors, with what is not sure of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.model_matrix import BLOCKS
from designs.model_terms import INTERCEPT, powers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.fitted import ResponseModel
    from designs import Factors


def coded_row(factors: Factors, levels: Mapping[str, str], x: np.ndarray) -> pd.DataFrame:
    """One coded point as a table: given levels, and the numeric factors at ``x``."""
    numeric = dict(zip(factors.numeric, map(float, x), strict=True))
    return pd.DataFrame({name: [levels.get(name, numeric.get(name))] for name in factors})


def polynomial_weights(
    models: Mapping[str, ResponseModel], levels: Mapping[str, str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Models over the same factors as polynomials of the same monomials.

    Args:
        models: J models.
        levels: Of every categorical factor.

    Returns:
        Exponents (P monomials x k numeric factors, the constant first), and the expected value
        (J x P) and covariance (J x P x P) of the weights, on the scales the models were fitted on.
    """
    names = tuple(next(iter(models.values())).factors.numeric)
    place = {(0,) * len(names): 0}  # a constant first, for the residual, whatever the models
    maps = []
    for model in models.values():
        # With every numeric factor at one, a contrast shows what each coefficient weighs.
        share = model.contrasts(coded_row(model.factors, levels, np.ones(len(names))), coded=True)[
            0
        ]
        at = []
        for coefficient, weight in zip(model.coefficients, share, strict=True):
            flat = weight == 0 or coefficient.term in {INTERCEPT, BLOCKS}
            used = {} if flat else powers(coefficient.term)
            exponents = tuple(used.get(name, 0) for name in names)
            at.append(place.setdefault(exponents, len(place)))
        maps.append((model, share, at))
    size = len(place)
    means, covariances = np.zeros((len(maps), size)), np.zeros((len(maps), size, size))
    for j, (model, share, at) in enumerate(maps):
        to_weights = np.zeros((size, len(at)))
        np.add.at(to_weights, (at, range(len(at))), share)
        means[j] = to_weights @ model.estimates
        covariances[j] = to_weights @ model.covariance @ to_weights.T
    return np.array(list(place), dtype=np.int64), means, covariances
