"""The engine's dispatcher on virtual time: what one arm makes of what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from hardware.arm_times import Forecast, Kind
from orchestrator.engine.dispatcher import Analyser, Dispatcher
from orchestrator.engine.operation import PRIORITY, Operation
from orchestrator.schedule.course import Asked


@dataclass(frozen=True, slots=True)
class Done:
    """An operation as planned.

    Attributes:
        asked: What was asked for.
        operation: The same; for one that followed a sample, with the time at which it was free.
        start_s: When the arm begins it.
        end_s: When the arm has done it.
    """

    asked: Asked
    operation: Operation
    start_s: float
    end_s: float

    @property
    def deviation_s(self) -> float:
        """How long after its time it begins; negative when before."""
        return self.start_s - self.operation.due_s

    @property
    def late_s(self) -> float:
        """How long after the end of its window it begins."""
        return max(0.0, self.start_s - self.operation.latest_s)


class _Arrivals:
    """What is still to be asked for, in the order of time."""

    def __init__(self, asked: Iterable[Asked]) -> None:
        ordered = sorted(asked, key=lambda one: one.time_s)
        self._left = ordered[::-1]
        self._feeds = [one.operation for one in self._left if one.operation.kind == "feed"]

    @property
    def next_s(self) -> float | None:
        return self._left[-1].time_s if self._left else None

    def until(self, now_s: float) -> Iterable[Asked]:
        while self._left and self._left[-1].time_s <= now_s:
            yield self._left.pop()

    def next_feed(self, now_s: float) -> Operation | None:
        while self._feeds and self._feeds[-1].release_s <= now_s:
            self._feeds.pop()
        return self._feeds[-1] if self._feeds else None


def simulate(
    asked: Iterable[Asked],
    takes_s: Callable[[Operation], float],
    did: Callable[[Operation], None] = lambda _: None,
    analyser: Analyser | None = None,
) -> list[Done]:
    """Work everything off as the engine would, with one arm.

    Args:
        asked: What the cultures ask for.
        takes_s: Seconds of an operation if it is begun now.
        did: Told of each operation as it is done.
        analyser: Shared with other arms.

    Returns:
        Each operation with its times, in the order in which they are begun.
    """
    dispatcher, arrivals = Dispatcher(takes_s, analyser), _Arrivals(asked)
    origin: dict[int, tuple[Asked, Operation]] = {}
    done: list[Done] = []
    now_s = arrivals.next_s or 0.0

    def add(one: Asked, operation: Operation) -> None:
        origin[id(operation)] = one, operation  # kept, so that no other gets its identity
        dispatcher.add(operation)

    while True:
        for one in arrivals.until(now_s):
            add(one, one.operation)
        if (feed := arrivals.next_feed(now_s)) is not None:
            dispatcher.expect(PRIORITY["feed"], feed.release_s, feed.early_s + feed.within_s)
        operation = dispatcher.pick(now_s)
        if operation is None:
            later = (arrivals.next_s, dispatcher.next_due_s(now_s) if len(dispatcher) else None)
            if (then_s := min((at for at in later if at is not None), default=None)) is None:
                return done
            now_s = then_s
            continue
        end_s = now_s + takes_s(operation)
        did(operation)
        one, _ = origin[id(operation)]
        done.append(Done(one, operation, now_s, end_s))
        now_s = end_s
        for follower in one.followers:
            add(follower, replace(follower.operation, due_s=end_s, follows=True))


def arm_times(
    arm: Forecast,
) -> tuple[Callable[[Operation], float], Callable[[Operation], None]]:
    """How long an arm takes for operations, and what to tell it when one is done."""

    def takes_s(one: Operation) -> float:
        return arm.estimate_s(_kind(one), one.source, one.vessel, one.volume_ml)

    def did(one: Operation) -> None:
        arm.did(_kind(one), one.source, one.vessel, one.volume_ml)

    return takes_s, did


def _kind(one: Operation) -> Kind:
    return "sample" if one.kind == "sample" else "dose"
