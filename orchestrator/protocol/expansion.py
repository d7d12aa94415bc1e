"""The run sheet of a design, on a station's array or on one that is large enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from designs import DesignError, Factors
from designs.specs.common import BlocksByPosition
from orchestrator.protocol.sharing import shared_factors

if TYPE_CHECKING:
    from designs import RunSheet
    from hardware.station_spec import VesselArray

_USUAL_ARRAYS = ((2, 4), (3, 8), (4, 6), (6, 8), (8, 12))
"""Rows and columns of arrays that labs have, for a design without a station."""


def expand_on(
    factors: Factors, design: Any, array: VesselArray | None = None, culture: Any = None
) -> RunSheet:
    """Expand a design.

    Args:
        factors: What is varied.
        design: A `DesignSpec`.
        array: Gives the vessels; without it the smallest usual array that holds the runs.
        culture: Raw data of the `culture` section, which tells what vessels of the array share.

    Raises:
        DesignError: The array is too small, or the design cannot be made.
    """
    from designs import VesselLayout, expand

    if array is not None:
        shared = shared_factors(culture, array)
        return expand(factors, design, VesselLayout(array.rows, array.columns, shared))
    for rows, columns in _USUAL_ARRAYS[:-1]:
        try:
            return expand(factors, design, VesselLayout(rows, columns))
        except DesignError:
            continue  # the largest array tells what is wrong other than its size
    return expand(factors, design, VesselLayout(*_USUAL_ARRAYS[-1]))


def planned_runs(
    factors: Factors, design: Any, array: VesselArray | None = None, culture: Any = None
) -> RunSheet:
    """The runs of a design, quickly: which of them stand in which column or row is left open.

    Raises:
        DesignError: As `expand_on`.
    """
    if isinstance(design.blocks, BlocksByPosition) and not shared_factors(culture, array):
        design = design.model_copy(update={"blocks": None})
    return expand_on(factors, design, array, culture)


def distinct_levels(sheet: RunSheet) -> Iterator[dict[str, str]]:
    """The texts of the levels of every different run."""
    seen: set[tuple[str, ...]] = set()
    for values in sheet.levels().values():
        texts = {name: sheet.factors[name].text(value) for name, value in values.items()}
        if tuple(texts.values()) not in seen:
            seen.add(tuple(texts.values()))
            yield texts
