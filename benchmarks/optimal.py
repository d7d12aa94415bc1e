"""Optimal designs: how good, and how long they take, beside process-improve and PyOptEx."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from statistics import median
from typing import Any

from benchmarks.optimal_jobs import JOBS
from benchmarks.peers import PeerFailed, run_peer, tell_user
from benchmarks.result import Benchmark, Result

_PEERS: Mapping[str, tuple[str, ...]] = {
    "process-improve": ("process-improve==2.2.0",),
    "pyoptex": ("pyoptex==1.2.1",),
}
_LEAST_EXTRA_S = 2.0
_ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

_NAMES: Mapping[str, tuple[str, str, float | None]] = {
    "doe.d.6x40.efficiency": ("d.6x40", "value", 51.0),
    "doe.d.6x40.seconds": ("d.6x40", "seconds", 1.0),
    "doe.i.6x40.variance": ("i.6x40", "value", 0.3195),
    "doe.i.6x40.seconds": ("i.6x40", "seconds", 1.0),
    "doe.splitplot.d.efficiency": ("splitplot.d", "value", 33.3),
    "doe.splitplot.d.seconds": ("splitplot.d", "seconds", 1.0),
    "doe.splitplot.i.variance": ("splitplot.i", "value", 0.724),
    "doe.splitplot.seconds": ("splitplot.i", "seconds", 1.0),
    "doe.d.10x80.efficiency": ("d.10x80", "value", None),
    "doe.d.10x80.seconds": ("d.10x80", "seconds", None),
    "doe.d.8x60.constrained.efficiency": ("d.8x60.constrained", "value", None),
    "doe.d.8x60.constrained.seconds": ("d.8x60.constrained", "seconds", None),
    "doe.d.10x80.brief.efficiency": ("d.10x80.brief", "value", None),
    "doe.d.10x80.brief.seconds": ("d.10x80.brief", "seconds", None),
    "doe.d.8x60.constrained.brief.efficiency": ("d.8x60.constrained.brief", "value", None),
    "doe.d.8x60.constrained.brief.seconds": ("d.8x60.constrained.brief", "seconds", None),
}


def measure(name: str, part: float) -> Result:
    """A criterion, reckoned here for all designs alike, or processor seconds, warm."""
    del part  # a part of a search is another search
    job, what, limit = _NAMES[name]
    figures = {who: found[what] for who, found in _measured(job).items()}
    unit = "s" if what == "seconds" else "%" if JOBS[job].criterion == "D" else ""
    better = "higher" if unit == "%" else "lower"
    return Result(name, figures.pop("ours"), unit, better, figures, limit)


def measure_cold(name: str, part: float) -> Result:
    """Processor seconds of a first design beyond those of a second: imports, code from disk."""
    del part
    found = _measured("d.6x40")["ours"]
    return Result(name, found["cold_s"] - found["seconds"], "s", "lower", {}, _LEAST_EXTRA_S)


@cache
def _measured(name: str) -> dict[str, dict[str, float]]:
    """Figures of ours and of each peer, every one in a process of its own and on one core."""
    os.environ |= _ONE_CORE
    job = JOBS[name]
    told: dict[str, Any] = {"ours": _ours(name)}
    asked = json.dumps({**asdict(job), "names": job.names})
    for peer, packages in _PEERS.items():
        try:
            told[peer] = run_peer(peer, packages, "optimal_designs.py", peer, asked)
        except PeerFailed as failure:
            tell_user(f"{peer} could not be measured: {failure}")
    return {
        who: {
            **{k: v for k, v in one.items() if k != "designs"},
            "value": median(job.value(points) for points in one["designs"]),
        }
        for who, one in told.items()
    }


def _ours(name: str) -> Any:
    command = [sys.executable, "-m", "benchmarks.optimal_client", name]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # machine code comes to disk
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


BENCHMARKS: Mapping[str, Benchmark] = {
    **dict.fromkeys(_NAMES, measure),
    "doe.cold.seconds": measure_cold,
}
