"""Where in the page each run is told of, so that every point can lead there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.study import Study


def anchors(study: Study) -> dict[Any, str]:
    """Anchor of each run by its label in the study's table."""
    return {label: f"run-{place}" for place, label in enumerate(study.table.index, start=1)}


def vessel_anchors(study: Study) -> dict[str, str]:
    """Anchor of each vessel's run; empty when the table names no vessels."""
    if "vessel" not in study.table.columns:
        return {}
    return dict(zip(map(str, study.table["vessel"]), anchors(study).values(), strict=True))
