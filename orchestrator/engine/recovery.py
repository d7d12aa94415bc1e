"""What a campaign that goes on does first: find out what became of what was under way.

What is found out is marked in the journal before anything moves: once the liquid handler has looked
for its zero, nobody can ask again, and the program may end a second time before it is booked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from hardware import HardwareError, Outcome, Station
from orchestrator.engine.clock import Clock
from orchestrator.engine.operation import Operation
from orchestrator.engine.replay import OpenIntent, Standing
from orchestrator.engine.worker import described

_NOT_BEGUN = "the program ended before anything could reach the vessel"
_FOUND = "found"
"""What a mark holds when the outcome is known already."""


class Recovery:
    """Asks the devices about the operations whose outcome the journal does not know.

    Args:
        standing: Where the campaign stands.
        station: Whose devices did it.
        mark: Keeps a fact about an intent of a vessel; when it returns, it is on disk.
    """

    def __init__(
        self,
        standing: Standing,
        station: Station,
        mark: Callable[[int, str, Mapping[str, object]], None],
    ) -> None:
        self.standing = standing
        self._station = station
        self._mark = mark
        self._found: dict[int, Outcome] = {}

    async def ask(self) -> None:
        """Ask, and book what was used up; to be done before a liquid handler moves."""
        for use in self.standing.used:
            self._station.arms[use.arm].stock.book(use)
        for intent, begun in self.standing.open.items():
            self._found[intent] = outcome = await self._became_of(begun)
            if begun.mark is not None and _FOUND not in begun.mark:
                self._mark(intent, begun.operation.vessel, {_FOUND: described(outcome)})

    def found(self) -> Iterator[tuple[int, Operation, Outcome]]:
        """Each intent that was open, its operation, and what became of it."""
        for intent, begun in self.standing.open.items():
            yield intent, begun.operation, self._found[intent]

    def set_clock(self, clock: Clock) -> float | None:
        """Let the campaign's clock go on at what the time of day makes it.

        Returns:
            How long nobody looked, s; None when the time of day went back meanwhile, so that it
            cannot be said.
        """
        at_s, wall_s = self.standing.clock or (0.0, clock.wall())
        lasted_s = at_s + clock.wall() - wall_s - self.standing.time_s
        clock.begin(self.standing.time_s + max(0.0, lasted_s))
        return lasted_s if lasted_s >= 0 else None

    async def _became_of(self, begun: OpenIntent) -> Outcome:
        operation, mark = begun.operation, begun.mark
        if mark is None:
            return Outcome("not done", _NOT_BEGUN, 0.0)
        if _FOUND in mark:
            return Outcome(**mark[_FOUND])
        try:
            if operation.source in self._station.pumps(operation.vessel):
                return await self._station.recall(
                    operation.vessel, operation.source or "", operation.volume_ml, mark
                )
            if (arm := self._station.arm_of.get(operation.vessel)) is None:
                return Outcome("unknown", f"no liquid handler serves {operation.vessel} any more")
            return await self._station.arms[arm].recall(mark)
        except HardwareError as error:
            return Outcome("unknown", str(error))
