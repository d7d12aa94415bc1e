"""Runs to add to runs that exist: to resolve aliases, to see curvature, to repair losses.

Every function returns coded points with a column ``point``; the next night is one more block,
and the additions are chosen with that in mind.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from designs.errors import DesignError
from designs.factors import Factors
from designs.model_terms import estimable_terms, interactions, main_effects, model_matrix
from designs.optimal import Asked, find
from designs.run_sheet import RunSheet

_SPARE_RUNS = 2
"""Runs beyond what the unresolved terms need: one for the new block, one for the error."""


def resolve_aliases(
    sheet: RunSheet,
    count: int | None = None,
    constraints: Sequence[str] = (),
    disallowed: Sequence[Mapping[str, Any]] = (),
) -> pd.DataFrame:
    """Runs after which main effects and two-factor interactions can be told apart.

    A design of resolution III is folded: the same runs with all signs reversed, which frees
    every main effect at once. To any other those runs are added that, beside the runs there are,
    tell most about the interactions (`designs.optimal`).

    Args:
        sheet: The runs there are.
        count: How many to add; as few as are needed when omitted.
        constraints: What every added run must keep, as of an optimal design.
        disallowed: Combinations that none of them may have.

    Raises:
        DesignError: Nothing is mixed, or the design is of blends.
    """
    factors, coded = sheet.factors, sheet.coded
    if factors.mixture:  # signs of a blend cannot be reversed, and its corners are no blends
        raise DesignError("the components of a mixture have no corners to add")
    wanted = [*main_effects(factors), *interactions(factors)]
    known = estimable_terms(coded, wanted, factors)
    missing = [term for term in wanted if term not in known]
    if not missing:
        raise DesignError("main effects and interactions can all be told apart already")
    cube = coded[~sheet.table["point"].isin(["centre", "axial"])]
    ruled = bool(constraints or disallowed)
    if sheet.diagnostics().resolution == 3 and count is None and not ruled and _two_levels(cube):
        return _reversed(cube, factors).assign(point="factorial")
    columns = model_matrix(coded, missing, factors).shape[1] - 1
    added = count or columns + _SPARE_RUNS
    given = coded.astype(object).reindex(range(len(coded) + added))
    night = np.repeat([0, 1], [len(coded), added])
    before = model_matrix(coded, wanted, factors).to_numpy()
    enough = np.linalg.matrix_rank(before) + added > before.shape[1]  # the night is one column
    found = find(
        Asked(
            factors=factors,
            terms=wanted if enough else known,
            potential=() if enough else missing,
            criterion="D" if enough else "bayesian-D",
            given=given,
            block=night,
            constraints=tuple(constraints),
            disallowed=tuple(disallowed),
        )
    )
    return found.iloc[len(coded) :].reset_index(drop=True).assign(point="factorial")


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


def _two_levels(cube: pd.DataFrame) -> bool:
    return all(cube[name].nunique() == 2 for name in cube)


def _reversed(cube: pd.DataFrame, factors: Factors) -> pd.DataFrame:
    columns = {}
    for name in factors:
        low, high = sorted(cube[name].unique())
        columns[name] = [high if value == low else low for value in cube[name]]
    return pd.DataFrame(columns)
