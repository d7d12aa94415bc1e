"""What does the operations: the arm and the vessels' own pumps, each with what waits for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator

from hardware import Outcome, Station
from hardware.marks import Mark
from orchestrator.engine.clock import Clock
from orchestrator.engine.dispatcher import Dispatcher
from orchestrator.engine.operation import PRIORITY, Operation
from orchestrator.engine.worker import Worker
from orchestrator.records.store import Records


class Hands:
    """Gives each operation to who can do it.

    Args:
        station: Whose arm and pumps these are.
        settled: Told of each outcome, after it is in the journal.
        records: The journal.
        clock: The campaign's time.

    Attributes:
        workers: The arm's and that of the pumps; each is to be run by the engine.
    """

    def __init__(
        self,
        station: Station,
        settled: Callable[[Operation, Outcome], Awaitable[None]],
        records: Records,
        clock: Clock,
    ) -> None:
        self._station = station

        def worker(name: str, perform: Callable[[Operation, Mark], Awaitable[Outcome]]) -> Worker:
            return Worker(name, Dispatcher(self._estimate_s), perform, settled, records, clock)

        self._arm = worker("the liquid handler", self._with_handler)
        self._pumps = worker("the pumps", self._with_pump)
        self.workers = (self._arm, self._pumps)

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        return not any(one.busy or len(one.dispatcher) for one in self.workers)

    def order(self, operation: Operation) -> None:
        """Let an operation wait for its turn."""
        own_pump = operation.source in self._station.pumps(operation.vessel)
        (self._pumps if own_pump else self._arm).add(operation)

    def waiting(self) -> Iterator[Operation]:
        """All that wait for their turn."""
        return (one for worker in self.workers for one in worker.dispatcher)

    def drop(self, vessel: str) -> Iterator[Operation]:
        """Take back what waits for a vessel."""
        for worker in self.workers:
            yield from worker.dispatcher.drop(vessel)

    def expect_feeds(self, due: Iterable[tuple[float, float]]) -> None:
        """Say when next feeds may come and how long each then has, for the arm's look-ahead."""
        if (first := min(due, default=None)) is not None:
            self._arm.dispatcher.expect(PRIORITY["feed"], *first)

    def _estimate_s(self, operation: Operation) -> float:
        if operation.source in self._station.pumps(operation.vessel):
            return 0.0  # a pump of the vessel's own keeps nobody waiting
        return self._station.handler.estimate_s(
            "sample" if operation.kind == "sample" else "dose",
            operation.source,
            operation.vessel,
            operation.volume_ml,
        )

    async def _with_handler(self, operation: Operation, mark: Mark) -> Outcome:
        handler = self._station.handler
        if operation.source is None:
            return await handler.sample(
                operation.vessel, operation.volume_ml, operation.well or "", mark
            )
        return await handler.dose(operation.source, operation.vessel, operation.volume_ml, mark)

    async def _with_pump(self, operation: Operation, mark: Mark) -> Outcome:
        return await self._station.pump(
            operation.vessel, operation.source or "", operation.volume_ml, mark
        )
