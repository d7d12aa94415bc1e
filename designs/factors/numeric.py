"""What all factors that are numbers have: bounds with units, reading and writing of values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError

from quantities import Quantity, QuantityError, convert, parse_quantity, same_dimension

Change: TypeAlias = Literal["easy", "hard", "very-hard"]
"""How freely a factor varies between runs: hard ones stay within whole plots; where both hard and
very hard ones are, very hard ones stay within whole plots and hard ones within sub-plots."""


def _bound(raw: Any) -> Quantity:
    if isinstance(raw, Quantity):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise PydanticCustomError("quantity", "expected a quantity such as '1.5 g/L/h'")
    try:
        return parse_quantity(str(raw))
    except QuantityError as error:
        raise PydanticCustomError("quantity", "{reason}", {"reason": str(error)}) from error


Bound: TypeAlias = Annotated[
    Quantity,
    BeforeValidator(_bound),
    WithJsonSchema({"type": ["string", "number"], "examples": ["1.5 g/L/h", 6.9]}),
]


def in_unit(quantity: Quantity, of: Quantity) -> float:
    """A quantity's value in the unit that another is written in."""
    return convert(quantity.written_value, quantity.written_unit, of.written_unit)


class NumericFactor(BaseModel, ABC):
    """A factor whose values are numbers with a unit, between two bounds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    @abstractmethod
    def unit(self) -> str:
        """The unit of every value of this factor; empty for none."""

    @property
    @abstractmethod
    def low(self) -> float:
        """The least value, in `unit`."""

    @property
    @abstractmethod
    def high(self) -> float:
        """The greatest value, in `unit`."""

    def read(self, raw: Any) -> float:
        """A value in `unit` from a file: text with a unit, or a number where the unit is none.

        Raises:
            QuantityError: No such quantity, or of another dimension.
        """
        quantity = parse_quantity(str(raw))
        if not same_dimension(quantity.written_unit, self.unit):
            raise QuantityError(
                f"'{raw}' is no value here; expected one such as '{self.text(self.low)}'"
            )
        return convert(quantity.written_value, quantity.written_unit, self.unit)

    def text(self, value: float | str) -> str:
        """A value as it would be written in a file, such as ``2.9 g/L/h``."""
        return f"{np.format_float_positional(float(value), trim='-')} {self.unit}".strip()
