"""What is measured of the engine is a whole scan and a whole dose."""

from benchmarks import engine


def test_a_scan_costs_something_and_bluesky_stands_beside_it(monkeypatch):
    monkeypatch.setattr(engine, "run_peer", lambda *_: {"cpu_seconds_per_scan": 0.02})
    monkeypatch.setattr(engine, "_SCANS", 50)
    result = engine.scan("scan.24.cpu_ms", 1.0)
    assert result.ours > 0
    assert result.peers == {"bluesky count": 20.0}


def test_a_dose_is_on_disk_when_its_time_is_taken():
    assert engine.dose("dose.journal_ms", 0.01).ours > 0
