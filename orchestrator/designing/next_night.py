"""The next night of a campaign, written as a protocol that is ready to be checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.next_runs import confirmation, most_promising, uphill
from analysis.study import Study, analyze
from designs import DesignError, RunSheet
from designs.additions import axial, repair, resolve_aliases
from designs.model_terms import interactions
from designs.specs.common import BlocksByPosition
from orchestrator import measured, results
from orchestrator.campaign import Campaign, CampaignError
from orchestrator.designing.yaml_edit import with_values
from orchestrator.protocol import load_protocol, load_station
from orchestrator.records.store import RecordsReader

if TYPE_CHECKING:
    from designs import ContinuousFactor, Factors
    from orchestrator.protocol import Protocol

_ROUND = 6
_FEW = 8
_MOST_NAME = 200


@dataclass(frozen=True)
class NextNight:
    """A proposal.

    Attributes:
        how: By which way it was made.
        why: A sentence.
        runs: The runs in the factors' units, with their kind in ``point``.
        text: The protocol file.
    """

    how: str
    why: str
    runs: pd.DataFrame
    text: str


class Past:
    """What a campaign left: protocol, design, lost vessels and, when asked for, its analysis."""

    def __init__(self, folder: Path) -> None:
        self.campaign = Campaign.open(folder)
        self.protocol: Protocol = load_protocol(self.campaign.protocol)
        self.sheet: RunSheet = self.campaign.sheet(self.protocol)
        self.vessels = load_station(self.campaign.station).vessels.names
        reader = RecordsReader(self.campaign.records)
        try:
            lost = results.lost_vessels(reader)
        finally:
            reader.close()
        self.lost = tuple(name for name in self.sheet.table["vessel"] if name in lost)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Results, one row a run.

        Raises:
            CampaignError: The campaign was not analysed yet.
        """
        if not self.campaign.results.is_file():
            folder = self.campaign.folder
            raise CampaignError(f"{folder} has no results yet; first: inoculum analyze {folder}")
        table, units = measured.read_measured(self.campaign.results)
        return measured.in_units_of(self.protocol, table, units)

    @cached_property
    def study(self) -> Study:
        """The analysis of the results."""
        block = "block" if self.table["block"].nunique() > 1 else None
        return analyze(self.table, self.sheet.factors, self.protocol.responses, block=block)

    @cached_property
    def goal(self) -> str:
        """The first response with a goal.

        Raises:
            DesignError: None has one.
        """
        for name, spec in self.protocol.responses.items():
            if spec.goal != "none":
                return name
        raise DesignError("no response has a goal; name one with --response")


def _resolve(past: Past, count: int | None, _: str | None) -> pd.DataFrame:
    rules = past.protocol.design.model_dump(include={"constraints", "disallowed"})
    return resolve_aliases(past.sheet, count, **rules)


def _axial(past: Past, count: int | None, _: str | None) -> pd.DataFrame:
    return axial(past.sheet, 3 if count is None else count)


def _ascend(past: Past, count: int | None, response: str | None) -> pd.DataFrame:
    return uphill(past.study, response or past.goal, count or _FEW)


def _repair(past: Past, _: int | None, __: str | None) -> pd.DataFrame:
    return repair(past.sheet, past.lost)


def _improve(past: Past, count: int | None, response: str | None) -> pd.DataFrame:
    specs = past.protocol.responses
    chosen = {response: specs[response]} if response in specs else specs
    return most_promising(past.table, past.sheet.factors, chosen, count or _FEW)


WAYS: Mapping[str, tuple[Callable[[Past, int | None, str | None], pd.DataFrame], str]] = {
    "repair": (_repair, "The runs of lost vessels, again."),
    "resolve-aliases": (
        _resolve,
        "Runs after which main effects and two-factor interactions can be told apart.",
    ),
    "axial": (_axial, "Axial and centre points, after which curvature can be told."),
    "steepest-ascent": (_ascend, "Steps on the path of steepest ascent from the centre."),
    "improve": (
        _improve,
        "Runs where a Gaussian process expects most improvement of the goals over what was seen.",
    ),
}
"""Ways to the next night, the most urgent first."""


