"""The report: one HTML file that holds everything and opens anywhere, the answer first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from analysis import report_figures, report_sections
from analysis.campaign_figures import TIME_COURSE_POINTS, timeline
from analysis.report_words import dressed

if TYPE_CHECKING:
    import pandas as pd

    from analysis.scale_up import ScaleUpTable
    from analysis.study import Study
    from designs import DesignAudit


@dataclass(frozen=True)
class Deviation:
    """Something that went otherwise than planned.

    Attributes:
        text: What happened, as a sentence.
        time_h: When, in hours since the start; None when it has no time.
        vessel: Where; None for the whole array.
    """

    text: str
    time_h: float | None = None
    vessel: str | None = None


@dataclass(frozen=True)
class ReportContext:
    """What a report tells beside the analysis; all but the title may be left out.

    Factors, settings, runs, vessels and responses come from the `Study`; its table may have the
    columns ``run``, ``vessel``, ``block`` and ``point`` of a run sheet.

    Attributes:
        title: Name of the experiment.
        question: What it was to answer.
        organism: What was grown.
        rehearsed: The data come from the twin, not from a culture; the report says so first.
        station: Where it ran, as a phrase.
        design: The design in words, such as "central composite, faced, 4 replicates".
        audit: What the design can tell.
        time_courses: Columns ``t_h``, ``vessel`` and one per channel; NaN where not measured.
        phases: Columns ``vessel``, ``phase``, ``start_s``, ``end_s``.
        operations: Work of the liquid handler: columns ``start_s``, ``end_s``, ``vessel``,
            ``kind``, ``status`` ("done", "not done" or "unknown").
        lost: Vessels that were lost, each with the reason as a sentence.
        deviations: What went otherwise than planned, in order.
        twin_deviations: How the twin differs from the published model, as sentences.
        scale_up: Prediction for larger vessels.
        provenance: File names, seeds, versions, hashes, in the order to print.
    """

    title: str
    question: str = ""
    organism: str = ""
    rehearsed: bool = False
    station: str = ""
    design: str = ""
    audit: DesignAudit | None = None
    time_courses: pd.DataFrame | None = None
    phases: pd.DataFrame | None = None
    operations: pd.DataFrame | None = None
    lost: Mapping[str, str] = field(default_factory=dict)
    deviations: tuple[Deviation, ...] = ()
    twin_deviations: tuple[str, ...] = ()
    scale_up: ScaleUpTable | None = None
    provenance: Mapping[str, object] = field(default_factory=dict)


def render(study: Study, context: ReportContext) -> str:
    """Write the report.

    Args:
        study: The analysis.
        context: What surrounds it.

    Returns:
        A complete HTML document without any external resource; the same input gives the same
        text.
    """
    scale_up, flags = (
        report_sections.scale_up_table(context.scale_up)
        if context.scale_up is not None
        else (None, ())
    )
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            study=study,
            context=context,
            setting=report_sections.best_setting(study),
            predictions=report_sections.predictions(study),
            lead=report_sections.lead(study),
            known=report_sections.known(study),
            unknown=_unknown(study, context),
            factors=report_sections.factors_table(study),
            audit=() if context.audit is None else report_sections.audit_tiles(context.audit),
            responses=report_sections.response_sections(study),
            runs=report_sections.runs_table(study, context.lost),
            places=report_sections.places(study, context.lost),
            course=_course(study, context),
            scale_up=scale_up,
            flags=flags,
            provenance=report_sections.as_pairs(context.provenance),
            words=lambda sentence: dressed(
                sentence, (*study.factors, *study.responses, *study.unfitted)
            ),
        )
    )


def _unknown(study: Study, context: ReportContext) -> tuple[str, ...]:
    """What is not known, most serious first."""
    said = []
    if context.rehearsed:
        said.append("How a real culture behaves: these numbers come from the twin.")
    said.extend(study.cautions)
    if context.lost:
        vessels = ", ".join(context.lost)
        said.append(f"What {vessels} would have shown: lost, see the course of the experiment.")
    if context.scale_up is not None and any(row.flags for row in context.scale_up.rows):
        said.append("Whether the scale-up holds: some of its numbers are extrapolated, see there.")
    return tuple(said)


def _course(study: Study, context: ReportContext) -> tuple[report_sections.Figure, ...]:
    """What happened in every vessel, as figures."""
    drawn = []
    if context.time_courses is not None:
        svg = report_figures.time_courses(study, context.time_courses, "courses")
        caption = (
            "Every vessel from start to end, coloured and dashed by level; a line goes through "
            f"{TIME_COURSE_POINTS} means of its readings."
        )
        drawn.append(report_sections.figure(svg, caption, wide=True))
    if context.phases is not None and len(context.phases):
        svg = timeline(context.phases, context.operations, "timeline")
        caption = (
            "Phases of each vessel, and below them the work of the liquid handler by kind. "
            "A cross marks an operation that was not done or whose outcome is unknown."
        )
        drawn.append(report_sections.figure(svg, caption, wide=True))
    return tuple(figure for figure in drawn if figure is not None)


@cache
def environment() -> jinja2.Environment:
    """The templates of every page."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
