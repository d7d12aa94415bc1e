"""Where things stand on the deck, in the gantry's coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from hardware.devices.gcode import Point
from hardware.specs.liquid_handler import DeckSpec, Place, VesselPlaces
from hardware.vessel_names import row_and_column

Found = TypeVar("Found")
_NOTHING: Mapping[str, Place] = MappingProxyType({})


class CannotDo(ValueError):
    """The arm cannot do what was asked; nothing was moved. The message is a sentence."""


class Deck:
    """Names to points.

    Args:
        spec: Its part of the station file.
        vessels: Names of the vessels of the array.
        others: Further places that are dosed into, by name.
    """

    def __init__(
        self, spec: DeckSpec, vessels: Iterable[str], others: Mapping[str, Place] = _NOTHING
    ) -> None:
        self.waste = _point(spec.waste)
        self.wash = _point(spec.wash)
        self._vessels = {name: _in_grid(spec.vessels, name) for name in vessels}
        self._vessels |= {name: _point(place) for name, place in others.items()}
        self._sources = {name: _point(place) for name, place in spec.sources.items()}
        self._plates = spec.plates

    def vessel(self, name: str) -> Point:
        """Place of a vessel."""
        return _find(self._vessels, name, "vessel")

    def source(self, name: str) -> Point:
        """Place of a source bottle."""
        return _find(self._sources, name, "source")

    def well(self, name: str) -> Point:
        """Place of a well such as ``plate1/A1``."""
        plate_name, _, well = name.partition("/")
        plate = _find(self._plates, plate_name, "plate")
        try:
            row, column = row_and_column(well)
        except ValueError as error:
            raise CannotDo(str(error)) from None
        if row >= plate.rows or column >= plate.columns:
            raise CannotDo(f"{plate_name} has {plate.rows} x {plate.columns} wells, no {well}")
        return _in_grid(plate, well)


def _point(place: Place) -> Point:
    return Point(place.x, place.y, place.z)


def _in_grid(places: VesselPlaces, name: str) -> Point:
    row, column = row_and_column(name)
    return Point(places.x + column * places.pitch_x, places.y + row * places.pitch_y, places.z)


def _find(places: Mapping[str, Found], name: str, kind: str) -> Found:
    if name not in places:
        known = ", ".join(places) or "none"
        raise CannotDo(f"there is no {kind} '{name}' on the deck; there is {known}")
    return places[name]
