"""Where runs stand: orders in which no factor goes along with a place or with the work's order."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.factors import Factors
from designs.model_terms import INTERCEPT, main_effects, model_matrix

_NAME = re.compile(r"([A-Z])([1-9]\d*)")
_NOTHING = 1e-9
_LAYOUTS = 256
"""Random layouts among which the best is taken."""


def balanced_order(
    mains: NDArray[np.float64],
    draw: Callable[[], tuple[NDArray[np.int64], Sequence[str]]],
    rows: int,
    columns: int,
) -> tuple[NDArray[np.int64], Sequence[str]]:
    """The best of many random layouts.

    Each is as random as the design allows; the one is taken whose largest correlation between
    a factor and row, column, edge or order of execution is the smallest.

    Args:
        mains: Columns of the main effects (n x m) in standard order.
        draw: Gives a random order of the runs and the vessels in that order.
        rows: Of the array.
        columns: Of the array.
    """
    own = _unit(mains)
    disturbing: dict[tuple[str, ...], NDArray[np.float64]] = {}
    best, least = draw(), np.inf
    for layout in (best, *(draw() for _ in range(_LAYOUTS - 1))):
        order, vessels = layout
        key = tuple(vessels)
        if key not in disturbing:
            disturbing[key] = _unit(nuisances(vessels, rows, columns).to_numpy())
        worst = float(np.abs(own[order].T @ disturbing[key]).max(initial=0.0))
        if worst < least - _NOTHING:
            best, least = layout, worst
    return best


def spare_vessels(names: Sequence[str], used: Collection[str], count: int) -> tuple[str, ...]:
    """Vessels to keep free for the repetition of lost runs, spread evenly over the free ones.

    Args:
        names: All vessels of the array.
        used: Those with a run.
        count: How many to keep.

    Raises:
        DesignError: So many are not free.
    """
    free = [name for name in names if name not in used]
    if len(free) < count:
        raise DesignError(
            f"the design has {len(used)} runs and {count} spare vessels, but the station has "
            f"{len(names)} vessels",
            ("spares",),
        )
    return tuple(free[(2 * part + 1) * len(free) // (2 * count)] for part in range(count))


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
