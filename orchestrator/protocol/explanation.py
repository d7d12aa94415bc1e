"""The procedure in prose, with every default spelled out: what will happen, in which order."""

from __future__ import annotations

from collections.abc import Iterator

from designs import CategoricalFactor, MixtureFactor
from orchestrator.protocol.culture import Addition, Culture, Phase, Sample, Until
from orchestrator.protocol.faults import DoseFault, SampleFault, SetFault
from orchestrator.protocol.feeds import BolusFeed, ConstantFeed, Feed
from orchestrator.protocol.limits import Limit
from orchestrator.protocol.protocol import Protocol
from orchestrator.protocol.vocabulary import CHANNEL_UNITS
from orchestrator.protocol.windows import Following, Tolerance
from orchestrator.protocol.wording import duration, joined, measured, volume


def explain(protocol: Protocol) -> str:
    """Tell in plain sentences what a protocol does, defaults included.

    The text is that of every factor at its low (or first) level.
    """
    culture = protocol.culture
    paragraphs = [
        _title(protocol),
        " ".join(_factors(protocol)),
        " ".join(_start(culture)),
        *(" ".join(_phase(phase, i)) for i, phase in enumerate(culture.phases, start=1)),
        " ".join(_samples(culture)),
        " ".join(_faults(culture)),
        " ".join(_limits(protocol)),
        " ".join(_responses(protocol)),
        _scale_up(protocol),
    ]
    return "\n\n".join(filter(None, paragraphs))


def _title(protocol: Protocol) -> str:
    return f"{protocol.name} ({protocol.organism}). {protocol.question}".strip()


def _factors(protocol: Protocol) -> Iterator[str]:
    for name, factor in protocol.factors.items():
        if isinstance(factor, CategoricalFactor):
            yield f"{name} is {joined(list(factor.levels), 'or')}."
        elif isinstance(factor, MixtureFactor):
            low, high = factor.text(factor.low), factor.text(factor.high)
            others = [n for n in protocol.design_factors().mixture if n != name]
            yield (
                f"{name} goes from {low} to {high}; with {joined(others)} it makes "
                f"{factor.total.text}."
            )
        else:
            scale = ", on a logarithmic scale" if factor.scale == "log" else ""
            low, high = factor.text(factor.low), factor.text(factor.high)
            yield f"{name} goes from {low} to {high}{scale}."
    yield f"The design is {protocol.design.kind}; its run sheet says which vessel gets what."
    levels = {
        name: factor.levels[0] if isinstance(factor, CategoricalFactor) else factor.text(factor.low)
        for name, factor in protocol.factors.items()
    }
    low = ", ".join(f"{name} = {text}" for name, text in levels.items())
    yield f"What follows is the procedure with {low}."


def _start(culture: Culture) -> Iterator[str]:
    start = culture.start
    medium = [f"{start.biomass} biomass"]
    if start.glucose is not None:
        medium.append(f"{start.glucose:g} g/L glucose")
    if start.glutamine is not None:
        medium.append(f"{start.glutamine:g} mmol/L glutamine")
    yield f"Each vessel starts with {volume(culture.volume)} of culture: {joined(medium)}."
    settings = [
        f"{channel.replace('_', ' ')} {measured(value, CHANNEL_UNITS[channel])}"
        for channel in ("temperature", "ph", "stirring", "gas_flow", "oxygen")
        if (value := getattr(start, channel)) is not None
    ]
    yield f"It is kept at {joined(settings)}, and read every {duration(culture.scan)}."
    if culture.stagger:
        yield f"Each vessel starts {duration(culture.stagger)} after the one before it."
    if start.gas_flow is None or start.oxygen is None:
        yield "Gas that is not named here is what the station gives."
    yield from _control(culture)


def _control(culture: Culture) -> Iterator[str]:
    ph, do = culture.control.ph, culture.control.do
    if ph is None:
        yield "pH is read and not controlled."
    else:
        yield (
            f"When pH lies {ph.dead_band:g} below its set-point, {ph.source} is dosed, "
            f"{volume(ph.smallest)} to {volume(ph.largest)} at most every {duration(ph.every)}, "
            f"at most {duration(ph.within)} late."
        )
    if do is None:
        yield "Dissolved oxygen is read and not controlled."
    else:
        unit = CHANNEL_UNITS[do.actuator]
        yield (
            f"Dissolved oxygen is held at {do.at:g} % by {do.actuator.replace('_', ' ')} "
            f"between {do.low:g} and {measured(do.high, unit)}."
        )


def _phase(phase: Phase, number: int) -> Iterator[str]:
    yield f"Phase {number}, {phase.name}."
    changes = phase.set_points.model_dump(exclude_none=True)
    for channel, value in changes.items():
        yield f"Set {channel.replace('_', ' ')} to {measured(value, CHANNEL_UNITS[channel])}."
    yield _feed(phase.feed) if phase.feed is not None else "No feed."
    for event in phase.events:
        yield f"After {duration(event.at)}, add {_addition(event.add)}." + _following(event)
    yield from _until(phase.until)


