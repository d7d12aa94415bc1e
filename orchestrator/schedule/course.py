"""One culture's course as far as the protocol fixes it: what is asked for, without waiting.

It is asked for by the culture's own agenda, at the scans at which the engine would ask. Readings
decide two things only: when a triggered phase ends, which is assumed, and how much base is dosed,
which is reserved for (`plan`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from orchestrator.engine.agenda import Agenda, Wanted
from orchestrator.engine.feeding import addition_ml
from orchestrator.engine.operation import Operation
from orchestrator.protocol import Addition, Culture, Following, Phase, Reagent, Until
from orchestrator.protocol.source import Location


@dataclass(slots=True)
class Asked:
    """An operation that a culture asks for.

    Attributes:
        time_s: Campaign time at which it does.
        operation: What.
        place: Where the protocol says so.
        followers: Doses that wait for this sample, with their time after it.
    """

    time_s: float
    operation: Operation
    place: Location
    followers: list[Asked]


@dataclass(slots=True)
class Course:
    """What becomes of one culture by plan.

    Attributes:
        vessel: Vessel name.
        asked: Operations in the order of asking; those that follow a sample stand there.
        lowest_ml: Smallest culture volume.
        highest_ml: Largest culture volume, base not counted.
        end_s: Campaign time at which the last phase begins or ends.
    """

    vessel: str
    asked: list[Asked]
    lowest_ml: float
    highest_ml: float
    end_s: float


def assumed_s(until: Until | None) -> float:
    """How long a phase is taken to last: its time, or the longest that its trigger may take."""
    if until is None:
        return 0.0
    if until.after is not None:
        return until.after
    armed_s = until.arm.after if until.arm is not None else 0.0
    return until.give_up_after or armed_s + until.for_


class _Walk:
    """Goes through one culture's phases."""

    def __init__(
        self, vessel: str, culture: Culture, reagents: Mapping[str, Reagent], start_s: float
    ) -> None:
        self.volume_ml = culture.volume
        self.asked: list[Asked] = []
        self.lowest_ml = self.highest_ml = culture.volume
        self.now_s = _on_beat(start_s, culture.scan)
        self._agenda = Agenda(vessel, culture, reagents)
        self._culture = culture
        self._reagents = reagents
        self._drawing: dict[str, Asked] = {}
        self._samples: dict[str, Location] = {
            sample.name: ("culture", "samples", i) for i, sample in enumerate(culture.samples)
        }

    def through(self, number: int, phase: Phase, lasts_s: float) -> None:
        """Take everything that one phase asks for."""
        self._agenda.enter(phase, self.now_s)
        end_s = _on_beat(self.now_s + lasts_s, self._culture.scan)
        while True:
            self._take(number, self._agenda.wanted(self.now_s, self._addition_ml))
            next_s = _on_beat(max(self._agenda.next_s(), self.now_s), self._culture.scan)
            if next_s >= end_s:
                break
            self.now_s = next_s
        self.now_s = end_s
        self._take(number, self._agenda.left(end_s, self._addition_ml))

    def _take(self, number: int, wanted: Iterator[Wanted]) -> None:
        for operation, window in wanted:
            self.volume_ml += operation.change_ml
            self.lowest_ml = min(self.lowest_ml, self.volume_ml)
            self.highest_ml = max(self.highest_ml, self.volume_ml)
            one = Asked(self.now_s, operation, self._place(number, operation, window), [])
            first = self._drawing.get(window.follows or "") if window else None
            if window and first is not None and first.operation.due_s >= operation.due_s:
                one.operation = replace(operation, within_s=window.after_sample_s)
                first.followers.append(one)
                continue
            self.asked.append(one)
            if operation.sample is not None:
                self._drawing[operation.sample] = one

    def _place(self, number: int, operation: Operation, window: Following | None) -> Location:
        if operation.sample is not None:
            return self._samples[operation.sample]
        phase = self._culture.phases[number]
        if operation.kind == "feed":
            return ("culture", "phases", number, "feed")
        which = next(i for i, event in enumerate(phase.events) if event is window)
        return ("culture", "phases", number, "events", which)

    def _addition_ml(self, addition: Addition) -> float:
        return addition_ml(addition, self._reagents[addition.source], self.volume_ml)


def course_of(
    vessel: str,
    culture: Culture,
    reagents: Mapping[str, Reagent],
    start_s: float,
    lengths_s: Mapping[str, float],
) -> Course:
    """Everything that one culture will ask for.

    Args:
        vessel: Vessel name.
        culture: The procedure with this vessel's factor levels in place.
        reagents: What is in the bottles.
        start_s: Campaign time of its start.
        lengths_s: How long phases last whose end readings decide, by name; without it, the
            longest that they may.
    """
    walk = _Walk(vessel, culture, reagents, start_s)
    for number, phase in enumerate(culture.phases):
        lasts_s = assumed_s(phase.until)
        if phase.until is not None and phase.until.when is not None:
            lasts_s = lengths_s.get(phase.name, lasts_s)
        walk.through(number, phase, lasts_s)
    return Course(vessel, walk.asked, walk.lowest_ml, walk.highest_ml, walk.now_s)


def _on_beat(time_s: float, scan_s: float) -> float:
    """The first scan at or after a time."""
    return time_s if math.isinf(time_s) else math.ceil(time_s / scan_s - 1e-9) * scan_s
