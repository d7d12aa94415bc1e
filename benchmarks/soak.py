"""Half an hour on wall time: 48 vessels on pseudo-terminals, looked at once a second.

The engine runs in a process of its own against the emulated station of another one, which lets
every byte take its time on the wire. Watched are the moments at which scans begin, the engine's
processor time, and its memory: what it is in the middle it should be at the end.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.rehearsal import DATA, write_station
from benchmarks.result import Benchmark, Result

PROTOCOL = DATA / "soak.yaml"
_WHOLE_S = 1800.0
_SEED, _VESSELS = 1, 48
_MAIN = "from orchestrator.cli import main; main()"


def jitter(name: str, part: float) -> Result:
    """How late after its beat a scan begins, ms; 99 of 100 begin earlier."""
    return Result(name, _soaked(part)["jitter_p99_ms"], "ms", "lower", {}, 20.0)


def processor(name: str, part: float) -> Result:
    """Processor time of the engine's process, % of one core."""
    return Result(name, _soaked(part)["cpu_percent"], "% of a core", "lower", {}, 15.0)


def memory(name: str, part: float) -> Result:
    """What the engine's process grew by in the second half of the time, MB."""
    return Result(name, _soaked(part)["memory_growth_mb"], "MB", "lower", {}, 5.0)


@cache
def _soaked(part: float) -> dict[str, Any]:
    with TemporaryDirectory() as folder, _emulated(Path(folder)) as station:
        client = [sys.executable, "-m", "benchmarks.soak_client", str(station), folder]
        done = subprocess.run(
            [*client, str(_WHOLE_S * part)], check=True, stdout=subprocess.PIPE, text=True
        )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"{answer}", file=sys.stderr)
    return answer


@contextmanager
def _emulated(folder: Path) -> Iterator[Path]:
    """The station file of an emulated station that is there until the block is left."""
    # Twenty-four sensors on one line, as open-48 has them, take 0.9 s of it: too near a second.
    station, written = write_station(_VESSELS, folder / "made.yaml"), folder / "station.yaml"
    emulate = [sys.executable, "-c", _MAIN, "emulate", str(station), "-p", str(PROTOCOL)]
    with subprocess.Popen(
        [*emulate, "--seed", str(_SEED), "-o", str(written)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.startswith("stop with"):
                    break
            yield written
        finally:
            process.send_signal(signal.SIGINT)


BENCHMARKS: Mapping[str, Benchmark] = (
    {
        "soak.jitter_p99_ms": jitter,
        "soak.cpu_percent": processor,
        "soak.memory_growth_mb": memory,
    }
    if hasattr(os, "openpty")
    else {}
)
