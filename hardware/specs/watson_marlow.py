"""The station file's model of Watson-Marlow pumps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from hardware.specs.base import Claim, DeviceModel, Location, Strict, Vessels
from hardware.specs.ismatec import brings_to, pumping_problems, with_vessels_of
from quantities import Speed, Volume


class WatsonMarlowPump(Strict):
    """One pump: what it brings where, and how much a revolution gives."""

    vessel: str
    source: str
    speed: Speed = Field(ge=0.1, le=400)
    revolution: Volume = Field(gt=0, description="volume of one revolution, calibrated")
    direction: Literal["clockwise", "counter-clockwise"] = "clockwise"


class WatsonMarlowSpec(DeviceModel):
    """Watson-Marlow 323, 520 or 620 Du pumps on one line, each with its number."""

    family: Literal["watson-marlow"]
    pumps: dict[Annotated[int, Field(ge=1, le=32)], WatsonMarlowPump] = Field(min_length=1)
    pulses: int = Field(
        default=10_982, gt=0, description="tacho pulses of one revolution; 505: 800 or 1280"
    )
    vessels: Vessels = Field(default=[], description="those of the pumps; may be left out")

    characters_a_scan = 0

    @model_validator(mode="before")
    @classmethod
    def _vessels_of_pumps(cls, raw: Any) -> Any:
        return with_vessels_of(raw, "pumps")

    @property
    def brings(self) -> tuple[str, ...]:
        """See `DeviceModel.brings`."""
        return tuple(dict.fromkeys(pump.source for pump in self.pumps.values()))

    def readings_a_scan(self, vessels: int) -> int:
        """See `DeviceModel.readings_a_scan`; they measure nothing."""
        return 0

    def claims(self, vessels: tuple[str, ...]) -> Iterator[Claim]:
        """See `DeviceModel.claims`; several lines of the file may share a port."""
        for number, pump in self.pumps.items():
            yield ("address", self.port, str(number)), f"pump {number} on '{self.port}'"
            yield from brings_to(pump.vessel, pump.source)

    def problems(self, vessels: tuple[str, ...]) -> Iterator[tuple[Location, str]]:
        """See `DeviceModel.problems`."""
        wired = [(pump.vessel, pump.source) for pump in self.pumps.values()]
        yield from pumping_problems("pumps", vessels, wired)
