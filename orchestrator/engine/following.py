"""Doses that wait for a sample of their culture."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.engine.operation import Operation
from orchestrator.protocol import Following


class Followers:
    """What waits for which sample, in one culture."""

    def __init__(self) -> None:
        self._drawing: set[str] = set()
        self._waiting: list[tuple[Following, Operation]] = []

    def drawing(self, sample: str) -> None:
        """A sample was ordered; what follows it waits from now on."""
        self._drawing.add(sample)

    def waits(self, window: Following | None, dose: Operation) -> bool:
        """Whether a dose has to wait; if so, it is kept until `drawn`."""
        if window is None or window.follows not in self._drawing:
            return False
        self._waiting.append((window, dose))
        return True

    def drawn(self, sample: str) -> list[Operation]:
        """The sample was drawn, or never will be: what followed it, due now."""
        self._drawing.discard(sample)
        free = [one for one in self._waiting if one[0].follows == sample]
        self._waiting = [one for one in self._waiting if one[0].follows != sample]
        return [
            replace(dose, within_s=window.after_sample_s, follows=True) for window, dose in free
        ]

    def clear(self) -> None:
        """The culture is lost."""
        self._waiting = []
