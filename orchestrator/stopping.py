"""Bringing vessels to their safe values from outside a campaign, and telling what was reached."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from hardware import Outcome, Station
from hardware.station import PUMPS
from hardware.station_spec import titled
from orchestrator.lines import lines

if TYPE_CHECKING:
    from hardware.station_spec import StationSpec

State = Literal["done", "not done", "unknown", "left"]


@dataclass(frozen=True, slots=True)
class Stopped:
    """What became of one output of some vessels.

    Attributes:
        channel: The output; also ``pumps`` and the liquid handlers, which are to stand still.
        wanted: Its safe value, in the channel's unit; 0 for what is to stand still.
        state: ``done``; ``not done``; ``unknown``; ``left`` because vessels that go on share it.
        why: A sentence where it is not done.
        vessels: Of which vessels.
    """

    channel: str
    wanted: float
    state: State
    why: str
    vessels: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As a mapping for a program."""
        return asdict(self)


def stop_vessels(spec: StationSpec, vessels: Sequence[str]) -> list[Stopped]:
    """Open a station's lines, stop pumps and send safe values; nothing is homed or moved.

    Args:
        spec: The station file.
        vessels: Names of vessels.

    Returns:
        What was reached and what not, equal things together, in the order of channels.
    """
    return asyncio.run(_stop(spec, vessels))


async def _stop(spec: StationSpec, vessels: Sequence[str]) -> list[Stopped]:
    with lines(spec) as runners:
        station = Station.build(spec, runners)
        outcomes = await station.safe(vessels)
        arms = await _halt_arms(station, vessels)
        await station.close()
    alike: dict[tuple[str, float, State, str], list[str]] = {}
    for channel, value in {**spec.safe.settings, PUMPS: 0.0}.items():
        for vessel in vessels:
            if channel in station.controls(vessel) or (vessel, channel) in outcomes:
                state, why = _what_became(station, outcomes.get((vessel, channel)), vessel, channel)
                alike.setdefault((channel, value, state, why), []).append(vessel)
    stopped = [Stopped(*about, tuple(those)) for about, those in alike.items()]
    for arm, outcome in arms.items():
        served = tuple(vessel for vessel in vessels if station.arm_of.get(vessel) == arm)
        stopped.append(Stopped(titled(arm), 0.0, outcome.status, outcome.detail, served))
    return stopped


async def _halt_arms(station: Station, vessels: Sequence[str]) -> dict[str, Outcome]:
    """Stop the arms that serve no vessel but these."""
    others = set(station.vessels).difference(vessels)
    kept = {arm for vessel, arm in station.arm_of.items() if vessel in others}
    arms = [arm for arm in station.arms if arm not in kept]
    halted = await asyncio.gather(*(station.arms[arm].halt() for arm in arms))
    return dict(zip(arms, halted, strict=True))


def _what_became(
    station: Station, outcome: Outcome | None, vessel: str, channel: str
) -> tuple[State, str]:
    if outcome is not None:
        return outcome.status, outcome.detail
    shared = station.shared_with(vessel, channel)
    return "left", f"{len(shared)} vessels share it, {shared[0]} to {shared[-1]}"
