"""Commands for a person at a campaign that runs: tell, status, watch."""

from __future__ import annotations

import getpass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.console import (
    AsJson,
    CampaignFolder,
    NotifyFile,
    say,
    say_json,
    say_table,
)

if TYPE_CHECKING:
    from orchestrator.alarms.book import Alarm
    from orchestrator.standing import CampaignStanding


class Order(StrEnum):
    """What a person can order."""

    hold = "hold"
    restart = "restart"
    abort = "abort"
    skip = "skip"
    set = "set"
    acknowledge = "acknowledge"
    note = "note"


def tell(
    campaign: CampaignFolder,
    order: Annotated[
        Order,
        typer.Argument(
            help="hold, restart, abort, skip (the phase), set, acknowledge (alarms), note.",
            metavar="ORDER",
        ),
    ],
    why: Annotated[str, typer.Option("--why", help="The reason, for the journal.")],
    vessels: Annotated[
        list[str] | None,
        typer.Argument(
            help="Vessels such as A1 or A1..A8.", metavar="VESSEL...", show_default=False
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All cultures.")] = False,
    who: Annotated[
        str | None, typer.Option("--who", help="Your name; that of your account without it.")
    ] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="What to set, such as temperature.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="To what, with its unit: '32 degC'.")
    ] = None,
    alarm: Annotated[
        int | None, typer.Option("--alarm", help="Which alarm; all of them without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell the engine of a running campaign what to do, for some vessels or for all.

    Orders are obeyed at the next scan and stand in the journal with who and why. A held culture
    is neither fed nor sampled, and its phase's time stands still until it is restarted.

    Example: inoculum tell campaigns/tonight hold A3 --why "it foams"
    """
    from orchestrator.campaign import Campaign
    from orchestrator.desk.calling import order as give
    from orchestrator.protocol import load_protocol, load_station

    folder = Campaign.open(campaign)
    station = load_station(folder.station)
    whom = _chosen(list(station.vessels.names), vessels or [], everything, order)
    entries = give(
        campaign,
        load_protocol(folder.protocol).culture.scan,
        verb=order.value,
        who=who or getpass.getuser(),
        why=why,
        vessels=whom,
        **_setting(order, channel, to),
        **({"alarm": alarm} if alarm is not None else {}),
    )
    if as_json:
        say_json([{"vessel": one.vessel, "kind": one.kind, **one.body} for one in entries])
        return
    for entry in entries:
        whose = entry.vessel or "all"
        if entry.kind == "phase":
            say(f"{whose}: {entry.body['left']} -> {entry.body['entered']}")
        elif entry.kind in ("command", "note", "acknowledged"):
            say(f"{whose}: {order.value}, in the journal as entry {entry.seq}")
        elif entry.kind == "refused":
            say(f"{whose}: REFUSED, {entry.body['what']}")
    if any(entry.kind == "refused" for entry in entries):
        raise typer.Exit(1)


def status(campaign: CampaignFolder, as_json: AsJson = False) -> None:
    """Show how a campaign stands: engine, cultures, alarms.

    Reads the records only, so it can be asked at any time and from any program. Exit code 4 when
    an urgent alarm stands.

    Example: inoculum status campaigns/tonight
    """
    from orchestrator.standing import standing_of

    stands = standing_of(campaign)
    if as_json:
        say_json(stands.to_json())
    else:
        _show(stands)
    if any(alarm.level == "urgent" for alarm in stands.alarms):
        raise typer.Exit(4)


def watch(
    campaign: CampaignFolder,
    notify: NotifyFile = None,
    every_s: Annotated[
        float, typer.Option("--every", min=0.1, help="Seconds between looks.")
    ] = 5.0,
) -> None:
    """Watch a campaign from outside, and send its alarms; ends with the campaign.

    Also tells when nothing happens any more: an engine that hangs or died writes no alarm.
    `run` and `resume` start it by themselves where there is a file of whom to notify.

    Example: inoculum watch campaigns/tonight --notify notify.yaml
    """
    import time

    from orchestrator.alarms.notify import Notifier, load_notify
    from orchestrator.alarms.warden import Warden
    from orchestrator.alarms.warden import watch as keep_watch
    from orchestrator.campaign import Campaign
    from orchestrator.protocol import load_protocol

    spec = load_notify(notify)
    protocol = load_protocol(Campaign(campaign).protocol)
    notifier = Notifier(spec, protocol.name) if spec is not None else None

    def told(fresh: list[Alarm]) -> None:
        for alarm in fresh:
            say(_line(alarm))
        if notifier is not None:
            notifier.tell(fresh, time.monotonic())
            while notifier.failures:
                say(f"NOT SENT: {notifier.failures.pop(0)}")

    keep_watch(Warden(campaign, protocol.culture.scan), every_s, told)


def _chosen(known: list[str], named: list[str], everything: bool, order: Order) -> list[str] | None:
    """The vessels meant; None for all."""
    from hardware.vessel_names import expand_names

    if order is Order.acknowledge:
        return None
    if everything == bool(named):
        raise typer.BadParameter("name the vessels, or say --all")
    try:
        return None if everything else list(expand_names(named, known))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _setting(order: Order, channel: str | None, to: str | None) -> dict[str, object]:
    """What to set, in the channel's own unit."""
    from orchestrator.protocol.vocabulary import CHANNEL_UNITS
    from quantities import QuantityError, parse_quantity

    if order is not Order.set:
        return {}
    if channel is None or to is None:
        raise typer.BadParameter("set needs --channel and --to")
    if channel not in CHANNEL_UNITS:
        raise typer.BadParameter(
            f"no channel is called {channel}; there are {', '.join(CHANNEL_UNITS)}"
        )
    try:
        quantity = parse_quantity(to)
    except QuantityError as error:
        raise typer.BadParameter(str(error)) from None
    unit = CHANNEL_UNITS[channel]
    if quantity.unit != unit:
        raise typer.BadParameter(f"{channel} is set in {unit or 'a bare number'}, not {to}")
    return {"channel": channel, "value": float(quantity.value)}


def _show(stands: CampaignStanding) -> None:
    hours = stands.time_s / 3600
    engine = "closed" if stands.closed else "NO ENGINE RUNS IT"
    if stands.engine is not None:
        engine = f"engine {stands.engine}"
    say(f"{stands.name}: {hours:.2f} h, {engine}")
    channels = sorted({channel for one in stands.vessels for channel in one.readings})
    say_table(
        "",
        ["vessel", "state", "since [h]", *channels],
        [
            [
                one.vessel,
                one.state,
                round(one.since_s / 3600, 2),
                *(one.readings.get(channel, "") for channel in channels),
            ]
            for one in stands.vessels
        ],
    )
    say(f"{len(stands.alarms)} alarms stand." if stands.alarms else "No alarm stands.")
    for alarm in stands.alarms:
        say(_line(alarm))


def _line(alarm: Alarm) -> str:
    whose = alarm.vessel or "station"
    times = f", {alarm.times} times" if alarm.times > 1 else ""
    return (
        f"{alarm.number:6}  {alarm.level:7}  {alarm.raised_s / 3600:7.2f} h  {whose}: "
        f"{alarm.what} ({alarm.state}{times})"
    )
