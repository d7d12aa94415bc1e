"""Every response is measured by something that the procedure has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.responses import ResponseSpec
from designs.factors import RUN_COLUMNS
from orchestrator.protocol.culture import Culture
from orchestrator.protocol.diagnostics import Diagnostic
from orchestrator.protocol.shape import suggest
from orchestrator.protocol.source import Location, Source
from orchestrator.protocol.vocabulary import CHANNELS


def responses(
    source: Source,
    specs: Mapping[str, ResponseSpec],
    culture: Culture | None,
    factors: Mapping[str, Any],
) -> Iterator[Diagnostic]:
    """Findings about the `responses` section."""
    for name, spec in specs.items():
        place: Location = ("responses", name)
        if name in factors or name in RUN_COLUMNS:
            what = "a factor" if name in factors else "a column of the run sheet"
            message = f"`{name}` is {what} already; give the response another name"
            yield source.error(place, "E403", message, key=True)
        if culture is not None:
            yield from _origin(source, place, spec, culture)


def _origin(
    source: Source, place: Location, spec: ResponseSpec, culture: Culture
) -> Iterator[Diagnostic]:
    samples = [sample.name for sample in culture.samples]
    if spec.source is None:
        message = f"nothing measures `{place[-1]}`; say where it comes from, such as `from: od`"
        yield source.error(place, "E404", message, key=True)
    elif spec.source in samples:
        yield from _of_sample(source, place, spec)
    elif spec.source in CHANNELS:
        yield from _of_channel(source, place, spec, [phase.name for phase in culture.phases])
    else:
        known = suggest(spec.source, [*samples, *CHANNELS])
        message = f"nothing measures `{spec.source}`: it is neither a sample nor a channel; {known}"
        yield source.error((*place, "from"), "E404", message)


def _of_sample(source: Source, place: Location, spec: ResponseSpec) -> Iterator[Diagnostic]:
    if spec.measured is None:
        message = "say who measures the sample: `measured: at-line` or `measured: off-line`"
        yield source.error(place, "E404", message, key=True)


def _of_channel(
    source: Source, place: Location, spec: ResponseSpec, phases: list[str]
) -> Iterator[Diagnostic]:
    if spec.measured is not None:
        message = "`measured` belongs to a sample; a channel is measured by the station"
        yield source.error((*place, "measured"), "E405", message, key=True)
    elif spec.at is None and spec.take is None:
        message = "say when it is read: either `at: end` (or a phase) or `take: max`"
        yield source.error(place, "E404", message, key=True)
    for key, known in (("at", [*phases, "end"]), ("during", phases)):
        name = getattr(spec, key)
        if name is not None and name not in known:
            message = f"no phase is called `{name}`; {suggest(name, known)}"
            yield source.error((*place, key), "E404", message)
