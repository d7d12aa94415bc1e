"""Killed at every moment, what the vessels got afterwards is the plan or is marked unknown.

With one arm, and with two.

On virtual time at every operation of the ports (`benchmarks.crash_sweep`); then the same campaign
on wall time, a process on pseudo-terminals that is killed with SIGKILL (`benchmarks.crash_wall`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from benchmarks.crash_sweep import STATIONS, Sweep, night, sweep, undisturbed
from benchmarks.crash_wall import kill_processes
from benchmarks.peers import tell_user
from benchmarks.result import Benchmark, Result

_WALL_POINTS = 20


@cache
def _whole(part: float) -> Sweep:
    result = Sweep()
    for station in STATIONS:
        sweep(night(station), result, max(1, round(1 / part)))
        tell_user(f"{result.points} kills on virtual time; now real processes …")
        plan = undisturbed(night(station))[1]
        kill_processes(station, max(1, round(_WALL_POINTS * part)), result, plan)
    tell_user(
        f"{result.points} kills, a dose unknown after {result.unknown}, "
        f"{len(result.wrong)} violations"
    )
    for sentence in result.wrong[:20]:
        tell_user(sentence)
    return result


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
