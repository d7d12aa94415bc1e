"""The station file's model of an eVOLVER unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from hardware.specs.base import DeviceModel, Linear, Location, Strict
from quantities import Flow


class EvolverCalibration(Strict):
    """Lines for the 16 vials of a unit; the defaults are those of the emulated unit."""

    temperature: Linear = Linear(slope=-0.0167, offset=68.4)
    od: Linear = Linear(slope=0.002, offset=-0.4)
    stirring: Linear = Linear(slope=40.0, offset=0.0)


class EvolverPump(Strict):
    """One of the three pumps each vial has."""

    pump: int = Field(ge=1, le=3, description="1 in1, 2 in2, 3 efflux")
    flow: Flow = Field(gt=0)


class EvolverSpec(DeviceModel):
    """An eVOLVER unit: up to 16 vials in order, one line for all its boards."""

    family: Literal["evolver"]
    calibration: EvolverCalibration = EvolverCalibration()
    pumps: dict[str, EvolverPump] = Field(default_factory=dict, description="source: its pump")

    characters_a_scan = 60

    @property
    def measures(self) -> frozenset[str]:
        """See `DeviceModel.measures`."""
        return frozenset({"temperature", "od"})

    @property
    def sets(self) -> frozenset[str]:
        """See `DeviceModel.sets`."""
        return frozenset({"temperature", "stirring"})

    @property
    def brings(self) -> tuple[str, ...]:
        """See `DeviceModel.brings`."""
        return tuple(self.pumps)

    def problems(self, vessels: tuple[str, ...]) -> Iterator[tuple[Location, str]]:
        """See `DeviceModel.problems`."""
        if len(vessels) > 16:
            yield ("vessels",), f"an eVOLVER unit has 16 vials, not {len(vessels)}"
