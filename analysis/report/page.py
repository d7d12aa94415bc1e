"""The page: all sections, put into the template."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from analysis.report import answer, campaign, data
from analysis.report.decision import decision_section
from analysis.report.design import design_section
from analysis.report.profiler import SCRIPT, SCRIPT_HASH, profiler_json
from analysis.report.response import response_sections
from analysis.report.trends import trends
from analysis.report.variance import cross_response
from analysis.report.words import dressed

if TYPE_CHECKING:
    from analysis.report.context import ReportContext
    from analysis.study import Study


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
        campaign.scale_up_table(context.scale_up) if context.scale_up is not None else (None, ())
    )
    vessels = trends(study, context.time_courses, context.lost)
    exploration = context.exploration
    names = (*study.factors, *study.responses, *study.unfitted)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            study=study,
            context=context,
            setting=answer.best_setting(study),
            predictions=answer.predictions(study),
            lead=answer.lead(study),
            known=answer.known(study),
            unknown=answer.unknown(study, context),
            design=design_section(study, context),
            responses=response_sections(study),
            across=cross_response(study),
            decision=decision_section(study, exploration),
            profiler=profiler_json(study),
            script=Markup(SCRIPT),  # noqa: S704
            script_hash=SCRIPT_HASH,
            runs=data.runs_table(study, context.lost, bool(vessels)),
            plots=data.data_plots(study, context.lost),
            positions=data.position_table(study, exploration),
            place_words=()
            if exploration is None
            else tuple(found.sentence for found in exploration.positions.values()),
            vessels=vessels,
            course=campaign.course(study, context),
            scale_up=scale_up,
            flags=flags,
            provenance=campaign.as_pairs(context.provenance),
            words=lambda sentence: dressed(sentence, names),
        )
    )


@cache
def environment() -> jinja2.Environment:
    """The templates of every page."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parents[1] / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
