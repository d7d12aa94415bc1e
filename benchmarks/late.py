"""The late-reply trap: every reply comes 0.45 s after its request, the time-out is 0.3 s.

A client that takes what comes for the answer to what it asked last gives pH for a temperature, or
the flow of a while ago, without an error. One reply is lost as well, for clients without time-out.
Our NAMUR driver waits 0.5 s, so that its device is late by half as much again, as for the others.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import late_device
from benchmarks.peers import PeerFailed, run_peer, tell_user
from benchmarks.result import Benchmark, Result

_LATE_S, _LOST = 0.45, 6
_LATE_FOR_OUR_IKA_S = 0.75
_QUESTIONS = 12
_OURS = ("modbus", "alicat", "ika")
_PEERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "pymodbus": ("modbus", ("pymodbus==3.16.1", "pyserial==3.5")),
    "minimalmodbus": ("modbus", ("minimalmodbus==2.1.1", "pyserial==3.5")),
    "alicat": ("alicat", ("alicat==0.9.0",)),
    "ika": ("ika", ("ika==2.0.3",)),
}


def measure(name: str, part: float) -> Result:
    """Questions answered wrongly or never: ours over three protocols, each peer over its own."""
    questions = max(4, round(_QUESTIONS * part))
    jobs: dict[str, Callable[[], dict[str, int]]] = {
        f"ours, {kind}": lambda kind=kind: _ours(kind, questions) for kind in _OURS
    }
    jobs |= {peer: lambda peer=peer: _theirs(peer, questions) for peer in _PEERS}
    with ThreadPoolExecutor(len(jobs)) as pool:  # they do nothing but wait
        running = {client: pool.submit(job) for client, job in jobs.items()}
    told: dict[str, dict[str, int]] = {}
    for client, job in running.items():
        try:
            told[client] = job.result()
        except PeerFailed as failure:
            tell_user(f"{client} could not be measured: {failure}")
        else:
            tell_user(f"{client}: {', '.join(f'{n} {what}' for what, n in told[client].items())}")
    bad = {client: float(of["wrong"] + of["hangs"]) for client, of in told.items()}
    ours = sum(bad.pop(f"ours, {kind}") for kind in _OURS)
    unit = f"of {questions} a protocol"
    return Result(name, ours, unit, "lower", bad, 0.0)


@contextmanager
def _device(kind: str, late_s: float = _LATE_S) -> Iterator[str]:
    """The late device in a process of its own; gives the path of its terminal."""
    command = [sys.executable, str(Path(late_device.__file__)), kind, str(late_s), str(_LOST)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as device:
        assert device.stdin is not None
        assert device.stdout is not None
        yield device.stdout.readline().strip()
        device.stdin.close()


def _ours(kind: str, questions: int) -> Any:
    with _device(kind, _LATE_FOR_OUR_IKA_S if kind == "ika" else _LATE_S) as path:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.late_client", kind, path, str(questions)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return json.loads(done.stdout)


def _theirs(peer: str, questions: int) -> Any:
    kind, packages = _PEERS[peer]
    with _device(kind) as path:
        return run_peer(peer, packages, "late_client.py", peer, path, str(questions))


BENCHMARKS: Mapping[str, Benchmark] = {"late.wrong_values": measure}
