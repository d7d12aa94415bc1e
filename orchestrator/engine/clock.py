"""One clock for both times: asyncio's own, whose loop either waits or jumps.

The engine, the drivers and the buses run unchanged on wall time and on virtual time. A rehearsal
runs them on a `VirtualTimeLoop`, which never waits: when nothing is ready it moves its time to
the next scheduled moment. Ordering is then decided by the schedule alone, so that the same seed
gives the same night.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


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
    """An event loop on virtual time, starting at zero seconds."""

    def __init__(self) -> None:
        self._virtual_s = 0.0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual_s

    def jump(self, seconds: float) -> None:
        """Move on by ``seconds``; called by the selector when nothing is ready."""
        self._virtual_s += max(seconds, 0.0)


class Clock:
    """Seconds since the campaign began, on whichever loop runs it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._began_s = loop.time()

    def begin(self) -> None:
        """Make this moment time zero."""
        self._began_s = self._loop.time()

    def now(self) -> float:
        """Seconds since this clock was made, or last begun."""
        return self._loop.time() - self._began_s

    async def sleep_until(self, time_s: float) -> None:
        """Return at ``time_s`` seconds of this clock, or at once when that is past."""
        await asyncio.sleep(max(0.0, time_s - self.now()))


def run_on_virtual_time(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end on virtual time and return its result."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)
