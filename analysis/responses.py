"""What the experiment measures of each vessel and wants of it: the ``responses`` of a protocol."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from quantities import QuantityError, convert, parse_quantity

Take = Literal[
    "max", "min", "mean", "last", "slope",
    "mean-rate", "max-rate", "max-growth-rate", "integral", "lag", "peak", "time-to-peak",
    "yield", "component-1", "component-2", "component-3",
]  # fmt: skip

_Number = Annotated[
    float, WithJsonSchema({"type": ["number", "string"], "examples": [0.4, "0.4 g/L"]})
]


def _in_unit(raw: Any, unit: str) -> float:
    """A number of a file in ``unit``: bare, or a text with a unit that converts to it."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise _wrong(f"expected a number such as {f'0.4 {unit}'.strip()!r}")
    try:
        quantity = parse_quantity(str(raw))
        written = quantity.written_unit
        value = quantity.written_value
        if written and written != unit:
            value = convert(value, written, unit)
    except QuantityError as error:
        raise _wrong(str(error)) from error
    if not math.isfinite(value):
        raise _wrong(f"'{raw}' is not a finite number")
    return value


def _wrong(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("response", "{sentence}", {"sentence": sentence})


class Calibration(BaseModel):
    """Straight line from a channel's reading to the response: ``slope * reading + intercept``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slope: _Number = Field(description="Response per unit of the reading, such as 0.36 g/L.")
    intercept: _Number = Field(0.0, description="Response at a reading of zero.")

    def of(self, reading: Any) -> Any:
        """The response of a reading, or of an array of them."""
        return self.slope * reading + self.intercept


class ResponseSpec(BaseModel):
    """One response: where its value comes from, and what the experiment wants of it.

    Either ``from`` names a channel, read ``at`` the end of a phase (or of the culture: ``end``)
    or summed up by ``take`` over the phase ``during``; or ``from`` names a sample whose value is
    ``measured``: the last one's, or what ``take`` makes of all of them. Limits and target are in
    ``unit``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    unit: str = Field("", description="Unit of the response; leave out for a plain number.")
    source: str | None = Field(
        None, alias="from", description="The channel or the sample the value comes from."
    )
    at: str | None = Field(
        None, description="Read the channel at the end of this phase, or at 'end' of the culture."
    )
    take: Take | None = Field(
        None,
        description="What to take of the channel's or the samples' readings. Rates are per hour, "
        "'integral' is in hours, 'lag' and 'time-to-peak' are hours; 'yield' is what was gained "
        "per what was used up of 'per'; a component is what whole curves differ in.",
    )
    per: str | None = Field(
        None, description="The channel, or the sampled response, that 'take: yield' is counted on."
    )
    during: str | None = Field(
        None, description="The phase whose readings 'take' uses; the whole culture if left out."
    )
    measured: Literal["at-line", "off-line"] | None = Field(
        None, description="How the sample is measured; the last sample of that name counts."
    )
    goal: Literal["maximise", "minimise", "target", "none"] = Field(
        "none", description="What the experiment wants of the response."
    )
    target: _Number | None = Field(None, description="The value wanted when the goal is 'target'.")
    low: _Number | None = Field(
        None, description="Smallest acceptable value; when minimising, low enough."
    )
    high: _Number | None = Field(
        None, description="Largest acceptable value; when maximising, high enough."
    )
    calibration: Calibration | None = Field(
        None, description="From the channel's reading to the response."
    )

    @field_validator("take")
    @classmethod
    def _either_at_or_take(cls, take: str | None, info: ValidationInfo) -> str | None:
        if take and info.data.get("at"):
            raise _wrong("give either 'at' or 'take', not both")
        return take

    @field_validator("per")
    @classmethod
    def _per_needs_yield(cls, per: str | None, info: ValidationInfo) -> str | None:
        if per and info.data.get("take") != "yield":
            raise _wrong("'per' goes with 'take: yield'")
        return per

    @field_validator("during")
    @classmethod
    def _during_needs_take(cls, during: str | None, info: ValidationInfo) -> str | None:
        if during and "take" in info.data and not info.data["take"]:
            raise _wrong("'during' goes with 'take'; add what to take, such as max, slope or peak")
        return during

    @field_validator("measured")
    @classmethod
    def _sample_is_no_channel(cls, measured: str | None, info: ValidationInfo) -> str | None:
        if measured and info.data.get("at"):
            raise _wrong("a measured sample has no 'at'; that is for a channel")
        return measured

    @field_validator("target", "low", "high", mode="before")
    @classmethod
    def _in_own_unit(cls, raw: Any, info: ValidationInfo) -> float | None:
        return None if raw is None else _in_unit(raw, info.data.get("unit", ""))

    @field_validator("calibration", mode="before")
    @classmethod
    def _calibration_in_own_unit(cls, raw: Any, info: ValidationInfo) -> Any:
        if not isinstance(raw, dict):
            return raw
        unit = info.data.get("unit", "")
        return {
            k: _in_unit(v, unit) if k in Calibration.model_fields else v for k, v in raw.items()
        }

    @field_validator("target")
    @classmethod
    def _target_is_the_goal(cls, target: float | None, info: ValidationInfo) -> float | None:
        if target is not None and info.data.get("goal", "target") != "target":
            raise _wrong("a target needs 'goal: target'")
        return target

    @field_validator("high")
    @classmethod
    def _above_low(cls, high: float | None, info: ValidationInfo) -> float | None:
        low = info.data.get("low")
        if high is not None and low is not None and high <= low:
            raise _wrong(f"high ({high:g}) must be above low ({low:g})")
        return high

    @field_validator("calibration")
    @classmethod
    def _readings_only(
        cls, calibration: Calibration | None, info: ValidationInfo
    ) -> Calibration | None:
        if calibration and info.data.get("measured"):
            raise _wrong("a calibration is for a channel's reading, not for a measured sample")
        return calibration

    @model_validator(mode="after")
    def _yield_of_something(self) -> ResponseSpec:
        if self.take == "yield" and self.per is None:
            raise _wrong("'take: yield' needs what it is counted on, such as 'per: glucose'")
        return self

    @model_validator(mode="after")
    def _target_within_limits(self) -> ResponseSpec:
        if self.goal != "target":
            return self
        if self.target is None:
            raise _wrong("'goal: target' needs the target, such as 'target: 7.0'")
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if not low < self.target < high:
            raise _wrong(f"the target ({self.target:g}) must lie between low and high")
        return self
