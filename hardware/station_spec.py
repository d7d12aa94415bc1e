"""The station file: which vessels stand there, and which device on which port serves them.

The models say what each line of the file may hold; `StationSpec` checks what only the whole file
shows (ports that nobody defined, vessels that two probes claim). The file knows no biology.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

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

from hardware.vessel_names import array_names, expand_names
from quantities import Flow, GasFlow, Length, Speed, Temperature, Volume, in_unit


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


TravelSpeed: TypeAlias = Annotated[
    float,
    BeforeValidator(lambda raw: in_unit(raw, "mm/s", "200 mm/s")),
    Field(gt=0),
    WithJsonSchema({"type": "string", "examples": ["200 mm/s"]}),
]
"""Speed of a moving axis, mm/s."""


class VolumeRange(_Strict):
    """Working volume of one vessel, mL."""

    low: Volume
    high: Volume

    @model_validator(mode="after")
    def _ordered(self) -> VolumeRange:
        if self.low >= self.high:
            raise PydanticCustomError(
                "order", "the lowest working volume must be below the highest"
            )
        return self


class VesselArray(_Strict):
    """The array: rows are letters, columns are numbers."""

    rows: int = Field(ge=1, le=16)
    columns: int = Field(ge=1, le=24)
    kind: str
    volume: VolumeRange

    @property
    def names(self) -> tuple[str, ...]:
        """Names in row-major order: A1, A2, ..."""
        return array_names(self.rows, self.columns)


class PortSpec(_Strict):
    """One serial line, named by an identity that survives unplugging."""

    usb: str | None = Field(default=None, pattern=r"^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}( \S+)?$")
    path: str | None = None
    url: str | None = Field(default=None, pattern=r"^[a-z0-9]+://.+$")
    baud: int = Field(default=9600, ge=300, le=1_000_000)
    frame: str = Field(default="8N1", pattern=r"^[78][NEO][12]$")

    @model_validator(mode="after")
    def _one_identity(self) -> PortSpec:
        if sum(x is not None for x in (self.usb, self.path, self.url)) != 1:
            raise PydanticCustomError(
                "port_identity",
                "a port is named by exactly one of usb ('0403:6001 A50285BI'), path or url",
            )
        return self

    @property
    def character_s(self) -> float:
        """Seconds one character takes on the wire, start and stop bits included."""
        frame = self.frame
        return (1 + int(frame[0]) + (frame[1] != "N") + int(frame[2])) / self.baud


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
Vessels: TypeAlias = str | list[str]
"""``A1..C8`` in row-major order, ``A1``, or a list of these."""


class Linear(_Strict):
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


class ArcSpec(_Strict):
    """Hamilton Arc sensors on one RS-485 line: addresses and vessels pair up in order."""

    family: Literal["hamilton-arc"]
    port: str
    reads: Literal["ph", "do"]
    addresses: Addresses
    vessels: Vessels
    word_order: Literal["low-first", "high-first"] = "low-first"


class EvolverCalibration(_Strict):
    """Lines for the 16 vials of a unit; the defaults are those of the emulated unit."""

    temperature: Linear = Linear(slope=-0.0167, offset=68.4)
    od: Linear = Linear(slope=0.002, offset=-0.4)
    stirring: Linear = Linear(slope=40.0, offset=0.0)


class EvolverPump(_Strict):
    """One of the three pumps each vial has."""

    pump: int = Field(ge=1, le=3, description="1 in1, 2 in2, 3 efflux")
    flow: Flow = Field(gt=0)


class EvolverSpec(_Strict):
    """An eVOLVER unit: up to 16 vials in order, one line for all its boards."""

    family: Literal["evolver"]
    port: str
    vessels: Vessels
    calibration: EvolverCalibration = EvolverCalibration()
    pumps: dict[str, EvolverPump] = Field(default_factory=dict, description="source: its pump")


class AlicatSpec(_Strict):
    """An Alicat mass-flow controller; its flow is split evenly over its vessels."""

    family: Literal["alicat"]
    port: str
    unit: str = Field(pattern=r"^[A-Z]$")
    gas: Literal["air", "oxygen", "nitrogen", "carbon-dioxide"] = "air"
    full_scale: GasFlow = Field(default="10 L/min", gt=0, validate_default=True)
    vessels: Vessels


DeviceSpec: TypeAlias = Annotated[ArcSpec | EvolverSpec | AlicatSpec, Field(discriminator="family")]


class GantrySpec(_Strict):
    """Three axes that take G-code (Smoothie, Marlin)."""

    family: Literal["gcode"]
    port: str
    speed: TravelSpeed = Field(default="250 mm/s", validate_default=True)
    lift_speed: TravelSpeed = Field(default="60 mm/s", validate_default=True)
    travel_z: Length = Field(default="60 mm", validate_default=True, description="height to travel")


class PumpSpec(_Strict):
    """A Cavro syringe pump: valve input to the wash liquid, output to the needle."""

    family: Literal["cavro"]
    port: str
    address: int = Field(default=1, ge=1, le=15)
    syringe: Volume = Field(gt=0)
    steps: int = Field(default=3000, gt=0, description="full stroke")
    fill: Flow = Field(default="0.2 mL/s", gt=0, validate_default=True)
    dispense: Flow = Field(default="0.4 mL/s", gt=0, validate_default=True)
    air_gap: Volume = Field(default="10 µL", validate_default=True)

    @property
    def step_ml(self) -> float:
        """Volume of one plunger step, mL."""
        return self.syringe / self.steps


class Place(_Strict):
    """A point on the deck that the needle can go to."""

    x: Length
    y: Length
    z: Length = Field(default="20 mm", validate_default=True)


class VesselPlaces(Place):
    """Place of A1; columns run along x, rows along y."""

    pitch_x: Length
    pitch_y: Length


class SourcePlace(Place):
    """A bottle and what is in it at the start."""

    volume: Volume


class PlatePlaces(VesselPlaces):
    """A well plate, by the place of its A1."""

    rows: int = Field(default=8, ge=1, le=16)
    columns: int = Field(default=12, ge=1, le=24)
    well: Volume = Field(default="0.3 mL", validate_default=True)


class DeckSpec(_Strict):
    """Where everything stands."""

    vessels: VesselPlaces
    sources: dict[str, SourcePlace]
    plates: dict[str, PlatePlaces] = Field(default_factory=dict)
    waste: Place
    wash: Place


class LiquidHandlerSpec(_Strict):
    """One arm: a gantry that carries the needle of a syringe pump over a deck."""

    gantry: GantrySpec
    pump: PumpSpec
    deck: DeckSpec


class SafeSpec(_Strict):
    """What each output goes to when a vessel is left to itself."""

    stirring: Speed | None = None
    temperature: Temperature | None = None
    gas_flow: GasFlow | None = None

    @property
    def settings(self) -> dict[str, float]:
        """Channel to safe value, only those stated."""
        return self.model_dump(exclude_none=True)


_Location: TypeAlias = tuple[str | int, ...]


class StationSpec(_Strict):
    """A whole station file."""

    station: Literal[1]
    name: str
    vessels: VesselArray
    ports: dict[str, PortSpec]
    devices: list[DeviceSpec]
    liquid_handler: LiquidHandlerSpec | None = None
    safe: SafeSpec = SafeSpec()

    def vessels_of(self, device: DeviceSpec) -> tuple[str, ...]:
        """Vessels that a device serves, in its own order."""
        return expand_names(device.vessels, self.vessels.names)

    @model_validator(mode="after")
    def _consistent(self) -> StationSpec:
        problems = [*self._port_problems(), *self._vessel_problems(), *self._claim_problems()]
        if problems:
            raise ValidationError.from_exception_data(
                "station",
                [
                    InitErrorDetails(
                        type=PydanticCustomError("station", "{reason}", {"reason": sentence}),
                        loc=location,
                        input=None,
                    )
                    for location, sentence in problems
                ],
            )
        return self

    def _port_users(self) -> Iterator[tuple[_Location, str, str]]:
        for i, device in enumerate(self.devices):
            yield ("devices", i, "port"), device.port, device.family
        if self.liquid_handler is not None:
            for part in ("gantry", "pump"):
                user = getattr(self.liquid_handler, part)
                yield ("liquid_handler", part, "port"), user.port, user.family

    def _port_problems(self) -> Iterator[tuple[_Location, str]]:
        family_on: dict[str, str] = {}
        for location, port, family in self._port_users():
            if port not in self.ports:
                known = ", ".join(self.ports) or "none"
                yield location, f"there is no port '{port}'; ports of this station: {known}"
            elif family_on.setdefault(port, family) != family:
                yield (
                    location,
                    f"port '{port}' carries {family_on[port]}; {family} needs a port of its own",
                )

    def _vessel_problems(self) -> Iterator[tuple[_Location, str]]:
        for i, device in enumerate(self.devices):
            try:
                count = len(self.vessels_of(device))
            except ValueError as error:
                yield ("devices", i, "vessels"), str(error)
                continue
            if isinstance(device, ArcSpec):
                if count != len(device.addresses):
                    yield (
                        ("devices", i, "addresses"),
                        f"{len(device.addresses)} addresses cannot pair with {count} vessels",
                    )
                if not all(1 <= address <= 32 for address in device.addresses):
                    yield ("devices", i, "addresses"), "Arc addresses go from 1 to 32"
            if isinstance(device, EvolverSpec) and count > 16:
                yield ("devices", i, "vessels"), f"an eVOLVER unit has 16 vials, not {count}"

    def _claim_problems(self) -> Iterator[tuple[_Location, str]]:
        seen: dict[tuple[str, ...], int] = {}
        for i, device in enumerate(self.devices):
            try:
                claims = list(_claims(device, self.vessels_of(device)))
            except ValueError:
                continue
            for claim, spoken in claims:
                if seen.setdefault(claim, i) != i:
                    yield ("devices", i), f"{spoken} is taken by device {seen[claim] + 1} already"
                    break


def _claims(device: DeviceSpec, vessels: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What only one device may have: its address on the line, a channel of a vessel."""
    if isinstance(device, ArcSpec):
        for address in device.addresses:
            yield ("address", device.port, str(address)), f"address {address} on '{device.port}'"
        channels: tuple[str, ...] = (device.reads,)
    elif isinstance(device, AlicatSpec):
        yield ("address", device.port, device.unit), f"unit {device.unit} on '{device.port}'"
        channels = ("gas_flow",)
    else:
        yield ("address", device.port), f"port '{device.port}'"
        channels = ("temperature", "od", "stirring")
    for vessel in vessels:
        for channel in channels:
            yield ("channel", vessel, channel), f"{channel} of vessel {vessel}"
