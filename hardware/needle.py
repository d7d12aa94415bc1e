"""The needle of our own arm: carried by a gantry, filled and emptied by a syringe pump.

In it stand, from the plunger: wash liquid, an air gap, the content. What it is believed to hold
follows from plunger positions that were asked for; while a move is under way, and after one whose
end is not known, it is believed to hold nothing known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hardware.deck import Deck
from hardware.devices import syringe_pump_driver
from hardware.devices.gcode import Gantry, Point
from hardware.errors import DeviceRefused, PortLost
from hardware.runner import Job, Priority, Runner, on_device
from hardware.specs.liquid_handler import LiquidHandlerSpec
from hardware.stock import Stock, Use

_OUT, _IN = "O", "I"
_PATIENCE_S = 60.0
"""How long the arm, having done nothing yet, waits for a line that is gone."""


@dataclass(frozen=True, slots=True)
class Line:
    """What stands in needle and syringe.

    Attributes:
        content: Name of the loaded source, or of the vessel a sample is from; empty when washed.
        plunger: Position, steps.
        gap: Steps of air between wash liquid and content.
    """

    content: str
    plunger: int
    gap: int

    @property
    def loaded(self) -> int:
        """Steps of content."""
        return max(0, self.plunger - self.gap)


class Needle:
    """Moves the needle and the liquid in it; every method waits for a lost line to come back.

    Args:
        spec: The liquid handler's part of the station file.
        deck: Where waste and wash are.
        stock: Where what it takes and throws away is booked.
        gantry_runner: The way to the gantry.
        pump_runner: The way to the pump.

    Attributes:
        gantry: What carries it.
        pump: What fills it.
        line: What it holds; None when that is not known.
    """

    def __init__(
        self,
        spec: LiquidHandlerSpec,
        deck: Deck,
        stock: Stock,
        gantry_runner: Runner,
        pump_runner: Runner,
    ) -> None:
        self.gantry = Gantry(spec.gantry)
        self.pump = syringe_pump_driver(spec.pump)
        self.line: Line | None = None
        self._spec = spec.pump
        self._deck = deck
        self._stock = stock
        self._gantry_runner = gantry_runner
        self._pump_runner = pump_runner
        self._gap = round(spec.pump.air_gap / spec.pump.step_ml)
        self._wash = spec.pump.steps // 4

    @property
    def room(self) -> int:
        """Steps that a washed line with its gap takes up."""
        return self._spec.steps - self._gap

    @property
    def known_line(self) -> Line:
        """What it holds.

        Raises:
            DeviceRefused: That is not known.
        """
        if self.line is None:
            raise DeviceRefused("what the line holds is not known")
        return self.line

    async def find_gantry(self) -> None:
        """Have the gantry prove who it is, without waiting for its line."""
        await on_device(self._gantry_runner, self.gantry, lambda _: None, Priority.ACT)

    async def initialise(self) -> None:
        """Find the pump's zero over the waste, and wash."""
        await self.go(self._deck.waste)
        await self._empty()
        await self.flush()

    async def halt(self) -> None:
        """Stop the plunger, before all else on its line."""
        await on_device(self._pump_runner, self.pump, self.pump.halt, Priority.STOP)

    async def stands(self) -> int:
        """Where the plunger stands, as the pump itself says, steps."""
        steps: int = await self._with_pump(self.pump.stands)
        return steps

    async def go(self, place: Point) -> None:
        """Bring it to a point; a gantry that lost its zero or its line is homed once."""
        try:
            await self._with_gantry(lambda bus: self.gantry.go(bus, place))
        except (DeviceRefused, PortLost) as error:
            if isinstance(error, DeviceRefused):  # else it is homed when its line is opened
                await self._with_gantry(self.gantry.home)
            await self._with_gantry(lambda bus: self.gantry.go(bus, place))

    async def gapped(self, place: Point) -> Line:
        """A washed line with a gap of air, drawn over a place, that keeps its content apart."""
        if self.line is None:
            await self._recover()
        elif self.line.content:
            await self.flush()
        if self._gap and not self.known_line.gap:
            await self.go(self.gantry.above(place))
            await self._move_exactly(self._gap, _OUT, self._spec.fill)
            self.line = Line("", self._gap, self._gap)
        return self.known_line

    async def draw(self, content: str, steps: int) -> int:
        """Draw liquid where it is; gives the steps that were really drawn."""
        line = self.known_line
        source = content if content in self._stock.sources else ""
        if source and steps:
            self._stock.use(Use(source, self._ml(steps)))
        end = await self._move(line.plunger + steps, _OUT, self._spec.fill)
        drawn = max(0, end - line.plunger)
        if source and drawn != steps:
            self._stock.use(Use(source, self._ml(drawn - steps)))
        self.line = Line(content, end, line.gap)
        return drawn

    async def push(self, steps: int) -> int:
        """Push content out; gives the steps that were really pushed."""
        line = self.known_line
        end = await self._move(line.plunger - steps, _OUT, self._spec.dispense)
        self.line = Line(line.content, end, line.gap)
        return max(0, line.plunger - end)

    async def flush(self) -> None:
        """Push everything into the waste and rinse with wash liquid."""
        pump, line = self._spec, self.line
        held = pump.steps if line is None else line.loaded
        await self.go(self._deck.waste)
        self._stock.use(Use(waste_ml=self._ml(held + self._wash)))
        await self._move_exactly(0, _OUT, pump.dispense)
        await self.go(self._deck.wash)
        await self._move_exactly(self._wash, _IN, pump.fill)
        await self._move_exactly(0, _OUT, pump.dispense)
        self.line = Line("", 0, 0)

    async def _recover(self) -> None:
        """After the start or an uncertain act: ask, initialise where needed, and wash."""
        await self.go(self._deck.waste)
        if await self._with_pump(self.pump.needs_initialising):
            await self._empty()
        await self.flush()

    async def _empty(self) -> None:
        """Find the plunger's zero, which pushes out whatever is in the syringe."""
        self._stock.use(Use(waste_ml=self._ml(self._spec.steps)))
        await self._with_pump(self.pump.initialise)
        self.line = Line("", 0, 0)

    def _ml(self, steps: int) -> float:
        return round(steps * self._spec.step_ml, 9)

    async def _with_gantry(self, job: Job[Any]) -> Any:
        return await on_device(self._gantry_runner, self.gantry, job, Priority.ACT, _PATIENCE_S)

    async def _with_pump(self, job: Job[Any]) -> Any:
        return await on_device(self._pump_runner, self.pump, job, Priority.ACT, _PATIENCE_S)

    async def _move(self, target: int, valve: str, flow_ml_h: float) -> int:
        """Move the plunger; what the line holds is unknown until its caller knows."""
        self.line = None
        end: int = await self._with_pump(lambda bus: self.pump.move(bus, target, valve, flow_ml_h))
        return end

    async def _move_exactly(self, target: int, valve: str, flow_ml_h: float) -> None:
        end = await self._move(target, valve, flow_ml_h)
        if end != target:
            raise DeviceRefused(f"{self.pump.name} stands at {end}, not at {target}")
