"""What the engine itself costs: a scan of 24 vessels, and a journalled dose.

A scan is all that happens on a beat: readings, each culture's decisions, records. The vessels are
met without wires, as Bluesky's minimal devices are; ours also live, are controlled and recorded.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import BinaryIO

from benchmarks.peers import run_peer
from benchmarks.rehearsal import night_of, rehearse_until
from benchmarks.result import Benchmark, Result
from orchestrator.engine.progress import Progress
from orchestrator.night import Night
from orchestrator.records.store import Records

_VESSELS, _SCAN_S = 24, 60.0
_BEGINNING_S = 10 * _SCAN_S
_SCANS, _DOSES = 4000, 2000
_BLOCK = 4096
_synchronise = getattr(os, "fdatasync", os.fsync)  # macOS has the latter only


def scan(name: str, part: float) -> Result:
    """Processor time of one scan, ms, in the midst of a night: its beginning does not count."""
    scans = max(50, round(_SCANS * part))
    with TemporaryDirectory() as folder:
        night = night_of(_VESSELS, Path(folder))
        rehearse_until(night, _BEGINNING_S, wires=False)  # the twin's equations are compiled
        spent_s = _cpu_s_from(night, _BEGINNING_S, scans)
    theirs = run_peer("bluesky", ["bluesky==1.15.1"], "bluesky_count.py", str(_VESSELS), "200")
    return Result(
        name,
        round(spent_s / scans * 1e3, 3),
        "ms CPU",
        "lower",
        {"bluesky count": round(float(theirs["cpu_seconds_per_scan"]) * 1e3, 2)},
        1.0,
    )


def dose(name: str, part: float) -> Result:
    """Wall time for the intent, the mark and the outcome of a dose, each as durable as at night.

    The disk has to be waited for twice, before anything moves and before the vessel is touched;
    beside it stands what that costs at the least here, in turns with ours.
    """
    ours, bare = [], []
    with TemporaryDirectory(dir=Path.cwd()) as folder:  # a disk, where /tmp may be memory
        records = Records(Path(folder) / "records.sqlite", ["A1"], ["ph"], durable=True)
        with (Path(folder) / "bare").open("wb", buffering=0) as file:
            for number in range(max(20, round(_DOSES * part))):
                ours.append(_seconds(partial(_journal_dose, records, number)))
                bare.append(_seconds(partial(_write_twice, file)))
        records.close()
    peers = {"two bare writes, fdatasync": round(median(bare) * 1e3, 3)}
    return Result(name, round(median(ours) * 1e3, 3), "ms", "lower", peers, 1.0)


def _journal_dose(records: Records, number: int) -> None:
    body = {"do": "feed", "volume_ml": 0.05, "source": "feed", "op": number}
    intent = records.intent(float(number), "A1", **body)
    records.mark(float(number), "A1", intent, given_ml=0.0)
    records.outcome(float(number), "A1", intent, status="done", value=0.05)
    records.commit(wait=False)


def _write_twice(file: BinaryIO) -> None:
    for _ in range(2):
        file.write(bytes(_BLOCK))
        _synchronise(file.fileno())


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _cpu_s_from(night: Night, start_s: float, scans: int) -> float:
    """Processor time of so many scans from a campaign time on."""
    began: list[float] = []

    def watch(progress: Progress) -> None:
        if not began and progress.time_s >= start_s:
            began.append(time.process_time())

    rehearse_until(night, start_s + scans * _SCAN_S, wires=False, watch=watch)
    return time.process_time() - began[0]


BENCHMARKS: Mapping[str, Benchmark] = {"scan.24.cpu_ms": scan, "dose.journal_ms": dose}
