"""One clock for both times: asyncio's own, whose loop either waits or jumps.

The engine, the drivers and the buses run unchanged on wall time and on virtual time. A rehearsal
runs them on a `VirtualTimeLoop`, which never waits: when nothing is ready it moves its time to
the next scheduled moment. Ordering is then decided by the schedule alone, so that the same seed
gives the same night.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, NamedTuple, TypeVar

Result = TypeVar("Result")
_APART_S = 2.0
BOOT_TIME = (
    partial(time.clock_gettime, time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else None
)


class Lapse(NamedTuple):
    """What happened to time between two looks at it.

    Attributes:
        slept_s: How long the computer slept.
        jumped_s: By how much the time of day was set forward (negative: back).
    """

    slept_s: float
    jumped_s: float


class NothingLeftToHappen(RuntimeError):
    """Virtual time cannot move on: every task waits for something that nobody will do."""


class _JumpingSelector(selectors.SelectSelector):
    """Instead of waiting for a file, moves the loop's time to the next scheduled moment."""

    loop: VirtualTimeLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingLeftToHappen("every task waits and nothing is scheduled")
        self.loop.jump(timeout)
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time.

    Args:
        start_s: Its first time.
    """

    def __init__(self, start_s: float = 0.0) -> None:
        self._virtual_s = start_s
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Virtual seconds."""
        return self._virtual_s

    def jump(self, seconds: float) -> None:
        """Move on by ``seconds``; called by the selector when nothing is ready."""
        self._virtual_s += max(seconds, 0.0)


class Clock:
    """Seconds since the campaign began, on whichever loop runs it.

    Args:
        loop: The loop whose time is the campaign's.
        wall: Time of day in seconds; on virtual time the loop's own.
        boot: A clock that goes on while the computer sleeps, and is never set; None where the
            system has none.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        wall: Callable[[], float] = time.time,
        boot: Callable[[], float] | None = BOOT_TIME,
    ) -> None:
        self._loop = loop
        self.wall = wall
        self._boot = boot
        self._began_s = loop.time()
        self._last = self._all()

    @classmethod
    def virtual(cls, loop: asyncio.AbstractEventLoop) -> Clock:
        """A clock of a time that is no other than its loop's."""
        return cls(loop, loop.time, loop.time)

    def begin(self, at_s: float = 0.0) -> None:
        """Make this moment time zero, or ``at_s`` of a campaign that goes on."""
        self._began_s = self._loop.time() - at_s
        self._last = self._all()

    def now(self) -> float:
        """Seconds of the campaign."""
        return self._loop.time() - self._began_s

    async def sleep_until(self, time_s: float) -> None:
        """Return at ``time_s`` seconds of this clock, or at once when that is past."""
        await asyncio.sleep(max(0.0, time_s - self.now()))

    def lapse(self) -> Lapse:
        """What happened to time since this was asked last; what was slept counts from now on."""
        before, self._last = self._last, self._all()
        awake_s, boot_s, wall_s = (now - then for now, then in zip(self._last, before, strict=True))
        if self._boot is None:  # a wall clock ahead may have been set, or the computer slept
            boot_s = max(awake_s, wall_s)
        slept_s = _noteworthy(boot_s - awake_s)
        self._began_s -= slept_s
        return Lapse(slept_s, _noteworthy(wall_s - boot_s))

    def _all(self) -> tuple[float, float, float]:
        boot_s = self._boot() if self._boot is not None else 0.0
        return self._loop.time(), boot_s, self.wall()


def _noteworthy(seconds: float) -> float:
    """Seconds, 0 when clocks that run a little apart explain them."""
    return seconds if abs(seconds) >= _APART_S else 0.0


def run_on_virtual_time(work: Coroutine[Any, Any, Result], start_s: float = 0.0) -> Result:
    """Run a coroutine to its end on virtual time, from ``start_s`` on, and return its result."""
    with asyncio.Runner(loop_factory=partial(VirtualTimeLoop, start_s)) as runner:
        return runner.run(work)
