"""Atlas Scientific EZO circuits in UART mode: pH, dissolved oxygen, RTD; 9600 8N1, one a port.

After the EZO data sheets, chapters "UART mode": commands and every line of a reply end with a
carriage return; a reply is its data and then ``*OK``, or ``*ER``. A query answers with its own
name (``?C,0``), a reading is a bare number. Unasked come ``*WA`` awake, ``*SL`` asleep, ``*RS``
restarting, ``*RE`` ready, ``*OV`` and ``*UV`` wrong supply, and in continuous mode, the mode at
delivery, a reading every second. So each start, and each doubt, ends that mode, and a reading is
believed when a query that names itself is answered next: a late reading would have come instead.

Doubts: there is neither checksum nor parity: a bit flipped inside a number, so that it stays a
number within the circuit's range, is not seen on the wire. How many decimals DO has is not
confirmed. A pH is true only at the temperature it is compensated to: 25 degC unless ``broth`` in
the station file says another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, TypeVar

from hardware.bus import Bus, Exchange
from hardware.devices.device import Command, Device, Probe
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, HardwareError, NoReply
from hardware.framing import ClosedLines
from hardware.specs import AtlasEzoSpec
from hardware.specs.atlas_ezo import CHANNELS

COMMANDS: Final[Mapping[str, Command]] = {
    "quiet": Command("C,0\r", "set", 0.8, "EZO-pH, continuous mode"),
    "codes": Command("*OK,1\r", "set", 0.8, "EZO-pH, response codes", tries=1),
    "is quiet": Command("C,?\r", "read", 0.8, "EZO-pH, continuous mode"),
    "in step": Command("C,?\r", "read", 0.8, "EZO-pH, continuous mode", tries=1),
    "who": Command("i\r", "read", 0.8, "EZO-pH, device information"),
    "status": Command("Status\r", "read", 0.8, "EZO-pH, reading device status", unit="V"),
    "broth": Command("T,{value:.1f}\r", "set", 0.8, "EZO-pH, compensation", "degC", 0, 100),
    "celsius": Command("S,c\r", "set", 0.8, "EZO-RTD, temperature scale"),
    "outputs": Command("O,?\r", "read", 0.8, "EZO-DO, enable or disable parameters"),
    "percent": Command("O,%,1\r", "set", 0.8, "EZO-DO, enable or disable parameters"),
    "ph": Command("R\r", "read", 1.6, "EZO-pH, single reading", "pH", 0.001, 14.0, tries=1),
    "do": Command("R\r", "read", 1.3, "EZO-DO, single reading", "%", 0.0, 420.0, tries=1),
    "rtd": Command("R\r", "read", 1.3, "EZO-RTD, single reading", "degC", -126, 1254, tries=1),
}
"""A circuit takes 0.3 s for a command, 0.6 s for a reading of DO or RTD, 0.9 s for one of pH."""
_THOUSANDTHS = re.compile(r"-?\d{1,4}\.\d{3}")
_FORMS: Final = {"ph": _THOUSANDTHS, "rtd": _THOUSANDTHS, "do": re.compile(r"\d{1,3}\.\d{1,2}")}
_OXYGEN: Final = ("mg", "%")
"""What a DO circuit may send, in the order in which it sends what is switched on."""
_NO_PROBE_C = -1023.0
_CLOSING: Final = (b"*OK", b"*ER")
_SUPPLY: Final = {"*OV": "too high", "*UV": "too low"}
_RESTARTS: Final = ("*RS", "*RE")
_HARMLESS: Final = ("*OK", "*WA", "*SL", "*TOOFAST")
_DRAIN_S = 0.1
Value = TypeVar("Value")


class Restarted(DeviceRefused):
    """The circuit started anew in between and has forgotten its settings."""


DOUBTS: Final = (NoReply, DamagedReply, ForeignReply, Restarted)
"""After these it is not certain who answers what: the circuit must prove itself again."""


class Circuit(Device):
    """What all circuits share.

    Args:
        spec: Its line of the station file.
        vessels: The one vessel it serves.
        kind: What it calls itself, in small letters without dots.

    Attributes:
        restarted: Why it last started and its supply voltage, as it says: it shows brown-outs.
    """

    gap_s = 0.02

    def __init__(self, spec: AtlasEzoSpec, vessels: tuple[str, ...], kind: str) -> None:
        self.name = f"atlas-ezo {spec.circuit}"
        self.vessels = vessels
        self.restarted = ""
        self._spec = spec
        self._kind = kind
        self._framing = ClosedLines(b"\r", _CLOSING)
        self._sure = False

    def identify(self, bus: Bus) -> None:
        """End continuous mode, check what the circuit is, and set it up."""
        self._sure = False
        with suppress(*DOUBTS):  # asleep, or without response codes
            self._do(bus, COMMANDS["quiet"])
        self._do(bus, COMMANDS["codes"])
        bus.wait(_DRAIN_S)
        kind = self._ask(bus, COMMANDS["who"])[0]
        if kind.replace(".", "").lower() != self._kind:
            raise DeviceRefused(f"it is an EZO circuit for {kind}, not for {self._spec.circuit}")
        self.restarted = " ".join(self._ask(bus, COMMANDS["status"]))
        self._set_up(bus)
        if self._ask(bus, COMMANDS["is quiet"]) != ["0"]:
            raise DamagedReply("it goes on sending readings unasked")
        self._sure = True

    def _set_up(self, bus: Bus) -> None:
        """What else this kind of circuit needs."""

    def _do(self, bus: Bus, command: Command, **fields: object) -> None:
        """Have something done or set."""
        self._transact(bus, command, _match_done, **fields)

    def _ask(self, bus: Bus, command: Command) -> list[str]:
        """The values in the answer to a query."""
        return self._transact(bus, command, _match_answer)

    def _transact(
        self, bus: Bus, command: Command, match: Callable[[bytes, bytes], Value], **fields: object
    ) -> Value:
        requests = (command.fill(**fields),) * command.tries
        try:
            return bus.transact(
                Exchange(requests, self._framing, match, command.timeout_s, command.effect)
            )
        except HardwareError as error:
            self._sure &= isinstance(error, DeviceRefused) and not isinstance(error, Restarted)
            raise


class EzoSensor(Circuit):
    """A measuring circuit.

    Args:
        spec: Its line of the station file.
        vessels: The one vessel it stands in.
    """

    def __init__(self, spec: AtlasEzoSpec, vessels: tuple[str, ...]) -> None:
        super().__init__(spec, vessels, spec.circuit)
        self.probes = (Probe(CHANNELS[spec.circuit], vessels, self.measure),)
        self._outputs: tuple[str, ...] = (spec.circuit,)

    def measure(self, bus: Bus) -> float:
        """PH, DO in % air saturation, or degC; after any doubt the circuit is set up anew."""
        if self._sure:
            with suppress(*DOUBTS):
                return self._read(bus)
        self.identify(bus)
        return self._read(bus)

    def _read(self, bus: Bus) -> float:
        command = COMMANDS[self._spec.circuit]
        reading = self._transact(bus, command, _match_reading)
        self._transact(bus, COMMANDS["in step"], _match_step)
        if reading == "no output":
            raise DeviceRefused("all its outputs are switched off")
        numbers = reading.split(",")
        form = _FORMS[self._spec.circuit]
        if len(numbers) != len(self._outputs) or not all(map(form.fullmatch, numbers)):
            self._sure = False
            raise DamagedReply(f"'{reading}' is no reading of {' and '.join(self._outputs)}")
        value = float(numbers[-1])  # where mg/L is sent too, % comes last
        if value == _NO_PROBE_C:
            raise DeviceRefused("no probe is connected to it")
        if not command.low <= value <= command.high:
            raise DamagedReply(f"{value:g} {command.unit} cannot be")
        return value

    def _set_up(self, bus: Bus) -> None:
        if self._spec.broth is not None:
            COMMANDS["broth"].check(self._spec.broth)
            self._do(bus, COMMANDS["broth"], value=self._spec.broth)
        if self._spec.circuit == "rtd":
            self._do(bus, COMMANDS["celsius"])
        if self._spec.circuit == "do":
            if "%" not in self._ask(bus, COMMANDS["outputs"]):
                self._do(bus, COMMANDS["percent"])
            switched_on = self._ask(bus, COMMANDS["outputs"])
            if "%" not in switched_on:
                raise DamagedReply(f"it sends {' and '.join(switched_on)}, not %")
            self._outputs = tuple(output for output in _OXYGEN if output in switched_on)


def _data(request: bytes, frame: bytes) -> list[str]:
    """The lines of a reply that are neither codes nor the request's echo."""
    lines = frame.decode("ascii", "replace").split("\r")
    lines = [line for line in lines if line != request.strip().decode("ascii")]
    codes = [line for line in lines if line.startswith("*")]
    if any(code in _RESTARTS for code in codes):
        raise Restarted("it restarted in between")
    for code in codes:
        if code in _SUPPLY:
            raise DeviceRefused(f"its supply voltage is {_SUPPLY[code]} ({code})")
        if code not in (*_HARMLESS, "*ER") and not code.startswith("*DONE"):
            raise DamagedReply(f"'{code}' is no code of an EZO circuit")
    if codes[-1] == "*ER":
        raise DeviceRefused("too fast for it" if "*TOOFAST" in codes else "it does not take this")
    return [line for line in lines if line not in codes]


