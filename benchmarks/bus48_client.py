"""Our buses on many ports at once, each with its own thread.

Usage: python -m benchmarks.bus48_client SECONDS BAUD PORT...
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence

from benchmarks.peer_scripts.bus48_figures import REPLY, REQUEST, figures
from hardware import Bus, Exchange, SerialPort, ThreadRunner
from hardware.errors import DamagedReply
from hardware.framing import Delimited
from hardware.runner import Steps
from hardware.station_spec import PortSpec

_TIMEOUT_S = 1.0


def _match(request: bytes, frame: bytes) -> int:
    if frame != REPLY.strip():
        raise DamagedReply(f"{frame!r} is not what was sent")
    return len(frame)


def _asking(until_s: float, took_s: list[float]) -> object:
    """A sweep: one transaction after the other, letting urgent jobs in between."""
    exchange = Exchange((REQUEST,), Delimited(b"\n"), _match, _TIMEOUT_S)

    def sweep(bus: Bus) -> Steps[None]:
        began_s = time.monotonic()
        while began_s < until_s:
            bus.transact(exchange)
            ended_s = time.monotonic()
            took_s.append(ended_s - began_s)
            yield 0.0
            began_s = time.monotonic()

    return sweep


async def measure(seconds: float, baud: int, ports: Sequence[str]) -> dict[str, float]:
    """Ask on all ports for so many seconds."""
    runners = [
        ThreadRunner(Bus(SerialPort(path, PortSpec(path=path, baud=baud)))) for path in ports
    ]
    await asyncio.gather(*(runner.submit(Bus.open) for runner in runners))
    took_s: list[float] = []
    began_s, used_s = time.monotonic(), time.process_time()
    until_s = began_s + seconds
    await asyncio.gather(*(runner.submit(_asking(until_s, took_s)) for runner in runners))
    result = figures(took_s, time.monotonic() - began_s, time.process_time() - used_s)
    for runner in runners:
        runner.close()
    return result


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(float(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))))
