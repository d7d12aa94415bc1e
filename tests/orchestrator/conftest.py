"""The crash sweep's campaign, for tests that interrupt it."""

from pathlib import Path

import pytest

from benchmarks.crash_sweep import night as crash_night
from benchmarks.interrupted import Campaign
from hardware.emulators import emulate
from orchestrator.night import Night
from orchestrator.rehearsal import plant_for


@pytest.fixture(scope="module")
def night() -> Night:
    """Six minutes on four vessels with every way of dosing."""
    return crash_night()


@pytest.fixture
def campaign(night: Night, tmp_path: Path) -> Campaign:
    """That night, not begun."""
    return Campaign(night, emulate(night.station, plant_for(night, 1)), tmp_path)
