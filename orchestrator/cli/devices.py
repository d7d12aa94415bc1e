"""Commands that speak to a station's devices outside a campaign: stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.console import AsJson, StationFile, say, say_json

if TYPE_CHECKING:
    from hardware.station_spec import StationSpec
    from orchestrator.stopping import Stopped

_DEVICE_FAILED = 3


def stop(
    station: StationFile,
    vessels: Annotated[
        list[str] | None,
        typer.Argument(
            help="Vessels such as A1 or A1..A8.", metavar="VESSEL...", show_default=False
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All vessels of the station.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop vessels' pumps, and bring vessels to the safe values of the station file.

    The plunger of a liquid handler is stopped too, when all vessels that it serves are.
    Opens the station's ports itself, so a campaign that runs on them has to be stopped first
    (Ctrl-C; it then does the same). Exit code 3 when something was not reached.

    Example: inoculum stop --all --station station.yaml
    """
    from orchestrator.protocol import load_station
    from orchestrator.stopping import stop_vessels

    spec = load_station(station)
    results = stop_vessels(spec, _chosen(spec, vessels or [], everything))
    if as_json:
        say_json([result.to_json() for result in results])
    else:
        for result in results:
            say(_told(result))
        if not spec.safe.settings:
            say("The station file states no safe value for its vessels; no output was changed.")
    failed = any(result.state in ("not done", "unknown") for result in results)
    if failed or not spec.safe.settings:
        raise typer.Exit(_DEVICE_FAILED)


def _chosen(spec: StationSpec, vessels: list[str], everything: bool) -> tuple[str, ...]:
    from hardware.vessel_names import expand_names

    if everything == bool(vessels):
        raise typer.BadParameter("name the vessels to stop, or say --all")
    try:
        return spec.vessels.names if everything else expand_names(vessels, spec.vessels.names)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _told(result: Stopped) -> str:
    from orchestrator.protocol.vocabulary import CHANNEL_UNITS

    names = result.vessels
    whom = names[0] if len(names) == 1 else f"{len(names)} vessels ({', '.join(names)})"
    output = result.channel.replace("_", " ")
    known = result.channel in CHANNEL_UNITS
    output += f" {result.wanted:g} {CHANNEL_UNITS[result.channel]}" if known else " at rest"
    how = {
        "done": "reached",
        "not done": "NOT REACHED",
        "unknown": "sent, but whether it was reached is NOT KNOWN",
        "left": "left as it is",
    }[result.state]
    return f"{output}: {how}, {whom}" + (f": {result.why}" if result.why else "")