def next_night(
    folder: Path,
    how: str | None = None,
    count: int | None = None,
    response: str | None = None,
    confirm: int = 0,
) -> NextNight:
    """Propose the next night.

    Args:
        folder: Of the campaign.
        how: One of `WAYS`; what the campaign needs most when omitted.
        count: How many runs; of axial points how many centre points.
        response: Which response to improve; those with goals when omitted.
        confirm: Further runs at the best setting found.

    Raises:
        CampaignError: The folder is no campaign, or was not analysed yet.
        DesignError: There is nothing to do that way, or no room for it.
        ModelError: The results say nothing about where to go.
    """
    past = Past(folder)
    if response is not None and response not in past.protocol.responses:
        known = ", ".join(past.protocol.responses)
        raise DesignError(f"'{response}' is none of the responses {known}")
    chosen = how or _most_urgent(past)
    make, why = WAYS[chosen]
    coded = make(past, count, response)
    if confirm:
        coded = pd.concat([coded, confirmation(past.study, confirm)], ignore_index=True)
    spares = past.protocol.design.spares
    if len(coded) + spares > len(past.vessels):
        raise DesignError(
            f"{len(coded)} runs and {spares} spare vessels are more than the station's "
            f"{len(past.vessels)} vessels; ask for fewer with --runs"
        )
    factors = past.sheet.factors
    runs = _rounded(factors.to_actual(coded), factors)
    text = _written(past, runs, f"Continues {folder.name} ({chosen}): {why}")
    return NextNight(chosen, why, runs.assign(point=coded["point"]), text)


def _most_urgent(past: Past) -> str:
    """What is lost comes first, then what is mixed, then what bends, then what may be won."""
    audit, factors = past.sheet.diagnostics(), past.sheet.factors
    if past.lost:
        return "repair"
    if any(term not in audit.terms for term in (*factors, *interactions(factors))):
        return "resolve-aliases"
    if any(f"{name}^2" not in audit.terms for name in factors.continuous):
        return "axial"
    return "improve"


def _rounded(runs: pd.DataFrame, factors: Factors) -> pd.DataFrame:
    """Values with six digits; what stands on a bound stays there."""
    for name, factor in factors.continuous.items():
        values = np.array([float(f"{value:.{_ROUND}g}") for value in runs[name]])
        for bound in (factor.low, factor.high):
            values[np.isclose(values, bound, rtol=10.0**-_ROUND)] = bound
        runs[name] = values
    return runs


def _written(past: Past, runs: pd.DataFrame, comment: str) -> str:
    protocol, factors = past.protocol, past.sheet.factors
    edits: dict[tuple[str | int, ...], str] = {
        ("name",): json.dumps(f"{protocol.name}, next night"[:_MOST_NAME], ensure_ascii=False),
        ("design",): _section(past, runs, comment),
    }
    for name, factor in factors.continuous.items():
        edits |= _widened(name, factor, runs[name])
    return with_values(past.campaign.protocol.read_text(encoding="utf-8-sig"), edits)


def _widened(
    name: str, factor: ContinuousFactor, values: pd.Series[float]
) -> dict[tuple[str | int, ...], str]:
    """New bounds where runs lie beyond the old ones."""
    found: dict[tuple[str | int, ...], str] = {}
    least, most = float(values.min()), float(values.max())
    if least < factor.low:
        found["factors", name, "low"] = factor.text(least)
    if most > factor.high:
        found["factors", name, "high"] = factor.text(most)
    return found


def _section(past: Past, runs: pd.DataFrame, comment: str) -> str:
    old, factors = past.protocol.design, past.sheet.factors
    lines = [f"# {comment}", "kind: table", f"seed: {old.seed + 1}"]
    if isinstance(old.blocks, BlocksByPosition):
        lines.append(f"blocks: {{by: {old.blocks.by}}}")
    if old.spares:
        lines.append(f"spares: {old.spares}")
    lines.append("rows:")
    for row in runs[list(factors)].to_dict(orient="records"):
        values = ", ".join(f"{name}: {_scalar(factors, name, row[name])}" for name in factors)
        lines.append(f"  - {{{values}}}")
    return "\n" + "\n".join(f"  {line}" for line in lines)


def _scalar(factors: Factors, name: str, value: Any) -> str:
    text = factors[name].text(value)
    return text if name in factors.continuous else json.dumps(text, ensure_ascii=False)
