"""What is known of a design, as it is kept beside the run sheet: `design.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.plain import plain
from designs.evaluation import losses
from designs.position import position_correlations, spare_vessels

if TYPE_CHECKING:
    from designs import RunSheet
    from designs.evaluation import Evaluation
    from hardware.station_spec import VesselArray
    from orchestrator.protocol import Protocol

_WORST_PAIRS = 20


def design_record(protocol: Protocol, sheet: RunSheet, array: VesselArray | None) -> dict[str, Any]:
    """The design section with its seed, the audit, the layout and the critical vessels.

    Args:
        protocol: Where the design is asked for.
        sheet: What came of it.
        array: The vessels, None when the design was expanded without a station.
    """
    lost = losses(sheet)
    return {
        "design": plain(protocol.design),
        "factors": plain(dict(sheet.factors)),
        "audit": plain(sheet.diagnostics()),
        "layout": _layout(protocol, sheet, array) if array is not None else None,
        "critical_vessels": plain(lost.critical),
        "critical_pairs": plain(lost.critical_pairs),
    }


def _layout(protocol: Protocol, sheet: RunSheet, array: VesselArray) -> dict[str, Any]:
    vessels = list(sheet.table["vessel"])
    found = position_correlations(sheet.coded, vessels, sheet.factors, array.rows, array.columns)
    return {
        "rows": array.rows,
        "columns": array.columns,
        "spares": plain(spare_vessels(array.names, vessels, protocol.design.spares)),
        "correlation_with_position": {
            str(factor): plain(dict(row.round(6))) for factor, row in found.iterrows()
        },
    }


def evaluation_record(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation for programs; of the pairs of lost vessels the worst twenty."""
    content: dict[str, Any] = plain(evaluation)
    content["losses"]["pairs"] = content["losses"]["pairs"][:_WORST_PAIRS]
    return content
