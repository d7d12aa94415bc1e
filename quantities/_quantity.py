"""Text with a unit to a number in the canonical unit of its dimension."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pint

CANONICAL_UNITS: tuple[str, ...] = (
    "s",
    "mL",
    "degC",
    "rpm",
    "g/L",
    "mmol/L",
    "1/mL",
    "g/L/h",
    "mmol/L/h",
    "mL/h",
    "1/h",
    "%",
    "mm",
    "mg",
    "",
)
"""One unit per dimension; the first whose dimension fits is the canonical one."""

_NUMBER_AND_UNIT = re.compile(
    r"^\s*(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>.*?)\s*$"
)


class QuantityError(ValueError):
    """A text that is not a number with a known unit of the wanted dimension."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a canonical unit, with the text it was written as.

    Attributes:
        value: Number in ``unit``.
        unit: One of `CANONICAL_UNITS`; empty for a dimensionless number.
        text: What the scientist wrote; messages and reports repeat it.
    """

    value: float
    unit: str
    text: str

    @property
    def written_unit(self) -> str:
        """The unit as the scientist wrote it (empty when none was given)."""
        return split_number(self.text)[1]

    @property
    def written_value(self) -> float:
        """The number as the scientist wrote it."""
        return split_number(self.text)[0]

    def __str__(self) -> str:
        return self.text


def split_number(text: str) -> tuple[float, str]:
    """Split ``1.5 g/L/h`` into 1.5 and ``g/L/h``.

    Raises:
        QuantityError: The text does not start with a finite number.
    """
    match = _NUMBER_AND_UNIT.match(text)
    if match is None:
        raise QuantityError(f"'{text}' is not a number with a unit, such as '37 degC'")
    number = float(match["number"])
    if not math.isfinite(number):
        raise QuantityError(f"'{text}' is too large")
    return number, match["unit"]


def parse_quantity(text: str | float | int) -> Quantity:
    """Read a quantity and convert it to the canonical unit of its dimension.

    Args:
        text: Such as ``"1.5 g/L/h"``; a bare number is dimensionless.

    Returns:
        The quantity in its canonical unit.

    Raises:
        QuantityError: No number, an unknown unit, or a dimension that no file uses.
    """
    written = text if isinstance(text, str) else repr(text)
    value, unit = split_number(written)
    canonical = canonical_unit(unit)
    return Quantity(convert(value, unit, canonical), canonical, written)


@cache
def canonical_unit(unit: str) -> str:
    """The canonical unit with the dimension of ``unit``.

    Raises:
        QuantityError: The unit is unknown or has a dimension that no file uses.
    """
    if unit in CANONICAL_UNITS:
        return unit
    for candidate in CANONICAL_UNITS:
        if same_dimension(unit, candidate):
            return candidate
    raise QuantityError(f"no quantity here is measured in '{unit}'")


@cache
def same_dimension(first: str, second: str) -> bool:
    """Whether two units measure the same kind of thing.

    A percentage, a rotation and a plain number are all dimensionless to pint; here a percentage
    is its own kind, because ``60`` where ``60 %`` is meant is a mistake worth naming.

    Raises:
        QuantityError: One of the units is unknown.
    """
    if first in CANONICAL_UNITS and second in CANONICAL_UNITS:
        return first == second  # without pint, which takes half a second to load
    if (_is_percent(first), _is_rotation(first)) != (_is_percent(second), _is_rotation(second)):
        return False
    return bool(_pint_unit(first).dimensionality == _pint_unit(second).dimensionality)


def convert(value: float, from_unit: str, to_unit: str) -> float:
    """Convert a number between two units of one dimension.

    Raises:
        QuantityError: A unit is unknown or the dimensions differ.
    """
    if from_unit == to_unit:
        return float(value)
    if not same_dimension(from_unit, to_unit):
        raise QuantityError(
            f"{_spoken(from_unit)} cannot be turned into {_spoken(to_unit)}: "
            "they measure different things"
        )
    scaled = _registry().Quantity(value, _pint_unit(from_unit)).to(_pint_unit(to_unit))
    # Twelve digits: 150 µL is 0.15 mL, not 0.15000000000000002.
    return float(f"{scaled.magnitude:.12g}")


def _spoken(unit: str) -> str:
    return f"'{unit}'" if unit else "a plain number"


def _is_percent(unit: str) -> bool:
    return unit.strip() in {"%", "percent"}


def _is_rotation(unit: str) -> bool:
    return unit.strip() in {"rpm", "rps"}


@cache
def _pint_unit(unit: str) -> Any:
    import pint

    # µ is written with the micro sign or the Greek letter; pint knows one spelling.
    spelled = unit.strip().replace("μ", "µ").replace("%", "percent").replace("°C", "degC")
    try:
        return _registry().Unit(spelled or "dimensionless")
    except (pint.PintError, AttributeError, TypeError, ValueError, SyntaxError) as error:
        raise QuantityError(f"'{unit}' is not a unit known here") from error
    except Exception as error:  # pint lets tokenizer errors of several types through
        raise QuantityError(f"'{unit}' is not a unit known here") from error


@cache
def _registry() -> pint.UnitRegistry[Any]:
    import pint

    return pint.UnitRegistry(cache_folder=None)
