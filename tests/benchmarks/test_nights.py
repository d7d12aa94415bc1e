"""A few seeded nights with faults, kills and commands; two thousand in a soak."""

import os

import pytest

from benchmarks.nights import SEEDS, play

SOAK = bool(os.environ.get("INOCULUM_SOAK"))


@pytest.mark.timeout(7200 if SOAK else 120)
@pytest.mark.parametrize("first", range(0, SEEDS if SOAK else 20, 10))
def test_whatever_goes_wrong_the_journal_tells_what_the_vessels_got(first: int) -> None:
    for seed in range(first, first + 10):
        assert play(seed) == [], f"seed {seed}; again with: python -m benchmarks.nights {seed}"
