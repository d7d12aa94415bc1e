"""One emulated Arc pH sensor on a pseudo-terminal; prints its path, ends when its input does."""

from __future__ import annotations

import sys

from hardware.emulators import EmulatedLine, Plant, serve
from hardware.emulators.hamilton_arc import HamiltonArc
from hardware.emulators.modbus_rtu import RtuSegment
from twin import Culture, Start, VesselPhysics

_NO_WIRE_TIME = 10**9
"""Bits per second: 0.4 µs a transaction. As no standard rate, it expects none of a client."""


def main() -> None:
    """Serve until the input ends."""
    start = Start(volume_ml=10, biomass=0.1, temperature_c=25, ph=7, stirring_rpm=0)
    plant = Plant({"A1": Culture("e-coli", start, VesselPhysics())})
    plant.warm_up()
    sensors = RtuSegment({1: HamiltonArc(plant, "A1", "ph", 1)}, turnaround_s=0.0)
    with serve({"ph": EmulatedLine([sensors], _NO_WIRE_TIME, "8N2")}) as addresses:
        print(addresses["ph"], flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
