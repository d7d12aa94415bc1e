"""Expanding a design section into a run sheet, and checking that it is what was asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from designs.block_plan import block_of_runs
from designs.errors import DesignError
from designs.factors import RUN_COLUMNS, Factors
from designs.layout import VesselLayout
from designs.model_terms import default_terms, main_effects, model_matrix
from designs.points.optimal import optimal_runs, stated_terms
from designs.points.planned import planned_runs
from designs.position import balanced_order, spare_vessels
from designs.run_sheet import RunSheet
from designs.spec import DesignSpec
from designs.specs.common import BlocksByPosition
from designs.specs.factorial import Fractional, FullFactorial
from designs.specs.optimal import Optimal
from designs.specs.screening import DefinitiveScreening, PlackettBurman
from designs.specs.surface import BoxBehnken, CentralComposite
from designs.strata import bank_places, grouped, planned_strata, restricted_order
from quantities import same_dimension

__all__ = ["DesignSpec", "default_model", "expand"]

_NOTHING = 1e-9


def expand(factors: Factors, spec: DesignSpec, layout: VesselLayout) -> RunSheet:
    """Make the run sheet of a design: points, replicates, blocks, order and vessels.

    Args:
        factors: What is varied.
        spec: The design section of the protocol.
        layout: The vessels there are.

    Returns:
        The run sheet, in execution order; runs are randomised within blocks, and as wholes in
        the groups in which hard factors stay constant. Of many such layouts it is the one in
        which the factors go least along with row, column, edge and order.

    Raises:
        DesignError: The design cannot be made, does not fit the vessels, or did not come out
            as asked.
    """
    # Points and order draw from streams of their own: a criterion never changes the order.
    random = np.random.default_rng([spec.seed, 1])
    strata = planned_strata(factors, layout)
    if isinstance(spec.blocks, BlocksByPosition) and any(stratum.banks for stratum in strata):
        raise DesignError(
            "vessels that share a factor make groups of their own; leave the blocks out",
            ("blocks",),
        )
    if isinstance(spec, Optimal):
        places = layout.places(spec.runs, spec.blocks)
        runs = optimal_runs(factors, spec, strata, [len(place) for place in places])
        block = runs["block"].to_numpy(dtype=np.int64)
    else:
        runs = planned_runs(factors, spec)
        places = layout.places(len(runs), spec.blocks)
        block = block_of_runs(factors, spec, runs, [len(place) for place in places], random)
    if not isinstance(spec.blocks, BlocksByPosition):
        free = iter(layout.names)
        places = [tuple(next(free) for _ in range(n)) for n in np.bincount(block)]
    planned = [vessel for place in places for vessel in place]
    spare_vessels(layout.names, planned, spec.spares)
    groups = grouped(runs, strata, block, random)

    def draw() -> tuple[NDArray[np.int64], Sequence[str]]:
        order = restricted_order(groups, block, random)
        for stratum in strata:
            if stratum.banks:
                return order, bank_places(groups[stratum.column].iloc[order], stratum)
        return order, planned

    mains = model_matrix(runs[list(factors)], main_effects(factors), factors).to_numpy()
    order, vessels = balanced_order(mains, draw, layout.rows, layout.columns)
    sheet = _in_order(runs, groups, block, factors, order, vessels)
    _verify(sheet, spec)
    return sheet


def _in_order(
    runs: pd.DataFrame,
    groups: pd.DataFrame,
    block: NDArray[np.int64],
    factors: Factors,
    order: NDArray[np.int64],
    vessels: Sequence[str],
) -> RunSheet:
    table = runs.iloc[order].reset_index(drop=True)
    table[list(factors)] = factors.to_actual(table)
    table["run"] = np.arange(1, len(table) + 1)
    table["block"] = block[order] + 1
    table["vessel"] = list(vessels)
    for column in groups:
        table[column] = pd.factorize(groups[column].iloc[order])[0] + 1
    return RunSheet(table[[*RUN_COLUMNS, *groups.columns, *factors]], factors)


def default_model(factors: Factors, spec: DesignSpec) -> list[str]:
    """The terms of the model a design is made for, such as ``["a", "b", "a:b", "a^2"]``.

    Raises:
        DesignError: The design cannot be made with these factors.
    """
    if isinstance(spec, Optimal):
        return stated_terms(factors, spec)
    runs = planned_runs(factors, spec)
    return default_terms(runs[list(factors)], runs["point"], factors)


_PROMISES = (
    FullFactorial,
    Fractional,
    PlackettBurman,
    DefinitiveScreening,
    CentralComposite,
    BoxBehnken,
)


def _verify(sheet: RunSheet, spec: DesignSpec) -> None:
    """Refuse a design that is not what was asked for, whatever made it."""
    _refuse_impossible(sheet)
    factors, audit = sheet.factors, sheet.diagnostics()
    if isinstance(spec, Fractional):
        asked = spec.resolution or 3
        if audit.resolution is not None and audit.resolution < asked:
            raise DesignError(
                f"this fraction has resolution {audit.resolution}, not {asked}: "
                f"{audit.words[0]} is the same in every run",
                ("generators",) if spec.generators else ("resolution",),
            )
    three_levels = isinstance(spec, DefinitiveScreening) and not factors.categorical
    if (isinstance(spec, PlackettBurman) or three_levels) and not audit.orthogonal:
        raise DesignError("this screening design did not come out orthogonal", ("kind",))
    if not isinstance(spec, _PROMISES):
        return
    if lost := [name for name in factors if name not in audit.terms]:
        reason = f"cannot be told from {' and '.join(audit.aliased.get(lost[0], ('the mean',)))}"
        raise DesignError(f"the effect of {lost[0]} {reason}", ("blocks",) if spec.blocks else ())
    if isinstance(spec, CentralComposite):
        if audit.resolution is not None and audit.resolution < 5:
            raise DesignError("the cube of this design did not come out right", ("kind",))
        _refuse_negative(sheet)
    if isinstance(spec, CentralComposite | BoxBehnken):
        curved = [f"{name}^2" for name in factors.continuous]
        if lost := [term for term in curved if term not in audit.terms]:
            raise DesignError(
                f"the curvature {lost[0]} cannot be estimated with {spec.centre_points} centre "
                "points; add some",
                ("centre_points",),
            )


def _refuse_impossible(sheet: RunSheet) -> None:
    for name, factor in sheet.factors.continuous.items():
        if factor.levels is None:
            continue
        for value in sheet.table[name].unique():
            if not np.isclose(value, factor.levels, rtol=_NOTHING).any():
                raise DesignError(
                    f"this design asks for {factor.text(value)} of {name}, which takes only "
                    f"{', '.join(map(factor.text, factor.levels))}; `kind: optimal` keeps to them",
                    ("kind",),
                )


def _refuse_negative(sheet: RunSheet) -> None:
    for name, factor in sheet.factors.continuous.items():
        least = float(sheet.table[name].min())
        if least < 0 <= factor.low and not same_dimension(factor.unit, "degC"):
            raise DesignError(
                f"the axial points of {name} would stand at {least:.4g} {factor.unit}".rstrip()
                + "; make them inscribed or faced, or raise low",
                ("axial",),
            )
