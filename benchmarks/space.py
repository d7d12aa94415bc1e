"""The design space: a million draws at every point of a map, five responses."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import combinations, product

import numpy as np
import pandas as pd

from analysis.response_model import fit
from analysis.responses import ResponseSpec
from analysis.space import DesignSpace, design_space
from benchmarks.result import Benchmark, Result
from designs import ContinuousFactor, Factors

FACTORS = "abcd"
DRAWS = 1_000_000
SIZE = 50
ROUNDS = 5


def case() -> DesignSpace:
    """Four factors, five correlated second-order responses, set-point errors in every factor."""
    rng = np.random.default_rng(3)
    k = len(FACTORS)
    corners = list(product((-1.0, 1.0), repeat=k))
    x = np.vstack([corners, np.eye(k), -np.eye(k), np.zeros((4, k))])
    factors = Factors({n: ContinuousFactor(low="-1", high="1") for n in FACTORS})
    terms = [*FACTORS, *(f"{a}:{b}" for a, b in combinations(FACTORS, 2))]
    terms += [f"{name}^2" for name in FACTORS]
    shared = rng.normal(size=len(x))
    table = pd.DataFrame(x, columns=list(FACTORS))
    for j in range(5):
        surface = 10 + x @ rng.normal(size=k) - x**2 @ rng.uniform(0.3, 1, size=k)
        table[f"y{j}"] = surface + 0.4 * (rng.normal(size=len(x)) + 0.7 * shared)
    models = {f"y{j}": fit(table, factors, f"y{j}", terms) for j in range(5)}
    specs = {name: ResponseSpec(low=8.5) for name in models}
    return design_space(models, specs, dict.fromkeys(FACTORS, 0.05), seed=1)


def seconds(name: str, part: float) -> Result:
    """Processor time of a 50 x 50 map on one core: draws, set-point errors, counting and all."""
    space = case()
    space.map("a", "b", size=SIZE, draws=2_000)  # compiled, or read from the compiler's cache
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        shown = space.map("a", "b", size=SIZE, draws=int(DRAWS * part))
        taken.append(time.process_time() - start)
    row = SIZE // 2
    points = np.zeros((SIZE, len(FACTORS)))
    points[:, 0] = np.linspace(-1, 1, SIZE)
    points[:, 1] = points[row, 0]
    plain = space.probability(points, draws=int(DRAWS * part))
    assert np.abs(plain - shown.probability[row]).max() < 1e-3, "the plain loop says otherwise"
    return Result(name, min(taken) / part, "s", "lower", limit=1.0)


BENCHMARKS: Mapping[str, Benchmark] = {"space.1e6x5.seconds": seconds}
