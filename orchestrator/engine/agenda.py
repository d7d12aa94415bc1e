"""What one culture's protocol asks for by its times alone: samples, feeds and additions.

The culture under way takes from it at each scan; the plan of a night takes from it without waiting
for anything (`schedule`). Both therefore ask for the same operations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from orchestrator.engine.feeding import FeedAccount
from orchestrator.engine.operation import Operation
from orchestrator.engine.sampling import Series
from orchestrator.protocol import Addition, Culture, Event, Following, Phase, Reagent

_HAIR_S = 1e-3
"""A time that is a sum of others is expected so much earlier."""


class Wanted(NamedTuple):
    """Something asked for.

    Attributes:
        operation: What; a sample has no well yet.
        window: How it follows a sample; None for a sample.
    """

    operation: Operation
    window: Following | None


class Agenda:
    """The times of one culture.

    Args:
        vessel: Vessel name.
        culture: The procedure with this vessel's factor levels in place.
        reagents: What is in the bottles.

    Attributes:
        entered_s: Campaign time at which the phase began, holds added.
        feed: Account of the phase's feed; None without one.
    """

    def __init__(self, vessel: str, culture: Culture, reagents: Mapping[str, Reagent]) -> None:
        self.entered_s = 0.0
        self.feed: FeedAccount | None = None
        self._vessel = vessel
        self._culture = culture
        self._reagents = reagents
        self._series = [Series(sample) for sample in culture.samples]
        self._last: list[Series] = []
        self._events: list[Event] = []
        self._in_hold_s = 0.0
        self._phase_end_s = math.inf
        self._culture_end_s = math.inf

    def enter(self, phase: Phase, time_s: float) -> None:
        """A phase begins; samples that it starts are due at once."""
        feed, until = phase.feed, phase.until
        self.entered_s = time_s
        self.feed = None
        if feed is not None:
            glucose = self._reagents[feed.source].glucose
            self.feed = FeedAccount(feed, self._culture.volume, glucose)
        self._events = sorted(phase.events, key=lambda event: event.at - event.early_s)
        self._phase_end_s = time_s + (until.after if until and until.after else math.inf)
        self._culture_end_s = time_s + self._culture.known_length_s(phase.name)
        first = self._culture.phases[0].name
        for series in self._series:
            if (series.sample.from_phase or first) == phase.name:
                series.begin(time_s - self._in_hold_s)
        if until is None:
            self._last = [series for series in self._series if series.last()]
            self._series = []

    def go_on(self, held_s: float) -> None:
        """The culture was held meanwhile; that is no time of the phase."""
        self.entered_s += held_s
        self._in_hold_s += held_s
        self._phase_end_s += held_s
        self._culture_end_s += held_s

    def wanted(self, time_s: float, addition_ml: Callable[[Addition], float]) -> Iterator[Wanted]:
        """What is to be asked for at a time, each once.

        Args:
            time_s: Campaign time.
            addition_ml: Volume of an addition to the culture as it will be then.
        """
        yield from self._samples(time_s)
        yield from self._feeds(time_s, early=True)
        yield from self._additions(time_s, addition_ml, early=True)

    def left(self, time_s: float, addition_ml: Callable[[Addition], float]) -> Iterator[Wanted]:
        """What was to be dosed before the phase's end, which is now or was shortly before."""
        end_s = math.nextafter(min(time_s, self._phase_end_s), 0.0)
        yield from self._feeds(end_s, early=False)
        yield from self._additions(end_s, addition_ml, early=False)

    def miss_feeds(self, last_s: float, time_s: float) -> None:
        """Nobody fed after ``last_s``: what was owed then is still owed, what came since is not."""
        if (account := self.feed) is not None:
            account.accrue(self._fed_until_s(account, last_s) - self.entered_s)
            account.skip(time_s - self.entered_s)

    def next_feed(self) -> tuple[float, float] | None:
        """When the next feed may be asked for, and how long it then has to begin."""
        feed = self.feed
        if feed is None:
            return None
        return self.entered_s + feed.next_due_s - feed.early_s, feed.waits_s

    def next_s(self) -> float:
        """When there will be something to ask for; infinite when there is nothing in this phase."""
        end_s = self._culture_end_s
        times = [
            _asked_s(series.next_s + self._in_hold_s, series.sample.within.early_s, end_s)
            for series in self._series
        ]
        if self.feed is not None:
            due_s = self.entered_s + self.feed.next_due_s
            times.append(_asked_s(due_s, self.feed.early_s, self._phase_end_s))
        times += [self.entered_s + one.at - one.early_s for one in self._events[:1]]
        times += [self.entered_s for _ in self._last]
        return min(times, default=math.inf)

    def quiet_until_s(self) -> float:
        """Before this time there is nothing to ask for, and the phase's time is not over."""
        return min(self.next_s(), self._phase_end_s) - _HAIR_S

    def _samples(self, time_s: float) -> Iterator[Wanted]:
        last, self._last = self._last, []
        for series in last:
            yield Wanted(series.operation(self._vessel, time_s), None)
        for series in self._series:
            due_s = max(time_s, series.next_s + self._in_hold_s)
            ahead_s = _ahead_s(time_s, series.sample.within.early_s, self._culture_end_s)
            if series.due(ahead_s - self._in_hold_s):
                yield Wanted(series.operation(self._vessel, due_s), None)

    def _feeds(self, time_s: float, *, early: bool) -> Iterator[Wanted]:
        account = self.feed
        if account is None:
            return
        feed, due_s = account.feed, max(time_s, self.entered_s + account.next_due_s)
        ahead_s = self._fed_until_s(account, time_s) if early else time_s
        volume_ml = account.dose_ml(ahead_s - self.entered_s)
        if volume_ml is not None:
            yield self._dose("feed", feed.source, volume_ml, due_s, feed, feed.every)

    def _fed_until_s(self, account: FeedAccount, time_s: float) -> float:
        return _ahead_s(time_s, account.early_s, self._phase_end_s)

    def _additions(
        self, time_s: float, addition_ml: Callable[[Addition], float], *, early: bool
    ) -> Iterator[Wanted]:
        while self._events:
            event, due_s = self._events[0], self.entered_s + self._events[0].at
            if due_s - (event.early_s if early else 0.0) > time_s:
                return
            self._events.pop(0)
            volume_ml = addition_ml(event.add)
            yield self._dose("inducer", event.add.source, volume_ml, max(time_s, due_s), event)

    def _dose(
        self,
        kind: str,
        source: str,
        volume_ml: float,
        due_s: float,
        window: Following,
        period_s: float | None = None,
    ) -> Wanted:
        late_s, early_s = window.within.late_s, window.early_s
        operation = Operation(
            self._vessel,
            kind,
            due_s,
            late_s,
            volume_ml,
            source=source,
            early_s=early_s,
            period_s=period_s,
        )
        return Wanted(operation, window)


def _ahead_s(time_s: float, early_s: float, end_s: float) -> float:
    """Time up to which things are asked for now; what would be due at the end never comes."""
    return min(time_s + early_s, max(time_s, math.nextafter(end_s, 0.0)))


def _asked_s(due_s: float, early_s: float, end_s: float) -> float:
    """When something is asked for; what would be due at the end not before it is due."""
    return due_s if due_s >= end_s else due_s - early_s
