"""Rules of the protocol at work in a rehearsal: one bottle is almost empty."""

import re
from pathlib import Path

import pytest

from orchestrator.engine.replay import Replay
from orchestrator.night import Night
from orchestrator.planning import plan_night
from orchestrator.records.store import RecordsReader
from orchestrator.rehearsal import rehearse

TOP = Path(__file__).resolve().parents[2] / "protocols"


def night_with(folder: Path, *, extra: str = "", bottle: str = "0.09 mL") -> Night:
    protocol = (TOP / "short-run.yaml").read_text("utf-8")
    protocol = protocol.replace("  scan: 1 s\n", f"  scan: 1 s\n{extra}")
    station = (TOP / "stations" / "open-48.yaml").read_text("utf-8")
    station = re.sub(r"(glucose-400: .*volume: )[\d.]+ mL", rf"\g<1>{bottle}", station)
    (folder / "protocol.yaml").write_text(protocol, encoding="utf-8")
    (folder / "station.yaml").write_text(station, encoding="utf-8")
    return plan_night(folder / "protocol.yaml", folder / "station.yaml")


def replayed(night: Night, reader: RecordsReader) -> None:
    """Every decision follows from the records: nothing is told that a replay does not tell."""
    runs = {run.vessel: run for run in night._cultures()}
    channels = reader.meta["channels"][:-1]
    sets = ("temperature", "stirring", "gas_flow", "oxygen")
    standing = Replay(
        runs, reader.meta["vessels"], channels, lambda _, channel: channel in sets
    ).run(reader)
    assert not standing.untold
    assert not standing.waiting
    assert not standing.open


@pytest.fixture
def journal(tmp_path: Path):
    def rehearsed(**changes):
        night = night_with(tmp_path, **changes)
        rehearse(night, tmp_path / "r", 1, lambda _: None, wires=False)
        reader = RecordsReader(tmp_path / "r")
        try:
            replayed(night, reader)
            return [*reader.journal()]
        finally:
            reader.close()

    return rehearsed


def test_the_effect_of_a_loss_is_told_at_once(journal) -> None:
    entries = journal()
    told = [entry for entry in entries if entry.kind == "loss"]
    aborted = [one for one in entries if one.kind == "phase" and one.body["entered"] == "aborted"]
    assert 0 < len(told) <= len(aborted)
    assert set(told[-1].body["vessels"]) == {one.vessel for one in aborted}
    assert told[0].time_s == aborted[0].time_s
    assert any("run" in sentence for sentence in told[0].body["what"])
    alarms = [one.body["what"] for one in entries if one.body.get("about") == "design"]
    assert alarms == [" ".join(one.body["what"]) for one in told]


def test_a_rule_may_hold_every_vessel(journal) -> None:
    entries = journal(extra="  on_fault: {feed: {then: pause-all}}\n")
    held = [one.vessel for one in entries if one.kind == "phase" and one.body["entered"] == "held"]
    assert len(set(held)) == len(held) == 4
    assert not [one for one in entries if one.kind == "loss"]


def test_staggered_vessels_do_the_same_one_after_the_other(journal) -> None:
    entries = journal(extra="  stagger: 30 s\n", bottle="100 mL")
    begun: dict[str, float] = {}
    ended: dict[str, float] = {}
    for one in entries:
        if one.kind == "phase" and one.body["why"] == "inoculated":
            begun[one.vessel] = one.time_s
        elif one.kind == "phase" and one.body["entered"] == "complete":
            ended[one.vessel] = one.time_s
    assert [round(at / 30) for at in begun.values()] == [0, 1, 2, 3]
    assert list(ended) == list(begun)
    assert min(ended[vessel] - begun[vessel] for vessel in begun) > 50
