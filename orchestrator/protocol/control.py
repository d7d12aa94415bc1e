"""What is held by closed loops: pH by base doses, dissolved oxygen by one actuator."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from orchestrator.protocol.vocabulary import Interval, Model, Name, PositiveVolume
from quantities import DimensionlessNumber, GasFlow, Percent, Speed


class PhControl(Model):
    """Base is dosed when pH lies below its set-point by more than the dead band."""

    source: Name = Field(alias="with")
    """Reagent that is dosed."""
    dead_band: Annotated[DimensionlessNumber, Field(gt=0, le=2)] = 0.05
    """How far pH may lie below its set-point before base is dosed."""
    smallest: PositiveVolume = 0.005
    """Smallest dose."""
    largest: PositiveVolume = 0.05
    """Largest dose."""
    every: Interval = 600.0
    """Time between two doses to one vessel."""
    within: Interval = 600.0
    """How late a dose may begin; later it is told as late."""


class _DoControl(Model):
    at: Annotated[Percent, Field(gt=0, le=200)]
    """Set-point of dissolved oxygen in % of air saturation."""


class DoByStirring(_DoControl):
    """Dissolved oxygen held by the stirrer speed."""

    actuator: Literal["stirring"] = Field(alias="with")
    """What is moved."""
    low: Speed
    """Slowest speed."""
    high: Speed
    """Fastest speed."""


class DoByOxygen(_DoControl):
    """Dissolved oxygen held by the share of oxygen in the gas."""

    actuator: Literal["oxygen"] = Field(alias="with")
    """What is moved."""
    low: Annotated[Percent, Field(ge=0, le=100)]
    """Least oxygen in the gas."""
    high: Annotated[Percent, Field(ge=0, le=100)]
    """Most oxygen in the gas."""


class DoByGasFlow(_DoControl):
    """Dissolved oxygen held by the gas flow."""

    actuator: Literal["gas_flow"] = Field(alias="with")
    """What is moved."""
    low: GasFlow
    """Least gas flow."""
    high: GasFlow
    """Most gas flow."""


DoControl: TypeAlias = Annotated[
    DoByStirring | DoByOxygen | DoByGasFlow, Field(discriminator="actuator")
]


class Control(Model):
    """Closed loops of a culture; temperature, stirring and gas are held by the devices."""

    ph: PhControl | None = None
    """pH held by doses of base; without it pH is only read."""
    do: DoControl | None = None
    """Dissolved oxygen held by one actuator; without it it is only read."""
