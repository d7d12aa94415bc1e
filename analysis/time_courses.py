"""Reduce the time courses and samples of each vessel to one number per response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.responses import ResponseSpec

READINGS = 5
"""A channel's value at a moment is the median of its last five readings before it ..."""

FRESH_S = 600.0
"""... that are no older than ten minutes, so that a sensor long dead gives no value."""


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
    phase, none older than ten minutes. ``take: slope`` is the least-squares slope per hour.
    A sample's response is the value of the last sample of that name, empty if that has none.

    Args:
        specs: Responses by name.
        telemetry: Readings, wide (``t_s``, ``vessel``, one column per channel) or long (``t_s``,
            ``vessel``, ``channel``, ``value``).
        phases: ``vessel``, ``phase``, ``start_s``, ``end_s``; NaN end for one that never ended.
        samples: ``vessel``, ``sample``, ``t_s``, one column per measured response.
    """
    records = _Records(_wide(telemetry), phases, samples)
    rows, reasons = {}, []
    for vessel in records.vessels():
        row = {}
        for name, spec in specs.items():
            try:
                row[name] = _value(records, vessel, name, spec)
            except _NoValue as reason:
                row[name] = np.nan
                reasons.append({"vessel": vessel, "response": name, "reason": str(reason)})
        rows[vessel] = row
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(specs), dtype=float)
    return Reduced(
        table.rename_axis("vessel"),
        pd.DataFrame(reasons, columns=["vessel", "response", "reason"]),
    )


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
    if source not in records.telemetry.columns:
        return _of_sample(records.samples, vessel, source, name)
    readings = records.readings(vessel, source)
    if spec.take is None:
        value = _at(records, vessel, source, readings, spec.at or "end")
    else:
        if spec.during:
            start, end = records.span_s(vessel, spec.during)
            readings = readings[readings["t_s"].between(start, end)]
        value = _taken(readings, spec.take, f"{source} in {vessel}")
    if spec.calibration is None:
        return value
    return spec.calibration.slope * value + spec.calibration.intercept


def _at(records: _Records, vessel: str, channel: str, readings: pd.DataFrame, phase: str) -> float:
    _, end = records.span_s(vessel, phase)
    fresh = readings[readings["t_s"].between(end - FRESH_S, end)]
    if fresh.empty:
        raise _NoValue(
            f"{channel} was not read in {vessel} in the ten minutes before the end of "
            f"{'the culture' if phase == 'end' else phase}."
        )
    return float(fresh["value"].tail(READINGS).median())


def _taken(readings: pd.DataFrame, take: str, what: str) -> float:
    values = readings["value"]
    if values.empty:
        raise _NoValue(f"There is no reading of {what} in that time.")
    if take == "last":
        return float(values.iloc[-1])
    if take == "slope":
        if readings["t_s"].nunique() < 2:
            raise _NoValue(f"A slope of {what} needs readings at two times at least.")
        hours = readings["t_s"].to_numpy(float) / 3600
        hours = hours - hours.mean()
        return float(hours @ values.to_numpy(float) / (hours @ hours))
    return float({"max": values.max, "min": values.min, "mean": values.mean}[take]())


def _of_sample(samples: pd.DataFrame, vessel: str, sample: str, response: str) -> float:
    own = samples[(samples["vessel"] == vessel) & (samples["sample"] == sample)]
    if own.empty:
        raise _NoValue(f"No sample '{sample}' was taken from {vessel}.")
    last = own.sort_values("t_s", kind="stable").iloc[-1]
    value = last.get(response, np.nan)
    if pd.isna(value):
        raise _NoValue(f"{response} of the last sample '{sample}' of {vessel} was not measured.")
    return float(value)
