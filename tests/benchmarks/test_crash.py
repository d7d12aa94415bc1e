"""A short sweep of kills on virtual time; all of them in a soak and in ``python -m benchmarks``."""

import os
from pathlib import Path

import pytest

from benchmarks.crash_sweep import STATIONS, sweep

SOAK = bool(os.environ.get("INOCULUM_SOAK"))


@pytest.mark.timeout(3600 if SOAK else 120)
@pytest.mark.parametrize("station", STATIONS, ids=lambda station: station.stem)
def test_a_program_killed_anywhere_goes_on_without_a_dose_too_many_or_too_few(
    station: Path,
) -> None:
    result = sweep(station, 1 if SOAK else 211, first=1 if SOAK else 23)
    assert result.points > 20
    assert result.wrong == []
    assert result.double_doses == 0
    assert result.lost_records == 0


def test_a_sweep_that_would_dose_twice_is_seen() -> None:
    from benchmarks.auditing import Account, compare, doubles, missing

    account = Account()
    account.sure["A1", "glucose"] = 0.1
    plan = {("A1", "glucose"): 0.1}
    assert compare(account, plan) == []
    assert compare(account, {("A1", "glucose"): 0.2})
    assert doubles({("A1", "glucose"): 0.2}, plan)
    assert missing(account, {}, plan)
    account.doubtful["A1", "glucose"] = 0.1
    assert compare(account, {("A1", "glucose"): 0.2}) == []
