"""pydantic types for the quantities in files: text with a unit in, canonical float out."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from quantities._quantity import (
    Quantity,
    QuantityError,
    convert,
    parse_quantity,
    same_dimension,
    split_number,
)

_TEXT_PATTERN = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*\S+.*$"


def in_unit(raw: Any, unit: str, example: str) -> float:
    """Validate one value of a file: a text with a unit of the wanted dimension.

    Args:
        raw: The value as YAML gave it.
        unit: Canonical unit wanted; empty for a plain number.
        example: What would be right, named in the message.

    Returns:
        The number in ``unit``.

    Raises:
        PydanticCustomError: ``raw`` is no such quantity; the text is for the scientist.
    """
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise PydanticCustomError(
            "quantity", "expected a quantity such as '{example}'", {"example": example}
        )
    if not isinstance(raw, str) and unit:
        raise PydanticCustomError(
            "unit_missing",
            "{number} has no unit; write it with one, such as '{example}'",
            {"number": format(raw, "g"), "example": example},
        )
    try:
        value, written = split_number(raw if isinstance(raw, str) else repr(raw))
        if not written and unit:
            raise PydanticCustomError(
                "unit_missing",
                "{number} has no unit; write it with one, such as '{example}'",
                {"number": str(raw), "example": example},
            )
        if not same_dimension(written, unit):
            raise PydanticCustomError(
                "wrong_unit",
                "'{text}' has the wrong kind of unit here; expected one such as '{example}'",
                {"text": str(raw), "example": example},
            )
        return convert(value, written, unit)
    except QuantityError as error:
        raise PydanticCustomError("quantity", "{reason}", {"reason": str(error)}) from error


def _quantity(unit: str, example: str) -> Any:
    schema: dict[str, Any] = {"type": "string", "pattern": _TEXT_PATTERN, "examples": [example]}
    if not unit:
        schema = {"type": "number"}
    return (BeforeValidator(lambda raw: in_unit(raw, unit, example)), WithJsonSchema(schema))


def _any_quantity(raw: Any) -> Quantity:
    if isinstance(raw, Quantity):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise PydanticCustomError("quantity", "expected a quantity such as '5 g/L'")
    try:
        return parse_quantity(raw)
    except QuantityError as error:
        raise PydanticCustomError("quantity", "{reason}", {"reason": str(error)}) from error


def _concentration(raw: Any) -> Quantity:
    quantity = _any_quantity(raw)
    if quantity.unit not in {"g/L", "mmol/L", "1/mL"}:
        raise PydanticCustomError(
            "wrong_unit",
            "'{text}' is not a concentration; expected one such as '5 g/L' or '20 mmol/L'",
            {"text": quantity.text},
        )
    return quantity


Temperature: TypeAlias = Annotated[float, *_quantity("degC", "37 degC")]
Duration: TypeAlias = Annotated[float, *_quantity("s", "12 h"), Field(ge=0)]
Volume: TypeAlias = Annotated[float, *_quantity("mL", "150 µL"), Field(ge=0)]
Speed: TypeAlias = Annotated[float, *_quantity("rpm", "500 rpm"), Field(ge=0)]
FeedRate: TypeAlias = Annotated[float, *_quantity("g/L/h", "1.5 g/L/h"), Field(ge=0)]
Flow: TypeAlias = Annotated[float, *_quantity("mL/h", "2 mL/h"), Field(ge=0)]
GasFlow: TypeAlias = Annotated[float, *_quantity("mL/min", "100 mL/min"), Field(ge=0)]
PerHour: TypeAlias = Annotated[float, *_quantity("1/h", "0.1 1/h")]
Percent: TypeAlias = Annotated[float, *_quantity("%", "60 %")]
Length: TypeAlias = Annotated[float, *_quantity("mm", "18 mm")]
Amount: TypeAlias = Annotated[float, *_quantity("mg", "20 mg"), Field(ge=0)]
Ph: TypeAlias = Annotated[float, *_quantity("", "7.0"), Field(ge=0, le=14)]
DimensionlessNumber: TypeAlias = Annotated[float, *_quantity("", "0.8")]
Concentration: TypeAlias = Annotated[
    Quantity,
    BeforeValidator(_concentration),
    WithJsonSchema({"type": "string", "pattern": _TEXT_PATTERN, "examples": ["5 g/L"]}),
]
