"""The slow loops that the engine closes itself: pH by base, DO by stirrer, gas or oxygen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from orchestrator.engine.operation import Operation

if TYPE_CHECKING:
    from orchestrator.protocol import DoControl, PhControl

_BUFFER_MM_PER_PH = 20.0
"""Assumed buffer of the broth, mmol/L per pH unit (unverified). It only sets how bold one dose
is: an error of it makes the loop slower or faster, the dead band and the dose limits remain."""

_RESET = 0.5
"""Share of the proportional dose that each period adds to the standing dose, which in the end
carries what the culture acidifies from one period to the next."""

_DO_PERIOD_S = 300.0
_DO_GAIN = 0.5
"""Relative change of the actuator per 100 % of deviation; a period is some ten probe lags."""

_SMALLEST_STEP = 0.02


class PhLoop:
    """Doses base when the pH is below its band; one dose a period, never more than the largest.

    A proportional-integral controller whose integral cannot wind up beyond the largest dose.

    Attributes:
        next_s: Campaign time before which it does nothing.
    """

    def __init__(self, control: PhControl, alkalinity_mm: float) -> None:
        self._control = control
        self._alkalinity_mm = alkalinity_mm
        self.next_s = 0.0
        self._standing_ml = 0.0

    def dose_ml(self, time_s: float, ph: float, set_point: float, volume_ml: float) -> float | None:
        """Base to give now, mL; None when the pH is in its band, unknown, or it is too early."""
        if time_s < self.next_s or math.isnan(ph):
            return None
        self.next_s = time_s + self._control.every
        lacking = set_point - ph
        wanted = lacking * _BUFFER_MM_PER_PH * volume_ml / self._alkalinity_mm
        standing = self._standing_ml + _RESET * wanted
        self._standing_ml = min(max(standing, 0.0), self._control.largest)
        if lacking <= self._control.dead_band:
            return None
        dose = min(max(wanted + self._standing_ml, self._control.smallest), self._control.largest)
        return round(dose, 4)


def base_dose(control: PhControl, vessel: str, due_s: float, dose_ml: float) -> Operation:
    """A dose of base, as the arm is asked for it."""
    return Operation(
        vessel,
        "ph",
        due_s,
        control.within,
        dose_ml,
        source=control.source,
        period_s=control.every,
    )


class DoLoop:
    """Moves one actuator towards the DO set-point, in steps worth sending.

    Attributes:
        next_s: Campaign time before which it does nothing.
    """

    def __init__(self, control: DoControl) -> None:
        self._control = control
        self.next_s = 0.0

    @property
    def actuator(self) -> str:
        """Channel that is moved."""
        return self._control.actuator

    def setting(self, time_s: float, do: float, present: float) -> float | None:
        """The actuator's new set-point, None when it stays.

        Args:
            time_s: Campaign time.
            do: Reading in % of air saturation; NaN where none.
            present: The actuator's set-point now, in its channel's unit.
        """
        if time_s < self.next_s or math.isnan(do):
            return None
        self.next_s = time_s + _DO_PERIOD_S
        wanted = present * (1 + _DO_GAIN * (self._control.at - do) / 100)
        wanted = min(max(wanted, self._control.low), self._control.high)
        if abs(wanted - present) < _SMALLEST_STEP * present:
            return None
        return float(f"{wanted:.3g}")
