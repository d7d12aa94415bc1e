"""A robot behind PyLabRobot, emulated: what its backend is told moves liquid of the plant.

PyLabRobot itself stays in between, with its deck and its count of tips; only the last step, to the
robot, is replaced. Needs the extra ``inoculum[pylabrobot]``.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pylabrobot.liquid_handling.backends import LiquidHandlerChatterboxBackend

from hardware.emulators.liquids import Liquids, Portion, Spot
from hardware.emulators.plant import Plant
from hardware.pylabrobot_deck import find, vessel_place
from hardware.specs.pylabrobot import PyLabRobotSpec
from hardware.vessel_names import array_names

_TO_DRAW = 0.6
"""Share of a transfer's time until it has drawn, the new tip included."""


class EmulatedRobot(LiquidHandlerChatterboxBackend):  # type: ignore[misc]  # is Any to the checker
    """Draws and gives on the time of the loop that runs it, as long as the station file says.

    Args:
        spec: The liquid handler's part of the station file.
        vessels: Names of the array's vessels.
        plant: Whose vessels and wells these are.

    Attributes:
        liquids: What is in bottles and tips, and what went to waste.
    """

    def __init__(self, spec: PyLabRobotSpec, vessels: tuple[str, ...], plant: Plant) -> None:
        super().__init__()
        sources = spec.deck.sources
        self.liquids = Liquids(plant, {name: one.volume for name, one in sources.items()})
        self._spec = spec
        self._tips: dict[int, list[Portion]] = {}
        self._vessels = vessels
        self._spots: dict[str, Spot] = {}
        self._taken: set[str] = set()

    def set_deck(self, deck: Any) -> None:
        """Learn what each resource of the deck is in the station."""
        super().set_deck(deck)
        of = self._spec.deck
        places = {vessel_place(of, name): Spot("vessel", name) for name in self._vessels}
        places |= {one.place: Spot("source", name) for name, one in of.sources.items()}
        for plate, size in of.plates.items():
            wells = (f"{plate}/{well}" for well in array_names(size.rows, size.columns))
            places |= {well: Spot("well", well) for well in wells}
        self._spots = {find(deck, place).name: spot for place, spot in places.items()}

    async def setup(self) -> None:
        """Leave tips that a program that is gone had taken."""
        await self.drop_tips((), [*self._tips])

    async def stop(self) -> None:
        """Nothing to stop."""

    async def pick_up_tips(self, ops: Any, use_channels: list[int], **more: Any) -> None:
        """Take clean tips; a place that was emptied before has none."""
        for op in ops:
            if op.resource.name in self._taken:
                raise RuntimeError(f"there is no tip at {op.resource.name}")
            self._taken.add(op.resource.name)
        self._tips |= {channel: [] for channel in use_channels}

    async def drop_tips(self, ops: Any, use_channels: list[int], **more: Any) -> None:
        """Leave tips, with what is in them."""
        for channel in use_channels:
            for portion in self._tips.pop(channel):
                self.liquids.put(Spot("waste", "waste"), portion, self._now_s())

    async def aspirate(self, ops: Any, use_channels: list[int], **more: Any) -> None:
        """Draw with each tip where its resource is."""
        await asyncio.sleep(self._spec.transfer * _TO_DRAW)
        for op, channel in zip(ops, use_channels, strict=True):
            spot, now_s = self._spots.get(op.resource.name), self._now_s()
            drawn_ml, content = self.liquids.take(spot, op.volume / 1000, now_s)
            self._tips[channel].append(Portion(drawn_ml, content))

    async def dispense(self, ops: Any, use_channels: list[int], **more: Any) -> None:
        """Give what each tip holds to where its resource is."""
        await asyncio.sleep(self._spec.transfer * (1.0 - _TO_DRAW))
        for op, channel in zip(ops, use_channels, strict=True):
            left_ml = op.volume / 1000
            for portion in self._tips[channel]:
                given_ml = min(portion.volume_ml, left_ml)
                portion.volume_ml -= given_ml
                left_ml -= given_ml
                spot = self._spots.get(op.resource.name)
                self.liquids.put(spot, Portion(given_ml, portion.content), self._now_s())

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()
