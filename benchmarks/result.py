"""One measured figure, ours beside the peers'."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias


def machine_load() -> float:
    """One-minute load average."""
    return round(os.getloadavg()[0], 2)


@dataclass(frozen=True)
class Result:
    """A figure.

    Attributes:
        name: Such as ``bus.cpu_us_per_transaction``.
        ours: Our figure, in ``unit``.
        unit: Unit of every figure here.
        better: Which direction is better.
        peers: Each peer's figure, measured in the same call.
        limit: What we hold ourselves to; None where nothing is promised.
        load: One-minute load average of the machine: at the end, or before the benchmark where
            that keeps processors busy on purpose.
    """

    name: str
    ours: float
    unit: str
    better: Literal["lower", "higher"]
    peers: dict[str, float] = field(default_factory=dict)
    limit: float | None = None
    load: float = field(default_factory=machine_load)

    @property
    def missed(self) -> bool:
        """Whether ours is on the wrong side of its limit."""
        if self.limit is None:
            return False
        return self.ours > self.limit if self.better == "lower" else self.ours < self.limit

    def to_json(self) -> dict[str, Any]:
        """In the form of ``results.json``."""
        return {key: getattr(self, key) for key in self.__dataclass_fields__}

    def rows(self) -> Iterator[list[str]]:
        """Table rows: ours, then a row a peer. A ratio above 1 says that ours is better."""
        limit = "" if self.limit is None else f"{self.limit:g}" + " missed" * self.missed
        yield [
            self.name,
            _digits(self.ours),
            self.unit,
            self.better,
            "",
            "",
            "",
            limit,
            str(self.load),
        ]
        for peer, theirs in self.peers.items():
            better, worse = (self.ours, theirs) if self.better == "lower" else (theirs, self.ours)
            ratio = f"{_digits(worse / better)} ×" if better else ""  # nothing has multiples
            yield ["", "", "", "", peer, _digits(theirs), ratio, "", ""]


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


Benchmark: TypeAlias = Callable[[str, float], Result]
"""Takes its name and the part of the whole to measure (1.0: all of it)."""
