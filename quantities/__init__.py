"""Quantities with units, the words that every file a scientist edits shares.

A quantity is written as text (``1.5 g/L/h``, ``37 degC``, ``150 µL``) and becomes a plain
float in one canonical unit per dimension, so that nothing past the YAML border carries a unit
object. pint checks the dimension and does the conversion; it is imported on first use, because
its registry takes half a second to build.
"""

from quantities._annotated import (
    Amount,
    Concentration,
    DimensionlessNumber,
    Duration,
    FeedRate,
    Flow,
    GasFlow,
    Length,
    Percent,
    PerHour,
    Ph,
    Speed,
    Temperature,
    Volume,
    in_unit,
)
from quantities._quantity import (
    CANONICAL_UNITS,
    Quantity,
    QuantityError,
    canonical_unit,
    convert,
    parse_quantity,
    same_dimension,
    split_number,
)

__all__ = [
    "CANONICAL_UNITS",
    "Amount",
    "Concentration",
    "DimensionlessNumber",
    "Duration",
    "FeedRate",
    "Flow",
    "GasFlow",
    "Length",
    "PerHour",
    "Percent",
    "Ph",
    "Quantity",
    "QuantityError",
    "Speed",
    "Temperature",
    "Volume",
    "canonical_unit",
    "convert",
    "in_unit",
    "parse_quantity",
    "same_dimension",
    "split_number",
]
