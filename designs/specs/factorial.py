"""Factorial designs: all combinations, or a regular fraction of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from designs.specs.common import Design, Section


def _factor_levels(raw: Any) -> Any:
    counts = raw.values() if isinstance(raw, dict) else [raw]
    if any(type(count) is not int or count < 2 for count in counts):
        raise PydanticCustomError(
            "levels", "levels is a whole number of at least 2, or one for each factor by name"
        )
    return raw


Levels: TypeAlias = Annotated[
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
]


class FullFactorial(Design):
    """Every combination of the factors' levels."""

    kind: Literal["full-factorial"]
    levels: Levels = Field(
        2, description="Levels of every continuous factor, or of each by name (2 where unnamed)."
    )


class FoldOn(Section):
    """The runs again with one factor reversed: ``{on: temperature}``."""

    on: str = Field(description="The factor that is reversed.")
    half: str | None = Field(
        None, description="Only those reversed runs in which this factor is high (semifold)."
    )


def _which_fold(raw: Any) -> str | None:
    if raw == "full":
        return "full"
    return "on" if isinstance(raw, FoldOn | Mapping) else None


Fold: TypeAlias = Annotated[
    Annotated[Literal["full"], Tag("full")] | Annotated[FoldOn, Tag("on")],
    Discriminator(
        _which_fold,
        custom_error_type="fold",
        custom_error_message="a fold is written as full or {on: a factor}",
    ),
]


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
    runs: int | None = Field(
        None, ge=4, description="The fraction of so many runs, a power of two, of least aberration."
    )
    fold: Fold | None = Field(
        None, description="The runs again with signs reversed, as a second block."
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> Fractional:
        if [self.generators, self.resolution, self.runs].count(None) != 2:
            raise PydanticCustomError(
                "fraction", "a fraction needs one of generators, resolution and runs"
            )
        return self
