"""The alarms of a campaign, made from its journal: there is no other list of them.

An alarm is active until what caused it is over, and unacknowledged until somebody said that they
saw it (the states of ISA-18.2 and OPC UA Part 9). Urgent ones latch: they stay in the list until
they are both over and acknowledged. A warning leaves it as soon as it is over or acknowledged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from orchestrator.records.store import Entry

Level = Literal["warning", "urgent"]
LEVELS: tuple[Level, ...] = ("warning", "urgent")
_URGENT_KINDS = ("fault", "outage")
_URGENT_THEN = ("hold", "quarantine", "abort", "pause-all")
_LASTING = ("limit", "device", "overdue")
"""What has an end that the journal tells; everything else happened, and is over."""


@dataclass
class Alarm:
    """One alarm.

    Attributes:
        number: Its entry in the journal, by which it is acknowledged.
        level: ``warning`` or ``urgent``.
        vessel: Whom it concerns; None for the whole station.
        about: What it is about, such as ``limit do`` or ``device alicat``.
        what: A sentence.
        raised_s: Campaign time at which it came.
        over_s: Campaign time at which its cause was over; None while it is not.
        acknowledged: Who acknowledged it; None while nobody did.
        times: How often it came since it was first raised.
    """

    number: int
    level: Level
    vessel: str | None
    about: str
    what: str
    raised_s: float
    over_s: float | None = None
    acknowledged: str | None = None
    times: int = 1

    @property
    def stands(self) -> bool:
        """Whether it belongs in the list."""
        if self.level == "urgent":
            return self.over_s is None or self.acknowledged is None
        return self.over_s is None and self.acknowledged is None

    @property
    def state(self) -> str:
        """In words."""
        active = "active" if self.over_s is None else "over"
        seen = f"acknowledged by {self.acknowledged}" if self.acknowledged else "not acknowledged"
        return f"{active}, {seen}"

    def to_json(self) -> dict[str, Any]:
        """For a program."""
        return {**vars(self), "stands": self.stands}


class AlarmBook:
    """All alarms of a campaign, in the order in which they came."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.alarms: list[Alarm] = []
        self._active: dict[tuple[str | None, str], Alarm] = {}
        for entry in entries:
            self.take(entry)

    @property
    def standing(self) -> list[Alarm]:
        """Those that are not settled, urgent ones first."""
        listed = [alarm for alarm in self.alarms if alarm.stands]
        return sorted(listed, key=lambda alarm: (alarm.level != "urgent", alarm.number))

    def take(self, entry: Entry) -> Alarm | None:
        """Take note of a journal entry; gives the alarm that it raises, if it raises one."""
        if entry.kind in ("alarm", "overdue", *_URGENT_KINDS):
            return self._raise(entry)
        if entry.kind in ("alarm over", "overdue over"):
            ended = self._active.pop((entry.vessel, str(entry.body.get("about"))), None)
            if ended is not None:
                ended.over_s = entry.time_s
        elif entry.kind == "acknowledged":
            self._acknowledge(entry.body.get("alarm"), str(entry.body["who"]))
        return None

    def _raise(self, entry: Entry) -> Alarm | None:
        about = str(entry.body.get("about", entry.kind))
        key = (entry.vessel, about)
        if (same := self._active.get(key)) is not None:
            same.times += 1
            same.what = _said(entry)
            return None
        urgent = entry.kind in _URGENT_KINDS or entry.body.get("then") in _URGENT_THEN
        level: Level = "urgent" if urgent else "warning"
        alarm = Alarm(entry.seq, level, entry.vessel, about, _said(entry), entry.time_s)
        if about.partition(" ")[0] in _LASTING:
            self._active[key] = alarm
        else:
            alarm.over_s = entry.time_s if level == "urgent" else None
        self.alarms.append(alarm)
        return alarm

    def _acknowledge(self, number: int | None, who: str) -> None:
        """One alarm, or all that stand."""
        for alarm in self.standing:
            if number is None or alarm.number == number:
                alarm.acknowledged = who


def _said(entry: Entry) -> str:
    if entry.kind == "outage":
        lasted_s = entry.body.get("lasted_s")
        lasted = "for an unknown time" if lasted_s is None else f"for {lasted_s / 60:.3g} min"
        return f"nobody looked after the cultures {lasted}: {entry.body.get('why', 'an outage')}"
    then = entry.body.get("then")
    return f"{entry.body['what']}" + (f" ({then})" if then and then != "warn" else "")
