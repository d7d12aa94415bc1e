"""The same protocol on real pseudo-terminals and wall time, and on virtual time: one journal."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.processes import command, emulated_station
from orchestrator.records.store import RecordsError, RecordsReader

pytestmark = [
    pytest.mark.wall,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals"),
]
SEED = "3"


@pytest.fixture
def emulated(tmp_path: Path, repository: Path) -> Iterator[Path]:
    """A station file whose ports are pseudo-terminals of another process."""
    protocols = repository / "protocols"
    station, protocol = protocols / "stations" / "open-48.yaml", protocols / "short-run.yaml"
    with emulated_station(station, protocol, tmp_path / "emulated.yaml", "--seed", SEED) as written:
        yield written


def intents(campaign: Path) -> list[tuple[str | None, dict[str, Any]]]:
    reader = RecordsReader(campaign / "records.sqlite")
    try:
        reader.verify()
        return [(entry.vessel, entry.body) for entry in reader.journal("intent")]
    finally:
        reader.close()


def test_a_run_on_ports_does_what_its_rehearsal_said(
    emulated: Path, tmp_path: Path, repository: Path
) -> None:
    protocol = repository / "protocols" / "short-run.yaml"
    wall, virtual = tmp_path / "wall", tmp_path / "virtual"
    began_s = time.monotonic()
    subprocess.run(command("run", protocol, "-s", emulated, "-o", wall), check=True, timeout=300)
    assert time.monotonic() - began_s > 60, "a run on ports cannot be faster than its phases"
    rehearsal = command("rehearse", protocol, "-s", emulated, "--seed", SEED, "-o", virtual)
    subprocess.run(rehearsal, check=True, timeout=120)

    assert len(intents(wall)) > 20
    assert intents(wall) == intents(virtual)
    reader = RecordsReader(wall / "records.sqlite")
    statuses = {entry.body["status"] for entry in reader.journal("outcome")}
    assert statuses == {"done"}
    assert reader.meta["began"].endswith("+00:00")
    reader.close()
    assert (wall / "report.html").is_file()


def test_a_run_that_is_asked_to_end_leaves_the_station_safe_and_can_be_analysed(
    emulated: Path, tmp_path: Path, repository: Path
) -> None:
    protocol, folder = repository / "protocols" / "short-run.yaml", tmp_path / "ended"
    arguments = command("run", protocol, "-s", emulated, "-o", folder)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        records = folder / "records.sqlite"
        deadline_s = time.monotonic() + 90
        while not (records.exists() and "phase" in kinds(records)):
            assert time.monotonic() < deadline_s
            time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[0]
    assert process.returncode == 130
    assert f"inoculum analyze {folder}" in said
    assert kinds(records)[-2:] == ["closing", "closed"]
    subprocess.run(command("analyze", folder), check=True, timeout=60)


def kinds(records: Path) -> list[str]:
    """The kinds of the journal's entries so far, while or after it is written."""
    try:
        reader = RecordsReader(records)
    except RecordsError:
        return []
    try:
        return [entry.kind for entry in reader.journal()]
    finally:
        reader.close()
