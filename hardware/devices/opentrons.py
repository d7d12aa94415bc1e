"""Opentrons heater-shaker and temperature module: G-code over USB, 115200 8N1.

Commands and answers after Opentrons' own driver (``opentrons.drivers``, 10.1). The heater-shaker
takes lines and answers ``M105 C:22.50 T:37.00 OK``, with the command's name first. The
temperature module takes a line and a blank one, and answers ``T:37.000 C:22.500`` and twice ``ok``,
which names no command: a set-point counts when the module tells it back. An answer with ``ERR`` is
a refusal; a line that begins with ``async`` comes unasked, and reports a fault of the module.

Doubts: no checksum guards a number; one that no module can reach is refused. A fault that is
reported between two questions is dropped with all else that comes unasked. The speed a vessel is
shaken with is taken for its stirring. The heater-shaker cannot cool: below 37 degC its heater goes
off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, Final

from hardware.bus import MORE, Bus, Exchange
from hardware.devices.device import Command, Device, OutOfRange, Probe, Setting
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, NoReply
from hardware.framing import Delimited
from hardware.outcome import Outcome
from hardware.specs.opentrons import HeaterShakerSpec, TemperatureModuleSpec

_HS, _TD = "opentrons.drivers.heater_shaker", "opentrons.drivers.temp_deck"
HEATER_SHAKER: Final[Mapping[str, Command]] = {
    "who": Command("M115\n", "read", 2.0, _HS),
    "latch": Command("M241\n", "read", 2.0, _HS),
    "temperature": Command("M105\n", "read", 2.0, _HS, "degC", -10.0, 120.0),
    "stirring": Command("M123\n", "read", 2.0, _HS, "rpm", 0.0, 3500.0),
    "set temperature": Command(
        "M104 S{value:.2f}\n", "set", 5.0, _HS, "degC", 37.0, 95.0, settle_s=300.0
    ),
    "set stirring": Command(
        "M3 S{value:.0f}\n", "set", 5.0, _HS, "rpm", 200.0, 3000.0, settle_s=5.0
    ),
    "heater off": Command("M106\n", "set", 5.0, _HS),
    "stop": Command("G28\n", "set", 20.0, _HS, settle_s=5.0),
}
TEMPERATURE_MODULE: Final[Mapping[str, Command]] = {
    "who": Command("M115\r\n\r\n", "read", 2.0, _TD),
    "temperature": Command("M105\r\n\r\n", "read", 2.0, _TD, "degC", -10.0, 120.0),
    "set temperature": Command(
        "M104 S{value:.2f}\r\n\r\n", "set", 2.0, _TD, "degC", 4.0, 95.0, settle_s=600.0
    ),
}
_FIELD = re.compile(r"(\w+):(\S+)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_RESOLUTION: Final = {"temperature": 0.05, "stirring": 1.0}


class _Answer:
    """Puts the lines of one answer together; one for each time a request is sent.

    Args:
        acknowledgement: How a line ends that says it was done.
        lines: How many such lines end an answer.
        named: Whether an answer begins with the command it answers.
    """

    def __init__(self, acknowledgement: str, lines: int, named: bool) -> None:
        self._acknowledgement = acknowledgement
        self._lines_left = lines
        self._named = named
        self._said: list[str] = []
        self._reports: list[str] = []

    def __call__(self, request: bytes, frame: bytes) -> Any:
        """See `Exchange.match`."""
        text, asked = frame.decode("ascii", "replace"), request.decode("ascii").split()
        if text.split() == asked:
            raise ForeignReply(f"'{text}' came back as it was sent")
        if text.lower().startswith("async"):
            self._reports.append(text)
            return MORE
        said, acknowledgement = text[: -len(self._acknowledgement)], self._acknowledgement
        if not text.endswith(acknowledgement):
            said = text
        elif self._named and "err" not in text.lower() and not _answers(said, asked[0]):
            raise ForeignReply(f"'{text}' came, {asked[0]} was asked")
        else:
            self._lines_left -= 1
        self._said.append(said.strip())
        return MORE if self._lines_left else self._whole()

    def _whole(self) -> str:
        text = " ".join(self._said).strip()
        complaints = self._reports + ([text] if "err" in text.lower() else [])
        if complaints:
            raise DeviceRefused(f"it reports {'; '.join(complaints)}")
        return text


def _answers(said: str, command: str) -> bool:
    """Whether an answer is to this command; the one to M115 need not begin with its name."""
    return said.split()[:1] == [command] or (command == "M115" and "SerialNo:" in said)


class OpentronsModule(Device):
    """What both modules have in common.

    Args:
        spec: Its line of the station file.
        vessels: Vessels that stand on it.
    """

    shared = True
    commands: ClassVar[Mapping[str, Command]]
    end: ClassVar[tuple[str, int, bool]]
    serial_key: ClassVar[str]

    def __init__(
        self, spec: HeaterShakerSpec | TemperatureModuleSpec, vessels: tuple[str, ...]
    ) -> None:
        self.name = spec.family
        self.vessels = vessels
        self.controls = spec.sets
        self.probes = tuple(
            Probe(channel, vessels, partial(self.measure, channel=channel))
            for channel in sorted(spec.measures)
        )
        self._serial = spec.serial
        self._framing = Delimited(b"\n")
        self._held: dict[str, float] = {}
        self._targets: dict[str, str] = {}

    def identify(self, bus: Bus) -> None:
        """The serial number must be the one that the station file names."""
        serial = self._fields(bus, "who").get(self.serial_key)
        if serial is None:
            raise DamagedReply("it told no serial number")
        if self._serial not in (None, serial):
            raise DeviceRefused(f"its number is {serial}, the station file says {self._serial}")

    def measure(self, bus: Bus, channel: str) -> float:
        """What it measures, in the channel's unit."""
        return self._number(self._look(bus, channel), "C", channel)

    def apply(self, bus: Bus, settings: Mapping[Setting, float]) -> dict[Setting, Outcome]:
        """Set channels; one module has one value for all its vessels."""
        outcomes: dict[Setting, Outcome] = {}
        for channel in sorted({channel for _, channel in settings}):
            keys = [key for key in settings if key[1] == channel]
            outcome = self._set_all(bus, channel, {settings[key] for key in keys})
            outcomes |= dict.fromkeys(keys, outcome)
        return outcomes

    def forgotten(self, bus: Bus) -> dict[str, str]:
        """See `Device.forgotten`; each reading tells the set-point too, and two have to agree."""
        lost = {}
        for channel, value in self._held.items():
            if not self._holds(channel, value):
                self._look(bus, channel)
            if not self._holds(channel, value):
                lost[channel] = f"its set-point is {self._targets[channel]}, not {value:g}"
        return lost

    def _set_all(self, bus: Bus, channel: str, wanted: Iterable[float]) -> Outcome:
        value, *others = wanted
        if others:
            return Outcome("not done", f"{self.name} has one {channel} for all its vessels")
        self._held.pop(channel, None)
        try:
            outcome = self._set(bus, channel, value)
        except (OutOfRange, DeviceRefused) as error:
            return Outcome("not done", f"{self.name}: {error}")
        if outcome.status == "done" and outcome.value:  # one at 0 is off, and nothing to lose
            self._held[channel] = outcome.value
        return outcome

    def _holds(self, channel: str, value: float) -> bool:
        told = self._targets.get(channel, "")
        same = _NUMBER.fullmatch(told) and abs(float(told) - value) <= _RESOLUTION[channel]
        return bool(same)

    def _look(self, bus: Bus, channel: str) -> dict[str, str]:
        """What it tells of a channel; the set-point is kept in mind."""
        fields = self._fields(bus, channel)
        self._targets[channel] = fields.get("T", "none")
        return fields

    def _set(self, bus: Bus, channel: str, value: float) -> Outcome:
        """Set a channel and have its set-point told back."""
        self.commands[f"set {channel}"].check(value)
        self._ask(bus, f"set {channel}", value=value)
        told = self._number(self._look(bus, channel), "T", channel)
        if abs(told - value) > _RESOLUTION[channel]:
            return Outcome("not done", f"{self.name} tells set-point {told:g}, not {value:g}", told)
        return Outcome("done", value=told)

    def _number(self, fields: Mapping[str, str], key: str, channel: str) -> float:
        text, command = fields.get(key, ""), self.commands[channel]
        if key == "T" and text.lower() == "none":
            raise DeviceRefused(f"it has no set-point for {channel}")
        number = _NUMBER.fullmatch(text)
        if number is None or not command.low <= float(text) <= command.high:
            raise DamagedReply(f"'{text}' is no {channel}")
        return float(text)

    def _fields(self, bus: Bus, name: str) -> dict[str, str]:
        return dict(_FIELD.findall(self._ask(bus, name)))

    def _ask(self, bus: Bus, name: str, **values: object) -> str:
        """One command; every command here may be sent again."""
        command = self.commands[name]
        request = command.fill(**values)
        for attempt in range(1, command.tries + 1):
            answer: Exchange[str] = Exchange(
                (request,), self._framing, _Answer(*self.end), command.timeout_s, command.effect
            )
            try:
                return bus.transact(answer)
            except (NoReply, DamagedReply, ForeignReply):
                if attempt == command.tries:
                    raise
        raise NoReply(f"'{name}' is never sent")


class HeaterShaker(OpentronsModule):
    """Heats from 37 degC on and shakes; see `OpentronsModule`."""

    commands = HEATER_SHAKER
    end = ("OK", 1, True)
    serial_key = "SerialNo"

    def identify(self, bus: Bus) -> None:
        """Check the number, and that the latch holds what stands on it."""
        super().identify(bus)
        if self._fields(bus, "latch").get("STATUS") != "IDLE_CLOSED":
            raise DeviceRefused("its latch is not closed; it would not shake")

    def _set(self, bus: Bus, channel: str, value: float) -> Outcome:
        if channel == "stirring" and value == 0.0:
            self._ask(bus, "stop")
            return Outcome("done", value=0.0)
        low = self.commands["set temperature"].low
        if channel == "temperature" and value < low:
            self._ask(bus, "heater off")
            reason = f"{self.name} heats from {low:g} degC on; its heater is off"
            return Outcome("not done", reason)
        return super()._set(bus, channel, round(value) if channel == "stirring" else value)


class TemperatureModule(OpentronsModule):
    """Heats and cools; see `OpentronsModule`."""

    commands = TEMPERATURE_MODULE
    end = ("ok", 2, False)
    serial_key = "serial"
