"""Who runs a bus's jobs: a thread on wall time, or the caller at once on virtual time.

A job is a function of the bus. Written as a generator function it yields between transactions, so
that something more urgent can pass; what it yields is how many seconds it would like to pause.
The engine awaits the future of either runner and cannot tell them apart.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from types import GeneratorType
from typing import Any, Protocol, TypeAlias, TypeVar

from hardware.bus import Bus, Identified
from hardware.errors import PortLost

Result = TypeVar("Result")
Steps: TypeAlias = Generator[float, None, Result]
"""A job in steps: yields the seconds to pause before the next one.

In a pause the line is free for whatever waits; 0.0 only makes way for something more urgent.
"""
Job: TypeAlias = Callable[[Bus], Result] | Callable[[Bus], Steps[Result]]


_LOOK_AGAIN_S = 1.0


class Priority(IntEnum):
    """What goes first on a line."""

    STOP = 0
    ACT = 1
    SET = 2
    READ = 3


class Trusting:
    """A job on one device, which must have proved who it is since its line was opened.

    Args:
        device: The device.
        job: What to do then.

    Attributes:
        reached: Whether the job itself was begun; if not, the device was told nothing.
    """

    def __init__(self, device: Identified, job: Job[Any]) -> None:
        self.reached = False
        self._device = device
        self._job = job

    def __call__(self, bus: Bus) -> Any:
        """Make sure of the device, then do the job."""
        bus.trust(self._device)
        self.reached = True
        return self._job(bus)


class Runner(Protocol):
    """The one way to a bus."""

    @property
    def bus(self) -> Bus:
        """The bus; only jobs may do transactions on it."""
        ...

    def submit(self, job: Job[Any], priority: Priority = Priority.READ) -> asyncio.Future[Any]:
        """Have a job run; its result or exception comes through the future."""
        ...

    def close(self) -> None:
        """Run nothing any more and close the port."""
        ...


async def on_device(
    runner: Runner, device: Identified, job: Job[Any], priority: Priority, patience_s: float = 0.0
) -> Any:
    """Have a device do something, once its line is there and it has proved who it is.

    Args:
        runner: The way to its line.
        device: The device.
        job: What to do; never begun twice.
        priority: Among the jobs of the line.
        patience_s: How long to wait for a lost line to come back, as long as nothing was told.

    Returns:
        The job's result.

    Raises:
        HardwareError: It is not there, or the job failed.
    """
    loop = asyncio.get_running_loop()
    until_s = loop.time() + patience_s
    while True:
        trusting = Trusting(device, job)
        try:
            return await runner.submit(trusting, priority)
        except PortLost:
            if trusting.reached or loop.time() >= until_s:
                raise
        await asyncio.sleep(_LOOK_AGAIN_S)


_Task: TypeAlias = tuple[Priority, int, Job[Any], "asyncio.Future[Any]", asyncio.AbstractEventLoop]


@dataclass(slots=True)
class _Underway:
    """A job that was begun.

    Attributes:
        priority: Its own.
        steps: What is left of it.
        future: Where its result goes.
        resume_s: When its pause is over.
    """

    priority: Priority
    steps: Steps[Any]
    future: asyncio.Future[Any]
    resume_s: float = 0.0


class InlineRunner:
    """Does jobs on a port in memory as a `ThreadRunner` would, on the time of a loop that jumps.

    The steps of a job run at once; the port's clock runs ahead of the loop's by what they took, and
    the line is busy until then. In a pause of a job whatever waits is done, most urgent first: a
    dose can be stopped, and does not keep the readings of its line waiting. Between two steps
    without a pause only that passes which waited before the first of them. A thread also lets pass
    what comes meanwhile; here that would cost a turn of the loop for each transaction, and all it
    changes is that a stop waits for the scan that is under way.

    Args:
        bus: A bus over a `hardware.port.MemoryPort`.
        loop: The loop of virtual time.
    """

    def __init__(self, bus: Bus, loop: asyncio.AbstractEventLoop) -> None:
        self.bus = bus
        self._loop = loop
        self._begin: Callable[[float], None] = bus.port.begin  # type: ignore[attr-defined]
        self._busy_until_s = 0.0
        self._waiting: list[_Task] = []
        self._order = itertools.count()
        self._underway: list[_Underway] = []  # each was begun in a pause of the one before it
        self._wake: asyncio.TimerHandle | None = None

    def submit(self, job: Job[Any], priority: Priority = Priority.READ) -> asyncio.Future[Any]:
        """See `Runner.submit`; on a line that is free it is begun before this returns."""
        future = self._loop.create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), job, future, self._loop))
        self._go_on()
        return future

    def close(self) -> None:
        """See `Runner.close`."""
        futures = [task[3] for task in self._waiting] + [one.future for one in self._underway]
        self._waiting, self._underway = [], []
        for future in futures:
            _resolve(future, None, PortLost("the line was closed"))
        self.bus.close()

    def _go_on(self) -> None:
        """Do what can be done by now, and come back when there is more."""
        now_s = self._loop.time()
        while self._waiting or self._underway:
            last = self._underway[-1] if self._underway else None
            if now_s < self._busy_until_s:
                return self._come_back(self._busy_until_s)
            if self._waiting and (last is None or self._may_pass(last, now_s)):
                priority, _, job, future, _ = heapq.heappop(self._waiting)
                if not future.cancelled():
                    self._underway.append(_Underway(priority, _in_steps(job, self.bus), future))
                    self._step()
            elif last is not None and now_s < last.resume_s:
                return self._come_back(last.resume_s)
            else:
                self._step()
        return None

    def _come_back(self, at_s: float) -> None:
        if self._wake is not None:
            self._wake.cancel()
        self._wake = self._loop.call_at(at_s, self._go_on)

    def _may_pass(self, last: _Underway, now_s: float) -> bool:
        """Whether what waits goes before the next step of a job that was begun."""
        return now_s < last.resume_s or self._waiting[0][0] < last.priority

    def _step(self) -> None:
        """Go on with the job that was begun last, up to its next pause or its end."""
        one, result, failure = self._underway[-1], None, None
        self._begin(self._loop.time())
        try:
            while not (pause_s := next(one.steps)):
                if self._waiting and self._waiting[0][0] < one.priority:
                    break
        except StopIteration as end:
            result = end.value
        except Exception as error:
            failure = error
        except BaseException as end:  # nobody is there any more who could go on
            self._underway.pop()
            _resolve(one.future, None, end)
            raise
        else:
            one.resume_s = self.bus.now() + pause_s
            self._busy_until_s = self.bus.now()
            return
        self._underway.pop()
        self._busy_until_s = self.bus.now()
        self._loop.call_at(self._busy_until_s, _resolve, one.future, result, failure)


def _in_steps(job: Job[Any], bus: Bus) -> Steps[Any]:
    """A job as one in steps."""
    result = job(bus)
    return (yield from result) if isinstance(result, GeneratorType) else result


def run_through(steps: Steps[Result], bus: Bus) -> Result:
    """Run a job in steps to its end at once, letting its pauses pass on the bus's clock."""
    while True:
        try:
            pause_s = next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        if pause_s:
            bus.wait(pause_s)


