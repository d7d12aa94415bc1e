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
    running = lost = to_start = 0
    for run in runs:
        if run.life.phase is not None:
            running += 1
        elif run.lost is not None:
            lost += 1
        elif run.life.state == "idle":
            to_start += 1
    return Progress(time_s, running, len(runs) - running - to_start - lost, lost)
