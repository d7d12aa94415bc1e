"""Killed at every moment, what the vessels got afterwards is the plan or is marked unknown.

With one arm and with two: on virtual time at every operation of the ports
(`benchmarks.crash_sweep`), and the same campaign on wall time, a process on pseudo-terminals that
is killed with SIGKILL (`benchmarks.crash_wall`).
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache

from benchmarks.crash_sweep import STATIONS, Sweep, sweep
from benchmarks.crash_wall import kill_processes
from benchmarks.peers import tell_user
from benchmarks.result import Benchmark, Result

_WALL_POINTS = 20


@cache
def _whole(part: float) -> Sweep:
    """All kills; real processes mostly wait, so they and both sweeps go on side by side."""
    stride, points = max(1, round(1 / part)), max(1, round(_WALL_POINTS * part))
    whole = Sweep()
    with ProcessPoolExecutor(2 * len(STATIONS)) as pool:
        swept = [pool.submit(sweep, station, stride) for station in STATIONS]
        killed = [pool.submit(kill_processes, station, points) for station in STATIONS]
        for done in as_completed([*swept, *killed]):
            whole.add(done.result())
            tell_user(
                f"{whole.points} kills, a dose unknown after {whole.unknown}, "
                f"{len(whole.wrong)} violations"
            )
    for sentence in whole.wrong[:20]:
        tell_user(sentence)
    return whole


def _points(name: str, part: float) -> Result:
    return Result(name, float(_whole(part).points), "kills", "higher", limit=1000.0 * part)


def _double_doses(name: str, part: float) -> Result:
    return Result(name, float(_whole(part).double_doses), "doses", "lower", limit=0.0)


def _lost_records(name: str, part: float) -> Result:
    return Result(name, float(_whole(part).lost_records), "entries", "lower", limit=0.0)


def _violations(name: str, part: float) -> Result:
    return Result(name, float(len(_whole(part).wrong)), "violations", "lower", limit=0.0)


BENCHMARKS: Mapping[str, Benchmark] = {
    "crash.points": _points,
    "crash.double_doses": _double_doses,
    "crash.lost_records": _lost_records,
    "crash.violations": _violations,
}
