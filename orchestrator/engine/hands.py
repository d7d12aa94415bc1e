"""What does the operations: the arms and the vessels' own pumps, each with what waits for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping

from hardware import Outcome, Station
from hardware.marks import Mark
from hardware.station_spec import titled
from orchestrator.engine.clock import Clock
from orchestrator.engine.dispatcher import Analyser, Dispatcher
from orchestrator.engine.operation import PRIORITY, Operation
from orchestrator.engine.worker import StationFault, Worker
from orchestrator.records.store import Records


class Hands:
    """Gives each operation to who can do it.

    Args:
        station: Whose arms and pumps these are.
        settled: Told of each outcome, after it is in the journal.
        failed: Told of an arm that works no more, by name and why, while others still do.
        records: The journal.
        clock: The campaign's time.
    """

    def __init__(
        self,
        station: Station,
        settled: Callable[[Operation, Outcome], Awaitable[None]],
        failed: Callable[[str, str], None],
        records: Records,
        clock: Clock,
    ) -> None:
        self._station = station
        self._failed = failed
        analyser = Analyser()

        def worker(name: str, perform: Callable[[Operation, Mark], Awaitable[Outcome]]) -> Worker:
            dispatcher = Dispatcher(self._estimate_s, analyser)
            return Worker(name, dispatcher, perform, settled, records, clock)

        self._arms = {name: worker(f"the {titled(name)}", self._with_arm) for name in station.arms}
        self._at_work = set(self._arms)
        self._pumps = worker("the pumps", self._with_pump)
        self._workers = (*self._arms.values(), self._pumps)

    def work(self) -> Iterator[Coroutine[None, None, None]]:
        """Everybody's work, each until it is cancelled.

        Raises:
            StationFault: Whoever works there failed, and there is no other.
        """
        yield from (self._arm_at_work(name) for name in self._arms)
        yield self._pumps.work()

    async def _arm_at_work(self, arm: str) -> None:
        try:
            await self._arms[arm].work()
        except StationFault as fault:
            self._at_work.remove(arm)
            if not self._at_work:
                raise
            self._failed(arm, str(fault))

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        return not any(one.busy or len(one.dispatcher) for one in self._workers)

    def order(self, operation: Operation) -> None:
        """Let an operation wait for its turn."""
        arm = self._arm_for(operation)
        (self._pumps if arm is None else self._arms[arm]).add(operation)

    def waiting(self) -> Iterator[Operation]:
        """All that wait for their turn."""
        return (one for worker in self._workers for one in worker.dispatcher)

    def drop(self, vessel: str) -> Iterator[Operation]:
        """Take back what waits for a vessel."""
        for worker in self._workers:
            yield from worker.dispatcher.drop(vessel)

    def expect_feeds(self, due: Mapping[str, tuple[float, float]]) -> None:
        """Say when next feeds may come and how long each then has, for the arms' look-ahead."""
        first: dict[str, tuple[float, float]] = {}
        for vessel, feed in due.items():
            if (arm := self._station.arm_of.get(vessel)) is not None:
                first[arm] = min(feed, first.get(arm, feed))
        for arm, feed in first.items():
            self._arms[arm].dispatcher.expect(PRIORITY["feed"], *feed)

    def _arm_for(self, operation: Operation) -> str | None:
        """Which arm does it; None where a pump of the vessel's own does, or nothing here can."""
        if operation.source in self._station.pumps(operation.vessel):
            return None
        return self._station.arm_of.get(operation.vessel)

    def _estimate_s(self, operation: Operation) -> float:
        if (arm := self._arm_for(operation)) is None:
            return 0.0  # a pump of the vessel's own keeps nobody waiting
        return self._station.arms[arm].estimate_s(
            "sample" if operation.kind == "sample" else "dose",
            operation.source,
            operation.vessel,
            operation.volume_ml,
        )

    async def _with_arm(self, operation: Operation, mark: Mark) -> Outcome:
        arm = self._station.arms[self._station.arm_of[operation.vessel]]
        if operation.source is None:
            return await arm.sample(
                operation.vessel, operation.volume_ml, operation.well or "", mark
            )
        return await arm.dose(operation.source, operation.vessel, operation.volume_ml, mark)

    async def _with_pump(self, operation: Operation, mark: Mark) -> Outcome:
        if operation.source is None:
            return Outcome("not done", f"no liquid handler serves {operation.vessel}", 0.0)
        return await self._station.pump(
            operation.vessel, operation.source, operation.volume_ml, mark
        )
