"""What every vessel and every pair of vessels would cost a night, and how long it takes to tell.

48 runs in 6 factors, full quadratic model: 48 vessels and 1,128 pairs, each with rank, efficiency
and the power of 27 terms. Beside it the same by making the information matrix of every rest anew,
which needs nothing but numpy and tells efficiencies only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np
from pydantic import TypeAdapter

from benchmarks.result import Benchmark, Result
from designs import DesignSpec, Factor, FactorName, Factors, RunSheet, VesselLayout, expand
from designs.evaluation import losses
from designs.evaluation.information import information_of

_FACTORS = 6
_RUNS = 48
_ROUNDS = 5


def measure(name: str, part: float) -> Result:
    """CPU seconds for all vessels and all pairs, the least of a few rounds."""
    sheet = _sheet()
    rounds = max(1, round(_ROUNDS * part))
    losses(sheet)  # warm
    ours = min(_cpu_s(lambda: losses(sheet)) for _ in range(rounds))
    anew = min(_cpu_s(lambda: _anew(sheet)) for _ in range(rounds))
    return Result(name, ours, "s", "lower", {"anew with numpy, efficiencies only": anew}, 1.0)


def _sheet() -> RunSheet:
    bounds = {f"x{number}": {"low": -1, "high": 1} for number in range(_FACTORS)}
    factors = TypeAdapter(dict[FactorName, Factor]).validate_python(bounds)
    section = {"kind": "latin-hypercube", "runs": _RUNS, "seed": 1}
    return expand(
        Factors(factors), TypeAdapter(DesignSpec).validate_python(section), VesselLayout(6, 8)
    )


def _anew(sheet: RunSheet) -> float:
    X = information_of(sheet).X
    least = np.inf
    for count in (1, 2):
        for runs in combinations(range(len(X)), count):
            left = np.delete(X, runs, axis=0)
            least = min(least, float(np.linalg.slogdet(left.T @ left)[1]))
    return least


def _cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


BENCHMARKS: Mapping[str, Benchmark] = {"design.losses.seconds": measure}
