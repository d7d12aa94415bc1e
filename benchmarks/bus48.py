"""Forty-eight lines at 9600 baud at once: how much of the wire's time is used, and what it costs.

Devices in another process hold each reply back for the time that it and its request take on the
wire, 52.08 ms for 20 and 30 bytes. A client that asks again at once could do 19.2 transactions a
second on each line; waking up, thinking and writing take their share of that.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks import wire_device
from benchmarks.awake import processors_awake
from benchmarks.peers import medians, run_peer, tell_user
from benchmarks.result import Benchmark, Result, machine_load

_PORTS, _BAUD = 48, 9600
_SECONDS = 8.0
_ROUNDS = 3
_PYSERIAL = ("pyserial==3.5",)
_WAYS: Mapping[str, str] = {"pyserial, thread a port": "thread", "asyncio.to_thread": "to_thread"}
_WIRE_MS = wire_device.wire_s(_BAUD) * 1e3


def _share(per_s: float) -> float:
    """Transactions a second as % of what the wires could carry."""
    return per_s * wire_device.wire_s(_BAUD) / _PORTS * 100


def share(name: str, part: float) -> Result:
    """Transactions on all lines together, % of what the wires could carry."""
    return _result(name, part, "per_s", _share, "% of the wire", "higher", 95.0)


def cpu(name: str, part: float) -> Result:
    """Processor time of the client process, µs a transaction."""
    return _result(name, part, "cpu_us", float, "µs CPU", "lower", 80.0)


def p99(name: str, part: float) -> Result:
    """Time of a transaction that 99 of 100 do not exceed, ms; the wire alone takes 52.08."""
    return _result(name, part, "p99_ms", float, "ms", "lower", round(_WIRE_MS + 15.0, 1))


def _result(
    name: str,
    part: float,
    figure: str,
    of: Callable[[float], float],
    unit: str,
    better: Any,
    limit: float,
) -> Result:
    measured, load = _measured(part)
    figures = {client: round(of(found[figure]), 1) for client, found in measured.items()}
    return Result(name, figures.pop("ours"), unit, better, figures, limit, load)


@cache
def _measured(part: float) -> tuple[dict[str, dict[str, float]], float]:
    """All clients in turns; the median of each figure over the rounds, and the load before."""
    load = machine_load()
    seconds = str(max(1.0, _SECONDS * part))
    found: dict[str, list[dict[str, float]]] = {}

    def once(client: str, run: Callable[[list[str]], Any]) -> float:
        with _devices() as paths:
            found.setdefault(client, []).append(run([seconds, str(_BAUD), *paths]))
        return found[client][-1]["per_s"]

    clients: dict[str, Callable[[], float]] = {"ours": partial(once, "ours", _ours)}
    for client, way in _WAYS.items():
        clients[client] = partial(once, client, partial(_theirs, way))
    with processors_awake():
        known = medians(clients, _ROUNDS, tell_user)
    figures = {
        client: {
            figure: medians_of[len(medians_of) // 2]
            for figure in found[client][0]
            for medians_of in [sorted(one[figure] for one in found[client])]
        }
        for client in known
    }
    return figures, load


@contextmanager
def _devices() -> Iterator[list[str]]:
    """The devices in a process of their own; gives the paths of their terminals."""
    command = [sys.executable, str(Path(wire_device.__file__)), str(_PORTS), str(_BAUD)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as devices:
        assert devices.stdin is not None
        assert devices.stdout is not None
        yield json.loads(devices.stdout.readline())
        devices.stdin.close()


def _ours(arguments: list[str]) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bus48_client", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout)


def _theirs(way: str, arguments: list[str]) -> Any:
    return run_peer("pyserial", _PYSERIAL, "bus48_pyserial.py", way, *arguments)


BENCHMARKS: Mapping[str, Benchmark] = {
    "bus.48x9600.share_of_wire": share,
    "bus.48x9600.cpu_us_per_transaction": cpu,
    "bus.48x9600.p99_ms": p99,
}
