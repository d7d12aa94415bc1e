"""A few seconds of the soak: every reading is there, and all three figures come from one run."""

import os

import pytest

from benchmarks import soak

pytestmark = [
    pytest.mark.wall,
    pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals"),
]


PART = 10 / soak._WHOLE_S
"""Of its seconds the first four go into setting what the eVOLVERs hold."""


def test_the_engine_beats_on_pseudo_terminals():
    soak._soaked.cache_clear()
    figures = soak._soaked(PART)
    assert figures["scans"] >= 5
    assert figures["readings_missing_percent"] == 0
    assert set(figures["acts_and_settings"]) == {"done"}
    assert soak.jitter("soak.jitter_p99_ms", PART).ours == figures["jitter_p99_ms"]
    soak._soaked.cache_clear()
