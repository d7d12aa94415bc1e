"""Commands that look after the hardware: doctor, talk."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.console import AsJson, OptionalStation, say, say_json


def doctor(station: OptionalStation = None, as_json: AsJson = False) -> None:
    """Find out why a device does not answer.

    Looks at ports, permissions, other programs, line settings, addresses and sleep, and says
    cause and cure. With a station file, its devices are asked too; none of them is told to do
    anything. Exit code 3 when something is wrong.

    Example: inoculum doctor --station station.yaml
    """
    from orchestrator.doctor import Machine, examine
    from orchestrator.protocol import load_station

    findings = examine(Machine(), load_station(station) if station else None)
    if as_json:
        say_json([finding.to_json() for finding in findings])
    else:
        for finding in findings:
            say(finding.text())
        wrong = sum(finding.status == "wrong" for finding in findings)
        look = sum(finding.status == "look" for finding in findings)
        say(f"\n{len(findings)} findings: {wrong} wrong, {look} to look at.")
    if any(finding.status == "wrong" for finding in findings):
        raise typer.Exit(3)


def talk(
    port: Annotated[
        str, typer.Argument(help="Device name, socket:// address, or 'VID:PID SERIAL'.")
    ],
    family: Annotated[str, typer.Argument(help="What is on it, such as alicat.")],
    baud: Annotated[
        int | None, typer.Option("--baud", min=300, help="Another speed than the family's own.")
    ] = None,
    frame: Annotated[
        str | None, typer.Option("--frame", help="Another frame than the family's own: 8N1.")
    ] = None,
    address: Annotated[
        str | None, typer.Option("--address", "-a", help="The device's address or letter.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option("--record", help="Write a transcript to this file.")
    ] = None,
) -> None:
    """Talk to one device by hand.

    Type a command of its family (help lists them), or text or bytes as the device takes them; see
    what goes out, what comes, when, and what it means. Reads standard input, so it can be piped.

    Example: inoculum talk /dev/ttyUSB0 alicat --address B --record alicat.txt
    """
    from hardware.ports import locate
    from hardware.serial_port import SerialPort
    from orchestrator.talk import Conversation, port_spec, typed_lines

    spec = port_spec(port, family, baud, frame)
    line = SerialPort(locate(spec), spec)
    with ExitStack() as stack:
        line.open()
        stack.callback(line.close)
        keep: Callable[[str], object] = lambda text: None  # noqa: E731
        if record is not None:
            file = stack.enter_context(record.open("w", encoding="utf-8"))
            file.write(f"# {family} on {port}, {spec.baud} {spec.frame}\n")
            keep = lambda text: file.write(f"{text}\n")  # noqa: E731
        say(f"{family} on {port}, {spec.baud} {spec.frame}; help lists commands, quit ends")
        for shown in Conversation(line, family, address, keep).follow(typed_lines()):
            say(shown)
