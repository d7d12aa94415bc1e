"""What a report is told beside the analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from analysis.exploration import Exploration
    from analysis.scale_up import ScaleUpTable
    from designs import DesignAudit
    from designs.evaluation import Evaluation


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
class NightNote:
    """One of several nights that were analysed together.

    Attributes:
        label: What it is called in the report.
        runs: How many.
        lost: How many of them were lost.
        began: When.
    """

    label: str
    runs: int
    lost: int
    began: str


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
        evaluation: The design judged before the night; its audit stands in for ``audit``.
        exploration: What follows from the models.
        time_courses: Columns ``t_h``, ``vessel`` and one per channel; NaN where not measured.
        phases: Columns ``vessel``, ``phase``, ``start_s``, ``end_s``.
        operations: Work of the liquid handler: columns ``start_s``, ``end_s``, ``vessel``,
            ``kind``, ``status`` ("done", "not done" or "unknown").
        lost: Vessels that were lost, each with the reason as a sentence.
        deviations: What went otherwise than planned, in order.
        twin_deviations: How the twin differs from the published model, as sentences.
        scale_up: Prediction for larger vessels.
        nights: The nights that were analysed together; empty for one alone.
        provenance: File names, seeds, versions, hashes, in the order to print.
    """

    title: str
    question: str = ""
    organism: str = ""
    rehearsed: bool = False
    station: str = ""
    design: str = ""
    audit: DesignAudit | None = None
    evaluation: Evaluation | None = None
    exploration: Exploration | None = None
    time_courses: pd.DataFrame | None = None
    phases: pd.DataFrame | None = None
    operations: pd.DataFrame | None = None
    lost: Mapping[str, str] = field(default_factory=dict)
    deviations: tuple[Deviation, ...] = ()
    twin_deviations: tuple[str, ...] = ()
    scale_up: ScaleUpTable | None = None
    nights: tuple[NightNote, ...] = ()
    provenance: Mapping[str, object] = field(default_factory=dict)
