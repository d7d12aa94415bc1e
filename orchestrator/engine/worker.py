"""The arm at work: one operation after the other, intent before and outcome after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from hardware import HardwareError, Outcome
from hardware.marks import Mark, Marked
from orchestrator.engine.clock import Clock
from orchestrator.engine.dispatcher import Dispatcher
from orchestrator.engine.operation import Operation
from orchestrator.records.store import Records

_SILENCES_IN_A_ROW = 5
_SHORTEST_WAIT_S = 0.001
"""A wait so short that rounding swallows it would never be over on virtual time."""


class StationFault(Exception):
    """A device that the whole station depends on does not work any more."""


def described(outcome: Outcome) -> dict[str, Any]:
    """What the journal says of an outcome."""
    about: dict[str, Any] = {"status": outcome.status}
    if outcome.detail:
        about["detail"] = outcome.detail
    if outcome.value is not None:
        about["value"] = outcome.value
    if outcome.at_most_ml is not None:
        about["at_most_ml"] = outcome.at_most_ml
    return about


class Worker:
    """Does the operations of one dispatcher, one at a time.

    Args:
        name: Who works, for messages.
        dispatcher: What waits.
        perform: Does one operation, marking how far it is; may raise `HardwareError`.
        settled: Told of each outcome, after it is in the journal.
        records: The journal.
        clock: The campaign's time.
    """

    def __init__(
        self,
        name: str,
        dispatcher: Dispatcher,
        perform: Callable[[Operation, Mark], Awaitable[Outcome]],
        settled: Callable[[Operation, Outcome], Awaitable[None]],
        records: Records,
        clock: Clock,
    ) -> None:
        self.dispatcher = dispatcher
        self.busy = False
        self._name = name
        self._perform = perform
        self._settled = settled
        self._records = records
        self._clock = clock
        self._call = asyncio.Event()
        self._silences = 0

    def add(self, operation: Operation) -> None:
        """Let an operation wait for its turn; one that waited for a sample is due now."""
        if operation.follows:
            operation = replace(operation, due_s=self._clock.now())
        self.dispatcher.add(operation)
        self._call.set()

    async def work(self) -> None:
        """Work until cancelled.

        Raises:
            StationFault: Several operations in a row had an unknown outcome, whatever the vessel.
        """
        while True:
            operation = self.dispatcher.pick(self._clock.now())
            if operation is None:
                await self._wait()
            else:
                await self._do(operation)

    async def _wait(self) -> None:
        due_s = self.dispatcher.next_due_s(self._clock.now())
        self._call.clear()
        if due_s is None:
            await self._call.wait()
            return
        try:
            async with asyncio.timeout(max(due_s - self._clock.now(), _SHORTEST_WAIT_S)):
                await self._call.wait()
        except TimeoutError:
            pass

    async def _do(self, operation: Operation) -> None:
        self.busy = True
        began_s = self._clock.now()
        intent = self._records.intent(began_s, operation.vessel, **operation.described())
        try:
            outcome = await self._perform(operation, partial(self._mark, intent, operation))
        except HardwareError as error:
            # Whether it happened is not known: the bytes may have been carried out.
            outcome = Outcome("unknown", str(error), None)
        about = described(outcome)
        if (late_s := began_s - operation.latest_s) > 0:
            about["late_s"] = late_s
        self._records.outcome(self._clock.now(), operation.vessel, intent, **about)
        await self._settled(operation, outcome)
        self.busy = False
        self._count(outcome)

    def _mark(self, intent: int, operation: Operation, marked: Marked) -> None:
        self._records.mark(self._clock.now(), operation.vessel, intent, **marked)

    def _count(self, outcome: Outcome) -> None:
        """A device that says no works; one that says nothing, again and again, does not."""
        self._silences = self._silences + 1 if outcome.status == "unknown" else 0
        if self._silences >= _SILENCES_IN_A_ROW:
            raise StationFault(
                f"{self._name} failed {self._silences} times in a row: {outcome.detail}"
            )
