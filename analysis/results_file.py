"""The file of results: every number that a report shows, for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from analysis.fitted import CONFIDENCE
from analysis.plain import plain
from analysis.report.trends import ChannelRange, channel_ranges
from analysis.study import Study

if TYPE_CHECKING:
    from analysis.exploration import Exploration
    from analysis.report.context import Deviation, NightNote, ReportContext
    from analysis.scale_up import ScaleUpTable
    from designs import DesignAudit
    from designs.evaluation import Evaluation


@dataclass(frozen=True)
class Results(Study):
    """All that was found in a campaign, and what surrounds it.

    Attributes:
        study: Version of this form.
        title: Name of the experiment.
        question: What it was to answer.
        designed: The design in words.
        confidence: Level of every interval.
        design: What the design can tell; null where it was not judged.
        exploration: What follows from the models; null where it was not asked.
        scale_up: Prediction for larger vessels; null without.
        trends: Of each vessel with time courses: each channel's smallest, largest and last value.
        lost: Vessels that were lost, each with the reason as a sentence.
        deviations: What went otherwise than planned, in order.
        nights: The nights that were analysed together; empty for one alone.
        provenance: File names, seeds, versions, hashes.
    """

    study: int
    title: str
    question: str
    designed: str
    confidence: float
    design: Evaluation | DesignAudit | None
    exploration: Exploration | None
    scale_up: ScaleUpTable | None
    trends: Mapping[str, Mapping[str, ChannelRange]]
    lost: Mapping[str, str]
    deviations: tuple[Deviation, ...]
    nights: tuple[NightNote, ...]
    provenance: Mapping[str, object]


def results(study: Study, context: ReportContext) -> Results:
    """All results; the schema ``protocols/schema/results.json`` tells their form."""
    judged = context.evaluation
    return Results(
        **{field.name: getattr(study, field.name) for field in fields(study)},
        study=1,
        title=context.title,
        question=context.question,
        designed=context.design,
        confidence=CONFIDENCE,
        design=judged if judged is not None else context.audit,
        exploration=context.exploration,
        scale_up=context.scale_up,
        trends=channel_ranges(context.time_courses),
        lost=context.lost,
        deviations=context.deviations,
        nights=context.nights,
        provenance=context.provenance,
    )


def results_json(study: Study, context: ReportContext) -> str:
    """The text of ``results.json``."""
    found: dict[str, Any] = plain(results(study, context))
    text = json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False)
    return text + "\n"
