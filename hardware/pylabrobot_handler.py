"""A commercial liquid handler through PyLabRobot; needs the extra ``inoculum[pylabrobot]``.

It has the methods of `hardware.liquid_handler.LiquidHandler` that the engine asks for, over any
backend of PyLabRobot (Hamilton, Tecan, Opentrons). Every transfer takes a new tip, so that nothing
is carried over.

Doubts: PyLabRobot tells of a transfer only that it raised nothing. A transfer that broke off while
it gave liquid is therefore ``unknown``, and how long one takes is what the caller says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, Literal

from hardware.deck import CannotDo
from hardware.errors import DeviceFault
from hardware.liquid_handler import Source
from hardware.outcome import Outcome

_NAME = "pylabrobot"


class PyLabRobotHandler:
    """Doses from sources into vessels, and samples from vessels into wells.

    Places are names of PyLabRobot resources on its deck: ``trough1``, or ``plate1/A1`` for an item
    of a plate or rack.

    Args:
        robot: A ``pylabrobot.liquid_handling.LiquidHandler`` with its backend and deck.
        vessels: Place of each vessel.
        sources: Place of each bottle.
        volumes_ml: What is in each bottle at the start, mL.
        tips: Names of the tip racks, used in this order, tip by tip.
        transfer_s: How long one transfer takes.

    Attributes:
        sources: The bottles and what is left in them.
    """

    def __init__(
        self,
        robot: Any,
        vessels: Mapping[str, str],
        sources: Mapping[str, str],
        volumes_ml: Mapping[str, float],
        tips: tuple[str, ...],
        transfer_s: float = 45.0,
    ) -> None:
        self.sources = {name: Source(volumes_ml[name]) for name in sources}
        self._robot = robot
        self._vessels = dict(vessels)
        self._bottles = dict(sources)
        self._transfer_s = transfer_s
        self._tips = self._new_tips(tips)
        self._holds_tip = False
        self._tip_ml = 0.0

    async def open(self) -> None:
        """Prepare the robot.

        Raises:
            DeviceFault: It does not get ready, or a place is not on its deck.
        """
        vessels = tuple(self._vessels)
        try:
            for place in (*self._vessels.values(), *self._bottles.values()):
                self._find(place)
            await self._robot.setup()
        except Exception as error:  # each backend raises its own
            backend = type(self._robot.backend).__name__
            raise DeviceFault(_NAME, backend, vessels, _reason(error)) from error

    async def dose(self, source: str, vessel: str, volume_ml: float) -> Outcome:
        """Give a volume of a source to a vessel; see `LiquidHandler.dose`."""
        try:
            bottle = self._find(_known(self._bottles, source, "source"))
            place = self._find(_known(self._vessels, vessel, "vessel"))
            have_ml = self.sources[source].remaining_ml
            if not 0.0 < volume_ml <= have_ml + 1e-9:
                raise CannotDo(f"source '{source}' holds {have_ml:.3g} mL, not {volume_ml:g}")
        except CannotDo as error:
            return Outcome("not done", str(error), 0.0)
        return await self._transfer(bottle, place, volume_ml, self.sources[source])

    async def sample(self, vessel: str, volume_ml: float, well: str) -> Outcome:
        """Draw a volume from a vessel into a well; see `LiquidHandler.sample`."""
        try:
            place = self._find(_known(self._vessels, vessel, "vessel"))
            target = self._find(well)
        except CannotDo as error:
            return Outcome("not done", str(error), 0.0)
        return await self._transfer(place, target, volume_ml, None)

    def estimate_s(
        self,
        kind: Literal["dose", "sample"],
        source: str | None,
        vessel: str,
        volume_ml: float,
    ) -> float:
        """Seconds of a dose or sample, as many transfers as its volume needs."""
        return self._transfer_s * (ceil(volume_ml / self._tip_ml) if self._tip_ml else 1)

    async def _transfer(
        self, start: Any, end: Any, volume_ml: float, source: Source | None
    ) -> Outcome:
        """Carry a volume, in parts where a tip holds less.

        What the vessel got or lost is known unless the robot broke off while it gave to it (a
        dose, from ``source``) or drew from it (a sample).
        """
        moved_ml = 0.0
        while volume_ml - moved_ml > 1e-9:
            try:
                await self._take_tip()
            except Exception as error:
                return Outcome("not done", _reason(error), round(moved_ml, 9))
            share_ml = min(volume_ml - moved_ml, self._tip_ml)
            try:
                await self._robot.aspirate([start], [share_ml * 1000], use_channels=[0])
            except Exception as error:
                if source is None:
                    return Outcome("unknown", f"whether it was drawn is not known: {error}")
                return Outcome("not done", _reason(error), round(moved_ml, 9))
            if source is not None:
                source.remaining_ml -= share_ml
            try:
                await self._robot.dispense([end], [share_ml * 1000], use_channels=[0])
            except Exception as error:
                if source is not None:
                    return Outcome("unknown", f"whether it was given is not known: {error}")
                drawn_ml = round(moved_ml + share_ml, 9)
                return Outcome("not done", f"drawn, but not delivered: {error}", drawn_ml)
            moved_ml += share_ml
        return Outcome("done", value=round(moved_ml, 9))

    async def _take_tip(self) -> None:
        """Leave the tip that is held, and take a new one."""
        if self._holds_tip:
            await self._robot.discard_tips(use_channels=[0])
            self._holds_tip = False
        spot = next(self._tips, None)
        if spot is None:
            raise CannotDo("no tip is left in the racks")
        await self._robot.pick_up_tips([spot], use_channels=[0])
        self._holds_tip = True
        self._tip_ml = self._robot.head[0].get_tip().maximal_volume / 1000

    def _new_tips(self, racks: tuple[str, ...]) -> Iterator[Any]:
        for rack in racks:
            for spot in self._robot.deck.get_resource(rack).get_all_items():
                if spot.has_tip():
                    yield spot

    def _find(self, place: str) -> Any:
        """The resource or its item that a place names."""
        name, _, item = place.partition("/")
        try:
            resource = self._robot.deck.get_resource(name)
            return resource.get_item(item) if item else resource
        except Exception as error:
            raise CannotDo(f"there is no '{place}' on the deck: {_reason(error)}") from None


def _known(places: Mapping[str, str], name: str, kind: str) -> str:
    if name not in places:
        raise CannotDo(f"there is no {kind} '{name}'; there is {', '.join(places) or 'none'}")
    return places[name]


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
