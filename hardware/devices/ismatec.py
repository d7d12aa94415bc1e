"""Ismatec Reglo ICC: a peristaltic pump of four channels that run by themselves, 9600 8N1.

Manual 14-036-E rev. D, p. 17 to 25. A command is a digit, letters, data, CR; with channel
addressing on (``~1``) the digit is the channel. The answer is one character (``*`` done, ``#``
not, ``+`` and ``-`` by the command) or a value and CR LF. Volumes (mL) and flows (mL/min) are sent
as ``mmmmse``, that is m.mmm x 10^se, and come back as ``mmmmEse``; mode ``O`` doses a volume at a
rate.

Nothing in an answer says what it answers, and there is no checksum. All settings are therefore
read back together before ``H`` starts the dose, a value other than the one sent must come back
twice, and the channel must stand still. Mode and volume are asked again as soon as it runs: one
that runs with others is stopped within about 0.1 s. After a dose the volume is set to nothing, so
that a start whose address was damaged, meant for another channel, starts no old dose. ``H`` is sent
once. Whether the channel runs (``E``) is
asked afterwards, and whether mode and volume are still those that were set: a pump that was
switched off meanwhile has others.

Doubts: that ``E`` speaks of the channel (not of the whole pump) with channel addressing on, the
form of the answers to ``f``, ``v`` and ``xe`` and how events (``^``) end are from public code. The
pump may round what it is set to; up to 1 % is accepted and told. A dose shorter than a time-out
whose start nobody acknowledged stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Final

from hardware.bus import Bus, Exchange
from hardware.devices.device import Command, Device, OutOfRange
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, HardwareError, NoReply
from hardware.framing import StatusOrLine
from hardware.outcome import Outcome
from hardware.runner import Steps
from hardware.specs.ismatec import PumpChannel

_TIME_S = 0.5
COMMANDS: Final[Mapping[str, Command]] = {
    "model": Command("{channel}#\r", "read", _TIME_S, "p. 22"),
    "channels": Command("{channel}xA\r", "read", _TIME_S, "p. 25"),
    "addressing": Command("{channel}~{value}\r", "set", _TIME_S, "p. 22, 1.1"),
    "events": Command("{channel}xE{value}\r", "set", _TIME_S, "p. 22, 1.3"),
    "mode": Command("{channel}{value}\r", "set", _TIME_S, "p. 22, 3.4"),
    "rate": Command("{channel}xf{value}\r", "set", _TIME_S, "p. 22, 3.9"),
    "direction": Command("{channel}{value}\r", "set", _TIME_S, "p. 22, 2.5"),
    "flow": Command("{channel}f{value}\r", "set", _TIME_S, "p. 23", "mL/min", 1e-6, 9999),
    "volume": Command("{channel}v{value}\r", "set", _TIME_S, "p. 23", "mL", 1e-4, 9999),
    "start": Command("{channel}H\r", "act", _TIME_S, "p. 22, 2.1", tries=1),
    "stop": Command("{channel}I\r", "set", _TIME_S, "p. 22, 2.2", tries=3),
    "running": Command("{channel}E\r", "read", _TIME_S, "p. 17, ref. 18", tries=3),
    "cause": Command("{channel}xe\r", "read", _TIME_S, "p. 22, 2.7"),
}
_READ_BACK: Final = {"mode": "{channel}xM\r", "direction": "{channel}xD\r"}
"""How a setting is asked for, where that is not the same command without data."""
_NUMBER: Final = re.compile(r"(\d)(\d{3})E([+-]\d)")
_SET: Final = re.compile(r"\*|\d{4}E[+-]\d")
_ANSWERS: Final[Mapping[str, re.Pattern[str]]] = {
    "model": re.compile(r"[A-Z].* \d+ \d+"),
    "channels": re.compile(r"[1-4]"),
    "addressing": re.compile("[01]"),
    "events": re.compile("[01]"),
    "mode": re.compile("[LMOGQNP]"),
    "rate": re.compile("[01]"),
    "direction": re.compile("[JK]"),
    "flow": _NUMBER,
    "volume": _NUMBER,
    "start": re.compile("[*#-]"),
    "stop": _SET,
    "running": re.compile(r"[+-]"),
    "cause": re.compile(r"[CRV][| ].*"),
}
"""What can answer each question; an answer to a setting is ``*`` or the value that was taken."""
_CAUSES: Final = {"C": "no cycle is set", "R": "the flow is 0 or too high", "V": "too much volume"}
_ROUNDED = 0.01
_LATE = 0.05
_PATIENCE_S = 5.0
_POLL_S = 0.2
_NOTHING: Final = "0000+0"
"""No volume."""
_STILL_RUNS = 0.8
"""At this share of its time a dose must still be under way, or something stopped it."""


def encode(value: float) -> str:
    """A volume or flow as it is sent: the nearest number of four digits, ``1150+0`` for 1.15.

    Raises:
        OutOfRange: It is negative, or its exponent has more than one digit.
    """
    mantissa, exponent = f"{Decimal(repr(value)):.3E}".split("E")
    power = 0 if Decimal(mantissa) == 0 else int(exponent)
    if value < 0 or not -9 <= power <= 9:
        raise OutOfRange(f"{value:g} cannot be sent")
    return f"{mantissa.replace('.', '')}{power:+d}"


def decode(text: str) -> float:
    """The volume or flow that a pump's ``1150E+0`` is.

    Raises:
        DamagedReply: It is no such number.
    """
    number = _NUMBER.fullmatch(text)
    if number is None:
        raise DamagedReply(f"'{text}' is no number of the form 1150E+0")
    return float(f"{number[1]}.{number[2]}e{number[3]}")


class IsmatecChannel(Device):
    """One channel of a pump.

    Args:
        number: Of the channel.
        spec: Its part of the station file.
    """

    gap_s = 0.005

    def __init__(self, number: int, spec: PumpChannel) -> None:
        self.name = f"ismatec channel {number}"
        self.vessels = (spec.vessel,)
        self.sources = (spec.source,)
        self._number = number
        self._flow_ml_min = spec.flow / 60.0
        self._direction = "J" if spec.direction == "clockwise" else "K"
        self._framing = StatusOrLine(b"*#+-")

    def identify(self, bus: Bus) -> None:
        """It must be a Reglo ICC with this channel; it addresses channels and sends no events."""
        for what, value in (("addressing", "1"), ("events", "0")):
            self._set(bus, what, value)
            self._confirm(bus, what, value)
        model = self._get(bus, "model")
        if "ICC" not in model:
            raise DeviceRefused(f"it is '{model}', no Reglo ICC")
        if int(self._get(bus, "channels")) < self._number:
            raise DeviceRefused(f"the pump has no channel {self._number}")

    def pump(self, bus: Bus, vessel: str, source: str, volume_ml: float) -> Steps[Outcome]:
        """See `Device.pump`; the pump itself measures the volume and stops."""
        try:
            volume, flow = self._prepare(bus, volume_ml)
            if self._get(bus, "running") == "+":  # a flipped bit can make a start of a setting
                self._get(bus, "stop")
                return Outcome("unknown", f"{self.name} ran unasked and was stopped")
            self._confirm(bus, "mode", "O")  # last: a flipped bit can make a mode of a question
        except (OutOfRange, HardwareError) as error:
            return Outcome("not done", f"{self.name}: {error}", 0.0)
        outcome = yield from self._run(bus, volume, flow)
        with suppress(HardwareError):
            self._set(bus, "volume", _NOTHING)
        return outcome

    def given_ml(self, source: str, volume_ml: float) -> float:
        """See `Device.given_ml`: what the pump takes for the volume may be rounded."""
        return volume_ml * (1.0 + _ROUNDED)

    def halt(self, bus: Bus, vessels: Collection[str]) -> None:
        """See `Device.halt`."""
        self._get(bus, "stop")
        if self._get(bus, "running") == "+":
            raise DeviceRefused("it goes on although it was told to stop")

    def _run(self, bus: Bus, volume: str, flow: str) -> Steps[Outcome]:
        """Start a dose that was prepared, and see to its end."""
        run_s = decode(volume) / decode(flow) * 60.0
        begun_s = bus.now()
        answer = ""
        with suppress(NoReply, DamagedReply, ForeignReply):  # whether it runs is asked next
            answer = self._get(bus, "start")
        running = self._get(bus, "running") == "+"
        left_s = run_s + begun_s - bus.now()
        if running:
            if not self._as_set(bus, volume):
                self._get(bus, "stop")
                return Outcome("unknown", f"{self.name} ran with other settings and was stopped")
            return (yield from self._watch(bus, volume, run_s, left_s))
        return self._not_running(bus, volume, answer, left_s)

    def _prepare(self, bus: Bus, volume_ml: float) -> tuple[str, str]:
        """Set everything, then read everything back; gives volume and flow as the pump has them."""
        COMMANDS["volume"].check(volume_ml)
        COMMANDS["flow"].check(self._flow_ml_min)
        if self._get(bus, "running") == "+":
            raise DeviceRefused("it is running already")
        settings = {"addressing": "1", "events": "0", "mode": "O", "rate": "1"}
        if self._get(bus, "direction") != self._direction:
            settings["direction"] = self._direction
        numbers = {"flow": self._flow_ml_min, "volume": volume_ml}
        for what, value in settings.items():
            self._set(bus, what, value)
        for what, number in numbers.items():
            self._set(bus, what, encode(number))
        for what, value in (settings | {"direction": self._direction}).items():
            self._confirm(bus, what, value)
        flow, volume = (self._confirm_number(bus, what, x) for what, x in numbers.items())
        return volume, flow

    def _watch(self, bus: Bus, volume: str, run_s: float, left_s: float) -> Steps[Outcome]:
        """Wait for the end of a dose that was seen running."""
        end_s = bus.now() + left_s
        yield max(0.0, left_s - (1.0 - _STILL_RUNS) * run_s)
        if bus.now() < end_s and self._get(bus, "running") == "-":
            return Outcome("unknown", f"{self.name} stopped before its time")
        yield max(0.0, end_s - bus.now())
        while self._get(bus, "running") == "+":
            if bus.now() > end_s + _LATE * run_s + _PATIENCE_S:
                self._get(bus, "stop")
                return Outcome("unknown", f"{self.name} ran too long and was stopped")
            yield _POLL_S
        if not self._as_set(bus, volume):
            return Outcome("unknown", f"{self.name} forgot its settings; was it switched off?")
        return Outcome("done", value=decode(volume))

    def _not_running(self, bus: Bus, volume: str, answer: str, left_s: float) -> Outcome:
        """What became of a dose that is not under way right after its start."""
        if answer in ("-", "#"):
            return Outcome("not done", f"{self.name} refused: {self._cause(bus)}", 0.0)
        if not self._as_set(bus, volume):
            return Outcome("unknown", f"{self.name} forgot its settings; was it switched off?")
        if answer == "*" and left_s <= 0.0:
            return Outcome("done", value=decode(volume))
        if not answer and left_s > 0.0:
            return Outcome("not done", f"{self.name} did not hear the start", 0.0)
        return Outcome("unknown", f"{self.name} is not running; whether it ran is not known")

    def _as_set(self, bus: Bus, volume: str) -> bool:
        return self._get(bus, "mode") == "O" and self._get(bus, "volume") == volume

    def _cause(self, bus: Bus) -> str:
        cause = self._get(bus, "cause")
        return f"{_CAUSES[cause[0]]} ({cause[2:]})"

    def _set(self, bus: Bus, what: str, value: str) -> None:
        command = COMMANDS[what]
        self._ask(bus, command, command.fill(channel=self._number, value=value), _SET)

    def _confirm(self, bus: Bus, what: str, value: str) -> None:
        says = self._get(bus, what)
        if says != value:
            raise DeviceRefused(f"its {what} is {says}, not {value}")

    def _confirm_number(self, bus: Bus, what: str, value: float) -> str:
        """What the pump made of a flow or volume; other than it was sent, it is asked twice."""
        says, sent = self._get(bus, what), encode(value)
        if says != f"{sent[:4]}E{sent[4:]}":
            rounded = abs(decode(says) - value) <= _ROUNDED * value
            if not rounded or self._get(bus, what) != says:
                raise DeviceRefused(f"its {what} is {says}, not {sent} {COMMANDS[what].unit}")
        return says

    def _get(self, bus: Bus, what: str) -> str:
        command = COMMANDS[what]
        template = _READ_BACK.get(what, command.template.replace("{value}", ""))
        request = template.format(channel=self._number).encode("ascii")
        return self._ask(bus, command, request, _ANSWERS[what])

    def _ask(self, bus: Bus, command: Command, request: bytes, answers: re.Pattern[str]) -> str:
        def match(request: bytes, frame: bytes) -> str:
            text = frame.decode("ascii", "replace")
            if text.startswith("^"):
                raise ForeignReply(f"an event came unasked: '{text}'")
            if answers.fullmatch(text):
                return text
            if text == "#":
                raise DeviceRefused(f"it refused '{request.strip().decode()}'")
            raise DamagedReply(f"'{text}' does not answer '{request.strip().decode()}'")

        requests = (request,) * command.tries
        return bus.transact(
            Exchange(requests, self._framing, match, command.timeout_s, command.effect)
        )
