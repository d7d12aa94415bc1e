"""Watson-Marlow 323, 505, 520 and 620 Du peristaltic pumps, 9600 8N2, several on one line.

Basic protocol (520DuN manual p. 76, 505Di manual p. 6): number of the pump, letters, data, CR, at
least 10 ms between commands. ``SP``, ``RR``, ``RL``, ``DO`` and ``ST`` answer nothing at all. Only
``RS`` answers: type, mL a revolution, head, tube, speed, direction, ``P/N`` and number, tacho
count, 1 while running, ``!``. So whatever is set is asked for, and a dose (``DO`` and tacho pulses)
is known by the tacho before and after it, each read until two answers agree. ``DO`` is sent once.
While a dose runs the tacho must grow and the speed stay: a pump that lost its power shows neither.

Doubts: pulses a revolution (10 982 in the 520 and 620 manuals, 10 892 in the 530's, 800 or 1280 for
the 505) belong to the model and stand in the station file; whether a dose counts on the cumulative
tacho of every model, and whether the count outlives a power cut, is not confirmed. All pumps that
have the same number obey and answer together.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from hardware.bus import Bus, Exchange
from hardware.devices.device import Command, Device, OutOfRange
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, HardwareError
from hardware.framing import Delimited
from hardware.marks import Marked
from hardware.outcome import Outcome
from hardware.runner import Steps
from hardware.specs.watson_marlow import WatsonMarlowPump

COMMANDS: Final[Mapping[str, Command]] = {
    "speed": Command("{pump}SP{value:.1f}\r", "set", 0.0, "p. 76", "rpm", 0.1, 400),
    "clockwise": Command("{pump}RR\r", "set", 0.0, "p. 76"),
    "counter-clockwise": Command("{pump}RL\r", "set", 0.0, "p. 76"),
    "dose": Command("{pump}DO{value:d}\r", "act", 0.0, "p. 76", "pulses", 1, 2**31, tries=1),
    "stop": Command("{pump}ST\r", "set", 0.0, "p. 76"),
    "status": Command("{pump}RS\r", "read", 0.5, "p. 76, note 2", tries=3),
}
_STATUS: Final = re.compile(
    r"(?P<type>\S+) [\d.]+ \S+ \S+ (?P<speed>\d+(?:\.\d+)?) (?P<way>C?CW)"
    r" P/N (?P<pump>\d+) (?P<tacho>\d{1,10}) (?P<running>[01])",
    re.IGNORECASE,
)
_LONGEST_COMMAND = 14
_APART_S = 0.01
_SPEED_STEP = 0.05
_TRIES = 2
_QUESTIONS = 4
_LOOK_S = 1.0
_PATIENCE_S = 2.0
_COAST = 0.02
"""Share of a dose, and of a revolution, that the count may be off."""


class Status(NamedTuple):
    """What a pump says of itself."""

    speed_rpm: float
    clockwise: bool
    tacho: int
    running: bool


class WatsonMarlow(Device):
    """One pump of a line.

    Args:
        number: Of the pump.
        spec: Its part of the station file.
        pulses: Tacho pulses of one revolution.
        character_s: Seconds one character takes on its line.
    """

    def __init__(
        self, number: int, spec: WatsonMarlowPump, pulses: int, character_s: float
    ) -> None:
        self.name = f"watson-marlow {number}"
        self.vessels = (spec.vessel,)
        self.sources = (spec.source,)
        self.gap_s = _APART_S + _LONGEST_COMMAND * character_s
        self._number = number
        self._speed_rpm = round(spec.speed, 1)
        self._direction = spec.direction
        self._pulses = pulses
        self._pulse_ml = spec.revolution / pulses
        self._framing = Delimited(b"!")

    def identify(self, bus: Bus) -> None:
        """It must answer to its number; what it does tells nothing about its kind."""
        self._status(bus)

    def pump(self, bus: Bus, vessel: str, source: str, volume_ml: float) -> Steps[Outcome]:
        """See `Device.pump`; the pump counts its revolutions and stops, the tacho tells."""
        wanted = self._count(volume_ml)
        try:
            COMMANDS["dose"].check(wanted)
            before = self._made_ready(bus)
        except (OutOfRange, HardwareError) as error:
            return Outcome("not done", f"{self.name}: {error}", 0.0)
        self._tell(bus, "dose", wanted)
        if self._untouched(bus, before):
            return Outcome("not done", f"{self.name} did not hear the dose", 0.0)
        return (yield from self._watch(bus, before.tacho, wanted))

    def given_ml(self, source: str, volume_ml: float) -> float:
        """See `Device.given_ml`: whole pulses of the tacho."""
        return self._count(volume_ml) * self._pulse_ml

    def _count(self, volume_ml: float) -> int:
        return round(volume_ml / self._pulse_ml)

    def halt(self, bus: Bus, vessels: Collection[str]) -> None:
        """See `Device.halt`; nothing acknowledges a stop, so that the status must."""
        for _ in range(_TRIES):
            self._tell(bus, "stop", 0)
            if not self._status(bus).running:
                return
        raise DeviceRefused("it goes on although it was told to stop")

    def counted(self, bus: Bus, vessel: str, source: str) -> Steps[Marked]:
        """See `Device.counted`."""
        yield 0.0
        return {"tacho": self._certain(bus).tacho}

    def recall(
        self, bus: Bus, vessel: str, source: str, volume_ml: float, marked: Marked
    ) -> Steps[Outcome]:
        """See `Device.recall`; the tacho tells, unless it stood at 0 as after a loss of power."""
        start = int(marked["tacho"])
        outcome = yield from self._watch(bus, start, self._count(volume_ml))
        if outcome.status == "not done" and start == 0:
            return replace(outcome, status="unknown", value=None)
        return outcome

    def _watch(self, bus: Bus, start: int, wanted: int) -> Steps[Outcome]:
        """Wait for the end of a dose; gives what the tacho says of it."""
        run_s = wanted / self._pulses / self._speed_rpm * 60.0
        end_s = bus.now() + run_s
        seen = start
        while True:
            status = self._certain(bus)
            if status.tacho > start + wanted + self._coast(wanted) and self._as_set(status):
                return self._overrun(bus, start, wanted)
            if not seen <= status.tacho <= start + wanted + self._coast(wanted):
                return self._stopped(bus, "does not count as it should")
            if not self._as_set(status):
                return self._stopped(bus, "has another speed or direction than it was given")
            if not status.running:
                return self._outcome(status.tacho - start, wanted)
            if bus.now() > end_s + _COAST * run_s + _PATIENCE_S:
                return self._stopped(bus, "ran too long")
            seen = status.tacho
            yield min(_LOOK_S, max(0.1, end_s - bus.now()))

    def _overrun(self, bus: Bus, start: int, wanted: int) -> Outcome:
        """Stop a pump that heard a greater dose than it was told; its count says how much."""
        for _ in range(_TRIES):
            self._tell(bus, "stop", 0)
            status = self._certain(bus)
            if not status.running and status.tacho > start:
                return self._outcome(status.tacho - start, wanted)
        return self._stopped(bus, "goes on beyond its dose")

    def _outcome(self, given: int, wanted: int) -> Outcome:
        if abs(given - wanted) <= self._coast(wanted):
            return Outcome("done", value=given * self._pulse_ml)
        detail = f"{self.name} turned {given} of {wanted} pulses"
        return Outcome("not done", detail, given * self._pulse_ml)

    def _coast(self, wanted: int) -> float:
        return _COAST * max(wanted, self._pulses)

    def _made_ready(self, bus: Bus) -> Status:
        """A pump at rest with its speed and direction; sets them where they differ."""
        for _ in range(_TRIES + 1):
            status = self._certain(bus)
            if status.running:
                raise DeviceRefused("it is running already")
            if self._as_set(status):
                return status
            self._tell(bus, "speed", self._speed_rpm)
            self._tell(bus, self._direction, 0)
        raise DeviceRefused(
            f"it stays at {status.speed_rpm:g} rpm"
            f" {'clockwise' if status.clockwise else 'counter-clockwise'}"
        )

    def _untouched(self, bus: Bus, before: Status) -> bool:
        """Whether a pump that was told to dose is as it was, asked twice.

        The same count is not enough: a pump that restarted counts from 0, at another speed.
        """
        return all(self._status(bus) == before for _ in range(2))

    def _stopped(self, bus: Bus, why: str) -> Outcome:
        self._tell(bus, "stop", 0)
        return Outcome("unknown", f"{self.name} {why} and was told to stop")

    def _as_set(self, status: Status) -> bool:
        return abs(status.speed_rpm - self._speed_rpm) <= _SPEED_STEP and status.clockwise == (
            self._direction == "clockwise"
        )

    def _tell(self, bus: Bus, what: str, value: float) -> None:
        bus.tell(COMMANDS[what].fill(pump=self._number, value=value))

    def _certain(self, bus: Bus) -> Status:
        """A status that the next one bears out: the same, or the same with a tacho that grew."""
        status = self._status(bus)
        for _ in range(_QUESTIONS):
            former, status = status, self._status(bus)
            if former == status or self._follows(former, status):
                return former
        raise DamagedReply("it answers differently each time it is asked")

    def _follows(self, former: Status, status: Status) -> bool:
        """Whether a pump that ran can have become this since it was asked just before."""
        a_second = former.speed_rpm / 60.0 * self._pulses
        same = status[:2] == former[:2]
        return same and former.running and 0 <= status.tacho - former.tacho <= a_second

    def _status(self, bus: Bus) -> Status:
        command = COMMANDS["status"]
        requests = (command.fill(pump=self._number),) * command.tries
        return bus.transact(
            Exchange(requests, self._framing, self._match, command.timeout_s, command.effect)
        )

    def _match(self, request: bytes, frame: bytes) -> Status:
        text = frame.decode("ascii", "replace")
        status = _STATUS.fullmatch(text.removeprefix(request.decode("ascii")))
        if status is None:
            raise DamagedReply(f"'{text}' is no status")
        if int(status["pump"]) != self._number:
            raise ForeignReply(f"pump {status['pump']} answered, {self._number} was asked")
        clockwise = status["way"].upper() == "CW"
        running = status["running"] == "1"
        return Status(float(status["speed"]), clockwise, int(status["tacho"]), running)
