"""From a file to a protocol, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from designs import CategoricalFactor, Factor, FactorName
from orchestrator.protocol.binding import bind, find_references
from orchestrator.protocol.diagnostics import Diagnostic
from orchestrator.protocol.protocol import Protocol, bound_texts
from orchestrator.protocol.schema_walk import walk_of
from orchestrator.protocol.shape import explain_errors, suggest
from orchestrator.protocol.source import Source

_FACTOR = TypeAdapter[Any](Factor)
_FACTOR_NAME = TypeAdapter[Any](FactorName)


@dataclass(slots=True)
class Draft:
    """A protocol as far as it can be understood.

    Attributes:
        source: The file.
        protocol: The whole, when every section is well formed.
        sections: The well-formed sections by name; `factors` holds the usable factors.
        findings: What is wrong with the form.
    """

    source: Source
    protocol: Protocol | None = None
    sections: dict[str, Any] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)


def draft_of(source: Source) -> Draft:
    """Understand a source as a protocol, section by section."""
    draft = Draft(source)
    if not isinstance(source.data, dict):
        message = "a protocol is a list of sections, such as `name: ...` and `culture: ...`"
        draft.findings.append(source.error((), "E203", message))
        return draft
    if "station" in source.data and "protocol" not in source.data:
        message = "this is a station file; give it with --station, and a protocol in its place"
        draft.findings.append(source.error(("station",), "E203", message, key=True))
        return draft
    factors = _usable_factors(source.data.get("factors"))
    draft.findings += _misplaced_references(source, factors)
    for levels in extreme_levels(factors):
        _validate(draft, levels)
    draft.findings = _once_for_each_place(draft.findings)
    if draft.findings:
        draft.protocol = None
    return draft


def extreme_levels(factors: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Texts of all factors at their low, their high, and every further categorical level."""
    texts = {name: _texts(factor) for name, factor in factors.items()}
    for position in range(max(map(len, texts.values()), default=1)):
        yield {name: levels[position % len(levels)] for name, levels in texts.items()}


def _texts(factor: Any) -> tuple[str, ...]:
    if isinstance(factor, CategoricalFactor):
        return factor.levels
    return (factor.text(factor.low), factor.text(factor.high))


def _usable_factors(raw: Any) -> dict[str, Any]:
    usable: dict[str, Any] = {}
    for name, value in raw.items() if isinstance(raw, dict) else ():
        try:
            usable[_FACTOR_NAME.validate_python(name)] = _FACTOR.validate_python(value)
        except ValidationError:
            continue
    return usable


def _misplaced_references(source: Source, factors: Mapping[str, Any]) -> Iterator[Diagnostic]:
    written = source.data.get("factors")
    known = list(written) if isinstance(written, dict) else []
    for reference in find_references(source.data.get("culture"), ("culture",)):
        if reference.name is None:
            message = "a factor stands alone in place of a quantity, such as `rate: $feed_rate`"
            yield source.error(reference.location, "E401", message)
        elif reference.name not in known:
            right = suggest(f"${reference.name}", [f"${name}" for name in known])
            message = f"no factor is called `{reference.name}`; {right}"
            yield source.error(reference.location, "E401", message)


def _validate(draft: Draft, levels: Mapping[str, str]) -> None:
    data, source = draft.source.data, draft.source
    raw = data.get("culture")
    try:
        protocol = Protocol.model_validate({**data, "culture": bind(raw, levels)})
    except ValidationError as error:
        bound = bound_texts(raw, levels)
        unbound = {
            reference.location
            for reference in find_references(raw, ("culture",))
            if reference.location not in bound
        }
        unexplained = {source.place(location) for location in unbound}
        draft.findings += [
            finding
            for finding in explain_errors(error, source, walk_of(Protocol), bound)
            if not any((p.line, p.column) == (finding.line, finding.column) for p in unexplained)
        ]
        broken = {details["loc"][0] for details in error.errors() if details["loc"]}
        draft.sections = _sound_sections({**data, "culture": bind(raw, levels)}, broken)
        return
    protocol.read_from(source)
    if draft.protocol is None:
        draft.protocol = protocol
        draft.sections = {name: getattr(protocol, name) for name in Protocol.model_fields}


def _sound_sections(data: Mapping[str, Any], broken: set[Any]) -> dict[str, Any]:
    sound: dict[str, Any] = {}
    for name, info in Protocol.model_fields.items():
        if name in data and name not in broken:
            form: Any = Annotated[info.annotation, info]
            sound[name] = TypeAdapter[Any](form).validate_python(data[name])
    return sound


def _once_for_each_place(findings: list[Diagnostic]) -> list[Diagnostic]:
    # A factor wrong at its low level is wrong at its high level too: one finding says it.
    first: dict[tuple[int, int, str], Diagnostic] = {}
    for finding in findings:
        subject = finding.message.split(", and with ")[0]
        first.setdefault((finding.line, finding.column, subject), finding)
    return list(first.values())
