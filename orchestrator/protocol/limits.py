"""Bounds outside which a culture must not run, and what happens there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from orchestrator.protocol.vocabulary import Model
from quantities import (
    DimensionlessNumber,
    Duration,
    GasFlow,
    Percent,
    Ph,
    Speed,
    Temperature,
    Volume,
)


class Limit(Model):
    """Bounds of one channel."""

    low: float | None = None
    """Lowest value allowed."""
    high: float | None = None
    """Highest value allowed."""
    for_: Duration = Field(default=0.0, alias="for")
    """How long the value must lie outside before anything happens."""
    then: Literal["warn", "hold", "abort"] = "warn"
    """`warn` says so, `hold` stops and waits for a person, `abort` makes the vessel safe."""

    @model_validator(mode="after")
    def _bounds(self) -> Limit:
        if self.low is None and self.high is None:
            raise PydanticCustomError("no_bound", "give `low`, `high` or both")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise PydanticCustomError("bounds", "`low` must lie below `high`")
        return self


class TemperatureLimit(Limit):
    """Bounds of the temperature."""

    low: Temperature | None = None
    """Lowest temperature allowed."""
    high: Temperature | None = None
    """Highest temperature allowed."""


class PhLimit(Limit):
    """Bounds of pH."""

    low: Ph | None = None
    """Lowest pH allowed."""
    high: Ph | None = None
    """Highest pH allowed."""


class PercentLimit(Limit):
    """Bounds of a channel measured in %."""

    low: Annotated[Percent, Field(ge=0)] | None = None
    """Lowest value allowed."""
    high: Annotated[Percent, Field(ge=0)] | None = None
    """Highest value allowed."""


class OdLimit(Limit):
    """Bounds of the optical density."""

    low: Annotated[DimensionlessNumber, Field(ge=0)] | None = None
    """Lowest optical density allowed."""
    high: Annotated[DimensionlessNumber, Field(ge=0)] | None = None
    """Highest optical density allowed."""


class StirringLimit(Limit):
    """Bounds of the stirrer speed."""

    low: Speed | None = None
    """Slowest speed allowed."""
    high: Speed | None = None
    """Fastest speed allowed."""


class VolumeLimit(Limit):
    """Bounds of the culture volume, which is book-kept from all that goes in and out."""

    low: Volume | None = None
    """Smallest volume allowed."""
    high: Volume | None = None
    """Largest volume allowed."""


class GasFlowLimit(Limit):
    """Bounds of the gas flow."""

    low: GasFlow | None = None
    """Lowest gas flow allowed."""
    high: GasFlow | None = None
    """Highest gas flow allowed."""


class Limits(Model):
    """Bounds by channel; they hold in every phase."""

    temperature: TemperatureLimit | None = None
    """Bounds of the temperature."""
    ph: PhLimit | None = None
    """Bounds of pH."""
    do: PercentLimit | None = None
    """Bounds of dissolved oxygen in % of air saturation."""
    od: OdLimit | None = None
    """Bounds of the optical density."""
    stirring: StirringLimit | None = None
    """Bounds of the stirrer speed."""
    volume: VolumeLimit | None = None
    """Bounds of the culture volume; a dose that would break them is not given."""
    gas_flow: GasFlowLimit | None = None
    """Bounds of the gas flow."""
    oxygen: PercentLimit | None = None
    """Bounds of the oxygen in the gas."""

    def items(self) -> tuple[tuple[str, Limit], ...]:
        """The channels that have bounds, with their bounds, in the order of the channels."""
        pairs = ((name, getattr(self, name)) for name in type(self).model_fields)
        return tuple((name, limit) for name, limit in pairs if limit is not None)
