"""The station file's model of a commercial liquid handler that PyLabRobot drives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from hardware.specs.base import HandlerModel, Location, Strict, refuse
from hardware.specs.liquid_handler import VesselPlaces, Wells
from quantities import Duration, Volume

FULL_RACK = 96
"""Tips in a rack of which the station file says no number."""
_CATALOGUE = r"^[A-Za-z]\w*$"


class Labware(Strict):
    """A carrier, plate, tip rack or trough of PyLabRobot's catalogue, and where it stands."""

    model: str = Field(pattern=_CATALOGUE, examples=["PLT_CAR_L5AC_A00"])
    rails: int | None = Field(default=None, description="on a deck with rails")
    slot: int | None = Field(default=None, ge=1, description="on a deck with slots")
    carrier: str | None = Field(default=None, description="name of the labware that carries it")
    site: int = Field(default=0, ge=0, description="of its carrier, counted from 0")


class RobotSource(Strict):
    """A trough or well, and what is in it at the start."""

    place: str = Field(examples=["bottles/A1"])
    volume: Volume


class TipRack(Strict):
    """A rack of tips."""

    rack: str = Field(description="name of its labware")
    holds: int | None = Field(
        default=None,
        ge=1,
        description="tips that are in it, the last of its places; without it all 96",
    )
    tip: Volume | None = Field(
        default=None, gt=0, description="what one tip holds; more goes in parts, each with its tip"
    )

    @property
    def tips(self) -> int:
        """How many are in it at the start."""
        return FULL_RACK if self.holds is None else self.holds


class RobotDeckSpec(Strict):
    """Where everything stands on the robot's deck, in the names of PyLabRobot's catalogue."""

    model: str = Field(pattern=_CATALOGUE, examples=["STARLetDeck"])
    labware: dict[str, Labware]
    vessels: str | VesselPlaces = Field(
        description="labware whose items are the vessels, or the place of A1 and the pitch"
    )
    sources: dict[str, RobotSource]
    plates: dict[str, Wells] = Field(
        default_factory=dict, description="plates for samples, under the names of their labware"
    )
    tips: list[str | TipRack] = Field(
        min_length=1, description="tip racks, used in this order; a name stands for a full one"
    )

    @property
    def racks(self) -> tuple[TipRack, ...]:
        """The tip racks, those that are only named among them."""
        return tuple(TipRack(rack=one) if isinstance(one, str) else one for one in self.tips)

    @property
    def tip_ml(self) -> float | None:
        """What the smallest of the tips holds, mL; None when the file does not say of each."""
        held = [one.tip for one in self.racks if one.tip is not None]
        return min(held) if len(held) == len(self.tips) else None

    @model_validator(mode="after")
    def _consistent(self) -> RobotDeckSpec:
        refuse("deck", self._problems())
        return self

    def _problems(self) -> Iterator[tuple[Location, str]]:
        for name, labware in self.labware.items():
            if sum(x is not None for x in (labware.rails, labware.slot, labware.carrier)) != 1:
                yield ("labware", name), "labware stands at one of `rails`, `slot` or `carrier`"
        for location, name in self._named():
            if name not in self.labware:
                known = ", ".join(self.labware) or "none"
                yield location, f"there is no labware '{name}'; labware of this deck: {known}"

    def _named(self) -> Iterator[tuple[Location, str]]:
        """Each place where a labware is named."""
        for name, labware in self.labware.items():
            if labware.carrier is not None:
                yield ("labware", name, "carrier"), labware.carrier
        if isinstance(self.vessels, str):
            yield ("vessels",), self.vessels
        for name, source in self.sources.items():
            yield ("sources", name, "place"), source.place.partition("/")[0]
        yield from ((("plates", name), name) for name in self.plates)
        yield from ((("tips", i), one.rack) for i, one in enumerate(self.racks))


class PyLabRobotSpec(HandlerModel):
    """A commercial liquid handler through PyLabRobot; every transfer takes a new tip."""

    family: Literal["pylabrobot"]
    backend: Literal["chatterbox", "STAR", "Vantage", "EVO", "OT2"] = Field(
        description="the robot; the chatterbox prints what it is told and moves nothing"
    )
    options: dict[str, str | int | float | bool] = Field(
        default_factory=dict, description="what the backend is made with, such as `host` of an OT2"
    )
    transfer: Duration = Field(
        default="45 s", gt=0, validate_default=True, description="one transfer with its tip"
    )
    deck: RobotDeckSpec
