"""Words that all sections of a protocol share: the base model, names, channels, concentrations."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from quantities import Concentration, Duration, QuantityError, Volume, parse_quantity

Channel: TypeAlias = Literal[
    "temperature", "ph", "do", "od", "stirring", "volume", "gas_flow", "oxygen"
]
"""What a culture is followed by; the same names stand in station files and telemetry."""

CHANNEL_UNITS: dict[str, str] = {
    "temperature": "degC",
    "ph": "",
    "do": "%",
    "od": "",
    "stirring": "rpm",
    "volume": "mL",
    "gas_flow": "mL/min",
    "oxygen": "%",
}
"""Canonical unit of each channel; an empty unit is a plain number."""

CHANNELS: tuple[str, ...] = get_args(Channel)

Organism: TypeAlias = Literal["e-coli", "cho"]


class Model(BaseModel):
    """A section of a protocol: unknown keys are refused and nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _concentration_in(unit: str, example: str) -> Any:
    def validate(raw: Any) -> float:
        try:
            quantity = parse_quantity(raw if isinstance(raw, str) else str(raw))
        except QuantityError as error:
            raise PydanticCustomError("quantity", "{reason}", {"reason": str(error)}) from error
        if quantity.unit != unit:
            raise PydanticCustomError(
                "wrong_unit",
                "'{text}' has the wrong kind of unit here; expected one such as '{example}'",
                {"text": quantity.text, "example": example},
            )
        return quantity.value

    schema = {"type": "string", "pattern": r"^\s*[-+.\d].*\S+\s*$", "examples": [example]}
    return (BeforeValidator(validate), WithJsonSchema(schema), Field(ge=0))


GramsPerLitre: TypeAlias = Annotated[float, *_concentration_in("g/L", "5 g/L")]
MillimolesPerLitre: TypeAlias = Annotated[float, *_concentration_in("mmol/L", "4 mmol/L")]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=64)]
Interval: TypeAlias = Annotated[Duration, Field(gt=0)]
PositiveVolume: TypeAlias = Annotated[Volume, Field(gt=0)]

__all__ = [
    "CHANNELS",
    "CHANNEL_UNITS",
    "Channel",
    "Concentration",
    "GramsPerLitre",
    "Interval",
    "MillimolesPerLitre",
    "Model",
    "Name",
    "Organism",
    "PositiveVolume",
]
