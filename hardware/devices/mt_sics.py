"""Balances that speak MT-SICS (Mettler-Toledo's standard commands, levels 0 and 1), 9600 8N1.

Lines of capitals, CR LF both ways. An answer begins with the command's name and a status letter:
``S S     100.00 g`` stable, ``S D`` still moving, ``S I`` not executable or no rest in time,
``S +`` and ``S -`` over and under the range, ``S S Error 10b`` a fault. ``ES``, ``ET`` and ``EL``
stand for a command unknown, damaged on its way, or impossible. ``@`` ends all that is pending,
streams (``SIR``) too, and answers with the serial number: after anything uncertain it is sent
first, and what comes before its answer is nobody's. A streamed weight looks like an asked one; so
the line is listened to before each weighing, and a balance that speaks unasked is reset.

``@`` clears the tare as well, so weights here are compared, never tared between. A preset tare
(``TA``) is the mark by which a balance shows that it did not lose its power between two weights.

Doubts: nothing checks the digits of a weight on their way, so that a weight counts only when a
second one confirms it. A balance that lost its power in between starts from another zero; one
that takes no preset tare would not show it. Real balances answer ``SI`` with ``S``, one
emulator with ``SI``: both pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from hardware.bus import Bus, Exchange
from hardware.devices.device import Command
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, NoReply
from hardware.framing import Delimited
from hardware.specs.liquid_handler import BalanceSpec

COMMANDS: Final[Mapping[str, Command]] = {
    "reset": Command("@\r\n", "set", 2.0, "MT-SICS reference, @"),
    "stable": Command("S\r\n", "read", 20.0, "MT-SICS reference, S", "g", tries=1),
    "now": Command("SI\r\n", "read", 1.0, "MT-SICS reference, SI", "g", tries=1),
    "tare": Command("T\r\n", "act", 20.0, "MT-SICS reference, T", "g", tries=1),
    "zero": Command("Z\r\n", "act", 20.0, "MT-SICS reference, Z", tries=1),
    "mark": Command("TA 0.1000 g\r\n", "set", 1.0, "MT-SICS reference, TA", "g", tries=1),
    "marked": Command("TA\r\n", "read", 1.0, "MT-SICS reference, TA", "g", tries=1),
}
"""Several commands sent without waiting confuse a balance: none but ``@`` is repeated at once."""

_ANSWERS: Final = {
    "@": ("I4",),
    "S": ("S",),
    "SI": ("S", "SI"),
    "T": ("T",),
    "Z": ("Z",),
    "TA": ("TA",),
}
_TROUBLE: Final = {
    "I": "it cannot do that now, or did not come to rest",
    "L": "it does not take this value",
    "+": "the weight is above its range",
    "-": "the weight is below its range; is the pan in place?",
}
_GRAMS: Final = {"g": 1.0, "mg": 1e-3, "kg": 1e3}
_NUMBER = re.compile(r"-?\d+(?:\.(\d+))?")
_SERIAL = re.compile(r'I4 A "([^"]+)"')
_MARK = re.compile(r"TA A +(?:0\.10*|100(?:\.0*)?) (?:g|mg)")
_LISTENS_S = 0.3
"""A stream has several weights a second."""
_DIGITS_APART = 5
"""Two weights of a thing at rest differ by at most so many of the last digit."""


class Weight(NamedTuple):
    """What the balance shows.

    Attributes:
        grams: The weight.
        digit_g: Value of its last digit.
        stable: Whether it is at rest.
    """

    grams: float
    digit_g: float
    stable: bool


class Balance:
    """One balance.

    Args:
        spec: Its part of the station file.

    Attributes:
        resets: How often it was reset; weights from before and after one are not compared.
    """

    name = "mt-sics balance"

    def __init__(self, spec: BalanceSpec) -> None:
        self.resets = 0
        self._serial = spec.serial
        self._framing = Delimited(b"\n")
        self._certain = False
        self._marked = False

    def identify(self, bus: Bus) -> None:
        """End what is pending; the serial number must be the one that the station file names."""
        self.resets += 1
        serial = _SERIAL.fullmatch(self._transact(bus, "reset"))
        if serial is None:
            raise DamagedReply("it told no serial number")
        if self._serial not in (None, serial[1]):
            raise DeviceRefused(f"its number is {serial[1]}, the station file says {self._serial}")
        self._certain = True

    def weigh(self, bus: Bus) -> float:
        """The weight at rest, confirmed by a second one, g.

        Raises:
            DeviceRefused: It does not come to rest, or is out of its range.
            HardwareError: No usable answer came.
        """
        self._listen(bus)
        for last in (False, False, True):
            try:
                first, second = self._weight(bus, "stable"), self._weight(bus, "now")
            except (NoReply, DamagedReply, ForeignReply):
                if last:
                    raise
                continue
            apart = abs(first.grams - second.grams)
            if second.stable and apart <= _DIGITS_APART * first.digit_g:
                return second.grams
        raise DeviceRefused(f"it shows {first.grams:g} g, then {second.grams:g} g: is there wind?")

    def weight_now(self, bus: Bus) -> Weight:
        """What it shows at this moment, unconfirmed."""
        self._listen(bus)
        return self._weight(bus, "now")

    def tare(self, bus: Bus) -> None:
        """Count from the weight that is on it now."""
        self._listen(bus)
        self._weight(bus, "tare")

    def zero(self, bus: Bus) -> None:
        """Set its zero; refused when more than a trace is on it."""
        self._ask(bus, "zero")

    def mark(self, bus: Bus) -> None:
        """Preset a tare, which it forgets without power; weights count from it afterwards."""
        self._listen(bus)
        self._marked = True
        try:
            self._ask(bus, "mark")
        except DeviceRefused:
            self._marked = False

    def unbroken(self, bus: Bus) -> bool:
        """Whether it was on ever since it was marked, as far as it can show that."""
        return not self._marked or _MARK.fullmatch(self._ask(bus, "marked")) is not None

    def _listen(self, bus: Bus) -> None:
        """Notice a stream (``SIR``, or the key for printing); a reset comes next then."""
        self._certain = self._certain and not bus.wait(_LISTENS_S)

    def _weight(self, bus: Bus, name: str) -> Weight:
        return _weight(self._ask(bus, name))

    def _ask(self, bus: Bus, name: str) -> str:
        """One command, after a reset where the last one's end is not known."""
        if not self._certain:
            self.identify(bus)
        self._certain = False
        try:
            answer = self._transact(bus, name)
        except DeviceRefused:
            self._certain = True
            raise
        self._certain = True
        return answer

    def _transact(self, bus: Bus, name: str) -> str:
        command = COMMANDS[name]
        requests = (command.fill(),) * command.tries
        return bus.transact(
            Exchange(requests, self._framing, _match, command.timeout_s, command.effect)
        )


