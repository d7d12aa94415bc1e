"""A campaign taken up again: from its folder to the night that goes on."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.campaign import Campaign, CampaignError
from orchestrator.engine.commands import Command
from orchestrator.engine.lifecycle import FINAL_STATES
from orchestrator.night import Night
from orchestrator.protocol import load_protocol, load_station
from orchestrator.records.store import RecordsReader

if TYPE_CHECKING:
    from hardware.station_spec import StationSpec


def take_up(folder: Path, station: Path | None = None) -> tuple[Campaign, Night]:
    """The campaign in a folder and what is to be done, as it was frozen when it began.

    Args:
        folder: The campaign's.
        station: A station file to use in place of the frozen one: the same devices, perhaps on
            other ports.

    Raises:
        CampaignError: There is nothing to go on with.
        SourceErrors: A file does not read any more.
    """
    campaign = Campaign.open(folder)
    protocol = load_protocol(campaign.protocol)
    night = Night(protocol, load_station(station or campaign.station), campaign.sheet(protocol))
    _check(campaign, night.station)
    return campaign, night


def restart_all() -> Command:
    """The order to restart whatever is held, in the name of whoever runs this program."""
    return Command(None, "restart", getpass.getuser(), "ordered with `resume --restart`")


def _check(campaign: Campaign, station: StationSpec) -> None:
    reader = RecordsReader(campaign.records)
    try:
        meta = reader.meta
        states = {entry.vessel: entry.body["entered"] for entry in reader.journal("phase")}
    finally:
        reader.close()
    if meta.get("seed") is not None:
        raise CampaignError(f"{campaign.folder} is a rehearsal: rehearse it again instead")
    if states and FINAL_STATES.issuperset(states.values()):
        raise CampaignError(f"every culture of {campaign.folder} has ended; nothing is left to do")
    if meta.get("vessels") != list(station.vessels.names):
        raise CampaignError(f"{campaign.folder} was run on a station with other vessels")
