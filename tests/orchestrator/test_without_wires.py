"""A rehearsal that leaves the wires out decides and does the same things."""

from collections import Counter
from contextlib import closing
from pathlib import Path

from orchestrator.planning import plan_night
from orchestrator.records.store import RecordsReader
from orchestrator.rehearsal import rehearse

PROTOCOLS = Path(__file__).parents[2] / "protocols"


def done(path: Path) -> Counter[tuple[object, ...]]:
    """What was done to which vessel, how often."""
    with closing(RecordsReader(path)) as reader:
        intents = {entry.seq: entry for entry in reader.journal("intent")}
        outcomes = list(reader.journal("outcome"))
    assert {entry.body["status"] for entry in outcomes} == {"done"}
    told = (intents[entry.body["intent"]] for entry in outcomes)
    return Counter((one.vessel, one.body["do"], one.body.get("source")) for one in told)


def test_the_same_is_done_with_and_without_wires(tmp_path):
    night = plan_night(PROTOCOLS / "short-run.yaml", PROTOCOLS / "stations" / "open-48.yaml")
    for name, wires in (("wires", True), ("none", False)):
        rehearse(night, tmp_path / name, 7, lambda _: None, wires=wires)
    assert done(tmp_path / "none") == done(tmp_path / "wires")
    with closing(RecordsReader(tmp_path / "none")) as reader:
        assert reader.meta["wires"] is False
