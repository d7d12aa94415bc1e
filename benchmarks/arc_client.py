"""Processor time our client spends on reading one Arc sensor again and again.

Usage: python -m benchmarks.arc_client PORT BAUD TRANSACTIONS
"""

from __future__ import annotations

import json
import sys
import time

from hardware import Bus, SerialPort
from hardware.devices.hamilton_arc import HamiltonArc
from hardware.specs import ArcSpec
from hardware.station_spec import PortSpec

_WARM_UP = 20


def cpu_us(path: str, baud: int, count: int) -> float:
    """Read one sensor ``count`` times; µs of processor time a reading."""
    line = PortSpec(path=path, baud=baud, frame="8N2")
    probe = ArcSpec(family="hamilton-arc", port="ph", reads="ph", addresses=(1,), vessels="A1")
    sensor = HamiltonArc(probe, 1, "A1", line.character_s)
    bus = Bus(SerialPort(path, line))
    bus.gap_s = sensor.gap_s
    bus.open()
    for _ in range(_WARM_UP):
        sensor.measure(bus)
    began = time.process_time()
    for _ in range(count):
        sensor.measure(bus)
    used_s = time.process_time() - began
    bus.close()
    return used_s / count * 1e6


if __name__ == "__main__":
    print(json.dumps({"cpu_us": cpu_us(sys.argv[1], *map(int, sys.argv[2:]))}))
