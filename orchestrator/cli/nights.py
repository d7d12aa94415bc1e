"""Commands that drive devices, emulated or real: rehearse, run, resume, emulate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.console import (
    AsJson,
    Folder,
    Force,
    NotifyFile,
    OptionalProtocol,
    OptionalStation,
    ProtocolFile,
    Seed,
    StationFile,
    WaitForHeld,
    progress_bar,
    say,
    say_json,
    seconds_of,
    working,
)

if TYPE_CHECKING:
    from orchestrator.campaign import Campaign
    from orchestrator.night import Night
    from orchestrator.reporting import Summary


def rehearse(
    protocol: ProtocolFile,
    station: StationFile,
    seed: Seed = 1,
    output: Folder = None,
    force: Force = False,
    wires: Annotated[
        bool,
        typer.Option(
            help="Go through drivers and emulated wires as the night will; without them a "
            "rehearsal takes a fraction of the time and tries the procedure only."
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Run the campaign on virtual time, on emulated devices.

    The same engine and drivers as `run`, in minutes instead of days; ends with a report.

    Example: inoculum rehearse protocol.yaml --station station.yaml --seed 7 -o campaigns/first
    """
    from orchestrator.rehearsal import rehearse as rehearse_night
    from orchestrator.reporting import fill_samples, report

    night = _plan(protocol, station)
    campaign = _campaign(night, protocol, station, output, "rehearsal", force)
    with progress_bar(night.protocol.culture, "rehearsing") as show:
        laboratory = rehearse_night(night, campaign.records, seed, show, wires=wires)
    with working("fitting and writing the report"):
        fill_samples(campaign, night.protocol, laboratory, seed)
        summary = report(campaign, night.protocol)
    _conclude(summary, as_json)


def run(
    protocol: ProtocolFile,
    station: StationFile,
    output: Folder = None,
    force: Force = False,
    wait_for_held: WaitForHeld = "12 h",
    notify: NotifyFile = None,
    as_json: AsJson = False,
) -> None:
    """Run the campaign on the station's ports.

    `inoculum tell` reaches it meanwhile, `inoculum status` shows how it stands. A watchdog of its
    own sends alarms, also when the engine itself stands still.

    Exit code 3 when a device that all depend on fails, 4 when vessels were lost.

    Example: inoculum run protocol.yaml --station station.yaml -o campaigns/2027-03-01
    """
    from orchestrator.lines import find_ports
    from orchestrator.night import run as run_night
    from orchestrator.reporting import report, write_samples

    night = _plan(protocol, station)
    find_ports(night.station)
    campaign = _campaign(night, protocol, station, output, "run", force)
    try:
        bar = progress_bar(night.protocol.culture, "running")
        with bar as show, _watched(campaign, notify):
            run_night(night, campaign.records, show, patience_s=seconds_of(wait_for_held))
    except BaseException:
        if campaign.records.exists():
            say(f"what was done until then: inoculum analyze {campaign.folder}")
            say(f"to go on with it: inoculum resume {campaign.folder}")
        raise
    write_samples(campaign, night.protocol)
    with working("fitting and writing the report"):
        summary = report(campaign, night.protocol)
    _conclude(summary, as_json)


def resume(
    campaign: Annotated[Path, typer.Argument(help="A campaign's folder.", metavar="CAMPAIGN")],
    station: OptionalStation = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Restart the cultures that are held.")
    ] = False,
    wait_for_held: WaitForHeld = "12 h",
    notify: NotifyFile = None,
    as_json: AsJson = False,
) -> None:
    """Go on with a campaign whose program or computer stopped.

    What was under way is asked of the devices, nothing is given twice; the protocol's `resume`
    says what follows. --station names another file where a port has a new address.

    Example: inoculum resume campaigns/2027-03-01
    """
    from orchestrator.continuing import restart_all, take_up, what_was_found
    from orchestrator.lines import find_ports
    from orchestrator.night import run as run_night
    from orchestrator.reporting import report, write_samples

    with working("reading the campaign"):
        going, night = take_up(campaign, station)
    find_ports(night.station)
    with progress_bar(night.protocol.culture, "running") as show:
        orders = [restart_all()] if restart else []
        patience_s = seconds_of(wait_for_held)
        with _watched(going, notify):
            run_night(night, going.records, show, resume=True, orders=orders, patience_s=patience_s)
    if not as_json:
        for sentence in what_was_found(going.records):
            say(sentence)
    write_samples(going, night.protocol)
    with working("fitting and writing the report"):
        summary = report(going, night.protocol)
    _conclude(summary, as_json)


def emulate(
    station: Annotated[Path, typer.Argument(help="A station file.", metavar="STATION")],
    protocol: OptionalProtocol = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write a station file that names these ports."),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", help="Write what the vessels were given, at the end (JSON)."),
    ] = None,
    seed: Seed = 1,
    tcp: Annotated[
        bool, typer.Option("--tcp", help="Serve on socket:// instead of pseudo-terminals.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Stand a station's devices up, emulated.

    On pseudo-terminals (or TCP); prints the port of each and runs until stopped.

    Example: inoculum emulate station.yaml --protocol protocol.yaml -o emulated.yaml
    """
    from orchestrator.emulation import serve_station

    with serve_station(station, protocol, seed, tcp=tcp, write_to=output, ledger=ledger) as ports:
        if as_json:
            say_json(ports)
        else:
            for name, address in ports.items():
                say(f"{name:12} {address}")
            if output is not None:
                say(f"\nrun against them with: --station {output}")
            say("stop with Ctrl-C")
        _wait_for_interrupt()


def _plan(protocol: Path, station: Path) -> Night:
    """Check everything before anything is written or moved."""
    with working("checking protocol and station"):
        from orchestrator.planning import plan_night

        return plan_night(protocol, station)


def _campaign(
    night: Night, protocol: Path, station: Path, folder: Path | None, kind: str, force: bool
) -> Campaign:
    from orchestrator.campaign import Campaign
    from orchestrator.designing.record import design_record

    design = design_record(night.protocol, night.sheet, night.station.vessels)
    chosen = folder or Path("campaigns") / f"{protocol.stem}-{kind}"
    return Campaign.create(chosen, protocol, station, night.sheet, design, replace=force)


def _conclude(summary: Summary, as_json: bool) -> None:
    if as_json:
        say_json(summary.to_json())
    else:
        say(summary.text())
    if summary.lost:
        raise typer.Exit(4)


@contextmanager
def _watched(campaign: Campaign, notify: Path | None) -> Iterator[None]:
    """Have a process of its own watch the campaign and send its alarms, if anybody is to be told.

    It ends by itself when the campaign is closed, and outlives an engine that dies.
    """
    import subprocess
    import sys

    from orchestrator.alarms.notify import load_notify

    if load_notify(notify) is None:
        yield
        return
    run_main = "from orchestrator.cli import main; main()"
    file = [] if notify is None else ["--notify", str(notify)]
    subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", run_main, "watch", str(campaign.folder), *file],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    yield


def _wait_for_interrupt() -> None:
    import signal
    import threading

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
