"""The file of results: every number that a report shows, for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from analysis.plain import plain

if TYPE_CHECKING:
    from analysis.report.context import ReportContext
    from analysis.study import Study


def results(study: Study, context: ReportContext) -> dict[str, Any]:
    """All results as plain JSON types; what the schema ``protocols/schema/results.json`` tells."""
    judged = context.evaluation
    return {
        **study.to_json(),
        "design": plain(judged if judged is not None else context.audit),
        "exploration": plain(context.exploration),
        "scale_up": plain(context.scale_up),
        "lost": dict(context.lost),
        "deviations": plain(context.deviations),
        "provenance": plain(context.provenance),
    }


def results_json(study: Study, context: ReportContext) -> str:
    """The text of ``results.json``."""
    text = json.dumps(results(study, context), ensure_ascii=False, indent=1, allow_nan=False)
    return text + "\n"
