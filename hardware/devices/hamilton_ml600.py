"""Hamilton Microlab 600 diluter, one syringe, in protocol 1/RNO+, 9600 7O1.

``1a`` gives the units of a daisy chain their letters (a to p) and answers ``1`` and the letter
after the last. Everything else begins with a unit's letter and is answered ACK (06) or NAK (15),
data, CR. 48 000 steps are a stroke of 60 mm; speed is in seconds a stroke. The moves used here are
absolute (``M``), valve and plunger in one string. ``F`` tells whether all is done (Y, N, or * while
busy) and ``E1`` what is wrong, bits in one character; it also clears what it tells.

An acknowledgement says neither what it answers nor that anything moved, so acts are sent once and
the position (``YQP``) is asked. Parity shows a single flipped bit to both sides; where a port has
none (a network bridge), done and position must still be said twice.

Doubts: the bits of ``E1`` are from public code (flowchem), with bit 6 taken to be always set; the
order of bits in ``T1`` (busy) is disputed, its bits being 0 for busy in that code and 1 in the
manual, so nothing here rests on it. ``1a`` is said to answer wrongly at first. The letters ``I``
and ``O`` depend on the valve's configuration. Whether a unit echoes commands is not confirmed: an
echo is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from hardware.bus import Bus, Exchange
from hardware.devices.device import Command
from hardware.devices.syringe_pump import SyringePump
from hardware.errors import DamagedReply, DeviceRefused, ForeignReply, HardwareError, NoReply
from hardware.framing import Delimited
from hardware.specs.liquid_handler import Ml600Spec

COMMANDS: Final[Mapping[str, Command]] = {
    "addresses": Command("1a\r", "set", 1.0, "RS-232 manual, auto-addressing", tries=3),
    "initialise": Command("{unit}XR\r", "act", 0.5, "ch. 3, initialise", settle_s=8.0, tries=1),
    "move": Command(
        "{unit}{valve}M{steps}S{stroke_s}R\r", "act", 0.5, "ch. 3", "s/stroke", 2, 3692, tries=1
    ),
    "stop": Command("{unit}K\r", "set", 0.5, "ch. 3, halt", tries=3),
    "done": Command("{unit}F\r", "read", 0.5, "ch. 3.3.1, information request", tries=3),
    "errors": Command("{unit}E1\r", "read", 0.5, "ch. 3.3.2, status request", tries=3),
    "where": Command(
        "{unit}YQPR\r", "read", 0.5, "ch. 3.3.3, syringe parameters", "steps", tries=3
    ),
}
"""I, O: valve to the wash liquid, to the needle; M: absolute plunger position; S: speed."""

_ANSWERS: Final[Mapping[str, re.Pattern[str]]] = {
    "addresses": re.compile("1([b-q])"),
    "initialise": re.compile("\x06()"),
    "move": re.compile("\x06()"),
    "stop": re.compile("\x06()"),
    "done": re.compile(r"\x06([YN*])"),
    "errors": re.compile(r"\x06([@-\x7f])"),
    "where": re.compile(r"\x06(\d{1,5})"),
}
"""What can answer each command; a late answer to another one mostly cannot."""
_ACK, _NAK = 0x06, 0x15
_FAILED = 0x10
_OVERSHOOT = 52_800


class Ml600Pump(SyringePump):
    """One unit of a chain.

    Args:
        spec: Its part of the station file.
    """

    witnesses = 2
    homing_s = 8.0

    def __init__(self, spec: Ml600Spec) -> None:
        super().__init__(spec)
        self._unit = chr(0x60 + spec.address)
        self.name = f"hamilton-ml600 {self._unit}"
        self._address = spec.address
        self._lost = False
        self._framing = Delimited(b"\r")

    def position(self, bus: Bus) -> int:
        """See `SyringePump.position`."""
        steps = int(self._ask(bus, "where"))
        if steps > _OVERSHOOT:
            raise DamagedReply(f"'{steps}' is no plunger position")
        return steps

    def needs_initialising(self, bus: Bus) -> bool:
        """See `SyringePump.needs_initialising`; a unit without a letter was switched off."""
        try:
            self._lost |= self._failed(bus)
        except HardwareError:
            self._address_chain(bus)
            self._lost = True
        return self._lost

    def move_s(self, way: int, flow_ml_h: float) -> float:
        """See `SyringePump.move_s`."""
        return abs(way) / self._spec.steps * self._stroke_s(flow_ml_h)

    def _ready(self, bus: Bus) -> bool:
        if self._ask(bus, "done") != "Y":
            return False
        if self._failed(bus):
            self._lost = True  # it tells an error only once
            raise DeviceRefused(f"{self.name} reports a valve or syringe error")
        return True

    def _home(self, bus: Bus) -> None:
        self._address_chain(bus)
        self._failed(bus)  # an error from before is cleared by asking for it
        self._lost = False
        with suppress(NoReply, DamagedReply, ForeignReply):  # whether it does, it will tell
            self._ask(bus, "initialise")

    def _send_move(self, bus: Bus, target: int, valve: str, flow_ml_h: float) -> None:
        self._ask(bus, "move", valve=valve, steps=target, stroke_s=self._stroke_s(flow_ml_h))

    def _stop(self, bus: Bus) -> None:
        self._ask(bus, "stop")

    def _address_chain(self, bus: Bus) -> None:
        units = ord(self._ask(bus, "addresses")) - ord("a")
        if units < self._address:
            raise DeviceRefused(f"the chain has {units} units, this one would be {self._address}")

    def _failed(self, bus: Bus) -> bool:
        return bool(ord(self._ask(bus, "errors")) & _FAILED)

    def _ask(self, bus: Bus, what: str, **fields: object) -> str:
        """Do one exchange; gives the data of the answer."""
        command = COMMANDS[what]
        request = command.fill(unit=self._unit, **fields)

        def match(request: bytes, frame: bytes) -> str:
            if frame == request.strip():
                raise ForeignReply("the command came back as an echo")
            if frame[:1] == bytes([_NAK]):
                raise DeviceRefused(f"{self.name} refused '{_text(request)}'")
            answer = _ANSWERS[what].fullmatch(frame.decode("ascii", "replace"))
            if answer is None and frame[0] in (_ACK, 0x31):
                raise ForeignReply(f"'{frame.hex(' ')}' does not answer '{_text(request)}'")
            if answer is None:
                raise DamagedReply(f"'{frame.hex(' ')}' is no answer")
            return answer[1]

        requests = (request,) * command.tries
        return bus.transact(
            Exchange(requests, self._framing, match, command.timeout_s, command.effect)
        )

    def _stroke_s(self, flow_ml_h: float) -> int:
        """Seconds a stroke of a flow, within what the unit can do."""
        limits = COMMANDS["move"]
        stroke_s = self._spec.syringe / flow_ml_h * 3600.0
        return round(min(max(stroke_s, limits.low), limits.high))


def _text(request: bytes) -> str:
    """A request as a message shows it."""
    return request.strip().decode("ascii")
