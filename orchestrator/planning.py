"""From files to a night: checked, expanded, each vessel with its levels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.night import Night
from orchestrator.protocol import SourceErrors, check, expand_on, load_protocol, load_station

if TYPE_CHECKING:
    from designs import RunSheet
    from hardware.station_spec import StationSpec
    from orchestrator.protocol import Protocol
    from orchestrator.schedule.plan import Plan


def plan_night(protocol: Path, station: Path) -> Night:
    """Read, check and expand.

    Raises:
        SourceErrors: What is wrong in either file, all of it.
    """
    loaded, stood = load_protocol(protocol), load_station(station)
    if errors := [found for found in check(loaded, stood) if found.severity == "error"]:
        raise SourceErrors(errors)
    return Night(loaded, stood, expand_design(loaded, stood))


def supplied_plan(protocol: Path, station: Path) -> Plan:
    """The plan of a night for which bottles, tips and room for waste are enough.

    Raises:
        SourceErrors: What is wrong in either file, or what does not last; all of it.
    """
    from orchestrator.schedule.findings import stock_findings
    from orchestrator.schedule.plan import plan_of

    plan = plan_of(plan_night(protocol, station))
    if short := stock_findings(plan):
        raise SourceErrors(short)
    return plan


def expand_design(protocol: Protocol, station: StationSpec | None) -> RunSheet:
    """The run sheet of a protocol, on a station's vessels or on an array that is large enough.

    Raises:
        DesignError: The array is too small, or the design cannot be made.
    """
    array = station.vessels if station is not None else None
    culture = protocol.source.at(("culture",))
    return expand_on(protocol.design_factors(), protocol.design, array, culture)
