"""Every family x every fault: seeded trials, each with the fault at a random place."""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np

from hardware.emulators.faults import KINDS, LASTING, FaultKind, FaultPlan
from orchestrator.engine.clock import run_on_virtual_time
from tests.hardware.faults.case import Case
from tests.hardware.faults.families import CASES
from tests.hardware.faults.tally import Tally
from tests.hardware.faults.trial import Trial

_LATE_WINDOW_S = 0.9
"""Within the bus's late window of 1 s: nobody can know a reply that comes any later."""


def cell(name: str, kind: FaultKind, trials: int, seed: int = 2026) -> Tally:
    """The trials of one cell, one after the other on virtual time."""
    case = CASES[name]
    tally = Tally()
    writes, _ = healthy(name)

    async def work() -> None:
        for number in range(trials):
            entropy = (seed, zlib.crc32(name.encode()), KINDS.index(kind), number)
            random = np.random.default_rng(np.random.SeedSequence(entropy))
            tally.trials += 1
            await Trial(case, _plan(case, kind, writes, random), random, tally).run()

    run_on_virtual_time(work())
    return tally


def applies(case: Case, kind: FaultKind) -> bool:
    """Whether a fault can happen in a family: no address, no wrong address."""
    return kind != "wrong address" or case.dialect.misaddressed is not None


@cache
def healthy(name: str) -> tuple[int, Tally]:
    """Writes of the host in a trial without a fault, and what it came to."""
    tally = Tally(trials=1)
    writes = 0

    async def work() -> None:
        nonlocal writes
        trial = Trial(CASES[name], None, np.random.default_rng(1), tally)
        await trial.run()
        writes = trial.line.writes

    run_on_virtual_time(work())
    return writes, tally


def _plan(case: Case, kind: FaultKind, writes: int, random: np.random.Generator) -> FaultPlan:
    low_s, high_s = {
        "late once": (0.5 * case.timeout_s, case.timeout_s + _LATE_WINDOW_S),
        "always late": (0.5 * case.timeout_s, case.timeout_s + _LATE_WINDOW_S),
        "split with gap": (0.005, 1.5 * case.timeout_s),
        "duplicate": (0.0, 0.03),
        "power cycle": (1.0, 3.0),
        "hang-up": (0.3, 5.0),
    }.get(kind, (0.1, 0.1))
    return FaultPlan(
        kind,
        seed=int(random.integers(2**31)),
        after=int(random.integers(writes)),
        count=None if kind in LASTING else 1,
        delay_s=float(random.uniform(low_s, high_s)),
        dialect=case.dialect,
    )
