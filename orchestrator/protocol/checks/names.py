"""Every name leads somewhere, and nothing is named without being used."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from orchestrator.protocol.binding import find_references
from orchestrator.protocol.diagnostics import Diagnostic
from orchestrator.protocol.outline import Named, Outline
from orchestrator.protocol.shape import suggest
from orchestrator.protocol.source import Source


def names_in(source: Source, section: str) -> list[str]:
    """The names that a section of named entries gives."""
    entries = source.at((section,))
    return list(entries) if isinstance(entries, dict) else []


def unused_factors(source: Source) -> Iterator[Diagnostic]:
    """Factors that stand nowhere in the procedure, not even misspelt."""
    factors = names_in(source, "factors")
    used: set[str] = set()
    for reference in find_references(source.at(("culture",))):
        written = str(source.at(("culture", *reference.location)))
        used |= {name for name in factors if f"${name}" in written}
        used.update(get_close_matches(reference.name or "", factors, n=1, cutoff=0.6))
    for name in factors:
        if name not in used:
            message = f"nothing uses factor `{name}`; write `${name}` in `culture` where it belongs"
            yield source.error(("factors", name), "E402", message, key=True)


def reagents(source: Source, outline: Outline) -> Iterator[Diagnostic]:
    """Sources that are no reagent, and reagents that are no source."""
    known = names_in(source, "reagents")
    for location, name in outline.sources:
        if name not in known:
            message = f"no reagent is called `{name}`; {suggest(name, known)}"
            yield source.error(location, "E401", message)
    used = {name for _, name in outline.sources}
    for name in known:
        if name not in used:
            yield source.warning(("reagents", name), f"nothing uses reagent `{name}`", key=True)


def phases_and_samples(source: Source, outline: Outline) -> Iterator[Diagnostic]:
    """Names given twice, samples from phases and doses after samples that do not exist."""
    yield from _doubles(source, outline.phases, "phase")
    yield from _doubles(source, outline.samples, "sample")
    for location, name in outline.sampled_from:
        if name not in outline.phase_names:
            message = f"no phase is called `{name}`; {suggest(name, outline.phase_names)}"
            yield source.error(location, "E401", message)
    for location, name in outline.followed:
        if name not in outline.sample_names:
            message = f"no sample is called `{name}`; {suggest(name, outline.sample_names)}"
            yield source.error(location, "E401", message)


def _doubles(source: Source, named: Named, what: str) -> Iterator[Diagnostic]:
    lines: dict[str, int] = {}
    for location, name in named:
        if name in lines:
            message = f"a {what} `{name}` stands in line {lines[name]} already; rename one of them"
            yield source.error(location, "E403", message)
        lines.setdefault(name, source.place(location).line)
