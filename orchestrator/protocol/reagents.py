"""What is in the bottles; the station only knows where they stand."""

from __future__ import annotations

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from orchestrator.protocol.vocabulary import (
    Concentration,
    GramsPerLitre,
    MillimolesPerLitre,
    Model,
)


class Reagent(Model):
    """The composition of one bottle; what is not named is not in it."""

    glucose: GramsPerLitre = 0.0
    """Glucose; feeds given in g/L/h refer to it."""
    glutamine: MillimolesPerLitre = 0.0
    """Glutamine."""
    iptg: MillimolesPerLitre = 0.0
    """Isopropyl beta-D-thiogalactopyranoside, the inducer."""
    alkalinity: MillimolesPerLitre = 0.0
    """Strength of a base; ammonia of 12.5 % as NH4OH has about 3600 mmol/L."""
    acidity: MillimolesPerLitre = 0.0
    """Strength of an acid."""
    biomass: Concentration | None = None
    """Cells of an inoculum."""

    @model_validator(mode="after")
    def _holds_something(self) -> Reagent:
        if not self.model_fields_set:
            raise PydanticCustomError(
                "empty", "say what is in the bottle, such as {glucose: 400 g/L}"
            )
        return self

    def stock(self, unit: str) -> float | None:
        """Concentration of the one component measured in ``unit``.

        Args:
            unit: ``g/L``, ``mmol/L`` or ``1/mL``.

        Returns:
            The number in ``unit``; None when no component, or more than one, is measured so.
        """
        by_unit = {
            "g/L": [self.glucose],
            "mmol/L": [self.glutamine, self.iptg, self.alkalinity, self.acidity],
            "1/mL": [],
        }
        if self.biomass is not None:
            by_unit[self.biomass.unit].append(self.biomass.value)
        present = [value for value in by_unit[unit] if value > 0]
        return present[0] if len(present) == 1 else None
