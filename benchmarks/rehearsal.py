"""How fast a campaign is rehearsed: 48 vessels, fourteen days, a scan a minute; 96 without wires.

Ours goes the whole way: drivers, framing, buses, emulated devices, biology, control, the arm and
the records. The peer, Bluesky's ``count``, only asks 48 objects in its own process for two numbers
each, without bytes, biology or a file: it is the least that its engine costs for such a scan.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from benchmarks.peers import medians, run_peer, tell_user
from benchmarks.result import Benchmark, Result
from hardware.vessel_names import array_names
from orchestrator.engine.progress import Progress
from orchestrator.night import Night
from orchestrator.planning import plan_night
from orchestrator.rehearsal import plant_for, rehearse

DATA = Path(__file__).with_name("data")
PROTOCOL, STATION = DATA / "cho-48x14d.yaml", DATA / "open-48-cho.yaml"
_WHOLE_S = 14 * 86400.0
_SCAN_S = 60.0
_PEER_SCANS = 500
_SEED = 1


class _Enough(Exception):
    """The part of the campaign that was asked for is over."""


def whole(name: str, part: float) -> Result:
    """Seconds for 48 vessels and fourteen days over the emulated wires."""
    return Result(name, round(_WHOLE_S / speed(_WHOLE_S * part), 1), "s", "lower", {}, 120.0)


def without_wires(vessels: int, days: int) -> Benchmark:
    """Seconds for so many vessels and days when the engine meets the plant itself."""

    def measure(name: str, part: float) -> Result:
        until_s = days * 86400.0 * part
        with TemporaryDirectory() as folder:
            night = night_of(vessels, Path(folder))
            seconds = days * 86400.0 / _speed(night, until_s, wires=False)
        limit = 60.0 if (vessels, days) == (96, 14) else None
        return Result(name, round(seconds, 1), "s", "lower", {}, limit)

    return measure


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
    return _speed(plan_night(PROTOCOL, STATION), until_s, wires=True)


def _speed(night: Night, until_s: float, wires: bool) -> float:
    plant_for(night, _SEED).warm_up()
    began = time.perf_counter()
    last = rehearse_until(night, until_s, wires)
    took_s = time.perf_counter() - began
    if last.lost:
        raise RuntimeError(f"{last.lost} vessels were lost; the campaign is not the one to measure")
    return last.time_s / took_s


def rehearse_until(
    night: Night,
    until_s: float,
    wires: bool,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Rehearse a stretch of a night, watched on its way; returns how far it came."""
    last = Progress(0.0, 0, 0, 0)

    def note(progress: Progress) -> None:
        nonlocal last
        last = progress
        watch(progress)
        if progress.time_s >= until_s:
            raise _Enough

    with TemporaryDirectory() as folder, suppress(_Enough):
        rehearse(night, Path(folder) / "records.sqlite", _SEED, note, wires=wires)
    return last


def night_of(vessels: int, folder: Path) -> Night:
    """The benchmark's campaign on 24, 48 or 96 vessels; its files are written to ``folder``."""
    share = vessels / 48
    protocol = yaml.safe_load(PROTOCOL.read_text("utf-8"))
    protocol["design"] |= {"replicates": round(2 * share) or 1, "centre_points": round(20 * share)}
    (folder / "protocol.yaml").write_text(yaml.safe_dump(protocol), encoding="utf-8")
    return plan_night(folder / "protocol.yaml", write_station(vessels, folder / "station.yaml"))


def write_station(vessels: int, file: Path) -> Path:
    """A station of so many vessels with lines of eight sensors or vials; returns its file."""
    station = yaml.safe_load(STATION.read_text("utf-8"))
    station["vessels"]["rows"] = vessels // 8
    names = array_names(vessels // 8, 8)
    station["ports"], station["devices"] = {}, []
    for part in ("gantry", "pump"):
        station["ports"][part] = {"path": f"/dev/{part}"}
        station["liquid_handler"][part]["port"] = part
    for first in range(0, vessels, 8):
        row = f"{names[first]}..{names[first + 7]}"
        for device in (
            {"family": "hamilton-arc", "reads": "ph", "addresses": "1..8"},
            {"family": "hamilton-arc", "reads": "do", "addresses": "1..8"},
            {"family": "evolver"},
        ):
            port = f"port-{len(station['ports'])}"
            station["ports"][port] = {"path": f"/dev/{port}"}
            station["devices"].append(device | {"port": port, "vessels": row})
    deck = station["liquid_handler"]["deck"]
    for source in deck["sources"].values():
        source["volume"] = "2000 mL"
    deck["plates"] = {
        f"plate{i}": {
            "x": f"{290 + 130 * i} mm",
            "y": "30 mm",
            "pitch_x": "9 mm",
            "pitch_y": "9 mm",
        }
        for i in range(16)
    }
    file.write_text(yaml.safe_dump(station, sort_keys=False), encoding="utf-8")
    return file


def _bluesky(scans: int) -> float:
    answer = run_peer("bluesky", ["bluesky==1.15.1"], "bluesky_count.py", "48", str(scans))
    return float(answer["seconds_per_scan"])


BENCHMARKS: Mapping[str, Benchmark] = {
    "rehearsal.48x14d.speed": measure,
    "rehearsal.48x14d.seconds": whole,
    "rehearsal.96x14d.nowire.seconds": without_wires(96, 14),
    "rehearsal.96x7d.nowire.seconds": without_wires(96, 7),
    "rehearsal.48x14d.nowire.seconds": without_wires(48, 14),
    "rehearsal.24x14d.nowire.seconds": without_wires(24, 14),
}
