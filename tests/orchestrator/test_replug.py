"""Devices are unplugged and plugged in again during a run: it ends complete, and the gaps show."""

import copy
import json
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardware.emulators import Plant, emulate, serve
from orchestrator.emulation import serve_station
from orchestrator.engine.progress import Progress
from orchestrator.night import run
from orchestrator.planning import plan_night
from orchestrator.protocol import load_station
from orchestrator.records.store import RecordsReader
from tests.hardware.bench import SMALL
from tests.hardware.standin import StandInCulture

pytestmark = [
    pytest.mark.wall,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals"),
]
PROTOCOL = """
protocol: 1
name: A minute with plugs pulled
question: Does a run survive its cables?
organism: e-coli
factors: {dose: {low: 20 µL, high: 60 µL}}
design: {kind: full-factorial, replicates: 2, seed: 1}
reagents:
  glucose: {glucose: 400 g/L}
  iptg: {iptg: 1 mmol/L}
  acid: {acidity: 100 mmol/L}
culture:
  volume: 10 mL
  scan: 2 s
  start: {temperature: 37 degC, ph: 6.9, stirring: 1200 rpm, gas_flow: 20 mL/min, glucose: 5 g/L,
          biomass: 4 g/L}
  phases:
    - {name: settle, until: {after: 2 s}}
    - name: fed
      feed: {kind: bolus, source: glucose, volume: $dose, every: 16 s}
      events: [{at: 4 s, add: {source: acid, volume: 30 µL}}]
      until: {after: 44 s}
    - {name: harvest}
  samples: [{name: plate, volume: 100 µL, from: harvest}]
  on_fault: {sample: {retry: 3, then: skip}, feed: {retry: 3, then: skip}}
responses: {product: {unit: g/L, from: plate, measured: at-line, goal: maximise}}
"""
MOST, LAST, ALL = ("A1", "A2", "B1"), ("B2",), ("A1", "A2", "B1", "B2")
SEEN = {  # what is measured through which port
    "ph": (ALL, ["ph"]),
    "do": (MOST, ["do"]),
    "ezo": (LAST, ["do"]),
    "vials": (MOST, ["temperature", "od"]),
    "plate": (LAST, ["temperature", "stirring"]),
    "gas": (ALL, ["gas_flow"]),
}
CALM_S = 12.0
"""A device is back in the telemetry so long after its plug, at the latest."""
HUB = ("ph", "do", "ezo", "vials", "plate", "gas", "robot", "syringe")
PLUGS = (  # which are pulled and put back at what campaign time, s
    (("syringe",), 4.0, 8.0),  # while the first doses are given
    (("ph",), 10.0, 16.0),
    (("vials",), 12.0, 18.0),
    (("ezo", "plate"), 14.0, 18.0),
    (("robot",), 20.0, 24.0),  # while the second ones are
    (("gas",), 22.0, 26.0),
    (HUB, 30.0, 34.0),
)


@dataclass(frozen=True)
class Gap:
    """Between which scans a plug was out: campaign times, s; the first scan still saw it in."""

    out_s: float
    in_s: float

    def covers(self, time_s: float, calm_s: float = 0.0) -> bool:
        return self.out_s < time_s <= self.in_s + calm_s


class Hand:
    """Pulls and puts back plugs when the campaign's time has come; told after each scan."""

    def __init__(self, ports: Any) -> None:
        self.lost = 0
        self.gaps: dict[str, list[Gap]] = defaultdict(list)
        self._ports = ports
        self._out: dict[str, float] = {}
        self._left = sorted(
            (at_s, what, name)
            for names, out_s, in_s in PLUGS
            for name in names
            for at_s, what in ((out_s, "unplug"), (in_s, "replug"))
        )

    def __call__(self, progress: Progress) -> None:
        self.lost = progress.lost
        while self._left and self._left[0][0] <= progress.time_s:
            _, what, name = self._left.pop(0)
            getattr(self._ports, what)(name)
            if what == "unplug":
                self._out[name] = progress.time_s
            else:
                self.gaps[name].append(Gap(self._out.pop(name), progress.time_s))


@dataclass
class Told:
    """What a run left behind."""

    reader: RecordsReader
    plant: Plant
    truth: dict[str, dict[str, float]]
    hand: Hand


def mixed_station() -> dict[str, Any]:
    """The small station, with a quick arm; the last vessel has other devices than the others."""
    station: dict[str, Any] = copy.deepcopy(SMALL)
    arm = station["liquid_handler"]
    arm["gantry"] |= {"speed": "800 mm/s", "lift_speed": "400 mm/s"}
    arm["pump"] |= {"fill": "1 mL/s", "dispense": "2 mL/s"}
    arm["deck"]["sources"]["acid"] = {"x": "20 mm", "y": "140 mm", "volume": "1 mL"}
    for device in station["devices"]:
        if device["port"] in ("do", "vials"):
            device["vessels"] = list(MOST)
    station["devices"][1]["addresses"] = "1..3"
    ezo = {"family": "atlas-ezo", "circuit": "do", "port": "ezo", "vessels": "B2"}
    plate = {"family": "namur", "maker": "ika", "port": "plate", "vessels": "B2"}
    station["devices"] += [ezo, plate]
    station["ports"] |= {"ezo": {"url": "x"}, "plate": {"url": "x", "frame": "7E1"}}
    return station


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("replug")
    (folder / "protocol.yaml").write_text(PROTOCOL, encoding="utf-8")
    station = mixed_station()
    for name, port in station["ports"].items():
        del port["url"]
        port["path"] = str(folder / "dev" / name)
    (folder / "station.yaml").write_text(json.dumps(station), encoding="utf-8")
    spec = load_station(folder / "station.yaml")
    truth = {
        vessel: {"ph": 6.8 + i / 100, "do": 80.0 + i, "od": 1.0 + i / 10, "gas_flow": 20.0}
        for i, vessel in enumerate(spec.vessels.names)
    }
    plant = Plant({v: StandInCulture(**values) for v, values in truth.items()}, noise=False)
    bench = emulate(spec, plant)
    with serve(bench.lines, links=folder / "dev") as ports:
        hand = Hand(ports)
        night = plan_night(folder / "protocol.yaml", folder / "station.yaml")
        run(night, folder / "records.sqlite", hand)
    reader = RecordsReader(folder / "records.sqlite")
    yield Told(reader, plant, truth, hand)
    reader.close()


