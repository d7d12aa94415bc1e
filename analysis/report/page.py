"""The page: all sections, put into the template."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from analysis.report import answer, campaign, data, design
from analysis.report.response import response_sections
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
            factors=design.factors_table(study),
            audit=() if context.audit is None else design.audit_tiles(context.audit),
            responses=response_sections(study),
            runs=data.runs_table(study, context.lost),
            places=data.places(study, context.lost),
            course=campaign.course(study, context),
            scale_up=scale_up,
            flags=flags,
            provenance=campaign.as_pairs(context.provenance),
            words=lambda sentence: dressed(
                sentence, (*study.factors, *study.responses, *study.unfitted)
            ),
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
