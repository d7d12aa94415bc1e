"""Where a campaign stands, from its records alone: every decision is made again, without I/O.

Decisions follow from what came in: readings, outcomes, commands, outages. The journal holds the
last three, the telemetry the first, each reading with its place in the journal. Fed with all of it
in its order, the cultures decide again what they decided; what they decide is compared with what
was journalled, and a difference is an error, never a guess.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hardware.outcome import Outcome
from hardware.stock import Use
from orchestrator.engine.commands import Command
from orchestrator.engine.operation import Operation, Wishes
from orchestrator.engine.vessel_run import VesselRun
from orchestrator.records.store import Entry, RecordsError, RecordsReader, Tick

Setting: TypeAlias = tuple[str, str, float]
"""Vessel, channel and value."""
Derived: TypeAlias = tuple[str, str, dict[str, Any]]
"""What a culture's decision puts in the journal: kind, vessel and body."""
_NOTES = ("phase", "alarm", "alarm over", "refused")


class ReplayDiverged(RecordsError):
    """The records do not follow from the campaign's protocol, so that nothing can go on."""


@dataclass
class OpenIntent:
    """An operation that was begun and of which no outcome is known.

    Attributes:
        operation: What was begun.
        mark: How far it had come for certain; None when nothing had touched the vessel.
    """

    operation: Operation
    mark: dict[str, Any] | None = None


@dataclass
class Standing:
    """Where a campaign stands at the end of its records.

    Attributes:
        begun: Whether the cultures had begun.
        time_s: Campaign time of the last sign of life.
        clock: A campaign time and the time of day that it was, s; None before the begin.
        waiting: Operations that were ordered and not begun, by name.
        open: Operations that were begun and not finished, by the position of their intent.
        settings: Set-points that were sent without a known outcome, by the same.
        untold: What was decided and is not in the journal yet.
        used: What the liquid handler used up.
    """

    begun: bool = False
    time_s: float = 0.0
    clock: tuple[float, float] | None = None
    waiting: dict[str, Operation] = field(default_factory=dict)
    open: dict[int, OpenIntent] = field(default_factory=dict)
    settings: dict[int, Setting] = field(default_factory=dict)
    untold: deque[Derived] = field(default_factory=deque)
    used: list[Use] = field(default_factory=list)


