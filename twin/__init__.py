"""The culture in silico: pure, deterministic, and open about where it leaves the literature."""

from twin.culture import Composition, Culture, Organism
from twin.errors import TwinError
from twin.liquids import Reagent, Start
from twin.vessel import VESSELS, VesselPhysics, vessel_physics

__all__ = [
    "VESSELS",
    "Composition",
    "Culture",
    "Organism",
    "Reagent",
    "Start",
    "TwinError",
    "VesselPhysics",
    "vessel_physics",
]
