"""How far a campaign is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from orchestrator.engine.vessel_run import VesselRun


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is.

    Attributes:
        time_s: Campaign time.
        running: Cultures under way.
        ended: Cultures that are complete.
        lost: Cultures that were given up or wait for a person.
    """

    time_s: float
    running: int
    ended: int
    lost: int


def progress_of(time_s: float, runs: Collection[VesselRun]) -> Progress:
    """How far cultures are; those that are still to start are in none of the numbers."""
    running = sum(run.life.phase is not None for run in runs)
    lost = sum(run.lost is not None for run in runs)
    to_start = sum(run.life.state == "idle" and run.lost is None for run in runs)
    return Progress(time_s, running, len(runs) - running - to_start - lost, lost)