def _feed(feed: Feed) -> str:
    if isinstance(feed, BolusFeed) and feed.volume is not None:
        amount = f"{volume(feed.volume)} of {feed.source} in each dose"
    elif isinstance(feed, BolusFeed | ConstantFeed) and feed.rate is not None:
        amount = f"{feed.source} at {feed.rate:g} g glucose per litre of starting volume and hour"
    elif isinstance(feed, ConstantFeed):
        amount = f"{feed.source} at {feed.flow:g} mL/h"
    else:
        assert not isinstance(feed, BolusFeed | ConstantFeed)  # noqa: S101 (for the type checker)
        amount = (
            f"{feed.source} from {feed.start:g} mL/h on, growing by {feed.growth_rate:g} per hour"
        )
    text = f"Feed {amount}, a dose every {duration(feed.every)}"
    text += f", the first after {duration(feed.first)}" if feed.first else ", the first at once"
    if feed.smallest:
        text += f"; a dose below {volume(feed.smallest)} waits for the next"
    return text + "." + _following(feed)


def _addition(add: Addition) -> str:
    if add.volume is not None:
        return f"{volume(add.volume)} of {add.source}"
    return f"{add.source} to a final {add.to}"


def _until(until: Until | None) -> Iterator[str]:
    if until is None:
        yield "It ends when its samples are taken."
        return
    if until.after is not None:
        yield f"It ends after {duration(until.after)}."
        return
    lasting = f" for {duration(until.for_)}" if until.for_ else ""
    text = f"It ends when {until.when} holds{lasting}"
    if until.arm is not None:
        text += f", counted from {duration(until.arm.after)} on"
        text += f" and after {until.arm.when} has held" if until.arm.when is not None else ""
    yield text + "."
    if until.give_up_after is None:
        yield "There is no bound to this wait."
    else:
        yield f"After {duration(until.give_up_after)} the next phase begins in any case."


def _samples(culture: Culture) -> Iterator[str]:
    for sample in culture.samples:
        yield _sample(sample, culture.phases[0].name)


def _sample(sample: Sample, first: str) -> str:
    often = f"every {duration(sample.every)}" if sample.every is not None else "once"
    text = (
        f"Sample {sample.name}: {volume(sample.volume)}, {often} from the start of "
        f"{sample.from_phase or first}, {_within(sample.within)}."
    )
    if sample.analysis is not None:
        text += f" The analyser takes {duration(sample.analysis)} for each"
        hold = f", and none waits for it longer than {duration(sample.hold or 0.0)}"
        text += f"{hold if sample.hold else ''}."
    return text


def _within(window: Tolerance) -> str:
    late = duration(window.late_s)
    return f"at most {late} early or late" if window.early_s else f"at most {late} late"


def _following(dose: Following) -> str:
    text = f" A dose begins {_within(dose.within)}"
    if dose.follows is not None:
        text += f"; where sample {dose.follows} is due too it goes first, and the dose follows "
        text += f"within {duration(dose.after_sample_s)}"
    return text + "."


def _faults(culture: Culture) -> Iterator[str]:
    faults = culture.on_fault
    rules: list[tuple[str, SampleFault | DoseFault | SetFault]] = [
        ("A sample", faults.sample),
        ("A feed", faults.feed),
    ]
    if culture.control.ph is not None:
        rules.append(("A dose of base", faults.rule("ph")))
    if any(phase.events for phase in culture.phases):
        rules.append(("An addition", faults.rule("inducer")))
    for what, rule in [*rules, ("A set-point", faults.set_points)]:
        tries = f"is tried again {rule.retry} times" if rule.retry else "is not tried again"
        yield f"{what} that fails {tries}, then: {rule.then}."


def _limits(protocol: Protocol) -> Iterator[str]:
    for channel, limit in protocol.limits.items():
        yield f"Outside {_range(channel, limit)} of {channel.replace('_', ' ')}: {limit.then}."


def _range(channel: str, limit: Limit) -> str:
    unit = CHANNEL_UNITS[channel]
    if limit.low is None and limit.high is not None:
        return f"at most {measured(limit.high, unit)}"
    if limit.high is None and limit.low is not None:
        return f"at least {measured(limit.low, unit)}"
    return f"{limit.low:g} to {measured(limit.high or 0.0, unit)}"


def _responses(protocol: Protocol) -> Iterator[str]:
    for name, spec in protocol.responses.items():
        unit = f" [{spec.unit}]" if spec.unit else ""
        when = f" at {spec.at}" if spec.at else ""
        when = f", {spec.take} during {spec.during or 'the culture'}" if spec.take else when
        who = f", measured {spec.measured}" if spec.measured else ""
        goal = "" if spec.goal == "none" else f"; goal: {spec.goal}"
        yield f"Response {name}{unit} from {spec.source}{when}{who}{goal}."


def _scale_up(protocol: Protocol) -> str:
    if protocol.scale_up is None:
        return ""
    match = protocol.scale_up.match.replace("-", " ")
    return f"Scale-up keeps {match} equal, to {joined(list(protocol.scale_up.to))}."
