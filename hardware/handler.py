"""What every liquid handler is to the engine: doses, samples, and how long they take."""

from __future__ import annotations

from typing import Literal, Protocol

from hardware.marks import Mark, Marked, unmarked
from hardware.outcome import Outcome
from hardware.stock import Stock


class Handler(Protocol):
    """One arm over a deck."""

    @property
    def stock(self) -> Stock:
        """Its bottles, tips and waste; what a campaign used before is booked before `open`."""
        ...

    async def open(self) -> None:
        """Get it ready.

        Raises:
            DeviceFault: It does not get ready.
        """
        ...

    async def halt(self) -> Outcome:
        """Stop what moves liquid, before all else."""
        ...

    async def close(self) -> None:
        """Leave it at a standstill, opened or not."""
        ...

    async def dose(
        self, source: str, vessel: str, volume_ml: float, mark: Mark = unmarked
    ) -> Outcome:
        """Give a volume of a source to a vessel; the outcome's value is what it got, mL."""
        ...

    async def sample(
        self, vessel: str, volume_ml: float, well: str, mark: Mark = unmarked
    ) -> Outcome:
        """Draw a volume from a vessel into a well; the value is what was drawn, mL."""
        ...

    async def recall(self, marked: Marked) -> Outcome:
        """What became of a dose or sample that was under way when the program ended.

        Asked before `open`; ``marked`` is the last mark of it.
        """
        ...

    def estimate_s(
        self,
        kind: Literal["dose", "sample"],
        source: str | None,
        vessel: str,
        volume_ml: float,
    ) -> float:
        """Seconds that a dose or sample would take from now."""
        ...
