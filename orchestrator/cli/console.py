"""What the commands share of showing: tables, progress, the argument types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

if TYPE_CHECKING:
    from orchestrator.engine.progress import Progress as EngineProgress
    from orchestrator.protocol import Culture

ProtocolFile: TypeAlias = Annotated[
    Path, typer.Argument(help="A protocol file.", metavar="PROTOCOL")
]
StationFile: TypeAlias = Annotated[
    Path, typer.Option("--station", "-s", help="A station file.", metavar="FILE")
]
OptionalStation: TypeAlias = Annotated[
    Path | None, typer.Option("--station", "-s", help="A station file.", metavar="FILE")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
Folder: TypeAlias = Annotated[
    Path | None, typer.Option("--output", "-o", help="Folder to write to.", metavar="DIR")
]
CampaignFolder: TypeAlias = Annotated[
    Path, typer.Argument(help="A campaign's folder.", metavar="CAMPAIGN")
]
WaitForHeld: TypeAlias = Annotated[
    str,
    typer.Option(
        "--wait-for-held",
        help="How long to wait for somebody who restarts held cultures when all else is over.",
        metavar="TIME",
    ),
]
NotifyFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--notify",
        help="Who is told of alarms; without it ~/.config/inoculum/notify.yaml, if there is one.",
        metavar="FILE",
    ),
]
OptionalProtocol: TypeAlias = Annotated[
    Path | None, typer.Option("--protocol", "-p", help="A protocol file.", metavar="FILE")
]
Seed: TypeAlias = Annotated[
    int, typer.Option("--seed", min=0, help="Same seed, same chance, byte for byte.", metavar="N")
]
Force: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Replace a campaign that is in the folder already.")
]


def seconds_of(text: str) -> float:
    """A duration that a person wrote, such as ``12 h``, in seconds."""
    from quantities import QuantityError, parse_quantity

    try:
        quantity = parse_quantity(text)
    except QuantityError as error:
        raise typer.BadParameter(str(error)) from None
    if quantity.unit != "s":
        raise typer.BadParameter(f"{text} is no time; write it such as 12 h")
    return float(quantity.value)


def say(text: str) -> None:
    """Print a line for a person."""
    typer.echo(text)


def say_json(value: Any) -> None:
    """Print a value for a program."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


def say_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table that fits the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    # Units stand in brackets, which rich would take for markup.
    table = Table(
        title=escape(title), title_justify="left", header_style="bold", box=SIMPLE_HEAD, padding=0
    )
    for header in headers:
        folded = header.replace(" [", "\n[").replace("standard_", "standard\n")
        table.add_column(escape(folded), no_wrap=True)
    for row in rows:
        cells = (f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row)
        table.add_row(*map(escape, cells))
    Console().print(table)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show that something goes on, on the error stream, until the block is left."""
    from rich.console import Console

    with Console(stderr=True).status(f"{what} …"):
        yield


@contextmanager
def progress_bar(culture: Culture, what: str) -> Iterator[Callable[[EngineProgress], None]]:
    """Show how far a campaign is, on the error stream so that output can be piped."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[passed]}, {task.fields[running]} running"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=longest_s(culture), passed="opening", running=0)

        def show(now: EngineProgress) -> None:
            passed = _duration(now.time_s)
            bar.update(task, completed=now.time_s, passed=passed, running=now.running)

        yield show
        bar.update(task, completed=longest_s(culture))


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def longest_s(culture: Culture) -> float:
    """The longest a culture can take by its own phases, s; 0 for a phase without a bound."""
    bounds = [phase.until for phase in culture.phases if phase.until is not None]
    return sum(until.after or until.give_up_after or 0.0 for until in bounds)
