"""A campaign taken up again: from its folder to the night that goes on."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.campaign import Campaign, CampaignError
from orchestrator.engine.commands import Command
from orchestrator.engine.lifecycle import FINAL_STATES
from orchestrator.night import Night
from orchestrator.protocol import load_protocol, load_station
from orchestrator.records.store import Entry, RecordsReader

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


def what_was_found(records: Path) -> list[str]:
    """What the last outage meant, in sentences: its length, what was under way, who is held."""
    reader = RecordsReader(records)
    try:
        entries = list(reader.journal())
    finally:
        reader.close()
    last = max((n for n, entry in enumerate(entries) if entry.kind == "outage"), default=None)
    if last is None:
        return ["Nothing had begun; the campaign began now."]
    lasted_s = entries[last].body["lasted_s"]
    told = [
        "How long nobody looked is not known: the time of day went back."
        if lasted_s is None
        else f"Nobody looked for {lasted_s / 60:.3g} min."
    ]
    began = {entry.seq: entry.body for entry in entries if entry.kind == "intent"}
    for entry in entries[last:]:
        if entry.kind == "outcome" and entry.body.get("reconciled"):
            intent = began[entry.body["intent"]]
            if intent["do"] != "set":
                told.append(_found(entry, intent))
    states = {entry.vessel: entry.body["entered"] for entry in entries if entry.kind == "phase"}
    if held := [str(vessel) for vessel, state in states.items() if state == "held"]:
        told.append(f"Held: {', '.join(held)}; look at them, then resume with --restart.")
    return told


def _found(entry: Entry, intent: dict[str, Any]) -> str:
    """One thing that was under way."""
    what = f"The {intent['do']} of {intent['volume_ml']:g} mL for {entry.vessel}"
    moved = entry.body.get("value")
    volume = f" ({moved:g} mL moved)" if moved and entry.body["status"] == "not done" else ""
    return f"{what} that was under way: {entry.body['status']}{volume}."


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
    if load_station(campaign.station).arm_of != station.arm_of:
        raise CampaignError(
            f"{campaign.folder} was run on a station whose liquid handlers have other names or "
            "serve other vessels"
        )
