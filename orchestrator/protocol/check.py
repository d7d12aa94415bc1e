"""Everything that is wrong with a protocol, at once: the face of this package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from analysis.responses import ResponseSpec
from designs import DesignError, Factors
from hardware.station_spec import StationSpec
from orchestrator.protocol import sharing
from orchestrator.protocol.binding import bind
from orchestrator.protocol.checks import analysis, bounds, names, procedure, responses
from orchestrator.protocol.checks.station import misfits
from orchestrator.protocol.culture import Culture
from orchestrator.protocol.diagnostics import Diagnostic, SourceErrors
from orchestrator.protocol.expansion import distinct_levels, planned_runs
from orchestrator.protocol.outline import outline_of
from orchestrator.protocol.protocol import Protocol, bound_texts
from orchestrator.protocol.reading import Draft, draft_of, extreme_levels
from orchestrator.protocol.schema_walk import walk_of
from orchestrator.protocol.shape import explain_errors
from orchestrator.protocol.source import Location, Source, read_source


def load_protocol(path: str | Path) -> Protocol:
    """Read a protocol file.

    Raises:
        SourceErrors: Everything that is wrong with it.
    """
    return protocol_from(read_source(path))


def protocol_from(source: Source) -> Protocol:
    """Understand a source as a protocol; see `load_protocol`."""
    draft = draft_of(source)
    found = _once([*draft.findings, *_cross_checks(draft)])
    errors = [finding for finding in found if finding.severity == "error"]
    if errors or draft.protocol is None:
        raise SourceErrors(errors)
    return draft.protocol


def load_station(path: str | Path) -> StationSpec:
    """Read a station file.

    Raises:
        SourceErrors: Everything that is wrong with it.
    """
    return station_from(read_source(path))


def station_from(source: Source) -> StationSpec:
    """Understand a source as a station; see `load_station`."""
    if isinstance(source.data, dict) and "protocol" in source.data:
        message = "this is a protocol; a station file begins with `station: 1`"
        raise SourceErrors([source.error(("protocol",), "E203", message, key=True)])
    try:
        return StationSpec.model_validate(source.data)
    except ValidationError as error:
        raise SourceErrors(explain_errors(error, source, walk_of(StationSpec))) from error


def check(protocol: Protocol, station: StationSpec | None = None) -> list[Diagnostic]:
    """Warnings about a sound protocol, and what a station cannot do of it.

    Args:
        protocol: As `load_protocol` gave it.
        station: The station it is to run on.

    Returns:
        Findings in the order of the protocol's lines.
    """
    sections = {name: getattr(protocol, name) for name in Protocol.model_fields}
    draft = Draft(protocol.source, protocol, sections)
    findings = [*_cross_checks(draft, station)]
    if station is not None:
        with suppress(DesignError):  # told by the cross checks
            sheet = planned_runs(
                protocol.design_factors(),
                protocol.design,
                station.vessels,
                protocol.source.at(("culture",)),
            )
            findings += sharing.told(protocol.source, station.vessels)
            findings += misfits(protocol, station, list(sheet.levels()))
    return _once(findings)


def _cross_checks(draft: Draft, station: StationSpec | None = None) -> Iterator[Diagnostic]:
    source = draft.source
    if not isinstance(source.data, dict):
        return
    raw = source.data.get("culture")
    yield from names.unused_factors(source)
    levels = [*extreme_levels(draft.sections.get("factors", {}))]
    try:
        levels += _design_levels(draft, station)
    except DesignError as error:
        location = _location(error.loc)
        yield source.error(location, "E501", error.message, key=len(location) == 1)
    for texts in levels:
        bound = bind(raw, texts)
        outline = outline_of(bound)
        yield from names.reagents(source, outline)
        yield from names.phases_and_samples(source, outline)
        try:
            culture = Culture.model_validate(bound)
        except ValidationError as error:
            if draft.protocol is not None:
                spoken, walk = bound_texts(raw, texts), walk_of(Protocol)
                yield from explain_errors(error, source, walk, spoken, base=("culture",))
        else:
            yield from _of_culture(source, draft.sections, culture)
    yield from responses.responses(source, _sound_responses(source), outline_of(raw))
    if "analysis" in draft.sections:
        yield from analysis.analysis(source, draft.sections["analysis"])


def _of_culture(
    source: Source, sections: Mapping[str, Any], culture: Culture
) -> Iterator[Diagnostic]:
    yield from procedure.phases(source, culture)
    yield from procedure.samples(source, culture)
    yield from procedure.control(source, culture)
    if "organism" in sections:
        yield from procedure.organism(source, sections["organism"], culture.start)
    yield from procedure.doses(source, culture, sections.get("reagents", {}))
    if "limits" in sections:
        yield from bounds.bounds(source, culture, sections["limits"])


def _sound_responses(source: Source) -> dict[str, ResponseSpec]:
    sound = {}
    for name in names.names_in(source, "responses"):
        with suppress(ValidationError):
            sound[name] = ResponseSpec.model_validate(source.at(("responses", name)))
    return sound


def _design_levels(draft: Draft, station: StationSpec | None) -> list[dict[str, str]]:
    if not {"factors", "design"} <= draft.sections.keys():
        return []
    array = station.vessels if station is not None else None
    factors, raw = Factors(draft.sections["factors"]), draft.source.at(("culture",))
    sheet = planned_runs(factors, draft.sections["design"], array, raw)
    return [*distinct_levels(sheet)]


def _location(inside: tuple[str, ...]) -> Location:
    steps = (int(step) if str(step).isdigit() else step for step in inside)
    return ("design", *steps)


def _once(findings: list[Diagnostic]) -> list[Diagnostic]:
    """One finding of a kind for each place: what is wrong at one level is wrong at others too."""
    first: dict[tuple[object, ...], Diagnostic] = {}
    for finding in findings:
        first.setdefault((finding.line, finding.column, finding.code), finding)
    return sorted(first.values())
