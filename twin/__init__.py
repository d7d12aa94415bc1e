"""The culture in silico: pure, deterministic, and open about where it leaves the literature."""

from collections.abc import Mapping

from twin._parameters import Source, sources_of
from twin.bank import Bank
from twin.culture import ORGANISMS, Composition, Culture, organism_named
from twin.errors import TwinError
from twin.liquids import Reagent, Start
from twin.vessel import VESSELS, VesselPhysics, vessel_physics

__all__ = [
    "ORGANISMS",
    "VESSELS",
    "Bank",
    "Composition",
    "Culture",
    "Reagent",
    "Source",
    "Start",
    "TwinError",
    "VesselPhysics",
    "deviations",
    "sources",
    "units",
    "vessel_physics",
]


def deviations(organism: str) -> tuple[str, ...]:
    """Sentences that say where the twin of an organism leaves its published model."""
    return organism_named(organism).deviations


def sources(organism: str) -> tuple[Source, ...]:
    """Every number in the twin of an organism, with its unit, source and evidence."""
    return tuple(sources_of(organism_named(organism).parameters))


def units(organism: str) -> Mapping[str, str]:
    """The units of what :meth:`Culture.composition` gives for an organism."""
    return organism_named(organism).units
