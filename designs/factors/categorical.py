"""Categorical factors: one of several named levels."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from designs.factors.numeric import Change
from quantities import QuantityError


def _levels(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple):
        raise PydanticCustomError("levels", "expected a list of levels, such as [LB, TB]")
    levels = []
    for level in raw:
        if isinstance(level, bool) or not isinstance(level, str | int | float):
            raise PydanticCustomError(
                "levels", "a level is a text or a quantity; put it in quotes if it is a word"
            )
        text = str(level).strip()
        if not text or not text.isprintable():
            raise PydanticCustomError("levels", "a level needs a name of printable characters")
        levels.append(text)
    if len(levels) < 2:
        raise PydanticCustomError("levels", "a factor needs at least two levels")
    if doubled := next((level for level in levels if levels.count(level) > 1), None):
        raise PydanticCustomError("levels", "level '{level}' is given twice", {"level": doubled})
    return tuple(levels)


class CategoricalFactor(BaseModel):
    """A factor that takes one of several named levels: ``{levels: [LB, TB]}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    levels: Annotated[
        tuple[str, ...],
        BeforeValidator(_levels),
        WithJsonSchema({"type": "array", "items": {"type": ["string", "number"]}, "minItems": 2}),
    ] = Field(description="The levels, each a text or a quantity.")
    change: Change = Field("easy", description="'hard' keeps it constant in groups of runs.")

    @property
    def unit(self) -> str:
        """Always empty; levels carry their own units."""
        return ""

    def read(self, raw: Any) -> str:
        """The level that a file names.

        Raises:
            QuantityError: No such level.
        """
        level = str(raw).strip()
        if level not in self.levels:
            raise QuantityError(f"'{raw}' is none of the levels {', '.join(self.levels)}")
        return level

    def text(self, value: float | str) -> str:
        """The level as it stands in a file."""
        return str(value)