def test_the_run_ends_complete(told):
    told.reader.verify()
    entered = defaultdict(list)
    for entry in told.reader.journal("phase"):
        entered[entry.vessel].append(entry.body["entered"])
    assert set(entered) == set(told.truth)
    assert {phases[-1] for phases in entered.values()} == {"complete"}
    assert told.hand.lost == 0
    assert [e.kind for e in told.reader.journal("closed", "fault")] == ["closed"]


def test_gaps_are_marked(told):
    times, values = told.reader.telemetry()
    channels = told.reader.meta["channels"]
    vessels = told.reader.meta["vessels"]
    for port, (served, names) in SEEN.items():
        rows = [vessels.index(name) for name in served]
        columns = [channels.index(name) for name in names]
        gaps = told.hand.gaps[port]
        assert gaps
        for time_s, scan in zip(times, values[:, rows][:, :, columns], strict=True):
            if any(gap.covers(time_s) for gap in gaps):
                assert np.isnan(scan).all(), f"{port} was out at {time_s} s"
            elif not any(gap.covers(time_s, CALM_S) for gap in gaps):
                assert np.isfinite(scan).all(), f"{port} was in at {time_s} s"


def test_nothing_is_invented(told):
    _, values = told.reader.telemetry()
    steps = {"ph": 1e-5, "do": 0.01, "od": 0.002, "temperature": 0.02, "gas_flow": 0.6}
    vessels, channels = told.reader.meta["vessels"], told.reader.meta["channels"]
    for served, names in SEEN.values():
        for vessel in served:
            truth = told.truth[vessel] | {"temperature": 37.0, "stirring": 1200.0}
            for channel in names:
                seen = values[1:, vessels.index(vessel), channels.index(channel)]
                seen = seen[np.isfinite(seen)]
                assert len(seen) > 5
                apart = np.abs(seen - truth[channel]).max()
                assert apart <= steps.get(channel, 1.0), f"{channel} of {vessel}"


def test_gaps_are_told(told):
    alarms = [entry.body["what"] for entry in told.reader.journal("alarm")]
    over = [entry.body["what"] for entry in told.reader.journal("alarm over")]
    for device in (
        "hamilton-arc 1",
        "hamilton-arc 4",
        "evolver",
        "alicat A",
        "alicat B",
        "namur ika",
        "atlas-ezo do",
    ):
        assert any(what.startswith(f"{device}:") for what in alarms), device
        assert f"{device} answers again" in over


def test_the_journal_says_what_each_vessel_really_got(told):
    booked: dict[tuple[str, str], float] = defaultdict(float)
    in_doubt: dict[tuple[str, str], float] = defaultdict(float)
    intents = {entry.seq: entry for entry in told.reader.journal("intent")}
    doses = 0
    for entry in told.reader.journal("outcome"):
        order = intents.pop(entry.body["intent"])
        if "source" not in order.body:
            continue
        key = (order.vessel or "", order.body["source"])
        doses += 1
        if entry.body["status"] == "unknown":
            in_doubt[key] += order.body["volume_ml"]
        else:
            booked[key] += entry.body["value"]
    assert not intents, "every intent has its outcome"
    assert doses >= 4 * 4
    got = {
        (vessel, source): volume_ml
        for vessel, sources in told.plant.received.items()
        for source, volume_ml in sources.items()
    }
    for key in got.keys() | booked.keys() | in_doubt.keys():
        least_ml, given_ml = booked[key], got.get(key, 0.0)
        if in_doubt[key]:
            assert least_ml - 1e-6 <= given_ml <= least_ml + in_doubt[key] + 1e-6, key
        else:
            assert given_ml == pytest.approx(least_ml, abs=1e-6), key
    assert told.plant.lost == []


def test_doses_go_on_when_the_plug_is_back(told):
    """Of four feeds each vessel misses two at most: arm and pump were out at most at two."""
    for vessel in told.truth:
        fed = [
            entry
            for entry in told.reader.journal("outcome")
            if entry.vessel == vessel and entry.body["status"] == "done" and "value" in entry.body
        ]
        assert len(fed) >= 2 + 1 + 1, f"{vessel}: feeds, acid and a sample"


def test_an_emulated_stations_file_keeps_a_frame_that_looks_like_a_number(tmp_path):
    station = mixed_station()
    for name in ("ezo", "plate"):
        station["ports"][name]["url"] = "socket://127.0.0.1:1"
    (tmp_path / "station.yaml").write_text(json.dumps(station), encoding="utf-8")
    written = tmp_path / "emulated.yaml"
    with serve_station(tmp_path / "station.yaml", None, 1, tcp=False, write_to=written):
        assert load_station(written).ports["plate"].frame == "7E1"
