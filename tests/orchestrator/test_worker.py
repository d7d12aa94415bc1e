"""Who does the operations waits for them, and not for ever."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from hardware import Outcome
from orchestrator.engine.clock import Clock, run_on_virtual_time
from orchestrator.engine.dispatcher import Dispatcher
from orchestrator.engine.operation import Operation
from orchestrator.engine.worker import Worker
from orchestrator.records.store import Records


class Counting(Dispatcher):
    """Counts how often it is asked when something is due."""

    asked = 0

    def next_due_s(self, now_s: float) -> float | None:
        self.asked += 1
        assert self.asked < 10, "time stands still"
        return super().next_due_s(now_s)


@given(st.floats(0.0, 1e6), st.floats(0.0, 1e6), st.sampled_from([1e-13, 1e-12, 1e-10, 1e-6, 0.5]))
def test_what_is_due_in_a_moment_is_done(start_s: float, at_s: float, ahead_s: float) -> None:
    done = []

    async def scenario(records: Records) -> None:
        clock, settled = Clock.virtual(asyncio.get_running_loop()), asyncio.Event()
        clock.begin(at_s)

        async def perform(operation, mark) -> Outcome:
            done.append((operation, clock.now()))
            return Outcome("done", value=operation.volume_ml)

        async def settle(operation, outcome) -> None:
            settled.set()

        worker = Worker("the arm", Counting(lambda one: 1.0), perform, settle, records, clock)
        worker.add(Operation("A1", "feed", at_s + ahead_s, 60.0, volume_ml=0.1))
        working = asyncio.create_task(worker.work())
        await asyncio.wait(
            {working, asyncio.create_task(settled.wait())}, return_when="FIRST_COMPLETED"
        )
        working.cancel()

    class Nothing:
        def intent(self, *about, **more) -> int:
            return 1

        def outcome(self, *about, **more) -> None: ...

    run_on_virtual_time(scenario(Nothing()), start_s)  # type: ignore[arg-type]
    ((operation, began_s),) = done
    assert operation.due_s <= began_s <= operation.due_s + 0.002