def _match_done(request: bytes, frame: bytes) -> None:
    if any(line.startswith("?") for line in _data(request, frame)):
        raise ForeignReply("the answer to a query came where none was asked")


def _match_answer(request: bytes, frame: bytes) -> list[str]:
    answers = [line for line in _data(request, frame) if line.startswith("?")]
    asked = request.decode("ascii").strip().split(",")[0].lower()
    # DO answers '?,O,%,mg' to 'O,?'; the pump's 'DC,?' has another name in its answer.
    name, *values = answers[0].lstrip("?,").split(",") if answers else ("", "")
    if len(answers) != 1 or name.lower() != {"dc": "maxrate"}.get(asked, asked):
        raise ForeignReply(f"the answer to '{name}' came, '{asked}' was asked")
    if not values:
        raise DamagedReply(f"'{answers[0]}' has no value")
    return values


def _match_reading(request: bytes, frame: bytes) -> str:
    data = _data(request, frame)
    if not data or any(line.startswith("?") for line in data):
        raise ForeignReply("the reply to something else came, a reading was asked")
    if len(data) > 1:
        raise DamagedReply("it sends readings unasked (continuous mode)")
    return data[0]


def _match_step(request: bytes, frame: bytes) -> None:
    if (data := _data(request, frame)) != ["?C,0"]:
        raise DamagedReply(f"'{','.join(data)}' came next: its replies are out of step")
