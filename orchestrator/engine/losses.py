"""What the loss of vessels means for the experiment, told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from orchestrator.engine.operation import Note
from orchestrator.engine.vessel_run import VesselRun

Effect: TypeAlias = Callable[[Sequence[str]], Sequence[str]]
"""Says in sentences what it means that these vessels are lost."""


class Losses:
    """Tells of each loss once.

    Args:
        effect: What to say.
    """

    def __init__(self, effect: Effect) -> None:
        self._effect = effect
        self._told: tuple[str, ...] = ()

    def told(self, runs: Iterable[VesselRun]) -> Iterator[Note]:
        """What there is to tell since the last time."""
        lost = tuple(run.vessel for run in runs if run.lost is not None and run.life.ended)
        if lost == self._told:
            return
        self._told = lost
        if sentences := self._effect(lost):
            yield Note("loss", None, {"vessels": list(lost), "what": list(sentences)})
            yield Note("alarm", None, {"about": "design", "what": " ".join(sentences)})
