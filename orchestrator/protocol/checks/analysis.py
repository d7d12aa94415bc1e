"""The `analysis` section speaks of factors and responses that the file has."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.analysis_spec import AnalysisSpec
from designs.model_terms import powers
from orchestrator.protocol.checks.names import names_in
from orchestrator.protocol.diagnostics import Diagnostic
from orchestrator.protocol.shape import suggest
from orchestrator.protocol.source import Location, Source

_PLACES = ("row", "column", "block")


def analysis(source: Source, spec: AnalysisSpec) -> Iterator[Diagnostic]:
    """Findings about a well-formed `analysis` section."""
    factors, responses = names_in(source, "factors"), names_in(source, "responses")
    for number, term in enumerate(spec.terms):
        for name in powers(term):
            yield from _known(source, ("analysis", "terms", number), name, "factor", factors)
    for name in spec.distribution:
        yield from _known(source, ("analysis", "distribution", name), name, "response", responses)
    for factor, response in spec.measured.items():
        place: Location = ("analysis", "measured", factor)
        yield from _known(source, place, factor, "factor", factors)
        yield from _known(source, place, response, "response", responses)
    for number, name in enumerate(spec.covariates):
        yield from _known(source, ("analysis", "covariates", number), name, "response", responses)
    if spec.weights is not None:
        yield from _known(source, ("analysis", "weights"), spec.weights, "response", responses)
    for number, name in enumerate(spec.random):
        known = [*_PLACES, *responses]
        yield from _known(source, ("analysis", "random", number), name, "place or response", known)


def _known(
    source: Source, place: Location, name: str, what: str, known: list[str] | tuple[str, ...]
) -> Iterator[Diagnostic]:
    if name not in known:
        yield source.error(place, "E401", f"no {what} is called `{name}`; {suggest(name, known)}")
