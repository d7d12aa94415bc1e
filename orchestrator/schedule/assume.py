"""How long triggered phases took in another campaign, to plan the next one by."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from orchestrator.campaign import Campaign

if TYPE_CHECKING:
    from orchestrator.night import Night


def lengths_of(campaign: Path, night: Night) -> dict[str, dict[str, float]]:
    """How long each phase lasted, by vessel of a night and phase, s.

    A vessel that the campaign did not have gets the median of those that it had.

    Raises:
        CampaignError: The folder is no campaign, or its records are missing.
    """
    from orchestrator.records.store import RecordsReader
    from orchestrator.results import phases

    reader = RecordsReader(Campaign.open(campaign).records)
    try:
        table = phases(reader)
    finally:
        reader.close()
    seen: dict[str, dict[str, float]] = {}
    for row in table.to_dict("records"):
        by_vessel = seen.setdefault(row["phase"], {})
        lasted_s = row["end_s"] - row["start_s"]  # in parts, if the culture was held
        by_vessel[row["vessel"]] = by_vessel.get(row["vessel"], 0.0) + lasted_s
    return {
        vessel: {
            phase: lasted[vessel] if vessel in lasted else median(lasted.values())
            for phase, lasted in seen.items()
        }
        for vessel in night.procedures()
    }
