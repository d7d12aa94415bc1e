"""Geometry of stirred vessels, small and large, each with its source.

What nobody here has read in a source that can be named stands in `Vessel.unverified`; tables
that use such a vessel say so. A vessel of one's own is one more `Vessel`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class OxygenTransferReference:
    """One known kLa of a vessel for which no general correlation holds.

    Attributes:
        kla_per_h: The value.
        stirring_rpm: Speed it was measured at.
        exponent: kLa rises with this power of the speed.
    """

    kla_per_h: float
    stirring_rpm: float
    exponent: float

    def at(self, stirring_rpm: float) -> float:
        """The kLa at another speed in 1/h."""
        return float(self.kla_per_h * (stirring_rpm / self.stirring_rpm) ** self.exponent)


@dataclass(frozen=True, slots=True)
class Vessel:
    """A stirred, upright, cylindrical vessel.

    Attributes:
        name: As protocol files name it.
        volume_ml: Usual working volume.
        tank_diameter_mm: Inner diameter.
        impeller_diameter_mm: Diameter of each impeller.
        impellers: What stirs, as a phrase.
        power_number: Of the whole assembly in turbulent flow.
        aeration: Gas below the impeller or over the liquid.
        source: Where the numbers come from.
        unverified: Attributes that could not be traced to a source.
        single_rushton: Whether gassed-power correlations were measured with this impeller.
        oxygen_transfer: Known kLa of a vessel that is not sparged.
    """

    name: str
    volume_ml: float
    tank_diameter_mm: float
    impeller_diameter_mm: float
    impellers: str
    power_number: float
    aeration: Literal["sparged", "headspace"]
    source: str
    unverified: tuple[str, ...] = ()
    single_rushton: bool = False
    oxygen_transfer: OxygenTransferReference | None = None

    @property
    def tank_diameter_m(self) -> float:
        """Inner diameter in m."""
        return self.tank_diameter_mm / 1000

    @property
    def impeller_diameter_m(self) -> float:
        """Impeller diameter in m."""
        return self.impeller_diameter_mm / 1000

    def height_m(self, volume_ml: float) -> float:
        """Height of the liquid in m, the bottom taken as flat."""
        return volume_ml * 1e-6 / (math.pi / 4 * self.tank_diameter_m**2)


def _single_use(litres: int, tank_diameter_mm: float) -> Vessel:
    """One size of the geometrically similar single-use family (H/D 1.8, D/T 0.38)."""
    return Vessel(
        name=f"stirred-{litres}L",
        volume_ml=litres * 1000.0,
        tank_diameter_mm=tank_diameter_mm,
        impeller_diameter_mm=round(0.38 * tank_diameter_mm, 1),
        impellers="two 3-blade segment impellers",
        power_number=1.3,
        aeration="sparged",
        source="BIOSTAT STR: H/D, D/T and power number from De Wilde 2014",
        unverified=("tank diameter",),
    )


VESSELS: dict[str, Vessel] = {
    vessel.name: vessel
    for vessel in (
        Vessel(
            name="2mag-10mL",
            volume_ml=10.0,
            tank_diameter_mm=20.0,
            impeller_diameter_mm=14.0,
            impellers="gas-inducing stirrer",
            power_number=3.6,
            aeration="headspace",
            source="2mag bioREACTOR48; kLa up to 1,440 1/h from Kirk and Szita 2013",
            unverified=("tank diameter", "impeller diameter", "power number", "kLa at 2,800 rpm"),
            oxygen_transfer=OxygenTransferReference(1440.0, 2800.0, 2.1),
        ),
        Vessel(
            name="stirred-100mL",
            volume_ml=100.0,
            tank_diameter_mm=60.0,
            impeller_diameter_mm=20.0,
            impellers="one 6-blade turbine",
            power_number=5.0,
            aeration="sparged",
            source="Gill et al. 2008, Biochem Eng J 39:164; power number of a Rushton turbine",
            unverified=("power number",),
            single_rushton=True,
        ),
        Vessel(
            name="stirred-250mL",
            volume_ml=250.0,
            tank_diameter_mm=62.0,
            impeller_diameter_mm=26.0,
            impellers="two pitched-blade impellers",
            power_number=3.0,
            aeration="sparged",
            source="the common 250 mL single-use format",
            unverified=("tank diameter", "impeller diameter", "power number"),
        ),
        Vessel(
            name="stirred-2L",
            volume_ml=2000.0,
            tank_diameter_mm=130.0,
            impeller_diameter_mm=54.0,
            impellers="two 3-blade segment impellers",
            power_number=1.3,
            aeration="sparged",
            source="UniVessel SU 2 L: diameters and power number from De Wilde 2014",
        ),
        _single_use(50, 370.0),
        _single_use(200, 585.0),
        _single_use(500, 815.0),
        _single_use(1000, 997.0),
        _single_use(2000, 1295.0),
    )
}
"""Catalogue by name, small to large."""
