"""Reduce the time courses and samples of each vessel to one number per response."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.curves import FEATURES, Curve, NoFeature, functional_components, yield_on
from analysis.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.responses import ResponseSpec

READINGS = 5
"""A channel's value at a moment is the median of its last five readings before it ..."""

FRESH_S = 600.0
"""... that are no older than ten minutes, so that a sensor long dead gives no value."""


COMPONENTS = ("component-1", "component-2", "component-3")


@dataclass(frozen=True)
class Reduced:
    """One number per vessel and response.

    Attributes:
        table: A row per vessel (index ``vessel``), a float column per response in its unit; NaN
            where there is no value.
        reasons: Why there is none: columns ``vessel``, ``response``, ``reason`` (a sentence).
    """

    table: pd.DataFrame
    reasons: pd.DataFrame


class _NoValue(Exception):
    """The reason, as a sentence, why a cell stays empty."""


def reduce(
    specs: Mapping[str, ResponseSpec],
    telemetry: pd.DataFrame,
    phases: pd.DataFrame,
    samples: pd.DataFrame,
) -> Reduced:
    """Reduce a campaign's records to a table of responses.

    A channel read ``at`` a phase is the median of its last five readings up to the end of that
    phase, none older than ten minutes. ``take`` makes one number of all readings, see
    `analysis.curves.features`. A sample's response is the value of the last sample of that name,
    empty if that has none, or what ``take`` makes of all samples of that name.

    Args:
        specs: Responses by name.
        telemetry: Readings, wide (``t_s``, ``vessel``, one column per channel) or long (``t_s``,
            ``vessel``, ``channel``, ``value``).
        phases: ``vessel``, ``phase``, ``start_s``, ``end_s``; NaN end for one that never ended.
        samples: ``vessel``, ``sample``, ``t_s``, one column per measured response.
    """
    records = _Records(_wide(telemetry), phases, samples)
    vessels = records.vessels()
    values: dict[str, dict[str, float]] = {name: {} for name in specs}
    reasons: list[dict[str, str]] = []
    for name, spec in specs.items():
        if spec.take in COMPONENTS:
            values[name], unusable = _component(records, vessels, name, spec)
            reasons += [_reason(vessel, name, why) for vessel, why in unusable.items()]
            continue
        for vessel in vessels:
            try:
                values[name][vessel] = _value(records, vessel, name, spec)
            except _NoValue as reason:
                reasons.append(_reason(vessel, name, str(reason)))
    table = pd.DataFrame(values, index=pd.Index(vessels), columns=list(specs), dtype=float)
    place = {vessel: i for i, vessel in enumerate(vessels)}
    reasons.sort(key=lambda reason: place[reason["vessel"]])
    return Reduced(
        table.rename_axis("vessel"),
        pd.DataFrame(reasons, columns=["vessel", "response", "reason"]),
    )


def _reason(vessel: str, response: str, reason: str) -> dict[str, str]:
    return {"vessel": vessel, "response": response, "reason": reason}


def _wide(telemetry: pd.DataFrame) -> pd.DataFrame:
    if not {"channel", "value"} <= set(telemetry.columns):
        return telemetry
    wide = telemetry.pivot_table(
        index=["vessel", "t_s"], columns="channel", values="value", aggfunc="last", sort=False
    )
    return wide.reset_index().rename_axis(columns=None)


@dataclass(frozen=True)
class _Records:
    telemetry: pd.DataFrame
    phases: pd.DataFrame
    samples: pd.DataFrame

    def vessels(self) -> list[str]:
        seen = [frame["vessel"] for frame in (self.phases, self.telemetry, self.samples)]
        return list(pd.unique(pd.concat(seen)))

    def readings(self, vessel: str, channel: str) -> pd.DataFrame:
        """Readings of one channel in order of time, without gaps."""
        own = self.telemetry.loc[self.telemetry["vessel"] == vessel, ["t_s", channel]]
        found = own.dropna().sort_values("t_s", kind="stable")
        if found.empty:
            raise _NoValue(f"{channel} was never read in {vessel}.")
        return found.rename(columns={channel: "value"})

    def sampled(self, vessel: str, sample: str | None, column: str) -> pd.DataFrame:
        """What was measured of all samples of one name, in order of time."""
        own = self.samples[(self.samples["vessel"] == vessel) & (self.samples["sample"] == sample)]
        if own.empty or column not in own.columns:
            raise _NoValue(f"No sample '{sample}' of {vessel} was measured for {column}.")
        found = own[["t_s", column]].dropna().sort_values("t_s", kind="stable")
        return found.rename(columns={column: "value"})

    def start_s(self, vessel: str) -> float:
        """When the culture began; NaN where nothing says so."""
        return float(self.phases.loc[self.phases["vessel"] == vessel, "start_s"].min())

    def span_s(self, vessel: str, phase: str) -> tuple[float, float]:
        own = self.phases[self.phases["vessel"] == vessel]
        if phase == "end" and not own.empty:
            start, end = own["start_s"].min(), own["end_s"].max()
        else:
            of_phase = own[own["phase"] == phase]
            if of_phase.empty:
                raise _NoValue(f"{vessel} never reached {phase}.")
            start, end = of_phase[["start_s", "end_s"]].iloc[-1]
        if np.isnan(end):
            raise _NoValue(f"{vessel} never finished {phase}.")
        return float(start), float(end)


