"""What the models of all device families share: strictness, vessels, addresses, calibrations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError


class Strict(BaseModel):
    """A part of a station file: unknown keys are refused and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Vessels: TypeAlias = str | list[str]
"""``A1..C8`` in row-major order, ``A1``, or a list of these."""
Location: TypeAlias = tuple[str | int, ...]
Claim: TypeAlias = tuple[tuple[str, ...], str]
"""What only one device may have, and how a message speaks of it."""


def refuse(title: str, problems: Iterable[tuple[Location, str]]) -> None:
    """Refuse a part of the file for what only the whole part shows; nothing without problems.

    Args:
        title: Of the part.
        problems: Place within the part, and what is wrong there.

    Raises:
        ValidationError: There are problems.
    """
    details = [
        InitErrorDetails(
            type=PydanticCustomError("station", "{reason}", {"reason": sentence}),
            loc=location,
            input=None,
        )
        for location, sentence in problems
    ]
    if details:
        raise ValidationError.from_exception_data(title, details)


class HandlerModel(Strict):
    """A liquid handler; each family adds its own keys."""

    family: str
    vessels: Vessels | None = Field(
        default=None, description="which it serves; without it all of the array"
    )


class DeviceModel(Strict):
    """A device of the station's ``devices`` list; each family adds its own keys."""

    family: str
    port: str
    vessels: Vessels

    schemes: ClassVar[tuple[str, ...]] = ()
    """Beginnings of the URLs it is reached by; empty for what stands on a serial line."""
    characters_a_scan: ClassVar[int]
    """Characters on the line for one reading of one vessel, at the very least."""

    @property
    def measures(self) -> frozenset[str]:
        """Channels that it measures of each of its vessels."""
        return frozenset()

    @property
    def sets(self) -> frozenset[str]:
        """Channels that it sets of each of its vessels."""
        return frozenset()

    @property
    def brings(self) -> tuple[str, ...]:
        """Sources that it doses into its vessels by pumps of their own."""
        return ()

    def readings_a_scan(self, vessels: int) -> int:
        """How often it is asked in one scan."""
        return vessels

    def claims(self, vessels: tuple[str, ...]) -> Iterator[Claim]:
        """What no other device may have: an address on the line, a channel of a vessel."""
        yield ("address", self.port), f"port '{self.port}'"
        for vessel in vessels:
            for channel in sorted(self.measures | self.sets):
                yield ("channel", vessel, channel), f"{channel} of vessel {vessel}"

    def problems(self, vessels: tuple[str, ...]) -> Iterator[tuple[Location, str]]:
        """What is wrong with it as it stands in the station: key and sentence."""
        yield from ()


def _addresses(raw: Any) -> tuple[int, ...]:
    if isinstance(raw, str) and ".." in raw:
        first, _, last = raw.partition("..")
        if first.strip().isdigit() and last.strip().isdigit():
            return tuple(range(int(first), int(last) + 1))
    if isinstance(raw, list | tuple) and all(type(x) is int for x in raw):
        return tuple(raw)
    if type(raw) is int:
        return (raw,)
    raise PydanticCustomError("addresses", "expected addresses such as '1..24', 3 or [1, 2, 5]")


Addresses: TypeAlias = Annotated[
    tuple[int, ...],
    BeforeValidator(_addresses),
    Field(min_length=1),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\d+\.\.\d+$"},
                {"type": "integer"},
                {"type": "array", "items": {"type": "integer"}},
            ]
        }
    ),
]


class Linear(Strict):
    """Straight line between a device's raw number and the quantity: value = offset + slope x raw.

    The unit of slope and offset is that of the channel: degC, OD or rpm per raw count.
    """

    slope: float = Field(description="channel units per raw count")
    offset: float = 0.0

    @model_validator(mode="after")
    def _invertible(self) -> Linear:
        if self.slope == 0:
            raise PydanticCustomError("slope", "a calibration's slope cannot be 0")
        return self

    def value(self, raw: float) -> float:
        """Quantity that a raw count stands for."""
        return self.offset + self.slope * raw

    def raw(self, value: float) -> int:
        """Nearest raw count of a quantity."""
        return round((value - self.offset) / self.slope)
