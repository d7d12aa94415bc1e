"""How a campaign stands, from its records alone, whether its engine runs or not."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from orchestrator.alarms.book import Alarm, AlarmBook
from orchestrator.campaign import Campaign
from orchestrator.desk.calling import engine_of
from orchestrator.records.store import RecordsReader


@dataclass(frozen=True)
class VesselStanding:
    """One vessel.

    Attributes:
        vessel: Its name.
        state: State of its culture, such as ``running: batch``.
        since_s: Campaign time at which it entered that state.
        readings: Channel to last value; channels without one are left out.
    """

    vessel: str
    state: str
    since_s: float
    readings: dict[str, float]


@dataclass(frozen=True)
class CampaignStanding:
    """A campaign.

    Attributes:
        name: Name of the protocol.
        engine: Process number of the engine that runs it; None when none does.
        closed: Whether the station was left safe and the records closed.
        time_s: Campaign time of the last scan.
        vessels: Those with a culture.
        alarms: Those that stand, urgent ones first.
    """

    name: str
    engine: int | None
    closed: bool
    time_s: float
    vessels: tuple[VesselStanding, ...]
    alarms: tuple[Alarm, ...]

    def to_json(self) -> dict[str, Any]:
        """For a program."""
        return {
            **asdict(self),
            "alarms": [alarm.to_json() for alarm in self.alarms],
        }


def standing_of(folder: Path) -> CampaignStanding:
    """Read how a campaign stands.

    Raises:
        CampaignError: The folder holds none.
    """
    reader = RecordsReader(Campaign.open(folder).records)
    try:
        entries = list(reader.journal())
        scan = reader.last_scan()
        meta = reader.meta
    finally:
        reader.close()
    states = {
        entry.vessel: (str(entry.body["entered"]), entry.time_s)
        for entry in entries
        if entry.kind == "phase"
    }
    rows = {} if scan is None else dict(zip(meta["vessels"], scan[2].tolist(), strict=True))
    engine = engine_of(folder)
    return CampaignStanding(
        name=str(meta.get("protocol", folder.name)),
        engine=engine["pid"] if engine is not None else None,
        closed=bool(entries) and entries[-1].kind == "closed",
        time_s=0.0 if scan is None else scan[1],
        vessels=tuple(
            VesselStanding(vessel, *states[vessel], _readings(meta["channels"], rows.get(vessel)))
            for vessel in meta["vessels"]
            if vessel in states
        ),
        alarms=tuple(AlarmBook(entries).standing),
    )


def _readings(channels: list[str], row: list[float] | None) -> dict[str, float]:
    pairs = zip(channels, row, strict=True) if row is not None else ()
    return {channel: round(value, 4) for channel, value in pairs if not math.isnan(value)}
