"""Hamilton PSD/4 syringe pump in its terminal protocol, 9600 8N1: the Cavro DT dialect.

Same frame, same status byte and error numbers as Cavro DT. The resolution is chosen with ``N``
(N0: 3000 steps a stroke, N1: 24 000), said before each initialisation because position means
nothing without it; speed counts 6000ths of a stroke per second in either.

Doubts: whether its firmware obeys the Cavro OEM repeat is not confirmed, so only DT is spoken and
an act is sent once. What its valve queries (``?20000``, ``?23000``) answer is not known to us, so
the valve is not asked after a move. DT has no checksum: see `hardware.devices.cavro`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hardware.bus import Bus
from hardware.devices.cavro import CavroPump
from hardware.devices.cavro_link import DtLink
from hardware.devices.device import Command
from hardware.specs.liquid_handler import Psd4Spec

COMMANDS: Final[Mapping[str, Command]] = {
    "initialise": Command("N{fine}ZR", "act", 0.3, "PSD/4, initialisation", settle_s=2.0, tries=1),
    "move": Command(
        "{valve}V{pulses}A{steps}R", "act", 0.3, "PSD/4, syringe", "pulses/s", 2, 5800, tries=1
    ),
    "stop": Command("T", "set", 0.3, "PSD/4, terminate", tries=3),
    "ready": Command("Q", "read", 0.3, "PSD/4, pump status", tries=3),
    "where": Command("?", "read", 0.3, "PSD/4, absolute syringe position", "steps", tries=3),
}


class Psd4Pump(CavroPump):
    """One pump.

    Args:
        spec: Its part of the station file.
    """

    commands = COMMANDS

    def __init__(self, spec: Psd4Spec) -> None:
        self._connect(spec, DtLink(spec.address), f"hamilton-psd4 {spec.address}")

    def _home(self, bus: Bus) -> None:
        command = self.commands["initialise"]
        text = command.fill(fine=int(self._spec.steps == 24000))
        self._link.transact(bus, command, text.decode("ascii"))
