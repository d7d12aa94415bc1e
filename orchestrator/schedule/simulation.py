"""The engine's dispatchers on virtual time: what the arms make of what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush

from hardware.arm_times import Forecast, Kind
from hardware.station_spec import ONLY_ARM
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
        arm: The arm's name.
    """

    asked: Asked
    operation: Operation
    start_s: float
    end_s: float
    arm: str = ONLY_ARM

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


@dataclass(frozen=True)
class Shift:
    """What one arm is asked for.

    Attributes:
        asked: By its vessels.
        takes_s: Seconds of an operation if it is begun now.
        did: Told of each operation as it is done.
        arm: The arm's name.
    """

    asked: Iterable[Asked]
    takes_s: Callable[[Operation], float]
    did: Callable[[Operation], None] = lambda _: None
    arm: str = ONLY_ARM


class _Arm:
    """One arm at work.

    Attributes:
        now_s: When it looks again at what is to be done; None when nothing is left.
    """

    def __init__(self, shift: Shift, analyser: Analyser) -> None:
        self._shift = shift
        self._dispatcher = Dispatcher(shift.takes_s, analyser)
        self._arrivals = _Arrivals(shift.asked)
        self._origin: dict[int, tuple[Asked, Operation]] = {}
        self.now_s: float | None = self._arrivals.next_s

    def look(self, now_s: float) -> Done | None:
        """Begin what goes first; None when nothing does yet."""
        dispatcher, arrivals = self._dispatcher, self._arrivals
        for one in arrivals.until(now_s):
            self._add(one, one.operation)
        if (feed := arrivals.next_feed(now_s)) is not None:
            dispatcher.expect(PRIORITY["feed"], feed.release_s, feed.early_s + feed.within_s)
        operation = dispatcher.pick(now_s)
        if operation is None:
            later = (arrivals.next_s, dispatcher.next_due_s(now_s) if len(dispatcher) else None)
            self.now_s = min((at for at in later if at is not None), default=None)
            return None
        self.now_s = end_s = now_s + self._shift.takes_s(operation)
        self._shift.did(operation)
        asked, _ = self._origin[id(operation)]
        for follower in asked.followers:
            self._add(follower, replace(follower.operation, due_s=end_s, follows=True))
        return Done(asked, operation, now_s, end_s, self._shift.arm)

    def _add(self, asked: Asked, operation: Operation) -> None:
        self._origin[id(operation)] = asked, operation  # kept, so that no other gets its identity
        self._dispatcher.add(operation)


def simulate(shifts: Iterable[Shift]) -> list[Done]:
    """Work everything off as the engine would, with arms that share the analyser.

    Args:
        shifts: Of each arm.

    Returns:
        Each operation with its times, in the order in which they are begun.
    """
    analyser = Analyser()
    arms = [_Arm(shift, analyser) for shift in shifts]
    looks = [(arm.now_s, number) for number, arm in enumerate(arms) if arm.now_s is not None]
    heapify(looks)
    done: list[Done] = []
    while looks:
        now_s, number = heappop(looks)
        if (one := arms[number].look(now_s)) is not None:
            done.append(one)
        if (then_s := arms[number].now_s) is not None:
            heappush(looks, (then_s, number))
    return done


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
