"""The EZO-PMP: a peristaltic pump that doses a volume, counts it, and forgets it without power."""

from __future__ import annotations

import re

from hardware.emulators.atlas_ezo import Circuit, Lines
from hardware.emulators.line import Emission
from hardware.emulators.plant import Plant

_SMALLEST_ML = 0.5
_VOLUME = re.compile(r"-?\d+(?:\.\d+)?")


class PumpCircuit(Circuit):
    """A pump between a bottle and a vessel.

    Args:
        plant: Where its vessel stands.
        vessel: The vessel.
        source: Name of the bottle.
        ml_min: Its fastest rate, which it doses with.
    """

    reading_takes_s = 0.3

    def __init__(self, plant: Plant, vessel: str, source: str, ml_min: float = 105.0) -> None:
        super().__init__(plant, vessel, "PMP", "1.6")
        self._source = source
        self._ml_s = ml_min / 60.0
        self._ordered_ml = 0.0
        self._left_ml = 0.0
        self._given_ml = 0.0
        self._total_ml = 0.0
        self._at_s = 0.0
        self._commands |= {
            "d": self._dispense,
            "dc": lambda value, now_s: [f"?MAXRATE,{ml_min:.1f}"] if value == "?" else None,
            "x": self._stop,
            "tv": self._total,
            "atv": self._total,
        }
        plant.on_time(self.settle)

    def settle(self, now_s: float) -> None:
        """Bring what the pump moved until now into the vessel."""
        moved_ml = min(self._left_ml, max(0.0, now_s - self._at_s) * self._ml_s)
        self._at_s = max(self._at_s, now_s)
        if moved_ml <= 0.0:
            return
        self._left_ml = self._left_ml - moved_ml if self._left_ml - moved_ml > 1e-9 else 0.0
        self._given_ml += moved_ml
        self._total_ml += moved_ml
        self._plant.add(self._vessel, moved_ml, self._source, now_s)

    def restart(self, now_s: float, why: str = "P") -> list[Emission]:
        """See `Circuit.restart`; the pump stops, and order and totals are forgotten."""
        self.settle(now_s)
        self._ordered_ml = self._left_ml = self._given_ml = self._total_ml = 0.0
        return super().restart(now_s, why)

    def reading(self, now_s: float) -> str:
        """See `Circuit.reading`; the volume given of the present or last order, mL."""
        self.settle(now_s)
        return f"{self._given_ml:.2f}"

    def reports(self, now_s: float) -> bool:
        """See `Circuit.reports`; only while it runs."""
        self.settle(now_s)
        return self._left_ml > 0.0

    def _dispense(self, value: str, now_s: float) -> Lines:
        self.settle(now_s)
        if value == "?":
            return [f"?D,{self._ordered_ml:.2f},{int(self._left_ml > 0.0)}"]
        if not _VOLUME.fullmatch(value) or float(value) < _SMALLEST_ML:
            return None
        self._ordered_ml = self._left_ml = float(value)
        self._given_ml = 0.0
        return []

    def _stop(self, value: str, now_s: float) -> Lines:
        self.settle(now_s)
        self._left_ml = 0.0
        return [f"*DONE,{self._given_ml:.2f}"]

    def _total(self, value: str, now_s: float) -> Lines:
        self.settle(now_s)
        return [f"?ATV,{self._total_ml:.2f}"] if value == "?" else None
