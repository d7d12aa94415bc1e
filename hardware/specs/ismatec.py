"""The station file's model of an Ismatec Reglo ICC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from hardware.specs.base import Claim, DeviceModel, Location, Strict, Vessels
from quantities import Flow


class PumpChannel(Strict):
    """One channel: what it brings where."""

    vessel: str
    source: str
    flow: Flow = Field(gt=0)
    direction: Literal["clockwise", "counter-clockwise"] = "clockwise"


class IsmatecSpec(DeviceModel):
    """A Reglo ICC: four channels that run by themselves, one pump a port."""

    family: Literal["ismatec"]
    channels: dict[Annotated[int, Field(ge=1, le=4)], PumpChannel] = Field(min_length=1)
    vessels: Vessels = Field(default=[], description="those of the channels; may be left out")

    characters_a_scan = 0

    @model_validator(mode="before")
    @classmethod
    def _vessels_of_channels(cls, raw: Any) -> Any:
        return with_vessels_of(raw, "channels")

    @property
    def brings(self) -> tuple[str, ...]:
        """See `DeviceModel.brings`."""
        return tuple(dict.fromkeys(channel.source for channel in self.channels.values()))

    def readings_a_scan(self, vessels: int) -> int:
        """See `DeviceModel.readings_a_scan`; it measures nothing."""
        return 0

    def claims(self, vessels: tuple[str, ...]) -> Iterator[Claim]:
        """See `DeviceModel.claims`."""
        yield from super().claims(vessels)
        for channel in self.channels.values():
            yield from brings_to(channel.vessel, channel.source)

    def problems(self, vessels: tuple[str, ...]) -> Iterator[tuple[Location, str]]:
        """See `DeviceModel.problems`."""
        wired = [(channel.vessel, channel.source) for channel in self.channels.values()]
        yield from pumping_problems("channels", vessels, wired)


def with_vessels_of(raw: Any, key: str) -> Any:
    """A raw model whose vessels, where left out, are those of its pumps."""
    if not isinstance(raw, dict) or "vessels" in raw or not isinstance(raw.get(key), dict):
        return raw
    named = [pump.get("vessel") for pump in raw[key].values() if isinstance(pump, dict)]
    return raw | {"vessels": list(dict.fromkeys(name for name in named if isinstance(name, str)))}


def brings_to(vessel: str, source: str) -> Iterator[Claim]:
    """The claim to be the only pump that brings a source to a vessel."""
    yield ("pump", vessel, source), f"pumping {source} to vessel {vessel}"


def pumping_problems(
    key: str, vessels: tuple[str, ...], wired: list[tuple[str, str]]
) -> Iterator[tuple[Location, str]]:
    """What is wrong with the wiring of several pumps.

    Args:
        key: Of the pumps in the model.
        vessels: Vessels that the model names.
        wired: Vessel and source of each pump.
    """
    for vessel in sorted(set(vessels) ^ {vessel for vessel, _ in wired}):
        yield ("vessels",), f"vessel {vessel} is named in only one of 'vessels' and '{key}'"
    for vessel, source in sorted({pair for pair in wired if wired.count(pair) > 1}):
        yield (key,), f"two of the {key} bring {source} to vessel {vessel}"
