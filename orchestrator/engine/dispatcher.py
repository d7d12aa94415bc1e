"""Which operation an arm does next; decided anew whenever it is free or something is asked for.

The rule (decision 0022), for what may begin by now:

1. The one whose window closes first (earliest due date; nothing else keeps more windows).
2. One that is late already cannot be saved: anything more important that is due goes before it,
   but at most fifty times in a row, so that nothing waits for ever.
3. Look-ahead: nothing is begun in front of more important operations that can still be in time
   and would not be, one or a whole wave of them, even if that means to wait for it.
4. A sample is not drawn when the analyser could not take it within its hold.
5. What may begin early begins early only as far as its wave needs it (`waves`).

All of it is kept in heaps, so that a choice among n costs log n.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

from orchestrator.engine.operation import PRIORITY, Operation
from orchestrator.engine.waves import first_wave

_TURNS = 50
"""How often in a row a late operation lets more important ones go first: a wave of feeds."""

_FORGETTING = 0.2
"""Weight of the latest operation in what is typical of its kind."""

_MARGIN = 1.1
"""A wave is taken to last so much longer than its operations do: needles are washed in between."""

_Heap = list[tuple[float, int]]


class Analyser:
    """The at-line analyser: takes samples one after the other, as they come.

    Attributes:
        free_s: When it will have done all samples drawn so far.
    """

    def __init__(self) -> None:
        self.free_s = 0.0

    def ready_s(self, operation: Operation, takes_s: float) -> float:
        """From when on the sample, drawn then, would not wait longer than it may."""
        if not operation.analysis_s or operation.hold_s is None:
            return -math.inf
        return self.free_s - max(operation.hold_s, takes_s)

    def take(self, operation: Operation, drawn_s: float) -> None:
        """Count with a sample that will be there at ``drawn_s``."""
        self.free_s = max(self.free_s, drawn_s) + operation.analysis_s


@dataclass(slots=True)
class _Backlog:
    """The ready operations of one priority.

    Attributes:
        numbers: Which.
        last_s: When the last of their windows closes.
        typical_s: How long one takes of late; None before the first.
    """

    numbers: set[int] = field(default_factory=set)
    last_s: float = -math.inf
    typical_s: float | None = None

    def took(self, seconds: float) -> None:
        """One was begun that will take so long."""
        before_s = seconds if self.typical_s is None else self.typical_s
        self.typical_s = before_s + _FORGETTING * (seconds - before_s)


class Dispatcher:
    """The operations that wait for one arm.

    Args:
        estimate_s: How long an operation will take if it is begun now.
        analyser: Where samples go to; its own when it is not shared with other arms.
    """

    def __init__(
        self, estimate_s: Callable[[Operation], float], analyser: Analyser | None = None
    ) -> None:
        self._estimate_s = estimate_s
        self._analyser = analyser or Analyser()
        self._waiting: dict[int, Operation] = {}  # by number, in the order in which they came
        self._count = 0
        self._later: _Heap = []  # by release time
        self._early: list[int] = []
        self._wave_s: float | None = None  # when the first wave of the early ones is to begin
        self._ready: list[_Heap] = [[] for _ in PRIORITY]  # by the end of the window
        self._closing: list[_Heap] = [[] for _ in PRIORITY]  # all of them, ready or not
        self._backlog = [_Backlog() for _ in PRIORITY]
        self._expected: dict[int, tuple[float, float]] = {}
        self._passed_over = 0
        self._wake_s = math.inf

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Operation]:
        """What waits, in no order."""
        return iter(self._waiting.values())

    def add(self, operation: Operation) -> None:
        """Let an operation wait for its turn."""
        self._count += 1
        self._waiting[self._count] = operation
        heappush(self._later, (operation.release_s, self._count))
        heappush(self._closing[operation.priority], (operation.latest_s, self._count))

    def drop(self, vessel: str) -> list[Operation]:
        """Take back what waits for a vessel, because it is held or lost."""
        numbers = [number for number, one in self._waiting.items() if one.vessel == vessel]
        self._early = [number for number in self._early if number not in numbers]
        for backlog in self._backlog:
            backlog.numbers.difference_update(numbers)
        self._wave_s = None
        return [self._waiting.pop(number) for number in numbers]

    def expect(self, priority: int, due_s: float, within_s: float) -> None:
        """Say when the next operation of a priority will come, before it is known in full."""
        self._expected[priority] = (due_s, within_s)

    def pick(self, now_s: float) -> Operation | None:
        """Take the next operation to start at ``now_s``; None when the arm should wait."""
        self._wake_s = math.inf
        self._release(now_s)
        number = self._choose(now_s)
        if number is None:
            return None
        operation = self._waiting.pop(number)
        takes_s = self._estimate_s(operation)
        backlog = self._backlog[operation.priority]
        backlog.numbers.discard(number)
        backlog.took(takes_s)
        if operation.analysis_s:
            self._analyser.take(operation, now_s + takes_s)
        return operation

    def next_due_s(self, now_s: float) -> float | None:
        """After a `pick` that gave nothing: when to pick again, unless something is added."""
        times = (self._wake_s, self._head(self._later), self._wave_s)
        return min((at for at in times if at is not None and now_s < at < math.inf), default=None)

    # -- what may begin -------------------------------------------------------------------

    def _release(self, now_s: float) -> None:
        """Move what may begin by now to the ready ones."""
        while self._later and self._later[0][0] <= now_s:
            number = heappop(self._later)[1]
            operation = self._waiting.get(number)
            if operation is None:
                continue
            if operation.due_s <= now_s:
                self._make_ready(number)
            else:
                self._early.append(number)
                self._wave_s = None
        while self._early and self._begins_wave(now_s):
            pass

    def _begins_wave(self, now_s: float) -> bool:
        """Whether the first wave of the early operations is to begin; makes it ready."""
        if self._wave_s is not None and now_s < self._wave_s:
            return False
        self._early.sort(key=lambda number: self._waiting[number].due_s)
        early = [self._waiting[number] for number in self._early]
        wave = first_wave((one.due_s, self._estimate_s(one)) for one in early)
        ready = (self._waiting[number] for number in self._ready_ones())
        ahead_s = math.fsum(map(self._estimate_s, ready))
        self._wave_s = wave.begin_s - ahead_s
        if now_s < self._wave_s:
            return False
        for number in self._early[: wave.size]:
            self._make_ready(number)
        del self._early[: wave.size]
        self._wave_s = None
        return True

    def _ready_ones(self) -> Iterator[int]:
        return (number for heap in self._ready for _, number in heap if number in self._waiting)

    def _make_ready(self, number: int) -> None:
        operation = self._waiting[number]
        heappush(self._ready[operation.priority], (operation.latest_s, number))
        backlog = self._backlog[operation.priority]
        backlog.last_s = max(backlog.last_s, operation.latest_s)
        backlog.numbers.add(number)

    # -- what goes first ------------------------------------------------------------------

    def _choose(self, now_s: float) -> int | None:
        """The number of the ready operation to begin; it leaves its heap."""
        heads = sorted(
            (latest_s, priority)
            for priority, heap in enumerate(self._ready)
            if (latest_s := self._head(heap)) is not None
        )
        if not heads:
            return None
        order = [priority for _, priority in heads]
        first, late = order[0], heads[0][0] < now_s
        its_turn = late and self._passed_over >= _TURNS
        if late and not its_turn:
            order.sort(key=lambda priority: min(priority, first))
        for priority in order:
            if not self._can_be_analysed(priority, now_s):
                continue
            chosen: int | None = priority
            if not (its_turn and priority == first):
                chosen = self._behind_nothing_urgent(priority, now_s)
            if chosen is not None:
                self._passed_over = self._passed_over + 1 if late and chosen != first else 0
                return heappop(self._ready[chosen])[1]
        return None

    def _behind_nothing_urgent(self, priority: int, now_s: float) -> int | None:
        """This priority, or the more important one that must not wait behind it.

        Returns:
            None when that one cannot begin yet and has to be waited for.
        """
        end_s = now_s + self._estimate_s(self._waiting[self._ready[priority][0][1]])
        if (other := self._wave_behind(priority, now_s, end_s)) is not None:
            return other
        for other in range(priority):
            closing = self._closing[other]
            while closing and (closing[0][1] not in self._waiting or closing[0][0] < now_s):
                heappop(closing)  # gone or late: nothing about it can be saved
            if closing and closing[0][0] < end_s:
                return other if self._head(self._ready[other]) is not None else None
            due_s, within_s = self._expected.get(other, (now_s, 0.0))
            if now_s < due_s and due_s + within_s < end_s:
                self._wake_s = min(self._wake_s, due_s)
                return None
        return priority

    def _wave_behind(self, priority: int, now_s: float, end_s: float) -> int | None:
        """A more important priority whose last operations would be late for what ends then."""
        work_s = 0.0
        for other in range(priority):
            backlog = self._backlog[other]
            if not backlog.numbers:
                continue
            if backlog.typical_s is None:
                backlog.took(self._estimate_s(self._waiting[next(iter(backlog.numbers))]))
            typical_s = backlog.typical_s or 0.0
            work_s += len(backlog.numbers) * typical_s * _MARGIN
            if now_s <= backlog.last_s < end_s + work_s - typical_s:
                return other
        return None

    def _can_be_analysed(self, priority: int, now_s: float) -> bool:
        operation = self._waiting[self._ready[priority][0][1]]
        if not operation.analysis_s:
            return True
        ready_s = self._analyser.ready_s(operation, self._estimate_s(operation))
        if ready_s > now_s:
            self._wake_s = min(self._wake_s, ready_s)
        return ready_s <= now_s

    def _head(self, heap: _Heap) -> float | None:
        """The time at the top of a heap, without those that wait no more."""
        while heap and heap[0][1] not in self._waiting:
            heappop(heap)
        return heap[0][0] if heap else None
