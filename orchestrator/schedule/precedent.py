"""What readings decided in another campaign, ends of phases and base, to plan the next one by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, TypeAlias

from orchestrator.campaign import Campaign

if TYPE_CHECKING:
    from orchestrator.night import Night
    from orchestrator.records.store import RecordsReader

Doses: TypeAlias = Sequence[tuple[float, float]]
"""Seconds after the start of the vessel, and mL."""


@dataclass(frozen=True)
class Precedent:
    """What another campaign shows.

    Attributes:
        lengths_s: How long each phase lasted, by vessel and phase.
        base: What each vessel was given of base; None when no campaign shows it.
    """

    lengths_s: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    base: Mapping[str, Doses] | None = None


NO_PRECEDENT = Precedent()


def precedent_of(campaign: Path, night: Night) -> Precedent:
    """What a campaign shows of the vessels of a night.

    A vessel that the campaign did not have gets the median of the lengths, and the base of the
    vessel that was dosed a median number of times.

    Raises:
        CampaignError: The folder is no campaign, or its records are missing.
    """
    from orchestrator.records.store import RecordsReader

    reader = RecordsReader(Campaign.open(campaign).records)
    try:
        lengths_s, base = _lengths_s(reader), _base(reader)
    finally:
        reader.close()
    middle = sorted(base.values(), key=len)[len(base) // 2] if base else ()
    return Precedent(
        {
            vessel: {
                phase: lasted[vessel] if vessel in lasted else median(lasted.values())
                for phase, lasted in lengths_s.items()
            }
            for vessel in night.procedures()
        },
        {vessel: base.get(vessel, middle) for vessel in night.procedures()},
    )


def _lengths_s(reader: RecordsReader) -> dict[str, dict[str, float]]:
    """How long phases lasted, by phase and vessel."""
    from orchestrator.results import phases

    seen: dict[str, dict[str, float]] = {}
    for row in phases(reader).to_dict("records"):
        by_vessel = seen.setdefault(row["phase"], {})
        lasted_s = row["end_s"] - row["start_s"]  # in parts, if the culture was held
        by_vessel[row["vessel"]] = by_vessel.get(row["vessel"], 0.0) + lasted_s
    return seen


def _base(reader: RecordsReader) -> dict[str, list[tuple[float, float]]]:
    """What base each vessel was told to be given, after its start."""
    starts_s = {
        entry.vessel or "": entry.time_s
        for entry in reversed(list(reader.journal("phase")))
        if entry.body["left"] == "idle"
    }
    doses: dict[str, list[tuple[float, float]]] = {vessel: [] for vessel in starts_s}
    for entry in reader.journal("intent"):
        if entry.body["do"] == "ph" and entry.vessel in doses:
            after_s = entry.time_s - starts_s[entry.vessel]
            doses[entry.vessel].append((after_s, entry.body["volume_ml"]))
    return doses
