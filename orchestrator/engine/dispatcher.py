"""Which operation the one arm does next.

Decided anew whenever the arm is free: by kind (feed, inducer, sample, pH), then earliest due. The
look-ahead leaves the arm idle rather than start a long operation in front of one that matters
more and could not wait for its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orchestrator.engine.operation import Operation


class Dispatcher:
    """The operations that wait for the arm.

    Args:
        estimate_s: How long an operation will take.
    """

    def __init__(self, estimate_s: Callable[[Operation], float]) -> None:
        self._estimate_s = estimate_s
        self._waiting: list[Operation] = []
        self._expected: dict[int, tuple[float, float]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Operation]:
        """What waits, in no order."""
        return iter(self._waiting)

    def add(self, operation: Operation) -> None:
        """Let an operation wait for its turn."""
        self._waiting.append(operation)

    def drop(self, vessel: str) -> list[Operation]:
        """Take back what waits for a vessel, because it is held or lost."""
        dropped = [operation for operation in self._waiting if operation.vessel == vessel]
        self._waiting = [one for one in self._waiting if one.vessel != vessel]
        return dropped

    def expect(self, priority: int, due_s: float, within_s: float) -> None:
        """Say when the next operation of a priority will come, before it is known in full."""
        self._expected[priority] = (due_s, within_s)

    def pick(self, now_s: float) -> Operation | None:
        """Take the next operation to start at ``now_s``; None when the arm should wait."""
        due = [operation for operation in self._waiting if operation.due_s <= now_s]
        for operation in sorted(due, key=lambda one: one.rank):
            if not self._stands_in_front(operation, now_s):
                self._waiting.remove(operation)
                return operation
        return None

    def next_due_s(self, now_s: float) -> float | None:
        """When a waiting operation becomes due, if none is yet."""
        later = [operation.due_s for operation in self._waiting if operation.due_s > now_s]
        return min(later, default=None)

    def _stands_in_front(self, operation: Operation, now_s: float) -> bool:
        """Whether a more urgent operation would miss its window behind this one."""
        end_s = now_s + self._estimate_s(operation)
        urgent = [
            (other.due_s, other.within_s)
            for other in self._waiting
            if other.rank[0] < operation.rank[0]
        ]
        urgent += [at for rank, at in self._expected.items() if rank < operation.rank[0]]
        return any(now_s < due_s and due_s + within_s < end_s for due_s, within_s in urgent)
