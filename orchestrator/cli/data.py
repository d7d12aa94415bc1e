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
    response: Annotated[
        list[str] | None,
        typer.Option(
            "--response", "-r", help="Column to model, when a CSV has no protocol.", metavar="NAME"
        ),
    ] = None,
    output: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Fit the response models and write the report.

    Writes report.html and results.json into the campaign's folder, or beside the CSV.

    Example: inoculum analyze campaigns/first

    Example: inoculum analyze measured.csv --protocol protocol.yaml

    Example: inoculum analyze measured.csv --response yield
    """
    with working("fitting and writing the report"):
        from orchestrator.reporting import analyze_campaign, analyze_table

        if source.is_dir():
            summary = analyze_campaign(source)
        else:
            summary = analyze_table(source, protocol, response or [], output or source.parent)
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