def _match(request: bytes, frame: bytes) -> str:
    """The line that answers a request."""
    text, asked = frame.decode("ascii", "replace"), request.decode("ascii").strip()
    if text == "ET":
        raise DamagedReply(f"'{asked}' was damaged on its way")
    if text in ("ES", "EL"):
        raise DeviceRefused(f"it does not take '{asked}' ({text})")
    head, _, rest = text.partition(" ")
    if head not in _ANSWERS[asked.split()[0]] or not rest:
        raise ForeignReply(f"'{text}' came, '{asked}' was asked")
    if asked == "S" and rest.startswith("D"):
        raise ForeignReply(f"'{text}' came, a weight at rest was asked")
    if rest in _TROUBLE:
        raise DeviceRefused(_TROUBLE[rest])
    if "Error" in rest:
        raise DeviceRefused(f"it reports {rest.partition(' ')[2]}")
    return text


def _weight(text: str) -> Weight:
    words = text.split()
    number = _NUMBER.fullmatch(words[2]) if len(words) == 4 else None
    if number is None or words[1] not in ("S", "D"):
        raise DamagedReply(f"'{text}' is no weight")
    if words[3] not in _GRAMS:
        raise DeviceRefused(f"it shows '{words[3]}'; set it to g")
    unit_g = _GRAMS[words[3]]
    digit_g = 10.0 ** -len(number[1] or "") * unit_g
    return Weight(float(number[0]) * unit_g, digit_g, words[1] == "S")
