"""Our buses on several lines whose devices hold replies back; peers are not installed here."""

import sys

import pytest

from benchmarks import bus48
from benchmarks.peer_scripts.bus48_figures import figures
from benchmarks.peers import PeerFailed

pytestmark = [
    pytest.mark.wall,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals"),
]


def test_ours_is_measured_once_for_all_three_figures(monkeypatch):
    def no_peer(*_):
        raise PeerFailed("not installed")

    told = []
    monkeypatch.setattr(bus48, "run_peer", no_peer)
    monkeypatch.setattr(bus48, "tell_user", told.append)
    monkeypatch.setattr(bus48, "_ROUNDS", 1)
    monkeypatch.setattr(bus48, "_PORTS", 4)
    bus48._measured.cache_clear()
    results = [measure(name, 0.125) for name, measure in bus48.BENCHMARKS.items()]
    bus48._measured.cache_clear()
    assert len(told) == len(bus48._WAYS), "each peer was tried once"
    share, cpu, p99 = (result.ours for result in results)
    assert 30.0 < share <= 100.0, "no client can be faster than the wire"
    assert cpu > 0
    assert p99 >= 52.0
    assert [result.limit for result in results] == [95.0, 80.0, 67.1]


def test_figures_of_a_run():
    took_s = [0.05] * 98 + [0.06, 0.2]
    assert figures(took_s, 2.0, 0.01) == {
        "per_s": 50.0,
        "cpu_us": pytest.approx(100.0),
        "p99_ms": 200.0,
    }
