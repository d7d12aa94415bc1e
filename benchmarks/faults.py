"""The fault matrix: every family x every fault on an emulated line, and what must not come of it.

No peer has such a table; the limits are ours: no wrong value, no double dose, and no flipped bit
that acted where a protocol has no checksum. The trials of a whole run are written to
``docs/faults.md``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from benchmarks.peers import tell_user
from benchmarks.result import Benchmark, Result
from hardware.emulators.faults import KINDS, FaultKind
from tests.hardware.faults.families import CASES
from tests.hardware.faults.matrix import applies, cell
from tests.hardware.faults.page import page
from tests.hardware.faults.tally import Tally

PAGE = Path(__file__).resolve().parents[1] / "docs" / "faults.md"
_TRIALS = 1000
_FEWEST = 5
_COUNTS = {
    "faults.wrong_values": "wrong_values",
    "faults.double_doses": "double_doses",
    "faults.unseen_flips_that_acted": "flips_acted",
}


def measure(name: str, part: float) -> Result:
    """One of the three counts over all cells; the cells are tried once for all three."""
    cells = _matrix(max(_FEWEST, round(_TRIALS * part)))
    total = sum(getattr(tally, _COUNTS[name]) for tally in cells.values())
    return Result(name, float(total), "", "lower", limit=0.0)


@cache
def _matrix(trials: int) -> Mapping[tuple[str, FaultKind], Tally]:
    cells: dict[tuple[str, FaultKind], Tally] = {}
    wanted = list(_cells())
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(cell, *zip(*((*one, trials) for one in wanted), strict=True))
        for where, tally in zip(wanted, found, strict=True):
            cells[where] = tally
            if not tally.clean:
                tell_user(f"{where[0]}, {where[1]}: {'; '.join(tally.examples)}")
    if trials >= _TRIALS:
        PAGE.write_text(page(cells), encoding="utf-8")
        tell_user(f"{PAGE.name} is written anew")
    return cells


def _cells() -> Iterator[tuple[str, FaultKind]]:
    for name, case in CASES.items():
        yield from ((name, kind) for kind in KINDS if applies(case, kind))


BENCHMARKS: Mapping[str, Benchmark] = dict.fromkeys(_COUNTS, measure)
