"""A commercial liquid handler through PyLabRobot; needs the extra ``inoculum[pylabrobot]``.

Every transfer takes a new tip, so that nothing is carried over.

Doubts: PyLabRobot tells of a transfer only that it raised nothing. A transfer that broke off while
it gave liquid is therefore ``unknown``, and how long one takes is what the station file says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import ceil
from typing import Any, Literal

from hardware.deck import CannotDo
from hardware.errors import DeviceFault
from hardware.marks import Mark, Marked, unmarked
from hardware.outcome import Outcome
from hardware.pylabrobot_deck import RobotDeck, backend_of, reason
from hardware.specs.pylabrobot import PyLabRobotSpec
from hardware.stock import Stock, Use

_NAME = "pylabrobot"


class PyLabRobotHandler:
    """Doses from sources into vessels, and samples from vessels into wells.

    Args:
        spec: Its part of the station file.
        vessels: Names of the array's vessels.
        backend: Makes PyLabRobot's backend; None for the one that the file names.

    Attributes:
        stock: The bottles and what is left in them, and the tips that were taken.
    """

    def __init__(
        self,
        spec: PyLabRobotSpec,
        vessels: tuple[str, ...],
        backend: Callable[[], Any] | None = None,
    ) -> None:
        self.stock = Stock({name: place.volume for name, place in spec.deck.sources.items()})
        self._spec = spec
        self._vessels = vessels
        self._backend = backend or partial(backend_of, spec.backend, dict(spec.options))
        self._robot: Any = None
        self._deck: RobotDeck
        self._tips: Iterator[Any] = iter(())
        self._holds_tip = False
        self._tip_ml = 0.0

    async def open(self) -> None:
        """Lay out the deck and prepare the robot.

        Raises:
            DeviceFault: PyLabRobot is not installed, something is not on the deck, or the robot
                does not get ready.
        """
        try:
            self._deck = RobotDeck(self._spec.deck, self._vessels)
            from pylabrobot.liquid_handling import LiquidHandler as Robot

            self._robot = Robot(backend=self._backend(), deck=self._deck.deck)
            await self._robot.setup()
        except Exception as error:  # each backend raises its own
            self._robot = None
            raise DeviceFault(_NAME, self._spec.backend, self._vessels, reason(error)) from error
        self._tips = iter(self._deck.tips()[self.stock.tips :])

    async def halt(self) -> Outcome:
        """See `Handler.halt`; PyLabRobot has no stop that all its backends know."""
        return Outcome("not done", "a robot behind PyLabRobot is stopped by its own button")

    async def close(self) -> None:
        """Leave the robot, if it was opened."""
        robot, self._robot = self._robot, None
        if robot is not None:
            await robot.stop()

    async def dose(
        self, source: str, vessel: str, volume_ml: float, mark: Mark = unmarked
    ) -> Outcome:
        """Give a volume of a source to a vessel; see `Handler.dose`."""
        try:
            bottle, place = self._deck.source(source), self._deck.vessel(vessel)
            have_ml = self.stock.sources[source].remaining_ml
            if not 0.0 < volume_ml <= have_ml + 1e-9:
                raise CannotDo(f"source '{source}' holds {have_ml:.3g} mL, not {volume_ml:g}")
        except CannotDo as error:
            return Outcome("not done", str(error), 0.0)
        return await self._transfer(bottle, place, volume_ml, source, mark)

    async def sample(
        self, vessel: str, volume_ml: float, well: str, mark: Mark = unmarked
    ) -> Outcome:
        """Draw a volume from a vessel into a well; see `Handler.sample`."""
        try:
            place, target = self._deck.vessel(vessel), self._deck.well(well)
        except CannotDo as error:
            return Outcome("not done", str(error), 0.0)
        return await self._transfer(place, target, volume_ml, None, mark)

    async def recall(self, marked: Marked) -> Outcome:
        """See `Handler.recall`; PyLabRobot keeps nothing: only the marks themselves tell."""
        moved_ml, wanted_ml = float(marked["moved_ml"]), float(marked["wanted_ml"])
        if marked["move"]:
            return Outcome("unknown", f"the robot was about to {marked['move']}")
        if moved_ml < wanted_ml:
            return Outcome("not done", "interrupted", moved_ml)
        return Outcome("done", value=moved_ml)

    def estimate_s(
        self,
        kind: Literal["dose", "sample"],
        source: str | None,
        vessel: str,
        volume_ml: float,
    ) -> float:
        """Seconds of a dose or sample, as many transfers as its volume needs."""
        transfers = ceil(volume_ml / self._tip_ml - 1e-9) if self._tip_ml else 1
        return self._spec.transfer * transfers

    async def _transfer(
        self, start: Any, end: Any, volume_ml: float, source: str | None, mark: Mark
    ) -> Outcome:
        """Carry a volume, in parts where a tip holds less.

        What the vessel got or lost is known unless the robot broke off while it gave to it (a
        dose, from ``source``) or drew from it (a sample).
        """
        moved_ml = 0.0

        def tell(move: str) -> None:
            mark({"move": move, "moved_ml": round(moved_ml, 9), "wanted_ml": volume_ml})

        while volume_ml - moved_ml > 1e-9:
            try:
                await self._take_tip()
            except Exception as error:
                return Outcome("not done", reason(error), round(moved_ml, 9))
            share_ml = min(volume_ml - moved_ml, self._tip_ml)
            if source is None:
                tell("draw")
            else:
                self.stock.use(Use(source, share_ml))
            try:
                await self._robot.aspirate([start], [share_ml * 1000], use_channels=[0])
            except Exception as error:
                if source is None:
                    return Outcome("unknown", f"whether it was drawn is not known: {error}")
                return Outcome("not done", reason(error), round(moved_ml, 9))
            if source is not None:
                tell("give")
            try:
                await self._robot.dispense([end], [share_ml * 1000], use_channels=[0])
            except Exception as error:
                if source is not None:
                    return Outcome("unknown", f"whether it was given is not known: {error}")
                drawn_ml = round(moved_ml + share_ml, 9)
                return Outcome("not done", f"drawn, but not delivered: {error}", drawn_ml)
            moved_ml += share_ml
            tell("")
        return Outcome("done", value=round(moved_ml, 9))

    async def _take_tip(self) -> None:
        """Leave the tip that is held, and take a new one."""
        if self._holds_tip:
            await self._robot.discard_tips(use_channels=[0])
            self._holds_tip = False
        spot = next(self._tips, None)
        if spot is None:
            raise CannotDo("no tip is left in the racks")
        self.stock.use(Use(tips=1))
        await self._robot.pick_up_tips([spot], use_channels=[0])
        self._holds_tip = True
        self._tip_ml = self._robot.head[0].get_tip().maximal_volume / 1000
