"""One living vessel in silico: what the emulated devices touch and look at."""

from __future__ import annotations

from typing import Literal, TypeAlias

from twin.liquids import Reagent, Start
from twin.vessel import VesselPhysics

Organism: TypeAlias = Literal["e-coli", "cho"]
Composition: TypeAlias = dict[str, float]


class Culture:
    """A culture in a vessel, from its start to now.

    Args:
        organism: ``e-coli`` or ``cho``.
        start: the broth at time 0.
        vessel: the vessel around it.
        resolution_s: :meth:`advance` does nothing for a step shorter than this.
    """

    def __init__(
        self,
        organism: Organism,
        start: Start,
        vessel: VesselPhysics,
        resolution_s: float = 1.0,
    ) -> None:
        raise NotImplementedError

    @property
    def now_s(self) -> float:
        """The time up to which the culture has lived, s since its start."""
        raise NotImplementedError

    def advance(self, t_s: float) -> None:
        """Live on to the absolute time ``t_s`` (s); no step below the resolution is taken."""
        raise NotImplementedError

    def set(self, name: str, value: float) -> None:
        """Set temperature (set-point, degC), stirring (rpm), gas_flow (mL/min) or oxygen (%)."""
        raise NotImplementedError

    def add(self, volume_ml: float, reagent: Reagent) -> None:
        """Mix in ``volume_ml`` (mL) of a reagent at once."""
        raise NotImplementedError

    def withdraw(self, volume_ml: float) -> Composition:
        """Take ``volume_ml`` (mL) of broth out and return what is in it."""
        raise NotImplementedError

    def observe(self, channel: str) -> float:
        """What a perfect instrument reads now: temperature, ph, do, od, stirring, volume, ..."""
        raise NotImplementedError

    def composition(self) -> Composition:
        """What a perfect laboratory finds in the broth now (units: ``COMPOSITION_UNITS``)."""
        raise NotImplementedError
