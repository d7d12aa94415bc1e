"""The queue of campaigns: what is to be run on which station, in which order, from when on.

Protocol and station are copied when a campaign is queued, so that what was checked is what runs.
Between two campaigns a person has to hand the station over: clean, new plates, full bottles.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import apsw

from orchestrator.campaign import CampaignError

State = Literal["waiting", "ready", "running", "done", "vessels lost", "failed"]
STATES: tuple[State, ...] = get_args(State)
OVER: tuple[State, ...] = ("done", "vessels lost", "failed")
HAND_OVER = "vessels clean and filled, plates and tips new, bottles full, waste empty"
"""What a person confirms before a campaign may begin."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY AUTOINCREMENT, place INTEGER NOT NULL, name TEXT NOT NULL,
    station TEXT NOT NULL, folder TEXT NOT NULL, not_before TEXT, state TEXT NOT NULL,
    handed_over TEXT, restarts INTEGER NOT NULL DEFAULT 0, said TEXT NOT NULL DEFAULT '')
"""


@dataclass(frozen=True)
class Job:
    """A campaign in the queue.

    Attributes:
        number: By which it is spoken of.
        place: Its turn among those of its station; smaller goes first.
        name: Name of the protocol.
        station: Name of the station.
        folder: The campaign's folder, made when it begins.
        not_before: Earliest start; None for as soon as it is its turn.
        state: ``waiting`` for the hand-over, ``ready``, ``running``, ``done``, ``vessels lost``
            (done as well) or ``failed``.
        handed_over: Who confirmed the hand-over, and what they said; None while nobody did.
        restarts: How often its engine was started again.
        said: The last thing to know about it.
    """

    number: int
    place: int
    name: str
    station: str
    folder: Path
    not_before: datetime | None
    state: State
    handed_over: str | None
    restarts: int
    said: str

    def to_json(self) -> dict[str, Any]:
        """For a program."""
        begins = self.not_before.isoformat(timespec="seconds") if self.not_before else None
        return {**vars(self), "folder": str(self.folder), "not_before": begins}


class Queue:
    """The queue in a folder; any number of programs may use it at the same time.

    Args:
        folder: Where campaigns lie; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._connection = apsw.Connection(str(folder / "queue.sqlite"))
        self._connection.set_busy_timeout(10_000)
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(_SCHEMA)

    def add(
        self,
        protocol: Path,
        station: Path,
        name: str,
        station_name: str,
        folder: Path | None = None,
        not_before: datetime | None = None,
    ) -> Job:
        """Put a campaign at the end of its station's queue; its files are copied.

        Args:
            protocol: The protocol file, which was checked for the station.
            station: The station file.
            name: Name of the protocol.
            station_name: Name of the station.
            folder: For the campaign; one beside the queue's file without it.
            not_before: Earliest start.

        Raises:
            CampaignError: The folder holds something, or another campaign will lie there.
        """
        with self._alone():
            (number,) = self._one("SELECT coalesce(max(number), 0) + 1 FROM job")
            chosen = folder or self._folder / f"{number:04}-{protocol.stem}"
            if chosen.exists() and any(chosen.iterdir()):
                raise CampaignError(f"{chosen} holds something already; choose another folder")
            if any(job.folder == chosen for job in self.jobs()):
                raise CampaignError(f"{chosen} is the folder of another campaign in the queue")
            begins = not_before.astimezone(UTC).isoformat() if not_before else None
            self._connection.execute(
                "INSERT INTO job (number, place, name, station, folder, not_before, state)"
                " VALUES (?, ?, ?, ?, ?, ?, 'waiting')",
                (number, number, name, station_name, str(chosen), begins),
            )
            kept = self.files(number)
            kept.mkdir(parents=True)
            shutil.copyfile(protocol, kept / "protocol.yaml")
            shutil.copyfile(station, kept / "station.yaml")
        return self.job(number)

    def files(self, number: int) -> Path:
        """Where the copied files of a campaign lie."""
        return self._folder / "queued" / f"{number:04}"

    def jobs(self, station: str | None = None) -> list[Job]:
        """All campaigns in their order, or those of one station."""
        rows = self._connection.execute("SELECT * FROM job ORDER BY place, number")
        jobs = [_job(row) for row in rows]
        return [job for job in jobs if station is None or job.station == station]

    def job(self, number: int) -> Job:
        """One campaign.

        Raises:
            CampaignError: None has that number.
        """
        for job in self.jobs():
            if job.number == number:
                return job
        raise CampaignError(f"no campaign of the queue has number {number}")

    def hand_over(self, number: int, who: str, why: str) -> None:
        """Confirm that the station is ready for a campaign."""
        with self._alone():
            self._refuse(number, OVER, "is over")
            handed = f"{who}: {why}"
            self._connection.execute(
                "UPDATE job SET handed_over = ?, "
                "state = CASE state WHEN 'waiting' THEN 'ready' ELSE state END WHERE number = ?",
                (handed, number),
            )

    def move(self, number: int, before: int | None) -> None:
        """Let a campaign take its turn before another one, or last of all."""
        with self._alone():
            self._refuse(number, ("running", *OVER), "cannot be moved any more")
            order = [job.number for job in self.jobs() if job.number != number]
            order.insert(order.index(self.job(before).number) if before else len(order), number)
            for place, each in enumerate(order, start=1):
                self._connection.execute("UPDATE job SET place = ? WHERE number = ?", (place, each))

    def remove(self, number: int) -> None:
        """Take a campaign out of the queue; what it recorded stays in its folder."""
        with self._alone():
            self._refuse(number, ("running",), "runs; end it first")
            self._connection.execute("DELETE FROM job WHERE number = ?", (number,))
        shutil.rmtree(self.files(number), ignore_errors=True)

    def note(self, number: int, state: State, said: str, *, restarted: bool = False) -> None:
        """Write how a campaign stands."""
        self._connection.execute(
            "UPDATE job SET state = ?, said = ?, restarts = restarts + ? WHERE number = ?",
            (state, said, int(restarted), number),
        )

    def next_of(self, station: str, now: datetime) -> Job | None:
        """The campaign that a station is to run now: one that ran already, else the next ready one.

        A campaign that still waits for its hand-over keeps those behind it waiting: they were
        put behind it on purpose. One whose time has not come does not.
        """
        jobs = [job for job in self.jobs(station) if job.state not in OVER]
        for job in jobs:
            if job.state == "running":
                return job
        for job in jobs:
            if job.not_before is not None and now < job.not_before:
                continue
            return job if job.state == "ready" else None
        return None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes the queue meanwhile; nothing is changed when the block fails."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _one(self, query: str) -> Any:
        return self._connection.execute(query).fetchone()

    def _refuse(self, number: int, states: tuple[State, ...], reason: str) -> None:
        if self.job(number).state in states:
            raise CampaignError(f"campaign {number} of the queue {reason}")


def _job(row: Any) -> Job:
    begins = datetime.fromisoformat(row[5]) if row[5] else None
    return Job(row[0], row[1], row[2], row[3], Path(row[4]), begins, row[6], row[7], row[8], row[9])
