"""The rehearsal that is measured is the whole one, on sound files."""

import pytest

from benchmarks import rehearsal
from orchestrator.planning import plan_night
from orchestrator.protocol import check, load_protocol, load_station

PROTOCOL = rehearsal.DATA / "cho-48x14d.yaml"
STATION = rehearsal.DATA / "open-48-cho.yaml"


def test_the_campaign_is_what_its_name_says():
    protocol = load_protocol(PROTOCOL)
    assert check(protocol, load_station(STATION)) == []
    assert protocol.culture.scan == 60.0
    assert len(plan_night(PROTOCOL, STATION).sheet.levels()) == 48
    lasts_s = sum(phase.until.after for phase in protocol.culture.phases if phase.until)
    assert lasts_s == 14 * 86400


def test_a_stretch_of_it_has_a_speed():
    assert rehearsal.speed(until_s=300.0) > 0


def test_lost_vessels_spoil_the_figure(monkeypatch):
    lost = rehearsal.Progress(time_s=60.0, running=47, ended=0, lost=1)
    monkeypatch.setattr(rehearsal, "rehearse_until", lambda *_: lost)
    with pytest.raises(RuntimeError, match="1 vessels were lost"):
        rehearsal.speed(until_s=60.0)


def test_the_peer_counts_a_minute_a_scan(monkeypatch):
    monkeypatch.setattr(rehearsal, "speed", lambda until_s: until_s)
    monkeypatch.setattr(rehearsal, "run_peer", lambda *_: {"seconds_per_scan": 0.05})
    result = rehearsal.measure("rehearsal.48x14d.speed", 0.5)
    assert result.ours == 7 * 86400
    assert result.peers == {"bluesky count": 1200.0}
    assert result.better == "higher"
    assert result.limit is None


def test_without_wires_there_are_as_many_vessels_as_are_asked_for(monkeypatch):
    nights = []
    monkeypatch.setattr(rehearsal, "_speed", lambda night, *_, **__: nights.append(night) or 1.0)
    rehearsal.without_wires(96, 14)("rehearsal.96x14d.nowire.seconds", 1.0)
    assert len(nights[0].sheet.levels()) == 96