def _resolve(future: asyncio.Future[Any], result: Any, failure: BaseException | None) -> None:
    if future.done():
        return
    if failure is not None:
        future.set_exception(failure)
    else:
        future.set_result(result)


class ThreadRunner:
    """One thread that owns the bus: most urgent first, first come first served among equals.

    Args:
        bus: A bus over a real port.
        name: For the thread.
    """

    def __init__(self, bus: Bus, name: str = "bus") -> None:
        self.bus = bus
        self._tasks: list[_Task] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job[Any], priority: Priority = Priority.READ) -> asyncio.Future[Any]:
        """See `Runner.submit`; to be called on the event loop that awaits the future."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        with self._wake:
            if self._closing:
                future.set_exception(PortLost("the line was closed"))
            else:
                heapq.heappush(self._tasks, (priority, next(self._order), job, future, loop))
                self._wake.notify()
        return future

    def close(self) -> None:
        """See `Runner.close`; waits for the transaction that is under way."""
        with self._wake:
            self._closing = True
            waiting, self._tasks = self._tasks, []
            self._wake.notify()
        for *_, future, loop in waiting:
            _answer(loop, future, None, PortLost("the line was closed"))
        self._thread.join()

    def _work(self) -> None:
        while (task := self._take()) is not None:
            self._do(task)
        with suppress(PortLost):
            self.bus.close()

    def _take(self) -> _Task | None:
        """The next task; None when the runner closes."""
        with self._wake:
            while not self._tasks and not self._closing:
                self._wake.wait()
            return heapq.heappop(self._tasks) if self._tasks else None

    def _take_between(self, priority: Priority, until_s: float) -> _Task | None:
        """A task between two steps: in a pause any, else one more urgent than ``priority``."""
        if not (self._tasks or until_s or self._closing):
            return None  # nothing to wait for: not worth the lock, once a transaction
        with self._wake:
            while not self._closing:
                left_s = until_s - time.monotonic()
                if self._tasks and (left_s > 0 or self._tasks[0][0] < priority):
                    return heapq.heappop(self._tasks)
                if left_s <= 0:
                    return None
                self._wake.wait(left_s)
        raise PortLost("the line was closed")

    def _do(self, task: _Task) -> None:
        priority, _, job, future, loop = task
        if future.cancelled():  # whoever ordered it is gone: above all, nothing is dosed for them
            return
        try:
            result = job(self.bus)
            if isinstance(result, GeneratorType):
                result = self._step_through(result, priority)
        except Exception as error:
            _answer(loop, future, None, error)
        else:
            _answer(loop, future, result, None)

    def _step_through(self, steps: Steps[Any], priority: Priority) -> Any:
        while True:
            try:
                pause_s = next(steps)
            except StopIteration as end:
                return end.value
            until_s = time.monotonic() + pause_s if pause_s else 0.0
            while (urgent := self._take_between(priority, until_s)) is not None:
                self._do(urgent)


def _answer(
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[Any],
    result: Any,
    failure: Exception | None,
) -> None:
    with suppress(RuntimeError):  # the loop is gone, and with it whoever waited
        loop.call_soon_threadsafe(_resolve, future, result, failure)
