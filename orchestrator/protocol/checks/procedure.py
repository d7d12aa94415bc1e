"""A procedure that contradicts itself: times that never come, doses that cannot be given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.protocol.culture import Addition, Culture, Phase, Start
from orchestrator.protocol.diagnostics import Diagnostic
from orchestrator.protocol.feeds import BolusFeed, ExponentialFeed, Feed
from orchestrator.protocol.reagents import Reagent
from orchestrator.protocol.source import Location, Source
from orchestrator.protocol.vocabulary import CHANNEL_UNITS
from orchestrator.protocol.wording import duration, measured, volume

_START: Location = ("culture", "start")
_NEEDS: dict[str, tuple[str, ...]] = {"e-coli": ("glucose",), "cho": ("glucose", "glutamine")}
_BIOMASS: dict[str, tuple[str, str]] = {"e-coli": ("g/L", "0.2 g/L"), "cho": ("1/mL", "0.3e6 1/mL")}


def organism(source: Source, name: str, start: Start) -> Iterator[Diagnostic]:
    """What the organism needs in its medium, and how its biomass is counted."""
    for key in _NEEDS[name]:
        if getattr(start, key) is None:
            message = f"`{name}` needs `{key}` in its medium; give it in `start`"
            yield source.error(_START, "E202", message, key=True)
    unit, example = _BIOMASS[name]
    if start.biomass.unit != unit:
        message = f"biomass of `{name}` is given in {unit}, such as '{example}'"
        yield source.error((*_START, "biomass"), "E301", message)


def phases(source: Source, culture: Culture) -> Iterator[Diagnostic]:
    """Findings about the ends of phases and what happens in them."""
    for i, phase in enumerate(culture.phases):
        place: Location = ("culture", "phases", i)
        if phase.until is None and i + 1 < len(culture.phases):
            message = f"phase `{phase.name}` never ends, but another follows; give it an `until`"
            yield source.error((*place, "name"), "E405", message)
        yield from _until(source, place, phase)
        yield from _in_time(source, place, phase)


def _until(source: Source, place: Location, phase: Phase) -> Iterator[Diagnostic]:
    until = phase.until
    if until is None or until.when is None:
        return
    if until.give_up_after is None:
        message = (
            f"if `{until.when}` never holds, phase `{phase.name}` never ends; bound it by "
            "`give_up_after`, such as `give_up_after: 10 h`"
        )
        yield source.warning((*place, "until", "when"), message)
        return
    bound = until.give_up_after
    arm_after = until.arm.after if until.arm is not None else 0.0
    if arm_after + until.for_ >= bound:
        message = f"the phase is given up after {duration(bound)}, before its condition can count"
        yield source.error((*place, "until", "give_up_after"), "E405", message)


def _in_time(source: Source, place: Location, phase: Phase) -> Iterator[Diagnostic]:
    last_s = phase.until and (phase.until.after or phase.until.give_up_after)
    if not last_s:
        return
    moments = [((*place, "events", j, "at"), e.at) for j, e in enumerate(phase.events)]
    if phase.feed is not None:
        moments.append(((*place, "feed", "first"), phase.feed.first))
    for location, moment in moments:
        if moment >= last_s:
            message = f"{duration(moment)} is never reached: the phase lasts {duration(last_s)}"
            yield source.error(location, "E405", message)


def doses(source: Source, culture: Culture, known: Mapping[str, Reagent]) -> Iterator[Diagnostic]:
    """Feeds, additions and base doses that cannot be given."""
    control = culture.control.ph
    if control is not None:
        yield from _ph_doses(source, culture, known)
    for i, phase in enumerate(culture.phases):
        place: Location = ("culture", "phases", i)
        if phase.feed is not None:
            reagent = known.get(phase.feed.source)
            yield from _feed(source, (*place, "feed"), phase.feed, reagent, culture.volume)
        for j, event in enumerate(phase.events):
            reagent, at = known.get(event.add.source), (*place, "events", j, "add")
            yield from _addition(source, at, event.add, reagent, culture.volume)


def _ph_doses(
    source: Source, culture: Culture, known: Mapping[str, Reagent]
) -> Iterator[Diagnostic]:
    place: Location = ("culture", "control", "ph")
    control = culture.control.ph
    if control is None:
        return
    reagent = known.get(control.source)
    if reagent is not None and not reagent.alkalinity:
        message = f"`{control.source}` is no base; give its `alkalinity` in `reagents`"
        yield source.error((*place, "with"), "E405", message)
    if control.smallest > control.largest:
        message = (
            f"the smallest dose ({volume(control.smallest)}) is larger than "
            f"the largest ({volume(control.largest)})"
        )
        yield source.error((*place, "smallest"), "E405", message)
    if control.largest >= culture.volume:
        yield _too_large(source, (*place, "largest"), control.largest, culture.volume)


def _feed(
    source: Source, place: Location, feed: Feed, reagent: Reagent | None, vessel_ml: float
) -> Iterator[Diagnostic]:
    by_glucose = not isinstance(feed, ExponentialFeed) and feed.rate is not None
    if reagent is not None and by_glucose and not reagent.glucose:
        message = f"`rate` is in g/L/h of glucose, but `{feed.source}` holds none"
        yield source.error((*place, "rate"), "E405", message)
    if isinstance(feed, BolusFeed) and feed.volume is not None:
        if feed.volume >= vessel_ml:
            yield _too_large(source, (*place, "volume"), feed.volume, vessel_ml)
        elif feed.volume < feed.smallest:
            message = (
                f"a dose of {volume(feed.volume)} is below the smallest "
                f"({volume(feed.smallest)}), so that doses wait for each other"
            )
            yield source.warning((*place, "volume"), message)
    if feed.smallest >= vessel_ml:
        yield _too_large(source, (*place, "smallest"), feed.smallest, vessel_ml)


def _addition(
    source: Source, place: Location, add: Addition, reagent: Reagent | None, vessel_ml: float
) -> Iterator[Diagnostic]:
    if add.volume is not None and add.volume >= vessel_ml:
        yield _too_large(source, (*place, "volume"), add.volume, vessel_ml)
    if add.to is None or reagent is None:
        return
    stock = reagent.stock(add.to.unit)
    if stock is None:
        message = f"`{add.source}` does not hold exactly one thing measured in {add.to.unit}"
        yield source.error((*place, "to"), "E405", message)
    elif add.to.value >= stock:
        message = f"{add.to} cannot be reached with `{add.source}`, which holds {stock:g} "
        yield source.error((*place, "to"), "E405", message + add.to.unit)
    elif add.to.value >= stock / 2:
        dose = vessel_ml * add.to.value / (stock - add.to.value)
        yield _too_large(source, (*place, "to"), dose, vessel_ml)


def _too_large(source: Source, place: Location, dose_ml: float, vessel_ml: float) -> Diagnostic:
    message = f"a dose of {volume(dose_ml)} is too large for a culture of {volume(vessel_ml)}"
    return source.error(place, "E405", message)


def samples(source: Source, culture: Culture) -> Iterator[Diagnostic]:
    """Samples larger than the culture, or that may be later than the next is due."""
    for i, sample in enumerate(culture.samples):
        place: Location = ("culture", "samples", i)
        if sample.volume >= culture.volume:
            message = f"a sample of {volume(sample.volume)} empties a culture of "
            yield source.error((*place, "volume"), "E405", message + volume(culture.volume))
        window = sample.within
        if sample.every is not None and window.early_s + window.late_s > sample.every:
            message = (
                f"a sample may be {duration(window.late_s)} late, but the next "
                f"{'may come' if window.early_s else 'is due'} after "
                f"{duration(sample.every - window.early_s)}; give a shorter `within`"
            )
            yield source.error((*place, "every"), "E405", message)


def control(source: Source, culture: Culture) -> Iterator[Diagnostic]:
    """Oxygen control that cannot move, or whose actuator something else moves."""
    loop = culture.control.do
    if loop is None:
        return
    place: Location = ("culture", "control", "do")
    channel, unit = loop.actuator, CHANNEL_UNITS[loop.actuator]
    if loop.low >= loop.high:
        message = f"`low` ({loop.low:g} {unit}) must lie below `high` ({loop.high:g} {unit})"
        yield source.error((*place, "low"), "E405", message)
        return
    start = getattr(culture.start, channel)
    if start is not None and not loop.low <= start <= loop.high:
        message = (
            f"the culture starts at {measured(start, unit)}, outside what `do` may use "
            f"({loop.low:g} to {measured(loop.high, unit)})"
        )
        yield source.error((*_START, channel), "E405", message)
    for i, phase in enumerate(culture.phases):
        if getattr(phase.set_points, channel) is not None:
            message = f"`{channel}` is moved by the control of `do`; it cannot be set as well"
            yield source.error(("culture", "phases", i, "set", channel), "E405", message)
