"""The design: its factors, and what it can and cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.report.parts import Table, Tile
from analysis.report.words import label, number, span

if TYPE_CHECKING:
    from analysis.study import Study
    from designs import DesignAudit


def factors_table(study: Study) -> Table:
    """The factors and their ranges."""
    rows = []
    for name, factor in study.factors.items():
        low, high, scale = span(factor)
        rows.append((label(name), low, high, factor.unit, scale))
    header = ("factor", "low or levels", "high", "unit", "scale")
    return Table("Factors", header, tuple(rows), frozenset({0, 3, 4}))


def audit_tiles(audit: DesignAudit) -> tuple[Tile, ...]:
    """The numbers a design is judged by."""
    resolution = "full" if audit.resolution is None else str(audit.resolution)
    return (
        Tile("runs", str(audit.runs), "", (f"{audit.distinct_points} different settings",)),
        Tile("blocks", str(audit.blocks)),
        Tile("terms", str(audit.parameters), "", ("that the runs can estimate",)),
        Tile(
            "pure error",
            str(audit.pure_error_df),
            "",
            (f"of {audit.residual_df} residual degrees of freedom",),
        ),
        Tile("resolution", resolution, "", ("of the two-level part",)),
        Tile("D-efficiency", number(audit.d_efficiency, 3), "%"),
    )
