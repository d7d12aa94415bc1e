"""Hotplates, stirrers and circulators that speak NAMUR: IKA, Heidolph, Julabo (see `namur_makers`).

Settings of IKA and Julabo answer nothing: the set-point is read back, a stirrer must turn and a
Julabo bath must say that it runs. IKA's devices have a watchdog of their own (``OUT_WD1``,
``OUT_WD2``): unfed, they switch off or go to safe values without the computer.

A set-point and a measured value of one IKA channel look alike, a Julabo value like any other. So a
value is believed when the device's name is answered next: a late value would have come instead.

Doubts: nothing tells whether an IKA heater is on: ``START_1`` is sent twice, and two lost ones show
only in the temperature. Parity is set on the line, but POSIX drivers do not check it on what
arrives, and there is no checksum: a flipped bit that leaves a number is not seen. How IKA's devices
write the repeated value of an ``@`` command, and whether ``OUT_WD2@0`` ends mode 1 too, is not
confirmed.
A plate that lost its power forgets its set-points or only stands still, as its operating mode has
it. Each scan therefore looks at set-point and stirrer; a heater that nothing tells of is started
again after every silence. One that kept its set-point and was dark between two questions shows
only in the temperature, unless the plate stirs too.
Heidolph's own connection check (``CC_ON``) is not used: its time is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final, TypeVar

from hardware.bus import Bus, Exchange
from hardware.devices import namur_makers as makers
from hardware.devices.device import Command, Device, OutOfRange, Probe, Setting
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, HardwareError, NoReply
from hardware.framing import Delimited
from hardware.outcome import Outcome
from hardware.specs import NamurSpec

COMMANDS: Final = makers.MAKERS
"""All commands, maker by maker."""
_NOTHING: Final[Mapping[str, float]] = MappingProxyType({})
_DOUBTS: Final = (NoReply, DamagedReply, ForeignReply)
_TURNS_RPM = 10.0
_POLL_S = 0.5
_SAME = 0.05
"""Set-points come back with a tenth as their last digit."""
Value = TypeVar("Value")


class Namur(Device):
    """One device; all its vessels get what it is set to.

    Args:
        spec: Its line of the station file.
        vessels: Vessels that stand on it, or in its bath.
    """

    shared = True

    def __init__(self, spec: NamurSpec, vessels: tuple[str, ...]) -> None:
        self.name = f"namur {spec.maker}"
        self.vessels = vessels
        self.controls = spec.sets
        self._maker = makers.MAKERS[spec.maker]
        self.gap_s = self._maker.gap_s
        self.probes = tuple(
            Probe(channel, vessels, partial(self.measure, channel=channel))
            for channel in spec.serves
        )
        self._spec = spec
        self._next = replace(self._maker.who, tries=1)
        self._framing = Delimited(b"\r")  # every maker's terminator begins or ends with it
        self._sure = False
        self._called = ""
        self._fed_s: float | None = None
        self._guard_s = 0.0
        self._held: dict[str, float] = {}
        self._was_silent = False

    def identify(self, bus: Bus) -> None:
        """Ask who it is; its name must be the one that the station file gives, if any."""
        self._sure = False
        if self._maker.first is not None:
            self._put(bus, self._maker.first)
        called = self._ask(bus, self._maker.who, makers.name)
        if not called.upper().startswith(self._maker.called):
            raise DeviceRefused(f"it calls itself '{called}', not a {self._spec.maker} device")
        if self._spec.name not in (None, called):
            raise DeviceRefused(f"it calls itself '{called}', the station file '{self._spec.name}'")
        self._called = called
        self._sure = True

    def measure(self, bus: Bus, channel: str) -> float:
        """Temperature in degC or speed in rpm; after any doubt the device is identified first."""
        output = self._maker.outputs[channel]
        command = output.measure
        if self._spec.probe == "internal" and output.internal is not None:
            command = output.internal
        if self._sure:
            with suppress(*_DOUBTS):
                return self._value(bus, command)
        self.identify(bus)
        return self._value(bus, command)

    def apply(self, bus: Bus, settings: Mapping[Setting, float]) -> dict[Setting, Outcome]:
        """Set temperature (degC) or stirring (rpm, 0 stops) of all its vessels together."""
        outcomes: dict[Setting, Outcome] = {}
        for channel in self._maker.outputs:
            keys = [key for key in settings if key[1] == channel]
            wanted = {settings[key] for key in keys}
            if len(wanted) > 1:
                reason = f"{self.name} gives all its {len(self.vessels)} vessels the same {channel}"
                outcomes |= dict.fromkeys(keys, Outcome("not done", reason))
            elif wanted:
                outcomes |= dict.fromkeys(keys, self._set(bus, channel, wanted.pop()))
        return outcomes

    def forgotten(self, bus: Bus) -> dict[str, str]:
        """See `Device.forgotten`; asked only while it is certain who answers what."""
        with suppress(*_DOUBTS):
            for channel, value in self._held.items():
                if self._sure and (shows := self._lost(bus, channel, value)):
                    return dict.fromkeys(self._held, shows)  # the power is the same for all
        return {}

    def arm_watchdog(
        self, bus: Bus, seconds: float, safe: Mapping[str, float] = _NOTHING
    ) -> float | None:
        """See `Device.arm_watchdog`; IKA only.

        Raises:
            DeviceRefused: It had fired since it was last fed; it is armed again.
        """
        watchdog = self._maker.watchdog
        if watchdog is None:
            return None
        if not self._sure:
            self.identify(bus)
        bites = watchdog.safe_values if safe else watchdog.heat_and_stir_off
        guard_s = round(min(max(seconds, bites.low), bites.high))
        silent_s = 0.0 if self._fed_s is None else bus.now() - self._fed_s
        fired = silent_s > self._guard_s > 0.0
        if self._fed_s is None or fired:
            self._repeat(bus, watchdog.safe_values, 0)  # clears what fired, perhaps long ago
        for channel in self._spec.serves if safe else ():  # a device switched off forgets them
            self._repeat(bus, watchdog.safe[channel], safe.get(channel, 0.0))
        self._repeat(bus, bites, guard_s)
        self._fed_s, self._guard_s = bus.now(), guard_s
        if fired:
            raise DeviceRefused(
                f"its watchdog fired after {silent_s:.0f} s of silence; its outputs stay at their "
                "safe values until they are set again"
            )
        return float(guard_s)

    def disarm(self, bus: Bus) -> None:
        """See `Device.disarm`."""
        if self._maker.watchdog is not None and self._fed_s is not None:
            self._repeat(bus, self._maker.watchdog.safe_values, 0)
            self._fed_s = None

    def _lost(self, bus: Bus, channel: str, value: float) -> str:
        """How one channel shows that it is no more as it was set; empty when it does not."""
        output = self._maker.outputs[channel]
        if channel == "stirring":
            stands = value > 0.0 and self._value(bus, output.measure) <= _TURNS_RPM
            return "its stirrer stands" if stands else ""
        if abs((real := self._value(bus, output.wanted)) - value) >= _SAME:
            return f"its set-point is {real:g}, not {value:g} {output.put.unit}"
        if output.running is not None:
            return "" if self._value(bus, output.running) else "it does not run"
        if self._was_silent:
            self._was_silent = False
            self._put(bus, output.start)
        return ""

    def _set(self, bus: Bus, channel: str, value: float) -> Outcome:
        self._held.pop(channel, None)
        outcome = self._try_to_set(bus, channel, value)
        if outcome.status == "done" and outcome.value is not None:
            self._held[channel] = outcome.value
        return outcome

    def _try_to_set(self, bus: Bus, channel: str, value: float) -> Outcome:
        output = self._maker.outputs[channel]
        try:
            if not self._sure:
                self.identify(bus)
            if channel == "stirring" and value == 0.0:
                self._put(bus, output.stop)
                self._turning(bus, output, wanted=False)
                return Outcome("done", value=0.0)
            output.put.check(value)
            real = self._put_and_start(bus, channel, value)
        except OutOfRange as error:
            return Outcome("not done", f"{self.name}: {error}")
        except DeviceRefused as error:
            return Outcome("not done", f"{self.name}: {error}{self._trouble(bus)}")
        return Outcome("done", value=real)

    def _put_and_start(self, bus: Bus, channel: str, value: float) -> float:
        """Set, start and read back, once again where that differs; gives the real set-point."""
        output = self._maker.outputs[channel]
        sent = float(output.put.fill(value=value).split()[-1])
        for _ in range(output.put.tries):
            self._put(bus, output.put, value=value)
            self._put(bus, output.start)
            real = self._ask(bus, output.wanted, self._maker.value)
            if abs(real - sent) < _SAME:
                break
        else:
            raise DeviceRefused(f"its set-point is {real:g}, not {sent:g} {output.put.unit}")
        if channel == "stirring":
            self._turning(bus, output, wanted=True)
        elif output.running is None and not self._maker.answers_settings:
            self._put(bus, output.start)  # nothing tells whether it heats
        if output.running is not None and not self._ask(bus, output.running, self._maker.value):
            raise DeviceRefused("it does not start")
        self._ask(bus, self._next, self._same_name)
        return real

    def _turning(self, bus: Bus, output: makers.Output, *, wanted: bool) -> None:
        """Wait until the stirrer turns, or stands."""
        until_s = bus.now() + output.put.settle_s
        while (self._ask(bus, output.measure, self._maker.value) > _TURNS_RPM) is not wanted:
            if bus.now() > until_s:
                raise DeviceRefused("it does not turn" if wanted else "it goes on turning")
            bus.wait(_POLL_S)

    def _trouble(self, bus: Bus) -> str:
        """What the device itself says is wrong, in brackets; many say nothing."""
        try:
            said = self._ask(bus, self._maker.status, makers.trouble)
        except HardwareError:
            return ""
        return f" ({said})" if said else ""

    def _value(self, bus: Bus, command: Command) -> float:
        """A value, proved by what is answered next."""
        value = self._ask(bus, command, self._maker.value)
        self._ask(bus, self._next, self._same_name)
        return value

    def _same_name(self, request: str, answer: str) -> None:
        if answer.removeprefix(request).strip() != self._called:
            raise DamagedReply(f"'{answer}' came next: its replies are out of step")

    def _put(self, bus: Bus, command: Command, **fields: object) -> None:
        """Set something that answers its own command, or nothing at all."""
        if self._maker.answers_settings:
            self._ask(bus, command, _acknowledged, **fields)
        else:
            bus.tell(command.fill(**fields) + self._maker.end)

    def _repeat(self, bus: Bus, command: Command, value: float) -> None:
        """Send something that answers its own value."""
        self._ask(bus, command, makers.repeated, value=value)

    def _ask(
        self, bus: Bus, command: Command, read: Callable[[str, str], Value], **fields: object
    ) -> Value:
        request = command.fill(**fields)

        def match(sent: bytes, frame: bytes) -> Value:
            if frame == request and read is not _acknowledged:
                raise ForeignReply("its own request came back")
            return read(request.decode("ascii"), " ".join(frame.decode("ascii", "replace").split()))

        requests = (request + self._maker.end,) * command.tries
        try:
            return bus.transact(
                Exchange(requests, self._framing, match, command.timeout_s, command.effect)
            )
        except _DOUBTS as error:
            self._sure = False
            self._was_silent |= isinstance(error, NoReply)
            raise


def _acknowledged(request: str, answer: str) -> None:
    if answer.split()[0] != request.split()[0]:
        raise ForeignReply(f"'{answer}' came, '{request}' was sent")
