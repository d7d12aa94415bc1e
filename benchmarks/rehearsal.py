"""How fast a campaign is rehearsed: 48 vessels, fourteen days, a scan a minute.

Ours goes the whole way: drivers, framing, buses, emulated devices, biology, control, the arm and
the records. The peer, Bluesky's ``count``, only asks 48 objects in its own process for two numbers
each, without bytes, biology or a file: it is the least that its engine costs for such a scan.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.peers import medians, run_peer, tell_user
from benchmarks.result import Benchmark, Result
from orchestrator.engine.engine import Progress
from orchestrator.night import Night
from orchestrator.planning import plan_night
from orchestrator.rehearsal import plant_for, rehearse

DATA = Path(__file__).with_name("data")
_WHOLE_S = 14 * 86400.0
_SCAN_S = 60.0
_PEER_SCANS = 500
_SEED = 1


class _Enough(Exception):
    """The part of the campaign that was asked for is over."""


def measure(name: str, part: float) -> Result:
    """Virtual seconds per second of wall time; the peer's scans count 60 virtual seconds each."""
    scans = max(3, round(_PEER_SCANS * part))
    return Result(
        name,
        round(speed(_WHOLE_S * part), 1),
        "virtual s/s",
        "higher",
        medians({"bluesky count": lambda: round(_SCAN_S / _bluesky(scans), 1)}, 1, tell_user),
    )


def speed(until_s: float) -> float:
    """Rehearse the benchmark's campaign.

    Planning it and compiling the twin's equations are over before the watch starts.

    Args:
        until_s: Campaign time at which to stop, s; it ends by itself after 14 days.

    Returns:
        Virtual seconds per second of wall time.

    Raises:
        RuntimeError: Vessels were lost, which would flatter the figure.
    """
    night = plan_night(DATA / "cho-48x14d.yaml", DATA / "open-48-cho.yaml")
    plant_for(night, _SEED).warm_up()
    began = time.perf_counter()
    last = _rehearse(night, until_s)
    took_s = time.perf_counter() - began
    if last.lost:
        raise RuntimeError(f"{last.lost} vessels were lost; the campaign is not the one to measure")
    return last.time_s / took_s


def _rehearse(night: Night, until_s: float) -> Progress:
    last = Progress(0.0, 0, 0, 0)

    def watch(progress: Progress) -> None:
        nonlocal last
        last = progress
        if progress.time_s >= until_s:
            raise _Enough

    with TemporaryDirectory() as folder, suppress(_Enough):
        rehearse(night, Path(folder) / "records.sqlite", _SEED, watch)
    return last


def _bluesky(scans: int) -> float:
    answer = run_peer("bluesky", ["bluesky==1.15.1"], "bluesky_count.py", "48", str(scans))
    return float(answer["seconds_per_scan"])


BENCHMARKS: Mapping[str, Benchmark] = {"rehearsal.48x14d.speed": measure}
