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
    dead_band: float = 0.0
    """How far within its bounds a value must be before an alarm is over."""
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
        if (
            self.low is not None
            and self.high is not None
            and 2 * self.dead_band >= self.high - self.low
        ):
            raise PydanticCustomError(
                "dead_band", "`dead_band` leaves no room between `low` and `high`"
            )
        return self

    def well_within(self, value: float) -> bool:
        """Whether a reading in canonical units lies within the bounds by the dead band."""
        above = self.low is None or value >= self.low + self.dead_band
        return above and (self.high is None or value <= self.high - self.dead_band)


class TemperatureLimit(Limit):
    """Bounds of the temperature."""

    low: Temperature | None = None
    """Lowest temperature allowed."""
    high: Temperature | None = None
    """Highest temperature allowed."""
    dead_band: Annotated[Temperature, Field(ge=0)] = 0.0
    """How far within its bounds the value must be before an alarm is over."""


class PhLimit(Limit):
    """Bounds of pH."""

    low: Ph | None = None
    """Lowest pH allowed."""
    high: Ph | None = None
    """Highest pH allowed."""
    dead_band: Annotated[Ph, Field(ge=0)] = 0.0
    """How far within its bounds the value must be before an alarm is over."""


class PercentLimit(Limit):
    """Bounds of a channel measured in %."""

    low: Annotated[Percent, Field(ge=0)] | None = None
    """Lowest value allowed."""
    high: Annotated[Percent, Field(ge=0)] | None = None
    """Highest value allowed."""
    dead_band: Annotated[Percent, Field(ge=0)] = 0.0
    """How far within its bounds the value must be before an alarm is over."""


class OdLimit(Limit):
    """Bounds of the optical density."""

    low: Annotated[DimensionlessNumber, Field(ge=0)] | None = None
    """Lowest optical density allowed."""
    high: Annotated[DimensionlessNumber, Field(ge=0)] | None = None
    """Highest optical density allowed."""
    dead_band: Annotated[DimensionlessNumber, Field(ge=0)] = 0.0
    """How far within its bounds the value must be before an alarm is over."""


class StirringLimit(Limit):
    """Bounds of the stirrer speed."""

    low: Speed | None = None
    """Slowest speed allowed."""
    high: Speed | None = None
    """Fastest speed allowed."""
    dead_band: Annotated[Speed, Field(ge=0)] = 0.0
    """How far within its bounds the value must be before an alarm is over."""


class VolumeLimit(Limit):
    """Bounds of the culture volume, which is book-kept from all that goes in and out."""

    low: Volume | None = None
    """Smallest volume allowed."""
    high: Volume | None = None
    """Largest volume allowed."""
    dead_band: Annotated[Volume, Field(ge=0)] = 0.0
    """How far within its bounds the value must be before an alarm is over."""


class GasFlowLimit(Limit):
    """Bounds of the gas flow."""

    low: GasFlow | None = None
    """Lowest gas flow allowed."""
    high: GasFlow | None = None
    """Highest gas flow allowed."""
    dead_band: Annotated[GasFlow, Field(ge=0)] = 0.0
    """How far within its bounds the value must be before an alarm is over."""


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
