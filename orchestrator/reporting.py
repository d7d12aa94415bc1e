"""From a campaign's folder to its results and its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.analysis_spec import AnalysisSpec
from analysis.errors import ModelError
from analysis.exploration import explore
from analysis.report import ReportContext, render
from analysis.results_file import results_json
from analysis.study import Study, analyze
from analysis.time_courses import reduce
from designs import RunSheet
from designs.evaluation import evaluate
from orchestrator import measured, results
from orchestrator.campaign import Campaign
from orchestrator.context import campaign_context
from orchestrator.guessing import guess_factors
from orchestrator.protocol import load_protocol, load_station
from orchestrator.records.store import RecordsReader

if TYPE_CHECKING:
    from hardware.emulators import Laboratory
    from orchestrator.protocol import Protocol
    from orchestrator.wishes import Wishes


@dataclass(frozen=True)
class Summary:
    """What a command says at its end.

    Attributes:
        report: Where the report is.
        answer: What was found, most important first.
        cautions: What is not known.
        lost: Vessels that did not complete, with the reason.
    """

    report: Path
    answer: tuple[str, ...]
    cautions: tuple[str, ...] = ()
    lost: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """For a person."""
        lines = [*self.answer]
        if self.cautions:
            lines += ["", "Not known, or not to be trusted:", *(f"- {c}" for c in self.cautions)]
        lines += [f"Lost: {vessel}, {why}" for vessel, why in self.lost.items()]
        return "\n".join([*lines, "", f"Report: {self.report}"])

    def to_json(self) -> dict[str, Any]:
        """For a program."""
        return {
            "report": str(self.report),
            "answer": list(self.answer),
            "cautions": list(self.cautions),
            "lost": dict(self.lost),
        }


def write_samples(campaign: Campaign, protocol: Protocol) -> None:
    """List the samples that were taken, with an empty column for each response found in them.

    The laboratory's values belong into these columns; then `inoculum analyze` counts them.
    """
    measured.write_samples(campaign.samples, _sample_table(campaign, protocol))


def fill_samples(campaign: Campaign, protocol: Protocol, laboratory: Laboratory, seed: int) -> None:
    """List the samples with what the emulated laboratory finds in them."""
    table = _sample_table(campaign, protocol)
    units = {name: spec.unit for name, spec in protocol.responses.items() if spec.measured}
    if units and len(table):
        found = laboratory.measure(table["well"], units, seed)
        for name, spec in protocol.responses.items():
            if spec.measured:
                of_it = table["sample"] == spec.source
                table.loc[of_it, name] = found[name].to_numpy()[of_it.to_numpy()]
    measured.write_samples(campaign.samples, table)


def _sample_table(campaign: Campaign, protocol: Protocol) -> pd.DataFrame:
    at_line = [name for name, spec in protocol.responses.items() if spec.measured]
    reader = RecordsReader(campaign.records)
    try:
        return results.samples(reader, at_line)
    finally:
        reader.close()


def analyze_campaign(folder: Path) -> Summary:
    """Analyse a campaign again, for instance after the laboratory's values came in.

    Raises:
        CampaignError: The folder is no campaign.
    """
    campaign = Campaign.open(folder)
    return report(campaign, load_protocol(campaign.protocol))


def report(campaign: Campaign, protocol: Protocol) -> Summary:
    """Reduce the records to results, fit, and write results and report."""
    night = read_night(campaign, protocol)
    block = "block" if night.table["block"].nunique() > 1 else None
    study = analyze(
        night.table, night.sheet.factors, protocol.responses, block=block, how=protocol.analysis
    )
    context = replace(
        night.context,
        evaluation=evaluate(night.sheet),
        exploration=explore(study, protocol.analysis.setpoint_error),
    )
    study = replace(study, cautions=(*night.strange, *study.cautions))
    return write_report(study, context, campaign.findings, campaign.report)


@dataclass(frozen=True)
class RecordedNight:
    """A campaign's records, reduced.

    Attributes:
        campaign: Its folder.
        protocol: What was asked for.
        sheet: Which vessel got which settings.
        table: The run sheet with the responses beside it.
        context: What surrounds the analysis.
        strange: What is odd about the laboratory's values, as sentences.
    """

    campaign: Campaign
    protocol: Protocol
    sheet: RunSheet
    table: pd.DataFrame
    context: ReportContext
    strange: tuple[str, ...]


def read_night(campaign: Campaign, protocol: Protocol) -> RecordedNight:
    """Reduce the records of a campaign to results, which are written into its folder."""
    if not campaign.samples.exists():  # the program was stopped before it came to that
        write_samples(campaign, protocol)
    at_line = [name for name, spec in protocol.responses.items() if spec.measured]
    samples, strange = measured.read_samples(campaign.samples, at_line)
    reader = RecordsReader(campaign.records)
    try:
        courses, phases = results.time_courses(reader), results.phases(reader)
        reduced = reduce(protocol.responses, courses, phases, samples)
        sheet = RunSheet.from_csv(campaign.run_sheet, protocol.design_factors())
        table = results.results_table(sheet, reduced.table.reset_index())
        _write_results(campaign, protocol, table)
        station = load_station(campaign.station)
        context = campaign_context(campaign, protocol, station, reader, courses, phases)
    finally:
        reader.close()
    return RecordedNight(campaign, protocol, sheet, table, context, tuple(strange))


def _write_results(campaign: Campaign, protocol: Protocol, table: pd.DataFrame) -> None:
    units = {name: factor.unit for name, factor in protocol.factors.items()}
    units |= {name: spec.unit for name, spec in protocol.responses.items()}
    headers = {name: f"{name} [{unit}]" for name, unit in units.items() if unit}
    table.rename(columns=headers).to_csv(campaign.results, index=False, lineterminator="\n")


def analyze_table(path: Path, protocol: Path | None, wishes: Wishes, folder: Path) -> Summary:
    """Analyse a table that was measured elsewhere.

    Args:
        path: CSV, one row a run; headers may carry units.
        protocol: Gives factors and responses; without it every column that is no response is a
            factor.
        wishes: Columns to model and what is wanted of them, without a protocol.
        folder: Where report and results go.

    Raises:
        ModelError: The table does not fit, in a sentence.
    """
    table, units = measured.read_measured(path)
    if protocol is not None:
        if wishes.given:
            raise ModelError("goals and limits stand in the protocol; give them there or here")
        loaded = load_protocol(protocol)
        table = measured.in_units_of(loaded, table, units)
        factors, specs = loaded.design_factors(), dict(loaded.responses)
        context = ReportContext(loaded.name, loaded.question, loaded.organism)
        how = loaded.analysis
    else:
        specs = wishes.specs(units)
        factors = guess_factors(table, units, list(specs))
        context = ReportContext(path.name)
        how = AnalysisSpec()
    block = "block" if "block" in table and table["block"].nunique() > 1 else None
    study = analyze(table, factors, specs, block=block, how=how)
    context = replace(context, exploration=explore(study, how.setpoint_error))
    folder.mkdir(parents=True, exist_ok=True)
    return write_report(study, context, folder / "results.json", folder / "report.html")


def write_report(study: Study, context: ReportContext, findings: Path, page: Path) -> Summary:
    """Write results and page."""
    findings.write_text(results_json(study, context), encoding="utf-8")
    page.write_text(render(study, context), encoding="utf-8")
    return Summary(page, study.answer, study.cautions, context.lost)
