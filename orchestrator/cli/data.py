"""Commands about data and ports: analyze, ports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.console import (
    AsJson,
    Folder,
    OptionalProtocol,
    say,
    say_json,
    say_table,
    working,
)


def analyze(
    source: Annotated[
        Path, typer.Argument(help="A campaign's folder, or a CSV.", metavar="CAMPAIGN_OR_CSV")
    ],
    protocol: OptionalProtocol = None,
    others: Annotated[
        list[Path] | None,
        typer.Option(
            "--with", help="Another night of the same experiment; repeatable.", metavar="CAMPAIGN"
        ),
    ] = None,
    response: Annotated[
        list[str] | None,
        typer.Option(
            "--response", "-r", help="Column to model, when a CSV has no protocol.", metavar="NAME"
        ),
    ] = None,
    maximise: Annotated[
        list[str] | None, typer.Option(help="Response that is to be high.", metavar="NAME")
    ] = None,
    minimise: Annotated[
        list[str] | None, typer.Option(help="Response that is to be low.", metavar="NAME")
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(help="Response that is to be so.", metavar="NAME=VALUE")
    ] = None,
    at_least: Annotated[
        list[str] | None, typer.Option(help="Smallest acceptable value.", metavar="NAME=VALUE")
    ] = None,
    at_most: Annotated[
        list[str] | None, typer.Option(help="Largest acceptable value.", metavar="NAME=VALUE")
    ] = None,
    output: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Fit the response models and write the report.

    Writes report.html and results.json into the campaign's folder, or beside the CSV; of several
    nights into the folder 'together' in the first.

    Example: inoculum analyze campaigns/first

    Example: inoculum analyze campaigns/first --with campaigns/second

    Example: inoculum analyze measured.csv --protocol protocol.yaml

    Example: inoculum analyze measured.csv --maximise yield --at-most acid=0.5
    """
    with working("fitting and writing the report"):
        from orchestrator.reporting import analyze_campaign, analyze_table
        from orchestrator.wishes import Wishes

        if others:
            from orchestrator.together import analyze_together

            summary = analyze_together([source, *others], output)
        elif source.is_dir():
            summary = analyze_campaign(source)
        else:
            wishes = Wishes(
                response or (),
                maximise or (),
                minimise or (),
                target or (),
                at_least or (),
                at_most or (),
            )
            summary = analyze_table(source, protocol, wishes, output or source.parent)
    if as_json:
        say_json(summary.to_json())
    else:
        say(summary.text())


def ports(as_json: AsJson = False) -> None:
    """List serial ports and what names them.

    VID:PID, serial number and by-id path survive replugging; put them in the station file.

    Example: inoculum ports
    """
    from hardware.ports import list_ports

    found = list_ports()
    if as_json:
        say_json([port.to_json() for port in found])
    elif not found:
        say("no serial port was found; is the device plugged in, and may you use it?")
    else:
        headers = ["port", "VID:PID", "serial number", "by-id", "description"]
        rows = [[p.device, p.usb_id, p.serial_number, p.by_id, p.description] for p in found]
        say_table("Serial ports", headers, rows)
