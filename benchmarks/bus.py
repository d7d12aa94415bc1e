"""What a transaction costs the processor: an Arc block of ten registers, read again and again.

Every client is a process of its own on the same pseudo-terminal, whose other end is one emulated
sensor in another process that answers at once: no wire time, so that a client is measured at work
and not while it waits. What waiting is left is the 3.5 characters of silence that Modbus RTU
demands before a request: ours and minimalmodbus keep it, ``pyserial-silence`` does too; pymodbus
and ``pyserial`` do not. At the million baud of this line it is 39 µs, and ours waits so short a
time awake; at the rates of a laboratory it is slept, which costs one more awakening a transaction.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from benchmarks.awake import processors_awake
from benchmarks.peers import medians, run_peer, tell_user
from benchmarks.result import Benchmark, Result, machine_load

_PEERS: Mapping[str, tuple[str, ...]] = {
    "pymodbus": ("pymodbus==3.16.1", "pyserial==3.5"),
    "minimalmodbus": ("minimalmodbus==2.1.1", "pyserial==3.5"),
    "pyserial": ("pyserial==3.5",),
    "pyserial-silence": ("pyserial==3.5",),
}
_BAUD = 1_000_000
_TRANSACTIONS = 1000
_ROUNDS = 5
_LIMIT_US = 80.0


def measure(name: str, part: float) -> Result:
    """Processor time of the client, µs a transaction: medians of rounds taken in turns."""
    count = max(20, round(_TRANSACTIONS * part))
    load = machine_load()
    with processors_awake(), _sensor() as port:
        clients: dict[str, Callable[[], float]] = {"ours": partial(_ours, port, count)}
        clients |= {peer: partial(_theirs, peer, port, count) for peer in _PEERS}
        figures = medians(clients, _ROUNDS, tell_user)
    rounded = {client: round(figure, 1) for client, figure in figures.items()}
    return Result(name, rounded.pop("ours"), "µs CPU", "lower", rounded, _LIMIT_US, load)


@contextmanager
def _sensor() -> Iterator[str]:
    """The emulated sensor in a process of its own; gives the path of its terminal."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.arc_emulator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as emulator:
        assert emulator.stdin is not None
        assert emulator.stdout is not None
        path = emulator.stdout.readline().strip()
        if not path:
            raise RuntimeError("the emulated sensor did not start")
        yield path
        emulator.stdin.close()


def _ours(port: str, count: int) -> float:
    """Our client in a process of its own, as the peers are; µs a transaction."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.arc_client", port, str(_BAUD), str(count)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(json.loads(done.stdout)["cpu_us"])


def _theirs(peer: str, port: str, count: int) -> float:
    answer = run_peer(peer, _PEERS[peer], "modbus_client.py", peer, port, str(_BAUD), str(count))
    return float(answer["cpu_us"])


BENCHMARKS: Mapping[str, Benchmark] = {"bus.cpu_us_per_transaction": measure}
