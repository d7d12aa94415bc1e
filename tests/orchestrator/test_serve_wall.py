"""A queue worked off on pseudo-terminals, with an engine that is killed in the middle of it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.processes import command, emulated_station
from orchestrator.records.store import RecordsError, RecordsReader

pytestmark = [
    pytest.mark.wall,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals"),
]


@pytest.fixture
def protocol(tmp_path: Path, repository: Path) -> Path:
    """The short run, shorter still."""
    text = (repository / "protocols" / "short-run.yaml").read_text(encoding="utf-8")
    for usual, short in (("every: 18 s", "every: 8 s"), ("28 s", "12 s"), ("20 s}", "6 s}")):
        assert usual in text
        text = text.replace(usual, short)
    file = tmp_path / "short.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def emulated(tmp_path: Path, repository: Path, protocol: Path) -> Iterator[Path]:
    station = repository / "protocols/stations/open-48.yaml"
    with emulated_station(station, protocol, tmp_path / "emulated.yaml") as written:
        yield written


def wait_for_phase(folder: Path, phase: str) -> int:
    """Until a culture is in a phase; gives the engine's process number."""
    deadline_s = time.monotonic() + 120
    while time.monotonic() < deadline_s:
        time.sleep(0.2)
        try:
            reader = RecordsReader(folder / "records.sqlite")
        except RecordsError:  # there is none yet
            continue
        entered = {entry.body["entered"] for entry in reader.journal("phase")}
        reader.close()
        if f"running: {phase}" in entered:
            return int(json.loads((folder / "engine.json").read_text())["pid"])
    raise AssertionError(f"no culture came to {phase}")


def test_a_killed_engine_costs_nobody_the_night(
    emulated: Path, protocol: Path, tmp_path: Path
) -> None:
    home, folder = tmp_path / "campaigns", tmp_path / "night"
    queue = ("--queue", home)
    subprocess.run(
        command("queue", "add", protocol, "-s", emulated, "-o", folder, *queue), check=True
    )
    subprocess.run(command("queue", "ready", 1, *queue), check=True)
    serve = command("serve", "-s", emulated, "--until-empty", *queue)
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        os.kill(wait_for_phase(folder, "fed"), signal.SIGKILL)
        said = server.communicate(timeout=240)[0]
    assert server.returncode == 0, said
    assert "its engine died (exit -9)" in said
    reader = RecordsReader(folder / "records.sqlite")
    reader.verify()
    intents = {entry.seq for entry in reader.journal("intent")}
    outcomes = {entry.body["intent"]: entry.body["status"] for entry in reader.journal("outcome")}
    kinds = {entry.kind for entry in reader.journal()}
    reader.close()
    assert outcomes.keys() == intents
    assert "outage" in kinds
    assert (folder / "report.html").is_file()
    listed = subprocess.run(
        command("queue", "list", "--json", *queue), check=True, stdout=subprocess.PIPE
    )
    (job,) = json.loads(listed.stdout)
    assert (job["state"], job["restarts"]) == ("done", 1)
