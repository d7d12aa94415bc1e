"""The station file: which vessels stand there, and which device on which port serves them.

The models say what each line of the file may hold; `StationSpec` checks what only the whole file
shows (ports that nobody defined, vessels that two probes claim). The file knows no biology.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from hardware.specs import DeviceModel, DeviceSpec, HandlerModel, HandlerSpec
from hardware.specs.base import Location, Strict, refuse
from hardware.specs.liquid_handler import LiquidHandlerSpec
from hardware.vessel_names import array_names, expand_names
from quantities import GasFlow, Speed, Temperature, Volume


class VolumeRange(Strict):
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


SharedChannel: TypeAlias = Literal["temperature", "stirring", "gas_flow", "oxygen"]
"""What devices set and vessels may share by physics."""


def _banks(raw: Any) -> Any:
    if raw in ("column", "row") or (
        isinstance(raw, list) and raw and all(isinstance(bank, str) for bank in raw)
    ):
        return raw
    raise PydanticCustomError(
        "banks", "banks of vessels are written as column, row or a list such as [A1..B8, C1..D8]"
    )


Banks: TypeAlias = Annotated[
    Literal["column", "row"] | tuple[str, ...],
    BeforeValidator(_banks),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["column", "row"]},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]


class VesselArray(Strict):
    """The array: rows are letters, columns are numbers."""

    rows: int = Field(ge=1, le=16)
    columns: int = Field(ge=1, le=24)
    kind: str
    volume: VolumeRange
    shared: dict[SharedChannel, Banks] = Field(
        default={},
        description="What a bank of vessels has one value of, and which vessels make a bank: "
        "`{temperature: column}`, `row`, or a list such as `[A1..B8, C1..D8]`.",
    )

    @model_validator(mode="after")
    def _banks_part_the_array(self) -> VesselArray:
        for channel in self.shared:
            try:
                members = [name for bank in self.banks(channel) for name in bank]
            except ValueError as error:
                raise PydanticCustomError("banks", "{reason}", {"reason": str(error)}) from error
            if sorted(members) != sorted(self.names):
                raise PydanticCustomError(
                    "banks",
                    "the banks that share {channel} must hold every vessel once",
                    {"channel": channel},
                )
        return self

    def banks(self, channel: SharedChannel) -> tuple[tuple[str, ...], ...]:
        """The vessels that have one value of a channel, each bank in row-major order.

        Raises:
            KeyError: No vessels share the channel.
        """
        banks = self.shared[channel]
        if banks == "row":
            return tuple(self.names[r * self.columns :][: self.columns] for r in range(self.rows))
        if banks == "column":
            return tuple(self.names[column :: self.columns] for column in range(self.columns))
        return tuple(expand_names(bank, self.names) for bank in banks)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in row-major order: A1, A2, ..."""
        return array_names(self.rows, self.columns)


_NUMBERS_FOR_FRAMES = {70.0: "7E1", 80.0: "8E1", 700.0: "7E2", 800.0: "8E2"}
"""YAML reads ``7E1`` without quotes as the number 70."""
Frame: TypeAlias = Annotated[
    str,
    BeforeValidator(lambda raw: _NUMBERS_FOR_FRAMES.get(raw, raw) if type(raw) is float else raw),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^[78][NEO][12]$"},
                {"enum": sorted(_NUMBERS_FOR_FRAMES)},
            ]
        }
    ),
]
"""Data bits, parity and stop bits."""


class PortSpec(Strict):
    """One serial line, named by an identity that survives unplugging."""

    usb: str | None = Field(default=None, pattern=r"^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}( \S+)?$")
    path: str | None = None
    url: str | None = Field(default=None, pattern=r"^[a-z0-9.+]+://.+$")
    baud: int = Field(default=9600, ge=300, le=1_000_000)
    frame: Frame = Field(default="8N1", pattern=r"^[78][NEO][12]$")

    @model_validator(mode="after")
    def _one_identity(self) -> PortSpec:
        if sum(x is not None for x in (self.usb, self.path, self.url)) != 1:
            raise PydanticCustomError(
                "port_identity",
                "a port is named by exactly one of usb ('0403:6001 A50285BI'), path or url",
            )
        return self

    @property
    def scheme(self) -> str:
        """How its URL begins, such as ``socket``; empty without one."""
        return (self.url or "").partition("://")[0]

    @property
    def character_s(self) -> float:
        """Seconds one character takes on the wire, start and stop bits included."""
        frame = self.frame
        return (1 + int(frame[0]) + (frame[1] != "N") + int(frame[2])) / self.baud


class SafeSpec(Strict):
    """What each output goes to when a vessel is left to itself."""

    stirring: Speed | None = None
    temperature: Temperature | None = None
    gas_flow: GasFlow | None = None

    @property
    def settings(self) -> dict[str, float]:
        """Channel to safe value, only those stated."""
        return self.model_dump(exclude_none=True)


ArmName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z][\w-]*$")]
ONLY_ARM: Final = ""
"""The name of an arm that is the only one."""


def titled(arm: str) -> str:
    """How messages speak of an arm."""
    return f"liquid handler {arm}".rstrip()


