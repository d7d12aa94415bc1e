"""From files to a night: checked, expanded, each vessel with its levels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from designs import RunSheet, VesselLayout, expand
from orchestrator.night import Night
from orchestrator.protocol import SourceErrors, check, load_protocol, load_station

if TYPE_CHECKING:
    from hardware.station_spec import StationSpec
    from orchestrator.protocol import Protocol

_USUAL_ARRAYS = ((2, 4), (3, 8), (4, 6), (6, 8), (8, 12))
"""Rows and columns of arrays that labs have, for a design without a station."""


def plan_night(protocol: Path, station: Path) -> Night:
    """Read, check and expand.

    Raises:
        SourceErrors: What is wrong in either file, all of it.
    """
    loaded, stood = load_protocol(protocol), load_station(station)
    if errors := [found for found in check(loaded, stood) if found.severity == "error"]:
        raise SourceErrors(errors)
    return Night(loaded, stood, expand_design(loaded, stood))


def expand_design(protocol: Protocol, station: StationSpec | None) -> RunSheet:
    """The run sheet of a protocol.

    Args:
        protocol: Factors and design.
        station: Gives the vessels; without it the smallest usual array that holds the runs.

    Raises:
        DesignError: The array is too small, or the design cannot be made.
    """
    factors = protocol.design_factors()
    if station is not None:
        array = station.vessels
        return expand(factors, protocol.design, VesselLayout(array.rows, array.columns))
    return _on_smallest_array(protocol)


def _on_smallest_array(protocol: Protocol) -> RunSheet:
    from designs import DesignError

    for rows, columns in _USUAL_ARRAYS[:-1]:
        try:
            layout = VesselLayout(rows, columns)
            return expand(protocol.design_factors(), protocol.design, layout)
        except DesignError:
            continue
    return expand(protocol.design_factors(), protocol.design, VesselLayout(*_USUAL_ARRAYS[-1]))
