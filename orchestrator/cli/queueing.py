"""Commands for nights one after the other: queue and serve."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from orchestrator.cli.console import (
    AsJson,
    NotifyFile,
    OptionalStation,
    ProtocolFile,
    StationFile,
    say,
    say_json,
    say_table,
)

if TYPE_CHECKING:
    from orchestrator.serving.queue import Job, Queue

queue = typer.Typer(no_args_is_help=True, help="Campaigns that wait for their turn on a station.")

QueueFolder: TypeAlias = Annotated[
    Path, typer.Option("--queue", help="Folder of the queue and its campaigns.", metavar="DIR")
]
Number: TypeAlias = Annotated[int, typer.Argument(help="Its number in the list.", metavar="N")]
_HOME = Path("campaigns")


@queue.command()
def add(
    protocol: ProtocolFile,
    station: StationFile,
    start_at: Annotated[
        datetime | None,
        typer.Option("--start-at", help="Not before this local time.", formats=["%Y-%m-%d %H:%M"]),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder of the campaign.", metavar="DIR")
    ] = None,
    home: QueueFolder = _HOME,
    as_json: AsJson = False,
) -> None:
    """Put a campaign at the end of a station's queue, after checking it for that station.

    What does not last (bottles, tips, room for waste) is refused here, not found out in the night.

    Example: inoculum queue add protocol.yaml --station station.yaml --start-at "2027-03-01 20:00"
    """
    from orchestrator.planning import supplied_plan

    night = supplied_plan(protocol, station).night
    with _opened(home) as jobs:
        job = jobs.add(protocol, station, night.protocol.name, night.station.name, output, start_at)
    if as_json:
        say_json(job.to_json())
    else:
        say(f"{job.number}: {job.name} on {job.station}, will lie in {job.folder}")
        say(f"when the station is ready for it: inoculum queue ready {job.number}")


@queue.command("list")
def show(
    station: OptionalStation = None, home: QueueFolder = _HOME, as_json: AsJson = False
) -> None:
    """Show the queue, of all stations or of one.

    Example: inoculum queue list
    """
    from orchestrator.serving.server import station_name

    with _opened(home) as jobs:
        listed = jobs.jobs(station_name(station) if station else None)
    if as_json:
        say_json([job.to_json() for job in listed])
        return
    if not listed:
        say("The queue is empty.")
        return
    headers = ["no.", "campaign", "station", "state", "not before", "handed over by", "last"]
    say_table("", headers, [_row(job) for job in listed])


@queue.command()
def ready(
    number: Number,
    why: Annotated[
        str, typer.Option("--why", help="What was prepared; says what a hand-over means.")
    ] = "",
    who: Annotated[
        str | None, typer.Option("--who", help="Your name; that of your account without it.")
    ] = None,
    home: QueueFolder = _HOME,
) -> None:
    """Hand the station over to a campaign: you confirm that it is clean, filled and stocked.

    Example: inoculum queue ready 3 --why "new plates, bottles full"
    """
    from orchestrator.planning import supplied_plan
    from orchestrator.schedule.report import supplies
    from orchestrator.serving.queue import HAND_OVER

    with _opened(home) as jobs:
        jobs.job(number)
        files = jobs.files(number)
        plan = supplied_plan(files / "protocol.yaml", files / "station.yaml")
        jobs.hand_over(number, who or getpass.getuser(), why or HAND_OVER)
        say(f"{number}: {jobs.job(number).name} may begin ({why or HAND_OVER})")
    say("It needs, base not counted:")
    for sentence in supplies(plan):
        say(f"  {sentence}")


@queue.command()
def move(
    number: Number,
    before: Annotated[
        int | None, typer.Option("--before", help="Before which; last of all without it.")
    ] = None,
    home: QueueFolder = _HOME,
) -> None:
    """Give a campaign another turn.

    Example: inoculum queue move 3 --before 1
    """
    with _opened(home) as jobs:
        jobs.move(number, before)


@queue.command()
def remove(number: Number, home: QueueFolder = _HOME) -> None:
    """Take a campaign out of the queue.

    Example: inoculum queue remove 3
    """
    with _opened(home) as jobs:
        jobs.remove(number)


def serve(
    station: StationFile,
    home: QueueFolder = _HOME,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End when nothing is left that can run.")
    ] = False,
    notify: NotifyFile = None,
) -> None:
    """Work off a station's queue, night after night.

    A campaign whose engine dies is gone on with; one that a device failed under is left for a
    person, and so is the queue. Asked to end, it leaves the station safe; started again, it goes
    on. Exit code 3 when a device failed.

    Example: inoculum serve --station station.yaml
    """
    from orchestrator.locks import only_server
    from orchestrator.serving.server import Server, station_name

    name = station_name(station)
    options = ["--notify", str(notify)] if notify is not None else []
    with _opened(home) as jobs, only_server(home, name):
        say(f"serving {name}; the queue is {home}/queue.sqlite")
        code = Server(jobs, name, say, options=options).work(until_empty=until_empty)
    if code:
        raise typer.Exit(code)


@contextmanager
def _opened(home: Path) -> Iterator[Queue]:
    from orchestrator.serving.queue import Queue

    jobs = Queue(home)
    try:
        yield jobs
    finally:
        jobs.close()


def _row(job: Job) -> list[object]:
    begins = job.not_before.astimezone().strftime("%Y-%m-%d %H:%M") if job.not_before else ""
    handed = job.handed_over or ""
    return [job.number, job.name, job.station, job.state, begins, handed, job.said]
