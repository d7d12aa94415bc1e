"""Our own arm: what a dose or a sample is, and what became of it.

The needle (see `hardware.needle`) keeps a source's liquid loaded and gives it out dose by dose; it
is washed and refilled only when the source changes or the line is empty. Every outcome tells the
volume that really moved.
"""

from __future__ import annotations

from dataclasses import replace
from math import floor
from typing import Literal

from hardware.arm_times import ArmTimes, Stand
from hardware.deck import CannotDo, Deck
from hardware.devices.gcode import Point
from hardware.devices.mt_sics import Balance
from hardware.errors import DeviceFault, DeviceRefused, HardwareError
from hardware.gravimetry import BALANCE, WATER_G_ML, DoseCalibration, Gravimetry
from hardware.marks import Mark, Marked, judge_stroke, unmarked
from hardware.needle import Line, Needle
from hardware.outcome import Outcome
from hardware.runner import Runner
from hardware.specs.liquid_handler import LiquidHandlerSpec
from hardware.stock import Stock


class LiquidHandler:
    """Doses from sources into vessels, and samples from vessels into wells.

    Args:
        spec: Its part of the station file.
        vessels: Names of the array's vessels.
        gantry_runner: The way to the gantry.
        pump_runner: The way to the pump.
        balance_runner: The way to the balance, where there is one.

    Attributes:
        stock: The bottles and what is left in them, and the waste.
    """

    def __init__(
        self,
        spec: LiquidHandlerSpec,
        vessels: tuple[str, ...],
        gantry_runner: Runner,
        pump_runner: Runner,
        balance_runner: Runner | None = None,
    ) -> None:
        bottles = {name: place.volume for name, place in spec.deck.sources.items()}
        self.stock = Stock(bottles, spec.deck.waste.volume)
        self._spec = spec
        self._vessels = vessels
        self._gravimetry: Gravimetry | None = None
        places = {}
        if spec.balance is not None and balance_runner is not None:
            self._gravimetry = Gravimetry(Balance(spec.balance), balance_runner)
            places[BALANCE] = spec.balance.place
        self._deck = Deck(spec.deck, vessels, places)
        self._needle = Needle(spec, self._deck, self.stock, gantry_runner, pump_runner)
        self._times = ArmTimes(spec, self._deck)

    async def open(self) -> None:
        """Find the gantry's zero and the pump's, and wash.

        Raises:
            DeviceFault: One of the two does not answer or does not do it.
        """
        try:
            await self._needle.find_gantry()
        except HardwareError as error:
            raise self._fault(self._needle.gantry.name, self._spec.gantry.port, error) from error
        try:
            await self._needle.initialise()
        except HardwareError as error:
            raise self._fault(self._needle.pump.name, self._spec.pump.port, error) from error
        if self._gravimetry is not None and self._spec.balance is not None:
            try:
                await self._gravimetry.open()
            except HardwareError as error:
                raise self._fault(Balance.name, self._spec.balance.port, error) from error

    async def halt(self) -> Outcome:
        """See `Handler.halt`: the plunger stays; the gantry ends the way that it is on."""
        try:
            await self._needle.halt()
        except HardwareError as error:
            return Outcome("unknown", f"whether the plunger stands is not known: {error}")
        return Outcome("done")

    async def close(self) -> None:
        """See `Handler.close`; the station closes the lines of its two devices."""
        await self.halt()

    async def weigh_dose(
        self, source: str, volume_ml: float, density_g_ml: float = WATER_G_ML
    ) -> Outcome:
        """Give a dose onto the balance, which decides where the pump's word is uncertain.

        Args:
            source: Name of a bottle on the deck.
            volume_ml: How much.
            density_g_ml: Of the liquid, g/mL.

        Returns:
            The outcome; its value is the volume by weight, mL.

        Raises:
            HardwareError: The station has no balance, or the weight before is not known.
        """
        if self._gravimetry is None:
            raise HardwareError("this station has no balance")
        return await self._gravimetry.weigh_dose(
            lambda: self.dose(source, BALANCE, volume_ml), volume_ml, density_g_ml
        )

    async def calibrate_dose(
        self, source: str, volume_ml: float, repeats: int, density_g_ml: float = WATER_G_ML
    ) -> DoseCalibration:
        """Weigh several doses of one volume.

        Args:
            source: Name of a bottle on the deck.
            volume_ml: Of each dose.
            repeats: How many doses.
            density_g_ml: Of the liquid, g/mL.

        Raises:
            ValueError: There are no repeats.
            HardwareError: A dose was not done.
        """
        if repeats < 1:
            raise ValueError("a calibration needs at least one dose")
        volumes = []
        for _ in range(repeats):
            outcome = await self.weigh_dose(source, volume_ml, density_g_ml)
            if outcome.status != "done" or outcome.value is None:
                raise HardwareError(f"a dose of {source} was {outcome.status}: {outcome.detail}")
            volumes.append(outcome.value)
        return DoseCalibration(source, volume_ml, density_g_ml, tuple(volumes))

    async def dose(
        self, source: str, vessel: str, volume_ml: float, mark: Mark = unmarked
    ) -> Outcome:
        """Give a volume of a source to a vessel.

        Args:
            source: Name of a bottle on the deck.
            vessel: Where to.
            volume_ml: How much; rounded to plunger steps.
            mark: Told how far it is, before each stroke that gives something; see `recall`.

        Returns:
            The outcome; its value is what the vessel really got, mL.
        """
        steps = self._steps(volume_ml)
        given = 0
        try:
            place, bottle = self._deck.vessel(vessel), self._deck.source(source)
            self._check_volume(source, steps)
        except CannotDo as error:
            return Outcome("not done", str(error), 0.0)
        while given < steps:
            try:
                line = await self._loaded_with(source, bottle, steps - given)
                await self._needle.go(place)
            except (HardwareError, CannotDo) as error:
                return Outcome("not done", str(error), self._ml(given))
            share = min(steps - given, line.loaded)
            to = line.plunger - share
            mark(_stroke("give", line.plunger, to, steps, given))
            try:
                pushed = await self._needle.push(share)
            except HardwareError as error:
                return Outcome("unknown", f"whether it was given is not known: {error}")
            given += pushed
            if pushed < share:
                return Outcome("not done", "the plunger stopped on its way", self._ml(given))
            if given < steps:  # refilling moves the plunger, which then no longer tells of this
                mark({"given_ml": self._ml(given)})
        return Outcome("done", value=self._ml(given))

    async def sample(
        self, vessel: str, volume_ml: float, well: str, mark: Mark = unmarked
    ) -> Outcome:
        """Draw a volume from a vessel into a well, and wash.

        Args:
            vessel: Where from.
            volume_ml: How much; rounded to plunger steps.
            well: Where to, such as ``plate1/A1``.
            mark: Told how far it is, before broth is drawn and after; see `recall`.

        Returns:
            The outcome; its value is what was really drawn from the vessel, mL.
        """
        steps = self._steps(volume_ml)
        try:
            place, target = self._deck.vessel(vessel), self._deck.well(well)
            if not 0 < steps <= self._needle.room:
                raise CannotDo(f"the syringe cannot draw {volume_ml * 1000:g} µL")
            line = await self._needle.gapped(place)
            await self._needle.go(place)
        except (HardwareError, CannotDo) as error:
            return Outcome("not done", str(error), 0.0)
        mark(_stroke("draw", line.plunger, line.plunger + steps, steps, 0))
        try:
            drawn = await self._needle.draw(vessel, steps)
        except HardwareError as error:
            return Outcome("unknown", f"whether it was drawn is not known: {error}")
        try:
            await self._deliver(target, drawn, mark)
        except HardwareError as error:
            return Outcome("not done", f"drawn, but not delivered: {error}", self._ml(drawn))
        if drawn < steps:
            return Outcome("not done", f"only {drawn} of {steps} steps drawn", self._ml(drawn))
        return Outcome("done", value=self._ml(drawn))

    async def recall(self, marked: Marked) -> Outcome:
        """What became of a dose or sample that was under way when the program ended.

        To be asked after the lines were opened and before `open`, which moves the plunger.

        Args:
            marked: The last mark of it.
        """
        if "delivered_ml" in marked:
            return Outcome("done", value=float(marked["delivered_ml"]))
        if "given_ml" in marked:
            return Outcome("not done", "interrupted", float(marked["given_ml"]))
        try:
            stands = await self._needle.stands()
        except HardwareError as error:
            return Outcome("unknown", f"the syringe pump no longer knows: {error}")
        return judge_stroke(marked, stands, self._spec.pump.step_ml)

    def estimate_s(
        self,
        kind: Literal["dose", "sample"],
        source: str | None,
        vessel: str,
        volume_ml: float,
    ) -> float:
        """Seconds that a dose or sample would take from where the arm stands now."""
        stand, line = Stand(self._needle.gantry.at), self._needle.line
        if line is not None:
            stand = replace(stand, content=line.content, held=line.plunger, loaded=line.loaded)
        return self._times.of(stand, kind, source, vessel, volume_ml).takes_s

    async def _loaded_with(self, source: str, bottle: Point, wanted: int) -> Line:
        """A line that holds the source: as it is when that is enough, else filled up."""
        line = self._needle.line
        if line is not None and line.content == source and line.loaded >= wanted:
            return line
        if line is None or line.content != source:
            line = await self._needle.gapped(bottle)
        left = floor(self.stock.sources[source].remaining_ml / self._spec.pump.step_ml + 1e-9)
        room = self._spec.pump.steps - line.plunger
        await self._needle.go(bottle)
        await self._needle.draw(source, min(left, room))
        loaded = self._needle.known_line
        if not loaded.loaded:
            raise CannotDo(f"source '{source}' is empty")
        return loaded

    async def _deliver(self, target: Point, steps: int, mark: Mark) -> None:
        """Bring a sample to its well, and wash."""
        line = self._needle.known_line
        mark(_stroke("deliver", line.plunger, line.plunger - steps, steps, steps))
        await self._needle.go(target)
        if await self._needle.push(steps) < steps:
            raise DeviceRefused("the plunger stopped on its way")
        mark({"delivered_ml": self._ml(steps)})
        await self._needle.flush()

    def _check_volume(self, source: str, steps: int) -> None:
        if steps < 1:
            raise CannotDo(f"less than one step of the plunger ({self._ml(1) * 1000:.2g} µL)")
        line = self._needle.line
        loaded = line.loaded if line is not None and line.content == source else 0
        have_ml = self.stock.sources[source].remaining_ml + self._ml(loaded)
        if have_ml < self._ml(steps) - 1e-9:
            raise CannotDo(f"source '{source}' is empty: {have_ml:.3g} mL left")

    def _steps(self, volume_ml: float) -> int:
        return round(volume_ml / self._spec.pump.step_ml)

    def _ml(self, steps: int) -> float:
        return round(steps * self._spec.pump.step_ml, 9)

    def _fault(self, device: str, port: str, error: HardwareError) -> DeviceFault:
        return DeviceFault(device, port, self._vessels, str(error))


def _stroke(move: str, start: int, to: int, steps: int, before: int) -> Marked:
    """A mark in front of a stroke; see `hardware.marks.judge_stroke`."""
    return {"move": move, "from": start, "to": to, "steps": steps, "before": before}
