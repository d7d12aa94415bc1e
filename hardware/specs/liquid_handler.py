"""The station file's model of the liquid handler: gantry, syringe pump and deck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from hardware.specs.base import HandlerModel, Strict
from quantities import Flow, Length, Volume, in_unit

TravelSpeed: TypeAlias = Annotated[
    float,
    BeforeValidator(lambda raw: in_unit(raw, "mm/s", "200 mm/s")),
    Field(gt=0),
    WithJsonSchema({"type": "string", "examples": ["200 mm/s"]}),
]
"""Speed of a moving axis, mm/s."""


class GantrySpec(Strict):
    """Three axes that take G-code (Smoothie, Marlin)."""

    family: Literal["gcode"]
    port: str
    speed: TravelSpeed = Field(default="250 mm/s", validate_default=True)
    lift_speed: TravelSpeed = Field(default="60 mm/s", validate_default=True)
    travel_z: Length = Field(default="60 mm", validate_default=True, description="height to travel")


class SyringePumpSpec(Strict):
    """A syringe pump: valve input to the wash liquid, output to the needle."""

    frame: ClassVar[str] = ""
    """The only frame that it speaks; empty where that can be chosen."""

    family: str
    port: str
    syringe: Volume = Field(gt=0)
    steps: int = Field(default=3000, gt=0, description="full stroke")
    fill: Flow = Field(default="0.2 mL/s", gt=0, validate_default=True)
    dispense: Flow = Field(default="0.4 mL/s", gt=0, validate_default=True)
    air_gap: Volume = Field(default="10 µL", validate_default=True)

    @property
    def step_ml(self) -> float:
        """Volume of one plunger step, mL."""
        return self.syringe / self.steps


class CavroSpec(SyringePumpSpec):
    """A Tecan Cavro XCalibur or XLP 6000."""

    family: Literal["cavro"]
    address: int = Field(default=1, ge=1, le=15)
    protocol: Literal["oem", "dt"] = Field(
        default="oem", description="oem has a checksum and safe repeats, dt has neither"
    )


class Psd4Spec(SyringePumpSpec):
    """A Hamilton PSD/4 in its terminal (DT) protocol."""

    family: Literal["hamilton-psd4"]
    address: int = Field(default=1, ge=1, le=15)
    steps: Literal[3000, 24000] = Field(
        default=3000, description="full stroke: standard or high resolution"
    )


class Ml600Spec(SyringePumpSpec):
    """A Hamilton Microlab 600, in protocol 1/RNO+; its port is 9600 baud 7O1."""

    frame: ClassVar[str] = "7O1"

    family: Literal["hamilton-ml600"]
    address: int = Field(default=1, ge=1, le=16, description="place in the daisy chain")
    steps: Literal[48000] = Field(default=48000, description="full stroke")


PumpSpec: TypeAlias = Annotated[CavroSpec | Psd4Spec | Ml600Spec, Field(discriminator="family")]


class Place(Strict):
    """A point on the deck that the needle can go to."""

    x: Length
    y: Length
    z: Length = Field(default="20 mm", validate_default=True)


class WastePlace(Place):
    """Where the needle is emptied."""

    volume: Volume | None = Field(default=None, description="what the bottle under it holds")


class VesselPlaces(Place):
    """Place of A1, reached or not; columns run along x, rows along y."""

    pitch_x: Length
    pitch_y: Length


class SourcePlace(Place):
    """A bottle and what is in it at the start."""

    volume: Volume


class Wells(Strict):
    """The wells of a plate for samples."""

    rows: int = Field(default=8, ge=1, le=16)
    columns: int = Field(default=12, ge=1, le=24)
    well: Volume = Field(default="0.3 mL", validate_default=True, description="what one holds")

    @property
    def count(self) -> int:
        """How many there are."""
        return self.rows * self.columns


class PlatePlaces(Wells, VesselPlaces):
    """A well plate, by the place of its A1."""


class BalanceSpec(Strict):
    """An MT-SICS balance that stands on the deck with a vessel on it, to weigh doses in."""

    family: Literal["mt-sics"]
    port: str
    place: Place
    serial: str | None = Field(default=None, description="its number, checked when opened")


class DeckSpec(Strict):
    """Where everything stands."""

    vessels: VesselPlaces
    sources: dict[str, SourcePlace]
    plates: dict[str, PlatePlaces] = Field(default_factory=dict)
    waste: WastePlace
    wash: Place


class LiquidHandlerSpec(HandlerModel):
    """One arm: a gantry that carries the needle of a syringe pump over a deck."""

    family: Literal["arm"] = "arm"
    gantry: GantrySpec
    pump: PumpSpec
    deck: DeckSpec
    balance: BalanceSpec | None = None

    @property
    def parts(self) -> Mapping[str, GantrySpec | PumpSpec | BalanceSpec]:
        """What stands on a line of its own, by its key."""
        parts = {"gantry": self.gantry, "pump": self.pump, "balance": self.balance}
        return {key: part for key, part in parts.items() if part is not None}