def _value(records: _Records, vessel: str, name: str, spec: ResponseSpec) -> float:
    source = spec.source or name
    if spec.take is not None:
        return _taken(records, vessel, name, spec, spec.take)
    if source not in records.telemetry.columns:
        return _of_sample(records.samples, vessel, source, name)
    value = _at(records, vessel, source, records.readings(vessel, source), spec.at or "end")
    return value if spec.calibration is None else spec.calibration.of(value)


def _at(records: _Records, vessel: str, channel: str, readings: pd.DataFrame, phase: str) -> float:
    _, end = records.span_s(vessel, phase)
    fresh = readings[readings["t_s"].between(end - FRESH_S, end)]
    if fresh.empty:
        raise _NoValue(
            f"{channel} was not read in {vessel} in the ten minutes before the end of "
            f"{'the culture' if phase == 'end' else phase}."
        )
    return float(fresh["value"].tail(READINGS).median())


def _taken(records: _Records, vessel: str, name: str, spec: ResponseSpec, take: str) -> float:
    what = f"{take} of {spec.source or name} in {vessel}"
    try:
        curve = _curve(records, vessel, spec.source or name, name, spec)
        if take == "yield":
            used = spec.per or ""
            bare = spec.model_copy(update={"calibration": None})
            return yield_on(curve, _curve(records, vessel, used, used, bare))
        return FEATURES[take](curve)
    except NoFeature as reason:
        raise _NoValue(f"There is no {what}: {reason}.") from reason


def _curve(records: _Records, vessel: str, source: str, column: str, spec: ResponseSpec) -> Curve:
    """Readings of a channel, or a column of all samples of one name, in the time asked about."""
    if source in records.telemetry.columns:
        readings = records.readings(vessel, source)
    else:
        readings = records.sampled(vessel, source if spec.per != column else spec.source, column)
    if spec.during:
        start, end = records.span_s(vessel, spec.during)
        readings = readings[readings["t_s"].between(start, end)]
    else:
        start = records.start_s(vessel)
    values = readings["value"].to_numpy(float)
    if spec.calibration is not None:
        values = spec.calibration.of(values)
    hours = readings["t_s"].to_numpy(float) / 3600
    return Curve.of(hours, values, None if np.isnan(start) else start / 3600)


def _component(
    records: _Records, vessels: list[str], name: str, spec: ResponseSpec
) -> tuple[dict[str, float], dict[str, str]]:
    """Scores of all vessels on one functional component, from the start of each one's time."""
    curves, reasons = {}, {}
    for vessel in vessels:
        try:
            curve = _curve(records, vessel, spec.source or name, name, spec)
            curves[vessel] = replace(curve, hours=curve.hours - curve.start_h, start_h=0.0)
        except (_NoValue, NoFeature) as reason:
            reasons[vessel] = str(reason)
    try:
        found = functional_components(curves, len(COMPONENTS))
    except ModelError as error:
        return {}, dict.fromkeys(vessels, str(error)) | reasons
    column = str(spec.take)
    if column not in found.scores:
        return {}, dict.fromkeys(vessels, "These curves do not differ in that many ways.")
    return dict(found.scores[column]), reasons | found.left_out


def _of_sample(samples: pd.DataFrame, vessel: str, sample: str, response: str) -> float:
    own = samples[(samples["vessel"] == vessel) & (samples["sample"] == sample)]
    if own.empty:
        raise _NoValue(f"No sample '{sample}' was taken from {vessel}.")
    last = own.sort_values("t_s", kind="stable").iloc[-1]
    value = last.get(response, np.nan)
    if pd.isna(value):
        raise _NoValue(f"{response} of the last sample '{sample}' of {vessel} was not measured.")
    return float(value)
