"""Runs to add to runs that exist: to resolve aliases, to see curvature, to repair losses.

Every function returns coded points with a column ``point``; the next night is one more block,
and the additions are chosen with that in mind.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.errors import DesignError
from designs.factors import ContinuousFactor, Factors
from designs.model_terms import estimable_terms, interactions, main_effects, model_matrix
from designs.run_sheet import RunSheet

_SPARE_RUNS = 2
"""Runs beyond what the unresolved terms need: one for the new block, one for the error."""
_PRIOR = 1e-3
"""Information on each coefficient before any run (DuMouchel and Jones' Bayesian D criterion):
it lets runs be compared that cannot yet estimate the model."""
_GAIN = 1e-6
_MOST_CORNERS = 4096


def resolve_aliases(sheet: RunSheet, count: int | None = None) -> pd.DataFrame:
    """Runs after which main effects and two-factor interactions can be told apart.

    A design of resolution III is folded: the same runs with all signs reversed, which frees
    every main effect at once. From any other the corners are added that tell most about the
    interactions (D criterion, the runs there are kept).

    Args:
        sheet: The runs there are.
        count: How many to add; as few as are needed when omitted.

    Raises:
        DesignError: Nothing is mixed.
    """
    factors, coded = sheet.factors, sheet.coded
    wanted = [*main_effects(factors), *interactions(factors)]
    known = estimable_terms(coded, wanted, factors)
    missing = [term for term in wanted if term not in known]
    if not missing:
        raise DesignError("main effects and interactions can all be told apart already")
    cube = coded[~sheet.table["point"].isin(["centre", "axial"])]
    if sheet.diagnostics().resolution == 3 and count is None and _two_levels(cube):
        return _reversed(cube, factors).assign(point="factorial")
    columns = model_matrix(coded, missing, factors).shape[1] - 1
    return best_additions(sheet, wanted, count or columns + _SPARE_RUNS)


def axial(sheet: RunSheet, centre_points: int = 3) -> pd.DataFrame:
    """Axial points on the faces of the region and centre points, for the curvature.

    Raises:
        DesignError: No factor is continuous, or every square can be estimated already.
    """
    factors = sheet.factors
    squares = [f"{name}^2" for name in factors.continuous]
    given = [*main_effects(factors), *interactions(factors)]
    if not squares:
        raise DesignError("axial points need a continuous factor, and there is none")
    if factors.mixture:
        raise DesignError("axial points cannot be added to the blends of a mixture")
    if len(estimable_terms(sheet.coded, squares, factors, given=given)) == len(squares):
        raise DesignError("the curvature of every factor can be estimated already")
    names = list(factors.continuous)
    star, centre = np.eye(len(names)), np.zeros((centre_points, len(names)))
    rows = pd.DataFrame(np.vstack([star, -star, centre]) + 0.0, columns=names)
    kinds = np.repeat(["axial", "centre"], [2 * len(names), centre_points])
    levels = [factor.levels for factor in factors.categorical.values()]
    crossed = [
        rows.assign(point=kinds, **dict(zip(factors.categorical, chosen, strict=True)))
        for chosen in product(*levels)
    ]
    return pd.concat(crossed, ignore_index=True)[[*factors, "point"]]


def repair(sheet: RunSheet, lost: Collection[str]) -> pd.DataFrame:
    """The runs of lost vessels, to be run again.

    Raises:
        DesignError: None of these vessels had a run.
    """
    gone = sheet.table["vessel"].isin(list(lost))
    if not gone.any():
        raise DesignError("no vessel of this design was lost; there is nothing to repair")
    return sheet.coded[gone].assign(point=sheet.table["point"]).reset_index(drop=True)


def best_additions(sheet: RunSheet, terms: Sequence[str], count: int) -> pd.DataFrame:
    """Corners to add to a design so that a model is told best (D criterion).

    Greedy choice, then exchange as long as that gains; deterministic. The next night's
    difference is one more column of the model.

    Args:
        sheet: The runs there are.
        terms: Of the model.
        count: Runs to add.
    """
    factors = sheet.factors
    corners = _corners(factors)
    there = model_matrix(sheet.coded, terms, factors).to_numpy()
    new = model_matrix(corners, terms, factors).to_numpy()
    there = np.column_stack([there, np.zeros(len(there))])
    new = np.column_stack([new, np.ones(len(new))])
    start = there.T @ there + _PRIOR * np.eye(there.shape[1])
    chosen: list[int] = []
    for _ in range(count):
        chosen.append(_best(start + new[chosen].T @ new[chosen], new)[0])
    improved = True
    while improved:
        improved = False
        for position, corner in enumerate(chosen):
            others = chosen[:position] + chosen[position + 1 :]
            best, gains = _best(start + new[others].T @ new[others], new)
            if gains[best] > gains[corner] + _GAIN:
                chosen[position], improved = best, True
    return corners.iloc[chosen].reset_index(drop=True).assign(point="factorial")


def _best(
    information: NDArray[np.float64], rows: NDArray[np.float64]
) -> tuple[int, NDArray[np.float64]]:
    """The row that raises the determinant most, and the relative gain of each."""
    gains = np.einsum("ij,jk,ik->i", rows, np.linalg.inv(information), rows)
    return int(np.argmax(gains)), gains


def _corners(factors: Factors) -> pd.DataFrame:
    """Every combination of bounds and levels; of very many a sample, always the same."""
    if factors.mixture:
        raise DesignError("the components of a mixture have no corners to add")
    levels = [
        (-1.0, 1.0) if isinstance(factor, ContinuousFactor) else factor.levels
        for factor in factors.free.values()
    ]
    total = int(np.prod([len(each) for each in levels], dtype=float))
    if total <= _MOST_CORNERS:
        return pd.DataFrame(list(product(*levels)), columns=list(factors))
    random = np.random.default_rng(0)
    columns = {
        name: [each[i] for i in random.integers(len(each), size=_MOST_CORNERS)]
        for name, each in zip(factors, levels, strict=True)
    }
    return pd.DataFrame(columns)


def _two_levels(cube: pd.DataFrame) -> bool:
    return all(cube[name].nunique() == 2 for name in cube)


def _reversed(cube: pd.DataFrame, factors: Factors) -> pd.DataFrame:
    columns = {}
    for name in factors:
        low, high = sorted(cube[name].unique())
        columns[name] = [high if value == low else low for value in cube[name]]
    return pd.DataFrame(columns)
