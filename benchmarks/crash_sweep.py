"""Killed at every moment: what the vessels got afterwards, against the plan and the journal.

A campaign of some minutes with every way of dosing is killed at each operation of its ports, before
and after the bytes went out, on virtual time; the emulated devices live on; half a minute later it
goes on and runs to its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw

from benchmarks.auditing import (
    Account,
    Key,
    compare,
    doubles,
    missing,
    promised,
    read_account,
    received,
)
from benchmarks.interrupted import Campaign
from hardware.emulators import emulate
from orchestrator.night import Night
from orchestrator.planning import plan_night
from orchestrator.rehearsal import plant_for

DATA = Path(__file__).with_name("data")
PROTOCOL = DATA / "recovery.yaml"
STATIONS = (DATA / "recovery-4.yaml", DATA / "recovery-4-arms.yaml")
"""With one arm, and with two."""
OWN_PUMPS = frozenset({"supplement", "booster"})
OUTAGE_S = 30.0
_TAKING_UP, _SECOND = 400, 7
"""Operations until a campaign that goes on reads its vessels, and steps through them."""
_AFTER_S = 60.0


@dataclass
class Sweep:
    """What became of many kills.

    Attributes:
        points: Kills.
        unknown: Campaigns in which some dose stayed unknown.
        double_doses: Vessels that were given more of something than was planned.
        lost_records: Entries that were on disk before a kill and are not there in the end.
        wrong: Every other violation, in sentences.
    """

    points: int = 0
    unknown: int = 0
    double_doses: int = 0
    lost_records: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Sweep) -> None:
        """Count with other kills."""
        self.points += other.points
        self.unknown += other.unknown
        self.double_doses += other.double_doses
        self.lost_records += other.lost_records
        self.wrong += other.wrong

    def judge(
        self,
        where: str,
        records: Path,
        arm_of: Mapping[str, str],
        got: Mapping[Key, float],
        plan: Mapping[Key, float],
    ) -> Account:
        """Add what became of one campaign."""
        account = read_account(records, arm_of, OWN_PUMPS)
        twice = doubles(got, plan)
        self.double_doses += len(twice)
        self.unknown += bool(sum(account.doubtful.values()))
        found = [*account.violations, *compare(account, got), *missing(account, got, plan), *twice]
        self.wrong += [f"{where}: {sentence}" for sentence in found]
        return account


def night(station: Path = STATIONS[0]) -> Night:
    """The campaign that is killed."""
    return plan_night(PROTOCOL, station)


def undisturbed(planned: Night) -> tuple[int, dict[Key, float]]:
    """Number of port operations of a campaign that nobody kills, and what it gives, mL."""
    with TemporaryDirectory() as folder:
        campaign = _fresh(planned, Path(folder))
        fuse = campaign.live()
        return fuse.count, received(campaign.bench.plant, campaign.now_s + _AFTER_S)


def sweep(station: Path, stride: int, first: int = 1) -> Sweep:
    """Kill at every ``stride``-th operation of the ports, on virtual time.

    Every other campaign is killed a second time, while it is being taken up again.
    """
    planned, result = night(station), Sweep()
    operations, plan = undisturbed(planned)
    for point, kill_at in enumerate(range(first, operations + 1, stride)):
        with TemporaryDirectory() as folder:
            campaign = _fresh(planned, Path(folder))
            campaign.live(kill_at)
            if point % 2:
                campaign.rest(OUTAGE_S)
                campaign.live(1 + _SECOND * point % _TAKING_UP)
            before = dict(links(campaign.records)) if campaign.records.exists() else {}
            campaign.rest(OUTAGE_S)
            campaign.live()
            after = dict(links(campaign.records))
            result.points += 1 + point % 2
            result.lost_records += sum(after.get(seq) != link for seq, link in before.items())
            got = received(campaign.bench.plant, campaign.now_s + _AFTER_S)
            where = f"{planned.station.name}, operation {kill_at}"
            account = result.judge(where, campaign.records, planned.station.arm_of, got, plan)
            result.wrong += promised(account, campaign.full_ml, campaign.bench.decks)
    return result


def links(records: Path) -> Iterator[tuple[int, bytes]]:
    """Position and link of every entry of a journal, as another process sees it now."""
    connection = apsw.Connection(str(records), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        yield from connection.execute("SELECT seq, chain FROM journal")
    finally:
        connection.close()


def _fresh(planned: Night, folder: Path) -> Campaign:
    return Campaign(planned, emulate(planned.station, plant_for(planned, 1)), folder)
