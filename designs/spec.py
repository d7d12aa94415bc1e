"""The ``design`` section of a protocol file: one model per kind of design."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from designs.specs.factorial import Fractional, FullFactorial
from designs.specs.mixture import MixtureDesign
from designs.specs.optimal import Optimal
from designs.specs.screening import DefinitiveScreening, PlackettBurman
from designs.specs.spread import LatinHypercube, SpaceFilling
from designs.specs.surface import BoxBehnken, CentralComposite
from designs.specs.table import Table

DesignSpec: TypeAlias = Annotated[
    FullFactorial
    | Fractional
    | PlackettBurman
    | DefinitiveScreening
    | CentralComposite
    | BoxBehnken
    | LatinHypercube
    | SpaceFilling
    | MixtureDesign
    | Optimal
    | Table,
    Field(discriminator="kind"),
]
