"""What surrounds the analysis: the course of the experiment, scale-up, provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.campaign_figures import TIME_COURSE_POINTS, timeline
from analysis.report import figures
from analysis.report.parts import Figure, Table, figure
from analysis.report.words import label, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.report.context import ReportContext
    from analysis.scale_up import ScaleUpTable
    from analysis.study import Study


def course(study: Study, context: ReportContext) -> tuple[Figure, ...]:
    """What happened in every vessel, as figures."""
    drawn = []
    if context.time_courses is not None:
        svg = figures.time_courses(study, context.time_courses, "courses")
        caption = (
            "Every vessel from start to end, coloured and dashed by level; a line goes through "
            f"{TIME_COURSE_POINTS} means of its readings."
        )
        drawn.append(figure(svg, caption, wide=True))
    if context.phases is not None and len(context.phases):
        svg = timeline(context.phases, context.operations, "timeline")
        caption = (
            "Phases of each vessel, and below them the work of the liquid handler by kind. "
            "A cross marks an operation that was not done or whose outcome is unknown."
        )
        drawn.append(figure(svg, caption, wide=True))
    return tuple(figure for figure in drawn if figure is not None)


def scale_up_table(table: ScaleUpTable) -> tuple[Table, tuple[tuple[str, tuple[str, ...]], ...]]:
    """The scale-up table and, for each vessel with flags, its sentences."""
    matched = {"power-per-volume": 4, "tip-speed": 5, "oxygen-transfer": 6}[table.match]
    header = [
        "vessel",
        "volume (L)",
        "stirring (rpm)",
        "gas (vvm)",
        "power (W/m³)",
        "tip speed (m/s)",
        "kLa (1/h)",
        "highest oxygen transfer (mmol/L/h)",
        "mixing time (s)",
        "Reynolds number",
        "smallest eddies (µm)",
    ]
    header[matched] += ", kept equal"
    rows = tuple(
        (
            f"{row.vessel} *" if row.flags else row.vessel,
            number(row.volume_l, 3),
            number(row.stirring_rpm, 3),
            number(row.gas_vvm, 3),
            number(row.power_w_m3, 3),
            number(row.tip_speed_m_s, 3),
            number(row.kla_per_h, 3),
            number(row.otr_max_mm_h, 3),
            number(row.mixing_time_s, 3),
            number(row.reynolds, 3),
            number(row.kolmogorov_um, 3),
        )
        for row in table.rows
    )
    caption = (
        f"{table.match.replace('-', ' ').capitalize()} kept equal, from the mini-bioreactor (first "
        f"row, its kLa {table.small.kla_from}) to larger vessels. * has flags, below."
    )
    flags = tuple((row.vessel, row.flags) for row in table.rows if row.flags)
    return Table(caption, tuple(header), rows, marked=frozenset({0})), flags


def as_pairs(pairs: Mapping[str, object]) -> Sequence[tuple[str, str]]:
    """A mapping for a list of terms and values."""
    return [(label(str(key)), str(value)) for key, value in pairs.items()]
