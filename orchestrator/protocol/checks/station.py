"""What a station cannot do of a protocol."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hardware.station_spec import StationSpec, titled
from orchestrator.protocol.culture import Culture, Sample
from orchestrator.protocol.diagnostics import Diagnostic
from orchestrator.protocol.outline import outline_of
from orchestrator.protocol.protocol import Protocol
from orchestrator.protocol.shape import suggest
from orchestrator.protocol.source import Location
from orchestrator.protocol.vocabulary import CHANNELS
from orchestrator.protocol.wording import duration, volume

_SET_BY_DEVICES = ("temperature", "stirring", "gas_flow", "oxygen")


def misfits(
    protocol: Protocol, station: StationSpec, vessels: Sequence[str]
) -> Iterator[Diagnostic]:
    """What a station lacks, each at the place that asks for it.

    Args:
        protocol: A sound protocol.
        station: The station it is to run on.
        vessels: Those that the design uses.
    """
    yield from _volume(protocol, station)
    yield from _channels(protocol, station)
    yield from _sources(protocol, station, vessels)
    yield from _samples(protocol, station, vessels)
    yield from _scan(protocol, station)


def _volume(protocol: Protocol, station: StationSpec) -> Iterator[Diagnostic]:
    working, wanted = station.vessels.volume, protocol.culture.volume
    if not working.low <= wanted <= working.high:
        message = (
            f"{volume(wanted)} is outside the working volume of this station's vessels "
            f"({volume(working.low)} to {volume(working.high)})"
        )
        yield protocol.source.error(("culture", "volume"), "E601", message)


def _channels(protocol: Protocol, station: StationSpec) -> Iterator[Diagnostic]:
    reads, sets = _abilities(station)
    wanted = [(location, channel, "measures", reads) for location, channel in _read(protocol)]
    wanted += [(location, channel, "sets", sets) for location, channel in _set(protocol.culture)]
    for location, channel, verb, able in wanted:
        lacking = [name for name in station.vessels.names if channel not in able[name]]
        if lacking:
            where = "" if len(lacking) == len(able) else f" in {_vessels(lacking)}"
            message = f"no device of this station {verb} `{channel}`{where}"
            yield protocol.source.error(location, "E601", message)


def _abilities(station: StationSpec) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    reads = {name: {"volume"} for name in station.vessels.names}
    sets: dict[str, set[str]] = {name: set() for name in station.vessels.names}
    for device in station.devices:
        for name in station.vessels_of(device):
            reads[name] |= device.measures
            sets[name] |= device.sets
    return reads, sets


def _vessels(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 4 else f"{len(names)} vessels such as {names[0]}"


def _read(protocol: Protocol) -> Iterator[tuple[Location, str]]:
    culture = protocol.culture
    for channel in ("ph", "do"):
        if getattr(culture.control, channel) is not None:
            yield ("culture", "control", channel), channel
    for i, phase in enumerate(culture.phases):
        place: Location = ("culture", "phases", i, "until")
        if phase.until is None:
            continue
        if phase.until.when is not None:
            yield (*place, "when"), phase.until.when.channel
        if phase.until.arm is not None and phase.until.arm.when is not None:
            yield (*place, "arm", "when"), phase.until.arm.when.channel
    for channel, _ in protocol.limits.items():
        yield ("limits", channel), channel
    for name, response in protocol.responses.items():
        if response.source in CHANNELS:
            yield ("responses", name, "from"), response.source


def _set(culture: Culture) -> Iterator[tuple[Location, str]]:
    for channel in _SET_BY_DEVICES:
        if getattr(culture.start, channel) is not None:
            yield ("culture", "start", channel), channel
        for i, phase in enumerate(culture.phases):
            if getattr(phase.set_points, channel) is not None:
                yield ("culture", "phases", i, "set", channel), channel
    if culture.control.do is not None:
        yield ("culture", "control", "do", "with"), culture.control.do.actuator


def _sources(
    protocol: Protocol, station: StationSpec, vessels: Sequence[str]
) -> Iterator[Diagnostic]:
    reached: dict[str, set[str]] = {}
    parts = [(arm, arm.deck.sources) for arm in station.arms.values()]
    for part, brought in (*parts, *((device, device.brings) for device in station.devices)):
        for name in brought:
            reached.setdefault(name, set()).update(station.vessels_of(part))
    for location, name in outline_of(protocol.source.at(("culture",))).sources:
        lacking = [vessel for vessel in vessels if vessel not in reached.get(name, ())]
        if name not in reached:
            message = f"`{name}` stands nowhere on this station; {suggest(name, list(reached))}"
            yield protocol.source.error(location, "E601", message)
        elif lacking:
            message = f"nothing on this station brings `{name}` to {_vessels(lacking)}"
            yield protocol.source.error(location, "E601", message)


def _samples(
    protocol: Protocol, station: StationSpec, vessels: Sequence[str]
) -> Iterator[Diagnostic]:
    samples = protocol.culture.samples
    smallest = {
        vessel: min(plate.well for plate in arm.deck.plates.values())
        for arm in station.arms.values()
        for vessel in station.vessels_of(arm)
        if arm.deck.plates and vessel in vessels
    }
    lacking = [vessel for vessel in vessels if vessel not in smallest]
    if samples:
        yield from _wells(protocol, station, list(smallest))
    for i, sample in enumerate(samples):
        location: Location = ("culture", "samples", i, "volume")
        if lacking:
            where = "" if len(lacking) == len(vessels) else f" from {_vessels(lacking)}"
            message = f"this station has no liquid handler with a plate to take samples{where} to"
            yield protocol.source.error(location, "E601", message)
        elif sample.volume > min(smallest.values()):
            well = volume(min(smallest.values()))
            message = f"a sample of {volume(sample.volume)} overfills a well of {well}"
            yield protocol.source.error(location, "E601", message)


def _wells(
    protocol: Protocol, station: StationSpec, vessels: Sequence[str]
) -> Iterator[Diagnostic]:
    """Whether the plates of each arm have wells enough for the vessels that it serves."""
    times = sum(_times_sampled(protocol.culture, one) for one in protocol.culture.samples)
    arm_of = station.arm_of
    for name, arm in station.arms.items():
        runs = sum(arm_of[vessel] == name for vessel in vessels)
        wells = sum(plate.count for plate in arm.deck.plates.values())
        if runs * times > wells:
            whose = f"the {titled(name)}" if name else "this station"
            message = (
                f"{runs} vessels need up to {runs * times} wells for their samples, but the "
                f"plates of {whose} have {wells}"
            )
            yield protocol.source.error(("culture", "samples"), "E601", message, key=True)


def _times_sampled(culture: Culture, sample: Sample) -> int:
    """How often one culture is sampled at most; phases without a known end count once."""
    names = [phase.name for phase in culture.phases]
    first = names.index(sample.from_phase) if sample.from_phase in names else 0
    if sample.every is None:
        return 1
    ends = [phase.until for phase in culture.phases[first:]]
    lasting = sum((end.after or end.give_up_after or 0.0) for end in ends if end is not None)
    return 1 + math.ceil(lasting / sample.every)


def _scan(protocol: Protocol, station: StationSpec) -> Iterator[Diagnostic]:
    busy: dict[str, float] = {}
    for device in station.devices:
        readings = device.readings_a_scan(len(station.vessels_of(device)))
        on_line = device.characters_a_scan * readings * station.ports[device.port].character_s
        busy[device.port] = busy.get(device.port, 0.0) + on_line
    slowest = max(busy, key=lambda port: busy[port], default=None)
    if slowest is not None and busy[slowest] > protocol.culture.scan:
        message = (
            f"a scan every {duration(protocol.culture.scan)} is too often: port `{slowest}` "
            f"needs {busy[slowest]:.1f} s at the least"
        )
        yield protocol.source.error(("culture", "scan"), "E601", message)
