"""Our client and the emulated sensor of the bus benchmark, each in its own process."""

import sys

import pytest

from benchmarks import bus
from benchmarks.peers import PeerFailed

pytestmark = [
    pytest.mark.wall,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals"),
]


def test_ours_is_measured_where_peers_cannot_be(monkeypatch):
    def no_peer(*_):
        raise PeerFailed("not installed")

    told = []
    monkeypatch.setattr(bus, "run_peer", no_peer)
    monkeypatch.setattr(bus, "tell_user", told.append)
    monkeypatch.setattr(bus, "_ROUNDS", 1)
    result = bus.measure("bus.cpu_us_per_transaction", 0.02)
    assert result.ours > 0
    assert result.peers == {}
    assert len(told) == len(bus._PEERS)
