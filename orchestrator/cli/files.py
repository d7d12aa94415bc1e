"""Commands about files: init, check, design, schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.console import AsJson, OptionalStation, ProtocolFile, say, say_json, say_table


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
    as_json: AsJson = False,
) -> None:
    """Validate a protocol, alone or for a station.

    Tells every error at once, each as file:line:column: message. Exit code 1 when there is one.

    Example: inoculum check protocol.yaml --station station.yaml
    """
    from orchestrator.protocol import SourceErrors, load_protocol, load_station
    from orchestrator.protocol import check as find_problems
    from orchestrator.protocol import explain as explained

    try:
        loaded = load_protocol(protocol)
        problems = find_problems(loaded, load_station(station) if station else None)
    except SourceErrors as errors:
        loaded, problems = None, list(errors.diagnostics)
    if as_json:
        say_json([problem.to_json() for problem in problems])
    else:
        for problem in problems:
            say(str(problem))
    if loaded is None or any(problem.severity == "error" for problem in problems):
        raise typer.Exit(1)
    if explain:
        say(explained(loaded))
    elif not as_json:
        say(f"{protocol}: this protocol is sound" + (" for this station" if station else ""))


def design(
    protocol: ProtocolFile,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the run sheet to this CSV.")
    ] = None,
    station: OptionalStation = None,
    as_json: AsJson = False,
) -> None:
    """Expand the design and audit it.

    Prints the run sheet and what the design can and cannot tell.

    Example: inoculum design protocol.yaml --station station.yaml -o run_sheet.csv
    """
    from analysis.plain import plain
    from orchestrator.cli.audit import told
    from orchestrator.planning import expand_design
    from orchestrator.protocol import load_protocol, load_station

    sheet = expand_design(load_protocol(protocol), load_station(station) if station else None)
    audit = sheet.diagnostics()
    if output is not None:
        sheet.to_csv(output)
    if as_json:
        say_json({"runs": sheet.table.to_dict(orient="records"), "audit": plain(audit)})
        return
    units = {name: factor.unit for name, factor in sheet.factors.items()}
    headers = [f"{c} [{units[c]}]" if units.get(c) else str(c) for c in sheet.table.columns]
    say_table(f"Run sheet, {len(sheet.table)} runs", headers, sheet.table.values.tolist())
    for line in told(audit):
        say(line)
    if output is not None:
        say(f"written to {output}")


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
