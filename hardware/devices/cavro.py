"""Tecan Cavro syringe pumps (XCalibur, XLP 6000), 9600 or 38400 8N1, in the OEM or DT protocol.

Only ``Q`` tells busy or ready, and operand errors show there (p. 3-47). Plunger moves are absolute
(``A``), never relative. After anything uncertain the position (``?``) tells what was done. With the
DT protocol, which has no checksum, ``Q`` and ``?`` must say the same twice, and the valve (``?6``)
is asked after each move: a damaged letter would have sent the liquid another way.

Doubts: the pump stays with the first protocol it hears (OEM or DT) until it is switched off. That
``?6`` tells the valve on all models is not confirmed; a pump that does not know it is believed. In
DT a damaged speed (``V``) is not seen, nor is a command that a flipped bit turned into another one
that ends at the same position; a damaged target is stopped within about 0.1 s and told as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hardware.bus import Bus
from hardware.devices.cavro_link import DtLink, Link, OemLink, Status
from hardware.devices.device import Command
from hardware.devices.syringe_pump import SyringePump
from hardware.errors import DamagedReply, DeviceRefused
from hardware.specs.liquid_handler import CavroSpec, SyringePumpSpec

COMMANDS: Final[Mapping[str, Command]] = {
    "initialise": Command("ZR", "act", 0.3, "p. 3-10", settle_s=2.0, tries=3),
    "move": Command(
        "{valve}V{pulses}A{steps}R", "act", 0.3, "p. 3-17, 3-23", "pulses/s", 5, 5800, tries=3
    ),
    "ready": Command("Q", "read", 0.3, "p. 3-47", tries=3),
    "where": Command("?", "read", 0.3, "p. 3-41", "steps", tries=3),
    "stop": Command("T", "set", 0.3, "p. 3-38", tries=3),
    "valve": Command("?6", "read", 0.3, "XCalibur manual, report commands", tries=3),
}
"""I, O: valve to the wash liquid, to the needle; V: pulses/s; A: absolute plunger position.

Tries of an act count in the OEM protocol only, which makes a repeat safe.
"""

ERRORS: Final[Mapping[int, str]] = {
    1: "initialisation failed",
    2: "it does not know this command",
    3: "an operand is out of range",
    4: "the commands are in a wrong order",
    6: "its memory failed",
    7: "it is not initialised",
    9: "the plunger is overloaded",
    10: "the valve is overloaded",
    11: "the plunger must not move with the valve at bypass",
    15: "a command came while it was moving",
}
NEEDS_INITIALISING: Final = frozenset({1, 7, 9, 10})
_PULSES_A_STROKE = 6000


class CavroPump(SyringePump):
    """One pump.

    Args:
        spec: Its part of the station file.
    """

    commands: Mapping[str, Command] = COMMANDS

    def __init__(self, spec: CavroSpec) -> None:
        link = OemLink(spec.address) if spec.protocol == "oem" else DtLink(spec.address)
        self._connect(spec, link, f"cavro {spec.address}")

    def _connect(self, spec: SyringePumpSpec, link: Link, name: str) -> None:
        super().__init__(spec)
        self.name = name
        self.witnesses = link.witnesses
        self._link = link
        self._pulses_per_step = _PULSES_A_STROKE / spec.steps

    def status(self, bus: Bus) -> Status:
        """Ready or busy, and the error that stands."""
        return self._ask(bus, "ready")

    def position(self, bus: Bus) -> int:
        """See `SyringePump.position`."""
        data = self._ask(bus, "where").data
        if not data.isdigit() or int(data) > self._spec.steps:
            raise DamagedReply(f"'{data}' is no plunger position")
        return int(data)

    def needs_initialising(self, bus: Bus) -> bool:
        """See `SyringePump.needs_initialising`."""
        return self.status(bus).error in NEEDS_INITIALISING

    def move_s(self, way: int, flow_ml_h: float) -> float:
        """See `SyringePump.move_s`."""
        return abs(way) * self._pulses_per_step / self._pulses_s(flow_ml_h)

    def _ready(self, bus: Bus) -> bool:
        status = self.status(bus)
        if status.error in NEEDS_INITIALISING:
            raise DeviceRefused(f"{self.name}: {ERRORS[status.error]}")
        return status.ready

    def _home(self, bus: Bus) -> None:
        command = self.commands["initialise"]
        self._link.transact(bus, command, command.template)

    def _send_move(self, bus: Bus, target: int, valve: str, flow_ml_h: float) -> None:
        command = self.commands["move"]
        text = command.fill(valve=valve, pulses=self._pulses_s(flow_ml_h), steps=target)
        self._link.transact(bus, command, text.decode("ascii"))

    def _stop(self, bus: Bus) -> None:
        self._ask(bus, "stop")

    def _check_valve(self, bus: Bus, valve: str) -> None:
        if self.witnesses == 1 or "valve" not in self.commands:
            return
        says = self._ask(bus, "valve").data.upper()
        if says and says != valve:
            self._plunger = None
            raise DeviceRefused(f"the valve of {self.name} stands at '{says}', not at '{valve}'")

    def _ask(self, bus: Bus, what: str) -> Status:
        command = self.commands[what]
        return self._link.transact(bus, command, command.template)

    def _pulses_s(self, flow_ml_h: float) -> int:
        """Motor pulses per second of a flow, within what the pump can do."""
        limits = self.commands["move"]
        pulses = flow_ml_h / 3600.0 / self._spec.step_ml * self._pulses_per_step
        return round(min(max(pulses, limits.low), limits.high))
