"""Commands about files: init, check, schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.console import AsJson, OptionalStation, ProtocolFile, say, say_json
from orchestrator.cli.planned import planned_night


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make.", metavar="DIR")],
) -> None:
    """Make a workspace with a protocol and a station.

    Editor settings that know the schema lie beside them: keys are completed and checked.

    Example: inoculum init my-study
    """
    from orchestrator.workspace import make_workspace

    for path in make_workspace(folder):
        say(f"made {path}")
    say(f"\nNext: inoculum check {folder}/protocol.yaml --station {folder}/station.yaml")


def check(
    protocol: ProtocolFile,
    station: OptionalStation = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say in prose what the protocol will do.")
    ] = False,
    campaign: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Plan triggered phases and base as they were there.", metavar="DIR"
        ),
    ] = None,
    prove: Annotated[
        bool, typer.Option("--prove", help="Prove that all windows can be kept (inoculum[plan]).")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Draw the plan in this HTML file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Validate a protocol, alone or for a station.

    Tells every error at once, each as file:line:column: message. For a station it plans the night
    as well: what the arm cannot do in time is an error too. Exit code 1 when there is one.

    Example: inoculum check protocol.yaml --station station.yaml -o plan.html
    """
    from orchestrator.protocol import SourceErrors, load_protocol, load_station
    from orchestrator.protocol import check as find_problems
    from orchestrator.protocol import explain as explained

    try:
        loaded = load_protocol(protocol)
        problems = find_problems(loaded, load_station(station) if station else None)
    except SourceErrors as errors:
        loaded, problems = None, list(errors.diagnostics)
    sound = loaded is not None and not any(one.severity == "error" for one in problems)
    planned = None
    if sound and station is not None:
        planned = planned_night(protocol, station, campaign, output, prove=prove)
        problems += planned.problems
        sound = not any(one.severity == "error" for one in problems)
    if as_json:
        found = [problem.to_json() for problem in problems]
        say_json(found if planned is None else {"findings": found, **planned.to_json()})
    else:
        for problem in problems:
            say(str(problem))
        if planned is not None:
            planned.tell()
    if loaded is None or not sound:
        raise typer.Exit(1)
    if explain:
        say(explained(loaded))
    elif not as_json:
        say(f"{protocol}: this protocol is sound" + (" for this station" if station else ""))


def schema(
    which: Annotated[
        str, typer.Argument(help="protocol, station, or all.", show_default=True)
    ] = "all",
) -> None:
    """Print the JSON Schema of protocol and station files.

    Example: inoculum schema protocol > protocol.json
    """
    from orchestrator.protocol.schema import protocol_schema, station_schema

    makers = {"protocol": protocol_schema, "station": station_schema}
    if which == "all":
        say_json({name: make() for name, make in makers.items()})
    elif which in makers:
        say_json(makers[which]())
    else:
        raise typer.BadParameter(f"'{which}' is none of protocol, station, all")
