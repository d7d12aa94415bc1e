"""What the engine itself costs: a scan of 24 vessels, and a journalled dose.

A scan is all that happens on a beat: readings, each culture's decisions, records. The vessels are
met without wires, as Bluesky's minimal devices are; ours also live, are controlled and recorded.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.peers import run_peer
from benchmarks.rehearsal import night_of, rehearse_until
from benchmarks.result import Benchmark, Result
from orchestrator.engine.progress import Progress
from orchestrator.night import Night
from orchestrator.records.store import Records

_VESSELS, _SCAN_S = 24, 60.0
_BEGINNING_S = 10 * _SCAN_S
_SCANS, _DOSES = 4000, 2000


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
    """Wall time for the intent, the mark and the outcome of a dose, each as durable as at night."""
    times = []
    with TemporaryDirectory(dir=Path.cwd()) as folder:  # a disk, where /tmp may be memory
        records = Records(Path(folder) / "records.sqlite", ["A1"], ["ph"], durable=True)
        for number in range(max(20, round(_DOSES * part))):
            began = time.perf_counter()
            body = {"do": "feed", "volume_ml": 0.05, "source": "feed", "op": number}
            intent = records.intent(float(number), "A1", **body)
            records.mark(float(number), "A1", intent, given_ml=0.0)
            records.outcome(float(number), "A1", intent, status="done", value=0.05)
            records.commit()
            times.append(time.perf_counter() - began)
        records.close()
    return Result(name, round(median(times) * 1e3, 3), "ms", "lower", {}, 1.0)


def _cpu_s_from(night: Night, start_s: float, scans: int) -> float:
    """Processor time of so many scans from a campaign time on."""
    began: list[float] = []

    def watch(progress: Progress) -> None:
        if not began and progress.time_s >= start_s:
            began.append(time.process_time())

    rehearse_until(night, start_s + scans * _SCAN_S, wires=False, watch=watch)
    return time.process_time() - began[0]


BENCHMARKS: Mapping[str, Benchmark] = {"scan.24.cpu_ms": scan, "dose.journal_ms": dose}
