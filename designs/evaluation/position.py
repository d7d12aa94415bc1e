"""Whether a factor goes along with a place on the array or with the order of the work."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.factors import Factors
from designs.model_terms import INTERCEPT, main_effects, model_matrix

_NAME = re.compile(r"([A-Z])([1-9]\d*)")
_NOTHING = 1e-12


def nuisances(vessels: Sequence[str], rows: int, columns: int) -> pd.DataFrame:
    """What a place may do to a culture.

    Args:
        vessels: Names such as ``B3``, in order of execution.
        rows: Of the array.
        columns: Of the array.

    Returns:
        One row per vessel: ``row`` and ``column`` (both from 1), ``edge`` (1 on the rim of the
        array) and ``order`` (from 1).
    """
    found = [_NAME.fullmatch(name) for name in vessels]
    places = [(ord(m[1]) - ord("A") + 1, int(m[2])) if m else (1, 1) for m in found]
    row, column = np.array(places, dtype=float).reshape(-1, 2).T
    edge = (row == 1) | (row == rows) | (column == 1) | (column == columns)
    order = np.arange(1.0, len(places) + 1)
    return pd.DataFrame({"row": row, "column": column, "edge": edge * 1.0, "order": order})


def position_correlations(
    coded: pd.DataFrame, vessels: Sequence[str], factors: Factors, rows: int, columns: int
) -> pd.DataFrame:
    """Absolute correlation of each factor with row, column, edge and order of execution.

    Returns:
        One row per factor (of several columns the largest), one column per nuisance.
    """
    disturbing = nuisances(vessels, rows, columns)
    found = {}
    for name in main_effects(factors):
        own = model_matrix(coded, [name], factors).drop(columns=INTERCEPT, errors="ignore")
        found[name] = np.abs(_unit(own.to_numpy()).T @ _unit(disturbing.to_numpy())).max(axis=0)
    return pd.DataFrame(found, index=disturbing.columns).T.rename_axis("factor")


def _unit(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns of mean zero and length one; those that never vary become zero."""
    centred = columns - columns.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    return np.asarray(centred / np.where(length > _NOTHING, length, np.inf))
