"""Doses that are weighed: how much of what was asked for really arrives.

A balance stands on the deck with a vessel on it. The weight before and after a dose gives its
volume by the liquid's density; air buoyancy (0.1 % for water) is not corrected.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import fmean, stdev

from hardware.bus import Bus
from hardware.devices.mt_sics import Balance
from hardware.errors import HardwareError
from hardware.outcome import Outcome
from hardware.runner import Priority, Runner

BALANCE = "balance"
"""Where a weighed dose goes, in place of a vessel."""
WATER_G_ML = 0.9982
"""Density of water at 20 degC."""
_TOLERANCE = 0.05
_LEAST_TOLERANCE_ML = 0.002


@dataclass(frozen=True, slots=True)
class DoseCalibration:
    """Volumes that were measured for one volume asked for.

    Attributes:
        source: Name of the liquid.
        asked_ml: Volume of each dose, mL.
        density_g_ml: By which weights became volumes, g/mL.
        volumes_ml: What each dose really was, mL.
    """

    source: str
    asked_ml: float
    density_g_ml: float
    volumes_ml: tuple[float, ...]

    @property
    def mean_ml(self) -> float:
        """Mean of the measured volumes, mL."""
        return fmean(self.volumes_ml)

    @property
    def error_percent(self) -> float:
        """Systematic error: by how much the mean is above the volume asked for, %."""
        return 100.0 * (self.mean_ml / self.asked_ml - 1.0)

    @property
    def cv_percent(self) -> float:
        """Random error: coefficient of variation, %; 0 for a single dose."""
        if len(self.volumes_ml) < 2:
            return 0.0
        return 100.0 * stdev(self.volumes_ml) / self.mean_ml


class Gravimetry:
    """Weighs doses.

    Args:
        balance: The balance on the deck.
        runner: The way to it.
    """

    def __init__(self, balance: Balance, runner: Runner) -> None:
        self.balance = balance
        self._runner = runner

    async def open(self) -> None:
        """Check that the balance is the right one."""
        await self._runner.submit(lambda bus: bus.trust(self.balance), Priority.ACT)

    async def weigh_dose(
        self, dose: Callable[[], Awaitable[Outcome]], asked_ml: float, density_g_ml: float
    ) -> Outcome:
        """Weigh one dose; the weight also decides about a dose whose fate is unknown.

        Args:
            dose: Gives the dose onto the balance.
            asked_ml: How much it should be, mL.
            density_g_ml: Of the liquid, g/mL.

        Returns:
            The outcome; its value is the measured volume, mL.

        Raises:
            HardwareError: The weight before is not known; nothing was given.
        """
        before_g: float = await self._runner.submit(self._first_weight, Priority.ACT)
        resets = self.balance.resets
        outcome = await dose()
        try:
            after_g, unbroken = await self._runner.submit(self._second_weight, Priority.ACT)
        except HardwareError as error:
            return Outcome("unknown", f"not weighed: {error}. {outcome.detail}".strip())
        measured_ml = (after_g - before_g) / density_g_ml
        if self.balance.resets > resets or not unbroken:
            reason = f"the balance started anew meanwhile. {outcome.detail}"
            return Outcome("unknown", reason.strip())
        if outcome.status != "unknown":
            return Outcome(outcome.status, outcome.detail, measured_ml)
        near = abs(measured_ml - asked_ml) <= max(_TOLERANCE * asked_ml, _LEAST_TOLERANCE_ML)
        return Outcome(
            "done" if near else "not done", f"by its weight; {outcome.detail}", measured_ml
        )

    def _first_weight(self, bus: Bus) -> float:
        bus.trust(self.balance)
        self.balance.mark(bus)
        return self.balance.weigh(bus)

    def _second_weight(self, bus: Bus) -> tuple[float, bool]:
        bus.trust(self.balance)
        return self.balance.weigh(bus), self.balance.unbroken(bus)
