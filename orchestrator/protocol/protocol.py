"""The whole protocol: every section a model of the room that knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError

from analysis.analysis_spec import AnalysisSpec
from analysis.responses import ResponseSpec
from analysis.scale_up import ScaleUpSpec
from designs import DesignSpec, Factor, FactorName, Factors
from orchestrator.protocol.binding import bind, find_references
from orchestrator.protocol.culture import Culture
from orchestrator.protocol.diagnostics import SourceErrors
from orchestrator.protocol.limits import Limits
from orchestrator.protocol.reagents import Reagent
from orchestrator.protocol.schema_walk import walk_of
from orchestrator.protocol.shape import explain_errors
from orchestrator.protocol.source import Location, Source
from orchestrator.protocol.vocabulary import Model, Name, Organism
from quantities import QuantityError, split_number


class Protocol(Model):
    """A designed experiment on an array of mini-bioreactors, from the question to the scale-up."""

    protocol: Literal[1]
    """Version of this language."""
    name: Annotated[str, Field(min_length=1, max_length=200)]
    """What the experiment is called."""
    question: str = ""
    """What the experiment is to answer; the report begins with it."""
    organism: Organism
    """What grows; names the twin that rehearses it."""
    factors: Annotated[dict[FactorName, Factor], Field(min_length=1)]
    """What is varied, by name; `$name` stands for a factor's value in `culture`."""
    design: DesignSpec
    """Which combinations of the factors are run."""
    reagents: dict[Name, Reagent] = Field(default={})
    """What is in the bottles, by name."""
    culture: Culture
    """The procedure; after reading, that of every factor at its low or first level."""
    limits: Limits = Limits()
    """Bounds outside which a culture must not run."""
    responses: Annotated[dict[Name, ResponseSpec], Field(min_length=1)]
    """What is measured of every vessel, by name."""
    analysis: AnalysisSpec = AnalysisSpec()
    """How the responses are modelled; left out, by the largest model the runs can carry."""
    scale_up: ScaleUpSpec | None = None
    """To which vessels the best setting is carried over."""

    _source: Source = PrivateAttr(default_factory=lambda: Source("<protocol>"))

    @property
    def source(self) -> Source:
        """The file it was read from: raw data and the place of everything."""
        return self._source

    @property
    def path(self) -> str:
        """Path as it was given."""
        return self._source.path

    def read_from(self, source: Source) -> None:
        """Remember the file, for the places of later findings."""
        self._source = source

    def design_factors(self) -> Factors:
        """The factors as `designs` takes them."""
        return Factors(self.factors)

    def procedure(self, levels: Mapping[str, str]) -> Culture:
        """The culture with every factor at a level.

        Args:
            levels: Text of each factor's level, such as ``{"feed_rate": "2.9 g/L/h"}``.

        Raises:
            KeyError: A factor has no level.
            SourceErrors: The procedure is impossible at these levels.
        """
        for name in self.factors:
            if name not in levels:
                raise KeyError(f"no level for factor '{name}'")
        raw = self._source.data["culture"]
        try:
            return Culture.model_validate(bind(raw, levels))
        except ValidationError as error:
            bound = bound_texts(raw, levels)
            walk = walk_of(type(self))
            findings = explain_errors(error, self._source, walk, bound, base=("culture",))
            raise SourceErrors(findings) from error


def bound_texts(culture: Any, levels: Mapping[str, str]) -> dict[Location, str]:
    """What stands for each `$name` of a raw `culture` section, by place in the file."""
    return {
        reference.location: f"{reference.name} = {_short(levels[reference.name])}"
        for reference in find_references(culture, ("culture",))
        if reference.name is not None and reference.name in levels
    }


def _short(level: str) -> str:
    """A level as one would say it, with five digits."""
    try:
        value, unit = split_number(level)
    except QuantityError:
        return level
    return f"{value:.5g} {unit}".strip()