class StationSpec(Strict):
    """A whole station file."""

    station: Literal[1]
    name: str
    vessels: VesselArray
    ports: dict[str, PortSpec]
    devices: list[DeviceSpec]
    liquid_handler: HandlerSpec | None = None
    liquid_handlers: dict[ArmName, HandlerSpec] = Field(
        default={}, description="instead of one, several: each with a name and with its `vessels`"
    )
    safe: SafeSpec = SafeSpec()

    @property
    def arms(self) -> Mapping[str, HandlerSpec]:
        """The liquid handlers by name; the only one is called `ONLY_ARM`."""
        if self.liquid_handler is not None:
            return {ONLY_ARM: self.liquid_handler}
        return self.liquid_handlers

    @property
    def arm_of(self) -> Mapping[str, str]:
        """The name of the arm that serves a vessel, of each that has one."""
        return {vessel: name for name, arm in self.arms.items() for vessel in self.vessels_of(arm)}

    def vessels_of(self, part: DeviceModel | HandlerModel) -> tuple[str, ...]:
        """Vessels that a device or an arm serves, in its own order."""
        if part.vessels is None:
            return self.vessels.names
        return expand_names(part.vessels, self.vessels.names)

    @model_validator(mode="after")
    def _consistent(self) -> StationSpec:
        refuse(
            "station",
            [
                *self._port_problems(),
                *self._scheme_problems(),
                *self._frame_problems(),
                *self._vessel_problems(),
                *self._claim_problems(),
                *self._arm_problems(),
            ],
        )
        return self

    def _port_users(self) -> Iterator[tuple[Location, str, str]]:
        for i, device in enumerate(self.devices):
            yield ("devices", i, "port"), device.port, device.family
        for location, _, arm in self._own_arms():
            for key, part in arm.parts.items():
                yield (*location, key, "port"), part.port, part.family

    def _port_problems(self) -> Iterator[tuple[Location, str]]:
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

    def _scheme_problems(self) -> Iterator[tuple[Location, str]]:
        """Variables stand behind their own URLs, and nothing that speaks bytes does."""
        variables = {scheme for device in self.devices for scheme in device.schemes}
        for location, port, family in self._port_users():
            on_list = location[0] == "devices"
            schemes = self.devices[int(location[1])].schemes if on_list else ()
            scheme = self.ports[port].scheme if port in self.ports else None
            if scheme is None or scheme in (schemes or {scheme} - variables):
                continue
            if schemes:
                yield location, f"{family} needs a port with url: {schemes[0]}://..."
            else:
                yield location, f"{family} needs a serial line, port '{port}' is none"

    def _frame_problems(self) -> Iterator[tuple[Location, str]]:
        """A syringe pump whose frame cannot be chosen needs a port with that frame."""
        for _, _, arm in self._own_arms():
            pump, port = arm.pump, self.ports.get(arm.pump.port)
            if port is None or port.scheme not in ("", "rfc2217") or port.frame == pump.frame:
                continue
            if pump.frame:
                said = f"{pump.family} speaks {pump.frame}, port '{pump.port}' is set to"
                yield ("ports", pump.port, "frame"), f"{said} {port.frame}"

    def _vessel_problems(self) -> Iterator[tuple[Location, str]]:
        for i, device in enumerate(self.devices):
            try:
                vessels = self.vessels_of(device)
            except ValueError as error:
                yield ("devices", i, "vessels"), str(error)
                continue
            for location, sentence in device.problems(vessels):
                yield ("devices", i, *location), sentence

    def _claim_problems(self) -> Iterator[tuple[Location, str]]:
        seen: dict[tuple[str, ...], int] = {}
        for i, device in enumerate(self.devices):
            try:
                claims = list(device.claims(self.vessels_of(device)))
            except ValueError:
                continue
            for claim, spoken in claims:
                if seen.setdefault(claim, i) != i:
                    yield ("devices", i), f"{spoken} is taken by device {seen[claim] + 1} already"
                    break

    def _placed_arms(self) -> Iterator[tuple[Location, str, HandlerSpec]]:
        """Each arm with its place in the file and its name."""
        if self.liquid_handler is not None:
            yield ("liquid_handler",), ONLY_ARM, self.liquid_handler
        for name, arm in self.liquid_handlers.items():
            yield ("liquid_handlers", name), name, arm

    def _own_arms(self) -> Iterator[tuple[Location, str, LiquidHandlerSpec]]:
        """Those that stand on lines of this station."""
        for location, name, arm in self._placed_arms():
            if isinstance(arm, LiquidHandlerSpec):
                yield location, name, arm

    def _arm_problems(self) -> Iterator[tuple[Location, str]]:
        """Arms are never in each other's way: each has vessels, plates and lines of its own."""
        if self.liquid_handler is not None and self.liquid_handlers:
            yield ("liquid_handlers",), "a station has `liquid_handler` or several, not both"
        taken: dict[tuple[str, str], str] = {}
        for location, name, arm in self._placed_arms():
            try:
                vessels = self.vessels_of(arm)
            except ValueError as error:
                yield (*location, "vessels"), str(error)
                continue
            parts = arm.parts if isinstance(arm, LiquidHandlerSpec) else {}
            for what, key, at in (
                *(("vessel", vessel, ("vessels",)) for vessel in vessels),
                *(("plate", plate, ("deck", "plates", plate)) for plate in arm.deck.plates),
                *(("port", part.port, (key, "port")) for key, part in parts.items()),
            ):
                other = taken.setdefault((what, key), name)
                if other != name:
                    yield (*location, *at), f"{what} '{key}' is that of the {titled(other)} already"
                    break
