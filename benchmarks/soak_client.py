"""The engine's side of the soak benchmark.

Usage: python -m benchmarks.soak_client STATION FOLDER SECONDS
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import numpy as np

from benchmarks.soak import PROTOCOL
from hardware import Station
from orchestrator.engine.clock import Clock
from orchestrator.engine.progress import Progress
from orchestrator.lines import lines
from orchestrator.planning import plan_night
from orchestrator.records.store import RecordsReader

RECORDS = "records.sqlite"
_SETTLED = 1 / 6
"""Share of the time after which memory is looked at, again and again."""


class _Enough(Exception):
    """The time that was asked for is over."""


class _WatchedClock(Clock):
    """Notes how late each beat begins, s."""

    late_s: list[float]

    async def sleep_until(self, time_s: float) -> None:
        await super().sleep_until(time_s)
        self.late_s.append(self.now() - time_s)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


async def _soak(station_file: Path, folder: Path, seconds: float) -> dict[str, object]:
    night = plan_night(PROTOCOL, station_file)
    clock = _WatchedClock(asyncio.get_running_loop())
    clock.late_s = []
    resident_mb: list[float] = []
    scans = 0
    wall_s = cpu_s = 0.0

    def watch(progress: Progress) -> None:
        nonlocal scans, wall_s, cpu_s
        scans += 1
        if scans == 1:
            wall_s, cpu_s = time.monotonic(), time.process_time()
        if progress.time_s >= seconds * _SETTLED * (len(resident_mb) + 1):
            resident_mb.append(_resident_mb())
        if progress.time_s >= seconds or not progress.running:
            wall_s, cpu_s = time.monotonic() - wall_s, time.process_time() - cpu_s
            raise _Enough

    with lines(night.station) as runners:
        station = Station.build(night.station, runners)
        with suppress(_Enough):
            await night.conduct(
                folder / RECORDS,
                station,
                clock,
                durable=True,
                seed=None,
                on_progress=watch,
            )
    late_ms = sorted(1e3 * late for late in clock.late_s[1:])
    with closing(RecordsReader(folder / RECORDS)) as reader:
        _, values = reader.telemetry()
        statuses = Counter(entry.body["status"] for entry in reader.journal("outcome"))
    return {
        "readings_missing_percent": round(100 * float(np.isnan(values).mean()), 3),
        "acts_and_settings": dict(statuses),
        "scans": scans,
        "beats_left_out": round(seconds) - scans,
        "jitter_p50_ms": round(late_ms[len(late_ms) // 2], 2),
        "jitter_p99_ms": round(late_ms[int(0.99 * len(late_ms))], 2),
        "jitter_max_ms": round(late_ms[-1], 2),
        "cpu_percent": round(100 * cpu_s / wall_s, 2),
        "resident_mb": [round(one, 1) for one in resident_mb],
        "memory_growth_mb": round(resident_mb[-1] - resident_mb[len(resident_mb) // 2], 2),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_soak(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])))))
