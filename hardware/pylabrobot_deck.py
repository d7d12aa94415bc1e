"""PyLabRobot's deck and robot, made from the station file; needs ``inoculum[pylabrobot]``.

Vessels that are no labware of PyLabRobot's catalogue become containers at their places on the deck.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final

from hardware.deck import CannotDo
from hardware.errors import HardwareError
from hardware.specs.liquid_handler import VesselPlaces
from hardware.specs.pylabrobot import Labware, RobotDeckSpec
from hardware.vessel_names import array_names, row_and_column

_BACKENDS: Final = {
    "chatterbox": "LiquidHandlerChatterboxBackend",
    "STAR": "STARBackend",
    "Vantage": "VantageBackend",
    "EVO": "EVOBackend",
    "OT2": "OpentronsOT2Backend",
}
_MAKERS: Final = ("hamilton", "opentrons", "tecan")
_WIDTH_MM, _HEIGHT_MM = 8.0, 40.0
"""Of the container that a vessel is given: wide enough for a tip, narrower than any pitch."""


def backend_of(name: str, options: dict[str, Any]) -> Any:
    """PyLabRobot's backend of a robot; nothing is opened yet.

    Args:
        name: As a station file says it.
        options: What the backend is made with.

    Raises:
        HardwareError: PyLabRobot is not installed, or does not take these options.
    """
    backends = _pylabrobot("liquid_handling.backends")
    try:
        return getattr(backends, _BACKENDS[name])(**options)
    except Exception as error:  # each backend raises its own
        raise HardwareError(f"PyLabRobot's {name} cannot be made: {reason(error)}") from error


class RobotDeck:
    """A deck with its labware, where everything is found by the names of the station file.

    A place is the name of a labware, or ``plate1/A1`` for an item of it.

    Args:
        spec: The deck of the station file.
        vessels: Names of the vessels.

    Attributes:
        deck: PyLabRobot's.

    Raises:
        HardwareError: PyLabRobot is not installed, or cannot place a labware.
    """

    def __init__(self, spec: RobotDeckSpec, vessels: Iterable[str]) -> None:
        self._spec = spec
        self._resources = _pylabrobot("resources")
        makers = (_pylabrobot(f"resources.{maker}") for maker in _MAKERS)
        self._catalogue = (self._resources, *makers)
        self.deck = self._made(spec.model)
        waiting = dict(spec.labware)
        while ready := [n for n, ware in waiting.items() if ware.carrier not in waiting]:
            for name in ready:
                self._place(name, waiting.pop(name))
        if waiting:
            raise HardwareError(f"labware stands on itself: {', '.join(waiting)}")
        if not isinstance(spec.vessels, str):
            for name in vessels:
                self._place_vessel(name, spec.vessels)
        self._vessels = {name: find(self.deck, vessel_place(spec, name)) for name in vessels}
        self._check()

    def vessel(self, name: str) -> Any:
        """A vessel's container."""
        return _known(self._vessels, name, "vessel")

    def source(self, name: str) -> Any:
        """A source's trough or well."""
        return find(self.deck, _known(self._spec.sources, name, "source").place)

    def well(self, name: str) -> Any:
        """A well of one of the plates."""
        _known(self._spec.plates, name.partition("/")[0], "plate")
        return find(self.deck, name)

    def tips(self) -> list[Any]:
        """The places of all tips of the racks, in order."""
        return [
            spot
            for rack in self._spec.racks
            for spot in find(self.deck, rack.rack).get_all_items()[-rack.tips :]
        ]

    def _made(self, model: str, **named: str) -> Any:
        make = next((getattr(m, model) for m in self._catalogue if hasattr(m, model)), None)
        if make is None:
            names = {name.lower(): name for module in self._catalogue for name in dir(module)}
            near = get_close_matches(model.lower(), names, n=1)
            meant = f"; did you mean '{names[near[0]]}'?" if near else ""
            raise HardwareError(f"PyLabRobot's catalogue has no '{model}'{meant}")
        try:
            return make(**named)
        except Exception as error:
            raise HardwareError(f"PyLabRobot cannot make {model}: {reason(error)}") from error

    def _place(self, name: str, labware: Labware) -> None:
        made = self._made(labware.model, name=name)
        try:
            if labware.carrier is not None:
                self.deck.get_resource(labware.carrier)[labware.site] = made
            elif labware.slot is not None:
                self.deck.assign_child_at_slot(made, labware.slot)
            else:
                self.deck.assign_child_resource(made, rails=labware.rails)
        except Exception as error:
            raise HardwareError(f"'{name}' cannot stand there: {reason(error)}") from error

    def _place_vessel(self, name: str, places: VesselPlaces) -> None:
        row, column = row_and_column(name)
        container = self._resources.Container(
            vessel_place(self._spec, name),
            _WIDTH_MM,
            _WIDTH_MM,
            _HEIGHT_MM,
            material_z_thickness=0.0,
        )
        corner = self._resources.Coordinate(
            places.x + column * places.pitch_x - _WIDTH_MM / 2,
            places.y + row * places.pitch_y - _WIDTH_MM / 2,
            places.z,
        )
        try:
            self.deck.assign_child_resource(container, location=corner)
        except Exception as error:
            raise HardwareError(f"vessel {name} cannot stand there: {reason(error)}") from error

    def _check(self) -> None:
        """See that every bottle and the last well of every plate is there."""
        for name, plate in self._spec.plates.items():
            find(self.deck, f"{name}/{array_names(plate.rows, plate.columns)[-1]}")
        for name in self._spec.sources:
            self.source(name)
        for rack in self._spec.racks:
            places = len(find(self.deck, rack.rack).get_all_items())
            if rack.tips > places or (rack.holds is None and rack.tips != places):
                raise HardwareError(
                    f"rack '{rack.rack}' has {places} places, not {rack.tips}; write how many "
                    f"tips are in it: {{rack: {rack.rack}, holds: {places}}}"
                )


def vessel_place(spec: RobotDeckSpec, name: str) -> str:
    """The place of a vessel on the deck."""
    return f"{spec.vessels}/{name}" if isinstance(spec.vessels, str) else f"vessel {name}"


def find(deck: Any, place: str) -> Any:
    """The labware or its item that a place on PyLabRobot's deck names.

    Raises:
        CannotDo: There is none.
    """
    name, _, item = place.partition("/")
    try:
        labware = deck.get_resource(name)
        return labware.get_item(item) if item else labware
    except Exception as error:
        raise CannotDo(f"there is no '{place}' on the deck: {reason(error)}") from None


def reason(error: Exception) -> str:
    """What PyLabRobot's error says, or what it is."""
    return str(error) or type(error).__name__


def _known(places: Any, name: str, kind: str) -> Any:
    if name not in places:
        raise CannotDo(f"there is no {kind} '{name}'; there is {', '.join(places) or 'none'}")
    return places[name]


def _pylabrobot(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"pylabrobot.{module}")
    except ImportError as error:
        raise HardwareError(
            "this liquid handler needs PyLabRobot; install it with "
            f"pip install 'inoculum[pylabrobot]' ({error})"
        ) from error