class Replay:
    """Takes cultures that have not begun to where the records end.

    Args:
        runs: The cultures, by vessel in the station's order.
        vessels: Rows of the telemetry.
        channels: Its columns, without the volume at the end.
        settable: Whether the station can set a channel of a vessel.
    """

    def __init__(
        self,
        runs: Mapping[str, VesselRun],
        vessels: Iterable[str],
        channels: Iterable[str],
        settable: Callable[[str, str], bool],
    ) -> None:
        self._runs = runs
        self._row = {vessel: row for row, vessel in enumerate(vessels)}
        self._channels = tuple(channels)
        self._settable = settable
        self._at = Standing()
        self._take: dict[str, Callable[[Entry], None]] = {
            "opened": self._opened,
            "clock": self._clock,
            "intent": self._intent,
            "mark": self._mark,
            "outcome": self._outcome,
            "dropped": self._dropped,
            "command": self._command,
            "outage": self._outage,
            "used": self._used,
            **dict.fromkeys(_NOTES, self._note),
        }

    def run(self, records: RecordsReader) -> Standing:
        """Replay everything.

        Raises:
            ReplayDiverged: The records do not follow from the protocol.
            RecordsError: The file is not sound, or too old.
        """
        # An entry comes before the readings that were taken when it was the last one.
        parts: tuple[Iterable[Entry | Tick], ...] = (records.journal(), records.ticks())
        for one in heapq.merge(*parts, key=lambda one: one.seq):
            self._at.time_s = max(self._at.time_s, one.time_s)
            if isinstance(one, Tick):
                self._step(one)
            elif take := self._take.get(one.kind):
                take(one)
        return self._at

    # -- what came in ---------------------------------------------------------------------

    def _step(self, tick: Tick) -> None:
        rows = tick.values[:, :-1].tolist()
        for vessel, run in self._runs.items():
            readings = dict(zip(self._channels, rows[self._row[vessel]], strict=True))
            readings["volume"] = run.volume_ml
            self._expect(vessel, run.step(tick.time_s, readings))

    def _opened(self, entry: Entry) -> None:
        self._at.begun = True
        self._clock(entry)
        for vessel, run in self._runs.items():
            self._expect(vessel, run.begin(0.0))

    def _clock(self, entry: Entry) -> None:
        self._at.clock = entry.time_s, entry.body["wall_s"]

    def _outcome(self, entry: Entry) -> None:
        body = entry.body
        if (setting := self._at.settings.pop(body["intent"], None)) is not None:
            self._set_settled(setting, Outcome(body["status"], body.get("detail", "")))
            return
        if (begun := self._at.open.pop(body["intent"], None)) is None:
            raise self._diverged(entry, "an outcome without an intent")
        outcome = Outcome(
            body["status"], body.get("detail", ""), body.get("value"), body.get("at_most_ml")
        )
        operation, run = begun.operation, self._runs[begun.operation.vessel]
        reconciled = body.get("reconciled", False)
        self._expect_with_pause(run.vessel, run.settle(operation, outcome, reconciled=reconciled))

    def _set_settled(self, setting: Setting, outcome: Outcome) -> None:
        vessel, channel, value = setting
        if vessel in self._runs:
            wishes = self._runs[vessel].settle_setting(channel, value, outcome)
            self._expect_with_pause(vessel, wishes)

    def _dropped(self, entry: Entry) -> None:
        operation = self._at.waiting.pop(entry.body["op"], None)
        if operation is None:
            raise self._diverged(entry, "an operation dropped that nobody ordered")
        self._runs[operation.vessel].take_back(operation)

    def _command(self, entry: Entry) -> None:
        command = Command.from_journal(entry.vessel, entry.body)
        for vessel in command.whom(self._runs):
            self._expect(vessel, self._runs[vessel].obey(entry.time_s, command))

    def _outage(self, entry: Entry) -> None:
        for vessel, run in self._runs.items():
            self._expect(vessel, run.outage(entry.time_s, entry.body["lasted_s"]))

    def _used(self, entry: Entry) -> None:
        self._at.used.append(Use(**entry.body))

    # -- what was decided -----------------------------------------------------------------

    def _expect_with_pause(self, vessel: str, wishes: Wishes) -> None:
        self._expect(vessel, wishes)
        if wishes.pause_all is not None:
            for other, run in self._runs.items():
                self._expect(other, run.pause(wishes.pause_all))

    def _expect(self, vessel: str, wishes: Wishes) -> None:
        for kind, body in wishes.told(vessel, self._settable):
            self._at.untold.append((kind, vessel, body))
        for operation in wishes.operations:
            self._at.waiting[operation.name] = operation

    def _note(self, entry: Entry) -> None:
        if entry.vessel is not None:  # else it is about a device
            self._compare(entry)

    def _intent(self, entry: Entry) -> None:
        body = entry.body
        if body["do"] != "set":
            operation = self._at.waiting.pop(body["op"], None)
            if operation is None or operation.described() != body:
                raise self._diverged(entry, f"{body['do']} {body['op']}")
            self._at.open[entry.seq] = OpenIntent(operation)
            return
        if not body.get("again"):
            self._compare(entry)
        self._at.settings[entry.seq] = (entry.vessel or "", body["channel"], body["value"])

    def _mark(self, entry: Entry) -> None:
        if (begun := self._at.open.get(entry.body["intent"])) is None:
            raise self._diverged(entry, "a mark without an intent")
        begun.mark = entry.body

    def _compare(self, entry: Entry) -> None:
        expected = self._at.untold.popleft() if self._at.untold else None
        if expected != (entry.kind, entry.vessel, entry.body):
            raise self._diverged(entry, f"{entry.kind} {entry.body}", expected)

    def _diverged(self, entry: Entry, what: str, expected: Derived | None = None) -> ReplayDiverged:
        instead = f", where '{expected[0]} {expected[2]}' follows" if expected else ""
        return ReplayDiverged(
            f"the records cannot be replayed: entry {entry.seq} of the journal, {what} of "
            f"{entry.vessel or 'the station'}, does not follow from the protocol{instead}; was "
            "the protocol changed, or was this written by another version of inoculum?"
        )
