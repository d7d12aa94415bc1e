"""A real process on pseudo-terminals, killed with SIGKILL again and again, taken up each time."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw

from benchmarks.auditing import SAMPLE, Key
from benchmarks.crash_sweep import PROTOCOL, Sweep, links, night, undisturbed
from benchmarks.processes import command, emulated_station
from orchestrator.protocol import load_station

_LONGEST_LIFE_S = 45.0
_TOO_LONG_S = 1200.0
_STILL_S = 3.0


def kill_processes(station: Path, points: int, seed: int = 1) -> Sweep:
    """Kill processes until there were so many kills; each campaign then runs to its end."""
    chance, result = random.Random(seed), Sweep()
    plan = undisturbed(night(station))[1]
    while result.points < points:
        with TemporaryDirectory() as folder:
            _campaign(Path(folder), station, chance, points, result, plan)
    return result


def _campaign(
    folder: Path,
    spec: Path,
    chance: random.Random,
    wanted: int,
    result: Sweep,
    plan: Mapping[Key, float],
) -> None:
    campaign, ledger = folder / "campaign", folder / "ledger.json"
    seen: dict[int, bytes] = {}
    emulated = emulated_station(spec, PROTOCOL, folder / "emulated.yaml", "--ledger", ledger)
    with emulated as station:
        start = command("run", PROTOCOL, "-s", station, "-o", campaign)
        while True:
            life_s = chance.uniform(0.5, _LONGEST_LIFE_S)
            process = subprocess.Popen(
                start, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
            if result.points >= wanted or not _killed(process, life_s):
                said = process.communicate(timeout=_TOO_LONG_S)[1]
                if process.returncode:
                    result.wrong.append(f"a process ended with {process.returncode}: {said}")
                break
            result.points += 1
            records = campaign / "records.sqlite"
            if entries := _seen(records):
                seen |= entries
                start = command("resume", campaign)
            else:  # killed before anything was begun
                start = [*command("run", PROTOCOL, "-s", station), "--force"]
                start += ["-o", str(campaign)]
        time.sleep(_STILL_S)
    after = _seen(campaign / "records.sqlite")
    result.lost_records += sum(after.get(seq) != link for seq, link in seen.items())
    truth = json.loads(ledger.read_text("utf-8"))
    got = {
        (vessel, source): volume
        for vessel, sources in truth["received"].items()
        for source, volume in sources.items()
    } | {(vessel, SAMPLE): volume for vessel, volume in truth["withdrawn"].items()}
    arm_of = load_station(spec).arm_of
    result.judge("a real process", campaign / "records.sqlite", arm_of, got, plan)


def _killed(process: subprocess.Popen[str], life_s: float) -> bool:
    """Kill a process after a while; False when it ended before."""
    try:
        process.wait(life_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    return False


def _seen(records: Path) -> dict[int, bytes]:
    try:
        return dict(links(records))
    except (apsw.SQLError, apsw.CantOpenError):  # killed before the tables were there
        return {}
