"""Several campaigns of one experiment, analysed together into one report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.errors import ModelError
from analysis.exploration import explore
from analysis.nights import JoinedNights, Night, join_nights
from analysis.report import Deviation, NightNote, ReportContext
from analysis.study import analyze
from designs import RunSheet
from designs.evaluation import evaluate
from orchestrator.campaign import Campaign
from orchestrator.protocol import load_protocol
from orchestrator.reporting import RecordedNight, Summary, read_night, write_report

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = "together"
"""Where the report goes, in the first campaign's folder, unless told otherwise."""


def analyze_together(folders: Sequence[Path], output: Path | None = None) -> Summary:
    """Analyse several campaigns as one experiment, each night a block.

    Args:
        folders: Of the campaigns; the first says what is wanted of the responses and how they are
            modelled.
        output: Folder of ``report.html``, ``results.json`` and ``results.csv``.

    Raises:
        CampaignError: A folder is no campaign.
        ModelError: They are not of one experiment; the text says what differs.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise ModelError("a campaign cannot be analysed together with itself")
    campaigns = [Campaign.open(folder) for folder in folders]
    nights = [read_night(campaign, load_protocol(campaign.protocol)) for campaign in campaigns]
    labels = _labels(folders)
    joined = join_nights(
        [
            Night(label, night.table, night.sheet.factors, night.protocol.responses)
            for label, night in zip(labels, nights, strict=True)
        ]
    )
    how = joined.modelled(nights[0].protocol.analysis)
    study = analyze(joined.table, joined.factors, joined.responses, block="block", how=how)
    odd = [f"{label}: {s}" for label, n in zip(labels, nights, strict=True) for s in n.strange]
    told = (*joined.differences, *_differences(labels, nights), *odd)
    context = replace(
        _context(labels, nights),
        evaluation=evaluate(_sheet(joined)),
        exploration=explore(study, how.setpoint_error),
    )
    study = replace(study, cautions=(*told, *study.cautions))
    target = output or folders[0] / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    joined.table.to_csv(target / "results.csv", index=False, lineterminator="\n")
    return write_report(study, context, target / "results.json", target / "report.html")


def _labels(folders: Sequence[Path]) -> list[str]:
    """Names of the folders; with their parents' where two have one name."""
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) == len(names):
        return names
    return ["-".join(folder.resolve().parts[-2:]) for folder in folders]


def _sheet(joined: JoinedNights) -> RunSheet:
    blocks = pd.factorize(joined.table["block"])[0] + 1
    return RunSheet(joined.table.assign(block=blocks), joined.factors)


def _differences(labels: Sequence[str], nights: Sequence[RecordedNight]) -> Iterator[str]:
    """What the nights did otherwise, beside their settings."""
    first = nights[0].protocol
    for label, night in zip(labels[1:], nights[1:], strict=True):
        other = night.protocol
        if other.organism != first.organism:
            raise ModelError(
                f"{labels[0]} and {label} cannot be analysed together: {first.organism} grew in "
                f"the one, {other.organism} in the other."
            )
        written, theirs = (p.source.data["culture"] for p in (first, other))
        for what, differs in (
            ("another procedure", written != theirs),
            ("other reagents", first.reagents != other.reagents),
            ("another station", nights[0].context.station != night.context.station),
        ):
            if differs:
                yield (
                    f"{label} had {what} than {labels[0]}; a difference between the nights may "
                    "come of that."
                )


def _context(labels: Sequence[str], nights: Sequence[RecordedNight]) -> ReportContext:
    """What surrounds all nights; vessels, events and files lead with the name of their night."""
    of = list(zip(labels, (night.context for night in nights), strict=True))
    first = of[0][1]
    return replace(
        first,
        title=f"{first.title}: {len(nights)} nights",
        rehearsed=any(context.rehearsed for _, context in of),
        time_courses=_stacked(of, lambda context: context.time_courses),
        phases=_stacked(of, lambda context: context.phases),
        operations=_stacked(of, lambda context: context.operations),
        lost={f"{n} {vessel}": why for n, context in of for vessel, why in context.lost.items()},
        deviations=tuple(
            Deviation(d.text, d.time_h, n if d.vessel is None else f"{n} {d.vessel}")
            for n, context in of
            for d in context.deviations
        ),
        nights=tuple(
            NightNote(
                label,
                len(night.table),
                sum(vessel in night.context.lost for vessel in night.table["vessel"]),
                str(night.context.provenance["began"]),
            )
            for label, night in zip(labels, nights, strict=True)
        ),
        provenance=_provenance(of),
    )


def _stacked(
    of: Sequence[tuple[str, ReportContext]],
    table: Callable[[ReportContext], pd.DataFrame | None],
) -> pd.DataFrame:
    parts = [
        found.assign(vessel=f"{label} " + found["vessel"].astype(str))
        for label, context in of
        if (found := table(context)) is not None
    ]
    return pd.concat(parts, ignore_index=True)


def _provenance(of: Sequence[tuple[str, ReportContext]]) -> Mapping[str, object]:
    return {f"{label}, {key}": value for label, c in of for key, value in c.provenance.items()}
