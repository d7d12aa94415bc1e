"""Factorial designs: all combinations, or a regular fraction of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from designs.specs.common import Design


def _factor_levels(raw: Any) -> Any:
    counts = raw.values() if isinstance(raw, dict) else [raw]
    if any(type(count) is not int or count < 2 for count in counts):
        raise PydanticCustomError(
            "levels", "levels is a whole number of at least 2, or one for each factor by name"
        )
    return raw


class FullFactorial(Design):
    """Every combination of the factors' levels."""

    kind: Literal["full-factorial"]
    levels: Annotated[
        int | dict[str, int],
        BeforeValidator(_factor_levels),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "integer", "minimum": 2},
                    {"type": "object", "additionalProperties": {"type": "integer", "minimum": 2}},
                ]
            }
        ),
    ] = Field(
        2, description="Levels of every continuous factor, or of each by name (2 where unnamed)."
    )


class Fractional(Design):
    """A regular two-level fraction, by its generators or by the resolution wanted."""

    kind: Literal["fractional"]
    generators: dict[str, str] | None = Field(
        None,
        min_length=1,
        description="Factors defined as products of others, such as {ph: temperature*feed_rate}.",
    )
    resolution: int | None = Field(
        None, ge=3, description="The smallest fraction of at least this resolution is made."
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Fractional:
        if (self.generators is None) == (self.resolution is None):
            raise PydanticCustomError(
                "fraction", "a fraction needs either generators or a resolution, and not both"
            )
        return self
