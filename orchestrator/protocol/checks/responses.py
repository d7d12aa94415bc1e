"""Every response is measured by something that the procedure has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analysis.responses import ResponseSpec
from designs.factors import RESERVED_COLUMNS
from orchestrator.protocol.checks.names import names_in
from orchestrator.protocol.diagnostics import Diagnostic
from orchestrator.protocol.outline import Outline
from orchestrator.protocol.shape import suggest
from orchestrator.protocol.source import Location, Source
from orchestrator.protocol.vocabulary import CHANNELS


def responses(
    source: Source, specs: Mapping[str, ResponseSpec], outline: Outline
) -> Iterator[Diagnostic]:
    """Findings about the well-formed entries of the `responses` section."""
    factors = names_in(source, "factors")
    for name, spec in specs.items():
        place: Location = ("responses", name)
        if name in factors or name in RESERVED_COLUMNS:
            what = "a factor" if name in factors else "a column of the run sheet"
            message = f"`{name}` is {what} already; give the response another name"
            yield source.error(place, "E403", message, key=True)
        yield from _origin(source, place, spec, outline)


def _origin(
    source: Source, place: Location, spec: ResponseSpec, outline: Outline
) -> Iterator[Diagnostic]:
    samples = outline.sample_names
    if spec.source is None:
        message = f"nothing measures `{place[-1]}`; say where it comes from, such as `from: od`"
        yield source.error(place, "E404", message, key=True)
    elif spec.source in samples:
        yield from _of_sample(source, place, spec)
    elif spec.source in CHANNELS:
        yield from _of_channel(source, place, spec, outline.phase_names)
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
    for key, known in (("at", [*phases, "end"]), ("during", phases), ("per", list(CHANNELS))):
        name = getattr(spec, key)
        if name is not None and name not in known:
            what = "channel" if key == "per" else "phase"
            message = f"no {what} is called `{name}`; {suggest(name, known)}"
            yield source.error((*place, key), "E404", message)
