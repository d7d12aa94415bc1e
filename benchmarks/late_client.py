"""Our drivers asking a device that is always late.

Usage: python -m benchmarks.late_client modbus|alicat|ika PORT QUESTIONS
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress

from benchmarks.peer_scripts.late_questions import Answer, tally
from hardware import Bus, HardwareError, SerialPort
from hardware.devices.alicat import Alicat
from hardware.devices.hamilton_arc import HamiltonArc
from hardware.devices.namur import Namur
from hardware.specs import AlicatSpec, ArcSpec, NamurSpec
from hardware.station_spec import PortSpec

_FRAMES = {"modbus": "8N2", "alicat": "8N1", "ika": "7E1"}
_BAUD = 9600


def main(kind: str, path: str, questions: int) -> None:
    """Ask, and print what came of it."""
    line = PortSpec(path=path, baud=_BAUD, frame=_FRAMES[kind])
    bus = Bus(SerialPort(path, line))
    bus.open()
    ask = {"modbus": _arc, "alicat": _alicat, "ika": _ika}[kind](bus, line.character_s)
    print(json.dumps(tally(kind, ask, questions)))


def _arc(bus: Bus, character_s: float) -> Callable[[int], float]:
    sensors = []
    for reads in ("ph", "temperature"):
        spec = ArcSpec.model_construct(
            family="hamilton-arc", port="x", reads=reads, addresses=(1,), vessels="A1"
        )
        sensors.append(HamiltonArc(spec, 1, "A1", character_s))
    bus.gap_s = sensors[0].gap_s
    return lambda i: sensors[i % 2].measure(bus)


def _alicat(bus: Bus, character_s: float) -> Callable[[int], float]:
    spec = AlicatSpec(family="alicat", port="x", unit="A", vessels="A1")
    controller = Alicat(spec, ("A1",), character_s)
    bus.gap_s = controller.gap_s
    with suppress(HardwareError):  # its columns come in time, what it measures does not
        controller.identify(bus)
    return lambda i: controller.measure(bus)


def _ika(bus: Bus, character_s: float) -> Callable[[int], float]:
    plate = Namur(NamurSpec(family="namur", port="x", maker="ika", vessels="A1"), ("A1",))
    bus.gap_s = plate.gap_s
    probes: dict[str, Callable[[Bus], Answer]] = {
        probe.channel: probe.measure for probe in plate.probes
    }
    return lambda i: probes[("temperature", "stirring")[i % 2]](bus)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
