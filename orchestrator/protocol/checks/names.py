"""Every name leads somewhere, and nothing is named without being used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.protocol.binding import find_references
from orchestrator.protocol.culture import Culture
from orchestrator.protocol.diagnostics import Diagnostic
from orchestrator.protocol.shape import suggest
from orchestrator.protocol.source import Location, Source


def unused_factors(source: Source) -> Iterator[Diagnostic]:
    """Factors that stand nowhere in the procedure."""
    factors = source.at(("factors",))
    used = {reference.name for reference in find_references(source.at(("culture",)))}
    for name in factors if isinstance(factors, dict) else ():
        if name not in used:
            message = f"nothing uses factor `{name}`; write `${name}` in `culture` where it belongs"
            yield source.error(("factors", name), "E402", message, key=True)


def sources_of(culture: Culture) -> Iterator[tuple[Location, str]]:
    """Every use of a reagent in a procedure, with its place in the file."""
    if culture.control.ph is not None:
        yield ("culture", "control", "ph", "with"), culture.control.ph.source
    for i, phase in enumerate(culture.phases):
        place: Location = ("culture", "phases", i)
        if phase.feed is not None:
            yield (*place, "feed", "source"), phase.feed.source
        for j, event in enumerate(phase.events):
            yield (*place, "events", j, "add", "source"), event.add.source


def reagents(source: Source, culture: Culture, known: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Sources that are no reagent, and reagents that are no source."""
    used = dict(sources_of(culture))
    for location, name in used.items():
        if name not in known:
            message = f"no reagent is called `{name}`; {suggest(name, list(known))}"
            yield source.error(location, "E401", message)
    for name in known:
        if name not in used.values():
            yield source.warning(("reagents", name), f"nothing uses reagent `{name}`", key=True)


def phases_and_samples(source: Source, culture: Culture) -> Iterator[Diagnostic]:
    """Names given twice, and samples from phases that do not exist."""
    phases = [phase.name for phase in culture.phases]
    yield from _doubles(source, ("culture", "phases"), phases, "phase")
    samples = [sample.name for sample in culture.samples]
    yield from _doubles(source, ("culture", "samples"), samples, "sample")
    for i, sample in enumerate(culture.samples):
        if sample.from_phase is not None and sample.from_phase not in phases:
            message = f"no phase is called `{sample.from_phase}`; "
            message += suggest(sample.from_phase, phases)
            yield source.error(("culture", "samples", i, "from"), "E401", message)


def _doubles(source: Source, base: Location, names: list[str], what: str) -> Iterator[Diagnostic]:
    for i, name in enumerate(names):
        first = names.index(name)
        if first < i:
            line = source.place((*base, first, "name")).line
            message = f"a {what} `{name}` stands in line {line} already; give each its own name"
            yield source.error((*base, i, "name"), "E403", message)
