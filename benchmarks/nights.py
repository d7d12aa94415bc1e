"""Seeded nights in which everything goes wrong: faulty lines, kills, a person who interferes.

A seed decides everything: the protocol's rules, which lines fail and how, at which operation of the
ports the program is killed and how long nobody looks, what the person orders. What must hold
whatever happens is checked at the end; a seed that breaks it breaks it again:
``python -m benchmarks.nights 4711``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import yaml

from benchmarks.auditing import compare, promised, read_account, received
from benchmarks.crash_sweep import OWN_PUMPS, PROTOCOL, STATIONS
from benchmarks.interrupted import Campaign
from benchmarks.peers import tell_user
from benchmarks.result import Benchmark, Result
from hardware import HardwareError
from hardware.emulators import Plant, emulate
from hardware.emulators.faults import LASTING, FaultKind, FaultPlan, FaultyLine, FaultyPort
from hardware.emulators.memory import MemoryPort
from orchestrator.engine.commands import VERBS, Command, Inbox
from orchestrator.engine.progress import Progress
from orchestrator.engine.worker import StationFault
from orchestrator.night import Night
from orchestrator.planning import plan_night
from orchestrator.rehearsal import plant_for

SEEDS = 2000
_FULL_ML = 11.0
_SPARE_ML = 0.0025
"""By which the last dose may be rounded up: half a step of an eVOLVER's pump."""
_AFTER_S = 120.0
_LONGEST_S = 3600.0
_FAULTS: tuple[FaultKind, ...] = (
    "late once",
    "drop",
    "truncate",
    "split with gap",
    "flipped bit",
    "duplicate",
    "unsolicited line",
    "power cycle",
    "hang-up",
    "echo",
    "never ready",
)
_DELAYS_S: Mapping[FaultKind, tuple[float, float]] = {
    "power cycle": (0.5, 90.0),  # shorter ones an eVOLVER does not show (docs/faults.md)
    "split with gap": (0.2, 3.0),  # what is on its way must not outlive the program by minutes
}
_OUTAGES_S = (2.0, 45.0, 600.0, 1200.0, 7200.0)


def play(seed: int) -> list[str]:
    """One night; gives what must not have happened, in sentences."""
    chance = np.random.default_rng(seed)
    with TemporaryDirectory() as folder:
        night = _night(Path(folder), chance)
        plant = plant_for(night, seed)
        peaks = _watch_volumes(plant)
        campaign = Campaign(night, emulate(night.station, plant), Path(folder))
        _live_through(campaign, chance)
        account = read_account(campaign.records, night.station.arm_of, OWN_PUMPS | {"base"})
        got = received(plant, campaign.now_s + _AFTER_S)
        over = [
            f"{vessel} was filled to {volume:.3f} mL"
            for vessel, volume in peaks.items()
            if volume > _FULL_ML + _SPARE_ML
        ]
        books = promised(account, campaign.full_ml, campaign.bench.decks)
        return [*account.violations, *compare(account, got), *books, *over]


def _live_through(campaign: Campaign, chance: np.random.Generator) -> None:
    """Lives with faults, kills and commands, and a last one in peace."""
    orders = _Person(_orders(chance))
    campaign.progress = orders.watch
    troubled = _troubled(campaign, chance)
    for _ in range(int(chance.integers(0, 6))):
        campaign.ports = troubled
        try:
            fuse = campaign.live(int(chance.integers(1, 4000)), orders.inbox)
        except (StationFault, HardwareError):
            campaign.rest(float(chance.choice(_OUTAGES_S)))
            continue
        if not fuse.blown:
            return
        campaign.rest(float(chance.choice(_OUTAGES_S)))
    campaign.ports = None
    campaign.live(None, orders.inbox)


class _Person:
    """Gives orders as time passes.

    Attributes:
        inbox: Where they come to.
    """

    def __init__(self, orders: Iterable[tuple[float, Command]]) -> None:
        self._orders = sorted(orders, key=lambda order: order[0])
        self.inbox = Inbox(open_=bool(self._orders))

    def watch(self, progress: Progress) -> None:
        """Give what is to be given by now; after the last one the person goes home."""
        while self._orders and self._orders[0][0] <= progress.time_s:
            self.inbox.put(self._orders.pop(0)[1])
        self.inbox.open = bool(self._orders)


def _orders(chance: np.random.Generator) -> Iterable[tuple[float, Command]]:
    for _ in range(int(chance.integers(0, 12))):
        vessel = str(chance.choice(["A1", "A2", "B1", "B2", "all"]))
        verb = VERBS[int(chance.choice(len(VERBS), p=[0.3, 0.35, 0.05, 0.1, 0.2]))]
        setting = ("stirring", float(chance.integers(10, 25) * 100)) if verb == "set" else ()
        whom = None if vessel == "all" else vessel
        at_s = float(chance.uniform(0, _LONGEST_S))
        yield at_s, Command(whom, verb, "a person", "a whim", *setting)


