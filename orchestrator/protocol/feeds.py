"""How a phase feeds its culture: constant, exponential, or as boluses."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from orchestrator.protocol.vocabulary import Interval, Name, PositiveVolume
from orchestrator.protocol.windows import Following
from quantities import Duration, FeedRate, Flow, PerHour, Volume


class _AnyFeed(Following):
    source: Name
    """Reagent that is fed."""
    every: Interval = 600.0
    """Time between two doses; on a vessel's own pump, between two corrections of its rate."""
    first: Duration = 0.0
    """Time from the start of the phase to the first dose."""
    smallest: Volume = 0.0
    """A dose below this waits and is added to the next, because small doses are inexact."""


class ConstantFeed(_AnyFeed):
    """A feed that does not change."""

    kind: Literal["constant"]
    """The same rate all the time."""
    rate: FeedRate | None = None
    """Glucose fed per litre of starting volume and hour."""
    flow: Flow | None = None
    """Reagent fed per hour."""

    @model_validator(mode="after")
    def _one_amount(self) -> ConstantFeed:
        if (self.rate is None) == (self.flow is None):
            raise PydanticCustomError("amount", "give either `rate` (g/L/h) or `flow` (mL/h)")
        return self


class ExponentialFeed(_AnyFeed):
    """A feed that grows with the culture."""

    kind: Literal["exponential"]
    """flow = start * exp(growth_rate * time in phase)."""
    growth_rate: Annotated[PerHour, Field(ge=0, le=5)]
    """Specific growth rate that the feed allows."""
    start: Annotated[Flow, Field(gt=0)]
    """Reagent fed per hour when the feed begins."""


class BolusFeed(_AnyFeed):
    """Separate doses."""

    kind: Literal["bolus"]
    """A dose at a time, a fixed interval apart."""
    rate: FeedRate | None = None
    """Glucose fed per litre of starting volume and hour, shared out over the doses."""
    volume: PositiveVolume | None = None
    """Reagent in each dose."""

    @model_validator(mode="after")
    def _one_amount(self) -> BolusFeed:
        if (self.rate is None) == (self.volume is None):
            raise PydanticCustomError("amount", "give either `rate` (g/L/h) or `volume` (a dose)")
        return self


Feed: TypeAlias = Annotated[ConstantFeed | ExponentialFeed | BolusFeed, Field(discriminator="kind")]