def _troubled(campaign: Campaign, chance: np.random.Generator) -> Any:
    """Makes the ports of a life on lines of which some follow a plan of faults."""
    lines = campaign.bench.lines
    plans = {
        str(name): FaultPlan(
            kind := _FAULTS[int(chance.integers(len(_FAULTS)))],
            seed=int(chance.integers(1 << 30)),
            after=int(chance.integers(200)),
            count=int(chance.integers(1, 30)),
            probability=1.0 if kind in LASTING else float(chance.choice([0.01, 0.05, 0.3])),
            delay_s=float(
                np.clip(chance.choice([0.2, 0.45, 3.0, 90.0]), *_DELAYS_S.get(kind, (0.0, 90.0)))
            ),
        )
        for name in chance.choice(list(lines), size=int(chance.integers(0, 5)), replace=False)
    }

    def ports() -> Mapping[str, MemoryPort]:
        return {
            name: FaultyPort(FaultyLine(line, plans[name])) if name in plans else MemoryPort(line)
            for name, line in lines.items()
        }

    return ports


def _watch_volumes(plant: Plant) -> dict[str, float]:
    """The largest volume that each vessel ever holds, mL."""
    peaks = dict.fromkeys(plant.vessels, 0.0)
    add = plant.add

    def watched(vessel: str, volume_ml: float, source: str, now_s: float) -> None:
        add(vessel, volume_ml, source, now_s)
        peaks[vessel] = max(peaks[vessel], plant.read(vessel, "volume", now_s))

    plant.add = watched  # type: ignore[method-assign]
    return peaks


def _night(folder: Path, chance: np.random.Generator) -> Night:
    """The crash sweep's campaign, longer and with rules that chance decides."""
    protocol = yaml.safe_load(PROTOCOL.read_text("utf-8"))
    culture = protocol["culture"]
    culture["scan"] = str(chance.choice(["30 s", "60 s"]))
    fed = culture["phases"][1]
    fed["until"] = {"after": f"{chance.integers(20, 90)} min"}
    fed["feed"]["every"] = f"{chance.integers(3, 15)} min"
    fed["events"] = [
        {"at": f"{chance.integers(1, 20)} min", "add": event["add"]} for event in fed["events"]
    ]
    fed["events"].sort(key=lambda event: int(event["at"].split()[0]))
    protocol["reagents"]["base"] = {"alkalinity": "3600 mmol/L"}
    culture["control"] = {"ph": {"with": "base", "dead_band": 0.03, "every": "5 min"}}
    culture["samples"][0] |= {"from": "fed", "every": f"{chance.integers(10, 40)} min"}
    culture["resume"] = {
        "within": str(chance.choice(["1 min", "15 min", "3 h"])),
        "else": str(chance.choice(["hold", "abort"])),
        "feeds": str(chance.choice(["catch up", "skip"])),
    }
    if (unknown := str(chance.choice(["skip", "repeat if safe", "quarantine", ""]))) != "":
        culture["resume"]["unknown"] = unknown
    then = ["skip", "hold", "quarantine"]
    culture["on_fault"] = {
        "sample": {"retry": int(chance.integers(3)), "then": str(chance.choice(then))},
        "feed": {"retry": int(chance.integers(3)), "then": str(chance.choice(then))},
    }
    limit = {"high": f"{_FULL_ML} mL", "then": str(chance.choice(["warn", "hold"]))}
    protocol["limits"] = {"volume": limit}
    written = folder / "night.yaml"
    written.write_text(yaml.safe_dump(protocol, allow_unicode=True), encoding="utf-8")
    return plan_night(written, STATIONS[int(chance.integers(len(STATIONS)))])


def _played(seed: int) -> list[str]:
    try:
        return play(seed)
    except (StationFault, HardwareError) as error:  # on sound lines, in the last life
        return [f"the station failed: {error}"]


@cache
def _whole(part: float) -> tuple[int, int]:
    """Nights and violations."""
    seeds, broken = range(max(1, round(SEEDS * part))), 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for seed, found in zip(seeds, pool.map(_played, seeds, chunksize=5), strict=True):
            if found:
                broken += len(found)
                tell_user(f"seed {seed}: {'; '.join(found)}")
    return len(seeds), broken


def _seeds(name: str, part: float) -> Result:
    return Result(name, float(_whole(part)[0]), "nights", "higher", limit=SEEDS * part)


def _violations(name: str, part: float) -> Result:
    return Result(name, float(_whole(part)[1]), "violations", "lower", limit=0.0)


BENCHMARKS: Mapping[str, Benchmark] = {
    "nights.seeds": _seeds,
    "nights.violations": _violations,
}


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        for sentence in play(int(argument)) or ["as it should be"]:
            print(f"seed {argument}: {sentence}")
